// headgate: reads the command line and calls the command.
#include <exception>
#include <malloc.h>
#include <string>
#include <variant>
#include <vector>

#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/options.hpp"

namespace {

using namespace headgate::cli;

int run(const Options& options, const Console& console) {
    switch (options.command) {
        case Command::Run:
            return run_directory(options, console);
        case Command::Apply:
            return run_apply(options, console);
        case Command::Plan:
            return run_plan(options, console);
        case Command::Delete:
            return run_delete(options, console);
        case Command::Get:
            return run_get(options, console);
        case Command::Export:
            return run_export(options, console);
        case Command::Convert:
            return run_convert(options, console);
        case Command::Crds:
            return run_crds(options, console);
        case Command::Version:
            return run_version(console);
        case Command::Controller:
            return run_controller(options, console);
    }
    return 1;
}

}  // namespace

int main(int argc, char** argv) {
    // One heap for each of a dozen threads would keep several times what is in use.
    mallopt(M_ARENA_MAX, 2);
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    const auto parsed = parse_options(arguments, process_environment());
    if (const auto* const finished = std::get_if<Finished>(&parsed)) {
        const Console console;
        console.print(finished->out);
        console.complain(finished->err);
        return finished->exit_code;
    }
    const auto& options = std::get<Options>(parsed);
    const auto console = detect_console(options.no_color);
    try {
        return run(options, console);
    } catch (const std::exception& failure) {
        console.complain("headgate: a bug: " + std::string{failure.what()} + "\n");
        return 1;
    }
}
