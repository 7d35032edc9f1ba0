// How to reach a NATS system, and as whom. A plain value: files that are named here are read at
// each connection attempt, so that renewed credentials and certificates are picked up without a
// restart.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/secret.hpp"

namespace headgate::jetstream::nats {

struct ConnectionSettings {
    /// "nats://host:port", "tls://host:port" (TLS or nothing), "host:port"; one of them suffices.
    std::vector<std::string> urls{"nats://127.0.0.1:4222"};
    std::string name = "headgate";  ///< Shown by the server's monitoring.

    std::string credentials_file;  ///< JWT and seed, as `nsc` writes them.
    std::string nkey_seed_file;    ///< A user's seed ("SU..."), alone or decorated.
    std::string user;
    core::Secret password;
    core::Secret token;
    core::Secret credentials;  ///< What a credentials file would hold.
    core::Secret nkey_seed;    ///< What a seed file would hold.

    std::string tls_ca_file;           ///< PEM of the only CAs trusted; empty: the system's.
    std::string tls_certificate_file;  ///< PEM of the client's certificate chain, with its key:
    std::string tls_key_file;
    std::string tls_ca_pem;  ///< What these files would hold:
    std::string tls_certificate_pem;
    core::Secret tls_key_pem;
    bool tls = false;        ///< TLS or nothing, whatever the URLs say.
    bool tls_first = false;  ///< Handshake before the server's greeting.

    std::string js_domain;  ///< The API prefix becomes $JS.<domain>.API.
    std::string
        js_api_prefix;  ///< The API prefix itself ("JS.hub.API"), where an import renames it.
    std::string inbox_prefix = "_INBOX";  ///< What replies are subscribed below.

    std::chrono::milliseconds connect_timeout{2000};  ///< For one server.
    std::chrono::milliseconds request_timeout{
        10000};  ///< For one reply, where the call allows more.
    /// Pause after a round over all servers failed; doubles up to the most. Jitter is added.
    std::chrono::milliseconds reconnect_wait{250};
    std::chrono::milliseconds reconnect_wait_most{2000};
    std::chrono::milliseconds reconnect_jitter{250};
    /// A server that answers neither of two pings is left.
    std::chrono::milliseconds ping_interval{10000};
};

/// One place to connect to.
struct Server {
    std::string url;
    /// Name its certificate must carry, where that is not the URL's host: a cluster announces its
    /// other servers by address.
    std::string tls_name;
};

/// InvalidSpec: settings that contradict each other or can never work. Unsupported: what the NATS
/// client library this was built with cannot do. Reads no file.
[[nodiscard]] core::Status check(const ConnectionSettings& settings);

/// "$JS.API", "$JS.<domain>.API" or the custom one, without a final dot.
[[nodiscard]] std::string api_prefix(const ConnectionSettings& settings);

/// A URL for messages: user, password and token between "//" and "@" left out.
[[nodiscard]] std::string shown_url(std::string_view url);

}  // namespace headgate::jetstream::nats
