#include "controller/runtime.hpp"

#include <algorithm>
#include <exception>

#include "controller/process_figures.hpp"
#include "core/joined.hpp"
#include "core/pause.hpp"

namespace headgate::controller {

using reconcilers::Declaration;
using reconcilers::Pass;
using resources::ObjectKey;
using resources::Reason;
using std::chrono::steady_clock;

namespace {

// A deletion that is only beginning is over by then, and has been told of once more if it was
// asked for.
constexpr std::chrono::milliseconds kUntilOver{1'000};

// Whoever may not act is stopped, or may again, within moments.
constexpr std::chrono::milliseconds kPutOff{50};

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
    metrics_.watch(declarations_, queue_);
}

Runtime::~Runtime() {
    stop();
    metrics_.unwatch(declarations_);
}

void Runtime::changed(Declaration declaration) {
    const auto key = declaration.key;
    const auto before = declarations_.find(key);
    const bool look = !before || matters(*before, declaration);
    // Before the start all is backlog, but for what somebody waits to see go.
    const auto priority = declaration.deleting ? Priority::Deletion
                          : started_           ? Priority::Fresh
                                               : Priority::Backlog;
    const auto rivals = declarations_.put(std::move(declaration));
    if (!look || priority == Priority::Backlog) {
        return;  // It starts with a look at all.
    }
    queue_.forget(key);
    look_at(key, priority);
    for (const auto& rival : rivals) {
        look_at(rival, priority);
    }
}

void Runtime::gone(const ObjectKey& key) {
    const auto rivals = declarations_.remove(key);
    queue_.forget(key);
    look_at(key, Priority::Deletion);
    for (const auto& rival : rivals) {
        look_at(rival);
    }
}

reconcilers::DeclarationPtr Runtime::find(const ObjectKey& key) const {
    return declarations_.find(key);
}

std::vector<ObjectKey> Runtime::keys(resources::Kind kind) const {
    std::vector<ObjectKey> keys;
    for (const auto& declaration : declarations_.all()) {
        if (declaration->key.kind == kind) {
            keys.push_back(declaration->key);
        }
    }
    return keys;
}

void Runtime::look_at(const ObjectKey& key, Priority priority) {
    listed_.moved(key);
    queue_.add(key, {}, priority);
}

void Runtime::look_at_all() {
    if (!started_) {
        return;  // It starts so.
    }
    listed_.forget();
    for (const auto& declaration : declarations_.all()) {
        queue_.forget(declaration->key);
    }
    const std::scoped_lock lock{mutex_};
    everything_due_ = true;
    changed_.notify_all();
}

void Runtime::heard(const jetstream::Advisory& advisory) {
    for (const auto& declaration : declarations_.naming(advisory.stream)) {
        // Programs make and drop consumers of their own all the time.
        const auto& consumers = declaration->parsed.desired->consumers;
        const bool concerns =
            !advisory.consumer ||
            std::any_of(consumers.begin(), consumers.end(), [&](const auto& consumer) {
                return consumer.name == *advisory.consumer;
            });
        if (concerns && advisory.over) {
            if (advisory.what == jetstream::Touched::Deleted) {
                reconciler_.deletion_is_over(*declaration);
            }
            look_at(declaration->key);
        } else if (concerns) {
            listed_.moved(declaration->key);
            queue_.add(declaration->key, kUntilOver);
        }
    }
}

void Runtime::start() {
    Term term;
    {
        const std::scoped_lock lock{mutex_};
        term_ = term;
        looked_around_ = false;
    }
    for (std::size_t i = 0; i < options_.workers; ++i) {
        threads_.emplace_back([this, term] { work(term); });
    }
    started_ = true;
    threads_.emplace_back([this, stop = term.stop.get_token()] { resync(stop); });
}

void Runtime::stop() {
    auto term = [this] {
        const std::scoped_lock lock{mutex_};
        return term_;
    }();
    term.stop.request_stop();
    threads_.clear();
    started_ = false;
}

void Runtime::abandon() {
    auto term = [this] {
        const std::scoped_lock lock{mutex_};
        return term_;
    }();
    term.cancel.request_stop();
    term.stop.request_stop();
}

bool Runtime::is_moving() const {
    return queue_.figures().longest_running < 4 * options_.pass_limit;
}

void Runtime::work(const Term& term) {
    const auto stop = term.stop.get_token();
    {
        std::unique_lock lock{mutex_};
        if (!changed_.wait(lock, stop, [this] { return looked_around_; })) {
            return;
        }
    }
    while (const auto next = queue_.take(stop)) {
        if (may_act_until() > steady_clock::now()) {
            reconcile(*next, term.cancel.get_token());
        } else {
            put_off(*next, stop);
        }
    }
}

steady_clock::time_point Runtime::may_act_until() const {
    return options_.may_act_until ? options_.may_act_until() : steady_clock::time_point::max();
}

void Runtime::put_off(const Work& work, const std::stop_token& stop) {
    queue_.add(work.key, {}, work.priority);
    queue_.done(work.key);
    core::pause(kPutOff, stop);
}

void Runtime::reconcile(const Work& work, const std::stop_token& cancel) {
    const auto began = steady_clock::now();
    Pass pass;
    const auto seen = listed_.take(work.key);
    // Not the token of the stop: a pass that has begun is finished, so that nothing is left
    // half-written. The one catch-all: a bug in one object's pass must not end the others.
    try {
        pass = reconciler_.reconcile(
            work.key,
            core::Call{.deadline = std::min(began + options_.pass_limit, may_act_until()),
                       .stop = cancel},
            seen);
    } catch (const std::exception& failure) {
        pass.outcome = reconcilers::Retry{core::Error{core::ErrorCode::Internal, failure.what()}};
        pass.message = failure.what();
    }
    const auto took = steady_clock::now() - began;
    metrics_.reconciled(work.key.kind, pass, took, work.waited);
    log_pass(work.key, pass, took);
    conclude(work, pass);
    // A list that is being read may be older than what this pass did or saw.
    const bool failed = std::holds_alternative<reconcilers::Retry>(pass.outcome);
    if (!pass.done.empty() || (!seen && !failed)) {
        listed_.moved(work.key);
    }
    queue_.done(work.key);
    if (!pass.done.empty()) {
        wake_others(work.key);
    }
    if (on_pass_) {
        on_pass_(work.key, pass);
    }
}

void Runtime::conclude(const Work& work, const Pass& pass) {
    struct Visitor {
        WorkQueue& queue;
        const Work& work;

        void operator()(const reconcilers::Settled&) const { queue.forget(work.key); }

        void operator()(const reconcilers::RecheckAfter& later) const {
            queue.forget(work.key);
            queue.add(work.key, later.delay, work.priority);
        }

        void operator()(const reconcilers::Retry&) const { queue.retry(work.key, work.priority); }

        void operator()(const reconcilers::GiveUp&) const { queue.forget(work.key); }
    };

    std::visit(Visitor{queue_, work}, pass.outcome);
}

// One line for each pass that changed something, here or on the server; none for the others.
void Runtime::log_pass(const ObjectKey& key, const Pass& pass, steady_clock::duration took) const {
    const auto object = resources::to_text(key);
    const std::string reason{core::name_of(pass.reason)};
    const auto* const error = error_of(pass.outcome);
    const bool good = resources::ready(pass.reason) == resources::Truth::True;
    if (pass.done.empty() && pass.drift.empty() && !pass.reason_changed) {
        if (error != nullptr) {
            log_.debug("pass ended early",
                       {{"object", object}, {"reason", reason}, {"error", error->message}});
        }
        return;
    }
    const auto declaration = declarations_.find(key);
    auto what = core::joined(pass.drift.empty() ? pass.done : pass.drift, "; ");
    if (what.empty()) {
        what = good ? "ready" : "not ready";
    } else if (!pass.drift.empty()) {
        what = "drift repaired: " + what;
    }
    const core::Log::Values values{
        {"object", object},
        {"stream", declaration ? declaration->status.stream : std::string{}},
        {"reason", reason},
        {"duration", milliseconds(took)},
        {"message", good || !pass.reason_changed ? std::string{} : pass.message}};
    pass.reason_changed && !good ? log_.warning(what, values) : log_.info(what, values);
}

// Nobody hears of what this program does itself.
void Runtime::wake_others(const ObjectKey& key) {
    const auto declaration = declarations_.find(key);
    if (!declaration || !declaration->parsed.desired) {
        return;
    }
    for (const auto& other : declarations_.naming(declaration->parsed.desired->stream.name)) {
        if (other->key != key) {
            look_at(other->key);
        }
    }
}

void Runtime::resync(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        look_around(stop);
        std::unique_lock lock{mutex_};
        looked_around_ = true;
        changed_.notify_all();
        changed_.wait_for(lock, stop, options_.resync, [this] { return everything_due_; });
        everything_due_ = false;
    }
}

void Runtime::look_around(const std::stop_token& stop) {
    listed_.begin();
    const auto list = reconciler_.snapshot(core::Call::within(options_.pass_limit, stop));
    if (!list) {
        log_.debug("streams are looked at one by one", {{"error", list.error().message}});
    }
    const auto snapshot = list ? *list : nullptr;
    std::vector<ObjectKey> keys;
    for (const auto& declaration : declarations_.all()) {
        if (snapshot && snapshot->settles(*declaration)) {
            note_settled(*declaration);
        } else {
            keys.push_back(declaration->key);
        }
    }
    for (const auto& key : listed_.end(keys, snapshot)) {
        queue_.add(key, {}, Priority::Backlog);
    }
    give_back_memory();
}

// Thousands of them need no place in the queue for that.
void Runtime::note_settled(const Declaration& declaration) {
    const Pass pass{.outcome = reconcilers::Settled{},
                    .reason = declaration.status.reason().value_or(Reason::Reconciling),
                    .message = declaration.status.message()};
    metrics_.reconciled(declaration.key.kind, pass, {}, {});
    if (on_pass_) {
        on_pass_(declaration.key, pass);
    }
}

bool Runtime::wait_idle(const std::stop_token& stop) {
    {
        std::unique_lock lock{mutex_};
        if (!changed_.wait(lock, stop, [this] { return looked_around_; })) {
            return false;
        }
    }
    return queue_.wait_idle(stop);
}

}  // namespace headgate::controller
