// Call: the last parameter of every effect. Says until when an answer is of use, and lets the
// caller give up early.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>

namespace headgate::core {

struct Call {
    std::chrono::steady_clock::time_point deadline;
    std::stop_token stop;
    /// Which connection it must go over, as its owner counts them; absent: whichever there is. What
    /// was decided by what one server said is not done on another one.
    std::optional<std::uint64_t> epoch{};

    /// A call that may take `time` from now.
    [[nodiscard]] static Call within(std::chrono::steady_clock::duration time,
                                     std::stop_token stop = {}) {
        return Call{.deadline = std::chrono::steady_clock::now() + time, .stop = std::move(stop)};
    }

    /// Time left, never negative.
    [[nodiscard]] std::chrono::milliseconds left() const {
        const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        return rest.count() > 0 ? rest : std::chrono::milliseconds{0};
    }
};

}  // namespace headgate::core
