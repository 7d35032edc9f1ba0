#include "controller/queue_state.hpp"

#include <algorithm>

namespace headgate::controller {

bool QueueState::add(const ObjectKey& key, TimePoint ready) {
    const auto [found, is_new] = waiting_.try_emplace(key, Waiting{ready, next_order_});
    if (!is_new && found->second.ready <= ready) {
        return false;
    }
    if (!is_new) {
        ordered_.erase({found->second.ready, found->second.order, key});
    }
    found->second = Waiting{ready, next_order_++};
    if (!working_.contains(key)) {
        ordered_.emplace(found->second.ready, found->second.order, key);
    }
    return is_new;
}

std::optional<ObjectKey> QueueState::take(TimePoint now) {
    if (ordered_.empty() || std::get<TimePoint>(*ordered_.begin()) > now) {
        return std::nullopt;
    }
    auto place = ordered_.extract(ordered_.begin());
    auto key = std::get<ObjectKey>(place.value());
    working_.emplace(key, Working{std::get<TimePoint>(place.value()), now});
    waiting_.erase(key);
    return key;
}

void QueueState::done(const ObjectKey& key) {
    working_.erase(key);
    if (const auto found = waiting_.find(key); found != waiting_.end()) {
        ordered_.emplace(found->second.ready, found->second.order, key);
    }
}

std::optional<QueueState::TimePoint> QueueState::next_ready() const {
    return ordered_.empty() ? std::nullopt : std::optional{std::get<TimePoint>(*ordered_.begin())};
}

std::size_t QueueState::depth(TimePoint now) const {
    return static_cast<std::size_t>(std::distance(
        ordered_.begin(), std::find_if(ordered_.begin(), ordered_.end(), [&](const Place& place) {
            return std::get<TimePoint>(place) > now;
        })));
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

}  // namespace headgate::controller
