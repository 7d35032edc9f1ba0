#include "reconcilers/reconciler.hpp"

#include <algorithm>
#include <utility>

#include "jetstream/compare.hpp"
#include "reconcilers/evidence.hpp"
#include "reconcilers/replica_limit.hpp"
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
// Fewer streams are looked at one by one; so are all where a list would mostly be about others. A
// page of a list has 256.
constexpr std::size_t kFewestListed = 8;
constexpr std::size_t kMostListedForOne = 4;
constexpr std::size_t kPage = 256;

bool is_outage(ErrorCode code) {
    return code == ErrorCode::Unavailable || code == ErrorCode::OutcomeUnknown;
}

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

// What was seen of a stream suffices where there is nothing to do and nothing new to say. To make a
// stream needs no second look either: a server refuses to, where there is one that differs.
bool suffices(const Declaration& declaration, const Decision& decision) {
    if (!decision.open.empty()) {
        return false;
    }
    if (!decision.steps.empty()) {
        return std::holds_alternative<CreateStream>(decision.steps.front());
    }
    const auto reason = decision.report.reason;
    return reason == Reason::Applied || reason == Reason::Observed ||
           reason == declaration.status.reason();
}

bool makes_anything(const Decision& decision) {
    return std::any_of(decision.steps.begin(), decision.steps.end(), [](const Step& step) {
        return std::holds_alternative<CreateStream>(step) ||
               std::holds_alternative<CreateConsumer>(step);
    });
}

// Somebody wants it to be looked at now.
bool is_asked_for(const Declaration& declaration) {
    return declaration.annotations.reconcile != declaration.status.last_handled_reconcile_at;
}

// Nothing but the server can have changed since the status was written.
bool was_as_declared(const Declaration& declaration, const Rivalry& rivalry) {
    return declaration.status.observed_generation == declaration.generation &&
           (declaration.status.reason() == Reason::Applied || rivalry.ongoing());
}

}  // namespace

core::Status only_without_connection(const Declaration& declaration) {
    const auto& desired = declaration.parsed.desired;
    if (!desired || !desired->policies.connection) {
        return {};
    }
    return Error{ErrorCode::InvalidSpec,
                 "spec.connection: only `headgate controller` knows NatsConnections; everything "
                 "else goes where its own flags lead, and would make it there"};
}

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
      made_before_(jetstream, options_.instance) {}

Pass Reconciler::reconcile(const ObjectKey& key, const Call& any, const SnapshotPtr& listed) {
    // What is done is done where it was looked: never on a server that a connection leads to since.
    const auto call = bound(any);
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
    const bool counts = seen && !seen->is_outdated_for(*declaration);
    return apply(*declaration, counts ? seen.get() : nullptr, call);
}

Call Reconciler::bound(Call call) const {
    call.epoch = jetstream_.epoch();
    return call;
}

Result<SnapshotPtr> Reconciler::snapshot(const Call& any) {
    const auto call = bound(any);
    const auto declared = [this] {
        const auto all = declarations_.all();
        return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](const auto& one) {
            return one->parsed.desired.has_value();
        }));
    }();
    if (declared < kFewestListed) {
        return SnapshotPtr{};
    }
    const auto server = jetstream_.server_info(call);
    if (!server) {
        return server.error();
    }
    if (server->streams > kMostListedForOne * declared + kPage) {
        return SnapshotPtr{};
    }
    const auto snapshot = std::make_shared<Snapshot>();
    snapshot->epoch = *call.epoch;
    const auto read = jetstream_.visit_streams(
        [&](std::vector<jetstream::StreamInfo> page) {
            for (auto& stream : page) {
                glance(std::move(stream), *snapshot, call);
            }
        },
        call);
    if (!read) {
        return read.error();
    }
    auto& settled = snapshot->settled;
    std::sort(settled.begin(), settled.end(), [](const auto& left, const auto& right) {
        return Snapshot::stream_of(left) < Snapshot::stream_of(right);
    });
    // Told twice: the list changed while it was read.
    std::erase_if(settled, [&](const auto& declaration) {
        return snapshot->streams.contains(Snapshot::stream_of(declaration));
    });
    return SnapshotPtr{snapshot};
}

void Reconciler::glance(jetstream::StreamInfo stream, Snapshot& snapshot, const Call& call) {
    const auto name = stream.settings.name;
    const auto naming = declarations_.naming(name);
    if (naming.empty()) {
        return;
    }
    snapshot.streams.erase(name);
    Snapshot alone;
    alone.streams.emplace(name, std::move(stream));
    if (std::all_of(naming.begin(), naming.end(), [&](const auto& declaration) {
            return needs_nothing(*declaration, alone, call);
        })) {
        snapshot.settled.insert(snapshot.settled.end(), naming.begin(), naming.end());
    } else {
        snapshot.streams.merge(alone.streams);
    }
}

// What a pass would find, for the objects that most are: without consumers, in order, and nothing
// known of them that a pass would have to bear in mind. Asks the server nothing.
bool Reconciler::needs_nothing(const Declaration& declaration,
                               const Snapshot& seen,
                               const Call& call) {
    const auto& status = declaration.status;
    const auto& desired = declaration.parsed.desired;
    if (!desired || jetstream::followed_origin(desired->stream) != nullptr ||
        declaration.deleting || declaration.annotations.paused || status.created.empty() ||
        seen.streams.begin()->second.state.consumers > 0 ||
        may_delete_stream(*desired) != declaration.has_finalizer() ||
        memory_.bears_in_mind(declaration.key)) {
        return false;
    }
    const auto situation = observe(declaration, call, &seen);
    if (!situation) {
        return false;
    }
    const auto decision = decide(*situation);
    return decision.steps.empty() && decision.open.empty() && !decision.unfinished &&
           resources::ready(decision.report.reason) == resources::Truth::True &&
           resources::to_status(decision.report,
                                status,
                                declaration.generation,
                                declaration.annotations.reconcile,
                                {}) == status;
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
    auto situation = observe(declaration, call);
    if (!situation) {
        return situation.error();
    }
    look_for_overlaps(*situation, call);
    return decide_on(*situation, call);
}

Result<Decision> Reconciler::assess_deletion(const Declaration& declaration, const Call& call) {
    auto removal = assess_removal(jetstream_, declaration, options_.instance, call);
    if (!removal) {
        return removal.error();
    }
    return std::move(removal->decision);
}

Result<std::optional<jetstream::StreamInfo>> Reconciler::look(const jetstream::StreamName& stream,
                                                              const Snapshot* seen,
                                                              const Call& call) {
    using Found = std::optional<jetstream::StreamInfo>;
    if (seen != nullptr) {
        const auto found = seen->streams.find(stream);
        return found == seen->streams.end() ? Found{} : Found{found->second};
    }
    auto info = jetstream_.stream_info(stream, call);
    if (!info && info.error().code != ErrorCode::NotFound) {
        return info.error();
    }
    return info ? Found{std::move(*info)} : Found{};
}

Result<Situation> Reconciler::observe(const Declaration& declaration,
                                      const Call& call,
                                      const Snapshot* seen) {
    if (auto may = options_.may_use(declaration); !may) {
        return may.error();
    }
    Situation situation{.declaration = &declaration,
                        .desired = *declaration.parsed.desired,
                        .instance = options_.instance,
                        .adopt = options_.adopt,
                        .approvals = options_.approvals,
                        .spent = memory_.spent(declaration.key),
                        .residue = memory_.residue(declaration),
                        .refused = {},
                        .now = clock_.wall()};
    if (!is_asked_for(declaration)) {
        situation.refused = memory_.refused(declaration);
    }
    situation.limited = limit_replicas(situation.desired, options_.replica_limit);
    auto server = jetstream_.server_info(call);
    if (!server) {
        return server.error();
    }
    situation.server = std::move(*server);
    auto looked = look(situation.desired.stream.name, seen, call);
    if (!looked) {
        return looked.error();
    }
    if (auto& stream = *looked) {
        if (stream->state.consumers > 0) {
            auto consumers = jetstream_.list_consumers(situation.desired.stream.name, call);
            if (!consumers) {
                return consumers.error();
            }
            situation.consumers = std::move(*consumers);
        }
        note_signer(stream->settings, situation);
        for (const auto& consumer : situation.consumers) {
            note_signer(consumer.settings, situation);
        }
        situation.now = stream->observed_at.value_or(situation.now);
        situation.stream = std::move(*stream);
    }
    if (auto followed = follow_origin(situation, call); !followed) {
        return followed.error();
    }
    situation.rival = rival_of(declaration, situation.desired);
    if (auto renamed = look_for_rename(situation, call); !renamed) {
        return renamed.error();
    }
    return situation;
}

// Only the origin tells whether a mirror's direct reads are its own or left over from an earlier
// declaration.
core::Status Reconciler::follow_origin(Situation& situation, const Call& call) {
    auto& desired = situation.desired.stream;
    const auto* const origin = jetstream::followed_origin(desired);
    if (origin == nullptr) {
        return {};
    }
    const auto info = jetstream_.stream_info(jetstream::StreamName{origin->name}, call);
    if (info) {
        desired.mirror_direct = info->settings.allow_direct;
    } else if (is_outage(info.error().code)) {
        return info.error();
    } else if (info.error().code != ErrorCode::NotFound && situation.stream) {
        desired.mirror_direct = situation.stream->settings.mirror_direct;
    }
    return {};
}

// Where something would be lost, the server is asked how much before anything is said or done.
Result<Decision> Reconciler::decide_on(Situation& situation, const Call& call) {
    auto decision = decide(situation);
    if (decision.open.empty()) {
        return decision;
    }
    auto evidence = gather(
        jetstream_,
        {.stream = *situation.stream, .desired = situation.desired.stream, .now = situation.now},
        decision.open,
        call);
    if (!evidence) {
        return core::with_context("estimate what would be lost", evidence.error());
    }
    situation.evidence = std::move(*evidence);
    return decide(situation);
}

Result<Reconciler::Considered> Reconciler::consider(const Declaration& declaration,
                                                    const Snapshot* seen,
                                                    const Call& call) {
    if (seen != nullptr) {
        auto situation = observe(declaration, call, seen);
        if (!situation) {
            return situation.error();
        }
        auto decision = decide(*situation);
        if (suffices(declaration, decision)) {
            return Considered{std::move(*situation), std::move(decision)};
        }
    }
    auto situation = observe(declaration, call);
    if (!situation) {
        return situation.error();
    }
    auto decision = decide_on(*situation, call);
    if (!decision) {
        return decision.error();
    }
    return Considered{std::move(*situation), std::move(*decision)};
}

// Not part of every look: it costs the server a walk over all its streams. Without an answer there
// is no warning, and nothing else depends on it.
void Reconciler::look_for_overlaps(Situation& situation, const Call& call) {
    const auto subjects_of = [&](const jetstream::StreamSettings& settings) {
        return jetstream::as_stored(settings, {}, situation.server.level).subjects;
    };
    const auto subjects = subjects_of(situation.desired.stream);
    const auto held =
        situation.stream ? situation.stream->settings.subjects : std::vector<std::string>{};
    for (const auto& subject : subjects) {
        if (std::find(held.begin(), held.end(), subject) != held.end()) {
            continue;
        }
        auto names = jetstream_.stream_names(subject, call);
        if (!names) {
            return;
        }
        std::erase(*names, situation.desired.stream.name);
        if (!names->empty()) {
            situation.overlapping.emplace(subject, std::move(*names));
        }
    }
}

template <class Settings>
void Reconciler::note_signer(const Settings& settings, Situation& situation) const {
    const auto seen = strip(settings);
    if (!seen.signature || seen.signature->instance != options_.instance) {
        return;
    }
    const auto signer = signing_object(*seen.signature);
    const auto find = [this](const ObjectKey& key) {
        return options_.find_anywhere ? options_.find_anywhere(key) : declarations_.find(key);
    };
    const auto declared = signer ? find(*signer) : nullptr;
    const bool leaves = declared && declared->deleting && options_.keeps_what_others_claim;
    if (leaves || (signer && !declared && options_.has_departed(*signer))) {
        situation.handed_over.insert(seen.signature->signer());
    } else if (!declared && options_.knows_all_signers()) {
        situation.gone_signers.insert(seen.signature->signer());
    }
}

core::Status Reconciler::look_for_rename(Situation& situation, const Call& call) {
    const auto& declaration = *situation.declaration;
    const auto& name = situation.desired.stream.name;
    const auto& status = declaration.status;
    if (situation.desired.policies.management == resources::ManagementPolicy::Observe) {
        return {};
    }
    if (!status.created.empty()) {
        if (!status.stream.empty() && status.stream != name.value()) {
            situation.made_before = jetstream::StreamName{status.stream};
        }
        return {};
    }
    if (!options_.looks_for_renames ||
        (situation.stream && owns(declaration, options_.instance, *situation.stream))) {
        return {};
    }
    auto other = made_before_.other_than(name, declaration.key, call);
    if (!other) {
        return other.error();
    }
    situation.made_before = std::move(*other);
    return {};
}

// The stream's signer goes before age, but a stream that this object signed never gets here.
std::optional<ObjectKey> Reconciler::rival_of(const Declaration& declaration,
                                              const resources::Desired& desired) const {
    for (const auto& claimant : declarations_.claimants(desired.stream.name)) {
        if (claimant->key == declaration.key) {
            return std::nullopt;
        }
        if (!claimant->deleting || !options_.keeps_what_others_claim) {
            return claimant->key;
        }
    }
    return std::nullopt;
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
        wait.count() > 0 && !is_asked_for(declaration)) {
        return conclude(declaration,
                        plain_report(declaration, Reason::Reconciling, rivalry.message()),
                        RecheckAfter{wait},
                        call);
    }
    auto considered = consider(declaration, seen, call);
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
        auto again = consider(declaration, nullptr, call);
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
    Pass pass;
    if (!acted) {
        auto error = acted.error();
        if (error.code == ErrorCode::Refused) {
            look_for_overlaps(situation, call);
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
        const auto seen = observe(declaration, call);
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
        return release(declaration, call, std::move(removal->done));
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
    auto removal = remove(orphan, bound(call));
    if (!removal) {
        return Pass{
            .outcome = Retry{removal.error()},
            .reason = is_outage(removal.error().code) ? Reason::ConnectionFailed : Reason::Rejected,
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
        reason == Reason::Reconciling || (is_outage(error.code) && within_grace(declaration));
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
