#include "controller/endpoints.hpp"

#include <gtest/gtest.h>

#include "tests/support/http.hpp"

namespace headgate::controller {
namespace {

using support::http_get;

class EndpointsTest : public testing::Test {
protected:
    void SetUp() override {
        auto listening =
            EndpointServer::listen("127.0.0.1:0",
                                   {.metrics = [] { return std::string{"a_metric 1\n"}; },
                                    .healthy =
                                        [] {
                                            return Health{true, "moving"};
                                        },
                                    .ready = [this] { return ready_; }});
        ASSERT_TRUE(listening.has_value()) << listening.error().message;
        server_ = std::move(*listening);
        const auto url = server_->url();
        port_ = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
    }

    Health ready_{true, "ready"};
    std::unique_ptr<EndpointServer> server_;
    std::uint16_t port_ = 0;
};

TEST_F(EndpointsTest, ServeMetricsAndHealth) {
    EXPECT_EQ(http_get(port_, "/metrics")->body, "a_metric 1\n");
    EXPECT_EQ(http_get(port_, "/healthz")->status, 200);
    EXPECT_EQ(http_get(port_, "/readyz")->status, 200);
}

TEST_F(EndpointsTest, NotReadyIs503WithTheReason) {
    ready_ = {false, "not connected to NATS"};
    const auto reply = http_get(port_, "/readyz");
    EXPECT_EQ(reply->status, 503);
    EXPECT_EQ(reply->body, "not connected to NATS\n");
}

TEST_F(EndpointsTest, AnotherPathIs404AndAnotherMethod405) {
    EXPECT_EQ(http_get(port_, "/other")->status, 404);
    EXPECT_EQ(http_get(port_, "/metrics/../../etc/passwd")->status, 404);
    EXPECT_EQ(http_get(port_, "/metrics", std::chrono::seconds{5}, "POST")->status, 405);
}

TEST_F(EndpointsTest, DebugIsThereWhereItIsAskedFor) {
    EXPECT_EQ(http_get(port_, "/debug")->status, 404);
    const auto other =
        *EndpointServer::listen("127.0.0.1:0", {.debug = [] { return std::string{"{}\n"}; }});
    const auto url = other->url();
    const auto port = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
    EXPECT_EQ(http_get(port, "/debug")->body, "{}\n");
}

TEST_F(EndpointsTest, AnAddressInUseIsAnErrorThatNamesIt) {
    const auto address = "127.0.0.1:" + std::to_string(port_);
    const auto again = EndpointServer::listen(address, {});
    ASSERT_FALSE(again.has_value());
    EXPECT_EQ(again.error().code, core::ErrorCode::Unavailable);
    EXPECT_NE(again.error().message.find(address), std::string::npos);
}

TEST(Endpoints, WhatIsNoAddressIsRefused) {
    for (const auto* address : {"", "8080", "localhost:", ":http", ":123456"}) {
        EXPECT_EQ(EndpointServer::listen(address, {}).error().code, core::ErrorCode::InvalidSpec)
            << address;
    }
}

}  // namespace
}  // namespace headgate::controller
