// The name of a plan that loses something, and whether an approval names it (contract 4.5). Pure.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "reconcilers/plan.hpp"

namespace headgate::reconcilers {

/// Names what the situation would come to by its settings, desired and observed, by the stream's
/// `created`, and by a bound on the loss. Whatever else moves, the name stays: messages, positions,
/// signatures, consumers that are not this declaration's. 16 hexadecimal digits.
[[nodiscard]] std::string plan_hash(const Situation& situation, std::uint64_t bound);

/// The bound that a loss of so many messages is told with: the next power of two.
[[nodiscard]] std::uint64_t bound_for(std::uint64_t lost);

/// The hashes that would approve a loss of `lost` messages now: those with any power of two not
/// below it, up to the stream's size.
[[nodiscard]] std::set<std::string> approving_hashes(const Situation& situation,
                                                     std::uint64_t lost);

}  // namespace headgate::reconcilers
