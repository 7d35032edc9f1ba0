#include "reconcilers/resources/status.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/fields/schema.hpp"
#include "reconcilers/resources/status_tables.hpp"

namespace headgate::fields {

using namespace headgate::resources;

template <>
struct Table<PlannedChange> {
    using T = PlannedChange;
    static constexpr auto kFields = std::tuple{
        Field{"field",
              "",
              &T::field,
              "What would change.",
              Rules{.required = true, .max_length = kLongText}},
        Field{"from", "", &T::from, "What the server has.", Rules{.max_length = kLongText}},
        Field{"to", "", &T::to, "What is declared.", Rules{.max_length = kLongText}},
        Field{"effect", "", &T::effect, "What that does.", Rules{.required = true}},
        Field{"lost", "", &T::lost, "Messages it would drop, as of the writing of this plan."},
        Field{"consequence",
              "",
              &T::consequence,
              "The consequence in words.",
              Rules{.max_length = kLongText}},
    };
};

template <>
struct Table<Plan> {
    using T = Plan;
    static constexpr auto kFields = std::tuple{
        Field{"hash", "", &T::hash, "Names this plan."},
        Field{"changes", "", &T::changes, "What would change.", Rules{.max_items = 1024}},
    };
};

template <>
struct Table<ConsumerStatus> {
    using T = ConsumerStatus;
    static constexpr auto kFields = std::tuple{
        Field{"name",
              "",
              &T::name,
              "Name of the consumer.",
              Rules{.required = true, .max_length = 255}},
        Field{"ready", "", &T::ready, "As declared on the server.", Rules{.required = true}},
        Field{"reason", "", &T::reason, "As for conditions.", Rules{.max_length = 1024}},
    };
};

template <>
struct Table<ObjectStatus> {
    using T = ObjectStatus;
    static constexpr auto kFields = std::tuple{
        Field{"observedGeneration",
              "",
              &T::observed_generation,
              "Generation of the spec this status speaks of.",
              Rules{.required = true, .defaulted = true}},
        Field{"conditions",
              "",
              &T::conditions,
              "Ready always; Reconciling and Stalled only while True."},
        Field{"stream",
              "",
              &T::stream,
              "Name of the stream on the server.",
              Rules{.max_length = 255}},
        Field{"created", "", &T::created, "When the server made it, as the server says."},
        Field{"plan", "", &T::plan, "What waits, and why; only while something does."},
        Field{"consumers",
              "",
              &T::consumers,
              "Its consumers.",
              Rules{.keyed_by_name = true, .max_items = 256}},
        Field{"lastHandledReconcileAt",
              "",
              &T::last_handled_reconcile_at,
              "The headgate.io/reconcile token seen last.",
              Rules{.max_length = 1024}},
    };
};

}  // namespace headgate::fields

namespace headgate::resources {

using core::Json;
using fields::Dialect;

namespace {

constexpr std::string_view kReady = "Ready";

const Condition* find(const std::vector<Condition>& conditions, std::string_view type) {
    const auto found = std::find_if(conditions.begin(),
                                    conditions.end(),
                                    [&](const auto& condition) { return condition.type == type; });
    return found == conditions.end() ? nullptr : &*found;
}

}  // namespace

std::vector<Condition> to_conditions(const Verdict& verdict,
                                     const std::vector<Condition>& before,
                                     std::int64_t generation,
                                     std::string_view now) {
    std::vector<Condition> conditions;
    const auto add = [&](std::string_view type, Truth truth) {
        const auto* const old = find(before, type);
        conditions.push_back(
            Condition{.type = std::string{type},
                      .status = truth,
                      .reason = verdict.reason,
                      .message = verdict.message,
                      .last_transition_time = old != nullptr && old->status == truth
                                                  ? old->last_transition_time
                                                  : std::string{now},
                      .observed_generation = generation});
    };
    add(kReady, verdict.ready);
    if (verdict.reconciling) {
        add("Reconciling", Truth::True);
    }
    if (verdict.stalled) {
        add("Stalled", Truth::True);
    }
    return conditions;
}

core::Json with_status_rules(core::Json schema) {
    schema["description"] = "What Headgate saw and did.";
    schema["default"] = {{"observedGeneration", -1}};
    auto& conditions = schema["properties"]["conditions"];
    conditions["x-kubernetes-list-type"] = "map";
    conditions["x-kubernetes-list-map-keys"] = {"type"};
    schema["properties"]["conditions"]["items"]["properties"]["lastTransitionTime"]["format"] =
        "date-time";
    return schema;
}

std::optional<Reason> ObjectStatus::reason() const {
    const auto* const condition = find(conditions, kReady);
    return condition == nullptr ? std::nullopt : core::from_name<Reason>(condition->reason);
}

std::string ObjectStatus::message() const {
    const auto* const condition = find(conditions, kReady);
    return condition == nullptr ? std::string{} : condition->message;
}

ObjectStatus to_status(const Report& report,
                       const ObjectStatus& before,
                       std::int64_t generation,
                       std::string reconcile_token,
                       std::string_view now) {
    ObjectStatus status{.observed_generation = generation,
                        .stream = report.stream,
                        .created = report.created,
                        .plan = report.plan,
                        .consumers = report.consumers,
                        .last_handled_reconcile_at = std::move(reconcile_token)};
    status.conditions = to_conditions({.reason = std::string{core::name_of(report.reason)},
                                       .message = report.message,
                                       .ready = ready(report.reason),
                                       .reconciling = is_reconciling(report.reason),
                                       .stalled = is_stalled(report.reason)},
                                      before.conditions,
                                      generation,
                                      now);
    return status;
}

Json to_json(const ObjectStatus& status) {
    auto json = fields::emit_fields(status, Dialect::Manifest);
    return json;
}

Json to_json(const Plan& plan) {
    return fields::emit_fields(plan, Dialect::Manifest);
}

ObjectStatus status_from_json(const Json& json) {
    ObjectStatus status;
    fields::Problems ignored;
    fields::parse_fields(json, fields::Reader{Dialect::Manifest, ignored}, "status", status);
    return status;
}

Json status_schema() {
    return with_status_rules(fields::object_schema<ObjectStatus>());
}

}  // namespace headgate::resources
