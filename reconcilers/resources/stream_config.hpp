// StreamConfig: a stream and its consumers, as declared.
#pragma once

#include <string_view>
#include <vector>

#include "jetstream/settings.hpp"
#include "reconcilers/resources/policies.hpp"

namespace headgate::resources {

/// What the name of a consumer ends with that keeps messages and position while another, whose name
/// comes before, is made anew.
inline constexpr std::string_view kGuardSuffix = "-headgate-guard";

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
