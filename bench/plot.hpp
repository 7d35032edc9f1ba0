// The plot beside docs/performance.md: the backlog over time, and how create to Ready is spread.
#pragma once

#include <string>

#include "core/json.hpp"

namespace headgate::bench {

/// An SVG image in colours that can be read on light and on dark.
[[nodiscard]] std::string plot(const core::Json& results);

}  // namespace headgate::bench
