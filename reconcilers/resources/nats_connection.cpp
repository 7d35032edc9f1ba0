#include "reconcilers/resources/nats_connection.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/digest.hpp"
#include "core/fields/codec.hpp"
#include "reconcilers/resources/kind_parts.hpp"
#include "reconcilers/resources/status_tables.hpp"

namespace headgate::fields {

namespace {

constexpr std::string_view kObjectName = "[a-z0-9]([-a-z0-9.]*[a-z0-9])?";
constexpr std::string_view kSecretKey = "[-._a-zA-Z0-9]+";
constexpr std::string_view kSubject = "[^ .*>\\t]+(\\.[^ .*>\\t]+)*";

constexpr Rules kSecretName{.required = true, .pattern = kObjectName};

}  // namespace

template <>
struct Table<resources::SecretValue> {
    using T = resources::SecretValue;
    static constexpr auto kFields = std::tuple{
        Field{"secret", "", &T::secret, "Name of the Secret, in this namespace.", kSecretName},
        Field{"key",
              "",
              &T::key,
              "Its key that holds the value.",
              Rules{.pattern = kSecretKey,
                    .absent = "`creds`, `nkey`, `token` or `ca.crt`, by what it holds"}},
    };
};

template <>
struct Table<resources::SecretUser> {
    using T = resources::SecretUser;
    static constexpr auto kFields = std::tuple{
        Field{"secret", "", &T::secret, "Name of the Secret, in this namespace.", kSecretName},
        Field{"userKey",
              "",
              &T::user_key,
              "Its key that holds the user's name.",
              Rules{.pattern = kSecretKey, .absent = "`username`"}},
        Field{"passwordKey",
              "",
              &T::password_key,
              "Its key that holds the password.",
              Rules{.pattern = kSecretKey, .absent = "`password`"}},
    };
};

template <>
struct Table<resources::SecretCertificate> {
    using T = resources::SecretCertificate;
    static constexpr auto kFields = std::tuple{
        Field{"secret", "", &T::secret, "Name of the Secret, in this namespace.", kSecretName},
        Field{"certificateKey",
              "",
              &T::certificate_key,
              "Its key that holds the certificate with its chain, as PEM.",
              Rules{.pattern = kSecretKey, .absent = "`tls.crt`"}},
        Field{"privateKeyKey",
              "",
              &T::private_key,
              "Its key that holds the private key, as PEM.",
              Rules{.pattern = kSecretKey, .absent = "`tls.key`"}},
    };
};

template <>
struct Table<resources::ConnectionTls> {
    using T = resources::ConnectionTls;
    static constexpr auto kFields = std::tuple{
        Field{"ca",
              "",
              &T::ca,
              "The only certificate authorities trusted, as PEM.",
              Rules{.absent = "the system's"}},
        Field{"clientCertificate", "", &T::client_certificate, "What it shows to the server."},
        Field{"first", "", &T::first, "Shakes hands before the server's greeting (cnats 3.9)."},
    };
};

template <>
struct Table<resources::NatsConnectionSpec> {
    using T = resources::NatsConnectionSpec;
    static constexpr auto kFields = std::tuple{
        Field{"urls",
              "",
              &T::urls,
              "Servers of the system; one of them suffices. No user, password or token in them.",
              Rules{.required = true,
                    .max_items = 32,
                    .max_length = 512,
                    .pattern = "((nats|tls)://)?[^@/ ]+"}},
        Field{"credentials", "", &T::credentials, "A credentials file: JWT and seed."},
        Field{"nkey", "", &T::nkey, "A user's seed (SU...)."},
        Field{"token", "", &T::token, "A token."},
        Field{"user", "", &T::user, "A user with a password."},
        Field{
            "tls",
            "",
            &T::tls,
            "TLS or nothing, `{}` with the defaults; without it, as the URLs and the servers ask.",
            Rules{.absent = "as the servers ask"}},
        Field{"domain",
              "",
              &T::domain,
              "JetStream domain.",
              Rules{.pattern = "[^ .*>\\t]+", .absent = "the servers' own"}},
        Field{"apiPrefix",
              "",
              &T::api_prefix,
              "Prefix of JetStream's API, where an import renames it.",
              Rules{.pattern = kSubject, .absent = "`$JS.API`"}},
        Field{"inboxPrefix",
              "",
              &T::inbox_prefix,
              "What replies are subscribed below.",
              Rules{.pattern = kSubject, .absent = "`_INBOX`"}},
        Field{"allowedNamespaces",
              "",
              &T::allowed_namespaces,
              "Other namespaces whose objects may use it; `*` for all.",
              Rules{.max_items = 1024,
                    .max_length = 63,
                    .pattern = "\\*|[a-z0-9]([-a-z0-9]*[a-z0-9])?",
                    .absent = "only its own"}},
    };
};

template <>
struct Table<resources::Usage> {
    using T = resources::Usage;
    static constexpr auto kFields = std::tuple{
        Field{"used", "", &T::used, "Used, as of some minutes ago.", Rules{.required = true}},
        Field{"limit", "", &T::limit, "Allowed; absent: no limit."},
    };
};

template <>
struct Table<resources::ServerStatus> {
    using T = resources::ServerStatus;
    static constexpr auto kFields = std::tuple{
        Field{"name", "", &T::name, "Name of the server connected to."},
        Field{"version", "", &T::version, "Its version."},
        Field{"cluster", "", &T::cluster, "Its cluster."},
    };
};

template <>
struct Table<resources::JetStreamStatus> {
    using T = resources::JetStreamStatus;
    static constexpr auto kFields = std::tuple{
        Field{"domain", "", &T::domain, "Domain."},
        Field{"memory", "", &T::memory, "Bytes in memory."},
        Field{"storage", "", &T::storage, "Bytes on disk."},
        Field{"streams", "", &T::streams, "Streams."},
        Field{"consumers", "", &T::consumers, "Consumers."},
    };
};

template <>
struct Table<resources::NatsConnectionStatus> {
    using T = resources::NatsConnectionStatus;
    static constexpr auto kFields = std::tuple{
        Field{"observedGeneration",
              "",
              &T::observed_generation,
              "Generation of the spec this status speaks of.",
              Rules{.required = true, .defaulted = true}},
        Field{"conditions",
              "",
              &T::conditions,
              "Ready always; Reconciling and Stalled only while True."},
        Field{"server", "", &T::server, "The server connected to; only while connected."},
        Field{"account", "", &T::account, "The account this connection is in."},
        Field{"jetstream", "", &T::jetstream, "What the account uses, and may."},
    };
};

}  // namespace headgate::fields

namespace headgate::resources {

using core::Error;
using core::ErrorCode;
using core::Json;
using core::Result;
using core::Secret;
using fields::Dialect;

namespace {

// Looks values up, and remembers the first one that is missing.
class Lookup {
public:
    explicit Lookup(const std::map<std::string, SecretData>& secrets) : secrets_(secrets) {}

    Secret value(const std::string& secret, const std::string& key, std::string_view usual) {
        const auto wanted = key.empty() ? std::string{usual} : key;
        const auto found = secrets_.find(secret);
        if (found == secrets_.end()) {
            return missing("Secret " + secret + " does not exist");
        }
        const auto value = found->second.find(wanted);
        if (value == found->second.end() || value->second.empty()) {
            return missing("Secret " + secret + " has no key " + wanted);
        }
        return value->second;
    }

    [[nodiscard]] const std::optional<Error>& error() const { return error_; }

private:
    Secret missing(std::string text) {
        if (!error_) {
            error_ = Error{ErrorCode::NotFound, std::move(text)};
        }
        return {};
    }

    const std::map<std::string, SecretData>& secrets_;
    std::optional<Error> error_;
};

// As editors and `base64 <<<` leave it behind.
Secret without_line_end(const Secret& secret) {
    auto text = secret.reveal();
    while (text.ends_with('\n') || text.ends_with('\r')) {
        text.pop_back();
    }
    return Secret{std::move(text)};
}

Json exclusion(std::string_view one, std::string_view other) {
    const auto has = [](std::string_view field) {
        return "has(self.spec." + std::string{field} + ")";
    };
    return {
        {"rule", "!(" + has(one) + " && " + has(other) + ")"},
        {"message",
         "spec." + std::string{one} + " and spec." + std::string{other} + " exclude each other"}};
}

constexpr std::array kExclusive{std::pair{"credentials", "nkey"},
                                std::pair{"credentials", "token"},
                                std::pair{"credentials", "user"},
                                std::pair{"nkey", "token"},
                                std::pair{"nkey", "user"},
                                std::pair{"token", "user"},
                                std::pair{"domain", "apiPrefix"}};

KindParts parts() {
    auto rules = Json::array();
    for (const auto& [one, other] : kExclusive) {
        rules.push_back(exclusion(one, other));
    }
    KindParts parts{
        .kind = kNatsConnection,
        .names = {kNatsConnections, "natsconnection", "natsconn"},
        .summary = "A NATS system that streams and buckets are kept on.",
        .conventions = "Secrets are read by name, and read again as soon as they change.",
        .columns = Json::array(
            {column("Ready", "string", ".status.conditions[?(@.type==\"Ready\")].status"),
             column("Reason", "string", ".status.conditions[?(@.type==\"Ready\")].reason"),
             column("Server", "string", ".status.server.name"),
             column("Version", "string", ".status.server.version"),
             column("Account", "string", ".status.account"),
             column("Streams", "integer", ".status.jetstream.streams.used"),
             column("Age", "date", ".metadata.creationTimestamp")}),
        .schema = root_schema("A NATS system that streams and buckets are kept on.",
                              fields::object_schema<NatsConnectionSpec>(),
                              with_status_rules(fields::object_schema<NatsConnectionStatus>()),
                              std::move(rules)),
        .rows = {}};
    auto message = column("Message", "string", ".status.conditions[?(@.type==\"Ready\")].message");
    message["priority"] = 1;
    parts.columns.push_back(std::move(message));
    fields::reference_rows<NatsConnectionSpec>("spec.", parts.rows);
    return parts;
}

}  // namespace

ParsedConnection parse_nats_connection(const Json& spec) {
    ParsedConnection parsed;
    NatsConnectionSpec read;
    fields::parse_fields(spec, fields::Reader{Dialect::Manifest, parsed.problems}, "spec", read);
    if (parsed.problems.empty() && read.urls.empty()) {
        parsed.problems.push_back({"spec.urls", "must name at least one server"});
    }
    for (const auto& [one, other] : kExclusive) {
        if (spec.is_object() && spec.contains(one) && spec.contains(other)) {
            parsed.problems.push_back(
                {std::string{"spec."} + other, std::string{"excludes "} + one});
        }
    }
    if (parsed.problems.empty()) {
        parsed.spec = std::move(read);
    }
    return parsed;
}

std::set<std::string> secrets_of(const NatsConnectionSpec& spec) {
    std::set<std::string> names;
    for (const auto* value : {&spec.credentials, &spec.nkey, &spec.token}) {
        if (*value) {
            names.insert((*value)->secret);
        }
    }
    if (spec.user) {
        names.insert(spec.user->secret);
    }
    if (spec.tls && spec.tls->ca) {
        names.insert(spec.tls->ca->secret);
    }
    if (spec.tls && spec.tls->client_certificate) {
        names.insert(spec.tls->client_certificate->secret);
    }
    return names;
}

bool allows(const NatsConnectionSpec& spec, std::string_view own, std::string_view ns) {
    const auto& allowed = spec.allowed_namespaces;
    return own == ns || std::any_of(allowed.begin(), allowed.end(), [&](const auto& one) {
               return one == "*" || one == ns;
           });
}

Result<SecretData> read_secret_data(const Json& data) {
    SecretData values;
    if (data.is_null()) {
        return values;
    }
    if (!data.is_object()) {
        return Error{ErrorCode::InvalidSpec, "data of a Secret is no map"};
    }
    for (const auto& [key, value] : data.items()) {
        if (!value.is_string()) {
            return Error{ErrorCode::InvalidSpec, "key " + key + " of a Secret is no text"};
        }
        values[key] = Secret{core::decode_base64(value.get_ref<const std::string&>())};
    }
    return values;
}

Result<ConnectionTarget> resolve(const NatsConnectionSpec& spec,
                                 const std::map<std::string, SecretData>& secrets) {
    Lookup lookup{secrets};
    ConnectionTarget target{.urls = spec.urls,
                            .domain = spec.domain,
                            .api_prefix = spec.api_prefix,
                            .inbox_prefix = spec.inbox_prefix};
    if (const auto& from = spec.credentials) {
        target.credentials = lookup.value(from->secret, from->key, "creds");
    }
    if (const auto& from = spec.nkey) {
        target.nkey_seed = lookup.value(from->secret, from->key, "nkey");
    }
    if (const auto& from = spec.token) {
        target.token = without_line_end(lookup.value(from->secret, from->key, "token"));
    }
    if (const auto& from = spec.user) {
        target.user =
            without_line_end(lookup.value(from->secret, from->user_key, "username")).reveal();
        target.password =
            without_line_end(lookup.value(from->secret, from->password_key, "password"));
    }
    if (const auto& tls = spec.tls) {
        target.tls = true;
        target.tls_first = tls->first;
        if (tls->ca) {
            target.ca_pem = lookup.value(tls->ca->secret, tls->ca->key, "ca.crt").reveal();
        }
        if (const auto& from = tls->client_certificate) {
            target.certificate_pem =
                lookup.value(from->secret, from->certificate_key, "tls.crt").reveal();
            target.key_pem = lookup.value(from->secret, from->private_key, "tls.key");
        }
    }
    if (lookup.error()) {
        return *lookup.error();
    }
    return target;
}

NatsConnectionStatus to_status(const ConnectionReport& report,
                               const NatsConnectionStatus& before,
                               std::int64_t generation,
                               std::string_view now) {
    const auto reason = report.reason;
    const bool stalled =
        reason == ConnectionReason::InvalidSpec || reason == ConnectionReason::SecretMissing;
    return {.observed_generation = generation,
            .conditions = to_conditions(
                {.reason = std::string{core::name_of(reason)},
                 .message = report.message,
                 .ready = reason == ConnectionReason::Connected ? Truth::True : Truth::False,
                 .reconciling = reason == ConnectionReason::Connecting ||
                                reason == ConnectionReason::ConnectionFailed,
                 .stalled = stalled},
                before.conditions,
                generation,
                now),
            .server = report.server,
            .account = report.account,
            // An empty one is none: applied, the API server would make it null and refuse it.
            .jetstream = report.jetstream == JetStreamStatus{} ? std::nullopt : report.jetstream};
}

bool differs(const NatsConnectionStatus& one, const NatsConnectionStatus& other) {
    const auto still = [](NatsConnectionStatus status) {
        if (auto& jetstream = status.jetstream) {
            for (auto* usage : {&jetstream->memory,
                                &jetstream->storage,
                                &jetstream->streams,
                                &jetstream->consumers}) {
                usage->used = 0;
            }
        }
        return status;
    };
    return still(one) != still(other);
}

Json to_json(const NatsConnectionStatus& status) {
    return fields::emit_fields(status, Dialect::Manifest);
}

NatsConnectionStatus connection_status_from_json(const Json& json) {
    NatsConnectionStatus status;
    fields::Problems ignored;
    fields::parse_fields(json, fields::Reader{Dialect::Manifest, ignored}, "status", status);
    return status;
}

Json nats_connection_definition() {
    return definition(parts());
}

std::string nats_connection_page() {
    return page(parts());
}

}  // namespace headgate::resources
