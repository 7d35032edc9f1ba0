// Leadership of one among several replicas, by a Lease: kube/lease decides, this carries out, on
// threads of its own. What the leader does is begun and ended here, and cancelled the moment the
// Lease is lost or its time is up; until when it may act at all is known at any time, so that a
// process that was paused does nothing after it wakes.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <random>
#include <stop_token>
#include <string>
#include <thread>

#include "core/log.hpp"
#include "kube/api.hpp"
#include "kube/lease.hpp"

namespace headgate::controller {

struct ElectionSettings {
    std::string ns;
    std::string name;      ///< Of the Lease.
    std::string identity;  ///< Of this process: no other, and no later one, has it.
    kube::LeaseTiming timing;
};

/// What the leader does. Begun again each time it leads.
struct Duty {
    /// Returns once it has begun, or soon after the token asks to stop.
    std::function<void(const std::stop_token& stop)> begin;
    /// Cancels what is in progress, and nothing new begins; does not wait. From another thread than
    /// the other two, at any time.
    std::function<void()> abandon;
    /// Finishes what is in progress, unless abandoned, and returns when nothing is done any more.
    std::function<void()> end;
    /// Told of every change, right away.
    std::function<void(bool leads)> on_change;
};

class Elector {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    /// Does nothing yet. `api` should be used for nothing else: what others wait for on it would
    /// hold a renewal up. It and `log` must outlive this.
    Elector(kube::Api& api, ElectionSettings settings, const core::Log& log);

    /// As `resign`.
    ~Elector();

    Elector(const Elector&) = delete;
    Elector& operator=(const Elector&) = delete;

    /// Takes part from now on. Call once.
    void campaign(Duty duty);

    /// Ends the duty, renewing meanwhile, and then gives the Lease up, so that the next leader need
    /// not wait for it to run out.
    void resign();

    [[nodiscard]] bool leads() const { return may_act_until() > TimePoint::min(); }

    /// Until when it surely leads, as of now; in the past: it does not.
    [[nodiscard]] TimePoint may_act_until() const { return may_act_until_; }

    /// Who leads, as far as is known; empty: nobody, or not known yet. Any thread.
    [[nodiscard]] std::string holder() const;

private:
    void run(const std::stop_token& stop);
    void carry_out(const kube::LeaseCommand& command, const std::stop_token& stop);
    void announce();
    void lead(bool leads);
    void serve(const std::stop_token& stop);
    [[nodiscard]] bool may_lead() const;
    void wait_until_ended(const std::stop_token& stop);
    void give_up();
    [[nodiscard]] core::Call call() const;
    void looked(const core::Result<kube::Object>& lease, TimePoint now);
    void wrote(const core::Result<kube::Object>& lease, TimePoint sent, const std::string& what);
    [[nodiscard]] core::Result<kube::Object> change(const kube::ChangeLease& change,
                                                    const core::Call& call);
    void complain(const std::string& what, const core::Error& error);
    [[nodiscard]] double jitter();

    kube::Api& api_;
    const ElectionSettings settings_;
    const core::Log& log_;
    Duty duty_;
    std::atomic<TimePoint> may_act_until_{TimePoint::min()};

    // The campaign's thread only.
    kube::LeaseElection election_;
    std::minstd_rand random_{std::random_device{}()};
    std::string complaint_;

    // The lock covers what follows, up to the threads.
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    bool leads_ = false;
    bool serves_ = false;  ///< The duty has begun, and not ended.
    std::stop_source term_;
    std::string holder_;

    std::jthread campaign_;
    std::jthread service_;
};

}  // namespace headgate::controller
