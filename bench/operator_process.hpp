// The operator that is measured: any command, seen from outside.
#pragma once

#include <string>
#include <string_view>

#include "tests/support/free_port.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

namespace headgate::bench {

class OperatorProcess {
public:
    /// `command` for a shell, with {kubeconfig}, {nats} (a URL) and {listen} (where Headgate's
    /// endpoint is to be) in it. Starts nothing.
    OperatorProcess(std::string command, std::string_view kubeconfig, std::string_view nats);

    /// Throws std::runtime_error where it ran and did not end when told to.
    void start();
    void stop();

    /// Throws std::runtime_error with what it said last, where it has ended.
    void require_running();

    /// Seconds of CPU since its start, all threads.
    [[nodiscard]] double cpu_seconds() const;

    /// In MB (10^6 bytes), as the kernel counts: now, and the most so far.
    [[nodiscard]] double resident() const;
    [[nodiscard]] double peak_resident() const;

    /// Sum of the series that start so; -1: no answer, or none such (a foreign operator).
    [[nodiscard]] double metric(std::string_view series) const;

private:
    [[nodiscard]] double status_megabytes(std::string_view field) const;

    support::TempDir dir_;
    support::FreePort port_;
    std::string command_;
    support::Process process_;
};

}  // namespace headgate::bench
