// Recorder: every request that any client sends to the JetStream API of an account, seen by a
// subscriber on those subjects. What says that a server was left alone.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/nats_cli.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

namespace headgate::e2e {

class Recorder {
public:
    /// Subscribes at the first of these servers and waits until it hears what reaches any of them.
    /// Throws std::runtime_error where it does not.
    explicit Recorder(const std::vector<std::string>& urls);

    /// The requests so far that change something, as subjects without the prefix and in the order
    /// they came: "STREAM.CREATE.ORDERS", "CONSUMER.CREATE.ORDERS.worker". Without what servers
    /// ask of each other for mirrors and sources.
    [[nodiscard]] std::vector<std::string> writes();

    /// Those of `writes` that name one of these streams.
    [[nodiscard]] std::vector<std::string> writes_to(const std::vector<std::string>& streams);

private:
    /// All that reached one of the servers before this call was made.
    [[nodiscard]] std::string heard();

    std::vector<support::NatsCli> servers_;
    support::TempDir dir_;
    support::Process subscriber_;
    int marks_ = 0;
};

}  // namespace headgate::e2e
