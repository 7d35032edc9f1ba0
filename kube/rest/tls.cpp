#include "kube/rest/tls.hpp"

#include <dlfcn.h>
#include <string>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <openssl/ssl.h>

namespace headgate::kube::rest {

namespace {

namespace ssl = boost::asio::ssl;

thread_local bool leaves_out_system_trust = false;

void trust_only(ssl::context& context, const std::string& ca_pem) {
    // The HTTP library may have put the system's CAs into the store; a cluster's CA stands alone.
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

TrustScope::TrustScope(const ConnectionSettings& settings)
    : before_(std::exchange(leaves_out_system_trust, !settings.ca_pem.empty())) {}

TrustScope::~TrustScope() {
    leaves_out_system_trust = before_;
}

bool TrustScope::leaves_out_system() {
    return leaves_out_system_trust;
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

// Takes the place of OpenSSL's for everything that this program links; the library that asks has no
// setting for it.
extern "C" int SSL_CTX_set_default_verify_paths(SSL_CTX* context) {
    using Original = int (*)(SSL_CTX*);
    if (headgate::kube::rest::TrustScope::leaves_out_system()) {
        return 1;
    }
    static const auto original =
        reinterpret_cast<Original>(dlsym(RTLD_NEXT, "SSL_CTX_set_default_verify_paths"));
    return original == nullptr ? 0 : original(context);
}
