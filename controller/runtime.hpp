// The running loop of both modes: declarations in, keys queued, workers reconciling, what is heard
// of streams, the slow resync as a net under it. Sources (a reflector, a directory) call
// changed/gone from their own threads.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "controller/intake.hpp"
#include "controller/listed.hpp"
#include "controller/metrics.hpp"
#include "controller/work_queue.hpp"
#include "core/log.hpp"
#include "jetstream/advisories.hpp"
#include "reconcilers/declarations.hpp"
#include "reconcilers/reconciler.hpp"

namespace headgate::controller {

struct RuntimeOptions {
    std::size_t workers = 8;
    /// How often every object is looked at, whatever happens.
    std::chrono::milliseconds resync{30'000};
    /// The longest one pass may take; bounds the shutdown too.
    std::chrono::milliseconds pass_limit{25'000};
    core::Backoff backoff{};
    /// The moment after which nothing may be sent any more, unless it has moved on by then; asked
    /// before each pass. Empty: there is none.
    std::function<std::chrono::steady_clock::time_point()> may_act_until{};
};

class Runtime final : public Intake {
public:
    /// Told after each pass, from a worker's thread.
    using OnPass = std::function<void(const resources::ObjectKey&, const reconcilers::Pass&)>;

    /// All references must outlive it.
    Runtime(reconcilers::Declarations& declarations,
            reconcilers::Reconciler& reconciler,
            Metrics& metrics,
            const core::Log& log,
            RuntimeOptions options,
            OnPass on_pass = {});
    ~Runtime() override;

    void changed(reconcilers::Declaration declaration) override;
    void gone(const resources::ObjectKey& key) override;
    [[nodiscard]] reconcilers::DeclarationPtr find(const resources::ObjectKey& key) const override;
    [[nodiscard]] std::vector<resources::ObjectKey> keys(resources::Kind kind) const override;

    /// Look at it, now.
    void look_at(const resources::ObjectKey& key, Priority priority = Priority::Fresh);

    /// Look at all, at once: the server is back, or may be another.
    void look_at_all();

    /// Look at what this may be about, at once: somebody else has changed something on the server.
    void heard(const jetstream::Advisory& advisory);

    /// Begins to work, with a list of all there is, when the declarations are complete: claims are
    /// decided over all. After a stop, begins anew.
    void start();

    /// Finishes the passes in progress and ends; what waits is left.
    void stop();

    /// Cancels the calls of the passes in progress, and no other begins; does not wait. `stop` is
    /// still to be called. From any thread, also while one is in `stop`.
    void abandon();

    [[nodiscard]] bool started() const { return started_; }

    /// Blocks until all have been looked at since the start, and every key that is ready has been
    /// worked on. False: stopped.
    bool wait_idle(const std::stop_token& stop);

    /// No pass has been stuck for far longer than it may take.
    [[nodiscard]] bool is_moving() const;

    [[nodiscard]] const WorkQueue& queue() const { return queue_; }

private:
    /// From a start to the stop after it.
    struct Term {
        std::stop_source stop;    ///< No more passes.
        std::stop_source cancel;  ///< Nor the calls of those in progress.
    };

    void work(const Term& term);
    [[nodiscard]] std::chrono::steady_clock::time_point may_act_until() const;
    void put_off(const Work& work, const std::stop_token& stop);
    void reconcile(const Work& work, const std::stop_token& cancel);
    void conclude(const Work& work, const reconcilers::Pass& pass);
    void log_pass(const resources::ObjectKey& key,
                  const reconcilers::Pass& pass,
                  std::chrono::steady_clock::duration took) const;
    void resync(const std::stop_token& stop);
    void look_around(const std::stop_token& stop);
    void note_settled(const reconcilers::Declaration& declaration);
    void wake_others(const resources::ObjectKey& key);

    reconcilers::Declarations& declarations_;
    reconcilers::Reconciler& reconciler_;
    Metrics& metrics_;
    const core::Log& log_;
    RuntimeOptions options_;
    OnPass on_pass_;
    WorkQueue queue_;
    Listed listed_;
    std::atomic<bool> started_{false};

    // The lock covers what follows, up to the threads.
    std::mutex mutex_;
    std::condition_variable_any changed_;
    bool looked_around_ = false;   ///< Once: workers wait for it.
    bool everything_due_ = false;  ///< Without waiting for the next resync.
    Term term_;

    std::vector<std::jthread> threads_;
};

}  // namespace headgate::controller
