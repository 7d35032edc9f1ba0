// What an instance signed and nobody declares any more (`--prune`). Pure.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "jetstream/info.hpp"
#include "reconcilers/declarations.hpp"

namespace headgate::reconcilers {

/// A declaration for each of `streams` that `instance` signed, whose object is not among
/// `declarations`, valid or not, and that none of them claims: the one its signature stands for,
/// being deleted, for Reconciler::prune. A policy that is not known counts as Retain; what an
/// object of an unknown kind signed is left out.
[[nodiscard]] std::vector<Declaration> orphans(std::span<const jetstream::StreamInfo> streams,
                                               std::string_view instance,
                                               const Declarations& declarations);

}  // namespace headgate::reconcilers
