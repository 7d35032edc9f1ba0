// The `headgate` program under test: run to its end, or kept running with an endpoint of its own.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/free_port.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

namespace headgate::e2e {

/// Runs one command to its end; whatever its exit code.
[[nodiscard]] support::Output headgate(std::vector<std::string> args, std::string_view input = {});

/// A `headgate controller` or `headgate run` that keeps running.
class Program {
public:
    /// Starts it with `args` and an endpoint on a free port. Does not wait.
    explicit Program(std::vector<std::string> args);

    /// Starts it again with the same arguments and port; ends it first where it runs.
    void restart();

    /// SIGTERM; gives the exit code. 128 + SIGKILL where it had not ended after a minute.
    int stop();

    /// An end without warning.
    void kill() { process_.kill(); }

    /// Alive, but doing nothing; and back.
    void pause() { process_.pause(); }

    void resume() const { process_.resume(); }

    [[nodiscard]] bool running() { return process_.running(); }

    /// /readyz says 200.
    [[nodiscard]] bool ready() const;

    /// Sum of all series whose text starts with `series`, as in
    /// `headgate_objects{kind="StreamConfig",reason="Applied"}`; 0 where there is none or no
    /// answer.
    [[nodiscard]] double metric(std::string_view series) const;

    /// Waits until every object has been looked at `times` more times, given that there are
    /// `objects`, by the count of passes. False: it did not happen in time.
    [[nodiscard]] bool looks_at_all_again(std::size_t objects, int times = 2) const;

    /// All that it printed, over restarts.
    [[nodiscard]] std::string output() const;

    [[nodiscard]] std::uint16_t port() const noexcept { return port_.number(); }

private:
    std::vector<std::string> args_;
    support::TempDir dir_;
    support::FreePort port_;
    support::Process process_;
};

}  // namespace headgate::e2e
