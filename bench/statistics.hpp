// What is told of a set of times. Nothing is left out of them: no warm-up, no outliers.
#pragma once

#include <utility>
#include <vector>

namespace headgate::bench {

/// The smallest value that at least this share (0 to 1) of all are not above (nearest rank); 0
/// where there are none.
[[nodiscard]] double quantile(std::vector<double> values, double share);

[[nodiscard]] inline double median(std::vector<double> values) {
    return quantile(std::move(values), 0.5);
}

[[nodiscard]] double mean(const std::vector<double>& values);

}  // namespace headgate::bench
