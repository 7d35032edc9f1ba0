#include "reconcilers/warnings.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "jetstream/compare.hpp"
#include "reconcilers/plan.hpp"
#include "reconcilers/signature.hpp"
#include "reconcilers/standing.hpp"

namespace headgate::reconcilers {

using jetstream::ConsumerSettings;
using jetstream::Retention;
using jetstream::StreamSettings;

namespace {

// A stream of many subjects names the first few.
constexpr std::size_t kNamed = 3;

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), kNamed); ++i) {
        text += (text.empty() ? "" : ", ") + names[i];
    }
    return names.size() > kNamed ? text + " and " + std::to_string(names.size() - kNamed) + " more"
                                 : text;
}

/// Those that the stream has once it is as declared: the declared ones, and what others made.
std::vector<ConsumerSettings> consumers_to_be(const Situation& situation) {
    auto consumers = situation.desired.consumers;
    const auto own = signature_of(
        situation.instance, situation.declaration->key, situation.desired.policies.deletion);
    for (const auto& info : situation.consumers) {
        auto seen = strip(info.settings);
        const bool is_declared =
            std::any_of(consumers.begin(), consumers.end(), [&](const auto& consumer) {
                return consumer.name == seen.settings.name;
            });
        if (!is_declared && !(seen.signature && seen.signature->same_signer(own))) {
            consumers.push_back(std::move(seen.settings));
        }
    }
    return consumers;
}

bool filters(const ConsumerSettings& consumer, std::string_view subject) {
    return consumer.filter_subjects.empty() ||
           std::any_of(consumer.filter_subjects.begin(),
                       consumer.filter_subjects.end(),
                       [&](const auto& filter) { return jetstream::overlap(filter, subject); });
}

bool share_messages(const ConsumerSettings& left, const ConsumerSettings& right) {
    return left.filter_subjects.empty() ||
           std::any_of(left.filter_subjects.begin(),
                       left.filter_subjects.end(),
                       [&](const auto& filter) { return filters(right, filter); });
}

class Adviser {
public:
    explicit Adviser(const Situation& situation)
        : situation_(situation),
          stream_(jetstream::as_stored(situation.desired.stream, {}, situation.server.level)),
          consumers_(consumers_to_be(situation)) {}

    std::vector<Warning> advise() && {
        look_at_interest();
        look_at_subjects();
        look_at_work_queue();
        look_at_storage();
        return std::move(warnings_);
    }

private:
    void warn(std::string_view id, std::string text) {
        warnings_.push_back({std::string{id}, std::move(text)});
    }

    // One that the server removes when nobody uses it keeps nothing while it is gone, and would
    // make the warning come and go.
    void look_at_interest() {
        if (stream_.retention != Retention::Interest) {
            return;
        }
        std::vector<std::string> dropped;
        for (const auto& subject : stream_.subjects) {
            if (std::none_of(consumers_.begin(), consumers_.end(), [&](const auto& consumer) {
                    return !consumer.inactive_threshold && filters(consumer, subject);
                })) {
                dropped.push_back(subject);
            }
        }
        if (!dropped.empty()) {
            warn(warning_ids::kRetentionWithoutConsumers,
                 "retention is Interest and no durable consumer filters " + listed(dropped) +
                     ": what is published there is dropped at once");
        }
    }

    void look_at_subjects() {
        for (const auto& [subject, streams] : situation_.overlapping) {
            std::vector<std::string> names;
            for (const auto& name : streams) {
                names.push_back(name.value());
            }
            warn(warning_ids::kSubjectsOverlap,
                 "subject " + subject + " overlaps with those of stream " + listed(names) +
                     ", which the server refuses");
        }
    }

    // nats-server 2.9 lets filters overlap in part, later ones refuse it (10099, 10100).
    void look_at_work_queue() {
        if (stream_.retention != Retention::WorkQueue) {
            return;
        }
        std::vector<std::string> pairs;
        for (auto left = consumers_.begin(); left != consumers_.end(); ++left) {
            for (auto right = std::next(left); right != consumers_.end(); ++right) {
                if (share_messages(*left, *right)) {
                    pairs.push_back(left->name.value() + " with " + right->name.value());
                }
            }
        }
        if (!pairs.empty()) {
            warn(warning_ids::kConsumersOverlap,
                 "retention is WorkQueue and the filters of its consumers overlap (" +
                     listed(pairs) + "): a message is for one of them only");
        }
    }

    // As declared: what --replica-limit makes of it is told on its own.
    void look_at_storage() {
        const auto& declared = situation_.declaration->parsed.desired->stream;
        const bool is_state = situation_.declaration->key.kind == Kind::StateBucket;
        if (is_state && declared.storage == jetstream::Storage::Memory && declared.replicas == 1 &&
            !declared.mirror) {
            warn(warning_ids::kMemoryWithoutCopy,
                 "storage is Memory with one replica: a restart of its server loses all values");
        }
        if (is_limited() && !stream_.max_bytes) {
            warn(warning_ids::kUnboundedInLimitedAccount,
                 "maxBytes is left out and the account's " +
                     std::string{core::name_of(stream_.storage)} +
                     " storage is limited: this stream may use up what others need");
        }
        if (declared.replicas == 2) {
            warn(warning_ids::kTwoReplicas,
                 "two replicas stand still when either is away, as one does: use 3, or 1");
        }
    }

    [[nodiscard]] bool is_limited() const {
        const auto& limits = situation_.server.limits_for(stream_.replicas);
        return (stream_.storage == jetstream::Storage::Memory ? limits.max_memory : limits.max_file)
            .has_value();
    }

    const Situation& situation_;
    StreamSettings stream_;
    std::vector<ConsumerSettings> consumers_;
    std::vector<Warning> warnings_;
};

}  // namespace

std::vector<Warning> warnings_of(const Situation& situation) {
    return Adviser{situation}.advise();
}

std::string as_suffix(const std::vector<Warning>& warnings) {
    std::string text;
    for (const auto& warning : warnings) {
        text += "; warning " + warning.id + ": " + warning.text;
    }
    return text;
}

}  // namespace headgate::reconcilers
