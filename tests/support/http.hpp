// http_get: one plain GET on loopback, for health and metrics endpoints.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace headgate::support {

struct HttpReply {
    int status = 0;
    std::string body;
};

/// Nothing where no whole reply came in `time`: refused, reset, or too slow. `method` may be any.
[[nodiscard]] std::optional<HttpReply> http_get(
    std::uint16_t port,
    std::string_view path,
    std::chrono::milliseconds time = std::chrono::seconds{5},
    std::string_view method = "GET");

}  // namespace headgate::support
