// What an expert would say about a declaration that is valid: nothing is refused for it. Pure. A
// warning's text depends on settings alone, never on figures that move, so that no status flaps.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace headgate::reconcilers {

struct Situation;

struct Warning {
    std::string id;  ///< Stable; docs/warnings.md has a section by this name.
    std::string text;

    friend bool operator==(const Warning&, const Warning&) = default;
};

namespace warning_ids {
inline constexpr std::string_view kRetentionWithoutConsumers = "retention-without-consumers";
inline constexpr std::string_view kSubjectsOverlap = "subjects-overlap";
inline constexpr std::string_view kConsumersOverlap = "workqueue-consumers-overlap";
inline constexpr std::string_view kMemoryWithoutCopy = "memory-without-copy";
inline constexpr std::string_view kUnboundedInLimitedAccount = "no-max-bytes";
inline constexpr std::string_view kTwoReplicas = "two-replicas";

inline constexpr std::array kAll{kRetentionWithoutConsumers,
                                 kSubjectsOverlap,
                                 kConsumersOverlap,
                                 kMemoryWithoutCopy,
                                 kUnboundedInLimitedAccount,
                                 kTwoReplicas};
}  // namespace warning_ids

/// In the order of `warning_ids::kAll`.
[[nodiscard]] std::vector<Warning> warnings_of(const Situation& situation);

/// "; warning two-replicas: ...", one after the other, to end a message with.
[[nodiscard]] std::string as_suffix(const std::vector<Warning>& warnings);

}  // namespace headgate::reconcilers
