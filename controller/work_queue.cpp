#include "controller/work_queue.hpp"

namespace headgate::controller {

using std::chrono::steady_clock;

void WorkQueue::add(const ObjectKey& key, std::chrono::milliseconds delay, Priority priority) {
    const std::scoped_lock lock{mutex_};
    if (state_.add(key, steady_clock::now() + delay, priority)) {
        ++adds_;
    }
    changed_.notify_all();
}

void WorkQueue::retry(const ObjectKey& key, Priority priority) {
    const std::scoped_lock lock{mutex_};
    const double jitter = std::uniform_real_distribution<double>{0.0, 1.0}(random_);
    const auto delay = backoff_.delay(++failures_[key], jitter);
    ++retries_;
    if (state_.add(key, steady_clock::now() + delay, priority)) {
        ++adds_;
    }
    changed_.notify_all();
}

void WorkQueue::forget(const ObjectKey& key) {
    const std::scoped_lock lock{mutex_};
    failures_.erase(key);
}

std::optional<Work> WorkQueue::take(const std::stop_token& stop) {
    std::unique_lock lock{mutex_};
    while (!stop.stop_requested()) {
        const auto now = steady_clock::now();
        if (auto key = state_.take(now)) {
            const auto waited = now - state_.ready_since(*key);
            const auto priority = state_.priority(*key);
            return Work{std::move(*key), waited, priority};
        }
        const auto next = state_.next_ready();
        // An earlier key must wake a sleeper, so the predicate compares times.
        const auto moved = [&] {
            const auto ready = state_.next_ready();
            return ready && (!next || *ready < *next || *ready <= steady_clock::now());
        };
        if (next) {
            changed_.wait_until(lock, stop, *next, moved);
        } else {
            changed_.wait(lock, stop, moved);
        }
    }
    return std::nullopt;
}

void WorkQueue::done(const ObjectKey& key) {
    const std::scoped_lock lock{mutex_};
    state_.done(key);
    changed_.notify_all();
}

bool WorkQueue::wait_idle(const std::stop_token& stop) {
    std::unique_lock lock{mutex_};
    return changed_.wait(lock, stop, [&] {
        return state_.in_work() == 0 && state_.depth(steady_clock::now()) == 0;
    });
}

QueueFigures WorkQueue::figures() const {
    const std::scoped_lock lock{mutex_};
    const auto now = steady_clock::now();
    const auto oldest = state_.oldest_work();
    return QueueFigures{.depth = state_.depth(now),
                        .adds = adds_,
                        .retries = retries_,
                        .in_work = state_.in_work(),
                        .longest_running = oldest ? now - *oldest : steady_clock::duration{0}};
}

std::vector<QueueState::Entry> WorkQueue::entries(std::size_t most) const {
    const std::scoped_lock lock{mutex_};
    return state_.entries(most);
}

}  // namespace headgate::controller
