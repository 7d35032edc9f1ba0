#include "reconcilers/plan.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/joined.hpp"
#include "jetstream/compare.hpp"
#include "reconcilers/approval.hpp"
#include "reconcilers/consumer_plan.hpp"
#include "reconcilers/loss.hpp"
#include "reconcilers/standing.hpp"

namespace headgate::reconcilers {

using fields::Change;
using fields::Changes;
using jetstream::ConsumerSettings;
using jetstream::StreamSettings;
using resources::AdoptionPolicy;
using resources::Effect;
using resources::ManagementPolicy;
using resources::PlannedChange;
using resources::Reason;

namespace {

// Between what a status says anyway and what an approval did.
constexpr std::string_view kApproved = "; approved plan ";

std::string shown(const std::string& value) {
    return value.empty() ? "nothing" : value;
}

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
            unchanged_ = unchanged_consumers(situation, own_);
        }
        // Never the creation time of a stream that is not ours: it is what proves that one is.
        decision_.report.created = declaration_.status.created;
    }

    Decision plan() && {
        if (desired_.policies.management == ManagementPolicy::Observe) {
            observe();
        } else if (keeps_its_name() && is_supported() && is_ours_to_manage()) {
            manage();
        }
        // A message taken over from the status has it already.
        if (!situation_.limited.empty() && !told_before_) {
            decision_.report.message += "; " + situation_.limited;
        }
        decision_.warnings = warnings_of(situation_);
        if (!told_before_) {
            decision_.report.message += as_suffix(decision_.warnings);
        }
        return std::move(decision_);
    }

private:
    [[nodiscard]] std::string name_of(const Change& change) const {
        return resources::field_name(declaration_.key.kind, change);
    }

    void refuse(Reason reason, std::string message) {
        decision_.report.reason = reason;
        decision_.report.message = std::move(message);
        decision_.steps.clear();
        decision_.unfinished = false;
    }

    void add_change(std::string field,
                    const Change& change,
                    Effect effect = Effect::Update,
                    std::uint64_t lost = 0,
                    std::string consequence = {}) {
        decision_.changes.push_back(PlannedChange{
            std::move(field), change.from, change.to, effect, lost, std::move(consequence)});
    }

    void add_whole(std::string field,
                   std::string from,
                   std::string to,
                   Effect effect,
                   std::string consequence = {}) {
        decision_.changes.push_back(PlannedChange{
            std::move(field), std::move(from), std::move(to), effect, 0, std::move(consequence)});
    }

    [[nodiscard]] std::string list_changes() const {
        std::string text;
        for (const auto& change : decision_.changes) {
            text += (text.empty() ? "" : "; ") + change.field + ": " + shown(change.from) +
                    " instead of " + shown(change.to);
        }
        return text;
    }

    // As the CRD's rule has it: a second stream beside the first would be no renaming.
    bool keeps_its_name() {
        const auto& before = situation_.made_before;
        if (!before) {
            return true;
        }
        refuse(Reason::ImmutableField,
               name_of(Change{.field = "name", .wire = "name"}) +
                   " cannot change: this object made stream " + before->value() + ", not " +
                   desired_.stream.name.value() +
                   "; put the old name back, or declare a new object under another metadata.name");
        decision_.report.stream = before->value();
        return false;
    }

    bool is_supported() {
        std::vector<std::string> needs;
        const auto note = [&](const std::string& prefix,
                              const std::vector<jetstream::LevelNeed>& found) {
            for (const auto& need : found) {
                auto text = prefix + (prefix.empty() ? name_of(need.field) : need.field.field) +
                            " needs nats-server " +
                            std::string{jetstream::version_text(need.level)};
                // Of a bucket, one line may stand for several fields of its stream.
                if (std::find(needs.begin(), needs.end(), text) == needs.end()) {
                    needs.push_back(std::move(text));
                }
            }
        };
        note("", jetstream::beyond(desired_.stream, situation_.server.level));
        for (const auto& consumer : desired_.consumers) {
            note(consumer_path(consumer.name.value()) + ".",
                 jetstream::beyond(consumer, situation_.server.level));
        }
        if (needs.empty()) {
            return true;
        }
        refuse(Reason::Unsupported,
               core::joined(needs, "; ") + "; the server is " + situation_.server.version);
        return false;
    }

    bool is_ours_to_manage() {
        if (!situation_.stream) {
            return holds_claim();
        }
        switch (standing_of(declaration_, own_, *situation_.stream, observed_.signature)) {
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
        refuse(Reason::Conflict,
               "stream " + desired_.stream.name.value() + " is claimed by " +
                   resources::to_text(*situation_.rival) +
                   "; remove one of the two declarations, or give them different names");
        return false;
    }

    bool may_take_from_signer() {
        const auto& signer = *observed_.signature;
        if (declaration_.annotations.adopt == signer.signer()) {
            adopting_ = true;
            return holds_claim();
        }
        if (situation_.handed_over.contains(signer.signer())) {
            adopting_ = true;
            return holds_claim();
        }
        if (signer.instance != situation_.instance) {
            refuse(Reason::NotOwned,
                   "stream " + desired_.stream.name.value() + " belongs to headgate instance \"" +
                       signer.instance + "\" (" + signer.kind + " " + signer.object + ")");
            return false;
        }
        if (situation_.gone_signers.contains(signer.signer())) {
            return holds_claim() && may_adopt();
        }
        refuse(Reason::Conflict,
               "stream " + desired_.stream.name.value() + " belongs to " + signer.kind + " " +
                   signer.object);
        return false;
    }

    bool may_adopt() {
        adopting_ = true;
        const auto policy = desired_.policies.adoption;
        if (policy == AdoptionPolicy::Always || situation_.adopt ||
            declaration_.annotations.adopt == "true") {
            return true;
        }
        if (policy == AdoptionPolicy::Never) {
            refuse(Reason::NotOwned,
                   "stream " + desired_.stream.name.value() +
                       " exists and headgate did not make it; set adoptionPolicy to IfMatching or "
                       "Always, or annotate headgate.io/adopt: \"true\", to take it over");
            return false;
        }
        compare();
        if (decision_.changes.empty()) {
            return true;
        }
        refuse(Reason::NotOwned,
               "stream " + desired_.stream.name.value() +
                   " exists, headgate did not make it, and it is not as declared (adoptionPolicy "
                   "IfMatching): " +
                   list_changes());
        return false;
    }

    // A bucket's limitMarkerTTL can be taken back, the per-key TTL that it switched on cannot.
    [[nodiscard]] StreamSettings wanted_stream() const {
        auto wanted = desired_.stream;
        if (declaration_.key.kind == Kind::StateBucket) {
            wanted.allow_msg_ttl = wanted.allow_msg_ttl || observed_.settings.allow_msg_ttl;
        }
        return wanted;
    }

    [[nodiscard]] Changes stream_changes() const {
        return jetstream::differences(
            observed_.settings,
            jetstream::as_stored(wanted_stream(), observed_.settings, situation_.server.level));
    }

    // Every difference as a change, and no steps: for Observe and for IfMatching.
    void compare() {
        decision_.changes.clear();
        for (const auto& change : stream_changes()) {
            add_change(name_of(change), change);
        }
        auto consumers = compare_consumers(
            situation_, desired_.policies.management == ManagementPolicy::Observe);
        std::move(consumers.begin(), consumers.end(), std::back_inserter(decision_.changes));
    }

    void observe() {
        if (!situation_.stream) {
            return refuse(Reason::Drifted,
                          "stream " + desired_.stream.name.value() + " does not exist");
        }
        compare();
        for (const auto& wanted : desired_.consumers) {
            const auto prefix = consumer_path(wanted.name.value());
            const bool differs = std::any_of(
                decision_.changes.begin(), decision_.changes.end(), [&](const auto& change) {
                    return change.field.starts_with(prefix);
                });
            note_consumer(
                wanted.name.value(), !differs, differs ? Reason::Drifted : Reason::Observed);
        }
        if (decision_.changes.empty()) {
            decision_.report.reason = Reason::Observed;
            return;
        }
        refuse(Reason::Drifted,
               "stream " + desired_.stream.name.value() + " is not as declared: " + list_changes());
    }

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
        auto unsealed = settings;
        unsealed.sealed = false;
        decision_.steps.emplace_back(CreateStream{std::move(unsealed)});
        if (settings.sealed) {
            decision_.steps.emplace_back(UpdateStream{std::move(settings), nullptr});
        }
        plan_consumers();
    }

    template <class Settings>
    void sign_with(Settings& settings) const {
        sign(settings.metadata,
             settings.description,
             own_,
             situation_.server.level >= jetstream::kServer2_10);
    }

    void plan_stream() {
        const auto changes = without(stream_changes(), residue_for(situation_.residue, {}));
        for (const auto& change : changes) {
            if (auto why = jetstream::immutable_because(
                    change, observed_.settings, desired_.stream, situation_.server.level)) {
                immutable_.push_back(name_of(change) + " (" + shown(change.from) +
                                     " on the server, " + shown(change.to) + " declared) " + *why);
                continue;
            }
            auto loss = loss_of(change, desired_.stream, holdings());
            waiting_ = waiting_ || loss.messages > 0;
            note_loss(loss);
            add_change(name_of(change),
                       change,
                       loss.messages > 0 ? Effect::LosesMessages : Effect::Update,
                       loss.messages,
                       std::move(loss.consequence));
        }
        if (adopting_) {
            add_whole("stream",
                      observed_.signature ? observed_.signature->signer() : "unsigned",
                      own_.signer(),
                      Effect::Adopt);
        }
        if (changes.empty() && observed_.signature == own_) {
            return;
        }
        update_stream(changes);
    }

    [[nodiscard]] Holdings holdings() const {
        return {.stream = *situation_.stream,
                .consumers = unchanged_,
                .evidence = situation_.evidence,
                .now = situation_.now,
                .level = situation_.server.level};
    }

    // What is the oldest for two limits at once is dropped once.
    void note_loss(const Loss& loss) {
        if (loss.which == Dropped::Oldest) {
            oldest_lost_ = std::max(oldest_lost_, loss.messages);
        } else {
            others_lost_ += loss.messages;
        }
        if (loss.open) {
            decision_.open.insert(*loss.open);
        }
    }

    [[nodiscard]] std::uint64_t lost() const {
        return std::min(oldest_lost_ + others_lost_, situation_.stream->state.messages);
    }

    void update_stream(const Changes& changes) {
        auto settings = jetstream::as_sent(wanted_stream(), observed_.settings);
        const auto changed = [&](std::string_view wire) {
            return std::any_of(changes.begin(), changes.end(), [&](const auto& change) {
                return change.wire == wire;
            });
        };
        if (changed("placement") && changed("num_replicas")) {
            // The server refuses to move and to scale at once (10123). The fewer copies there are
            // to place, the more places there are: down before the move, up after it.
            if (settings.replicas < observed_.settings.replicas) {
                settings.placement = observed_.settings.placement;
            } else {
                settings.replicas = observed_.settings.replicas;
            }
            decision_.unfinished = true;
        }
        if (changed("consumer_limits") && any_exceeds_new_limits(situation_)) {
            consumers_first_ = all_fit_old_limits(situation_, observed_.settings);
            if (!consumers_first_) {
                decision_.steps = steps_that_give_way(situation_, own_);
            }
        }
        sign_with(settings);
        stream_step_ = UpdateStream{std::move(settings), situation_.stream->beyond};
    }

    void plan_consumers() {
        if (stream_step_ && !consumers_first_) {
            decision_.steps.emplace_back(*stream_step_);
        }
        auto plan = reconcilers::plan_consumers({.situation = situation_,
                                                 .own = own_,
                                                 .observed = observed_.settings,
                                                 .signer = observed_.signature,
                                                 .unchanged = unchanged_,
                                                 .adopting = adopting_,
                                                 .before_limits = consumers_first_});
        const auto append = [](auto& to, auto& from) {
            to.insert(to.end(), from.begin(), from.end());
        };
        append(decision_.steps, plan.steps);
        if (stream_step_ && consumers_first_) {
            decision_.steps.emplace_back(*stream_step_);
        }
        append(decision_.changes, plan.changes);
        append(decision_.report.consumers, plan.statuses);
        foreign_ = std::move(plan.foreign);
        refused_ = std::move(plan.refused);
        waiting_ = waiting_ || plan.loses;
        for (const auto& loss : plan.losses) {
            note_loss(loss);
        }
    }

    void note_consumer(const std::string& name, bool is_ready, Reason reason) {
        decision_.report.consumers.push_back({name, is_ready, std::string{core::name_of(reason)}});
    }

    void settle() {
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
            return refuse(Reason::NotOwned,
                          "consumers of stream " + desired_.stream.name.value() +
                              " that headgate did not make: " + names +
                              "; set adoptionPolicy, or rename them in the manifest");
        }
        if (!refused_.empty()) {
            return refuse(Reason::Rejected,
                          refused_.front() +
                              ". It is not tried again by itself, since that deletes the consumer "
                              "first: change the manifest, or annotate " +
                              std::string{kReconcileAnnotation});
        }
        if (waiting_ && !is_approved()) {
            return wait_for_approval();
        }
        if (decision_.unfinished) {
            // Consumers may need the replicas that come last.
            decision_.steps = {*stream_step_};
            decision_.report.reason = Reason::Reconciling;
            decision_.report.message =
                "stream " + desired_.stream.name.value() +
                " moves and scales in two steps; the second comes when the first has settled";
            return;
        }
        if (leaves_old_limits()) {
            decision_.unfinished = true;
            decision_.report.reason = Reason::Reconciling;
            decision_.report.message = "consumers of stream " + desired_.stream.name.value() +
                                       " let go of its old limits once it has the new ones";
            return;
        }
        report_residue();
        keep_told_approval();
    }

    // Consumers that go before the stream inherit what it has until then.
    [[nodiscard]] bool leaves_old_limits() const {
        if (!consumers_first_ || !observed_.settings.consumer_limits) {
            return false;
        }
        const auto& before = *observed_.settings.consumer_limits;
        const auto& after = *desired_.stream.consumer_limits;
        return (before.inactive_threshold && !after.inactive_threshold) ||
               (before.max_ack_pending && !after.max_ack_pending);
    }

    // An annotation that stays in a manifest approves once.
    [[nodiscard]] bool is_given(const std::string& hash) const {
        return situation_.approvals.contains(hash) ||
               (declaration_.annotations.approve == hash && !situation_.spent.contains(hash));
    }

    bool is_approved() {
        const auto valid = approving_hashes(situation_, lost());
        for (const auto& hash : valid) {
            if (is_given(hash)) {
                decision_.approved = hash;
                decision_.report.message += std::string{kApproved} + hash + " was carried out (" +
                                            losses_of(decision_.changes) + ")";
                return true;
            }
        }
        return false;
    }

    // What was done by an approval is told for as long as the declaration stays as it is.
    void keep_told_approval() {
        const auto& status = declaration_.status;
        if (decision_.steps.empty() && decision_.report.reason == Reason::Applied &&
            status.reason() == Reason::Applied &&
            status.observed_generation == declaration_.generation &&
            status.message().starts_with(decision_.report.message + std::string{kApproved})) {
            decision_.report.message = status.message();
            told_before_ = true;
        }
    }

    void wait_for_approval() {
        auto hash = plan_hash(situation_, bound_for(lost()));
        refuse(Reason::ApprovalRequired,
               losses_of(decision_.changes) + "; plan " + hash + " waits for approval");
        decision_.report.plan =
            resources::Plan{.hash = std::move(hash), .changes = decision_.changes};
        keep_told_figures();
        for (auto& consumer : decision_.report.consumers) {
            consumer.ready = consumer.ready &&
                             std::any_of(situation_.consumers.begin(),
                                         situation_.consumers.end(),
                                         [&](const auto& seen) {
                                             return seen.settings.name.value() == consumer.name;
                                         });
            consumer.reason = consumer.ready ? consumer.reason
                                             : std::string{core::name_of(Reason::ApprovalRequired)};
        }
    }

    // A busy stream's figures move all the time; the status tells them as of the writing of its
    // hash, for as long as that would approve what waits.
    void keep_told_figures() {
        const auto& status = declaration_.status;
        if (status.reason() == Reason::ApprovalRequired && status.plan &&
            status.observed_generation == declaration_.generation &&
            approving_hashes(situation_, lost()).contains(status.plan->hash)) {
            decision_.report.plan = status.plan;
            decision_.report.message = status.message();
            told_before_ = true;
            // Sharper figures matter to whoever approves, and to nobody while nobody does.
            if (!may_be_approved()) {
                decision_.open.clear();
            }
        }
    }

    // By a bound of any size.
    [[nodiscard]] bool may_be_approved() const {
        const auto hashes = approving_hashes(situation_, 0);
        return std::any_of(
            hashes.begin(), hashes.end(), [&](const auto& hash) { return is_given(hash); });
    }

    // What a server did not keep of a declared field, as it showed after our last write of it.
    void report_residue() {
        if (!decision_.steps.empty()) {
            return;
        }
        std::vector<std::string> lost;
        const auto note =
            [&](const std::string& prefix, const Changes& residue, const Changes& declared) {
                for (const auto& change : residue) {
                    if (std::any_of(declared.begin(), declared.end(), [&](const auto& one) {
                            return one.wire == change.wire;
                        })) {
                        lost.push_back((prefix.empty() ? name_of(change) : prefix + change.field) +
                                       " (declared " + shown(change.to) + ", kept " +
                                       shown(change.from) + ")");
                    }
                }
            };
        note("",
             residue_for(situation_.residue, {}),
             jetstream::differences(StreamSettings{}, desired_.stream));
        for (const auto& wanted : desired_.consumers) {
            note(consumer_path(wanted.name.value()) + ".",
                 residue_for(situation_.residue, wanted.name.value()),
                 jetstream::differences(ConsumerSettings{}, wanted));
        }
        if (lost.empty()) {
            return;
        }
        refuse(Reason::Unsupported,
               "the server (" + situation_.server.version + ") did not keep " +
                   core::joined(lost, ", "));
    }

    const Situation& situation_;
    const Declaration& declaration_;
    const resources::Desired& desired_;
    Signature own_;
    Unsigned<StreamSettings> observed_;
    Decision decision_;
    std::optional<UpdateStream> stream_step_;
    std::vector<std::string> immutable_;
    std::vector<std::string> foreign_;
    std::vector<std::string> refused_;
    bool adopting_ = false;
    bool consumers_first_ = false;
    bool waiting_ = false;
    bool told_before_ = false;
    std::vector<jetstream::ConsumerInfo> unchanged_;
    std::uint64_t oldest_lost_ = 0;
    std::uint64_t others_lost_ = 0;
};

}  // namespace

std::string losses_of(const std::vector<PlannedChange>& changes) {
    std::string text;
    for (const auto& change : changes) {
        if (change.effect == Effect::LosesMessages || change.effect == Effect::LosesPosition) {
            text += (text.empty() ? "" : "; ") + change.field + " " + shown(change.from) + " -> " +
                    shown(change.to) + ": " + change.consequence;
        }
    }
    return text;
}

Decision decide(const Situation& situation) {
    return Planner{situation}.plan();
}

}  // namespace headgate::reconcilers
