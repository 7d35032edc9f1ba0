// The work queue's rules without threads or clocks: a key waits at most once, its earliest time and
// its highest priority win, and it is never handed out twice at a time. What is added while a key
// is being worked on waits until that is done.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "reconcilers/resources/kind.hpp"

namespace headgate::controller {

using resources::ObjectKey;

/// What somebody waits for goes before what is only checked; the higher first.
enum class Priority { Deletion, Fresh, Backlog };

class QueueState {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    /// Of so many takes that could have served a lower priority, one does: ten thousand objects of
    /// a backlog hold up no edit, and edits without end do not hold up the backlog.
    static constexpr int kFairShare = 8;

    /// Gives back whether the key is new to the queue; an earlier time replaces a later one, a
    /// higher priority a lower one.
    bool add(const ObjectKey& key, TimePoint ready, Priority priority = Priority::Fresh);

    /// Of the keys that are ready and not being worked on, the one of the highest priority that has
    /// been ready longest; it is being worked on then.
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

    /// Of a key that is being worked on, as it was taken.
    [[nodiscard]] Priority priority(const ObjectKey& key) const;

    /// A key that waits, or is being worked on.
    struct Entry {
        ObjectKey key;
        bool working = false;
        TimePoint since;  ///< It was taken, or when it is ready, which may be later.
        Priority priority = Priority::Fresh;
    };

    /// The work in progress, then what waits in key order; `most` at the most.
    [[nodiscard]] std::vector<Entry> entries(std::size_t most) const;

private:
    struct Waiting {
        TimePoint ready;
        std::uint64_t order;
        Priority priority;
    };

    struct Working {
        TimePoint ready;
        TimePoint taken;
        Priority priority;
    };

    using Place = std::tuple<TimePoint, std::uint64_t, ObjectKey>;
    using Line = std::set<Place>;

    [[nodiscard]] Line& line(Priority priority);
    [[nodiscard]] Line* next_line(TimePoint now);

    // Invariant: the lines hold exactly the waiting keys that nobody works on.
    std::map<ObjectKey, Waiting> waiting_;
    std::array<Line, 3> lines_;  ///< By priority.
    std::map<ObjectKey, Working> working_;
    std::uint64_t next_order_ = 0;
    int passed_over_ = 0;  ///< Takes in a row that let something of a lower priority wait.
};

}  // namespace headgate::controller
