// Names on a NATS server, each a type of its own.
#pragma once

#include <string>

#include "core/strong.hpp"

namespace headgate::jetstream {

using StreamName = core::Strong<struct StreamNameTag, std::string>;
using ConsumerName = core::Strong<struct ConsumerNameTag, std::string>;

/// The stream behind a KV bucket (ADR-8): "KV_" and the bucket's name.
[[nodiscard]] inline StreamName stream_of_bucket(const std::string& bucket) {
    return StreamName{"KV_" + bucket};
}

}  // namespace headgate::jetstream
