#include "reconcilers/drift.hpp"

#include <algorithm>

namespace headgate::reconcilers {

using resources::Effect;
using resources::PlannedChange;

namespace {

constexpr std::string_view kStream = "stream";

std::string shown(const std::string& value) {
    return value.empty() ? "(none)" : value;
}

// "consumers[worker]" is "consumer worker".
std::string whole(const PlannedChange& change, const std::string& stream) {
    constexpr std::string_view kPrefix = "consumers[";
    if (!change.field.starts_with(kPrefix)) {
        return "stream " + stream;
    }
    return "consumer " +
           change.field.substr(kPrefix.size(), change.field.find(']') - kPrefix.size());
}

Drift described(const PlannedChange& change, const std::string& stream) {
    switch (change.effect) {
        case Effect::Create: {
            const auto what = whole(change, stream) + " was deleted";
            return {what, what + "; made again"};
        }
        case Effect::Delete: {
            const auto what = whole(change, stream) + " was made";
            return {what, what + "; deleted again"};
        }
        case Effect::Adopt: {
            const auto what = "the signature of " + whole(change, stream) + " was changed";
            return {what, what + "; signed again"};
        }
        case Effect::Update:
        case Effect::Recreate:
        case Effect::LosesMessages:
        case Effect::LosesPosition:
            return {change.field + " was changed",
                    change.field + " " + shown(change.from) + " -> " + shown(change.to)};
    }
    return {};
}

}  // namespace

std::vector<Drift> drift_of(const Decision& decision) {
    if (decision.steps.empty()) {
        return {};
    }
    const auto& stream = decision.report.stream;
    // Its consumers went with a stream.
    const auto made = std::find_if(
        decision.changes.begin(), decision.changes.end(), [](const PlannedChange& change) {
            return change.field == kStream && change.effect == Effect::Create;
        });
    if (made != decision.changes.end()) {
        return {described(*made, stream)};
    }
    std::vector<Drift> all;
    for (const auto& change : decision.changes) {
        all.push_back(described(change, stream));
    }
    // Where nothing else has changed, the signature has.
    if (all.empty()) {
        all.push_back({"the signature of stream " + stream + " was removed",
                       "the signature of stream " + stream + " was removed; signed again"});
    }
    return all;
}

}  // namespace headgate::reconcilers
