#include "cli/planning.hpp"

#include "cli/plan_text.hpp"
#include "reconcilers/replica_limit.hpp"

namespace headgate::cli {

using reconcilers::DeclarationPtr;
using resources::Reason;

namespace {

struct Planning {
    Planning(const Options& options, jetstream::Api& api, Manifests& manifests)
        : reconciler(api, manifests.declarations, writer, one_shot_options(options, manifests)),
          replica_limit(options.replica_limit) {}

    Look look(const reconcilers::Declaration& declaration, const core::Call& call) {
        if (declaration.annotations.paused) {
            return Look{
                .state = {.key = declaration.key,
                          .reason = Reason::Paused,
                          .message = "paused by annotation; nothing is looked at or changed"}};
        }
        const auto decision = reconciler.assess(declaration, call);
        if (!decision) {
            return look_of(declaration, decision.error());
        }
        auto desired = declaration.parsed.desired;
        const auto limited =
            desired ? reconcilers::limit_replicas(*desired, replica_limit) : std::string{};
        return Look{.state = planned_state(declaration.key, *decision, limited)};
    }

    files::MemoryWriter writer;
    reconcilers::Reconciler reconciler;
    int replica_limit;
};

}  // namespace

LookAt planning_look(const Options& options, jetstream::Api& api, Manifests& manifests) {
    const auto planning = std::make_shared<Planning>(options, api, manifests);
    return [planning](const DeclarationPtr& declaration, const core::Call& call) {
        return planning->look(*declaration, call);
    };
}

reconcilers::ReconcilerOptions one_shot_options(const Options& options,
                                                const Manifests& manifests) {
    const bool complete = options.prune && manifests.why_not_prune.empty();
    return {.instance = options.instance,
            .replica_limit = options.replica_limit,
            .outage_grace = std::chrono::milliseconds{0},
            .adopt = options.adopt,
            .approvals = {options.approvals.begin(), options.approvals.end()},
            .knows_all_signers = [complete] { return complete; },
            .has_departed = [complete](const resources::ObjectKey&) { return complete; },
            .looks_for_renames = true};
}

}  // namespace headgate::cli
