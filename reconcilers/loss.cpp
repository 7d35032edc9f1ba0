#include "reconcilers/loss.hpp"

#include <algorithm>
#include <cmath>

namespace headgate::reconcilers {

using jetstream::Discard;
using jetstream::Retention;
using jetstream::StreamInfo;
using jetstream::StreamSettings;

namespace {

std::string words(std::string_view how,
                  std::uint64_t lost,
                  std::uint64_t held,
                  const std::string& which) {
    return "drops " + std::string{how} + " " + grouped(lost) + " of " + grouped(held) +
           " messages, " + which;
}

bool drops_beyond_limits(const StreamSettings& desired, jetstream::ServerLevel level) {
    return desired.discard == Discard::Old || level < jetstream::kServer2_10;
}

Loss by_count(const StreamInfo& stream,
              const StreamSettings& desired,
              jetstream::ServerLevel level) {
    const auto held = stream.state.messages;
    const auto limit = static_cast<std::uint64_t>(desired.max_messages.value_or(0));
    if (!desired.max_messages || !drops_beyond_limits(desired, level) || held <= limit) {
        return {};
    }
    return {held - limit,
            words("about", held - limit, held, "the oldest beyond " + grouped(limit))};
}

Loss by_bytes(const StreamInfo& stream,
              const StreamSettings& desired,
              jetstream::ServerLevel level) {
    const auto bytes = stream.state.bytes;
    const auto limit =
        desired.max_bytes ? static_cast<std::uint64_t>(desired.max_bytes->value()) : 0;
    if (!desired.max_bytes || !drops_beyond_limits(desired, level) || bytes <= limit) {
        return {};
    }
    const auto held = stream.state.messages;
    const auto share = static_cast<double>(bytes - limit) / static_cast<double>(bytes);
    const auto lost = std::clamp<std::uint64_t>(
        static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(held))), 1, held);
    return {
        lost,
        words("about", lost, held, "the oldest beyond " + core::format_bytes(*desired.max_bytes))};
}

Loss by_age(const StreamInfo& stream, const StreamSettings& desired, core::Timestamp now) {
    const auto& state = stream.state;
    if (!desired.max_age || !state.first_time || !state.last_time ||
        *state.first_time >= now - *desired.max_age) {
        return {};
    }
    const auto cut = now - *desired.max_age;
    auto lost = state.messages;
    if (*state.last_time > cut) {
        // Between the ends only their times are known: as if messages had come in evenly.
        const auto share = static_cast<double>((cut - *state.first_time).count()) /
                           static_cast<double>((*state.last_time - *state.first_time).count());
        lost = std::clamp<std::uint64_t>(
            static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(lost))), 1, lost);
    }
    return {lost,
            words("about",
                  lost,
                  state.messages,
                  "those older than " + core::format_duration(*desired.max_age))};
}

// How full each subject is, only its own limit tells: at worst as many as possible are at that
// limit, and each of the others has one message.
Loss by_subject(const StreamInfo& stream, const StreamSettings& desired) {
    if (!desired.max_messages_per_subject) {
        return {};
    }
    const auto held = stream.state.messages;
    const auto limit = static_cast<std::uint64_t>(*desired.max_messages_per_subject);
    const auto before = stream.settings.max_messages_per_subject
                            ? static_cast<std::uint64_t>(*stream.settings.max_messages_per_subject)
                            : held;
    const auto spare = held - std::min(held, std::max<std::uint64_t>(stream.state.subjects, 1));
    if (before <= limit || spare == 0) {
        return {};
    }
    const auto room = before - 1;
    const auto rest = spare % room + 1;
    const auto lost = spare / room * (before - limit) + (rest > limit ? rest - limit : 0);
    if (lost == 0) {
        return {};
    }
    return {lost, words("up to", lost, held, "the oldest beyond " + grouped(limit) + " a subject")};
}

Loss by_interest(const StreamInfo& stream, const StreamSettings& desired) {
    if (desired.retention != Retention::Interest) {
        return {};
    }
    const auto held = stream.state.messages;
    return {held, words("up to", held, held, "those that no consumer still waits for")};
}

Loss larger(Loss left, Loss right) {
    return left.messages >= right.messages ? std::move(left) : std::move(right);
}

}  // namespace

Loss loss_of(const fields::Change& change,
             const StreamInfo& stream,
             const StreamSettings& desired,
             core::Timestamp now,
             jetstream::ServerLevel level) {
    if (stream.state.messages == 0) {
        return {};
    }
    if (change.wire == "max_msgs") {
        return by_count(stream, desired, level);
    }
    if (change.wire == "max_bytes") {
        return by_bytes(stream, desired, level);
    }
    if (change.wire == "discard") {
        return larger(by_count(stream, desired, level), by_bytes(stream, desired, level));
    }
    if (change.wire == "max_age") {
        return by_age(stream, desired, now);
    }
    if (change.wire == "max_msgs_per_subject") {
        return by_subject(stream, desired);
    }
    if (change.wire == "retention") {
        return by_interest(stream, desired);
    }
    return {};
}

std::string grouped(std::uint64_t number) {
    auto text = std::to_string(number);
    for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
        text.insert(static_cast<std::size_t>(at), ",");
    }
    return text;
}

}  // namespace headgate::reconcilers
