#include "files/utf8.hpp"

#include <string>

#include <gtest/gtest.h>

namespace headgate::files {
namespace {

TEST(Utf8, TextOfEveryLengthPasses) {
    EXPECT_EQ(first_non_text("plain\ttext\r\n"), std::nullopt);
    EXPECT_EQ(first_non_text(
                  "\xC3\xBC \xE2\x82\xAC \xF0\x9F\x98\x80 \xF4\x8F\xBF\xBF \xED\x9F\xBF \xC2\x80"),
              std::nullopt);
    EXPECT_EQ(first_non_text(""), std::nullopt);
}

TEST(Utf8, BrokenAndForbiddenFormsAreFoundWhereTheyStand) {
    for (const std::string bad : {"\xFF",
                                  "\x80",
                                  "\xC0\x80",
                                  "\xC1\xBF",
                                  "\xE0\x80\x80",
                                  "\xE0\x9F\xBF",
                                  "\xED\xA0\x80",
                                  "\xF0\x8F\xBF\xBF",
                                  "\xF4\x90\x80\x80",
                                  "\xF5\x80\x80\x80",
                                  "\xC3",
                                  "\xE2\x82",
                                  "\xF0\x9F\x98",
                                  "\xE2\x28\xA1",
                                  "\x01",
                                  "\x7F"}) {
        EXPECT_EQ(first_non_text("ab" + bad), 2U);
        EXPECT_EQ(first_non_text("ab" + bad + "x"), 2U);
    }
    EXPECT_EQ(first_non_text(std::string{"a\0b", 3}), 1U);
}

TEST(Utf8, PrintableKeepsTheTextAndMarksTheRest) {
    EXPECT_EQ(printable("a\xFF\xC3\xBC\n\x01"), "a?\xC3\xBC??");
}

}  // namespace
}  // namespace headgate::files
