// How to reach and trust an API server, and as whom: what a kubeconfig or a Pod's service account
// comes down to. Files are read already, and named where they are read again: they are renewed.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "core/result.hpp"
#include "core/secret.hpp"

namespace headgate::kube {

/// What a credential plugin gives: a token, a client certificate, or both.
struct Credential {
    core::Secret token;
    std::string certificate_pem;
    core::Secret key_pem;
    std::optional<std::chrono::system_clock::time_point> expires;
};

struct ConnectionSettings {
    std::string server;           ///< "https://host:port[/path]"; plain http only where written so.
    std::string tls_server_name;  ///< Expected in the certificate; empty: the server's host.
    std::string ca_pem;           ///< The only CAs trusted; empty: the system's.
    std::string ca_file;          ///< Where they are from; empty: they stay.
    std::string client_certificate_pem;  ///< With its chain; empty: none.
    std::string client_certificate_file;
    core::Secret client_key_pem;
    std::string client_key_file;
    core::Secret token;      ///< Fixed bearer token; empty: none, or from the file.
    std::string token_file;  ///< Read again every minute and on 401: such tokens are renewed.
    /// Asked again when what it gave has expired or is refused; empty: there is no plugin.
    std::function<core::Result<Credential>()> ask_credential;
    core::Secret proxy;  ///< "http://[user:password@]host[:port]"; empty: none.
    std::string ns;      ///< Of the kubeconfig's context or the Pod; may be empty.
};

}  // namespace headgate::kube
