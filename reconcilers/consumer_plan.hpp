// The part of a plan that is about a stream's consumers: which to make, update, make anew or
// delete, and which to leave alone. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reconcilers/plan.hpp"
#include "reconcilers/signature.hpp"

namespace headgate::reconcilers {

struct ConsumerPlan {
    std::vector<Step> steps;
    std::vector<resources::PlannedChange> changes;
    std::vector<resources::ConsumerStatus> statuses;
    std::vector<std::string> foreign;  ///< Declared, and made by somebody else.
    std::vector<std::string> refused;  ///< What the server said when they were to be made anew.
    bool loses = false;        ///< Messages or a position: nothing of it may be done unapproved.
    std::vector<Loss> losses;  ///< Of messages, for the bound of the approval.
};

/// What was found out about the stream before its consumers are looked at.
struct ConsumerContext {
    const Situation& situation;
    const Signature& own;
    const jetstream::StreamSettings& observed;
    const std::optional<Signature>& signer;  ///< Of the stream, as observed.
    const std::vector<jetstream::ConsumerInfo>& unchanged;
    bool adopting = false;
    bool before_limits = false;  ///< The stream gets its narrower consumer limits only afterwards.
};

[[nodiscard]] ConsumerPlan plan_consumers(const ConsumerContext& context);

/// Those that the plan leaves as they are: only they can be counted on to wait for messages.
[[nodiscard]] std::vector<jetstream::ConsumerInfo> unchanged_consumers(const Situation& situation,
                                                                       const Signature& own);

/// The differences alone; with `missing`, consumers that are not there too.
[[nodiscard]] std::vector<resources::PlannedChange> compare_consumers(const Situation& situation,
                                                                      bool missing);

/// New consumer limits of the stream would be refused for a consumer as it is now.
[[nodiscard]] bool any_exceeds_new_limits(const Situation& situation);

/// All consumers as declared fit the limits that the stream has yet, and can go before it.
[[nodiscard]] bool all_fit_old_limits(const Situation& situation,
                                      const jetstream::StreamSettings& observed);

/// Where neither can go first: what exceeds the new limits comes down to them, which is within the
/// old ones too. Own consumers only.
[[nodiscard]] std::vector<Step> steps_that_give_way(const Situation& situation,
                                                    const Signature& own);

/// The consumer that `name` keeps messages for while that is made anew, on a stream with retention
/// Interest; none: it is no such guard.
[[nodiscard]] std::optional<std::string> guarded_by(std::string_view name);

/// "consumers[worker]".
[[nodiscard]] std::string consumer_path(const std::string& consumer);

}  // namespace headgate::reconcilers
