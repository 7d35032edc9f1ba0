// Durations, sizes and times as people write them, and back. Pure text; the only place that knows
// these spellings.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/strong.hpp"

namespace headgate::core {

using Duration = std::chrono::nanoseconds;
using Timestamp = std::chrono::sys_time<std::chrono::nanoseconds>;
using Bytes = Strong<struct BytesTag, std::int64_t>;

/// "90s", "1h30m", "1.5h", "250ms", "7d": Go's durations plus days (24 h). Never negative; "0" is
/// a duration. InvalidSpec: not one, or beyond 292 years.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);

/// The shortest such text that reads back the same: whole days, then Go's units ("1h30m", "7d").
[[nodiscard]] std::string format_duration(Duration duration);

/// "10Gi", "256Ki", "5M", "1.5Gi", "1024": a Kubernetes quantity of bytes (API reference:
/// quantity), not negative, a whole number of bytes. InvalidSpec: not one, or beyond 2^63-1.
[[nodiscard]] Result<Bytes> parse_bytes(std::string_view text);

/// Exact text: the largest binary suffix that divides evenly ("10Gi"), else the plain number.
[[nodiscard]] std::string format_bytes(Bytes bytes);

/// RFC 3339 with up to nine digits of fraction and any offset. InvalidSpec: not such a time.
[[nodiscard]] Result<Timestamp> parse_time(std::string_view text);

/// RFC 3339 in UTC, the fraction as short as it can be ("2026-01-02T03:04:05.5Z").
[[nodiscard]] std::string format_time(Timestamp time);

}  // namespace headgate::core
