#include "jetstream/nats/nkey.hpp"

#include <gtest/gtest.h>

namespace headgate::jetstream::nats {
namespace {

using core::ErrorCode;
using core::Secret;

// Both from `nats auth nkey gen user` and `nats auth nkey show`.
constexpr auto kSeed = "SUAHOVX6R7XD653OIM5FNOJIDHWJAHQMBHUFXGECKVEFBWDGHPP5HQJYSA";
constexpr auto kPublic = "UBFZX7SYXGNWAI6Q2363LQUWD64IHYWCGJXZWTAM6K5OZHR6ZBXFLDXI";

std::string key_of(const std::string& text) {
    const auto key = public_key_of(Secret{text});
    return key ? *key : std::string{};
}

TEST(NKey, ASeedHasItsPublicKey) {
    EXPECT_EQ(key_of(kSeed), kPublic);
}

TEST(NKey, TheSeedIsFoundOnALineOfItsOwn) {
    EXPECT_EQ(key_of(std::string{"# key of the operator\r\n\n  "} + kSeed + " \r\n"), kPublic);
    EXPECT_EQ(key_of(std::string{"-----BEGIN USER NKEY SEED-----\n"} + kSeed +
                     "\n------END USER NKEY SEED------\n"),
              kPublic);
}

TEST(NKey, WhatIsNoUserSeedIsRefusedAndNeverShown) {
    const std::string seed{kSeed};
    auto mistyped = seed;
    mistyped[20] = mistyped[20] == 'A' ? 'B' : 'A';
    for (const auto& text : {std::string{},
                             std::string{"SU"},
                             seed.substr(1),
                             seed + "AA",
                             mistyped,
                             std::string{"SU1"} + seed.substr(3),
                             std::string{"SAAHOVX6"}}) {
        const auto key = public_key_of(Secret{text});
        ASSERT_FALSE(key) << text;
        EXPECT_EQ(key.error().code, ErrorCode::InvalidSpec);
        EXPECT_EQ(key.error().message, "holds no valid user seed (\"SU...\")");
    }
}

}  // namespace
}  // namespace headgate::jetstream::nats
