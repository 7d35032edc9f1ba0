#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <variant>

#include "cli/commands.hpp"
#include "cli/live_table.hpp"
#include "cli/prune_loop.hpp"
#include "cli/running.hpp"
#include "cli/signals.hpp"
#include "core/guarded.hpp"
#include "files/directory.hpp"
#include "files/memory_writer.hpp"

namespace headgate::cli {

using reconcilers::Declaration;
using reconcilers::Pass;
using resources::ObjectKey;
using resources::Reason;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds kPrunePatience{30};

/// One directory, kept true: what its updates do to the declarations, and what is shown of it.
class DirectoryRun {
public:
    DirectoryRun(const Options& options,
                 const Console& console,
                 const Signals& signals,
                 const core::Log& log)
        : options_(options),
          console_(console),
          signals_(signals),
          log_(log),
          table_(console),
          source_(options.files.front(), files::DirectorySource::Options{}) {}

    /// Reads the directory and opens the rest; nothing is worked on yet.
    core::Status open() {
        const auto first = source_.read_once();
        if (!first) {
            return first.error();
        }
        auto running = Running::open(
            options_,
            {.loop = {
                 .metrics = *metrics_,
                 .writer = writer_,
                 .log = log_,
                 .on_pass = [this](const ObjectKey& key, const Pass& pass) { passed(key, pass); },
                 .reconciler = {
                     .knows_all_signers = [this] { return complete_.load(); },
                     .keeps_what_others_claim = true,
                     .has_departed = [this](const ObjectKey& key) { return has_departed(key); },
                     .looks_for_renames = true}}});
        if (!running) {
            return running.error();
        }
        running_ = std::move(*running);
        for (const auto& declaration : first->changed) {
            table_.expect(declaration.key);
        }
        has_problems_ = !first->problems.empty();
        take(*first);
        if (first->changed.empty() && first->problems.empty()) {
            console_.complain("note: nothing is declared in " + options_.files.front() +
                              (options_.once ? "\n" : " yet; waiting for manifests\n"));
        }
        return {};
    }

    /// Works until a signal.
    int run() {
        std::jthread work{[this](const std::stop_token& stop) {
            if (!running_->begin(stop)) {
                return;
            }
            show();
            std::jthread pruning;
            if (options_.prune) {
                pruning = std::jthread{[this](const std::stop_token& over) { prune(over); }};
            }
            source_.run(stop, [this](const files::Update& update) { take(update); });
        }};
        while (signals_.wait() != Signals::Woken::Signal) {
        }
        return 0;
    }

    /// Works until every object has settled, or has been given the time of the outage grace.
    int run_once() {
        std::jthread work{[this](const std::stop_token& stop) { running_->begin(stop); }};
        std::optional<steady_clock::time_point> deadline =
            steady_clock::now() + options_.outage_grace;
        while (!table_.settled() && !(table_.complete() && !deadline)) {
            const auto woken = signals_.wait(deadline);
            if (woken == Signals::Woken::Signal) {
                console_.complain("headgate: interrupted\n");
                return 1;
            }
            if (woken == Signals::Woken::Timeout) {
                deadline.reset();
            }
        }
        const bool pruned =
            !options_.prune || has_problems_ || prune({}, steady_clock::now() + kPrunePatience);
        table_.print();
        const int code = exit_code(table_.states(), has_problems_);
        return code == 0 && !pruned ? 1 : code;
    }

private:
    bool prune(const std::stop_token& stop,
               std::optional<steady_clock::time_point> deadline = std::nullopt) {
        PruneLoop loop{options_, *running_, log_, [this](const ObjectState& state, bool settled) {
                           state.over ? table_.note_gone(state) : table_.note(state, settled);
                       }};
        return loop.run(stop, deadline);
    }

    // With --prune the directory is all there is, and who is not in it has gone.
    bool has_departed(const ObjectKey& key) {
        return (options_.prune && complete_) ||
               departed_.with_lock([&](const auto& keys) { return keys.contains(key); });
    }

    void show() {
        if (!options_.once) {
            table_.print_when_complete("watching " + options_.files.front() + ", metrics at " +
                                       running_->url() + "/metrics");
        }
    }

    void take(const files::Update& update) {
        // What cannot be read may declare anything: nobody counts as gone meanwhile.
        complete_ = update.problems.empty();
        complain(update);
        for (const auto& declaration : update.changed) {
            put(declaration);
        }
        for (const auto& declaration : update.moved) {
            put(declaration);
        }
        for (const auto& key : update.gone) {
            remove(key);
        }
    }

    // A problem is told once, until it is gone and comes back.
    void complain(const files::Update& update) {
        std::set<std::string> now;
        for (const auto& problem : update.problems) {
            auto text = files::to_text(problem);
            if (!complained_.contains(text)) {
                log_.error(text);
            }
            now.insert(std::move(text));
        }
        for (const auto& note : update.notes) {
            if (!complained_.contains(note)) {
                log_.info(note);
            }
            now.insert(note);
        }
        if (update.problems.empty() && had_problems_) {
            log_.info("all manifests can be read again");
        }
        had_problems_ = !update.problems.empty();
        for (const auto& key : update.kept) {
            log_.debug("the last good declaration holds", {{"object", resources::to_text(key)}});
        }
        complained_ = std::move(now);
    }

    // Status and finalizers live with the declaration here, not in its file.
    void put(Declaration declaration) {
        departed_.with_lock([&](auto& keys) { keys.erase(declaration.key); });
        if (const auto before = running_->declarations().find(declaration.key);
            before && !before->deleting) {
            declaration.status = before->status;
            declaration.finalizers = before->finalizers;
        }
        running_->runtime().changed(std::move(declaration));
    }

    void remove(const ObjectKey& key) {
        const auto declaration = running_->declarations().find(key);
        if (!declaration) {
            return;
        }
        const auto& desired = declaration->parsed.desired;
        // Not only the finalizer tells: a pass in progress may be about to add it.
        const bool deletes = desired && reconcilers::may_delete_stream(*desired);
        if (!deletes && !declaration->has_finalizer()) {
            depart(key);
            running_->runtime().gone(key);
            table_.note_gone(gone(*declaration,
                                  desired ? "stream " + desired->stream.name.value() + " is kept"
                                          : std::string{"nothing was made of it"}));
            return;
        }
        auto marked = *declaration;
        marked.deleting = true;
        marked.finalizers = {std::string{reconcilers::kFinalizer}};
        running_->runtime().changed(std::move(marked));
    }

    void depart(const ObjectKey& key) {
        departed_.with_lock([&](auto& keys) { keys.insert(key); });
    }

    static ObjectState gone(const Declaration& declaration, std::string message) {
        return ObjectState{.key = declaration.key,
                           .reason = Reason::Deleting,
                           .message = "no longer declared; " + std::move(message),
                           .stream = declaration.parsed.desired
                                         ? declaration.parsed.desired->stream.name.value()
                                         : std::string{},
                           .over = true};
    }

    void passed(const ObjectKey& key, const Pass& pass) {
        const auto declaration = running_->declarations().find(key);
        if (!declaration) {
            return;
        }
        if (declaration->deleting && !declaration->has_finalizer()) {
            depart(key);
            running_->runtime().gone(key);
            table_.note_gone(gone(*declaration,
                                  pass.done.empty()
                                      ? "its stream is not this object's, and is left alone"
                                      : pass.done.front()));
            return;
        }
        const auto& status = declaration->status;
        const bool moving = std::holds_alternative<reconcilers::RecheckAfter>(pass.outcome) &&
                            pass.reason == Reason::Reconciling;
        table_.note(ObjectState{.key = key,
                                .reason = status.reason().value_or(pass.reason),
                                .message = status.reason() ? status.message() : pass.message,
                                .stream = status.stream,
                                .plan = status.plan},
                    !moving && !std::holds_alternative<reconcilers::Retry>(pass.outcome));
        show();
        signals_.wake();
    }

    const Options& options_;
    const Console& console_;
    const Signals& signals_;
    const core::Log& log_;
    LiveTable table_;
    files::DirectorySource source_;
    files::MemoryWriter writer_;
    std::unique_ptr<controller::Metrics> metrics_ = make_metrics();
    std::set<std::string> complained_;
    bool had_problems_ = false;
    bool has_problems_ = false;
    std::atomic<bool> complete_{false};
    /// Declared once while this runs, and not now.
    core::Guarded<std::set<ObjectKey>> departed_;
    std::unique_ptr<Running> running_;
};

}  // namespace

int run_directory(const Options& options, const Console& console) {
    Signals signals;
    const auto log = make_log(options, true);
    DirectoryRun run{options, console, signals, log};
    if (const auto opened = run.open(); !opened) {
        console.complain("headgate: " + opened.error().message + "\n");
        return 1;
    }
    const int code = options.once ? run.run_once() : run.run();
    signals.restore();
    return code;
}

}  // namespace headgate::cli
