// What a JetStream error code asks of us. Codes never changed their meaning between server
// versions, texts did (nats-server: errors.json); so only the code decides.
#pragma once

#include <string>

#include "core/error.hpp"

namespace headgate::jetstream {

struct ApiError {
    int code = 0;      ///< HTTP-like; says nothing about trying again.
    int err_code = 0;  ///< JetStream's own.
    std::string description;
};

/// The error, classed by its err_code; code and text stay in the message: "subjects overlap with an
/// existing stream (10065)".
[[nodiscard]] core::Error to_error(const ApiError& error);

}  // namespace headgate::jetstream
