// How to reach and trust an API server, and as whom: what a kubeconfig or a Pod's service account
// comes down to. Everything but the token file is read already.
#pragma once

#include <string>

#include "core/secret.hpp"

namespace headgate::kube {

struct ConnectionSettings {
    std::string server;           ///< "https://host:port[/path]"; plain http only where written so.
    std::string tls_server_name;  ///< Expected in the certificate; empty: the server's host.
    std::string ca_pem;           ///< The only CAs trusted; empty: the system's.
    std::string client_certificate_pem;  ///< With its chain; empty: none.
    core::Secret client_key_pem;
    core::Secret token;      ///< Fixed bearer token; empty: none, or from the file.
    std::string token_file;  ///< Read again every minute and on 401: such tokens are renewed.
    std::string ns;          ///< Of the kubeconfig's context or the Pod; may be empty.
};

}  // namespace headgate::kube
