#include "core/units.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <limits>
#include <optional>
#include <utility>

namespace headgate::core {

namespace {

// Wide enough for any product below: a 64-bit mantissa times a unit's nanoseconds.
__extension__ using Wide = __int128;

constexpr Wide kMaximum = std::numeric_limits<std::int64_t>::max();

struct Unit {
    std::string_view name;
    std::int64_t factor;
};

constexpr std::int64_t kNanosecondsPerDay = 86'400'000'000'000;

// Longest names first, so that "ms" is never read as "m".
constexpr std::array kDurationUnits{
    Unit{"ns", 1},
    Unit{"us", 1'000},
    Unit{"µs", 1'000},
    Unit{"ms", 1'000'000},
    Unit{"s", 1'000'000'000},
    Unit{"m", 60'000'000'000},
    Unit{"h", 3'600'000'000'000},
    Unit{"d", kNanosecondsPerDay},
};

constexpr std::array kByteUnits{
    Unit{"Ki", std::int64_t{1} << 10},
    Unit{"Mi", std::int64_t{1} << 20},
    Unit{"Gi", std::int64_t{1} << 30},
    Unit{"Ti", std::int64_t{1} << 40},
    Unit{"Pi", std::int64_t{1} << 50},
    Unit{"Ei", std::int64_t{1} << 60},
    Unit{"k", 1'000},
    Unit{"M", 1'000'000},
    Unit{"G", 1'000'000'000},
    Unit{"T", 1'000'000'000'000},
    Unit{"P", 1'000'000'000'000'000},
    Unit{"E", 1'000'000'000'000'000'000},
};

bool is_digit(char character) {
    return character >= '0' && character <= '9';
}

// A decimal number taken off the front of a text, as mantissa and the power of ten below it.
struct Decimal {
    Wide mantissa = 0;
    Wide scale = 1;
};

std::optional<Decimal> take_decimal(std::string_view& text) {
    Decimal decimal;
    bool any = false;
    bool fraction = false;
    while (!text.empty() && (is_digit(text.front()) || (text.front() == '.' && !fraction))) {
        if (text.front() == '.') {
            fraction = true;
        } else {
            any = true;
            if (decimal.mantissa > kMaximum || decimal.scale > kMaximum) {
                return std::nullopt;
            }
            decimal.mantissa = decimal.mantissa * 10 + (text.front() - '0');
            decimal.scale *= fraction ? 10 : 1;
        }
        text.remove_prefix(1);
    }
    return any ? std::optional{decimal} : std::nullopt;
}

template <std::size_t N>
const Unit* take_unit(std::string_view& text, const std::array<Unit, N>& units) {
    for (const auto& unit : units) {
        if (text.starts_with(unit.name)) {
            text.remove_prefix(unit.name.size());
            return &unit;
        }
    }
    return nullptr;
}

Error not_a(std::string_view what, std::string_view text, std::string_view examples) {
    return Error{ErrorCode::InvalidSpec,
                 "\"" + std::string{text} + "\" is not a " + std::string{what} + "; write " +
                     std::string{examples}};
}

std::optional<int> take_number(std::string_view& text, std::size_t digits) {
    if (text.size() < digits) {
        return std::nullopt;
    }
    int number = 0;
    const auto* const end = text.data() + digits;
    if (std::from_chars(text.data(), end, number).ptr != end || !is_digit(text.front())) {
        return std::nullopt;
    }
    text.remove_prefix(digits);
    return number;
}

bool take(std::string_view& text, std::string_view characters) {
    if (text.empty() || characters.find(text.front()) == std::string_view::npos) {
        return false;
    }
    text.remove_prefix(1);
    return true;
}

std::optional<std::chrono::nanoseconds> take_fraction(std::string_view& text) {
    if (!take(text, ".")) {
        return std::chrono::nanoseconds{0};
    }
    std::int64_t nanoseconds = 0;
    int digits = 0;
    for (; !text.empty() && is_digit(text.front()); ++digits, text.remove_prefix(1)) {
        if (digits < 9) {
            nanoseconds = nanoseconds * 10 + (text.front() - '0');
        }
    }
    if (digits == 0) {
        return std::nullopt;
    }
    for (; digits < 9; ++digits) {
        nanoseconds *= 10;
    }
    return std::chrono::nanoseconds{nanoseconds};
}

std::optional<std::chrono::minutes> take_offset(std::string_view& text) {
    if (take(text, "Zz")) {
        return std::chrono::minutes{0};
    }
    const int sign = text.starts_with('-') ? -1 : 1;
    if (!take(text, "+-")) {
        return std::nullopt;
    }
    const auto hours = take_number(text, 2);
    if (!hours || !take(text, ":")) {
        return std::nullopt;
    }
    const auto minutes = take_number(text, 2);
    if (!minutes || *hours > 23 || *minutes > 59) {
        return std::nullopt;
    }
    return std::chrono::minutes{sign * (*hours * 60 + *minutes)};
}

std::optional<Timestamp> read_time(std::string_view text) {
    using namespace std::chrono;
    std::array<int, 6> parts{};
    constexpr std::array<std::pair<std::size_t, std::string_view>, 6> kShape{
        {{4, "-"}, {2, "-"}, {2, "Tt "}, {2, ":"}, {2, ":"}, {2, ""}}};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto number = take_number(text, kShape[i].first);
        if (!number || (!kShape[i].second.empty() && !take(text, kShape[i].second))) {
            return std::nullopt;
        }
        parts[i] = *number;
    }
    const auto fraction = take_fraction(text);
    const auto offset = fraction ? take_offset(text) : std::nullopt;
    const year_month_day date{year{parts[0]},
                              month{static_cast<unsigned>(parts[1])},
                              day{static_cast<unsigned>(parts[2])}};
    // A 64-bit count of nanoseconds ends in 2262.
    if (!offset || !text.empty() || !date.ok() || parts[0] < 1678 || parts[0] > 2261 ||
        parts[3] > 23 || parts[4] > 59 || parts[5] > 59) {
        return std::nullopt;
    }
    return Timestamp{sys_days{date}} + hours{parts[3]} + minutes{parts[4]} + seconds{parts[5]} +
           *fraction - *offset;
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
    const auto failure = [text] { return not_a("duration", text, "90s, 1h30m or 7d"); };
    if (text == "0") {
        return Duration{0};
    }
    if (text.empty()) {
        return failure();
    }
    Wide total = 0;
    for (auto rest = text; !rest.empty();) {
        const auto number = take_decimal(rest);
        const auto* const unit = number ? take_unit(rest, kDurationUnits) : nullptr;
        if (unit == nullptr) {
            return failure();
        }
        total += number->mantissa * unit->factor / number->scale;
        if (total > kMaximum) {
            return failure();
        }
    }
    return Duration{static_cast<std::int64_t>(total)};
}

std::string format_duration(Duration duration) {
    std::int64_t rest = duration.count();
    if (rest == 0) {
        return "0s";
    }
    std::string text;
    const auto whole = [&](std::int64_t factor, std::string_view name) {
        if (rest / factor > 0) {
            text += std::to_string(rest / factor) + std::string{name};
            rest %= factor;
        }
    };
    if (rest % kNanosecondsPerDay == 0) {
        whole(kNanosecondsPerDay, "d");
    }
    whole(3'600'000'000'000, "h");
    whole(60'000'000'000, "m");
    whole(1'000'000'000, "s");
    whole(1'000'000, "ms");
    whole(1'000, "us");
    whole(1, "ns");
    return text;
}

Result<Bytes> parse_bytes(std::string_view text) {
    auto rest = text;
    const auto number = take_decimal(rest);
    const auto* const unit = number ? take_unit(rest, kByteUnits) : nullptr;
    if (!number || !rest.empty()) {
        return not_a("size", text, "1Gi, 256Ki, 5M or a number of bytes");
    }
    const Wide scaled = number->mantissa * (unit == nullptr ? 1 : unit->factor);
    if (scaled % number->scale != 0 || scaled / number->scale > kMaximum) {
        return not_a(
            "whole number of bytes below 8Ei", text, "1Gi, 256Ki, 5M or a number of bytes");
    }
    return Bytes{static_cast<std::int64_t>(scaled / number->scale)};
}

std::string format_bytes(Bytes bytes) {
    const auto value = bytes.value();
    for (std::size_t i = 6; i-- > 0 && value != 0;) {
        if (value % kByteUnits[i].factor == 0) {
            return std::to_string(value / kByteUnits[i].factor) + std::string{kByteUnits[i].name};
        }
    }
    return std::to_string(value);
}

Result<Timestamp> parse_time(std::string_view text) {
    if (const auto time = read_time(text)) {
        return *time;
    }
    return not_a("time", text, "RFC 3339, as 2026-01-02T03:04:05Z");
}

std::string format_time(Timestamp time) {
    using namespace std::chrono;
    const auto days = floor<std::chrono::days>(time);
    const year_month_day date{days};
    const hh_mm_ss clock{time - days};
    std::array<char, 40> buffer{};
    const int length = std::snprintf(buffer.data(),
                                     buffer.size(),
                                     "%04d-%02u-%02uT%02d:%02d:%02d",
                                     static_cast<int>(date.year()),
                                     static_cast<unsigned>(date.month()),
                                     static_cast<unsigned>(date.day()),
                                     static_cast<int>(clock.hours().count()),
                                     static_cast<int>(clock.minutes().count()),
                                     static_cast<int>(clock.seconds().count()));
    std::string text{buffer.data(), static_cast<std::size_t>(length)};
    if (const auto fraction = clock.subseconds().count(); fraction != 0) {
        auto digits = std::to_string(1'000'000'000 + fraction).substr(1);
        digits.erase(digits.find_last_not_of('0') + 1);
        text += "." + digits;
    }
    return text + "Z";
}

}  // namespace headgate::core
