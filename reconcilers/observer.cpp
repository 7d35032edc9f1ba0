#include "reconcilers/observer.hpp"

#include <algorithm>
#include <utility>

#include "jetstream/compare.hpp"
#include "reconcilers/evidence.hpp"
#include "reconcilers/removal.hpp"
#include "reconcilers/replica_limit.hpp"
#include "reconcilers/signature.hpp"
#include "reconcilers/standing.hpp"

namespace headgate::reconcilers {

using core::Call;
using core::ErrorCode;
using core::Result;
using resources::Reason;

namespace {

// Fewer streams are looked at one by one; so are all where a list would mostly be about others. A
// page of a list has 256.
constexpr std::size_t kFewestListed = 8;
constexpr std::size_t kMostListedForOne = 4;
constexpr std::size_t kPage = 256;

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

std::size_t hash_of(const jetstream::StreamName& name) {
    return std::hash<std::string>{}(name.value());
}

}  // namespace

bool Observer::Known::has(const jetstream::StreamName& stream) const {
    return std::binary_search(names.begin(), names.end(), hash_of(stream));
}

std::shared_ptr<const Observer::Known> Observer::last_known() const {
    return known_.with_lock([](const auto& known) { return known; });
}

Observer::Observer(jetstream::Api& jetstream,
                   const Declarations& declarations,
                   const Memory& memory,
                   const ReconcilerOptions& options,
                   const Clock& clock)
    : jetstream_(jetstream),
      declarations_(declarations),
      memory_(memory),
      options_(options),
      clock_(clock),
      made_before_(jetstream, options.instance) {}

Call Observer::bound(Call call) const {
    call.epoch = jetstream_.epoch();
    return call;
}

Result<SnapshotPtr> Observer::snapshot(const Call& any) {
    const auto call = bound(any);
    // What no list confirms any more is not gone by.
    const auto known = known_.with_lock([](auto& value) { return std::exchange(value, nullptr); });
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
    const Settlements none;
    const auto& before =
        known && known->epoch == *call.epoch && known->is_of(*server) ? known->settled : none;
    const auto snapshot = std::make_shared<Snapshot>();
    snapshot->epoch = *call.epoch;
    std::vector<std::size_t> names;
    const auto read = jetstream_.visit_streams(
        [&](const jetstream::ListedStream& stream) {
            names.push_back(hash_of(stream.name));
            return pass_over(stream, before, *snapshot);
        },
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
    std::sort(settled.begin(), settled.end(), [](const Settlement& left, const Settlement& right) {
        return left.stream() < right.stream();
    });
    // Told twice: the list changed while it was read.
    std::erase_if(settled,
                  [&](const Settlement& one) { return snapshot->streams.contains(one.stream()); });
    std::sort(names.begin(), names.end());
    known_.with_lock([&](auto& value) {
        value = std::make_shared<const Known>(
            Known{*call.epoch, *server, snapshot->settled, std::move(names)});
    });
    return SnapshotPtr{snapshot};
}

// What was in order stays so for as long as nothing that goes into it changes.
bool Observer::pass_over(const jetstream::ListedStream& stream,
                         const Settlements& before,
                         Snapshot& snapshot) const {
    const auto naming = declarations_.naming(stream.name);
    const auto settled = about(before, stream.name);
    const auto holds = [&](const DeclarationPtr& declaration) {
        return !memory_.bears_in_mind(declaration->key) && options_.may_use(*declaration) &&
               std::any_of(settled.begin(), settled.end(), [&](const Settlement& one) {
                   return one.declaration == declaration && one.fingerprint == stream.fingerprint;
               });
    };
    if (naming.size() != settled.size() || stream.consumers > 0 ||
        !std::all_of(naming.begin(), naming.end(), holds)) {
        return naming.empty();
    }
    snapshot.streams.erase(stream.name);
    snapshot.settled.insert(snapshot.settled.end(), settled.begin(), settled.end());
    return true;
}

void Observer::glance(jetstream::StreamInfo stream, Snapshot& snapshot, const Call& call) {
    const auto name = stream.settings.name;
    const auto fingerprint = stream.fingerprint;
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
        for (const auto& declaration : naming) {
            snapshot.settled.push_back({declaration, fingerprint});
        }
    } else {
        snapshot.streams.merge(alone.streams);
    }
}

// What a pass would find, for the objects that most are: without consumers, in order, and nothing
// known of them that a pass would have to bear in mind. Asks the server nothing.
bool Observer::needs_nothing(const Declaration& declaration,
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

// Not where a finalizer goes first, for a stream that may be another's by now. Servers before 2.10
// do not refuse a consumer that is there, they change it.
bool Observer::may_go_unseen(const Declaration& declaration, const Call& call) {
    const auto& desired = *declaration.parsed.desired;
    if (declaration.status != resources::ObjectStatus{} || may_delete_stream(desired) ||
        memory_.has_to_look(declaration.key)) {
        return false;
    }
    const auto known = last_known();
    if (!known || known->epoch != call.epoch || known->has(desired.stream.name)) {
        return false;
    }
    const auto server = jetstream_.server_info(call);
    return server && (desired.consumers.empty() || server->level >= jetstream::kServer2_10);
}

Result<std::optional<jetstream::StreamInfo>> Observer::look(const jetstream::StreamName& stream,
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

Result<Situation> Observer::observe(const Declaration& declaration,
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
    if (!declaration.is_asked_for()) {
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
core::Status Observer::follow_origin(Situation& situation, const Call& call) {
    auto& desired = situation.desired.stream;
    const auto* const origin = jetstream::followed_origin(desired);
    if (origin == nullptr) {
        return {};
    }
    const auto info = jetstream_.stream_info(jetstream::StreamName{origin->name}, call);
    if (info) {
        desired.mirror_direct = info->settings.allow_direct;
    } else if (core::is_outage(info.error().code)) {
        return info.error();
    } else if (info.error().code != ErrorCode::NotFound && situation.stream) {
        desired.mirror_direct = situation.stream->settings.mirror_direct;
    }
    return {};
}

Result<Decision> Observer::decide_on(Situation& situation, const Call& call) {
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

Result<Considered> Observer::consider(const Declaration& declaration,
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

void Observer::look_for_overlaps(Situation& situation, const Call& call) {
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
void Observer::note_signer(const Settings& settings, Situation& situation) const {
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

core::Status Observer::look_for_rename(Situation& situation, const Call& call) {
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
std::optional<ObjectKey> Observer::rival_of(const Declaration& declaration,
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

}  // namespace headgate::reconcilers
