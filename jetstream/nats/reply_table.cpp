#include "jetstream/nats/reply_table.hpp"

#include <utility>

namespace headgate::jetstream::nats {

using core::Error;
using core::ErrorCode;
using core::Result;

ReplyTable::Ticket::~Ticket() {
    const std::scoped_lock lock{table_.mutex_};
    table_.entries_.erase(entry_);
}

Result<std::string> ReplyTable::Ticket::wait(std::chrono::steady_clock::time_point deadline,
                                             const std::stop_token& stop) {
    auto& entry = entry_->second;
    std::unique_lock lock{table_.mutex_};
    if (entry.filled.wait_until(lock, stop, deadline, [&] { return entry.reply.has_value(); })) {
        return std::move(*entry.reply);
    }
    if (stop.stop_requested()) {
        return Error{ErrorCode::Cancelled,
                     "stopped while waiting for the reply to " + entry.subject};
    }
    return Error{ErrorCode::OutcomeUnknown, "no reply to " + entry.subject + " in time"};
}

ReplyTable::Ticket ReplyTable::expect(std::string subject) {
    const std::scoped_lock lock{mutex_};
    const auto entry = entries_.try_emplace(++last_token_).first;
    entry->second.subject = std::move(subject);
    if (closed_) {
        entry->second.reply = *closed_;
    }
    return Ticket{*this, entry};
}

void ReplyTable::deliver(std::uint64_t token, Result<std::string> reply) {
    const std::scoped_lock lock{mutex_};
    const auto entry = entries_.find(token);
    if (entry != entries_.end() && !entry->second.reply) {
        entry->second.reply = std::move(reply);
        entry->second.filled.notify_one();
    }
}

void ReplyTable::deny(std::string_view subject, bool cut, const Error& error) {
    const std::scoped_lock lock{mutex_};
    for (auto& [token, entry] : entries_) {
        const bool meant = cut ? entry.subject.starts_with(subject) : entry.subject == subject;
        if (meant && !entry.reply) {
            entry.reply = error;
            entry.filled.notify_one();
        }
    }
}

void ReplyTable::close(const Error& error) {
    const std::scoped_lock lock{mutex_};
    closed_ = error;
    for (auto& [token, entry] : entries_) {
        if (!entry.reply) {
            entry.reply = error;
            entry.filled.notify_one();
        }
    }
}

}  // namespace headgate::jetstream::nats
