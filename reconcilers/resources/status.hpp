// What a declaration's status says, the same in both modes. Values and their one field table; the
// conditions follow kstatus (observedGeneration first, then Reconciling and Stalled, then Ready).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/fields/field.hpp"
#include "core/json.hpp"
#include "core/names.hpp"

namespace headgate::resources {

/// Why Ready is as it is.
enum class Reason {
    Applied,
    Observed,
    Reconciling,
    ConnectionFailed,
    InvalidSpec,
    ImmutableField,
    NotOwned,
    Conflict,
    ApprovalRequired,
    Unsupported,
    InsufficientResources,
    Rejected,
    Drifted,
    Deleting,
    DeletionBlocked,
    Paused,
};

enum class Truth { True, False, Unknown };

/// The status of Ready that goes with a reason.
[[nodiscard]] constexpr Truth ready(Reason reason) {
    if (reason == Reason::Applied || reason == Reason::Observed) {
        return Truth::True;
    }
    return reason == Reason::Paused ? Truth::Unknown : Truth::False;
}

/// Only a person ends it: kstatus calls the object failed.
[[nodiscard]] constexpr bool is_stalled(Reason reason) {
    switch (reason) {
        case Reason::InvalidSpec:
        case Reason::ImmutableField:
        case Reason::NotOwned:
        case Reason::Conflict:
        case Reason::ApprovalRequired:
        case Reason::Unsupported:
            return true;
        case Reason::Applied:
        case Reason::Observed:
        case Reason::Reconciling:
        case Reason::ConnectionFailed:
        case Reason::InsufficientResources:
        case Reason::Rejected:
        case Reason::Drifted:
        case Reason::Deleting:
        case Reason::DeletionBlocked:
        case Reason::Paused:
            return false;
    }
    return false;
}

/// Headgate is still trying, on its own.
[[nodiscard]] constexpr bool is_reconciling(Reason reason) {
    return reason == Reason::Reconciling || reason == Reason::ConnectionFailed ||
           reason == Reason::Deleting;
}

struct Condition {
    std::string type;
    Truth status = Truth::Unknown;
    std::string reason;
    std::string message;
    std::string last_transition_time;
    std::int64_t observed_generation = 0;

    friend bool operator==(const Condition&, const Condition&) = default;
};

/// What the conditions of a status come from.
struct Verdict {
    std::string reason;
    std::string message;
    Truth ready = Truth::Unknown;
    bool reconciling = false;
    bool stalled = false;
};

/// Ready always, the others only where they hold; one whose status did not flip keeps its
/// transition time, others get `now` (RFC 3339).
[[nodiscard]] std::vector<Condition> to_conditions(const Verdict& verdict,
                                                   const std::vector<Condition>& before,
                                                   std::int64_t generation,
                                                   std::string_view now);

/// A status' schema with what goes beyond its table: -1 until it is observed, conditions by type.
[[nodiscard]] core::Json with_status_rules(core::Json schema);

/// What a change would do.
enum class Effect { Create, Adopt, Update, Recreate, Delete, LosesMessages, LosesPosition };

/// One thing that a plan would change.
struct PlannedChange {
    std::string field;  ///< "maxAge", "consumers[worker].ackWait"; "stream" or "consumers[worker]"
                        ///< as a whole.
    std::string from;   ///< Empty: absent.
    std::string to;     ///< Empty: absent.
    Effect effect = Effect::Update;
    std::uint64_t lost =
        0;  ///< Messages it would drop, at most, as far as the server's state tells.
    std::string consequence;  ///< In words; empty: none worth telling.

    friend bool operator==(const PlannedChange&, const PlannedChange&) = default;
};

struct Plan {
    std::string hash;
    std::vector<PlannedChange> changes;

    friend bool operator==(const Plan&, const Plan&) = default;
};

struct ConsumerStatus {
    std::string name;
    bool ready = false;
    std::string reason;

    friend bool operator==(const ConsumerStatus&, const ConsumerStatus&) = default;
};

struct ObjectStatus {
    std::int64_t observed_generation = -1;
    std::vector<Condition> conditions;
    std::string stream;
    std::string created;
    std::optional<Plan> plan;
    std::vector<ConsumerStatus> consumers;
    std::string last_handled_reconcile_at;

    /// The reason of Ready; none before the first report.
    [[nodiscard]] std::optional<Reason> reason() const;

    /// The message of Ready.
    [[nodiscard]] std::string message() const;

    friend bool operator==(const ObjectStatus&, const ObjectStatus&) = default;
};

/// What a status says, before it becomes conditions.
struct Report {
    Reason reason = Reason::Reconciling;
    std::string message;
    std::string stream;
    std::string created;
    std::optional<Plan> plan;
    std::vector<ConsumerStatus> consumers;
};

/// The status that says `report` of `generation`; a condition whose status did not flip keeps its
/// transition time, others get `now` (RFC 3339).
[[nodiscard]] ObjectStatus to_status(const Report& report,
                                     const ObjectStatus& before,
                                     std::int64_t generation,
                                     std::string reconcile_token,
                                     std::string_view now);

/// As in `.status`; observedGeneration and conditions always, the rest when there.
[[nodiscard]] core::Json to_json(const ObjectStatus& status);

[[nodiscard]] core::Json to_json(const Plan& plan);

/// Reads what it knows; anything else is left out.
[[nodiscard]] ObjectStatus status_from_json(const core::Json& json);

/// The schema of `.status`.
[[nodiscard]] core::Json status_schema();

}  // namespace headgate::resources

template <>
struct headgate::core::Names<headgate::resources::Reason> {
    using E = headgate::resources::Reason;
    static constexpr std::array kAll{
        Name<E>{E::Applied, "Applied"},
        Name<E>{E::Observed, "Observed"},
        Name<E>{E::Reconciling, "Reconciling"},
        Name<E>{E::ConnectionFailed, "ConnectionFailed"},
        Name<E>{E::InvalidSpec, "InvalidSpec"},
        Name<E>{E::ImmutableField, "ImmutableField"},
        Name<E>{E::NotOwned, "NotOwned"},
        Name<E>{E::Conflict, "Conflict"},
        Name<E>{E::ApprovalRequired, "ApprovalRequired"},
        Name<E>{E::Unsupported, "Unsupported"},
        Name<E>{E::InsufficientResources, "InsufficientResources"},
        Name<E>{E::Rejected, "Rejected"},
        Name<E>{E::Drifted, "Drifted"},
        Name<E>{E::Deleting, "Deleting"},
        Name<E>{E::DeletionBlocked, "DeletionBlocked"},
        Name<E>{E::Paused, "Paused"},
    };
};

template <>
struct headgate::core::Names<headgate::resources::Truth> {
    using E = headgate::resources::Truth;
    static constexpr std::array kAll{
        Name<E>{E::True, "True"}, Name<E>{E::False, "False"}, Name<E>{E::Unknown, "Unknown"}};
};

template <>
struct headgate::core::Names<headgate::resources::Effect> {
    using E = headgate::resources::Effect;
    static constexpr std::array kAll{
        Name<E>{E::Create, "Create"},
        Name<E>{E::Adopt, "Adopt"},
        Name<E>{E::Update, "Update"},
        Name<E>{E::Recreate, "Recreate"},
        Name<E>{E::Delete, "Delete"},
        Name<E>{E::LosesMessages, "LosesMessages"},
        Name<E>{E::LosesPosition, "LosesPosition"},
    };
};
