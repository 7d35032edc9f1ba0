// The tables of what the status of every kind has. Include only where a codec or a schema is
// instantiated.
#pragma once

#include "reconcilers/resources/status.hpp"

namespace headgate::fields {

inline constexpr std::size_t kLongText = 32768;

template <>
struct Table<resources::Condition> {
    using T = resources::Condition;
    static constexpr auto kFields = std::tuple{
        Field{"type",
              "",
              &T::type,
              "Ready always; Reconciling and Stalled only while True.",
              Rules{.required = true}},
        Field{"status", "", &T::status, "True, False or Unknown.", Rules{.required = true}},
        Field{"reason",
              "",
              &T::reason,
              "Why, in one word.",
              Rules{.required = true, .max_length = 1024}},
        Field{"message",
              "",
              &T::message,
              "Why, for a person.",
              Rules{.required = true, .max_length = kLongText}},
        Field{"lastTransitionTime",
              "",
              &T::last_transition_time,
              "When the status last flipped.",
              Rules{.required = true}},
        Field{"observedGeneration",
              "",
              &T::observed_generation,
              "Generation of the spec it speaks of."},
    };
};

}  // namespace headgate::fields
