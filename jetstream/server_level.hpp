// Server generations that differ in what a configuration may hold. A field table names the first
// one that keeps a field.
#pragma once

#include <string_view>

namespace headgate::jetstream {

/// Ordered. From 2.11 on a server states an API level (ADR-44), which is what decides.
enum ServerLevel : int {
    kServer2_9 = 0,
    kServer2_10 = 1,
    kServer2_11 = 2,    ///< API level 1.
    kServer2_12 = 3,    ///< API level 2.
    kServer2_12_5 = 4,  ///< API level 3.
    kServer2_14 = 5,    ///< API level 4.
    kServer2_15 = 6,    ///< API level 5.
};

/// "2.10": for messages and the reference page.
[[nodiscard]] constexpr std::string_view version_text(int level) {
    switch (level) {
        case kServer2_9:
            return "2.9";
        case kServer2_10:
            return "2.10";
        case kServer2_11:
            return "2.11";
        case kServer2_12:
            return "2.12";
        case kServer2_12_5:
            return "2.12.5";
        case kServer2_14:
            return "2.14";
        default:
            return "2.15";
    }
}

}  // namespace headgate::jetstream
