// Diff by table: which fields of two values of one type differ, named and shown as a manifest
// would write them. Include only where it is instantiated.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "core/fields/change.hpp"
#include "core/fields/codec.hpp"

namespace headgate::fields {

/// A value as text for people: text bare, everything else as JSON; what is absent, empty.
template <class V>
std::string shown(const V& value, const Rules& rules) {
    const auto json = Value<V>::emit(value, Dialect::Manifest, rules);
    if (json.is_null()) {
        return {};
    }
    return json.is_string() ? json.template get<std::string>()
                            : json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

template <class V>
bool same(const V& left, const V& right, const Rules& rules);

namespace detail {

template <class V>
bool same_fields(const V& left, const V& right) {
    bool equal = true;
    visit_fields(
        [&](const auto& field, const auto& one, const auto& other) {
            equal = equal && same(one, other, field.rules);
        },
        left,
        right);
    return equal;
}

template <class V>
bool same_value(const V& left, const V& right) {
    if constexpr (Tabled<V>) {
        return same_fields(left, right);
    } else {
        return left == right;
    }
}

template <class V>
bool same_value(const std::optional<V>& left, const std::optional<V>& right) {
    return left && right ? same_value(*left, *right) : left.has_value() == right.has_value();
}

template <class V>
bool same_value(const std::vector<V>& left, const std::vector<V>& right) {
    return std::equal(
        left.begin(), left.end(), right.begin(), right.end(), [](const V& one, const V& other) {
            return same_value(one, other);
        });
}

}  // namespace detail

/// Equal but for the order of lists that the table calls unordered, at any depth.
template <class V>
bool same(const V& left, const V& right, const Rules& rules) {
    if constexpr (
        requires { typename V::allocator_type; } && !std::is_same_v<V, std::string> &&
        !requires { typename V::mapped_type; }) {
        if (rules.unordered) {
            return left.size() == right.size() &&
                   std::is_permutation(left.begin(),
                                       left.end(),
                                       right.begin(),
                                       [](const auto& one, const auto& other) {
                                           return detail::same_value(one, other);
                                       });
        }
    }
    return detail::same_value(left, right);
}

/// The fields in which `desired` differs from `observed`, in table order.
template <class T>
Changes diff(const T& observed, const T& desired) {
    Changes changes;
    visit_fields(
        [&](const auto& field, const auto& from, const auto& to) {
            if (!same(from, to, field.rules)) {
                changes.push_back(Change{std::string{field.name.empty() ? field.wire : field.name},
                                         std::string{field.wire},
                                         shown(from, field.rules),
                                         shown(to, field.rules),
                                         field.rules.level});
            }
        },
        observed,
        desired);
    return changes;
}

}  // namespace headgate::fields
