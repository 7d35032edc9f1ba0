#include <memory>
#include <variant>

#include "cli/commands.hpp"
#include "cli/planning.hpp"
#include "core/guarded.hpp"

namespace headgate::cli {

using reconcilers::DeclarationPtr;
using reconcilers::Pass;
using resources::Reason;

namespace {

struct Applying {
    Applying(const Options& options, jetstream::Api& api, Manifests& all)
        : manifests(all),
          reconciler(api, all.declarations, writer, one_shot_options(options, all)) {}

    Look look(const reconcilers::Declaration& declaration, const core::Call& call) {
        const auto pass = reconciler.reconcile(declaration.key, call);
        done.with_lock([&](auto& list) {
            for (const auto& one : pass.done) {
                list.push_back(resources::to_text(declaration.key) + ": " + one);
            }
        });
        const auto now = manifests.declarations.find(declaration.key);
        const bool moving = std::holds_alternative<reconcilers::RecheckAfter>(pass.outcome) &&
                            pass.reason == Reason::Reconciling;
        return Look{
            .state = {.key = declaration.key,
                      .reason = pass.reason,
                      .message = pass.message,
                      .stream = now->status.stream,
                      .plan = now->status.plan,
                      .warnings = pass.warnings},
            .settled = !moving && !std::holds_alternative<reconcilers::Retry>(pass.outcome)};
    }

    Manifests& manifests;
    files::MemoryWriter writer;
    reconcilers::Reconciler reconciler;
    core::Guarded<std::vector<std::string>> done;
};

std::string text_of(std::span<const ObjectState> states,
                    Applying* applying,
                    const Console& console) {
    std::string text;
    std::size_t changes = 0;
    if (applying != nullptr) {
        for (const auto& done : applying->done.with_lock([](auto& list) { return list; })) {
            text += done + "\n";
            ++changes;
        }
    }
    for (const auto& state : states) {
        for (const auto& done : state.done) {
            text += resources::to_text(state.key) + ": " + done + "\n";
            ++changes;
        }
    }
    if (states.empty()) {
        return text;
    }
    return text + (changes > 0 ? "\n" : "") + table_text(states, console.width, console.color) +
           "\n" + warnings_text(states, console.color) + count_text(states) +
           (changes == 0 ? "; nothing changed"
                         : "; " + std::to_string(changes) +
                               (changes == 1 ? " change made" : " changes made")) +
           "\n";
}

}  // namespace

int run_apply(const Options& options, const Console& console) {
    std::shared_ptr<Applying> applying;
    return run_one_shot(
        options,
        console,
        [&](jetstream::Api& api, Manifests& manifests) -> LookAt {
            applying = std::make_shared<Applying>(options, api, manifests);
            return [applying](const DeclarationPtr& declaration, const core::Call& call) {
                return applying->look(*declaration, call);
            };
        },
        [&](std::span<const ObjectState> states) {
            return text_of(states, applying.get(), console);
        });
}

}  // namespace headgate::cli
