#include "jetstream/nats/user_info.hpp"

#include <gtest/gtest.h>

namespace headgate::jetstream::nats {
namespace {

TEST(UserInfoReply, NamesServerAndAccount) {
    const auto info = parse_user_info(
        R"({"server":{"name":"n1","host":"0.0.0.0","id":"NA","cluster":"east","ver":"2.15.2"},)"
        R"("data":{"user":"app","account":"APP"}})");
    ASSERT_TRUE(info);
    EXPECT_EQ(info->server, "n1");
    EXPECT_EQ(info->version, "2.15.2");
    EXPECT_EQ(info->cluster, "east");
    EXPECT_EQ(info->account, "APP");
}

TEST(UserInfoReply, WhatIsMissingIsLeftOutAndWhatIsNoAnswerIsAnError) {
    for (const auto* const text : {"{}", R"({"server":1,"data":[]})", R"({"server":{"name":2}})"}) {
        const auto info = parse_user_info(text);
        ASSERT_TRUE(info) << text;
        EXPECT_TRUE(info->server.empty() && info->account.empty()) << text;
    }
    for (const auto* const text : {"", "[]", "no JSON"}) {
        EXPECT_FALSE(parse_user_info(text)) << text;
    }
}

}  // namespace
}  // namespace headgate::jetstream::nats
