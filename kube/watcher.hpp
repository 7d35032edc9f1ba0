// All there is, then what happens, for ever, as a pure state machine (after kube-rs' watcher): the
// driver carries out the command of each step and hands back what came of it.
//
//   gathering ----all told---> watching --EOF, error--> waiting --> watching (resumes where it was)
//      ^  |error: waits, anew                                |
//      +--+-------- Gone (410), or nothing but failures -----+
//
// It gathers by one watch that begins with everything (KEP-3157), an object at a time; where the
// server cannot do that, by a list in pages and then a watch.
//
// The events keep a store complete: from InitStart on a new set is gathered, InitDone swaps it in
// at once, so that what was deleted unseen goes too.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/result.hpp"
#include "kube/api.hpp"
#include "kube/object.hpp"
#include "kube/watch_decoder.hpp"

namespace headgate::kube {

/// A new set begins; one begun before and not done is void.
struct InitStart {};

struct InitApply {
    Object object;
};

/// The set is complete: it is all there is.
struct InitDone {};

struct Apply {
    Object object;
};

struct Delete {
    Object object;  ///< As it was last.
};

using StoreEvent = std::variant<InitStart, InitApply, InitDone, Apply, Delete>;

/// Call Api::list_page and hand the result to `listed`.
struct ListNext {
    std::size_t limit = 0;
    std::string continue_token;
};

/// Call Api::watch, hand its events to `observed` and its end to `ended`.
struct WatchNext {
    ResourceVersion from;
    bool everything = false;  ///< WatchFrom::everything; `from` is empty then.
};

/// Let this time pass, then call `waited`. The reason is for the log.
struct WaitNext {
    std::chrono::milliseconds delay{};
    core::Error reason;
};

using WatcherCommand = std::variant<ListNext, WatchNext, WaitNext>;

struct WatcherStep {
    std::vector<StoreEvent> events;
    /// Nothing: go on with the watch at hand. Something while a watch runs: end it, and do this
    /// instead of calling `ended`.
    std::optional<WatcherCommand> command;
};

/// One kind's watcher. `jitter` is a random number of [0, 1) that spreads the delay of a failure,
/// so that replicas do not come back in step.
class Watcher {
public:
    static constexpr std::size_t kPageSize = 500;
    static constexpr std::chrono::milliseconds kFirstDelay{800};
    static constexpr std::chrono::milliseconds kLongestDelay{30'000};
    /// So many failures without one event in between, and the position itself is doubted: a server
    /// restored from a backup stays silent on positions it has not reached yet.
    static constexpr int kFailuresBeforeRelist = 3;

    /// `streams`: gather by a watch, where the server can.
    explicit Watcher(bool streams = true) : streams_(streams) {}

    [[nodiscard]] WatcherStep start();
    [[nodiscard]] WatcherStep listed(core::Result<ListPage> page, double jitter);
    [[nodiscard]] WatcherStep observed(WatchEvent event, double jitter);
    [[nodiscard]] WatcherStep ended(const core::Status& status, double jitter);
    [[nodiscard]] WatcherStep waited();

private:
    void relist();
    [[nodiscard]] WatcherStep gathered(WatchEvent event);
    [[nodiscard]] WatcherStep list_instead();
    [[nodiscard]] WatcherStep watch_failed(const core::Error& error, double jitter);
    [[nodiscard]] WaitNext wait(const core::Error& error, double jitter);

    /// Gathers where `position_` is unknown, watches where it is known.
    [[nodiscard]] WatcherCommand next();

    bool streams_;
    std::optional<ResourceVersion> position_;  ///< Seen up to here; nothing while listing.
    std::string continue_token_;
    bool begun_ = false;  ///< InitStart of the set at hand was told.
    bool heard_ = false;  ///< The watch at hand gave an event.
    bool gone_ = false;   ///< The position was, and nothing has happened since all was gathered.
    bool unfinished_ = false;  ///< The last watch that was to tell everything ended before it had.
    int failures_ = 0;         ///< In a row, since the last event of a watch that had gathered all.
};

/// How long a watch may last: 5 to 10 minutes by `jitter` of [0, 1), so that an API server's
/// watches do not all end at once (as client-go's reflector).
[[nodiscard]] std::chrono::seconds watch_timeout(double jitter);

/// Delay after failure number `failures` (from 1): 0.8 s doubling to 30 s, and by `jitter` of [0,
/// 1) up to half as much again.
[[nodiscard]] std::chrono::milliseconds watch_backoff(int failures, double jitter);

}  // namespace headgate::kube
