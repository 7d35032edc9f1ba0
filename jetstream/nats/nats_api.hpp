// The JetStream API over a NATS connection: jetstream/request_api.hpp with the API's subjects
// below the prefix that the connection's settings name.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "core/error.hpp"
#include "jetstream/api.hpp"
#include "jetstream/nats/connection.hpp"

namespace headgate::jetstream::nats {

/// Told of every request once it is over, for metrics; from the thread that made it. `error`: of
/// the transport (no reply, not connected, ...); an answer that refuses is an answer.
using OnRequest = std::function<void(std::string_view operation,
                                     std::optional<core::ErrorCode> error,
                                     std::chrono::nanoseconds took)>;

/// `connection` must outlive it.
[[nodiscard]] std::unique_ptr<Api> make_api(Connection& connection, OnRequest on_request = {});

}  // namespace headgate::jetstream::nats
