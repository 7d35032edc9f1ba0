#include "reconcilers/plan.hpp"

#include <algorithm>
#include <bit>
#include <set>
#include <utility>

#include "jetstream/compare.hpp"
#include "reconcilers/loss.hpp"

namespace headgate::reconcilers {

using fields::Change;
using fields::Changes;
using jetstream::ConsumerInfo;
using jetstream::ConsumerSettings;
using jetstream::Retention;
using jetstream::StreamInfo;
using jetstream::StreamSettings;
using resources::AdoptionPolicy;
using resources::Effect;
using resources::ManagementPolicy;
using resources::PlannedChange;
using resources::Reason;

namespace {

// A configuration without its signature, and the signature.
template <class Settings>
struct Unsigned {
    Settings settings;
    std::optional<Signature> signature;
};

template <class Settings>
Unsigned<Settings> strip(Settings settings) {
    auto signature = take_signature(settings.metadata, settings.description);
    return {std::move(settings), std::move(signature)};
}

// The two ways a stream is ours, and the ways in which it is not.
enum class Standing { Ours, OursUnsigned, Unsigned, SignedByAnother };

Standing standing(const Declaration& declaration, const Signature& own, const StreamInfo& stream, const std::optional<Signature>& signature) {
    if (signature) {
        return signature->same_signer(own) ? Standing::Ours : Standing::SignedByAnother;
    }
    const auto& known = declaration.status.created;
    return !known.empty() && known == stream.created ? Standing::OursUnsigned : Standing::Unsigned;
}

Changes without(Changes changes, const Changes& accepted) {
    std::erase_if(changes, [&](const Change& change) { return std::find(accepted.begin(), accepted.end(), change) != accepted.end(); });
    return changes;
}

const Changes& residue_for(const Situation& situation, const std::string& what) {
    static const Changes kNone;
    const auto found = situation.residue.find(what);
    return found == situation.residue.end() ? kNone : found->second;
}

std::string shown(const std::string& value) { return value.empty() ? "nothing" : value; }

// Builds one decision; a member for each question it has to answer, in order.
class Planner {
public:
    explicit Planner(const Situation& situation)
        : situation_(situation),
          declaration_(*situation.declaration),
          desired_(situation.desired),
          own_(signature_of(situation.instance, declaration_.key, desired_.policies.deletion)) {
        decision_.report.stream = desired_.stream.name.value();
        decision_.report.reason = Reason::Applied;
        decision_.report.message = "stream " + desired_.stream.name.value() + " is as declared";
        if (situation.stream) {
            observed_ = strip(situation.stream->settings);
        }
        // Never the creation time of a stream that is not ours: it is what proves that one is.
        decision_.report.created = declaration_.status.created;
        for (const auto& consumer : situation.consumers) {
            consumers_.emplace(consumer.settings.name.value(), Seen{&consumer, strip(consumer.settings)});
        }
    }

    Decision plan() && {
        if (desired_.policies.management == ManagementPolicy::Observe) {
            observe();
        } else if (is_supported() && is_ours_to_manage()) {
            manage();
        }
        if (!situation_.limited.empty()) {
            decision_.report.message += "; " + situation_.limited;
        }
        return std::move(decision_);
    }

private:
    struct Seen {
        const ConsumerInfo* info;
        Unsigned<ConsumerSettings> observed;
    };

    // --- words -------------------------------------------------------------------------------

    [[nodiscard]] std::string name_of(const Change& change) const { return resources::field_name(declaration_.key.kind, change); }

    static std::string consumer_path(const std::string& consumer) { return "consumers[" + consumer + "]"; }

    void refuse(Reason reason, std::string message) {
        decision_.report.reason = reason;
        decision_.report.message = std::move(message);
        decision_.steps.clear();
        decision_.unfinished = false;
    }

    void add_change(std::string field, const Change& change, Effect effect = Effect::Update, std::uint64_t lost = 0, std::string consequence = {}) {
        decision_.changes.push_back(PlannedChange{std::move(field), change.from, change.to, effect, lost, std::move(consequence)});
    }

    void add_whole(std::string field, std::string from, std::string to, Effect effect, std::string consequence = {}) {
        decision_.changes.push_back(PlannedChange{std::move(field), std::move(from), std::move(to), effect, 0, std::move(consequence)});
    }

    [[nodiscard]] std::string list_changes() const {
        std::string text;
        for (const auto& change : decision_.changes) {
            text += (text.empty() ? "" : "; ") + change.field + ": " + shown(change.from) + " instead of " + shown(change.to);
        }
        return text;
    }

    // --- may we? -----------------------------------------------------------------------------

    bool is_supported() {
        std::vector<std::string> needs;
        const auto note = [&](const std::string& prefix, const std::vector<jetstream::LevelNeed>& found) {
            for (const auto& need : found) {
                needs.push_back(prefix + (prefix.empty() ? name_of(need.field) : need.field.field) + " needs nats-server " + std::string{jetstream::version_text(need.level)});
            }
        };
        note("", jetstream::beyond(desired_.stream, situation_.server.level));
        for (const auto& consumer : desired_.consumers) {
            note(consumer_path(consumer.name.value()) + ".", jetstream::beyond(consumer, situation_.server.level));
        }
        if (desired_.policies.deletion == resources::DeletionPolicy::DeleteIfEmpty) {
            needs.emplace_back("deletionPolicy DeleteIfEmpty needs a newer headgate; use Retain or Delete");
        }
        if (needs.empty()) {
            return true;
        }
        std::string text;
        for (const auto& need : needs) {
            text += (text.empty() ? "" : "; ") + need;
        }
        refuse(Reason::Unsupported, text + (desired_.policies.deletion == resources::DeletionPolicy::DeleteIfEmpty && needs.size() == 1 ? "" : "; the server is " + situation_.server.version));
        return false;
    }

    bool is_ours_to_manage() {
        if (!situation_.stream) {
            return holds_claim();
        }
        switch (standing(declaration_, own_, *situation_.stream, observed_.signature)) {
            case Standing::Ours:
            case Standing::OursUnsigned:
                decision_.report.created = situation_.stream->created;
                return true;
            case Standing::Unsigned:
                return holds_claim() && may_adopt();
            case Standing::SignedByAnother:
                return may_take_from_signer();
        }
        return false;
    }

    bool holds_claim() {
        if (!situation_.rival) {
            return true;
        }
        refuse(Reason::Conflict, "stream " + desired_.stream.name.value() + " is claimed by " + resources::to_text(*situation_.rival) + "; remove one of the two declarations, or give them different names");
        return false;
    }

    bool may_take_from_signer() {
        const auto& signer = *observed_.signature;
        if (declaration_.annotations.adopt == signer.signer()) {
            adopting_ = true;
            return holds_claim();
        }
        if (signer.instance != situation_.instance) {
            refuse(Reason::NotOwned, "stream " + desired_.stream.name.value() + " belongs to headgate instance \"" + signer.instance + "\" (" + signer.kind + " " + signer.object + ")");
            return false;
        }
        if (situation_.gone_signers.contains(signer.signer())) {
            return holds_claim() && may_adopt();
        }
        refuse(Reason::Conflict, "stream " + desired_.stream.name.value() + " belongs to " + signer.kind + " " + signer.object);
        return false;
    }

    bool may_adopt() {
        adopting_ = true;
        const auto policy = desired_.policies.adoption;
        if (policy == AdoptionPolicy::Always || situation_.adopt || declaration_.annotations.adopt == "true") {
            return true;
        }
        if (policy == AdoptionPolicy::Never) {
            refuse(Reason::NotOwned, "stream " + desired_.stream.name.value() + " exists and headgate did not make it; set adoptionPolicy to IfMatching or Always, or annotate headgate.io/adopt: \"true\", to take it over");
            return false;
        }
        compare();
        if (decision_.changes.empty()) {
            return true;
        }
        refuse(Reason::NotOwned, "stream " + desired_.stream.name.value() + " exists, headgate did not make it, and it is not as declared (adoptionPolicy IfMatching): " + list_changes());
        return false;
    }

    // --- what differs? -----------------------------------------------------------------------

    [[nodiscard]] StreamSettings expected_stream() const {
        auto expected = jetstream::as_stored(desired_.stream, observed_.settings, situation_.server.level);
        if (declaration_.key.kind == Kind::StreamConfig) {
            // A stream's manifest has no say in it yet.
            expected.subject_delete_marker_ttl = observed_.settings.subject_delete_marker_ttl;
        }
        return expected;
    }

    [[nodiscard]] Changes stream_changes() const { return jetstream::differences(observed_.settings, expected_stream()); }

    [[nodiscard]] Changes consumer_changes(const ConsumerSettings& wanted, const Seen& seen) const {
        return jetstream::differences(seen.observed.settings, jetstream::as_stored(wanted, seen.observed.settings, desired_.stream));
    }

    // Every difference as a change, and no steps: for Observe and for IfMatching.
    void compare() {
        decision_.changes.clear();
        for (const auto& change : stream_changes()) {
            add_change(name_of(change), change);
        }
        for (const auto& wanted : desired_.consumers) {
            const auto& name = wanted.name.value();
            const auto seen = consumers_.find(name);
            if (seen == consumers_.end()) {
                if (desired_.policies.management == ManagementPolicy::Observe) {
                    add_whole(consumer_path(name), "", name, Effect::Create);
                }
                continue;
            }
            for (const auto& change : consumer_changes(wanted, seen->second)) {
                add_change(consumer_path(name) + "." + change.field, change);
            }
        }
    }

    void observe() {
        if (!situation_.stream) {
            return refuse(Reason::Drifted, "stream " + desired_.stream.name.value() + " does not exist");
        }
        compare();
        for (const auto& wanted : desired_.consumers) {
            const auto prefix = consumer_path(wanted.name.value());
            const bool differs = std::any_of(decision_.changes.begin(), decision_.changes.end(), [&](const auto& change) { return change.field.starts_with(prefix); });
            note_consumer(wanted.name.value(), !differs, differs ? Reason::Drifted : Reason::Observed);
        }
        if (decision_.changes.empty()) {
            decision_.report.reason = Reason::Observed;
            return;
        }
        refuse(Reason::Drifted, "stream " + desired_.stream.name.value() + " is not as declared: " + list_changes());
    }

    // --- the plan ----------------------------------------------------------------------------

    void manage() {
        decision_.changes.clear();
        if (!situation_.stream) {
            return create_all();
        }
        plan_stream();
        plan_consumers();
        settle();
    }

    void create_all() {
        auto settings = desired_.stream;
        sign_with(settings);
        add_whole("stream", "", desired_.stream.name.value(), Effect::Create);
        decision_.steps.emplace_back(CreateStream{std::move(settings)});
        for (const auto& wanted : desired_.consumers) {
            create_consumer(wanted);
        }
    }

    template <class Settings>
    void sign_with(Settings& settings) const {
        sign(settings.metadata, settings.description, own_, situation_.server.level >= jetstream::kServer2_10);
    }

    void plan_stream() {
        const auto changes = without(stream_changes(), residue_for(situation_, {}));
        for (const auto& change : changes) {
            if (auto why = jetstream::immutable_because(change, observed_.settings, desired_.stream, situation_.server.level)) {
                immutable_.push_back(name_of(change) + " (" + shown(change.from) + " on the server, " + shown(change.to) + " declared) " + *why);
                continue;
            }
            auto loss = loss_of(change, *situation_.stream, desired_.stream, situation_.now);
            waiting_ = waiting_ || loss.messages > 0;
            add_change(name_of(change), change, loss.messages > 0 ? Effect::LosesMessages : Effect::Update, loss.messages, std::move(loss.consequence));
        }
        if (adopting_) {
            add_whole("stream", observed_.signature ? observed_.signature->signer() : "unsigned", own_.signer(), Effect::Adopt);
        }
        if (changes.empty() && observed_.signature == own_) {
            return;
        }
        update_stream(changes);
    }

    void update_stream(const Changes& changes) {
        auto settings = desired_.stream;
        settings.allow_msg_ttl = settings.allow_msg_ttl || observed_.settings.allow_msg_ttl;
        settings.subject_delete_marker_ttl = expected_stream().subject_delete_marker_ttl;
        const auto changed = [&](std::string_view wire) {
            return std::any_of(changes.begin(), changes.end(), [&](const auto& change) { return change.wire == wire; });
        };
        if (changed("placement") && changed("num_replicas")) {
            // The server refuses to move and to scale at once (10123).
            settings.replicas = observed_.settings.replicas;
            decision_.unfinished = true;
        }
        consumers_first_ = changed("consumer_limits") && a_consumer_exceeds(desired_.stream.consumer_limits) && consumers_fit(observed_.settings.consumer_limits);
        sign_with(settings);
        stream_step_ = UpdateStream{std::move(settings), situation_.stream->beyond};
    }

    // Narrower limits are refused while a consumer is above them, wider ones must come first.
    [[nodiscard]] bool a_consumer_exceeds(const std::optional<jetstream::ConsumerLimits>& limits) const {
        return limits && std::any_of(consumers_.begin(), consumers_.end(), [&](const auto& entry) {
            const ConsumerSettings& held = entry.second.observed.settings;
            return (limits->max_ack_pending && held.max_ack_pending && (*held.max_ack_pending < 0 || *held.max_ack_pending > *limits->max_ack_pending)) ||
                   (limits->inactive_threshold && held.inactive_threshold.value_or(core::Duration::max()) > *limits->inactive_threshold);
        });
    }

    [[nodiscard]] bool consumers_fit(const std::optional<jetstream::ConsumerLimits>& limits) const {
        return std::all_of(desired_.consumers.begin(), desired_.consumers.end(), [&](const auto& consumer) {
            const auto pending = consumer.max_ack_pending.value_or(0);
            return !limits || ((!limits->max_ack_pending || (pending >= 0 && pending <= *limits->max_ack_pending)) &&
                               (!limits->inactive_threshold || consumer.inactive_threshold.value_or(core::Duration{0}) <= *limits->inactive_threshold));
        });
    }

    [[nodiscard]] bool keeps_for_consumers() const { return observed_.settings.retention != Retention::Limits; }

    void plan_consumers() {
        std::set<std::string> wanted_names;
        for (const auto& wanted : desired_.consumers) {
            wanted_names.insert(wanted.name.value());
        }
        for (const auto& [name, seen] : consumers_) {
            if (!wanted_names.contains(name) && seen.observed.signature && seen.observed.signature->same_signer(own_)) {
                remove_consumer(name, *seen.info);
            }
        }
        for (const auto& wanted : desired_.consumers) {
            const auto seen = consumers_.find(wanted.name.value());
            seen == consumers_.end() ? create_consumer(wanted) : plan_consumer(wanted, seen->second);
        }
    }

    // As to be sent: before the stream has its narrower limits, what a consumer would inherit of them
    // has to be said.
    [[nodiscard]] ConsumerSettings sent(const ConsumerSettings& wanted) const {
        auto settings = wanted;
        if (consumers_first_) {
            const auto inherited = jetstream::as_stored(wanted, {}, desired_.stream);
            settings.max_ack_pending = inherited.max_ack_pending;
            settings.inactive_threshold = inherited.inactive_threshold;
        }
        sign_with(settings);
        return settings;
    }

    void create_consumer(const ConsumerSettings& wanted) {
        auto settings = sent(wanted);
        add_whole(consumer_path(wanted.name.value()), "", wanted.name.value(), Effect::Create);
        note_consumer(wanted.name.value(), true, Reason::Applied);
        decision_.steps.emplace_back(CreateConsumer{std::move(settings)});
    }

    void remove_consumer(const std::string& name, const ConsumerInfo& info) {
        const auto held = info.pending + info.unacknowledged;
        const bool drops = keeps_for_consumers() && held > 0;
        waiting_ = waiting_ || drops;
        decision_.changes.push_back(PlannedChange{consumer_path(name), name, "", drops ? Effect::LosesMessages : Effect::Delete, drops ? held : 0, drops ? "drops up to " + grouped(held) + " messages that the stream keeps for this consumer" : std::string{}});
        decision_.steps.emplace_back(DeleteConsumer{jetstream::ConsumerName{name}});
    }

    // One by the name of a declared consumer is ours when this object signed it, or when the
    // status says that it was made and some client has since dropped the signature. What a take-over
    // of the stream was allowed to take, it may also take later, should it have broken off between.
    [[nodiscard]] bool owns_consumer(const Seen& seen) const {
        const bool may_take = adopting_ || desired_.policies.adoption == AdoptionPolicy::Always || situation_.adopt || declaration_.annotations.adopt == "true";
        if (seen.observed.signature) {
            const auto& signer = *seen.observed.signature;
            return signer.same_signer(own_) || signer.signer() == declaration_.annotations.adopt ||
                   (adopting_ && observed_.signature && signer.same_signer(*observed_.signature)) ||
                   (may_take && situation_.gone_signers.contains(signer.signer()));
        }
        const auto& known = declaration_.status.consumers;
        return may_take ||
               std::any_of(known.begin(), known.end(), [&](const auto& consumer) { return consumer.ready && consumer.name == seen.info->settings.name.value(); });
    }

    void plan_consumer(const ConsumerSettings& wanted, const Seen& seen) {
        const auto& name = wanted.name.value();
        const auto changes = without(consumer_changes(wanted, seen), residue_for(situation_, name));
        const bool matching = desired_.policies.adoption == AdoptionPolicy::IfMatching && changes.empty() && !seen.observed.signature;
        if (!owns_consumer(seen) && !matching) {
            foreign_.push_back(name);
            return note_consumer(name, false, Reason::NotOwned);
        }
        note_consumer(name, true, Reason::Applied);
        if (changes.empty() && seen.observed.signature == own_) {
            return;
        }
        const bool recreate = std::any_of(changes.begin(), changes.end(), jetstream::needs_recreation);
        for (const auto& change : changes) {
            plan_consumer_change(wanted, seen, change);
        }
        auto settings = sent(wanted);
        if (recreate) {
            decision_.steps.emplace_back(DeleteConsumer{wanted.name});
            decision_.steps.emplace_back(CreateConsumer{std::move(settings)});
        } else {
            decision_.steps.emplace_back(UpdateConsumer{std::move(settings), seen.info->beyond});
        }
    }

    void plan_consumer_change(const ConsumerSettings& wanted, const Seen& seen, const Change& change) {
        const auto field = consumer_path(wanted.name.value()) + "." + change.field;
        const auto& info = *seen.info;
        const bool untouched = info.delivered == 0 && info.pending == 0 && info.unacknowledged == 0;
        if (jetstream::needs_recreation(change)) {
            waiting_ = waiting_ || !untouched;
            return add_change(field, change, untouched ? Effect::Recreate : Effect::LosesPosition, 0, untouched ? "" : "the consumer would be made anew and lose its position (acknowledged up to " + grouped(info.acknowledged_to) + ")");
        }
        const auto held = info.pending + info.unacknowledged;
        if (change.wire == "filter_subjects" && keeps_for_consumers() && held > 0 && narrows(wanted, seen.observed.settings)) {
            waiting_ = true;
            return add_change(field, change, Effect::LosesMessages, held, "drops up to " + grouped(held) + " messages that the stream keeps for this consumer and that the new filter no longer matches");
        }
        add_change(field, change);
    }

    static bool narrows(const ConsumerSettings& wanted, const ConsumerSettings& observed) {
        const auto filters = [](const ConsumerSettings& consumer) { return consumer.filter_subjects.empty() ? std::vector<std::string>{std::string{}} : consumer.filter_subjects; };
        const auto now = filters(wanted);
        const auto before = filters(observed);
        return !std::all_of(before.begin(), before.end(), [&](const auto& old) {
            return std::any_of(now.begin(), now.end(), [&](const auto& filter) { return jetstream::covers(filter, old); });
        });
    }

    void note_consumer(const std::string& name, bool is_ready, Reason reason) {
        decision_.report.consumers.push_back({name, is_ready, std::string{core::name_of(reason)}});
    }

    // --- the verdict -------------------------------------------------------------------------

    void settle() {
        if (stream_step_) {
            decision_.steps.insert(consumers_first_ ? decision_.steps.end() : decision_.steps.begin(), *stream_step_);
        }
        if (!immutable_.empty()) {
            std::string text;
            for (const auto& one : immutable_) {
                text += (text.empty() ? "" : "; ") + one;
            }
            return refuse(Reason::ImmutableField, std::move(text));
        }
        if (!foreign_.empty()) {
            std::string names;
            for (const auto& name : foreign_) {
                names += (names.empty() ? "" : ", ") + name;
            }
            return refuse(Reason::NotOwned, "consumers of stream " + desired_.stream.name.value() + " that headgate did not make: " + names + "; set adoptionPolicy, or rename them in the manifest");
        }
        if (waiting_) {
            return wait_for_approval();
        }
        if (decision_.unfinished) {
            // Consumers may need the replicas that come last.
            decision_.steps = {*stream_step_};
            decision_.report.reason = Reason::Reconciling;
            decision_.report.message = "moving stream " + desired_.stream.name.value() + " first; its replicas change when it has moved";
            return;
        }
        report_residue();
    }

    void wait_for_approval() {
        std::string text;
        for (const auto& change : decision_.changes) {
            if (change.effect == Effect::LosesMessages || change.effect == Effect::LosesPosition) {
                text += (text.empty() ? "" : "; ") + change.field + " " + shown(change.from) + " -> " + shown(change.to) + " " + change.consequence;
            }
        }
        refuse(Reason::ApprovalRequired, std::move(text));
        decision_.report.plan = resources::Plan{.hash = {}, .changes = decision_.changes};
        keep_told_figures();
        for (auto& consumer : decision_.report.consumers) {
            consumer.ready = consumer.ready && consumers_.contains(consumer.name);
            consumer.reason = consumer.ready ? consumer.reason : std::string{core::name_of(Reason::ApprovalRequired)};
        }
    }

    // A busy stream's figures move all the time; the status tells them as of its writing, for as
    // long as the same plan waits and would not lose twice as much.
    void keep_told_figures() {
        const auto& status = declaration_.status;
        const bool told = status.reason() == Reason::ApprovalRequired && status.observed_generation == declaration_.generation && status.plan;
        if (told && std::equal(status.plan->changes.begin(), status.plan->changes.end(), decision_.changes.begin(), decision_.changes.end(), same_but_for_figures)) {
            decision_.report.plan = status.plan;
            decision_.report.message = status.message();
        }
    }

    static bool same_but_for_figures(const PlannedChange& told, const PlannedChange& now) {
        return told.field == now.field && told.from == now.from && told.to == now.to && told.effect == now.effect && now.lost <= std::bit_ceil(told.lost);
    }

    // What a server did not keep of a declared field, as it showed after our last write of it.
    void report_residue() {
        if (!decision_.steps.empty()) {
            return;
        }
        std::vector<std::string> lost;
        const auto note = [&](const std::string& prefix, const Changes& residue, const Changes& declared) {
            for (const auto& change : residue) {
                if (std::any_of(declared.begin(), declared.end(), [&](const auto& one) { return one.wire == change.wire; })) {
                    lost.push_back((prefix.empty() ? name_of(change) : prefix + change.field) + " (declared " + shown(change.to) + ", kept " + shown(change.from) + ")");
                }
            }
        };
        note("", residue_for(situation_, {}), jetstream::differences(StreamSettings{}, desired_.stream));
        for (const auto& wanted : desired_.consumers) {
            note(consumer_path(wanted.name.value()) + ".", residue_for(situation_, wanted.name.value()), jetstream::differences(ConsumerSettings{}, wanted));
        }
        if (lost.empty()) {
            return;
        }
        std::string text = "the server (" + situation_.server.version + ") did not keep ";
        for (std::size_t i = 0; i < lost.size(); ++i) {
            text += (i == 0 ? "" : ", ") + lost[i];
        }
        refuse(Reason::Unsupported, std::move(text));
    }

    const Situation& situation_;
    const Declaration& declaration_;
    const resources::Desired& desired_;
    Signature own_;
    Unsigned<StreamSettings> observed_;
    std::map<std::string, Seen> consumers_;
    Decision decision_;
    std::optional<UpdateStream> stream_step_;
    std::vector<std::string> immutable_;
    std::vector<std::string> foreign_;
    bool adopting_ = false;
    bool consumers_first_ = false;
    bool waiting_ = false;
};

}  // namespace

Decision decide(const Situation& situation) { return Planner{situation}.plan(); }

bool owns(const Declaration& declaration, std::string_view instance, const StreamInfo& stream) {
    const auto seen = strip(stream.settings);
    const auto own = signature_of(instance, declaration.key, resources::DeletionPolicy::Retain);
    const auto where = standing(declaration, own, stream, seen.signature);
    return where == Standing::Ours || where == Standing::OursUnsigned;
}

Changes residue_of(const StreamSettings& sent, const StreamSettings& stored, jetstream::ServerLevel level) {
    return jetstream::differences(strip(stored).settings, jetstream::as_stored(strip(sent).settings, stored, level));
}

Changes residue_of(const ConsumerSettings& sent, const ConsumerSettings& stored, const StreamSettings& stream) {
    return jetstream::differences(strip(stored).settings, jetstream::as_stored(strip(sent).settings, stored, stream));
}

std::string limit_replicas(resources::Desired& desired, int limit) {
    if (limit <= 0) {
        return {};
    }
    std::vector<std::string> notes;
    if (desired.stream.replicas > limit) {
        notes.push_back("replicas " + std::to_string(desired.stream.replicas) + " capped to " + std::to_string(limit));
        desired.stream.replicas = limit;
    }
    if (limit == 1 && desired.stream.placement) {
        notes.emplace_back("placement dropped");
        desired.stream.placement.reset();
    }
    for (auto& consumer : desired.consumers) {
        if (consumer.replicas.value_or(0) > limit) {
            notes.push_back("replicas of consumer " + consumer.name.value() + " capped to " + std::to_string(limit));
            consumer.replicas = limit;
        }
    }
    std::string text;
    for (const auto& note : notes) {
        text += (text.empty() ? "" : ", ") + note;
    }
    return text.empty() ? text : text + " by the replica limit";
}

}  // namespace headgate::reconcilers
