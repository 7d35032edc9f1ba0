#include "core/units.hpp"

#include <array>
#include <chrono>
#include <limits>

#include <gtest/gtest.h>

namespace headgate::core {
namespace {

using namespace std::chrono_literals;

TEST(Durations, AreGoTextPlusDays) {
    EXPECT_EQ(*parse_duration("90s"), 90s);
    EXPECT_EQ(*parse_duration("1h30m"), 90min);
    EXPECT_EQ(*parse_duration("1.5h"), 90min);
    EXPECT_EQ(*parse_duration("7d"), 168h);
    EXPECT_EQ(*parse_duration("250ms"), 250ms);
    EXPECT_EQ(*parse_duration("2us3ns"), 2003ns);
    EXPECT_EQ(*parse_duration("0"), 0s);
}

TEST(Durations, EverythingElseIsRefusedWithTheTextInTheMessage) {
    for (const auto* text :
         {"", "1 hour", "-5s", "5", "s", "1.h.", "300000000d", "1hh", "9999999999999999999999s"}) {
        const auto parsed = parse_duration(text);
        ASSERT_FALSE(parsed.has_value()) << text;
        EXPECT_NE(parsed.error().message.find("\"" + std::string{text} + "\" is not a duration"),
                  std::string::npos)
            << parsed.error().message;
    }
}

TEST(Durations, FormatIsReadBackTheSame) {
    for (const auto duration :
         std::array<Duration, 7>{0s, 90s, 90min, 168h, 36h, 1ns, 1h + 1ms + 1ns}) {
        EXPECT_EQ(*parse_duration(format_duration(duration)), duration)
            << format_duration(duration);
    }
    EXPECT_EQ(format_duration(168h), "7d");
    EXPECT_EQ(format_duration(36h), "36h");
    EXPECT_EQ(format_duration(90min), "1h30m");
}

TEST(Sizes, AreKubernetesQuantities) {
    EXPECT_EQ(parse_bytes("10Gi")->value(), 10737418240);
    EXPECT_EQ(parse_bytes("256Ki")->value(), 262144);
    EXPECT_EQ(parse_bytes("5M")->value(), 5000000);
    EXPECT_EQ(parse_bytes("1.5Ki")->value(), 1536);
    EXPECT_EQ(parse_bytes("1024")->value(), 1024);
}

TEST(Sizes, EverythingElseIsRefused) {
    for (const auto* text :
         {"", "Gi", "-1Gi", "1.3", "1GB", "8Ei", "1 Gi", "99999999999999999999"}) {
        EXPECT_FALSE(parse_bytes(text).has_value()) << text;
    }
}

TEST(Sizes, FormatIsReadBackTheSame) {
    for (const std::int64_t value : {std::int64_t{0},
                                     std::int64_t{1},
                                     std::int64_t{1536},
                                     std::int64_t{1} << 30,
                                     std::numeric_limits<std::int64_t>::max()}) {
        EXPECT_EQ(parse_bytes(format_bytes(Bytes{value}))->value(), value);
    }
    EXPECT_EQ(format_bytes(Bytes{10737418240}), "10Gi");
}

TEST(Times, AreRfc3339InAnyOffset) {
    EXPECT_EQ(format_time(*parse_time("2026-01-02T03:04:05Z")), "2026-01-02T03:04:05Z");
    EXPECT_EQ(format_time(*parse_time("2026-01-02T03:04:05.120+02:00")), "2026-01-02T01:04:05.12Z");
    EXPECT_EQ(format_time(*parse_time("2026-08-21T10:11:12.123456789Z")),
              "2026-08-21T10:11:12.123456789Z");
}

TEST(Times, EverythingElseIsRefused) {
    for (const auto* text : {"",
                             "tomorrow",
                             "2026-13-01T00:00:00Z",
                             "2026-01-01",
                             "2026-01-01T00:00:00",
                             "2026-01-01T00:00:00Zx",
                             "1000-01-01T00:00:00Z"}) {
        EXPECT_FALSE(parse_time(text).has_value()) << text;
    }
}

}  // namespace
}  // namespace headgate::core
