// TLS towards the API server: version, trust and client certificate of a connection.
#pragma once

#include <boost/asio/ssl/context.hpp>

#include "core/result.hpp"
#include "kube/connection_settings.hpp"

namespace headgate::kube::rest {

/// TLS 1.2 or newer; only the settings' CAs where there are any; the client certificate. Throws
/// boost::system::system_error where the PEM is none, as the HTTP library wants it of its callback.
void configure_tls(boost::asio::ssl::context& context, const ConnectionSettings& settings);

/// While it lives, connections that this thread opens do without the system's CAs where the
/// settings bring their own. The HTTP library reads all of them for every connection, before it
/// asks what to trust: 30 ms each, and 3 MB of a heap left in pieces.
class TrustScope {
public:
    explicit TrustScope(const ConnectionSettings& settings);
    ~TrustScope();
    TrustScope(const TrustScope&) = delete;
    TrustScope& operator=(const TrustScope&) = delete;

    [[nodiscard]] static bool leaves_out_system();

private:
    bool before_;
};

/// Tries the same on a context of its own. InvalidSpec: certificate, key or CA cannot be used.
[[nodiscard]] core::Status check_tls(const ConnectionSettings& settings);

}  // namespace headgate::kube::rest
