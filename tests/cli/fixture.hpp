// The program as a shell sees it: arguments in, exit code, standard output and standard error out,
// against a nats-server of the test's own.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "core/json.hpp"
#include "tests/support/free_port.hpp"
#include "tests/support/nats_cli.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

namespace headgate::cli {

/// The built program.
[[nodiscard]] std::string program();

/// Runs it to its end with these arguments and nothing of the tester's own settings.
[[nodiscard]] support::Output headgate(const std::vector<std::string>& args,
                                       std::string_view input = {});

/// A StreamConfig in the namespace `default`, its spec in flow style: "{subjects: [a]}".
[[nodiscard]] std::string stream_config(std::string_view name, std::string_view spec);

class CliTest : public testing::Test {
protected:
    /// `command` on this test's server, with more arguments.
    [[nodiscard]] support::Output on_server(std::vector<std::string> args,
                                            std::string_view input = {}) const;

    /// Writes a manifest into this test's folder and gives its path.
    std::string manifest(const std::string& name, std::string_view text) const;

    [[nodiscard]] std::string folder() const { return dir_.path().string(); }

    /// A stream's configuration as a raw request has it; null: there is none.
    [[nodiscard]] core::Json config_of(const std::string& stream) const;

    /// From now on the server's own events of streams and consumers made, changed and deleted are
    /// counted.
    void count_writes() const;
    [[nodiscard]] int writes() const;

    support::NatsServer server_;
    support::NatsCli nats_{server_.url()};

private:
    support::TempDir dir_;
};

/// `headgate run` in the background, its endpoints on a port of their own.
class RunningProgram {
public:
    explicit RunningProgram(std::vector<std::string> args);

    [[nodiscard]] std::string out() const { return support::read_file(dir_ / "out"); }

    [[nodiscard]] std::string err() const { return support::read_file(dir_ / "err"); }

    /// Standard output holds `text` before long.
    [[nodiscard]] bool prints(std::string_view text) const;

    [[nodiscard]] std::uint16_t port() const { return port_.number(); }

    [[nodiscard]] support::Process& process() { return process_; }

private:
    support::TempDir dir_;
    support::FreePort port_;
    support::Process process_;
};

}  // namespace headgate::cli
