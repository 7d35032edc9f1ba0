// Leader election by a Lease (coordination.k8s.io/v1) as client-go does it (tools/leaderelection),
// without threads, clocks or requests: the driver carries out the command of each step and hands
// back what came of it.
//
// Whether a holder's time is up is judged by when its record was last seen to change here, never by
// the times it wrote: clocks differ. What this one holds ends by its own monotonic clock, counted
// from when its last renewal was sent, and so before anybody else may think it over.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "core/json.hpp"
#include "core/result.hpp"
#include "core/units.hpp"
#include "kube/object.hpp"

namespace headgate::kube {

[[nodiscard]] ResourceType lease_type();

/// What a Lease says.
struct LeaseRecord {
    std::string holder;                ///< Empty: nobody's.
    std::chrono::seconds duration{0};  ///< What the holder promised; 0: nothing.
    std::string acquired;              ///< RFC 3339 with microseconds, as its holder wrote it.
    std::string renewed;
    std::int64_t transitions = 0;  ///< How often it went from one holder to another.

    friend bool operator==(const LeaseRecord&, const LeaseRecord&) = default;
};

/// Fields that are missing, or of another type, are as if nobody had written them.
[[nodiscard]] LeaseRecord lease_record(const core::Json& spec);
[[nodiscard]] core::Json to_json(const LeaseRecord& record);

/// The whole object, to be created; and the patch of one that is there.
[[nodiscard]] core::Json lease_object(const std::string& ns,
                                      const std::string& name,
                                      const LeaseRecord& record);
[[nodiscard]] core::Json lease_patch(const LeaseRecord& record);

struct LeaseTiming {
    std::chrono::milliseconds duration{15'000};  ///< How long others leave an unchanged record be.
    std::chrono::milliseconds renew_deadline{10'000};  ///< How long a renewal holds for oneself.
    std::chrono::milliseconds retry_period{2'000};
};

/// Get the Lease, hand the result to `looked`.
struct LookAtLease {};

/// Create it, hand the result to `wrote`.
struct CreateLease {
    LeaseRecord record;
};

/// Change it on the condition that it is still at `version`, hand the result to `wrote`.
struct ChangeLease {
    LeaseRecord record;
    ResourceVersion version;
};

/// Nothing to do before then.
struct WaitForLease {
    std::chrono::steady_clock::time_point until;
};

using LeaseCommand = std::variant<LookAtLease, CreateLease, ChangeLease, WaitForLease>;

/// One candidate's part in the election. `jitter` is a random number of [0, 1) that spreads the
/// looks of standbys.
class LeaseElection {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    LeaseElection(std::string identity, LeaseTiming timing)
        : identity_(std::move(identity)), timing_(timing) {}

    /// What to do now. Leading ends here when its time is up.
    [[nodiscard]] LeaseCommand next(TimePoint now, core::Timestamp wall, double jitter);

    /// NotFound: there is none.
    void looked(const core::Result<Object>& lease, TimePoint now, double jitter);

    /// `sent` is when the request began.
    void wrote(const core::Result<Object>& lease, TimePoint sent, TimePoint now, double jitter);

    [[nodiscard]] bool leads() const { return held_until_.has_value(); }

    /// Until when the Lease is surely this one's; none: it is not.
    [[nodiscard]] std::optional<TimePoint> held_until() const { return held_until_; }

    /// Who held it when it was last seen; empty: nobody, or it was never seen.
    [[nodiscard]] const std::string& holder() const { return record_.holder; }

    /// Gives up what is held: nobody has to wait for it to run out. None: nothing is held.
    [[nodiscard]] std::optional<ChangeLease> release(core::Timestamp wall);

private:
    /// What is known of the Lease on the server.
    enum class Knowledge {
        Stale,    ///< It may have changed: look first.
        Missing,  ///< There was none a moment ago.
        Seen,     ///< As record_ says, a moment ago.
        Written,  ///< As record_ says, since this one wrote it.
    };

    [[nodiscard]] bool is_mine() const { return record_.holder == identity_; }

    [[nodiscard]] bool is_anothers(TimePoint now) const;
    [[nodiscard]] LeaseRecord mine(core::Timestamp wall) const;
    void take_over(const Object& lease, TimePoint now);
    void try_later(TimePoint now, double jitter);

    std::string identity_;
    LeaseTiming timing_;
    Knowledge knowledge_ = Knowledge::Stale;
    LeaseRecord record_;
    ResourceVersion version_;
    TimePoint changed_{};  ///< When record_ was first seen so.
    TimePoint next_try_{};
    std::optional<TimePoint> held_until_;
};

}  // namespace headgate::kube
