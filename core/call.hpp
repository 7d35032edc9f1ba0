// Call: the last parameter of every effect. Says until when an answer is of use, and lets the
// caller give up early.
#pragma once

#include <chrono>
#include <stop_token>

namespace headgate::core {

struct Call {
    std::chrono::steady_clock::time_point deadline;
    std::stop_token stop;

    /// A call that may take `time` from now.
    [[nodiscard]] static Call within(std::chrono::steady_clock::duration time,
                                     std::stop_token stop = {}) {
        return Call{std::chrono::steady_clock::now() + time, std::move(stop)};
    }

    /// Time left, never negative.
    [[nodiscard]] std::chrono::milliseconds left() const {
        const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        return rest.count() > 0 ? rest : std::chrono::milliseconds{0};
    }
};

}  // namespace headgate::core
