#include "reconcilers/reconciler.hpp"

#include <algorithm>
#include <utility>

#include "reconcilers/signature.hpp"
#include "reconcilers/standing.hpp"
#include "reconcilers/steps.hpp"

namespace headgate::reconcilers {

using core::Call;
using core::Error;
using core::ErrorCode;
using core::Result;
using resources::Reason;
using resources::Report;

namespace {

// A move must have settled before what waits for it can go on.
constexpr std::chrono::milliseconds kUnfinishedDelay{2'000};
// What a server refused may be granted later: capacity comes back, other streams go.
constexpr std::chrono::milliseconds kRefusedDelay{60'000};
// Nobody tells when a stream has become empty.
constexpr std::chrono::milliseconds kBlockedDelay{30'000};
// While a server deletes a stream or consumer, it is missing already, but its files are yet to be
// removed, and those of a new one by the same name would go with them (nats-server 2.15).
constexpr std::chrono::milliseconds kSurelyGone{100};

Reason reason_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::InvalidSpec:
            return Reason::InvalidSpec;
        case ErrorCode::Insufficient:
            return Reason::InsufficientResources;
        case ErrorCode::Unsupported:
            return Reason::Unsupported;
        case ErrorCode::Refused:
        case ErrorCode::Forbidden:
        case ErrorCode::Internal:
            return Reason::Rejected;
        case ErrorCode::Unavailable:
        case ErrorCode::OutcomeUnknown:
            return Reason::ConnectionFailed;
        case ErrorCode::NotFound:
        case ErrorCode::AlreadyExists:
        case ErrorCode::Conflict:
        case ErrorCode::Gone:
        case ErrorCode::Cancelled:
            return Reason::Reconciling;
    }
    return Reason::Rejected;
}

Outcome outcome_of(const Error& error) {
    switch (reason_of(error.code)) {
        case Reason::Rejected:
        case Reason::InsufficientResources:
            return RecheckAfter{kRefusedDelay};
        case Reason::InvalidSpec:
        case Reason::Unsupported:
            return GiveUp{error};
        default:
            return Retry{error};
    }
}

Report plain_report(const Declaration& declaration, Reason reason, std::string message) {
    // What it made keeps its name, whatever the declaration says by now.
    const bool made = !declaration.status.created.empty() && !declaration.status.stream.empty();
    return Report{.reason = reason,
                  .message = std::move(message),
                  .stream = declaration.parsed.desired && !made
                                ? declaration.parsed.desired->stream.name.value()
                                : declaration.status.stream,
                  .created = declaration.status.created,
                  .plan = std::nullopt,
                  .consumers = declaration.status.consumers};
}

bool makes_anything(const Decision& decision) {
    return std::any_of(decision.steps.begin(), decision.steps.end(), [](const Step& step) {
        return std::holds_alternative<CreateStream>(step) ||
               std::holds_alternative<CreateConsumer>(step);
    });
}

// Nothing but the server can have changed since the status was written.
bool was_as_declared(const Declaration& declaration, const Rivalry& rivalry) {
    return declaration.status.observed_generation == declaration.generation &&
           (declaration.status.reason() == Reason::Applied || rivalry.ongoing());
}

}  // namespace

Reconciler::Reconciler(jetstream::Api& jetstream,
                       Declarations& declarations,
                       DeclarationWriter& writer,
                       ReconcilerOptions options,
                       Clock clock)
    : jetstream_(jetstream),
      declarations_(declarations),
      writer_(writer),
      options_(std::move(options)),
      clock_(std::move(clock)),
      observer_(jetstream_, declarations_, memory_, options_, clock_) {}

Pass Reconciler::reconcile(const ObjectKey& key, const Call& any, const SnapshotPtr& listed) {
    // What is done is done where it was looked: never on a server that a connection leads to since.
    const auto call = observer_.bound(any);
    const auto seen = listed && listed->epoch == call.epoch ? listed : nullptr;
    const auto declaration = declarations_.find(key);
    if (!declaration) {
        memory_.forget(key);
        return Pass{};
    }
    if (declaration->deleting && !declaration->has_finalizer()) {
        return Pass{};
    }
    if (declaration->deleting && declaration->annotations.force_release) {
        return release(*declaration,
                       call,
                       {"leave what " + resources::to_text(key) + " made (force-release)"});
    }
    if (declaration->annotations.paused) {
        return conclude(*declaration,
                        plain_report(*declaration,
                                     Reason::Paused,
                                     "paused by annotation; nothing is looked at or changed"),
                        Settled{},
                        call);
    }
    if (declaration->deleting) {
        return clean_up(*declaration, call);
    }
    if (seen && seen->settles(*declaration)) {
        return Pass{.outcome = Settled{},
                    .reason = declaration->status.reason().value_or(Reason::Reconciling),
                    .message = declaration->status.message()};
    }
    const Snapshot nothing;
    const bool counts = seen && !seen->is_outdated_for(*declaration);
    const bool unseen = declaration->parsed.desired && observer_.may_go_unseen(*declaration, call);
    auto pass = apply(*declaration, counts ? seen.get() : unseen ? &nothing : nullptr, call);
    if (unseen && std::holds_alternative<Retry>(pass.outcome)) {
        memory_.must_look(key);
    }
    return pass;
}

Result<Decision> Reconciler::assess(const Declaration& declaration, const Call& call) {
    const auto may = declaration.parsed.desired
                         ? options_.may_use(declaration)
                         : core::Status{Error{ErrorCode::InvalidSpec,
                                              fields::describe(declaration.parsed.problems)}};
    if (!may) {
        Decision decision;
        decision.report = plain_report(declaration, Reason::InvalidSpec, may.error().message);
        return decision;
    }
    auto situation = observer_.observe(declaration, call);
    if (!situation) {
        return situation.error();
    }
    observer_.look_for_overlaps(*situation, call);
    return observer_.decide_on(*situation, call);
}

Result<Decision> Reconciler::assess_deletion(const Declaration& declaration, const Call& call) {
    auto removal = assess_removal(jetstream_, declaration, options_.instance, call);
    if (!removal) {
        return removal.error();
    }
    return std::move(removal->decision);
}

Pass Reconciler::apply(const Declaration& declaration, const Snapshot* seen, const Call& call) {
    const auto& desired = declaration.parsed.desired;
    if (!desired) {
        const Error error{ErrorCode::InvalidSpec, fields::describe(declaration.parsed.problems)};
        return conclude(declaration,
                        plain_report(declaration, Reason::InvalidSpec, error.message),
                        GiveUp{error},
                        call);
    }
    const auto rivalry = memory_.rivalry(declaration);
    if (const auto wait = rivalry.wait(clock_.steady());
        wait.count() > 0 && !declaration.is_asked_for()) {
        return conclude(declaration,
                        plain_report(declaration, Reason::Reconciling, rivalry.message()),
                        RecheckAfter{wait},
                        call);
    }
    auto considered = observer_.consider(declaration, seen, call);
    if (!considered) {
        return fail(declaration,
                    plain_report(declaration, Reason::ConnectionFailed, {}),
                    considered.error(),
                    call);
    }
    auto& [situation, decision] = *considered;
    if (const auto wait = until_surely_gone(declaration, decision, rivalry); wait.count() > 0) {
        return Pass{.outcome = RecheckAfter{wait},
                    .reason = declaration.status.reason().value_or(Reason::Reconciling),
                    .message = declaration.status.message()};
    }
    const bool holds =
        !decision.steps.empty() || decision.report.reason == Reason::Applied ||
        (situation.stream && owns(declaration, options_.instance, *situation.stream));
    const bool needs_finalizer =
        may_delete_stream(*desired) && (holds || declaration.has_finalizer());
    const bool writes_finalizer = needs_finalizer != declaration.has_finalizer();
    Error finalizer_error;
    if (!settle_finalizer(declaration, needs_finalizer, finalizer_error, call)) {
        return Pass{.outcome = Retry{finalizer_error},
                    .reason = Reason::Reconciling,
                    .message = finalizer_error.message};
    }
    // That took its time, and what would be lost by now is yet to be asked. A server refuses to
    // make a stream that is there.
    if (writes_finalizer && !decision.steps.empty() &&
        !std::holds_alternative<CreateStream>(decision.steps.front())) {
        auto again = observer_.consider(declaration, nullptr, call);
        if (!again) {
            return fail(declaration,
                        plain_report(declaration, Reason::ConnectionFailed, {}),
                        again.error(),
                        call);
        }
        *considered = std::move(*again);
    }
    std::vector<std::string> done;
    const auto drift =
        was_as_declared(declaration, rivalry) ? drift_of(decision) : std::vector<Drift>{};
    const auto acted = act(declaration, situation, decision, done, call);
    if (!acted && seen != nullptr && !situation.stream && !core::is_outage(acted.error().code) &&
        jetstream_.stream_info(desired->stream.name, call)) {
        // It is there by now, whatever a list told: the next pass looks.
        return Pass{.outcome = Retry{acted.error()},
                    .reason = Reason::Reconciling,
                    .message = acted.error().message,
                    .done = std::move(done)};
    }
    Pass pass;
    if (!acted) {
        auto error = acted.error();
        if (error.code == ErrorCode::Refused) {
            observer_.look_for_overlaps(situation, call);
            decision.warnings = warnings_of(situation);
            error.message += as_suffix(decision.warnings);
        }
        pass = fail(declaration, decision.report, error, call);
    } else {
        Outcome outcome = Settled{};
        if (const auto again = note_drift(declaration, drift);
            again.ongoing() && decision.report.reason == Reason::Applied) {
            decision.report.reason = Reason::Reconciling;
            decision.report.message = again.message();
            outcome = RecheckAfter{again.wait(clock_.steady())};
        } else if (decision.unfinished) {
            outcome = RecheckAfter{kUnfinishedDelay};
        } else if (resources::is_stalled(decision.report.reason)) {
            outcome = GiveUp{Error{ErrorCode::Refused, decision.report.message}};
        }
        pass = conclude(declaration, std::move(decision.report), std::move(outcome), call);
        for (const auto& one : drift) {
            pass.drift.push_back(one.repair);
        }
        if (!done.empty() && !decision.approved.empty()) {
            pass.approved = "plan " + decision.approved + " (" + losses_of(decision.changes) + ")";
        }
    }
    pass.done = std::move(done);
    pass.warnings = std::move(decision.warnings);
    return pass;
}

std::chrono::milliseconds Reconciler::until_surely_gone(const Declaration& declaration,
                                                        const Decision& decision,
                                                        const Rivalry& rivalry) {
    if (!makes_anything(decision) || !was_as_declared(declaration, rivalry)) {
        memory_.nothing_missing(declaration.key);
        return std::chrono::milliseconds{0};
    }
    const auto now = clock_.steady();
    const auto until = memory_.missing_since(declaration.key, now) + kSurelyGone;
    if (until <= now) {
        memory_.nothing_missing(declaration.key);
        return std::chrono::milliseconds{0};
    }
    return std::chrono::ceil<std::chrono::milliseconds>(until - now);
}

void Reconciler::deletion_is_over(const Declaration& declaration) {
    // The servers of a replicated stream delete it each at its own time, and one of them tells.
    const auto& desired = declaration.parsed.desired;
    if (desired && desired->stream.replicas <= 1) {
        memory_.missing_since(declaration.key, clock_.steady() - kSurelyGone);
    }
}

Rivalry Reconciler::note_drift(const Declaration& declaration, const std::vector<Drift>& drift) {
    if (!drift.empty()) {
        memory_.repaired(declaration, clock_.steady(), drift.front().what);
    } else if (memory_.rivalry(declaration).ongoing()) {
        memory_.rivalry_ended(declaration.key);
    }
    return memory_.rivalry(declaration);
}

core::Status Reconciler::act(const Declaration& declaration,
                             const Situation& situation,
                             Decision& decision,
                             std::vector<std::string>& done,
                             const Call& call) {
    Carried carried;
    const auto acted = carry_out(jetstream_, situation, decision.steps, carried, call);
    done = std::move(carried.done);
    memory_.learn(declaration, carried.residue);
    if (!decision.steps.empty()) {
        memory_.was_refused(declaration, carried.refused);
    }
    if (acted && !decision.approved.empty()) {
        memory_.spend(declaration.key, decision.approved);
    }
    if (!carried.created.empty()) {
        decision.report.created = carried.created;
    }
    if (!acted || decision.steps.empty() || decision.unfinished) {
        return acted;
    }
    // What the server did not keep shows at once, not at the next pass.
    if (!memory_.residue(declaration).empty()) {
        const auto seen = observer_.observe(declaration, call);
        if (!seen) {
            return seen.error();
        }
        const auto created = decision.report.created;
        auto again = decide(*seen);
        if (again.steps.empty()) {
            decision.report = std::move(again.report);
            decision.report.created = created;
        }
    }
    return {};
}

bool Reconciler::is_claimed_by_another(const Declaration& declaration) const {
    const auto& desired = declaration.parsed.desired;
    if (!desired) {
        return false;
    }
    const auto claimants = declarations_.claimants(desired->stream.name);
    return std::any_of(claimants.begin(), claimants.end(), [&](const auto& claimant) {
        return claimant->key != declaration.key && !claimant->deleting;
    });
}

Result<Removal> Reconciler::remove(const Declaration& declaration, const Call& call) {
    if (auto may = options_.may_use(declaration); !may) {
        return may.error();
    }
    if (options_.keeps_what_others_claim && is_claimed_by_another(declaration)) {
        Removal kept;
        kept.decision.report = plain_report(declaration, Reason::Deleting, "handed over");
        kept.done = {"keep stream " + kept.decision.report.stream +
                     ", which another declaration claims"};
        return kept;
    }
    auto removal = assess_removal(jetstream_, declaration, options_.instance, call);
    if (!removal) {
        return removal.error();
    }
    if (auto carried = carry_out(jetstream_, *removal, call); !carried) {
        return carried.error();
    }
    return removal;
}

Pass Reconciler::clean_up(const Declaration& declaration, const Call& call) {
    auto removal = remove(declaration, call);
    if (!removal) {
        return fail(
            declaration, plain_report(declaration, Reason::Deleting, {}), removal.error(), call);
    }
    auto& report = removal->decision.report;
    if (report.reason != Reason::DeletionBlocked) {
        auto pass = release(declaration, call, std::move(removal->done));
        pass.dropped = removal->stream ? removal->stream->state.messages : 0;
        return pass;
    }
    // How much it holds moves all the time; the status tells it as of its writing.
    if (declaration.status.reason() == Reason::DeletionBlocked) {
        report.message = declaration.status.message();
    } else {
        report.message += "; to leave it as it is, annotate " +
                          std::string{kForceReleaseAnnotation} + ": \"true\"";
    }
    return conclude(declaration, std::move(report), RecheckAfter{kBlockedDelay}, call);
}

Pass Reconciler::prune(const Declaration& orphan, const Call& call) {
    auto removal = remove(orphan, observer_.bound(call));
    if (!removal) {
        return Pass{.outcome = Retry{removal.error()},
                    .reason = core::is_outage(removal.error().code) ? Reason::ConnectionFailed
                                                                    : Reason::Rejected,
                    .message = removal.error().message};
    }
    auto& report = removal->decision.report;
    Pass pass{.reason = report.reason,
              .message = std::move(report.message),
              .done = std::move(removal->done)};
    if (report.reason == Reason::DeletionBlocked) {
        pass.outcome = RecheckAfter{kBlockedDelay};
    }
    return pass;
}

Pass Reconciler::release(const Declaration& declaration,
                         const Call& call,
                         std::vector<std::string> done) {
    memory_.forget(declaration.key);
    const auto finalizers = writer_.remove_finalizer(declaration, call);
    if (!finalizers && finalizers.error().code != ErrorCode::NotFound) {
        return Pass{.outcome = Retry{finalizers.error()},
                    .reason = Reason::Deleting,
                    .message = finalizers.error().message,
                    .done = std::move(done)};
    }
    if (finalizers) {
        declarations_.note_finalizers(declaration, *finalizers);
    }
    return Pass{.outcome = Settled{},
                .reason = Reason::Deleting,
                .message = "released",
                .done = std::move(done)};
}

bool Reconciler::settle_finalizer(const Declaration& declaration,
                                  bool needed,
                                  Error& error,
                                  const Call& call) {
    if (needed == declaration.has_finalizer()) {
        return true;
    }
    const auto finalizers = needed ? writer_.add_finalizer(declaration, call)
                                   : writer_.remove_finalizer(declaration, call);
    if (!finalizers) {
        error =
            core::with_context(needed ? "add finalizer" : "remove finalizer", finalizers.error());
        return false;
    }
    declarations_.note_finalizers(declaration, *finalizers);
    return true;
}

Pass Reconciler::fail(const Declaration& declaration,
                      Report report,
                      const Error& error,
                      const Call& call) {
    if (error.code == ErrorCode::Cancelled) {
        return Pass{.outcome = Settled{},
                    .reason = declaration.status.reason().value_or(Reason::Reconciling),
                    .message = error.message};
    }
    const auto reason = reason_of(error.code);
    const bool quiet =
        reason == Reason::Reconciling || (core::is_outage(error.code) && within_grace(declaration));
    if (quiet) {
        return Pass{
            .outcome = Retry{error}, .reason = Reason::Reconciling, .message = error.message};
    }
    report.reason = declaration.deleting ? Reason::Deleting : reason;
    report.message = error.message;
    report.plan.reset();
    for (auto& consumer : report.consumers) {
        consumer.ready = false;
        consumer.reason = std::string{core::name_of(report.reason)};
    }
    return conclude(declaration, std::move(report), outcome_of(error), call);
}

bool Reconciler::within_grace(const Declaration& declaration) {
    const auto was = declaration.status.reason();
    const auto now = clock_.steady();
    const auto since = memory_.outage_since(declaration.key, now);
    // What the status says holds for as long, Ready or not: a short outage rewrites nothing.
    return was && *was != Reason::ConnectionFailed && now - since < options_.outage_grace;
}

Pass Reconciler::conclude(const Declaration& declaration,
                          Report report,
                          Outcome outcome,
                          const Call& call) {
    if (report.reason != Reason::ConnectionFailed && report.reason != Reason::InvalidSpec &&
        report.reason != Reason::Paused) {
        memory_.outage_ended(declaration.key);
    }
    Pass pass{.outcome = std::move(outcome), .reason = report.reason, .message = report.message};
    const auto now = core::format_time(std::chrono::floor<std::chrono::seconds>(clock_.wall()));
    auto status = resources::to_status(
        report, declaration.status, declaration.generation, declaration.annotations.reconcile, now);
    if (status == declaration.status) {
        return pass;
    }
    const auto written = writer_.write_status(declaration, status, call);
    if (!written) {
        if (written.error().code == ErrorCode::NotFound) {
            return pass;
        }
        pass.outcome = Retry{core::with_context("write status", written.error())};
        return pass;
    }
    pass.reason_before = declaration.status.reason();
    pass.reason_changed = pass.reason_before != report.reason;
    declarations_.note_status(declaration, std::move(status));
    return pass;
}

}  // namespace headgate::reconcilers
