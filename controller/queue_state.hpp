// The work queue's rules without threads or clocks: a key waits at most once, its earliest time
// wins, and it is never handed out twice at a time. What is added while a key is being worked on
// waits until that is done.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "reconcilers/resources/kind.hpp"

namespace headgate::controller {

using resources::ObjectKey;

class QueueState {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    /// Gives back whether the key is new to the queue; an earlier time replaces a later one.
    bool add(const ObjectKey& key, TimePoint ready);

    /// The key that has been ready longest and is not being worked on; it is then.
    [[nodiscard]] std::optional<ObjectKey> take(TimePoint now);

    /// The work on it is over; what was added meanwhile can be taken now.
    void done(const ObjectKey& key);

    /// When take() can next succeed; none: not before something is added or done.
    [[nodiscard]] std::optional<TimePoint> next_ready() const;

    /// Waiting and ready at `now`.
    [[nodiscard]] std::size_t depth(TimePoint now) const;

    [[nodiscard]] std::size_t in_work() const { return working_.size(); }

    /// When the work that has taken longest began.
    [[nodiscard]] std::optional<TimePoint> oldest_work() const;

    /// When the key became ready, for the one just taken.
    [[nodiscard]] TimePoint ready_since(const ObjectKey& key) const;

private:
    struct Waiting {
        TimePoint ready;
        std::uint64_t order;
    };

    struct Working {
        TimePoint ready;
        TimePoint taken;
    };

    using Place = std::tuple<TimePoint, std::uint64_t, ObjectKey>;

    // Invariant: ordered_ holds exactly the waiting keys that nobody works on.
    std::map<ObjectKey, Waiting> waiting_;
    std::set<Place> ordered_;
    std::map<ObjectKey, Working> working_;
    std::uint64_t next_order_ = 0;
};

}  // namespace headgate::controller
