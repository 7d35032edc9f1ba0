// The commands, one file each. Each gives the exit code.
#pragma once

#include "cli/console.hpp"
#include "cli/options.hpp"

namespace headgate::cli {

[[nodiscard]] int run_directory(const Options& options, const Console& console);
[[nodiscard]] int run_apply(const Options& options, const Console& console);
[[nodiscard]] int run_plan(const Options& options, const Console& console);
[[nodiscard]] int run_delete(const Options& options, const Console& console);
[[nodiscard]] int run_get(const Options& options, const Console& console);
[[nodiscard]] int run_export(const Options& options, const Console& console);
[[nodiscard]] int run_convert(const Options& options, const Console& console);
[[nodiscard]] int run_crds(const Options& options, const Console& console);
[[nodiscard]] int run_version(const Console& console);
[[nodiscard]] int run_controller(const Options& options, const Console& console);

}  // namespace headgate::cli
