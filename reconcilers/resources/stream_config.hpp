// StreamConfig: a stream and its consumers, as declared.
#pragma once

#include <vector>

#include "jetstream/settings.hpp"
#include "reconcilers/resources/policies.hpp"

namespace headgate::resources {

struct StreamConfigSpec {
    jetstream::StreamSettings stream;
    std::vector<jetstream::ConsumerSettings> consumers;
    Policies policies;

    friend bool operator==(const StreamConfigSpec&, const StreamConfigSpec&) = default;
};

/// What the server would refuse, or quietly not do, whatever its state. Paths begin with `spec.`.
[[nodiscard]] fields::Problems validate(const StreamConfigSpec& spec);

/// The stream as it is to be on the server.
[[nodiscard]] jetstream::StreamSettings desired_stream(const StreamConfigSpec& spec);

}  // namespace headgate::resources
