// Strong<Tag, T>: a named type over T that neither appears nor disappears by accident. Construction
// and access are explicit; equality, order and hashing are T's own.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <utility>

namespace headgate::core {

template <class Tag, class T>
class Strong {
public:
    using underlying_type = T;

    Strong() = default;

    constexpr explicit Strong(T value) : value_(std::move(value)) {}

    [[nodiscard]] constexpr const T& value() const noexcept { return value_; }

    friend constexpr bool operator==(const Strong&, const Strong&) = default;
    friend constexpr auto operator<=>(const Strong&, const Strong&) = default;

private:
    T value_{};
};

}  // namespace headgate::core

template <class Tag, class T>
struct std::hash<headgate::core::Strong<Tag, T>> {
    std::size_t operator()(const headgate::core::Strong<Tag, T>& strong) const noexcept {
        return std::hash<T>{}(strong.value());
    }
};
