// What `headgate plan` shows: per object what would change, what that would cost and why something
// would not happen, and a closing summary. Pure.
#pragma once

#include <span>
#include <string>

#include "cli/tables.hpp"
#include "reconcilers/plan.hpp"

namespace headgate::cli {

/// What a decision means for an object that nothing is done to now. `limited` is what the replica
/// limit changes, in words. An object with steps ahead is Reconciling: not as declared yet, and
/// nothing stands in its way; where they only take it over, it keeps its reason.
[[nodiscard]] ObjectState planned_state(const resources::ObjectKey& key,
                                        const reconcilers::Decision& decision,
                                        const std::string& limited);

/// The whole text: objects in the order given, then the summary ("3 to create, 1 to update, ...").
[[nodiscard]] std::string plan_text(std::span<const ObjectState> states, bool color);

/// "3 to create, 1 to update, 1 waits for approval, 0 refused, 4 as declared".
[[nodiscard]] std::string plan_summary(std::span<const ObjectState> states);

}  // namespace headgate::cli
