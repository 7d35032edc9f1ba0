// Conditions of a status (API conventions: metav1.Condition): a list with one entry a type, whose
// transition time moves only when the status flips.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "core/names.hpp"
#include "core/units.hpp"

namespace headgate::kube {

enum class ConditionStatus { True, False, Unknown };

struct Condition {
    std::string type;
    ConditionStatus status = ConditionStatus::Unknown;
    std::string reason;
    std::string message;
    core::Timestamp last_transition_time{};  ///< Whole seconds on the wire.
    std::int64_t observed_generation = 0;

    friend bool operator==(const Condition&, const Condition&) = default;
};

/// Puts `condition` in the place of the one of its type, or at the end. Where the status stays the
/// same the old transition time does too.
void upsert(std::vector<Condition>& conditions, Condition condition);

void remove(std::vector<Condition>& conditions, std::string_view type);

/// Null: there is none of that type.
[[nodiscard]] const Condition* find(const std::vector<Condition>& conditions,
                                    std::string_view type);

[[nodiscard]] core::Json to_json(const std::vector<Condition>& conditions);

/// What is there of conditions in `json`, the value of `status.conditions`. Entries that are none
/// are left out: they are this program's own words of an earlier day, and written anew.
[[nodiscard]] std::vector<Condition> parse_conditions(const core::Json& json);

}  // namespace headgate::kube

template <>
struct headgate::core::Names<headgate::kube::ConditionStatus> {
    using S = headgate::kube::ConditionStatus;
    static constexpr std::array kAll{
        Name<S>{S::True, "True"}, Name<S>{S::False, "False"}, Name<S>{S::Unknown, "Unknown"}};
};
