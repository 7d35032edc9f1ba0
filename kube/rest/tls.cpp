#include "kube/rest/tls.hpp"

#include <string>

#include <boost/asio/buffer.hpp>
#include <openssl/ssl.h>

namespace headgate::kube::rest {

namespace {

namespace ssl = boost::asio::ssl;

void trust_only(ssl::context& context, const std::string& ca_pem) {
    // The HTTP library has put the system's CAs into the store; a cluster's CA stands alone.
    SSL_CTX_set_cert_store(context.native_handle(), X509_STORE_new());
    context.add_certificate_authority(boost::asio::buffer(ca_pem));
}

}  // namespace

void configure_tls(ssl::context& context, const ConnectionSettings& settings) {
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    if (!settings.ca_pem.empty()) {
        trust_only(context, settings.ca_pem);
    }
    if (!settings.client_certificate_pem.empty()) {
        context.use_certificate_chain(boost::asio::buffer(settings.client_certificate_pem));
        context.use_private_key(boost::asio::buffer(settings.client_key_pem.reveal()),
                                ssl::context::pem);
    }
}

core::Status check_tls(const ConnectionSettings& settings) {
    try {
        ssl::context context{ssl::context::sslv23};
        configure_tls(context, settings);
    } catch (const boost::system::system_error& error) {
        return core::Error{
            core::ErrorCode::InvalidSpec,
            std::string{"TLS: CA, client certificate or key cannot be used: "} + error.what()};
    }
    return {};
}

}  // namespace headgate::kube::rest
