#include "controller/leader.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "core/overloaded.hpp"

namespace headgate::controller {

using core::Call;
using core::ErrorCode;
using core::Overloaded;
using core::Result;
using std::chrono::steady_clock;

namespace {

/// Nobody waits for a shutdown that cannot reach its API server.
constexpr std::chrono::seconds kGiveUpLimit{2};

core::Timestamp wall() {
    return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
}

}  // namespace

Elector::Elector(kube::Api& api, ElectionSettings settings, const core::Log& log)
    : api_(api),
      settings_(std::move(settings)),
      log_(log),
      election_(settings_.identity, settings_.timing) {}

Elector::~Elector() {
    resign();
}

void Elector::campaign(Duty duty) {
    duty_ = std::move(duty);
    service_ = std::jthread{[this](const std::stop_token& stop) { serve(stop); }};
    campaign_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
}

void Elector::resign() {
    if (!campaign_.joinable()) {
        return;
    }
    service_.request_stop();
    service_.join();
    campaign_.request_stop();
    campaign_.join();
}

std::string Elector::holder() const {
    const std::scoped_lock lock{mutex_};
    return holder_;
}

void Elector::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        const auto command = election_.next(steady_clock::now(), wall(), jitter());
        announce();
        if (!may_lead()) {
            wait_until_ended(stop);
            continue;
        }
        carry_out(command, stop);
        announce();
    }
    give_up();
}

void Elector::carry_out(const kube::LeaseCommand& command, const std::stop_token& stop) {
    const auto sent = steady_clock::now();
    std::visit(
        Overloaded{
            [&](const kube::LookAtLease&) {
                const auto lease =
                    api_.get_object(kube::lease_type(), settings_.ns, settings_.name, call());
                looked(lease, steady_clock::now());
            },
            [&](const kube::CreateLease& create) {
                wrote(api_.create_object(
                          kube::lease_type(),
                          kube::lease_object(settings_.ns, settings_.name, create.record),
                          call()),
                      sent,
                      "create");
            },
            [&](const kube::ChangeLease& update) { wrote(change(update, call()), sent, "update"); },
            [&](const kube::WaitForLease& wait) {
                std::unique_lock lock{mutex_};
                changed_.wait_until(lock, stop, wait.until, [] { return false; });
            }},
        command);
}

// Half the time that a renewal holds, so that one that hangs leaves time for another. Not cancelled
// by a stop: what was written, and not known to be, could not be given up.
Call Elector::call() const {
    auto call = Call::within(settings_.timing.renew_deadline / 2);
    if (const auto held = election_.held_until()) {
        call.deadline = std::min(call.deadline, *held);
    }
    return call;
}

Result<kube::Object> Elector::change(const kube::ChangeLease& change, const Call& call) {
    kube::ObjectMeta meta;
    meta.ns = settings_.ns;
    meta.name = settings_.name;
    meta.resource_version = change.version;
    return api_.merge_patch(kube::lease_type(), meta, kube::lease_patch(change.record), call);
}

void Elector::looked(const Result<kube::Object>& lease, TimePoint now) {
    election_.looked(lease, now, jitter());
    if (!lease && lease.error().code != ErrorCode::NotFound) {
        complain("get", lease.error());
    } else {
        complaint_.clear();
    }
}

void Elector::wrote(const Result<kube::Object>& lease, TimePoint sent, const std::string& what) {
    election_.wrote(lease, sent, steady_clock::now(), jitter());
    if (lease) {
        complaint_.clear();
        return;
    }
    const auto code = lease.error().code;
    if (code != ErrorCode::Conflict && code != ErrorCode::AlreadyExists) {
        complain(what, lease.error());
    }
}

// The same again and again would be a line every two seconds.
void Elector::complain(const std::string& what, const core::Error& error) {
    auto complaint = what + " lease " + settings_.ns + "/" + settings_.name;
    if (std::exchange(complaint_, complaint + error.message) != complaint_) {
        log_.warning("leader election: trying again: " + complaint, {{"error", error.message}});
    }
}

void Elector::announce() {
    may_act_until_ = election_.held_until().value_or(TimePoint::min());
    std::string before;
    {
        const std::scoped_lock lock{mutex_};
        before = std::exchange(holder_, election_.holder());
    }
    if (election_.leads() != leads_) {
        lead(election_.leads());
    } else if (before != election_.holder() && !leads_ && !election_.holder().empty()) {
        log_.info("standby", {{"leader", election_.holder()}});
    }
}

void Elector::lead(bool leads) {
    std::stop_source over;
    {
        const std::scoped_lock lock{mutex_};
        leads_ = leads;
        over = std::exchange(term_, std::stop_source{});
    }
    if (!leads) {
        over.request_stop();
        duty_.abandon();
    }
    changed_.notify_all();
    duty_.on_change(leads);
    if (leads) {
        log_.info("leading", {{"identity", settings_.identity}});
    } else {
        log_.warning("no longer leading", {{"leader", election_.holder()}});
    }
}

// Not again while what was begun before has not ended.
bool Elector::may_lead() const {
    const std::scoped_lock lock{mutex_};
    return leads_ || !serves_;
}

void Elector::wait_until_ended(const std::stop_token& stop) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, stop, [this] { return !serves_; });
}

void Elector::serve(const std::stop_token& stop) {
    while (true) {
        std::stop_source term;
        {
            std::unique_lock lock{mutex_};
            if (!changed_.wait(lock, stop, [this] { return leads_; }) || stop.stop_requested()) {
                return;
            }
            serves_ = true;
            term = term_;
        }
        {
            const std::stop_callback ends{stop, [&term] { term.request_stop(); }};
            duty_.begin(term.get_token());
            std::unique_lock lock{mutex_};
            changed_.wait(lock, term.get_token(), [] { return false; });
        }
        duty_.end();
        const std::scoped_lock lock{mutex_};
        serves_ = false;
        changed_.notify_all();
    }
}

void Elector::give_up() {
    auto release = election_.release(wall());
    may_act_until_ = TimePoint::min();
    if (!release) {
        return;
    }
    duty_.on_change(false);
    const auto limit = Call::within(kGiveUpLimit);
    auto released = change(*release, limit);
    if (!released && released.error().code == ErrorCode::Conflict) {
        // The answer to the last renewal may have been lost.
        const auto lease = api_.get_object(kube::lease_type(), settings_.ns, settings_.name, limit);
        if (lease && kube::lease_record(lease->spec).holder == settings_.identity) {
            release->version = lease->meta.resource_version;
            released = change(*release, limit);
        }
    }
    if (!released) {
        complain("give up", released.error());
        return;
    }
    log_.info("gave the lease up", {{"lease", settings_.ns + "/" + settings_.name}});
}

double Elector::jitter() {
    return std::uniform_real_distribution<double>{0, 1}(random_);
}

}  // namespace headgate::controller
