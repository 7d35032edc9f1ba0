// The one flow of both kinds: observe, decide, act, report. Level-based: it is told which
// declaration to look at, never what happened, and may be run again at any time. Thread-safe; the
// caller sees to it that one key is never reconciled twice at a time.
#pragma once

#include <chrono>
#include <cstdint>
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
#include "reconcilers/memory.hpp"
#include "reconcilers/observer.hpp"
#include "reconcilers/options.hpp"
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
    /// Messages that went with a stream that was deleted.
    std::uint64_t dropped = 0;
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
    [[nodiscard]] core::Result<SnapshotPtr> snapshot(const core::Call& call) {
        return observer_.snapshot(call);
    }

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
    [[nodiscard]] bool is_claimed_by_another(const Declaration& declaration) const;

    jetstream::Api& jetstream_;
    Declarations& declarations_;
    DeclarationWriter& writer_;
    ReconcilerOptions options_;
    Clock clock_;
    Memory memory_;
    Observer observer_;
};

}  // namespace headgate::reconcilers
