#include "cli/plan_text.hpp"

#include <algorithm>
#include <map>

#include "core/names.hpp"

namespace headgate::cli {

using core::name_of;
using resources::Effect;
using resources::PlannedChange;
using resources::Reason;
using resources::Truth;

namespace {

constexpr std::string_view kGreen = "32";
constexpr std::string_view kYellow = "33";
constexpr std::string_view kRed = "31";
constexpr std::string_view kBold = "1";

/// "worker" of "consumers[worker]"; empty: it is not a consumer as a whole.
std::string whole_consumer(const std::string& field) {
    constexpr std::string_view kPrefix = "consumers[";
    return field.starts_with(kPrefix) && field.find(']') == field.size() - 1
               ? field.substr(kPrefix.size(), field.size() - kPrefix.size() - 1)
               : std::string{};
}

std::string subject(const PlannedChange& change) {
    const auto consumer = whole_consumer(change.field);
    if (!consumer.empty()) {
        return "consumer " + consumer;
    }
    return change.field + (change.field == "stream"
                               ? " " + (change.from.empty() ? change.to : change.from)
                               : std::string{});
}

std::string shown(const std::string& value) {
    return value.empty() ? "(none)" : value;
}

std::string difference(const PlannedChange& change) {
    return change.field + " " + shown(change.from) + " -> " + shown(change.to);
}

bool removes(const PlannedChange& change) {
    return !change.from.empty() && change.to.empty() &&
           (change.field == "stream" || !whole_consumer(change.field).empty());
}

std::string words(const PlannedChange& change) {
    switch (change.effect) {
        case Effect::Create:
            return "create " + subject(change);
        case Effect::Adopt:
            return "adopt " + (change.field == "stream" ? change.field : subject(change)) + " (" +
                   shown(change.from) + " until now)";
        case Effect::Delete:
            return "delete " + subject(change);
        case Effect::Update:
            return change.from.empty() && change.to.empty() ? "sign " + change.field + " again"
                                                            : difference(change);
        case Effect::Recreate:
            return difference(change) + " (makes the consumer anew)";
        case Effect::LosesMessages:
        case Effect::LosesPosition:
            return removes(change) ? "delete " + subject(change) : difference(change);
    }
    return change.field;
}

std::string change_text(const PlannedChange& change, bool color) {
    const bool adds = change.effect == Effect::Create;
    const bool takes = change.effect == Effect::Delete || removes(change);
    const auto* const sign = adds ? "+" : takes ? "-" : "~";
    auto text = "  " +
                colored(std::string{sign} + " " + words(change),
                        adds    ? kGreen
                        : takes ? kRed
                                : kYellow,
                        color) +
                "\n";
    if (!change.consequence.empty()) {
        text += "    " + colored("! " + change.consequence, kRed, color) + "\n";
    }
    return text;
}

std::string_view color_of(Reason reason) {
    if (resources::ready(reason) == Truth::True) {
        return kGreen;
    }
    return reason == Reason::Reconciling || reason == Reason::ApprovalRequired ||
                   reason == Reason::Paused
               ? kYellow
               : kRed;
}

std::string without_warnings(const ObjectState& state) {
    const auto suffix = reconcilers::as_suffix(state.warnings);
    return state.message.substr(
        0, state.message.size() - (state.message.ends_with(suffix) ? suffix.size() : 0));
}

std::string object_text(const ObjectState& state, bool color) {
    auto text = colored(resources::to_text(state.key), kBold, color) + "  " +
                colored(name_of(state.reason), color_of(state.reason), color) + "\n";
    if (state.plan) {
        for (const auto& change : state.plan->changes) {
            text += change_text(change, color);
        }
    }
    if (state.reason == Reason::ApprovalRequired && state.plan) {
        text += "  nothing is done unless it is approved: headgate apply --approve " +
                state.plan->hash + "\n";
    }
    for (const auto& warning : state.warnings) {
        text +=
            "  " + colored("warning " + warning.id, kYellow, color) + ": " + warning.text + "\n";
    }
    // Where there are changes, or nothing to change, the message only says the same in words.
    const auto more = state.plan || resources::ready(state.reason) == Truth::True
                          ? state.note
                          : without_warnings(state);
    return text + (more.empty() ? "" : "  " + more + "\n");
}

bool creates_stream(const resources::Plan& plan) {
    return std::any_of(plan.changes.begin(), plan.changes.end(), [](const auto& change) {
        return change.field == "stream" && change.effect == Effect::Create;
    });
}

std::string pending_message(const reconcilers::Decision& decision, const resources::Plan& plan) {
    const auto& stream = decision.report.stream;
    if (creates_stream(plan)) {
        return "stream " + stream + " does not exist yet";
    }
    const auto count = plan.changes.size();
    return "stream " + stream + " is not as declared yet: " + std::to_string(count) +
           (count == 1 ? " change" : " changes");
}

}  // namespace

ObjectState planned_state(const resources::ObjectKey& key,
                          const reconcilers::Decision& decision,
                          const std::string& limited) {
    ObjectState state{.key = key,
                      .reason = decision.report.reason,
                      .message = decision.report.message,
                      .stream = decision.report.stream,
                      .plan = decision.report.plan,
                      .note = limited,
                      .warnings = decision.warnings};
    if (decision.steps.empty()) {
        return state;
    }
    resources::Plan plan{.hash = {}, .changes = decision.changes};
    if (plan.changes.empty()) {
        // Only the signature differs: the deletion policy is part of it.
        plan.changes.push_back(PlannedChange{.field = "stream", .effect = Effect::Update});
    }
    if (only_adopts(plan)) {
        state.message = "stream " + state.stream + " is as declared, and would be taken over" +
                        (limited.empty() ? "" : "; " + limited) +
                        reconcilers::as_suffix(decision.warnings);
        state.plan = std::move(plan);
        return state;
    }
    state.reason = Reason::Reconciling;
    state.message = pending_message(decision, plan) + (limited.empty() ? "" : "; " + limited) +
                    reconcilers::as_suffix(decision.warnings);
    state.plan = std::move(plan);
    return state;
}

std::string plan_text(std::span<const ObjectState> states, bool color) {
    std::string text;
    for (const auto& state : states) {
        text += object_text(state, color);
    }
    return text + (text.empty() ? "" : "\n") + plan_summary(states) + "\n";
}

std::string plan_summary(std::span<const ObjectState> states) {
    std::size_t creates = 0;
    std::size_t updates = 0;
    std::size_t adopts = 0;
    std::size_t waits = 0;
    std::size_t refused = 0;
    std::size_t as_declared = 0;
    std::size_t deletes = 0;
    std::size_t kept = 0;
    std::map<Reason, std::size_t> others;
    for (const auto& state : states) {
        if (state.over) {
            ++kept;
        } else if (state.reason == Reason::Deleting && state.plan) {
            ++deletes;
        } else if (state.reason == Reason::ApprovalRequired) {
            ++waits;
        } else if (state.plan && only_adopts(*state.plan)) {
            ++adopts;
        } else if (state.plan) {
            ++(creates_stream(*state.plan) ? creates : updates);
        } else if (resources::ready(state.reason) == Truth::True) {
            ++as_declared;
        } else if (state.reason != Reason::InvalidSpec && resources::is_stalled(state.reason)) {
            ++refused;
        } else {
            ++others[state.reason];
        }
    }
    auto text = std::to_string(creates) + " to create, " + std::to_string(updates) +
                " to update, " + (adopts > 0 ? std::to_string(adopts) + " to adopt, " : "") +
                std::to_string(waits) + (waits == 1 ? " waits" : " wait") + " for approval, " +
                std::to_string(refused) + " refused, " + std::to_string(as_declared) +
                " as declared";
    text += deletes == 0 ? "" : ", " + std::to_string(deletes) + " to delete";
    text += kept == 0 ? "" : ", " + std::to_string(kept) + " kept";
    for (const auto& [reason, count] : others) {
        text += ", " + std::to_string(count) + " " + std::string{name_of(reason)};
    }
    return text;
}

}  // namespace headgate::cli
