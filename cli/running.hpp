// What `run` and `controller` have in common: the loop of controller/ over one NATS connection,
// with its metrics and endpoints, and the order in which all of it ends.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "cli/app.hpp"
#include "cli/options.hpp"
#include "controller/endpoints.hpp"
#include "controller/metrics.hpp"
#include "controller/runtime.hpp"
#include "core/log.hpp"
#include "core/result.hpp"
#include "reconcilers/declarations.hpp"
#include "reconcilers/reconciler.hpp"

namespace headgate::cli {

/// The log of a command that runs for ever, and of the others.
[[nodiscard]] core::Log make_log(const Options& options, bool quiet_on_terminal);

[[nodiscard]] std::unique_ptr<controller::Metrics> make_metrics();

class Running {
public:
    struct Parts {
        controller::Metrics& metrics;
        reconcilers::DeclarationWriter& writer;
        const core::Log& log;
        controller::Runtime::OnPass on_pass{};
        /// Beyond NATS, why this is not ready yet; empty: it is. From any thread.
        std::function<std::string()> not_ready{};
        /// As ReconcilerOptions has them.
        std::function<bool()> knows_all_signers = [] { return true; };
        bool keeps_what_others_claim = false;
        std::function<bool(const resources::ObjectKey&)> has_departed =
            [](const resources::ObjectKey&) { return false; };
        bool looks_for_renames = false;
        /// As RuntimeOptions has it.
        std::function<std::chrono::steady_clock::time_point()> may_act_until{};
        /// Why this is ready though it does not work; empty: it works. From any thread.
        std::function<std::string()> standby{};
    };

    /// Connects in the background and serves the endpoints, but not with `--once`; works on nothing
    /// before `begin`. Errors as NatsAccess::open and EndpointServer::listen.
    [[nodiscard]] static core::Result<std::unique_ptr<Running>> open(const Options& options,
                                                                     Parts parts);

    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

    /// Workers finish what they are at, then NATS ends. Sources must have ended before.
    ~Running();

    [[nodiscard]] reconcilers::Declarations& declarations() { return declarations_; }

    [[nodiscard]] controller::Runtime& runtime() { return *runtime_; }

    [[nodiscard]] reconcilers::Reconciler& reconciler() { return *reconciler_; }

    [[nodiscard]] jetstream::Api& jetstream() { return nats_->api(); }

    [[nodiscard]] const NatsAccess& nats() const { return *nats_; }

    /// Begins to work once the first attempt to connect is over, so that no first look fails for
    /// being early, when the declarations are complete. After a halt, begins anew. False: stopped
    /// before that.
    bool begin(const std::stop_token& stop);

    /// As Runtime's.
    void abandon() { runtime_->abandon(); }

    /// Ends the work, as Runtime's stop; what is declared is still followed.
    void halt() { runtime_->stop(); }

    /// Where the endpoints are, if they are.
    [[nodiscard]] std::string url() const { return endpoints_->url(); }

private:
    explicit Running(Parts parts);

    void nats_changed(bool connected);
    void heard(const jetstream::Advisory& advisory);
    void is_deaf(const std::string& subject, std::chrono::milliseconds resync);
    [[nodiscard]] controller::Health ready() const;

    Parts parts_;
    reconcilers::Declarations declarations_;
    std::atomic<bool> ending_{false};
    std::atomic<bool> told_deaf_{false};
    // Set once there is one: the connection's thread may be first.
    std::atomic<controller::Runtime*> announced_{nullptr};
    std::unique_ptr<NatsAccess> nats_;
    std::unique_ptr<reconcilers::Reconciler> reconciler_;
    std::unique_ptr<controller::Runtime> runtime_;
    std::unique_ptr<controller::EndpointServer> endpoints_;
};

}  // namespace headgate::cli
