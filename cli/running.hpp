// What `run` and `controller` have in common: the loop over the connection of the flags, those over
// NatsConnections where there are any, metrics and endpoints, and the order in which all of it
// ends.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "cli/loop.hpp"
#include "cli/options.hpp"
#include "controller/endpoints.hpp"
#include "controller/metrics.hpp"
#include "controller/nats_connections.hpp"
#include "core/guarded.hpp"
#include "core/log.hpp"
#include "core/result.hpp"

namespace headgate::cli {

/// The log of a command that runs for ever, and of the others.
[[nodiscard]] core::Log make_log(const Options& options, bool quiet_on_terminal);

[[nodiscard]] std::unique_ptr<controller::Metrics> make_metrics();

class Running final : public controller::ConnectionPort {
public:
    struct Parts {
        /// Of the loop over the flags' connection, and of all others.
        Loop::Parts loop;
        /// Why this is ready though it does not work; empty: it works. From any thread.
        std::function<std::string()> standby{};
        /// Beyond NATS, why this is not ready yet; empty: it is. From any thread.
        std::function<std::string()> not_ready{};
        /// The loop of a connection is another one than before.
        std::function<void(const controller::ConnectionKey&)> on_rerouted =
            [](const controller::ConnectionKey&) {};
        /// A connection beside the flags' came or went. From any thread.
        std::function<void()> on_moved = [] {};
    };

    /// Connects in the background and serves the endpoints, but not with `--once`; works on nothing
    /// before `begin`. Errors as NatsAccess::open and EndpointServer::listen.
    [[nodiscard]] static core::Result<std::unique_ptr<Running>> open(const Options& options,
                                                                     Parts parts);

    /// Workers finish what they are at, then NATS ends. Sources must have ended before.
    ~Running() override;

    [[nodiscard]] reconcilers::Declarations& declarations() { return main_->declarations(); }

    [[nodiscard]] controller::Runtime& runtime() { return main_->runtime(); }

    [[nodiscard]] reconcilers::Reconciler& reconciler() { return main_->reconciler(); }

    [[nodiscard]] jetstream::Api& jetstream() { return main_->nats().api(); }

    [[nodiscard]] const NatsAccess& nats() const { return main_->nats(); }

    /// The loop of a connection; none: that of the flags. All that are missing share one.
    [[nodiscard]] controller::Intake& loop_of(const std::optional<controller::ConnectionKey>& key);

    /// Begins to work, on every connection, when the declarations are complete. After a halt,
    /// begins anew. False: stopped before that.
    bool begin(const std::stop_token& stop);

    /// As Runtime's.
    void abandon();

    /// Ends the work, as Runtime's stop; what is declared is still followed.
    void halt();

    void use(const controller::ConnectionKey& key,
             core::Result<resources::ConnectionTarget> target) override;
    void appeared(const controller::ConnectionKey& key) override;
    void look_again(const controller::ConnectionKey& key) override;
    [[nodiscard]] controller::ConnectionFacts facts(const controller::ConnectionKey& key,
                                                    const core::Call& call) override;

    /// Where the endpoints are, if they are.
    [[nodiscard]] std::string url() const { return endpoints_->url(); }

private:
    struct Named {
        std::map<controller::ConnectionKey, std::unique_ptr<Loop>> loops;
        bool begun = false;
    };

    Running(const Options& options, Parts parts);

    [[nodiscard]] Loop& named(const controller::ConnectionKey& key);
    [[nodiscard]] std::vector<Loop*> named();
    [[nodiscard]] bool is_moving();
    [[nodiscard]] controller::Health ready() const;

    const Options& options_;
    Parts parts_;
    std::unique_ptr<Loop> main_;
    core::Guarded<Named> named_;
    std::unique_ptr<controller::EndpointServer> endpoints_;
};

}  // namespace headgate::cli
