#include "controller/queue_state.hpp"

#include <algorithm>

namespace headgate::controller {

namespace {

bool is_ready(const auto& line, QueueState::TimePoint now) {
    return !line.empty() && std::get<QueueState::TimePoint>(*line.begin()) <= now;
}

}  // namespace

bool QueueState::add(const ObjectKey& key, TimePoint ready, Priority priority) {
    const auto [found, is_new] = waiting_.try_emplace(key, Waiting{ready, next_order_, priority});
    auto& waiting = found->second;
    if (!is_new && waiting.ready <= ready && waiting.priority <= priority) {
        return false;
    }
    const bool is_free = !working_.contains(key);
    if (!is_new && is_free) {
        line(waiting.priority).erase({waiting.ready, waiting.order, key});
    }
    waiting = Waiting{
        std::min(waiting.ready, ready), next_order_++, std::min(waiting.priority, priority)};
    if (is_free) {
        line(waiting.priority).emplace(waiting.ready, waiting.order, key);
    }
    return is_new;
}

std::optional<ObjectKey> QueueState::take(TimePoint now) {
    auto* const chosen = next_line(now);
    if (chosen == nullptr) {
        return std::nullopt;
    }
    auto place = chosen->extract(chosen->begin());
    auto key = std::get<ObjectKey>(place.value());
    const auto waiting = waiting_.extract(key);
    working_.emplace(key, Working{waiting.mapped().ready, now, waiting.mapped().priority});
    return key;
}

QueueState::Line* QueueState::next_line(TimePoint now) {
    Line* first = nullptr;
    Line* oldest_below = nullptr;
    for (auto& each : lines_) {
        if (!is_ready(each, now)) {
            continue;
        }
        if (first == nullptr) {
            first = &each;
        } else if (oldest_below == nullptr || *each.begin() < *oldest_below->begin()) {
            oldest_below = &each;
        }
    }
    if (oldest_below == nullptr) {
        passed_over_ = 0;
        return first;
    }
    if (++passed_over_ < kFairShare) {
        return first;
    }
    passed_over_ = 0;
    return oldest_below;
}

void QueueState::done(const ObjectKey& key) {
    working_.erase(key);
    if (const auto found = waiting_.find(key); found != waiting_.end()) {
        const auto& waiting = found->second;
        line(waiting.priority).emplace(waiting.ready, waiting.order, key);
    }
}

std::optional<QueueState::TimePoint> QueueState::next_ready() const {
    std::optional<TimePoint> next;
    for (const auto& each : lines_) {
        if (!each.empty()) {
            const auto ready = std::get<TimePoint>(*each.begin());
            next = next ? std::min(*next, ready) : ready;
        }
    }
    return next;
}

std::size_t QueueState::depth(TimePoint now) const {
    std::size_t depth = 0;
    for (const auto& each : lines_) {
        const auto later = std::find_if(each.begin(), each.end(), [&](const Place& place) {
            return std::get<TimePoint>(place) > now;
        });
        depth += static_cast<std::size_t>(std::distance(each.begin(), later));
    }
    return depth;
}

std::optional<QueueState::TimePoint> QueueState::oldest_work() const {
    std::optional<TimePoint> oldest;
    for (const auto& [key, work] : working_) {
        oldest = oldest ? std::min(*oldest, work.taken) : work.taken;
    }
    return oldest;
}

QueueState::TimePoint QueueState::ready_since(const ObjectKey& key) const {
    return working_.at(key).ready;
}

Priority QueueState::priority(const ObjectKey& key) const {
    return working_.at(key).priority;
}

QueueState::Line& QueueState::line(Priority priority) {
    return lines_.at(static_cast<std::size_t>(priority));
}

std::vector<QueueState::Entry> QueueState::entries(std::size_t most) const {
    std::vector<Entry> entries;
    for (const auto& [key, work] : working_) {
        if (entries.size() < most) {
            entries.push_back({key, true, work.taken, work.priority});
        }
    }
    for (const auto& [key, waiting] : waiting_) {
        if (entries.size() < most) {
            entries.push_back({key, false, waiting.ready, waiting.priority});
        }
    }
    return entries;
}

}  // namespace headgate::controller
