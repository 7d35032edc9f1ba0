// The kinds Headgate provisions, and the names each goes by.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "core/names.hpp"

namespace headgate::resources {

inline constexpr std::string_view kGroup = "headgate.io";
inline constexpr std::string_view kVersion = "v1alpha1";
inline constexpr std::string_view kApiVersion = "headgate.io/v1alpha1";

/// Where what the other kinds provision is kept; provisions nothing itself.
inline constexpr std::string_view kNatsConnection = "NatsConnection";
inline constexpr std::string_view kNatsConnections = "natsconnections";

enum class Kind { StateBucket, StreamConfig };

inline constexpr std::array kKinds{Kind::StateBucket, Kind::StreamConfig};

struct KindNames {
    std::string_view plural;
    std::string_view singular;
    std::string_view short_name;
};

[[nodiscard]] constexpr KindNames names_of(Kind kind) {
    return kind == Kind::StateBucket ? KindNames{"statebuckets", "statebucket", "sbkt"}
                                     : KindNames{"streamconfigs", "streamconfig", "stc"};
}

/// Which declaration: kind, namespace and name. Says where to look, never what happened.
struct ObjectKey {
    Kind kind = Kind::StateBucket;
    std::string ns;
    std::string name;

    friend auto operator<=>(const ObjectKey&, const ObjectKey&) = default;
};

}  // namespace headgate::resources

template <>
struct headgate::core::Names<headgate::resources::Kind> {
    using E = headgate::resources::Kind;
    static constexpr std::array kAll{Name<E>{E::StateBucket, "StateBucket"},
                                     Name<E>{E::StreamConfig, "StreamConfig"}};
};

namespace headgate::resources {

/// "StreamConfig agents/orders".
[[nodiscard]] inline std::string to_text(const ObjectKey& key) {
    return std::string{core::name_of(key.kind)} + " " + key.ns + "/" + key.name;
}

}  // namespace headgate::resources
