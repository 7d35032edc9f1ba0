// `--prune`: what this instance signed and nobody declares any more goes by the deletion policy in
// its signature; nothing goes where what is declared could not be read in full.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/one_shot.hpp"
#include "cli/tables.hpp"
#include "files/manifests.hpp"
#include "reconcilers/plan.hpp"
#include "reconcilers/reconciler.hpp"

namespace headgate::cli {

/// Why nothing may be pruned after this read; empty: it may.
[[nodiscard]] std::string why_not_prune(const files::Loaded& loaded);

/// What removing an orphan would do, and what was done about it.
[[nodiscard]] ObjectState orphan_state(const resources::ObjectKey& key,
                                       const reconcilers::Decision& decision);
[[nodiscard]] ObjectState orphan_state(const reconcilers::Declaration& orphan,
                                       const reconcilers::Pass& pass);

/// Shows (plan) or does (apply) it, once for each orphan. An error: the streams could not be
/// listed.
[[nodiscard]] core::Result<std::vector<ObjectState>> prune_once(const Options& options,
                                                                jetstream::Api& api,
                                                                Manifests& manifests);

}  // namespace headgate::cli
