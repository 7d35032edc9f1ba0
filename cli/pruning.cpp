#include "cli/pruning.hpp"

#include <utility>
#include <variant>

#include "cli/planning.hpp"
#include "files/memory_writer.hpp"
#include "reconcilers/prune.hpp"

namespace headgate::cli {

using core::Call;
using reconcilers::Decision;
using reconcilers::Declaration;
using reconcilers::Pass;
using resources::Reason;

namespace {

constexpr std::chrono::seconds kListTime{60};
constexpr std::chrono::seconds kPruneTime{25};

std::string as_orphan(const std::string& message) {
    return "no longer declared; " + message;
}

}  // namespace

std::string why_not_prune(const files::Loaded& loaded) {
    if (!loaded.problems.empty()) {
        return "nothing is pruned: what cannot be read may declare anything";
    }
    if (!loaded.blank.empty()) {
        return "nothing is pruned: " + loaded.blank.front() +
               " is empty, and may not be written or mounted yet";
    }
    return loaded.declarations.empty() ? "nothing is pruned: nothing is declared" : std::string{};
}

ObjectState orphan_state(const resources::ObjectKey& key, const Decision& decision) {
    ObjectState state{.key = key,
                      .reason = decision.report.reason,
                      .message = as_orphan(decision.report.message),
                      .stream = decision.report.stream};
    if (!decision.changes.empty()) {
        state.plan = resources::Plan{.hash = {}, .changes = decision.changes};
    }
    state.over = !state.plan && state.reason == Reason::Deleting;
    return state;
}

ObjectState orphan_state(const Declaration& orphan, const Pass& pass) {
    return ObjectState{.key = orphan.key,
                       .reason = pass.reason,
                       .message = as_orphan(pass.message),
                       .stream = orphan.status.stream,
                       .over = std::holds_alternative<reconcilers::Settled>(pass.outcome),
                       .done = pass.done};
}

core::Result<std::vector<ObjectState>> prune_once(const Options& options,
                                                  jetstream::Api& api,
                                                  Manifests& manifests) {
    const auto streams = api.list_streams(Call::within(kListTime));
    if (!streams) {
        return core::with_context("--prune", streams.error());
    }
    files::MemoryWriter writer;
    reconcilers::Reconciler reconciler{
        api, manifests.declarations, writer, one_shot_options(options, manifests)};
    std::vector<ObjectState> states;
    for (const auto& orphan :
         reconcilers::orphans(*streams, options.instance, manifests.declarations)) {
        if (options.command != Command::Plan) {
            states.push_back(
                orphan_state(orphan, reconciler.prune(orphan, Call::within(kPruneTime))));
            continue;
        }
        const auto decision = reconciler.assess_deletion(orphan, Call::within(kPruneTime));
        states.push_back(decision ? orphan_state(orphan.key, *decision)
                                  : look_of(orphan, decision.error()).state);
    }
    return states;
}

}  // namespace headgate::cli
