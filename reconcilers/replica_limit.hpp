// `--replica-limit`: production manifests on a development cluster (contract: development
// clusters). Never a silent change.
#pragma once

#include <string>

#include "reconcilers/resources/resource.hpp"

namespace headgate::reconcilers {

/// Caps replicas at `limit` (0: no cap) in the stream and its consumers and, where one server is
/// the limit, drops the stream's placement. Gives back what was changed in words, empty when
/// nothing was.
[[nodiscard]] std::string limit_replicas(resources::Desired& desired, int limit);

}  // namespace headgate::reconcilers
