#include "kube/rest/tls.hpp"

#include <memory>

#include <gtest/gtest.h>
#include <openssl/ssl.h>

namespace headgate::kube::rest {
namespace {

int certificates(X509_STORE* store) {
    return sk_X509_OBJECT_num(X509_STORE_get0_objects(store));
}

int by_default() {
    boost::asio::ssl::context context{boost::asio::ssl::context::sslv23};
    context.set_default_verify_paths();
    return certificates(SSL_CTX_get_cert_store(context.native_handle()));
}

TEST(TrustScope, LeavesOutTheSystemsAuthoritiesWhereTheSettingsBringTheirOwn) {
    const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store{X509_STORE_new(),
                                                                        X509_STORE_free};
    ASSERT_EQ(X509_STORE_set_default_paths(store.get()), 1);
    const auto of_the_system = certificates(store.get());
    EXPECT_EQ(by_default(), of_the_system);
    ConnectionSettings settings;
    {
        const TrustScope none{settings};
        EXPECT_EQ(by_default(), of_the_system);
        settings.ca_pem = "of the cluster";
        const TrustScope own{settings};
        EXPECT_EQ(by_default(), 0);
    }
    EXPECT_EQ(by_default(), of_the_system);
}

}  // namespace
}  // namespace headgate::kube::rest
