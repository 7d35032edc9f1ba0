// The work queue: QueueState behind a lock, with blocking take, per-key backoff and the figures
// of controller-runtime's queue metrics. Any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <stop_token>
#include <vector>

#include "controller/queue_state.hpp"
#include "core/backoff.hpp"

namespace headgate::controller {

struct Work {
    ObjectKey key;
    std::chrono::steady_clock::duration waited;  ///< Ready, until it was taken.
    Priority priority = Priority::Fresh;
};

struct QueueFigures {
    std::size_t depth = 0;
    std::uint64_t adds = 0;
    std::uint64_t retries = 0;
    std::size_t in_work = 0;
    std::chrono::steady_clock::duration longest_running{0};
};

class WorkQueue {
public:
    explicit WorkQueue(core::Backoff backoff) : backoff_(backoff) {}

    /// Ready at once, or after `delay`.
    void add(const ObjectKey& key,
             std::chrono::milliseconds delay = {},
             Priority priority = Priority::Fresh);

    /// Ready after its backoff, which grows with each retry in a row.
    void retry(const ObjectKey& key, Priority priority = Priority::Fresh);

    /// Its next retry begins at the shortest delay again.
    void forget(const ObjectKey& key);

    /// Blocks until there is one, or until the stop (none).
    [[nodiscard]] std::optional<Work> take(const std::stop_token& stop);

    void done(const ObjectKey& key);

    /// Blocks until nothing is ready or being worked on (what waits for a later time does not
    /// count), or until the stop. False: stopped.
    bool wait_idle(const std::stop_token& stop);

    [[nodiscard]] QueueFigures figures() const;

    /// For people: as QueueState::entries.
    [[nodiscard]] std::vector<QueueState::Entry> entries(std::size_t most) const;

private:
    core::Backoff backoff_;

    // The lock covers everything below.
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    QueueState state_;
    std::map<ObjectKey, int> failures_;
    std::minstd_rand random_{std::random_device{}()};
    std::uint64_t adds_ = 0;
    std::uint64_t retries_ = 0;
};

}  // namespace headgate::controller
