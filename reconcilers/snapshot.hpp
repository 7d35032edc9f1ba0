// All streams at once, as one list had them: what spares a look at each while everything is as
// declared. Never what anything is done upon.
#pragma once

#include <map>
#include <memory>

#include "jetstream/info.hpp"
#include "jetstream/names.hpp"

namespace headgate::reconcilers {

/// Those that are declared; one that is missing did not exist.
using Snapshot = std::map<jetstream::StreamName, jetstream::StreamInfo>;
using SnapshotPtr = std::shared_ptr<const Snapshot>;

}  // namespace headgate::reconcilers
