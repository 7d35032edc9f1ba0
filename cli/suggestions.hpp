// What to say of a word or flag that is not known: the nearest one that is, or the command that
// has it. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command_line.hpp"

namespace headgate::cli {

/// The first argument left over after parsing, in words; none: everything was understood. `chosen`
/// may be null.
[[nodiscard]] std::optional<std::string> not_understood(const CommandLine& line,
                                                        const CLI::App* chosen);

/// "; did you mean info?", or nothing where none of `names` is near.
[[nodiscard]] std::string did_you_mean(const std::string& text,
                                       const std::vector<std::string>& names);

}  // namespace headgate::cli
