// Every way in which a value of a tabled type can differ from another in one field, found through
// its table: so that a test over "each field" cannot forget one.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/fields/codec.hpp"
#include "jetstream/settings_tables.hpp"

namespace headgate::testing_fields {

template <class V>
void make_other(V& value);

template <class T>
void make_all_other(T& object) {
    fields::visit_fields([](const auto&, auto& member) { make_other(member); }, object);
}

template <class V>
struct Other {
    static void of(V& value) {
        if constexpr (std::is_same_v<V, bool>) {
            value = !value;
        } else if constexpr (std::is_integral_v<V>) {
            value = static_cast<V>(value + 2);
        } else if constexpr (core::Named<V>) {
            for (const auto& name : core::Names<V>::kAll) {
                if (name.value != value && !name.text.empty()) {
                    value = name.value;
                    break;
                }
            }
        } else if constexpr (fields::Tabled<V>) {
            make_all_other(value);
        } else {
            static_assert(!sizeof(V), "a type no variant is known of");
        }
    }
};

template <>
struct Other<std::string> {
    static void of(std::string& value) { value += "x"; }
};

template <class Tag>
struct Other<core::Strong<Tag, std::string>> {
    static void of(core::Strong<Tag, std::string>& value) {
        value = core::Strong<Tag, std::string>{value.value() + "x"};
    }
};

template <class Tag>
struct Other<core::Strong<Tag, int>> {
    static void of(core::Strong<Tag, int>& value) {
        value = core::Strong<Tag, int>{value.value() + 42};
    }
};

template <>
struct Other<core::Bytes> {
    static void of(core::Bytes& value) { value = core::Bytes{value.value() + 4096}; }
};

template <>
struct Other<core::Duration> {
    static void of(core::Duration& value) { value += std::chrono::minutes{7}; }
};

template <>
struct Other<core::Timestamp> {
    static void of(core::Timestamp& value) {
        value += std::chrono::hours{24 * 365 * 50} + std::chrono::nanoseconds{123'456'789};
    }
};

template <class V>
struct Other<std::vector<V>> {
    static void of(std::vector<V>& values) { make_other(values.emplace_back()); }
};

template <>
struct Other<std::map<std::string, std::string>> {
    static void of(std::map<std::string, std::string>& values) { values["k"] += "v"; }
};

template <class V>
struct Other<std::optional<V>> {
    static void of(std::optional<V>& value) {
        if (!value) {
            value.emplace();
        }
        make_other(*value);
    }
};

template <class V>
void make_other(V& value) {
    Other<V>::of(value);
}

struct Where {
    std::string
        name;  ///< "mirror.filterSubject"; a field with no manifest name goes by the wire's.
    bool in_manifest = true;
    bool on_wire = true;
    std::string top_wire;
};

template <class T>
using Visit = std::function<void(const Where&, const T&)>;

template <class V>
struct Nested {
    static constexpr bool kHas = false;
};

template <fields::Tabled V>
struct Nested<std::optional<V>> {
    static constexpr bool kHas = true;
    using type = V;

    static std::optional<V> wrap(V value) { return value; }
};

template <fields::Tabled V>
struct Nested<std::vector<V>> {
    static constexpr bool kHas = true;
    using type = V;

    static std::vector<V> wrap(V value) { return {std::move(value)}; }
};

/// Calls `visit` with a copy of `base` for every field, that field alone set to another value;
/// nested fields one at a time too.
template <class T>
void each_variant(const T& base, const Visit<T>& visit, const Where& above = {}) {
    std::size_t count = 0;
    fields::visit_fields([&](const auto&, const auto&) { ++count; }, base);
    for (std::size_t wanted = 0; wanted < count; ++wanted) {
        T object = base;
        std::size_t index = 0;
        fields::visit_fields(
            [&](const auto& field, auto& member) {
                if (index++ != wanted) {
                    return;
                }
                Where where{
                    .name = above.name + std::string{field.name.empty() ? field.wire : field.name},
                    .in_manifest = above.in_manifest && !field.name.empty(),
                    .on_wire = above.on_wire && !field.wire.empty(),
                    .top_wire = above.top_wire.empty() ? std::string{field.wire} : above.top_wire};
                using Member = std::remove_cvref_t<decltype(member)>;
                const Member before = member;
                make_other(member);
                visit(where, object);
                if constexpr (Nested<Member>::kHas) {
                    where.name += ".";
                    each_variant<typename Nested<Member>::type>(
                        {},
                        [&](const Where& inner, const auto& value) {
                            member = Nested<Member>::wrap(value);
                            visit(inner, object);
                        },
                        where);
                }
                member = before;
            },
            object);
    }
}

}  // namespace headgate::testing_fields
