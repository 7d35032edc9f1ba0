// eventually: asks again until a claim holds or the time is up; what tests use where a real process
// needs a moment. The only pause in the tests, and never one that a result depends on.
#pragma once

#include <chrono>
#include <concepts>
#include <thread>

namespace headgate::support {

inline constexpr std::chrono::milliseconds kPatience = std::chrono::seconds{60};
inline constexpr std::chrono::milliseconds kPoll{10};

/// True as soon as `claim()` is, false when it still is not after `time`. Asks at least once.
template <std::predicate Claim>
[[nodiscard]] bool eventually(Claim claim,
                              std::chrono::milliseconds time = kPatience,
                              std::chrono::milliseconds poll = kPoll) {
    const auto deadline = std::chrono::steady_clock::now() + time;
    while (!claim()) {
        if (std::chrono::steady_clock::now() >= deadline) {
            return false;
        }
        std::this_thread::sleep_for(poll);
    }
    return true;
}

/// True when `claim()` holds now and all through `time`: for "nothing more happens".
template <std::predicate Claim>
[[nodiscard]] bool always(Claim claim,
                          std::chrono::milliseconds time,
                          std::chrono::milliseconds poll = kPoll) {
    return !eventually([&] { return !claim(); }, time, poll);
}

}  // namespace headgate::support
