// Where results go, and what the terminal behind it can show. Results are standard output; problems
// and notes are standard error, plain lines without a prefix of the log.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace headgate::cli {

struct Console {
    bool color = false;
    /// Columns of the terminal; 0: no terminal, nothing is cut.
    std::size_t width = 0;

    /// Writes to standard output at once, whole.
    void print(std::string_view text) const;

    /// The same to standard error.
    void complain(std::string_view text) const;
};

/// As this process's standard output is.
[[nodiscard]] Console detect_console(bool no_color);

[[nodiscard]] bool log_is_on_terminal();

/// All of standard input.
[[nodiscard]] std::string read_standard_input();

}  // namespace headgate::cli
