// Which Events are written, and when: those that repeat become a series that is written at most
// once in six minutes, no object has many, an outage is told by some objects for all, and what
// nobody can keep up with is dropped, the oldest first. What is kept does not grow with the number
// of objects. Without threads or clocks.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "core/units.hpp"
#include "kube/event.hpp"
#include "reconcilers/reconciler.hpp"

namespace headgate::controller {

/// What a pass over an object has to tell a person: that it is not Ready, or is after all; repairs
/// of drift, plans carried out, streams deleted. Nothing of what is in order.
[[nodiscard]] std::vector<kube::Event> events_of(const resources::ObjectKey& key,
                                                 const reconcilers::Pass& pass);

class EventBook {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    static constexpr std::size_t kMostWaiting = 1000;
    /// Beyond so many series or objects, what was told is forgotten; if it repeats, it is new.
    static constexpr std::size_t kMostKnown = 4096;
    /// For each object, and of outages for each namespace: so many at once, and then one in this
    /// time.
    static constexpr int kBurst = 10;
    static constexpr std::chrono::minutes kOneMore{2};
    /// As client-go's recorder.
    static constexpr std::chrono::minutes kSeriesPeriod{6};

    /// Happened now.
    void add(kube::Event event, TimePoint now, core::Timestamp wall);

    /// One to create, or where `count` is more than 1 its series to patch.
    struct Write {
        kube::Event event;
        std::uint64_t id = 0;  ///< The same for all writes of one series, and of no other.
        std::int64_t count = 1;
        core::Timestamp at{};
    };

    /// What to write now, once; none: nothing.
    [[nodiscard]] std::optional<Write> next(TimePoint now);

    /// It could not be written: it counts as dropped, and what repeats it begins anew.
    void give_up(const Write& write);

    /// When `next` can have something that it has not now; none: not before something is added.
    [[nodiscard]] std::optional<TimePoint> next_due() const;

    /// Lost so far, to the limits or to failed writes.
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

    /// How much is kept: series, limits, outages.
    [[nodiscard]] std::size_t kept() const {
        return series_.size() + buckets_.size() + outages_.size();
    }

private:
    using Place = std::tuple<std::string, std::string, std::string, std::string>;
    using Key = std::tuple<Place, bool, std::string, std::string, std::size_t>;  ///< Note: hashed.

    struct Series {
        kube::Event event;
        std::uint64_t id = 0;
        std::int64_t count = 1;
        std::int64_t told = 0;  ///< Of them, by writes.
        core::Timestamp last{};
        TimePoint written{};  ///< Or added, where it waits for its first write.
        TimePoint seen{};
    };

    struct Bucket {
        double tokens = kBurst;
        TimePoint filled{};
    };

    static Place place_of(const kube::Event& event);
    static Key key_of(const kube::Event& event);
    [[nodiscard]] bool may_tell(const kube::Event& event, TimePoint now);
    [[nodiscard]] bool takes_token(const Place& place, TimePoint now);
    /// False: the end of one that was not told.
    bool note_outage(const kube::Event& event);
    void forget_old(TimePoint now);

    std::map<Key, Series> series_;  ///< Without notes, once they are told.
    std::deque<Key> fresh_;         ///< Not created yet, the oldest first.
    std::map<Place, Bucket> buckets_;
    std::set<Place> outages_;  ///< Whose outages are told, and their end is not.
    TimePoint tidied_ = TimePoint::min();
    std::uint64_t ids_ = 0;
    std::uint64_t dropped_ = 0;
};

}  // namespace headgate::controller
