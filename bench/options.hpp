// What is measured, and how often.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace headgate::bench {

struct Options {
    std::string command;   ///< As OperatorProcess has it.
    bool foreign = false;  ///< Not Headgate: acts as administrator, and is seen only from outside.
    std::vector<std::filesystem::path> definitions;  ///< CRDs beside Headgate's.
    std::filesystem::path object;
    std::string stream;  ///< Name on the server, with {name}; empty: by the kind.
    std::string condition = "Ready";

    std::size_t count = 5'000;  ///< Of the backlog, the idle time, the deletion.
    std::size_t most = 10'000;  ///< Of the restart.
    std::size_t parallel = 8;   ///< Workers of the floor, and of those who declare and delete.
    std::size_t tries = 100;    ///< Of one object's create to Ready.
    std::size_t drift_tries = 50;
    std::chrono::seconds idle{60};
    /// What an operator is given after its last object is Ready, for echoes and its own
    /// bookkeeping.
    std::chrono::seconds settle{5};
    double pure_time = 0.5;      ///< Seconds for each of the pure parts.
    std::set<std::string> only;  ///< Sections; empty: all.

    [[nodiscard]] bool wants(const std::string& section) const {
        return only.empty() || only.contains(section);
    }
};

}  // namespace headgate::bench
