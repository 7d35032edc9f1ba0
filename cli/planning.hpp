// One look at an object that changes nothing: what plan shows, and get in short.
#pragma once

#include <memory>

#include "cli/one_shot.hpp"
#include "files/memory_writer.hpp"
#include "reconcilers/reconciler.hpp"

namespace headgate::cli {

/// Looks through a reconciler of its own, which lives as long as what is returned.
[[nodiscard]] LookAt planning_look(const Options& options,
                                   jetstream::Api& api,
                                   Manifests& manifests);

/// How one-shot commands reconcile: a signer outside the given files exists (contract: adoption),
/// unless `--prune` says that these files are all there is.
[[nodiscard]] reconcilers::ReconcilerOptions one_shot_options(const Options& options,
                                                              const Manifests& manifests);

}  // namespace headgate::cli
