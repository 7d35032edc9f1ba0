// What an update of a stream would throw away, from what the server holds now. Pure: where a
// stream's own state gives only a bound, the loss says which question would make it sharper
// (reconcilers/evidence answers it).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/fields/change.hpp"
#include "core/units.hpp"
#include "jetstream/info.hpp"

namespace headgate::reconcilers {

/// What the server can be asked, at a price that only a loss is worth.
enum class Question {
    Older,          ///< How many messages are older than the declared age?
    BeyondBytes,    ///< How many of the oldest are beyond the declared size?
    SubjectCounts,  ///< How many does each subject hold?
    WithTtl,        ///< How many carry a TTL of their own?
};

/// The answers, as far as they were asked for.
struct Evidence {
    std::optional<std::uint64_t> older;
    std::optional<std::uint64_t> beyond_bytes;
    std::optional<std::map<std::string, std::uint64_t>> subject_counts;
    std::optional<std::uint64_t> with_ttl;
};

/// Which messages are dropped: what is the oldest for two limits at once is dropped only once.
enum class Dropped { Oldest, OfSubjects, OfConsumers, WithTtl };

struct Loss {
    std::uint64_t messages = 0;  ///< 0: nothing is lost.
    std::string consequence;     ///< "drops about 1,204 of 5,000 messages, those older than 1h".
    Dropped which = Dropped::Oldest;
    std::optional<Question> open;  ///< The figure is a bound until this is answered.
};

/// What there is to judge a change of a stream by.
struct Holdings {
    const jetstream::StreamInfo& stream;
    const std::vector<jetstream::ConsumerInfo>& consumers;
    const Evidence& evidence;
    core::Timestamp now{};
    /// Before 2.10 a tighter limit drops what is beyond it whatever the discard policy.
    jetstream::ServerLevel level = jetstream::kServer2_9;
};

/// What `change`, one of the differences between the stream and `desired`, would drop.
[[nodiscard]] Loss loss_of(const fields::Change& change,
                           const jetstream::StreamSettings& desired,
                           const Holdings& holdings);

/// What a stream with retention Interest drops once `consumer` no longer wants what it wanted, but
/// `wanted` (filters; none: nothing at all), while `others` stay.
[[nodiscard]] Loss loss_of_interest(const jetstream::ConsumerInfo& consumer,
                                    const std::optional<std::vector<std::string>>& wanted,
                                    const std::vector<jetstream::ConsumerInfo>& others,
                                    const Evidence& evidence);

/// Up to where everything is acknowledged, as far as the server tells it. Servers before 2.15 tell
/// nothing of a consumer that has delivered nothing yet, even where it begins later than at the
/// first message.
[[nodiscard]] std::uint64_t position_of(const jetstream::ConsumerInfo& consumer);

/// Messages that the consumer still has to deliver, or to see acknowledged.
[[nodiscard]] std::uint64_t held_for(const jetstream::ConsumerInfo& consumer);

/// 1204 -> "1,204".
[[nodiscard]] std::string grouped(std::uint64_t number);

}  // namespace headgate::reconcilers
