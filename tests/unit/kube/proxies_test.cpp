#include "kube/config/proxies.hpp"

#include <gtest/gtest.h>

namespace headgate::kube::config {
namespace {

std::string proxy(const std::string& server, const std::string& none = "") {
    return proxy_for(server,
                     {.https = core::Secret{"http://secure"},
                      .http = core::Secret{"http://plain"},
                      .none = none})
        .reveal();
}

TEST(Proxies, EachSchemeHasItsOwn) {
    EXPECT_EQ(proxy("https://api.example.com:6443"), "http://secure");
    EXPECT_EQ(proxy("http://api.example.com"), "http://plain");
    EXPECT_EQ(proxy_for("https://api.example.com", {}).reveal(), "");
}

TEST(Proxies, LoopbackIsAlwaysReachedDirectly) {
    for (const auto* server : {"https://localhost:6443",
                               "https://127.0.0.1:6443",
                               "https://127.9.9.9",
                               "https://[::1]:1"}) {
        EXPECT_EQ(proxy(server), "") << server;
    }
}

struct Case {
    const char* none;
    const char* server;
    bool direct;
};

TEST(Proxies, ListOfExceptionsHasGosMeaning) {
    const Case cases[]{
        {"*", "https://api.example.com", true},
        {"example.com", "https://example.com", true},
        {"example.com", "https://API.Example.com", true},
        {"example.com", "https://notexample.com", false},
        {".example.com", "https://api.example.com", true},
        {".example.com", "https://example.com", false},
        {"*.example.com", "https://api.example.com", true},
        {"*.example.com", "https://example.com", false},
        {"a.test, api.example.com ,b.test", "https://api.example.com/path", true},
        {"api.example.com:6443", "https://api.example.com:6443", true},
        {"api.example.com:6443", "https://api.example.com", false},
        {"api.example.com:443", "https://api.example.com", true},
        {"10.96.0.1", "https://10.96.0.1:443", true},
        {"10.96.0.1", "https://10.96.0.10", false},
        {"10.96.0.0/12", "https://10.111.255.255:443", true},
        {"10.96.0.0/12", "https://10.112.0.0:443", false},
        {"10.96.0.0/12", "https://ten.example.com", false},
        {"0.0.0.0/0", "https://[fd00::1]:443", false},
        {"fd00::/8", "https://[fd12::1]:443", true},
        {"fd00::/8", "https://[fe00::1]:443", false},
        {"fd00::1", "https://[fd00::1]:443", true},
        {"[fd00::1]:443", "https://[fd00::1]:443", true},
        {"[fd00::1]:444", "https://[fd00::1]:443", false},
        {"10.96.0.0/99,10.96.0.0/x,/,:,,", "https://10.96.0.1", false},
        {"", "https://10.96.0.1", false},
    };
    for (const auto& [none, server, direct] : cases) {
        EXPECT_EQ(proxy(server, none).empty(), direct) << none << " and " << server;
    }
}

TEST(Proxies, SchemeMayBeLeftOutAndIsHttp) {
    EXPECT_EQ(check_proxy(core::Secret{"proxy:3128"})->reveal(), "http://proxy:3128");
    EXPECT_EQ(check_proxy(core::Secret{"http://u:p@proxy"})->reveal(), "http://u:p@proxy");
}

TEST(Proxies, OtherSchemesAreRefusedWithoutThePassword) {
    for (const auto* url :
         {"https://u:s3cret@proxy", "socks5://u:s3cret@proxy", "http://u:s3cret@"}) {
        const auto checked = check_proxy(core::Secret{url});
        ASSERT_FALSE(checked) << url;
        EXPECT_EQ(checked.error().code, core::ErrorCode::InvalidSpec);
        EXPECT_EQ(checked.error().message.find("s3cret"), std::string::npos);
    }
}

}  // namespace
}  // namespace headgate::kube::config
