#include "files/scalars.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace headgate::files {
namespace {

using core::Json;

TEST(PlainScalar, ReadsWordsAsKubectlDoes) {
    for (const auto* text : {"true", "True", "TRUE", "yes", "Yes", "on", "ON", "y", "Y"}) {
        EXPECT_EQ(plain_scalar(text), Json(true)) << text;
    }
    for (const auto* text : {"false", "no", "No", "off", "OFF", "n", "N"}) {
        EXPECT_EQ(plain_scalar(text), Json(false)) << text;
    }
    for (const auto* text : {"", "~", "null", "Null", "NULL"}) {
        EXPECT_EQ(plain_scalar(text), Json(nullptr)) << text;
    }
    for (const auto* text : {"tRUE", "yEs", "nULL", "truely", "oN"}) {
        EXPECT_EQ(plain_scalar(text), Json(text)) << text;
    }
}

TEST(PlainScalar, ReadsIntegersOfEveryBase) {
    const std::array<std::pair<const char*, std::int64_t>, 14> cases{
        {{"0", 0},
         {"42", 42},
         {"-7", -7},
         {"+7", 7},
         {"0x1F", 31},
         {"-0x1f", -31},
         {"0o17", 15},
         {"017", 15},
         {"0b101", 5},
         {"-0b11", -3},
         {"1_000_000", 1'000'000},
         {"9223372036854775807", INT64_MAX},
         {"-9223372036854775808", INT64_MIN},
         {"08", 8}}};
    for (const auto& [text, value] : cases) {
        const auto json = plain_scalar(text);
        EXPECT_TRUE(json.is_number_integer()) << text;
        EXPECT_EQ(json, Json(value)) << text;
    }
    EXPECT_EQ(plain_scalar("18446744073709551615"), Json(UINT64_MAX));
}

TEST(PlainScalar, AWholeFloatBecomesAnInteger) {
    EXPECT_EQ(plain_scalar("1e3").dump(), "1000");
    EXPECT_EQ(plain_scalar("3.0").dump(), "3");
    EXPECT_EQ(plain_scalar("3.25").dump(), "3.25");
    EXPECT_EQ(plain_scalar(".5").dump(), "0.5");
    EXPECT_EQ(plain_scalar("-1.").dump(), "-1");
    EXPECT_TRUE(plain_scalar("1e30").is_number_float());
    EXPECT_TRUE(std::isinf(plain_scalar("-.inf").get<double>()));
    EXPECT_TRUE(std::isnan(plain_scalar(".NaN").get<double>()));
}

TEST(PlainScalar, WhatOnlyBeginsLikeANumberIsText) {
    for (const auto* text : {"1Gi",        "30s",        "7d",    "1h30m", "2026-01-02T03:04:05Z",
                             "2026-01-02", "12:30",      "1.2.3", "0x",    "0xZZ",
                             "-",          "+",          ".",     "..",    "-a",
                             "1e",         "1e+",        "_1",    "1 2",   "-.5.",
                             "0b2",        "192.168.0.1"}) {
        EXPECT_EQ(plain_scalar(text), Json(text)) << text;
    }
}

TEST(ReadsAsItself, OnlyWhatNoReaderTakesForSomethingElse) {
    for (const auto* text : {"orders",
                             "agents.state.>",
                             "1Gi",
                             "30m",
                             "a:b",
                             "a#b",
                             "KV_X",
                             "x-y",
                             "it's",
                             "a, b",
                             "{{"}) {
        EXPECT_EQ(reads_as_itself(text), std::string{text} != "{{") << text;
    }
    for (const auto* text :
         {"",     " a",         "a ",       "a: b", "a #b", "a:",  "- a",  "-",
          "*",    ">",          "@x",       "true", "no",   "12",  "1e3",  "~",
          "null", "2026-01-02", "12:30:00", "<<",   "=",    "...", "...x", "Z\xC3\xBCrich",
          "a\nb", "a\tb",       "%a",       "`a",   "!a",   "&a",  "?a",   "'a",
          "\"a",  "[a",         "{a",       "|",    "0x1F"}) {
        EXPECT_FALSE(reads_as_itself(text)) << text;
    }
}

}  // namespace
}  // namespace headgate::files
