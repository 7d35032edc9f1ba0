#include <memory>
#include <string>
#include <variant>

#include "cli/commands.hpp"
#include "cli/planning.hpp"

namespace headgate::cli {

using reconcilers::Declaration;
using reconcilers::DeclarationPtr;
using resources::Reason;

namespace {

struct Deleting {
    Deleting(const Options& options, jetstream::Api& api, Manifests& all)
        : manifests(all),
          reconciler(api, all.declarations, writer, one_shot_options(options, all)) {}

    Look look(const Declaration& declaration, const core::Call& call) {
        if (declaration.annotations.paused && !declaration.annotations.force_release) {
            return Look{
                .state = {.key = declaration.key,
                          .reason = Reason::Paused,
                          .message = "paused by annotation; nothing is looked at or changed"}};
        }
        const auto decision = reconciler.assess_deletion(declaration, call);
        if (!decision) {
            return look_of(declaration, decision.error());
        }
        const auto& report = decision->report;
        ObjectState state{.key = declaration.key,
                          .reason = report.reason,
                          .message = report.message,
                          .stream = report.stream};
        if (!declaration.parsed.desired) {
            state.reason = Reason::InvalidSpec;
            return Look{.state = std::move(state)};
        }
        state.over = report.reason == Reason::Deleting;
        return decision->changes.empty() ? Look{.state = std::move(state)}
                                         : carry_out(declaration, std::move(state), call);
    }

    Look carry_out(const Declaration& declaration, ObjectState state, const core::Call& call) {
        auto marked = declaration;
        marked.deleting = true;
        marked.finalizers = {std::string{reconcilers::kFinalizer}};
        manifests.declarations.put(marked);
        const auto pass = reconciler.reconcile(declaration.key, call);
        if (std::holds_alternative<reconcilers::Settled>(pass.outcome)) {
            return Look{.state = std::move(state)};
        }
        // Nothing was found to say no, so the next look may find the stream gone.
        state.over = false;
        state.reason = pass.reason;
        state.message = pass.message;
        return Look{.state = std::move(state),
                    .settled = !std::holds_alternative<reconcilers::Retry>(pass.outcome)};
    }

    Manifests& manifests;
    files::MemoryWriter writer;
    reconcilers::Reconciler reconciler;
};

}  // namespace

int run_delete(const Options& options, const Console& console) {
    return run_one_shot(
        options,
        console,
        [&](jetstream::Api& api, Manifests& manifests) -> LookAt {
            const auto deleting = std::make_shared<Deleting>(options, api, manifests);
            return [deleting](const DeclarationPtr& declaration, const core::Call& call) {
                return deleting->look(*declaration, call);
            };
        },
        [&](std::span<const ObjectState> states) {
            return table_text(states, console.width, console.color);
        });
}

}  // namespace headgate::cli
