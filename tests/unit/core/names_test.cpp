#include "core/names.hpp"

#include <array>
#include <string_view>

#include <gtest/gtest.h>

namespace headgate::core {
namespace {

constexpr std::array<std::string_view, 3> kCandidates{"maxAge", "maxMessages", "subjects"};

TEST(NearestName, FindsASlipOfTheFinger) {
    EXPECT_EQ(nearest_name("maxage", kCandidates), "maxAge");
    EXPECT_EQ(nearest_name("maxMesages", kCandidates), "maxMessages");
    EXPECT_EQ(nearest_name("subject", kCandidates), "subjects");
}

TEST(NearestName, DoesNotGuessWildly) {
    EXPECT_EQ(nearest_name("placement", kCandidates), "");
    EXPECT_EQ(nearest_name("", kCandidates), "");
}

}  // namespace
}  // namespace headgate::core
