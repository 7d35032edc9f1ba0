#include "reconcilers/loss.hpp"

#include <algorithm>
#include <cmath>

#include "jetstream/compare.hpp"

namespace headgate::reconcilers {

using jetstream::ConsumerInfo;
using jetstream::Discard;
using jetstream::Retention;
using jetstream::StreamInfo;
using jetstream::StreamSettings;

namespace {

using Filters = std::vector<std::string>;

Loss drop(std::string_view how,
          std::uint64_t lost,
          const StreamInfo& stream,
          const std::string& which,
          Dropped dropped = Dropped::Oldest,
          std::optional<Question> open = {}) {
    if (lost == 0) {
        return {};
    }
    return {.messages = lost,
            .consequence = "drops " + std::string{how} + " " + grouped(lost) + " of " +
                           grouped(stream.state.messages) + " messages, " + which,
            .which = dropped,
            .open = open};
}

bool drops_beyond_limits(const StreamSettings& desired, jetstream::ServerLevel level) {
    return desired.discard == Discard::Old || level < jetstream::kServer2_10;
}

Loss by_count(const StreamSettings& desired, const Holdings& holdings) {
    const auto held = holdings.stream.state.messages;
    const auto limit = static_cast<std::uint64_t>(desired.max_messages.value_or(0));
    if (!desired.max_messages || !drops_beyond_limits(desired, holdings.level) || held <= limit) {
        return {};
    }
    return drop("about", held - limit, holdings.stream, "the oldest beyond " + grouped(limit));
}

Loss by_bytes(const StreamSettings& desired, const Holdings& holdings) {
    const auto& state = holdings.stream.state;
    const auto limit =
        desired.max_bytes ? static_cast<std::uint64_t>(desired.max_bytes->value()) : 0;
    if (!desired.max_bytes || !drops_beyond_limits(desired, holdings.level) ||
        state.bytes <= limit) {
        return {};
    }
    const auto which = "the oldest beyond " + core::format_bytes(*desired.max_bytes);
    if (holdings.evidence.beyond_bytes) {
        return drop("about", *holdings.evidence.beyond_bytes, holdings.stream, which);
    }
    // As if all messages were of one size.
    const auto share = static_cast<double>(state.bytes - limit) / static_cast<double>(state.bytes);
    const auto lost =
        static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(state.messages)));
    return drop("about",
                std::clamp<std::uint64_t>(lost, 1, state.messages),
                holdings.stream,
                which,
                Dropped::Oldest,
                Question::BeyondBytes);
}

Loss by_age(const StreamSettings& desired, const Holdings& holdings) {
    const auto& state = holdings.stream.state;
    if (!desired.max_age || !state.first_time || !state.last_time) {
        return {};
    }
    const auto cut = holdings.now - *desired.max_age;
    if (*state.first_time >= cut) {
        return {};
    }
    const auto which = "those older than " + core::format_duration(*desired.max_age);
    if (*state.last_time <= cut) {
        return drop("about", state.messages, holdings.stream, which);
    }
    if (holdings.evidence.older) {
        return drop("about", *holdings.evidence.older, holdings.stream, which);
    }
    // Between the ends only their times are known: as if messages had come in evenly.
    const auto share = static_cast<double>((cut - *state.first_time).count()) /
                       static_cast<double>((*state.last_time - *state.first_time).count());
    const auto lost =
        static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(state.messages)));
    return drop("about",
                std::clamp<std::uint64_t>(lost, 1, state.messages),
                holdings.stream,
                which,
                Dropped::Oldest,
                Question::Older);
}

// How full each subject is, only its own limit tells: at worst as many as possible are at that
// limit, and each of the others has one message.
std::uint64_t most_beyond(std::uint64_t limit, const StreamInfo& stream) {
    const auto held = stream.state.messages;
    const auto before = stream.settings.max_messages_per_subject
                            ? static_cast<std::uint64_t>(*stream.settings.max_messages_per_subject)
                            : held;
    const auto spare = held - std::min(held, std::max<std::uint64_t>(stream.state.subjects, 1));
    if (before <= limit || spare == 0) {
        return 0;
    }
    const auto room = before - 1;
    const auto rest = spare % room + 1;
    return spare / room * (before - limit) + (rest > limit ? rest - limit : 0);
}

Loss by_subject(const StreamSettings& desired, const Holdings& holdings) {
    if (!desired.max_messages_per_subject) {
        return {};
    }
    const auto limit = static_cast<std::uint64_t>(*desired.max_messages_per_subject);
    const auto which = "the oldest beyond " + grouped(limit) + " a subject";
    const auto most = most_beyond(limit, holdings.stream);
    if (most == 0 || !holdings.evidence.subject_counts) {
        return drop(
            "up to", most, holdings.stream, which, Dropped::OfSubjects, Question::SubjectCounts);
    }
    std::uint64_t lost = 0;
    for (const auto& [subject, count] : *holdings.evidence.subject_counts) {
        lost += count > limit ? count - limit : 0;
    }
    return drop("about", lost, holdings.stream, which, Dropped::OfSubjects);
}

// A consumer without filters has one that matches everything.
Filters filters_of(const jetstream::ConsumerSettings& consumer) {
    return consumer.filter_subjects.empty() ? Filters{std::string{}} : consumer.filter_subjects;
}

bool apart(const ConsumerInfo& left, const ConsumerInfo& right) {
    const auto one = filters_of(left.settings);
    const auto other = filters_of(right.settings);
    return std::none_of(one.begin(), one.end(), [&](const auto& filter) {
        return std::any_of(other.begin(), other.end(), [&](const auto& second) {
            return jetstream::overlap(filter, second);
        });
    });
}

// Messages that some consumer waits for, at least: those of consumers that share no subject.
std::uint64_t awaited(const std::vector<ConsumerInfo>& consumers) {
    std::uint64_t most = 0;
    std::uint64_t sum = 0;
    bool all_apart = true;
    for (std::size_t i = 0; i < consumers.size(); ++i) {
        most = std::max(most, held_for(consumers[i]));
        sum += held_for(consumers[i]);
        for (std::size_t j = 0; j < i; ++j) {
            all_apart = all_apart && apart(consumers[i], consumers[j]);
        }
    }
    return all_apart ? sum : most;
}

Loss by_interest(const StreamSettings& desired, const Holdings& holdings) {
    if (desired.retention != Retention::Interest) {
        return {};
    }
    const auto held = holdings.stream.state.messages;
    return drop("up to",
                held - std::min(held, awaited(holdings.consumers)),
                holdings.stream,
                "those that no consumer still waits for",
                Dropped::OfConsumers);
}

// A stream that allows no TTL takes no message with one, but for what it copies, and what it took
// from a server before 2.11: they expire once it does allow them.
Loss by_ttl(const StreamSettings& desired, const Holdings& holdings) {
    if (!desired.allow_msg_ttl) {
        return {};
    }
    const auto& told = holdings.evidence.with_ttl;
    return drop("up to",
                told.value_or(holdings.stream.state.messages),
                holdings.stream,
                "those that carry a TTL (Nats-TTL), as they expire",
                Dropped::WithTtl,
                told ? std::nullopt : std::optional{Question::WithTtl});
}

// Whether what the server tells of the consumer's position holds for one that has delivered
// nothing.
bool tells_position(const ConsumerInfo& consumer) {
    const auto policy = consumer.settings.deliver_policy;
    return consumer.delivered > 0 || consumer.acknowledged_to > 0 ||
           policy == jetstream::DeliverPolicy::All ||
           policy == jetstream::DeliverPolicy::ByStartSequence;
}

Loss larger(Loss left, Loss right) {
    return left.messages >= right.messages ? std::move(left) : std::move(right);
}

}  // namespace

Loss loss_of(const fields::Change& change,
             const StreamSettings& desired,
             const Holdings& holdings) {
    if (holdings.stream.state.messages == 0) {
        return {};
    }
    if (change.wire == "max_msgs") {
        return by_count(desired, holdings);
    }
    if (change.wire == "max_bytes") {
        return by_bytes(desired, holdings);
    }
    if (change.wire == "discard") {
        // A limit that changes too is told as such.
        const auto& before = holdings.stream.settings;
        auto unchanged = desired;
        if (before.max_messages != desired.max_messages) {
            unchanged.max_messages.reset();
        }
        if (before.max_bytes != desired.max_bytes) {
            unchanged.max_bytes.reset();
        }
        return larger(by_count(unchanged, holdings), by_bytes(unchanged, holdings));
    }
    if (change.wire == "max_age") {
        return by_age(desired, holdings);
    }
    if (change.wire == "max_msgs_per_subject") {
        return by_subject(desired, holdings);
    }
    if (change.wire == "retention") {
        return by_interest(desired, holdings);
    }
    if (change.wire == "allow_msg_ttl") {
        return by_ttl(desired, holdings);
    }
    return {};
}

Loss loss_of_interest(const ConsumerInfo& consumer,
                      const std::optional<std::vector<std::string>>& wanted,
                      const std::vector<ConsumerInfo>& others,
                      const Evidence& evidence) {
    const auto held = held_for(consumer);
    const auto& before = consumer.settings.filter_subjects;
    // One that has acknowledged no more of the same subjects, in whatever order, and that no server
    // removes by itself, still waits for all of it.
    const bool shared = std::any_of(others.begin(), others.end(), [&](const auto& other) {
        return jetstream::covers(other.settings.filter_subjects, before) && tells_position(other) &&
               position_of(other) <= position_of(consumer) && other.unacknowledged == 0 &&
               !other.settings.inactive_threshold &&
               other.settings.ack_policy != jetstream::AckPolicy::None;
    });
    if (held == 0 || shared || (wanted && jetstream::covers(*wanted, before))) {
        return {};
    }
    Loss loss{.messages = held, .which = Dropped::OfConsumers};
    if (wanted && evidence.subject_counts) {
        std::uint64_t gone = 0;
        for (const auto& [subject, count] : *evidence.subject_counts) {
            gone += jetstream::covers(before, {subject}) && !jetstream::covers(*wanted, {subject})
                        ? count
                        : 0;
        }
        loss.messages = std::min(held, gone);
    } else if (wanted) {
        loss.open = Question::SubjectCounts;
    }
    if (loss.messages > 0) {
        loss.consequence = "drops up to " + grouped(loss.messages) +
                           " messages that the stream keeps for this consumer" +
                           (wanted ? " and that the new filter no longer matches" : "");
    }
    return loss;
}

std::uint64_t position_of(const ConsumerInfo& consumer) {
    const auto start = consumer.settings.start_sequence.value_or(1);
    return std::max(consumer.acknowledged_to, start - std::min<std::uint64_t>(start, 1));
}

std::uint64_t held_for(const ConsumerInfo& consumer) {
    return consumer.pending + consumer.unacknowledged;
}

std::string grouped(std::uint64_t number) {
    auto text = std::to_string(number);
    for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
        text.insert(static_cast<std::size_t>(at), ",");
    }
    return text;
}

}  // namespace headgate::reconcilers
