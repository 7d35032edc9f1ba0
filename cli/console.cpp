#include "cli/console.hpp"

#include <cstdio>
#include <iostream>
#include <iterator>
#include <sys/ioctl.h>
#include <unistd.h>

namespace headgate::cli {

namespace {

void write(std::FILE* to, std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), to);
    std::fflush(to);
}

std::size_t terminal_width() {
    winsize size{};
    constexpr std::size_t kUsual = 80;
    return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0
               ? size.ws_col
               : kUsual;  // NOLINT(cppcoreguidelines-pro-type-vararg): no other way to ask
}

}  // namespace

void Console::print(std::string_view text) const {
    write(stdout, text);
}

void Console::complain(std::string_view text) const {
    write(stderr, text);
}

Console detect_console(bool no_color) {
    const bool terminal = ::isatty(STDOUT_FILENO) == 1;
    return Console{.color = terminal && !no_color, .width = terminal ? terminal_width() : 0};
}

bool log_is_on_terminal() {
    return ::isatty(STDERR_FILENO) == 1;
}

std::string read_standard_input() {
    return std::string{std::istreambuf_iterator<char>{std::cin}, std::istreambuf_iterator<char>{}};
}

}  // namespace headgate::cli
