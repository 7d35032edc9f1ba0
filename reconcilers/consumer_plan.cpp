#include "reconcilers/consumer_plan.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "jetstream/compare.hpp"
#include "reconcilers/loss.hpp"
#include "reconcilers/standing.hpp"

namespace headgate::reconcilers {

using fields::Change;
using fields::Changes;
using jetstream::ConsumerInfo;
using jetstream::ConsumerLimits;
using jetstream::ConsumerSettings;
using resources::AdoptionPolicy;
using resources::Effect;
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

Changes changes_of(const Situation& situation, const ConsumerSettings& wanted, const Seen& seen) {
    const auto& observed = seen.observed.settings;
    return jetstream::differences(observed,
                                  jetstream::as_stored(wanted, observed, situation.desired.stream));
}

std::uint64_t held_for(const ConsumerInfo& info) {
    return info.pending + info.unacknowledged;
}

// A consumer without filters has one that matches everything.
std::vector<std::string> filters_of(const ConsumerSettings& consumer) {
    return consumer.filter_subjects.empty() ? std::vector<std::string>{std::string{}}
                                            : consumer.filter_subjects;
}

bool narrows(const ConsumerSettings& wanted, const ConsumerSettings& observed) {
    const auto now = filters_of(wanted);
    const auto before = filters_of(observed);
    return !std::all_of(before.begin(), before.end(), [&](const auto& old) {
        return std::any_of(now.begin(), now.end(), [&](const auto& filter) {
            return jetstream::covers(filter, old);
        });
    });
}

bool exceeds(const ConsumerLimits& limits, const ConsumerSettings& held) {
    const auto pending = held.max_ack_pending.value_or(0);
    return (limits.max_ack_pending && (pending < 0 || pending > *limits.max_ack_pending)) ||
           (limits.inactive_threshold &&
            held.inactive_threshold.value_or(core::Duration::max()) > *limits.inactive_threshold);
}

bool fits(const ConsumerLimits& limits, const ConsumerSettings& wanted) {
    const auto pending = wanted.max_ack_pending.value_or(0);
    const auto inactive = wanted.inactive_threshold.value_or(core::Duration{0});
    return (!limits.max_ack_pending || (pending >= 0 && pending <= *limits.max_ack_pending)) &&
           (!limits.inactive_threshold || inactive <= *limits.inactive_threshold);
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
        for (const auto& [name, seen] : seen_) {
            const auto& signature = seen.observed.signature;
            if (!wanted_names.contains(name) && signature && signature->same_signer(context_.own)) {
                remove(name, *seen.info);
            }
        }
        for (const auto& wanted : desired_.consumers) {
            const auto seen = seen_.find(wanted.name.value());
            seen == seen_.end() ? create(wanted) : adjust(wanted, seen->second);
        }
        return std::move(plan_);
    }

private:
    // On such a stream a message stays for as long as a consumer waits for it.
    [[nodiscard]] bool stream_keeps_for_consumers() const {
        return context_.observed.retention != jetstream::Retention::Limits;
    }

    void note(const std::string& name, bool ready, Reason reason) {
        plan_.statuses.push_back({name, ready, std::string{core::name_of(reason)}});
    }

    // As to be sent: before the stream has its narrower limits, what a consumer would inherit of
    // them has to be said.
    [[nodiscard]] ConsumerSettings sent(const ConsumerSettings& wanted) const {
        auto settings = wanted;
        if (context_.before_limits) {
            const auto inherited = jetstream::as_stored(wanted, {}, desired_.stream);
            settings.max_ack_pending = inherited.max_ack_pending;
            settings.inactive_threshold = inherited.inactive_threshold;
        }
        sign(settings.metadata,
             settings.description,
             context_.own,
             situation_.server.level >= jetstream::kServer2_10);
        return settings;
    }

    void create(const ConsumerSettings& wanted) {
        const auto& name = wanted.name.value();
        plan_.changes.push_back(
            {.field = consumer_path(name), .to = name, .effect = Effect::Create});
        note(name, true, Reason::Applied);
        plan_.steps.emplace_back(CreateConsumer{sent(wanted)});
    }

    void remove(const std::string& name, const ConsumerInfo& info) {
        PlannedChange change{.field = consumer_path(name), .from = name, .effect = Effect::Delete};
        if (const auto held = held_for(info); stream_keeps_for_consumers() && held > 0) {
            change.effect = Effect::LosesMessages;
            change.lost = held;
            change.consequence = "drops up to " + grouped(held) +
                                 " messages that the stream keeps for this consumer";
            plan_.loses = true;
        }
        plan_.changes.push_back(std::move(change));
        plan_.steps.emplace_back(DeleteConsumer{jetstream::ConsumerName{name}});
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
                   (may_take && situation_.gone_signers.contains(signer->signer()));
        }
        const auto& known = situation_.declaration->status.consumers;
        return may_take || std::any_of(known.begin(), known.end(), [&](const auto& consumer) {
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
        if (changes.empty() && seen.observed.signature == context_.own) {
            return;
        }
        for (const auto& change : changes) {
            plan_.changes.push_back(planned(wanted, seen, change));
        }
        if (std::any_of(changes.begin(), changes.end(), jetstream::needs_recreation)) {
            plan_.steps.emplace_back(DeleteConsumer{wanted.name});
            plan_.steps.emplace_back(CreateConsumer{sent(wanted)});
        } else {
            plan_.steps.emplace_back(UpdateConsumer{sent(wanted), seen.info->beyond});
        }
    }

    [[nodiscard]] bool expires_sooner(const ConsumerSettings& wanted, const Seen& seen) const {
        const auto& before = seen.observed.settings.inactive_threshold;
        const auto now = jetstream::as_stored(wanted, seen.observed.settings, desired_.stream)
                             .inactive_threshold;
        return now && (!before || *now < *before);
    }

    PlannedChange planned(const ConsumerSettings& wanted, const Seen& seen, const Change& change) {
        PlannedChange planned{.field = consumer_path(wanted.name.value()) + "." + change.field,
                              .from = change.from,
                              .to = change.to};
        const auto& info = *seen.info;
        const auto held = held_for(info);
        if (jetstream::needs_recreation(change)) {
            const bool untouched = info.delivered == 0 && held == 0;
            planned.effect = untouched ? Effect::Recreate : Effect::LosesPosition;
            if (!untouched) {
                planned.consequence =
                    "the consumer would be made anew and lose its position (acknowledged up to " +
                    grouped(info.acknowledged_to) + ")";
                plan_.loses = true;
            }
        } else if (change.wire == "inactive_threshold" && stream_keeps_for_consumers() &&
                   held > 0 && expires_sooner(wanted, seen)) {
            planned.effect = Effect::LosesMessages;
            planned.lost = held;
            planned.consequence = "drops up to " + grouped(held) +
                                  " messages that the stream keeps for this consumer, once the "
                                  "server removes it for inactivity";
            plan_.loses = true;
        } else if (change.wire == "filter_subjects" && stream_keeps_for_consumers() && held > 0 &&
                   narrows(wanted, seen.observed.settings)) {
            planned.effect = Effect::LosesMessages;
            planned.lost = held;
            planned.consequence = "drops up to " + grouped(held) +
                                  " messages that the stream keeps for this consumer and that the "
                                  "new filter no longer matches";
            plan_.loses = true;
        }
        return planned;
    }

    const ConsumerContext& context_;
    const Situation& situation_;
    const resources::Desired& desired_;
    SeenByName seen_;
    ConsumerPlan plan_;
};

}  // namespace

ConsumerPlan plan_consumers(const ConsumerContext& context) {
    return ConsumerPlanner{context}.plan();
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

bool consumers_go_first(const Situation& situation, const jetstream::StreamSettings& observed) {
    const auto& limits = situation.desired.stream.consumer_limits;
    const auto& wanted = situation.desired.consumers;
    const bool refused =
        limits && std::any_of(situation.consumers.begin(),
                              situation.consumers.end(),
                              [&](const auto& held) { return exceeds(*limits, held.settings); });
    return refused && (!observed.consumer_limits ||
                       std::all_of(wanted.begin(), wanted.end(), [&](const auto& consumer) {
                           return fits(*observed.consumer_limits, consumer);
                       }));
}

std::string consumer_path(const std::string& consumer) {
    return "consumers[" + consumer + "]";
}

}  // namespace headgate::reconcilers
