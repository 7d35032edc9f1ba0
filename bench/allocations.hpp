// Counts every allocation of the program that links it.
#pragma once

#include <cstddef>

namespace headgate::bench {

/// So many there were, by any thread.
[[nodiscard]] std::size_t allocations();

}  // namespace headgate::bench
