// Exponential backoff as a value: how long to wait after so many failures in a row.
#pragma once

#include <algorithm>
#include <chrono>

namespace headgate::core {

struct Backoff {
    std::chrono::milliseconds first{5};
    std::chrono::milliseconds longest{60'000};

    /// Delay after failure number `failures` (from 1): `first`, doubled each time up to `longest`;
    /// `jitter` of [0, 1) adds up to a fifth, so that many do not come back in step.
    [[nodiscard]] std::chrono::milliseconds delay(int failures, double jitter) const {
        constexpr int kMostDoublings = 30;
        const auto doubled =
            first * (std::int64_t{1} << std::clamp(failures - 1, 0, kMostDoublings));
        const auto base = std::min(doubled, longest);
        return base + std::chrono::duration_cast<std::chrono::milliseconds>(base * jitter * 0.2);
    }
};

}  // namespace headgate::core
