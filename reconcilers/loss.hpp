// What an update of a stream would throw away, from what the server holds now. Pure; figures are
// upper bounds as far as a stream's own state tells.
#pragma once

#include <cstdint>
#include <string>

#include "core/fields/change.hpp"
#include "core/units.hpp"
#include "jetstream/info.hpp"

namespace headgate::reconcilers {

struct Loss {
    std::uint64_t messages = 0;  ///< 0: nothing is lost.
    std::string consequence;     ///< "drops about 1,204 of 5,000 messages, those older than 1h".
};

/// What `change`, one of the differences between `stream` and `desired`, would drop on a server of
/// `level`: before 2.10 a tighter limit drops what is beyond it whatever the discard policy.
[[nodiscard]] Loss loss_of(const fields::Change& change,
                           const jetstream::StreamInfo& stream,
                           const jetstream::StreamSettings& desired,
                           core::Timestamp now,
                           jetstream::ServerLevel level);

/// 1204 -> "1,204".
[[nodiscard]] std::string grouped(std::uint64_t number);

}  // namespace headgate::reconcilers
