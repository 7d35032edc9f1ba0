// What is said of drift that was repaired. Pure.
#pragma once

#include <string>
#include <vector>

#include "reconcilers/plan.hpp"

namespace headgate::reconcilers {

/// One thing on the server that had left its declared state.
struct Drift {
    std::string what;    ///< "maxAge was changed", "stream ORDERS was deleted".
    std::string repair;  ///< "maxAge 2h -> 1h", "stream ORDERS was deleted; made again".

    friend bool operator==(const Drift&, const Drift&) = default;
};

/// What the steps of `decision` put right, given that all had been as declared before. Never empty
/// where there are steps.
[[nodiscard]] std::vector<Drift> drift_of(const Decision& decision);

}  // namespace headgate::reconcilers
