#include "controller/runtime.hpp"

#include <condition_variable>
#include <exception>
#include <mutex>

namespace headgate::controller {

using reconcilers::Declaration;
using reconcilers::Pass;
using resources::ObjectKey;
using resources::Reason;
using std::chrono::steady_clock;

namespace {

bool matters(const Declaration& before, const Declaration& now) {
    return before.uid != now.uid || before.generation != now.generation ||
           before.deleting != now.deleting || before.finalizers != now.finalizers ||
           before.annotations != now.annotations;
}

std::string milliseconds(steady_clock::duration time) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()) +
           "ms";
}

const core::Error* error_of(const reconcilers::Outcome& outcome) {
    if (const auto* const retry = std::get_if<reconcilers::Retry>(&outcome)) {
        return &retry->error;
    }
    const auto* const given_up = std::get_if<reconcilers::GiveUp>(&outcome);
    return given_up == nullptr ? nullptr : &given_up->error;
}

}  // namespace

Runtime::Runtime(reconcilers::Declarations& declarations,
                 reconcilers::Reconciler& reconciler,
                 Metrics& metrics,
                 const core::Log& log,
                 RuntimeOptions options,
                 OnPass on_pass)
    : declarations_(declarations),
      reconciler_(reconciler),
      metrics_(metrics),
      log_(log),
      options_(options),
      on_pass_(std::move(on_pass)),
      queue_(options.backoff) {
    metrics_.watch(&declarations_, &queue_);
}

Runtime::~Runtime() {
    stop();
    metrics_.watch(nullptr, nullptr);
}

void Runtime::changed(Declaration declaration) {
    const auto key = declaration.key;
    const auto before = declarations_.find(key);
    const bool look = !before || matters(*before, declaration);
    const auto rivals = declarations_.put(std::move(declaration));
    if (!look) {
        return;
    }
    queue_.forget(key);
    queue_.add(key);
    for (const auto& rival : rivals) {
        queue_.add(rival);
    }
}

void Runtime::gone(const ObjectKey& key) {
    const auto rivals = declarations_.remove(key);
    queue_.forget(key);
    queue_.add(key);
    for (const auto& rival : rivals) {
        queue_.add(rival);
    }
}

void Runtime::look_at_all() {
    for (const auto& declaration : declarations_.all()) {
        queue_.forget(declaration->key);
        queue_.add(declaration->key);
    }
}

void Runtime::start() {
    for (std::size_t i = 0; i < options_.workers; ++i) {
        threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
    }
    threads_.emplace_back([this](const std::stop_token& stop) { resync(stop); });
    started_ = true;
}

void Runtime::stop() {
    for (auto& thread : threads_) {
        thread.request_stop();
    }
    threads_.clear();
}

bool Runtime::is_moving() const {
    return queue_.figures().longest_running < 4 * options_.pass_limit;
}

void Runtime::work(const std::stop_token& stop) {
    while (const auto next = queue_.take(stop)) {
        reconcile(*next);
    }
}

void Runtime::reconcile(const Work& work) {
    const auto began = steady_clock::now();
    Pass pass;
    // No stop token: a pass that has begun is finished, so that nothing is left half-written. The
    // one catch-all: a bug in one object's pass must not end the others.
    try {
        pass = reconciler_.reconcile(
            work.key, core::Call{.deadline = began + options_.pass_limit, .stop = {}});
    } catch (const std::exception& failure) {
        pass.outcome = reconcilers::Retry{core::Error{core::ErrorCode::Internal, failure.what()}};
        pass.message = failure.what();
    }
    const auto took = steady_clock::now() - began;
    metrics_.reconciled(work.key.kind, pass, took, work.waited);
    log_pass(work.key, pass, took);
    conclude(work.key, pass);
    queue_.done(work.key);
    if (on_pass_) {
        on_pass_(work.key, pass);
    }
}

void Runtime::conclude(const ObjectKey& key, const Pass& pass) {
    struct Visitor {
        WorkQueue& queue;
        const ObjectKey& key;

        void operator()(const reconcilers::Settled&) const { queue.forget(key); }

        void operator()(const reconcilers::RecheckAfter& later) const {
            queue.forget(key);
            queue.add(key, later.delay);
        }

        void operator()(const reconcilers::Retry&) const { queue.retry(key); }

        void operator()(const reconcilers::GiveUp&) const { queue.forget(key); }
    };

    std::visit(Visitor{queue_, key}, pass.outcome);
}

void Runtime::log_pass(const ObjectKey& key, const Pass& pass, steady_clock::duration took) const {
    const auto object = resources::to_text(key);
    for (const auto& done : pass.done) {
        log_.info(done, {{"object", object}, {"duration", milliseconds(took)}});
    }
    if (pass.reason_changed) {
        const bool good = resources::ready(pass.reason) == resources::Truth::True;
        const std::string reason{core::name_of(pass.reason)};
        good ? log_.info("ready", {{"object", object}, {"reason", reason}})
             : log_.warning("not ready",
                            {{"object", object}, {"reason", reason}, {"message", pass.message}});
    } else if (const auto* const error = error_of(pass.outcome)) {
        log_.debug("pass ended early",
                   {{"object", object},
                    {"reason", std::string{core::name_of(pass.reason)}},
                    {"error", error->message}});
    }
}

void Runtime::resync(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock{mutex};
    while (!never.wait_for(lock, stop, options_.resync, [&] { return stop.stop_requested(); })) {
        if (stop.stop_requested()) {
            return;
        }
        for (const auto& declaration : declarations_.all()) {
            queue_.add(declaration->key);
        }
    }
}

}  // namespace headgate::controller
