#include "reconcilers/consumer_plan.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "jetstream/compare.hpp"
#include "reconcilers/loss.hpp"
#include "reconcilers/resources/stream_config.hpp"
#include "reconcilers/standing.hpp"

namespace headgate::reconcilers {

using fields::Change;
using fields::Changes;
using jetstream::ConsumerInfo;
using jetstream::ConsumerLimits;
using jetstream::ConsumerSettings;
using resources::AdoptionPolicy;
using resources::Effect;
using resources::kGuardSuffix;
using resources::PlannedChange;
using resources::Reason;

namespace {

struct Seen {
    const ConsumerInfo* info;
    Unsigned<ConsumerSettings> observed;
};

using SeenByName = std::map<std::string, Seen>;

SeenByName seen_in(const Situation& situation) {
    SeenByName seen;
    for (const auto& consumer : situation.consumers) {
        seen.emplace(consumer.settings.name.value(), Seen{&consumer, strip(consumer.settings)});
    }
    return seen;
}

// One that was made anew at its old position is as declared, although it began elsewhere.
bool is_resumed(const ConsumerSettings& wanted, const Seen& seen) {
    return seen.observed.signature && seen.observed.signature->start == start_of(wanted);
}

ConsumerSettings resumed(ConsumerSettings wanted, const Seen& seen) {
    if (is_resumed(wanted, seen)) {
        const auto& observed = seen.observed.settings;
        wanted.deliver_policy = observed.deliver_policy;
        wanted.start_sequence = observed.start_sequence;
        wanted.start_time = observed.start_time;
    }
    return wanted;
}

Changes changes_of(const Situation& situation, const ConsumerSettings& wanted, const Seen& seen) {
    const auto& observed = seen.observed.settings;
    return jetstream::differences(observed,
                                  jetstream::as_stored(resumed(wanted, seen),
                                                       observed,
                                                       situation.desired.stream,
                                                       situation.server,
                                                       situation.now));
}

bool is_start(const Change& change) {
    return change.wire == "deliver_policy" || change.wire == "opt_start_seq" ||
           change.wire == "opt_start_time";
}

std::string guard_of(const std::string& consumer) {
    return consumer + std::string{kGuardSuffix};
}

// nats-server: stream.update, checkConsumerCfg. What has no bound exceeds none.
bool exceeds(const ConsumerLimits& limits, const ConsumerSettings& consumer) {
    return (limits.max_ack_pending && consumer.max_ack_pending > limits.max_ack_pending) ||
           (limits.inactive_threshold && consumer.inactive_threshold > limits.inactive_threshold);
}

class ConsumerPlanner {
public:
    explicit ConsumerPlanner(const ConsumerContext& context)
        : context_(context),
          situation_(context.situation),
          desired_(context.situation.desired),
          seen_(seen_in(context.situation)) {}

    ConsumerPlan plan() && {
        std::set<std::string> wanted_names;
        for (const auto& wanted : desired_.consumers) {
            wanted_names.insert(wanted.name.value());
        }
        std::vector<jetstream::ConsumerName> guards;
        std::vector<const Seen*> unwanted;
        for (const auto& [name, seen] : seen_) {
            const auto& signature = seen.observed.signature;
            if (wanted_names.contains(name) || !signature ||
                !signature->same_signer(context_.own)) {
                continue;
            }
            if (const auto kept = guarded_by(name); kept && wanted_names.contains(*kept)) {
                guards.emplace_back(name);
            } else {
                unwanted.push_back(&seen);
            }
        }
        for (const auto* const seen : unwanted) {
            remove(*seen);
        }
        for (const auto& wanted : desired_.consumers) {
            const auto seen = seen_.find(wanted.name.value());
            seen == seen_.end() ? create(wanted) : adjust(wanted, seen->second);
        }
        // Left over from an attempt that broke off; what they kept messages for is there again.
        for (const auto& guard : guards) {
            if (!guards_in_use_.contains(guard.value())) {
                plan_.steps.emplace_back(DeleteConsumer{guard});
            }
        }
        return std::move(plan_);
    }

    // A stream that is to keep messages by interest does so before its consumers are changed.
    [[nodiscard]] jetstream::Retention retention() const {
        return desired_.stream.retention == jetstream::Retention::Interest
                   ? desired_.stream.retention
                   : context_.observed.retention;
    }

    void note(const std::string& name, bool ready, Reason reason) {
        plan_.statuses.push_back({name, ready, std::string{core::name_of(reason)}});
    }

    // As to be sent: before the stream has its narrower limits, what a consumer would inherit of
    // them has to be said.
    [[nodiscard]] ConsumerSettings sent(ConsumerSettings settings,
                                        const std::string& declared_start = {}) const {
        if (context_.before_limits) {
            const auto inherited = jetstream::as_stored(
                settings, {}, desired_.stream, situation_.server, situation_.now);
            settings.max_ack_pending = inherited.max_ack_pending;
            settings.inactive_threshold = inherited.inactive_threshold;
        }
        auto signature = context_.own;
        signature.start = declared_start;
        sign(settings.metadata,
             settings.description,
             signature,
             situation_.server.level >= jetstream::kServer2_10);
        return settings;
    }

    // As declared, but from what is not acknowledged on. Without metadata nothing could tell later
    // that the other start is meant; and a work queue holds only what is not acknowledged anyway.
    [[nodiscard]] ConsumerSettings at_position(const ConsumerSettings& wanted,
                                               std::uint64_t position,
                                               const std::string& declared_start = {}) const {
        if (!can_resume() ||
            (position == 0 && wanted.deliver_policy == jetstream::DeliverPolicy::All)) {
            return sent(wanted);
        }
        auto settings = wanted;
        settings.deliver_policy = jetstream::DeliverPolicy::ByStartSequence;
        settings.start_sequence = position + 1;
        settings.start_time.reset();
        return sent(std::move(settings),
                    declared_start.empty() ? start_of(wanted) : declared_start);
    }

    [[nodiscard]] ConsumerSettings as_it_was(const Seen& seen, bool idle) const {
        const auto& settings = seen.observed.settings;
        const auto start = seen.observed.signature ? seen.observed.signature->start : std::string{};
        return idle || !can_resume() ? sent(settings, start)
                                     : at_position(settings, position_of(*seen.info), start);
    }

    [[nodiscard]] bool can_resume() const {
        return situation_.server.level >= jetstream::kServer2_10 &&
               retention() != jetstream::Retention::WorkQueue;
    }

    void create(const ConsumerSettings& wanted) {
        const auto& name = wanted.name.value();
        plan_.changes.push_back(
            {.field = consumer_path(name), .to = name, .effect = Effect::Create});
        note(name, true, Reason::Applied);
        const auto* const guard = own_guard_of(name);
        plan_.steps.emplace_back(CreateConsumer{
            guard != nullptr ? at_position(wanted, position_of(*guard->info)) : sent(wanted)});
    }

    [[nodiscard]] const Seen* own_guard_of(const std::string& name) const {
        const auto guard = seen_.find(guard_of(name));
        return guard != seen_.end() && guard->second.observed.signature &&
                       guard->second.observed.signature->same_signer(context_.own)
                   ? &guard->second
                   : nullptr;
    }

    void remove(const Seen& seen) {
        const auto& name = seen.info->settings.name.value();
        PlannedChange change{.field = consumer_path(name), .from = name, .effect = Effect::Delete};
        lose_messages(change, *seen.info, std::nullopt);
        plan_.changes.push_back(std::move(change));
        plan_.steps.emplace_back(DeleteConsumer{seen.info->settings.name});
    }

    // What goes when a consumer no longer waits for it. A work queue keeps what nobody takes; but
    // that nobody takes it is worth asking about.
    void lose_messages(PlannedChange& change,
                       const ConsumerInfo& info,
                       const std::optional<std::vector<std::string>>& wanted_filters) {
        const auto held = held_for(info);
        if (retention() == jetstream::Retention::Interest) {
            const auto loss =
                loss_of_interest(info, wanted_filters, context_.unchanged, situation_.evidence);
            if (loss.messages > 0) {
                change.effect = Effect::LosesMessages;
                change.lost = loss.messages;
                change.consequence = loss.consequence;
                plan_.losses.push_back(loss);
                plan_.loses = true;
            }
        } else if (retention() == jetstream::Retention::WorkQueue && held > 0 &&
                   !(wanted_filters &&
                     jetstream::covers(*wanted_filters, info.settings.filter_subjects))) {
            change.effect = Effect::LosesPosition;
            change.consequence =
                "leaves up to " + grouped(held) + " messages in the stream that no consumer takes";
            plan_.loses = true;
        }
    }

    // One by the name of a declared consumer is ours when this object signed it, or when the status
    // says that it was made and some client has since dropped the signature. What a take-over of
    // the stream was allowed to take, it may also take later, should it have broken off between.
    [[nodiscard]] bool owns(const Seen& seen) const {
        const auto& adopt = situation_.declaration->annotations.adopt;
        const bool may_take = context_.adopting || situation_.adopt || adopt == "true" ||
                              desired_.policies.adoption == AdoptionPolicy::Always;
        if (const auto& signer = seen.observed.signature) {
            return signer->same_signer(context_.own) || signer->signer() == adopt ||
                   (context_.adopting && context_.signer &&
                    signer->same_signer(*context_.signer)) ||
                   situation_.handed_over.contains(signer->signer()) ||
                   (may_take && situation_.gone_signers.contains(signer->signer()));
        }
        return may_take || is_known(seen);
    }

    // As opposed to one that is ours and has lost its signature.
    [[nodiscard]] bool is_taken_over(const Seen& seen) const {
        const auto& signer = seen.observed.signature;
        return signer ? !signer->same_signer(context_.own) : !is_known(seen);
    }

    [[nodiscard]] bool is_known(const Seen& seen) const {
        const auto& known = situation_.declaration->status.consumers;
        return std::any_of(known.begin(), known.end(), [&](const auto& consumer) {
            return consumer.ready && consumer.name == seen.info->settings.name.value();
        });
    }

    void adjust(const ConsumerSettings& wanted, const Seen& seen) {
        const auto& name = wanted.name.value();
        const auto changes =
            without(changes_of(situation_, wanted, seen), residue_for(situation_.residue, name));
        const bool matching = desired_.policies.adoption == AdoptionPolicy::IfMatching &&
                              changes.empty() && !seen.observed.signature;
        if (!owns(seen) && !matching) {
            plan_.foreign.push_back(name);
            return note(name, false, Reason::NotOwned);
        }
        note(name, true, Reason::Applied);
        auto signature = context_.own;
        signature.start = is_resumed(wanted, seen) ? start_of(wanted) : std::string{};
        if (changes.empty() && seen.observed.signature == signature) {
            return;
        }
        if (is_taken_over(seen)) {
            const auto& signer = seen.observed.signature;
            plan_.changes.push_back({.field = consumer_path(name),
                                     .from = signer ? signer->signer() : "unsigned",
                                     .to = context_.own.signer(),
                                     .effect = Effect::Adopt});
        }
        if (std::any_of(changes.begin(), changes.end(), jetstream::needs_recreation)) {
            return make_anew(wanted, seen, changes);
        }
        for (const auto& change : changes) {
            plan_.changes.push_back(planned(wanted, seen, change));
        }
        update(resumed(wanted, seen), seen, changes, signature);
    }

    // An update leaves a pause as it is: that takes a request of its own. Nothing is delivered in
    // between that one of the two would hold back.
    void update(const ConsumerSettings& wanted,
                const Seen& seen,
                const Changes& changes,
                const Signature& signature) {
        const auto is_pause = [](const Change& change) { return change.wire == "pause_until"; };
        const auto pauses = std::count_if(changes.begin(), changes.end(), is_pause);
        const bool paused = jetstream::is_paused(wanted, situation_.now);
        const auto pause = [&] {
            plan_.steps.emplace_back(PauseConsumer{
                wanted.name, paused ? wanted.pause_until : std::optional<core::Timestamp>{}});
        };
        if (pauses > 0 && paused) {
            pause();
        }
        if (std::cmp_greater(changes.size(), pauses) || seen.observed.signature != signature) {
            auto settings = sent(wanted, signature.start);
            settings.pause_until.reset();
            plan_.steps.emplace_back(UpdateConsumer{std::move(settings), seen.info->beyond});
        }
        if (pauses > 0 && !paused) {
            pause();
        }
    }

    void make_anew(const ConsumerSettings& wanted, const Seen& seen, const Changes& changes) {
        const auto& info = *seen.info;
        const auto& name = wanted.name.value();
        if (const auto refused = situation_.refused.find(name);
            refused != situation_.refused.end()) {
            plan_.refused.push_back(refused->second);
        }
        const bool new_start = std::any_of(changes.begin(), changes.end(), is_start);
        const bool idle = info.delivered == 0 && held_for(info) == 0;
        // Where nobody waits any more for what is acknowledged, the beginning is the position.
        const bool from_all = wanted.deliver_policy == jetstream::DeliverPolicy::All &&
                              retention() != jetstream::Retention::Limits;
        const bool keeps = !new_start && (can_resume() || from_all);
        // One that has delivered nothing begins again where it began.
        const bool untouched =
            idle || (info.delivered == 0 && keeps && can_resume() && says_where_it_is(info));
        bool told = false;
        for (const auto& change : changes) {
            auto anew = planned(wanted, seen, change);
            if (jetstream::needs_recreation(change) && !told) {
                told = true;
                anew.effect = untouched ? Effect::Recreate : Effect::LosesPosition;
                if (!untouched) {
                    plan_.loses = true;
                    auto position = position_text(info, keeps);
                    if (!keeps) {
                        lose_messages(anew, info, std::nullopt);
                    }
                    anew.consequence = anew.consequence.empty()
                                           ? std::move(position)
                                           : std::move(position) + " and " + anew.consequence;
                }
            } else if (anew.effect == Effect::Update) {
                anew.effect = Effect::Recreate;
            }
            plan_.changes.push_back(std::move(anew));
        }
        // Should this break off, the guard still knows the position; and on a stream with retention
        // Interest it keeps the messages meanwhile.
        const bool guarded = keeps && !idle && retention() != jetstream::Retention::WorkQueue;
        if (guarded && seen_.contains(guard_of(name)) && own_guard_of(name) == nullptr) {
            plan_.foreign.push_back(guard_of(name));
            return;
        }
        if (guarded) {
            if (own_guard_of(name) == nullptr) {
                plan_.steps.emplace_back(CreateConsumer{guard(seen)});
            }
            guards_in_use_.insert(guard_of(name));
        }
        plan_.steps.emplace_back(DeleteConsumer{wanted.name});
        plan_.steps.emplace_back(CreateConsumer{
            .settings = keeps && !idle ? at_position(wanted, position_of(info)) : sent(wanted),
            .former = as_it_was(seen, idle)});
        if (guarded) {
            plan_.steps.emplace_back(DeleteConsumer{jetstream::ConsumerName{guard_of(name)}});
        }
    }

    // Before 2.15 one that has delivered nothing shows no position, wherever it begins.
    [[nodiscard]] bool says_where_it_is(const ConsumerInfo& info) const {
        const auto policy = info.settings.deliver_policy;
        return situation_.server.level >= jetstream::kServer2_15 ||
               policy == jetstream::DeliverPolicy::All ||
               policy == jetstream::DeliverPolicy::ByStartSequence;
    }

    [[nodiscard]] std::string position_text(const ConsumerInfo& info, bool keeps) const {
        if (!keeps || (!can_resume() && retention() != jetstream::Retention::WorkQueue)) {
            return "the consumer would be made anew and lose its position (acknowledged up to " +
                   grouped(info.acknowledged_to) + ")";
        }
        return "the consumer would be made anew after what is acknowledged (up to " +
               grouped(position_of(info)) + "); what came after is delivered again";
    }

    // Waits for what the consumer waits for, while there is none by its name.
    [[nodiscard]] ConsumerSettings guard(const Seen& seen) const {
        ConsumerSettings settings;
        settings.name = jetstream::ConsumerName{guard_of(seen.info->settings.name.value())};
        settings.description = "Keeps messages while the consumer is made anew.";
        settings.filter_subjects = seen.observed.settings.filter_subjects;
        settings.deliver_policy = jetstream::DeliverPolicy::ByStartSequence;
        settings.start_sequence = position_of(*seen.info) + 1;
        return sent(std::move(settings));
    }

    [[nodiscard]] bool expires_sooner(const ConsumerSettings& wanted, const Seen& seen) const {
        const auto& before = seen.observed.settings.inactive_threshold;
        const auto now =
            jetstream::as_stored(
                wanted, seen.observed.settings, desired_.stream, situation_.server, situation_.now)
                .inactive_threshold;
        return now && (!before || *now < *before);
    }

    PlannedChange planned(const ConsumerSettings& wanted, const Seen& seen, const Change& change) {
        PlannedChange planned{.field = consumer_path(wanted.name.value()) + "." + change.field,
                              .from = change.from,
                              .to = change.to};
        if (change.wire == "inactive_threshold" && expires_sooner(wanted, seen)) {
            lose_messages(planned, *seen.info, std::nullopt);
            if (!planned.consequence.empty()) {
                planned.consequence += ", once the server removes it for inactivity";
            }
        } else if (change.wire == "filter_subjects") {
            lose_messages(planned, *seen.info, wanted.filter_subjects);
        }
        return planned;
    }

    const ConsumerContext& context_;
    const Situation& situation_;
    const resources::Desired& desired_;
    SeenByName seen_;
    std::set<std::string> guards_in_use_;
    ConsumerPlan plan_;
};

}  // namespace

ConsumerPlan plan_consumers(const ConsumerContext& context) {
    return ConsumerPlanner{context}.plan();
}

std::vector<ConsumerInfo> unchanged_consumers(const Situation& situation, const Signature& own) {
    std::vector<ConsumerInfo> unchanged;
    const auto& wanted = situation.desired.consumers;
    for (const auto& [name, seen] : seen_in(situation)) {
        const auto declared = std::find_if(wanted.begin(), wanted.end(), [&](const auto& one) {
            return one.name == seen.info->settings.name;
        });
        const auto& signature = seen.observed.signature;
        const bool stays = declared == wanted.end()
                               ? !signature || !signature->same_signer(own)
                               : changes_of(situation, *declared, seen).empty();
        if (stays) {
            unchanged.push_back(*seen.info);
        }
    }
    return unchanged;
}

std::vector<PlannedChange> compare_consumers(const Situation& situation, bool missing) {
    std::vector<PlannedChange> differences;
    const auto seen = seen_in(situation);
    for (const auto& wanted : situation.desired.consumers) {
        const auto& name = wanted.name.value();
        const auto found = seen.find(name);
        if (found == seen.end()) {
            if (missing) {
                differences.push_back(
                    {.field = consumer_path(name), .to = name, .effect = Effect::Create});
            }
            continue;
        }
        for (const auto& change : changes_of(situation, wanted, found->second)) {
            differences.push_back({.field = consumer_path(name) + "." + change.field,
                                   .from = change.from,
                                   .to = change.to});
        }
    }
    return differences;
}

bool any_exceeds_new_limits(const Situation& situation) {
    const auto& limits = situation.desired.stream.consumer_limits;
    return limits && std::any_of(situation.consumers.begin(),
                                 situation.consumers.end(),
                                 [&](const auto& held) { return exceeds(*limits, held.settings); });
}

bool all_fit_old_limits(const Situation& situation, const jetstream::StreamSettings& observed) {
    const auto& wanted = situation.desired.consumers;
    return !observed.consumer_limits ||
           std::all_of(wanted.begin(), wanted.end(), [&](const auto& consumer) {
               return !exceeds(
                   *observed.consumer_limits,
                   jetstream::as_stored(
                       consumer, {}, situation.desired.stream, situation.server, situation.now));
           });
}

std::vector<Step> steps_that_give_way(const Situation& situation, const Signature& own) {
    std::vector<Step> steps;
    const auto& limits = *situation.desired.stream.consumer_limits;
    for (const auto& [name, seen] : seen_in(situation)) {
        const auto& signature = seen.observed.signature;
        auto settings = seen.info->settings;
        if (!exceeds(limits, settings) || !signature || !signature->same_signer(own)) {
            continue;
        }
        const auto lower = [](auto& held, const auto& limit) {
            held = held && limit ? std::min(*held, *limit) : held;
        };
        lower(settings.max_ack_pending, limits.max_ack_pending);
        lower(settings.inactive_threshold, limits.inactive_threshold);
        settings.pause_until.reset();
        steps.emplace_back(UpdateConsumer{std::move(settings), seen.info->beyond});
    }
    return steps;
}

std::optional<std::string> guarded_by(std::string_view name) {
    return name.size() > kGuardSuffix.size() && name.ends_with(kGuardSuffix)
               ? std::optional{std::string{name.substr(0, name.size() - kGuardSuffix.size())}}
               : std::nullopt;
}

std::string consumer_path(const std::string& consumer) {
    return "consumers[" + consumer + "]";
}

}  // namespace headgate::reconcilers
