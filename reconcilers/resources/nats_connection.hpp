// NatsConnection: a NATS system that streams and buckets are kept on, other than the operator's
// own. Who wrote it says where and as whom, in Secrets of its own namespace; and which namespaces
// may use it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/fields/field.hpp"
#include "core/json.hpp"
#include "core/names.hpp"
#include "core/result.hpp"
#include "core/secret.hpp"
#include "core/units.hpp"
#include "reconcilers/resources/kind.hpp"
#include "reconcilers/resources/status.hpp"

namespace headgate::resources {

/// One value of a Secret.
struct SecretValue {
    std::string secret;
    std::string key;  ///< Empty: the usual one for what it holds.

    friend bool operator==(const SecretValue&, const SecretValue&) = default;
};

struct SecretUser {
    std::string secret;
    std::string user_key;
    std::string password_key;

    friend bool operator==(const SecretUser&, const SecretUser&) = default;
};

struct SecretCertificate {
    std::string secret;
    std::string certificate_key;
    std::string private_key;

    friend bool operator==(const SecretCertificate&, const SecretCertificate&) = default;
};

struct ConnectionTls {
    std::optional<SecretValue> ca;
    std::optional<SecretCertificate> client_certificate;
    bool first = false;

    friend bool operator==(const ConnectionTls&, const ConnectionTls&) = default;
};

struct NatsConnectionSpec {
    std::vector<std::string> urls;
    std::optional<SecretValue> credentials;
    std::optional<SecretValue> nkey;
    std::optional<SecretValue> token;
    std::optional<SecretUser> user;
    std::optional<ConnectionTls> tls;
    std::string domain;
    std::string api_prefix;
    std::string inbox_prefix;
    std::vector<std::string> allowed_namespaces;

    friend bool operator==(const NatsConnectionSpec&, const NatsConnectionSpec&) = default;
};

struct ParsedConnection {
    /// Present when there are no problems.
    std::optional<NatsConnectionSpec> spec;
    fields::Problems problems;
};

[[nodiscard]] ParsedConnection parse_nats_connection(const core::Json& spec);

/// Names of the Secrets it needs.
[[nodiscard]] std::set<std::string> secrets_of(const NatsConnectionSpec& spec);

/// Whether objects of `ns` may use a connection that is in `own`.
[[nodiscard]] bool allows(const NatsConnectionSpec& spec,
                          std::string_view own,
                          std::string_view ns);

/// The values of one Secret by key, as they are behind the base64 of `.data`.
using SecretData = std::map<std::string, core::Secret>;

/// InvalidSpec: `.data` is not a map of base64 texts.
[[nodiscard]] core::Result<SecretData> read_secret_data(const core::Json& data);

/// Where a connection leads, with everything that is secret in it.
struct ConnectionTarget {
    std::vector<std::string> urls;
    core::Secret credentials;
    core::Secret nkey_seed;
    core::Secret token;
    std::string user;
    core::Secret password;
    std::string ca_pem;
    std::string certificate_pem;
    core::Secret key_pem;
    bool tls = false;  ///< Or nothing.
    bool tls_first = false;
    std::string domain;
    std::string api_prefix;
    std::string inbox_prefix;
};

/// `secrets` by name; one that is missing does not exist. NotFound: a Secret, or a key in one.
[[nodiscard]] core::Result<ConnectionTarget> resolve(
    const NatsConnectionSpec& spec, const std::map<std::string, SecretData>& secrets);

enum class ConnectionReason { Connected, Connecting, ConnectionFailed, InvalidSpec, SecretMissing };

/// Used and allowed; a limit that is absent is none.
struct Usage {
    std::int64_t used = 0;
    std::optional<std::int64_t> limit;

    friend bool operator==(const Usage&, const Usage&) = default;
};

struct ServerStatus {
    std::string name;
    std::string version;
    std::string cluster;

    friend bool operator==(const ServerStatus&, const ServerStatus&) = default;
};

struct JetStreamStatus {
    std::string domain;
    Usage memory;
    Usage storage;
    Usage streams;
    Usage consumers;

    friend bool operator==(const JetStreamStatus&, const JetStreamStatus&) = default;
};

struct NatsConnectionStatus {
    std::int64_t observed_generation = -1;
    std::vector<Condition> conditions;
    std::optional<ServerStatus> server;
    std::string account;
    std::optional<JetStreamStatus> jetstream;

    friend bool operator==(const NatsConnectionStatus&, const NatsConnectionStatus&) = default;
};

struct ConnectionReport {
    ConnectionReason reason = ConnectionReason::Connecting;
    std::string message;
    std::optional<ServerStatus> server;
    std::string account;
    std::optional<JetStreamStatus> jetstream;
};

/// As to_status of the other kinds.
[[nodiscard]] NatsConnectionStatus to_status(const ConnectionReport& report,
                                             const NatsConnectionStatus& before,
                                             std::int64_t generation,
                                             std::string_view now);

/// Whether they differ in more than how much is used, which moves all the time.
[[nodiscard]] bool differs(const NatsConnectionStatus& one, const NatsConnectionStatus& other);

[[nodiscard]] core::Json to_json(const NatsConnectionStatus& status);
[[nodiscard]] NatsConnectionStatus connection_status_from_json(const core::Json& json);

[[nodiscard]] core::Json nats_connection_definition();
[[nodiscard]] std::string nats_connection_page();

}  // namespace headgate::resources

template <>
struct headgate::core::Names<headgate::resources::ConnectionReason> {
    using E = headgate::resources::ConnectionReason;
    static constexpr std::array kAll{Name<E>{E::Connected, "Connected"},
                                     Name<E>{E::Connecting, "Connecting"},
                                     Name<E>{E::ConnectionFailed, "ConnectionFailed"},
                                     Name<E>{E::InvalidSpec, "InvalidSpec"},
                                     Name<E>{E::SecretMissing, "SecretMissing"}};
};
