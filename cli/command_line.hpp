// The commands and flags there are, with their help: CLI11's view of the command line. Values stay
// text where more than one may be wrong, so that all can be judged at once (options.cpp).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/options.hpp"

namespace headgate::cli {

/// Values as given.
struct Raw {
    std::string server;
    std::string replica_limit;
    std::string log_level;
    std::string log_format = "text";
    std::string output;
    std::string resync = "30s";
    std::string outage_grace = "30s";
    std::string workers = "8";
    std::string asset_metrics = "0";
    std::string lease_duration = "15s";
    std::string renew_deadline = "10s";
    std::string retry_period = "2s";
    std::string events = "true";
    std::string directory;
    std::string namespaces;
};

struct CommandLine {
    /// Knows every command and flag, and has read nothing yet.
    CommandLine();

    CLI::App app;
    Raw raw;
    Options options;
    /// In the order of their help.
    std::vector<std::pair<CLI::App*, Command>> commands;
    bool version = false;
};

}  // namespace headgate::cli
