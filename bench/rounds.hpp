// The rounds of a run, each on servers of its own: the floor, the operator, its deletions, and the
// floor once more. What they saw, as JSON (README.md).
#pragma once

#include "bench/options.hpp"
#include "core/json.hpp"

namespace headgate::bench {

/// Backlog, latency and deletion as the floor does them.
[[nodiscard]] core::Json floor_round(const Options& options);

/// Backlog, idle time, latency, drift, restart; and the servers' versions.
[[nodiscard]] core::Json operator_round(const Options& options);

/// Deletion of all, by the policy that deletes the streams too.
[[nodiscard]] core::Json deletion_round(const Options& options);

}  // namespace headgate::bench
