// Real nats-servers with JetStream on loopback: one, or a cluster of three. Each has a folder and
// ports of its own, so that any number of tests run side by side.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/free_port.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/tools.hpp"

namespace headgate::support {

struct NatsOptions {
    std::string version{kNats};
    std::string name = "nats-0";     ///< server_name
    std::vector<std::string> tags;   ///< server_tags, for placement
    std::string max_memory = "4GB";  ///< What JetStream may promise; nothing is set aside.
    std::string max_file = "200GB";
    std::string domain;   ///< JetStream domain
    std::string extra;    ///< Configuration text added as it is: users, accounts, tls, leafnodes.
    std::string cluster;  ///< Text of the cluster block; NatsCluster fills it.
    bool jetstream = true;
};

class NatsServer {
public:
    /// Starts it and waits until it serves. Throws std::runtime_error with the end of its log where
    /// it does not.
    explicit NatsServer(NatsOptions options = {});

    /// Without waiting: a cluster's servers are healthy only together.
    struct NotWaiting {};

    NatsServer(NatsOptions options, NotWaiting);

    /// "nats://127.0.0.1:PORT", the same before and after a restart.
    [[nodiscard]] std::string url() const { return "nats://" + client_.address(); }

    [[nodiscard]] std::uint16_t port() const noexcept { return client_.number(); }

    /// Its HTTP endpoint (/healthz, /varz, /jsz, /connz).
    [[nodiscard]] std::uint16_t monitoring_port() const noexcept { return monitoring_.number(); }

    [[nodiscard]] const NatsOptions& options() const noexcept { return options_; }

    [[nodiscard]] const TempDir& dir() const noexcept { return dir_; }

    /// A clean end: clients are told, the store is written.
    void stop();

    /// An end without warning.
    void kill();

    /// Starts it again on the same ports and store and waits; ends it first where it runs.
    void restart();

    /// As restart, with another configuration (say a smaller limit, or another version).
    void restart(NatsOptions options);

    /// Starts a stopped server without waiting.
    void start();

    void wait_until_ready();

    [[nodiscard]] bool healthy() const;

    /// Alive and connected, but answering nothing; and back.
    void pause() { process_.pause(); }

    void resume() const { process_.resume(); }

    [[nodiscard]] bool running() { return process_.running(); }

    [[nodiscard]] std::string log() const;

private:
    [[nodiscard]] std::string config() const;

    NatsOptions options_;
    TempDir dir_;
    FreePort client_;
    FreePort monitoring_;
    Process process_;
};

class NatsCluster {
public:
    /// Three servers n1..n3 of the cluster "nats-cluster", each with the tags at its place in
    /// `tags` (default: every server has all tags of the agent platform). Waits until they have a
    /// meta leader that can place replicated streams. `base` is what all have in common.
    explicit NatsCluster(std::vector<std::vector<std::string>> tags = {},
                         const NatsOptions& base = {});

    static constexpr std::string_view kName = "nats-cluster";

    [[nodiscard]] NatsServer& server(std::size_t index) { return servers_.at(index); }

    /// All three, with commas.
    [[nodiscard]] std::string urls() const;

    /// Index of the server that leads the JetStream meta group; -1 for none.
    [[nodiscard]] int meta_leader() const;

    /// Waits until all three serve, agree on a meta leader, and a replicated stream can be made.
    void wait_until_ready();

private:
    [[nodiscard]] bool settled() const;
    [[nodiscard]] bool places_replicas() const;

    std::vector<FreePort> routes_;
    std::vector<NatsServer> servers_;
};

}  // namespace headgate::support
