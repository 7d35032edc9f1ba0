// metav1.MicroTime: RFC 3339 in UTC with exactly six digits of a second.
#pragma once

#include <chrono>
#include <string>

#include "core/units.hpp"

namespace headgate::kube {

[[nodiscard]] inline std::string micro_time(core::Timestamp time) {
    const auto second = std::chrono::floor<std::chrono::seconds>(time);
    const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(time - second).count();
    auto text = core::format_time(second);
    text.pop_back();
    return text + "." + std::to_string(1'000'000 + rest).substr(1) + "Z";
}

}  // namespace headgate::kube
