// /debug: what each loop has before it, for the person who asks why nothing moves.
#pragma once

#include <string>
#include <vector>

namespace headgate::cli {

class Loop;

/// As JSON. No secrets, and of each queue at most its first thousand keys.
[[nodiscard]] std::string debug_page(const std::vector<Loop*>& loops);

}  // namespace headgate::cli
