#include "cli/commands.hpp"
#include "cli/plan_text.hpp"
#include "cli/planning.hpp"

namespace headgate::cli {

int run_plan(const Options& options, const Console& console) {
    return run_one_shot(
        options,
        console,
        [&](jetstream::Api& api, Manifests& manifests) {
            return planning_look(options, api, manifests);
        },
        [&](std::span<const ObjectState> states) { return plan_text(states, console.color); });
}

}  // namespace headgate::cli
