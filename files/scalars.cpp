#include "files/scalars.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace headgate::files {

using core::Json;

namespace {

using namespace std::string_view_literals;

constexpr std::array kTrue{
    "y"sv, "Y"sv, "yes"sv, "Yes"sv, "YES"sv, "true"sv, "True"sv, "TRUE"sv, "on"sv, "On"sv, "ON"sv};
constexpr std::array kFalse{"n"sv,
                            "N"sv,
                            "no"sv,
                            "No"sv,
                            "NO"sv,
                            "false"sv,
                            "False"sv,
                            "FALSE"sv,
                            "off"sv,
                            "Off"sv,
                            "OFF"sv};
constexpr std::array kNull{""sv, "~"sv, "null"sv, "Null"sv, "NULL"sv};
constexpr std::array kNotANumber{".nan"sv, ".NaN"sv, ".NAN"sv};
constexpr std::array kInfinity{".inf"sv, ".Inf"sv, ".INF"sv, "+.inf"sv, "+.Inf"sv, "+.INF"sv};
constexpr std::array kMinusInfinity{"-.inf"sv, "-.Inf"sv, "-.INF"sv};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& words, std::string_view text) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::optional<Json> word(std::string_view text) {
    if (is_one_of(kNull, text)) {
        return Json(nullptr);
    }
    if (is_one_of(kTrue, text)) {
        return Json(true);
    }
    if (is_one_of(kFalse, text)) {
        return Json(false);
    }
    if (is_one_of(kNotANumber, text)) {
        return Json(std::numeric_limits<double>::quiet_NaN());
    }
    if (is_one_of(kInfinity, text)) {
        return Json(std::numeric_limits<double>::infinity());
    }
    if (is_one_of(kMinusInfinity, text)) {
        return Json(-std::numeric_limits<double>::infinity());
    }
    return std::nullopt;
}

/// Digits after a sign, without their prefix: "0x1F" to base 16, "017" to base 8.
int take_base(std::string_view& digits) {
    if (digits.size() < 2 || digits[0] != '0') {
        return 10;
    }
    const char letter = digits[1];
    const int base = letter == 'x' || letter == 'X'   ? 16
                     : letter == 'o' || letter == 'O' ? 8
                     : letter == 'b' || letter == 'B' ? 2
                                                      : 0;
    digits.remove_prefix(base == 0 ? 1 : 2);
    return base == 0 ? 8 : base;
}

std::optional<Json> integer(std::string_view text) {
    const bool negative = text.front() == '-';
    auto digits = text;
    if (negative || digits.front() == '+') {
        digits.remove_prefix(1);
    }
    const int base = take_base(digits);
    std::uint64_t magnitude = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, base);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) {
        return std::nullopt;
    }
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (!negative) {
        return magnitude > kMost ? Json(magnitude) : Json(static_cast<std::int64_t>(magnitude));
    }
    if (magnitude > kMost + 1) {
        return std::nullopt;
    }
    return Json(static_cast<std::int64_t>(~magnitude + 1));
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
bool looks_like_a_float(std::string_view text) {
    std::size_t at = text.front() == '-' || text.front() == '+' ? 1 : 0;
    const auto digits = [&] {
        const auto from = at;
        while (at < text.size() && is_digit(text[at])) {
            ++at;
        }
        return at - from;
    };
    const auto whole = digits();
    std::size_t fraction = 0;
    if (at < text.size() && text[at] == '.') {
        ++at;
        fraction = digits();
    }
    if (whole == 0 && fraction == 0) {
        return false;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        at += at < text.size() && (text[at] == '-' || text[at] == '+') ? 1 : 0;
        if (digits() == 0) {
            return false;
        }
    }
    return at == text.size();
}

std::optional<Json> floating(std::string_view text) {
    if (!looks_like_a_float(text)) {
        return std::nullopt;
    }
    if (text.front() == '+') {
        text.remove_prefix(1);
    }
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    constexpr double kWholeBelow = 9.2e18;
    if (std::abs(value) < kWholeBelow && value == std::trunc(value)) {
        return Json(static_cast<std::int64_t>(value));
    }
    return Json(value);
}

/// "2026-01-02", "12:30", "1,000": numbers or dates to some readers of YAML 1.1.
bool looks_like_a_date_or_time(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return is_digit(c) || "+-.:,_TtZz "sv.find(c) != std::string_view::npos;
    });
}

bool is_plain_byte(char c) {
    return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7F;
}

}  // namespace

Json plain_scalar(std::string_view text) {
    if (auto known = word(text)) {
        return *std::move(known);
    }
    const char first = text.front();
    if (!is_digit(first) && first != '+' && first != '-' && first != '.') {
        return Json(text);
    }
    std::string number{text};
    if (first != '.') {
        number.erase(std::remove(number.begin(), number.end(), '_'), number.end());
        if (auto whole = integer(number)) {
            return *std::move(whole);
        }
    }
    if (auto value = floating(number)) {
        return *std::move(value);
    }
    return Json(text);
}

bool reads_as_itself(std::string_view text) {
    if (text.empty() || text.front() == ' ' || text.back() == ' ' || text.back() == ':' ||
        !plain_scalar(text).is_string()) {
        return false;
    }
    if ("-?:,[]{}#&*!|>'\"%@`=<~"sv.find(text.front()) != std::string_view::npos ||
        looks_like_a_date_or_time(text)) {
        return false;
    }
    if (text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos) {
        return false;
    }
    return text.substr(0, 3) != "..."sv && std::all_of(text.begin(), text.end(), is_plain_byte);
}

}  // namespace headgate::files
