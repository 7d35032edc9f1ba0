// The one flow of both kinds: observe, decide, act, report. Level-based: it is told which
// declaration to look at, never what happened, and may be run again at any time. Thread-safe; the
// caller sees to it that one key is never reconciled twice at a time.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "core/call.hpp"
#include "core/result.hpp"
#include "core/units.hpp"
#include "jetstream/api.hpp"
#include "reconcilers/declarations.hpp"
#include "reconcilers/drift.hpp"
#include "reconcilers/made_before.hpp"
#include "reconcilers/memory.hpp"
#include "reconcilers/plan.hpp"
#include "reconcilers/removal.hpp"
#include "reconcilers/snapshot.hpp"

namespace headgate::reconcilers {

/// Nothing more to do until something changes.
struct Settled {};

/// To be looked at again after a while, without there being an error.
struct RecheckAfter {
    std::chrono::milliseconds delay;
};

/// Failed; to be tried again with backoff.
struct Retry {
    core::Error error;
};

/// Failed in a way that trying again does not change.
struct GiveUp {
    core::Error error;
};

using Outcome = std::variant<Settled, RecheckAfter, Retry, GiveUp>;

/// What one pass did, for the queue, the metrics and the log.
struct Pass {
    Outcome outcome = Settled{};
    resources::Reason reason = resources::Reason::Reconciling;
    /// The message of the status, as far as a pass came to one.
    std::string message;
    /// At the end of the message already.
    std::vector<Warning> warnings;
    /// "created stream ORDERS", "updated consumer worker of ORDERS".
    std::vector<std::string> done;
    /// What had been as declared, was not any more, and is again: "maxAge 2h -> 1h", "stream ORDERS
    /// was deleted; made again".
    std::vector<std::string> drift;
    /// The status was written, with another reason than before.
    bool reason_changed = false;
    /// With reason_changed, what it said before; none: nothing yet.
    std::optional<resources::Reason> reason_before{};
    /// The approved plan that this pass carried out: "plan 1f2e (maxMessages nothing -> 2: drops 3
    /// messages)"; empty: none.
    std::string approved{};
};

/// InvalidSpec where the declaration names a connection.
[[nodiscard]] core::Status only_without_connection(const Declaration& declaration);

struct ReconcilerOptions {
    std::string instance = "headgate";
    /// 0: no cap.
    int replica_limit = 0;
    /// How long what a status says stands while the server cannot be reached.
    std::chrono::milliseconds outage_grace{30'000};
    /// Takes over unsigned assets, whatever the policy.
    bool adopt = false;
    /// Hashes of plans that may lose what they say.
    std::set<std::string> approvals;
    /// An object that is not among the declarations does not exist: only where they are all there
    /// are, and complete.
    std::function<bool()> knows_all_signers = [] { return true; };
    /// An asset that another declaration claims is not deleted with the one that goes: in a
    /// directory a declaration that is renamed goes, and comes as another.
    bool keeps_what_others_claim = false;
    /// What this signer made goes to whoever claims it now: it was declared, and is not any more.
    std::function<bool(const ObjectKey&)> has_departed = [](const ObjectKey&) { return false; };
    /// Whether the declaration may be about the server this is for. InvalidSpec: it names a
    /// connection, and must not. By default all that name one: only the operator knows others.
    std::function<core::Status(const Declaration&)> may_use = only_without_connection;
    /// A declaration, wherever it is kept; by default among this reconciler's own.
    std::function<DeclarationPtr(const ObjectKey&)> find_anywhere{};
    /// Tells by the signatures on the server whether a declaration was given another stream's name.
    /// Where a Kubernetes API keeps the declarations, a rule of its own tells.
    bool looks_for_renames = false;
};

/// Injected time, so that tests decide what it is.
struct Clock {
    std::function<std::chrono::steady_clock::time_point()> steady = [] {
        return std::chrono::steady_clock::now();
    };
    std::function<core::Timestamp()> wall = [] {
        return std::chrono::time_point_cast<std::chrono::nanoseconds>(
            std::chrono::system_clock::now());
    };
};

class Reconciler {
public:
    Reconciler(jetstream::Api& jetstream,
               Declarations& declarations,
               DeclarationWriter& writer,
               ReconcilerOptions options,
               Clock clock = {});

    /// Makes it so, one declaration. `seen`, where there is one, spares the look at its stream for
    /// as long as nothing is to be done: it must not be older than what the declaration became, or
    /// what was heard of the stream.
    [[nodiscard]] Pass reconcile(const ObjectKey& key,
                                 const core::Call& call,
                                 const SnapshotPtr& seen = nullptr);

    /// The streams of all declarations at once, by a list. Null where it costs less to look at each
    /// alone: few are declared, or most are not. Errors as list_streams.
    [[nodiscard]] core::Result<SnapshotPtr> snapshot(const core::Call& call);

    /// The server has told that it is done with deleting the declaration's stream or one of its
    /// consumers: what is missing by now may be made anew at once. Any thread.
    void deletion_is_over(const Declaration& declaration);

    /// Only what would be done; writes nothing, anywhere. The declaration's own flaws (InvalidSpec)
    /// and refusals are decisions; an error means that the server could not be asked.
    [[nodiscard]] core::Result<Decision> assess(const Declaration& declaration,
                                                const core::Call& call);

    /// What deleting the declaration would do to its stream, as Removal::decision says it.
    [[nodiscard]] core::Result<Decision> assess_deletion(const Declaration& declaration,
                                                         const core::Call& call);

    /// Handles what an object made that nobody declares any more (reconcilers/prune), by its
    /// deletion policy. Settled: done, or kept; the message says which.
    [[nodiscard]] Pass prune(const Declaration& orphan, const core::Call& call);

private:
    /// Over the connection there is now, and no other.
    [[nodiscard]] core::Call bound(core::Call call) const;

    struct Considered {
        Situation situation;
        Decision decision;
    };

    /// Puts it into the snapshot, as settled where it is.
    void glance(jetstream::StreamInfo stream, Snapshot& snapshot, const core::Call& call);
    /// `seen`: the declaration's stream and no other.
    [[nodiscard]] bool needs_nothing(const Declaration& declaration,
                                     const Snapshot& seen,
                                     const core::Call& call);
    core::Result<Situation> observe(const Declaration& declaration,
                                    const core::Call& call,
                                    const Snapshot* seen = nullptr);
    core::Result<std::optional<jetstream::StreamInfo>> look(const jetstream::StreamName& stream,
                                                            const Snapshot* seen,
                                                            const core::Call& call);
    core::Status follow_origin(Situation& situation, const core::Call& call);
    core::Result<Decision> decide_on(Situation& situation, const core::Call& call);
    core::Result<Considered> consider(const Declaration& declaration,
                                      const Snapshot* seen,
                                      const core::Call& call);
    void look_for_overlaps(Situation& situation, const core::Call& call);
    template <class Settings>
    void note_signer(const Settings& settings, Situation& situation) const;
    core::Status look_for_rename(Situation& situation, const core::Call& call);
    Pass apply(const Declaration& declaration, const Snapshot* seen, const core::Call& call);
    std::chrono::milliseconds until_surely_gone(const Declaration& declaration,
                                                const Decision& decision,
                                                const Rivalry& rivalry);
    Rivalry note_drift(const Declaration& declaration, const std::vector<Drift>& drift);
    core::Result<Removal> remove(const Declaration& declaration, const core::Call& call);
    Pass clean_up(const Declaration& declaration, const core::Call& call);
    Pass release(const Declaration& declaration,
                 const core::Call& call,
                 std::vector<std::string> done);
    core::Status act(const Declaration& declaration,
                     const Situation& situation,
                     Decision& decision,
                     std::vector<std::string>& done,
                     const core::Call& call);
    Pass conclude(const Declaration& declaration,
                  resources::Report report,
                  Outcome outcome,
                  const core::Call& call);
    Pass fail(const Declaration& declaration,
              resources::Report report,
              const core::Error& error,
              const core::Call& call);
    bool within_grace(const Declaration& declaration);
    bool settle_finalizer(const Declaration& declaration,
                          bool needed,
                          core::Error& error,
                          const core::Call& call);
    [[nodiscard]] std::optional<ObjectKey> rival_of(const Declaration& declaration,
                                                    const resources::Desired& desired) const;
    [[nodiscard]] bool is_claimed_by_another(const Declaration& declaration) const;

    jetstream::Api& jetstream_;
    Declarations& declarations_;
    DeclarationWriter& writer_;
    ReconcilerOptions options_;
    Clock clock_;
    Memory memory_;
    MadeBefore made_before_;
};

}  // namespace headgate::reconcilers
