// ReplyTable: who waits for which reply on one connection. Senders wait in it, the connection's
// callbacks fill it in; so a lost connection, a denied subject or a requested stop ends a wait at
// once instead of at its deadline. Knows nothing of the NATS library. Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace headgate::jetstream::nats {

class ReplyTable {
    struct Entry {
        std::string subject;
        std::optional<core::Result<std::string>> reply;
        std::condition_variable_any filled;
    };

    using Entries = std::map<std::uint64_t, Entry>;

public:
    /// A place for one reply, given up when this goes out of scope.
    class Ticket {
    public:
        Ticket(ReplyTable& table, Entries::iterator entry) : table_(table), entry_(entry) {}

        Ticket(const Ticket&) = delete;
        Ticket& operator=(const Ticket&) = delete;
        ~Ticket();

        /// Names this reply among those of the table; never used again.
        [[nodiscard]] std::uint64_t token() const { return entry_->first; }

        /// The reply. OutcomeUnknown: none by the deadline. Cancelled: a stop was requested.
        [[nodiscard]] core::Result<std::string> wait(std::chrono::steady_clock::time_point deadline,
                                                     const std::stop_token& stop);

    private:
        ReplyTable& table_;
        Entries::iterator entry_;
    };

    /// Expects the reply to a request about to be sent to `subject`.
    [[nodiscard]] Ticket expect(std::string subject);

    /// The first reply counts; one that nobody waits for any more is dropped.
    void deliver(std::uint64_t token, core::Result<std::string> reply);

    /// Ends the waits for replies to `subject` with this error. `cut`: only its beginning is known.
    void deny(std::string_view subject, bool cut, const core::Error& error);

    /// Ends all waits, and those to come, with this error.
    void close(const core::Error& error);

private:
    std::mutex mutex_;
    Entries entries_;
    std::uint64_t last_token_ = 0;
    std::optional<core::Error> closed_;
};

}  // namespace headgate::jetstream::nats
