// The loop of controller/ over one NATS connection: its own declarations, queue and workers, so
// that nothing that happens to it slows another one down.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include "cli/app.hpp"
#include "cli/options.hpp"
#include "controller/assets.hpp"
#include "controller/metrics.hpp"
#include "controller/runtime.hpp"
#include "core/guarded.hpp"
#include "core/log.hpp"
#include "core/result.hpp"
#include "reconcilers/declarations.hpp"
#include "reconcilers/reconciler.hpp"

namespace headgate::cli {

class Loop {
public:
    struct Parts {
        controller::Metrics& metrics;
        reconcilers::DeclarationWriter& writer;
        const core::Log& log;
        controller::Runtime::OnPass on_pass{};
        /// As ReconcilerOptions has them; what the command line decides is filled in.
        reconcilers::ReconcilerOptions reconciler{};
        /// As RuntimeOptions has it.
        std::function<std::chrono::steady_clock::time_point()> may_act_until{};
        /// The connection came or went.
        std::function<void()> on_moved = [] {};
    };

    /// Over the connection of the command line's flags, known as "default". Errors as
    /// NatsAccess::open.
    [[nodiscard]] static core::Result<std::unique_ptr<Loop>> open(const Options& options,
                                                                  Parts parts);

    /// Over a connection that leads nowhere until it is told where.
    [[nodiscard]] static std::unique_ptr<Loop> idle(const Options& options,
                                                    Parts parts,
                                                    std::string connection,
                                                    core::Error why);

    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    /// Workers finish what they are at, then NATS ends. Sources must have ended before.
    ~Loop();

    [[nodiscard]] reconcilers::Declarations& declarations() { return declarations_; }

    [[nodiscard]] const reconcilers::Declarations& declarations() const { return declarations_; }

    [[nodiscard]] controller::Runtime& runtime() { return *runtime_; }

    [[nodiscard]] reconcilers::Reconciler& reconciler() { return *reconciler_; }

    [[nodiscard]] const std::string& connection() const { return connection_; }

    [[nodiscard]] NatsAccess& nats() { return *nats_; }

    [[nodiscard]] const NatsAccess& nats() const { return *nats_; }

    /// As NatsAccess has it.
    void use(core::Result<resources::ConnectionTarget> target);

    /// Begins to work once the first attempt to connect is over, so that no first look fails for
    /// being early. After a halt, begins anew. False: stopped before that.
    bool begin(const std::stop_token& stop);

    /// The same on a thread of its own, so that nobody waits for it.
    void begin_by_itself();

    /// As Runtime's; does not wait.
    void abandon();

    /// Ends the work, as Runtime's stop.
    void halt();

private:
    Loop(const Options& options, Parts parts, std::string connection);

    [[nodiscard]] NatsAccess::Events events();
    void make_runtime(const Options& options);
    void nats_changed(bool connected);
    void heard(const jetstream::Advisory& advisory);
    void is_deaf(const std::string& subject);

    Parts parts_;
    const std::string connection_;
    const std::string name_;  ///< By which servers know the connection.
    const std::chrono::milliseconds resync_;
    reconcilers::Declarations declarations_;
    std::atomic<bool> ending_{false};
    std::atomic<bool> told_deaf_{false};
    // Set once there is one: the connection's thread may be first.
    std::atomic<controller::Runtime*> announced_{nullptr};
    std::unique_ptr<NatsAccess> nats_;
    std::unique_ptr<reconcilers::Reconciler> reconciler_;
    std::unique_ptr<controller::Runtime> runtime_;
    std::unique_ptr<controller::Assets> assets_;
    core::Guarded<std::jthread> starter_;
};

}  // namespace headgate::cli
