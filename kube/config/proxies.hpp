// Which proxy a server is reached by, from the variables that all such programs read. The rules are
// those of Go's net/http (golang.org/x/net/http/httpproxy), and so kubectl's.
#pragma once

#include <string>

#include "core/result.hpp"
#include "core/secret.hpp"

namespace headgate::kube::config {

/// The values of $HTTPS_PROXY, $HTTP_PROXY and $NO_PROXY.
struct ProxyVariables {
    core::Secret https;  ///< It may have a password.
    core::Secret http;
    std::string none;
};

/// "http://[user:password@]host[:port]" for the server's URL; empty: it is reached directly, as
/// loopback always is.
[[nodiscard]] core::Secret proxy_for(const std::string& server, const ProxyVariables& variables);

/// With "http://" where the scheme was left out. InvalidSpec: another scheme, or no host; the
/// message has no password.
[[nodiscard]] core::Result<core::Secret> check_proxy(const core::Secret& url);

}  // namespace headgate::kube::config
