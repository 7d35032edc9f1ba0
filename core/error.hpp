// What can go wrong, as data. A code exists only where some caller acts differently on it; the
// text is for a person. Results carry errors between rooms, exceptions stop at the adapters.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace headgate::core {

enum class ErrorCode {
    InvalidSpec,     ///< A person must edit the declaration.
    NotFound,        ///< The named thing is not there.
    AlreadyExists,   ///< The name is taken, by something that differs.
    Conflict,        ///< Somebody else changed or owns it: read again, then decide again.
    Gone,            ///< The resource version is too old (HTTP 410): list again.
    Refused,         ///< The server understood and said no; asking again changes nothing.
    Insufficient,    ///< Refused for capacity or topology, which may change without an edit.
    Unsupported,     ///< The server cannot do or keep what was asked.
    Forbidden,       ///< Credentials or permissions do not allow it.
    Unavailable,     ///< Not reached; certainly not done. Try again with backoff.
    OutcomeUnknown,  ///< Sent, and no answer: it may or may not have happened. Look before acting.
    Cancelled,       ///< A stop was requested.
    Internal,        ///< An invariant broke: a bug.
};

struct Error {
    ErrorCode code = ErrorCode::Internal;
    std::string message;

    friend bool operator==(const Error&, const Error&) = default;
};

/// No answer came: for lack of one, nothing is known of what was asked.
[[nodiscard]] inline bool is_outage(ErrorCode code) {
    return code == ErrorCode::Unavailable || code == ErrorCode::OutcomeUnknown;
}

/// The same error, its message led by what was being tried: "update stream ORDERS: timed out".
[[nodiscard]] inline Error with_context(std::string_view context, Error error) {
    error.message = std::string{context} + ": " + error.message;
    return error;
}

}  // namespace headgate::core
