// The CRD's OpenAPI schema and the reference page's rows, by table. Include only where they are
// instantiated.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/fields/codec.hpp"
#include "core/fields/diff.hpp"

namespace headgate::fields {

// One duration as `core::parse_duration` reads it; one size as `core::parse_bytes` does.
inline constexpr std::string_view kDurationPattern =
    "^(0|([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h|d))+)$";
inline constexpr std::string_view kBytesPattern =
    "^[0-9]+(\\.[0-9]+)?(Ki|Mi|Gi|Ti|Pi|Ei|k|M|G|T|P|E)?$";

template <class T>
Json object_schema();

// Of a number, or of the number a size may be written as.
inline void add_bounds(Json& json, const Rules& rules) {
    if (rules.minimum) {
        json["minimum"] = *rules.minimum;
    }
    if (rules.maximum) {
        json["maximum"] = *rules.maximum;
    }
}

template <class V>
struct Schema;

template <>
struct Schema<bool> {
    static constexpr std::string_view kWords = "true or false";

    static Json of(const Rules&) { return {{"type", "boolean"}}; }
};

template <std::integral N>

requires(!std::same_as<N, bool>) struct Schema<N> {
    static constexpr std::string_view kWords = "integer";

    static Json of(const Rules& rules) {
        Json json{{"type", "integer"}, {"format", sizeof(N) > 4 ? "int64" : "int32"}};
        add_bounds(json, rules);
        return json;
    }
};

template <>
struct Schema<std::string> {
    static constexpr std::string_view kWords = "text";

    static Json of(const Rules& rules) {
        Json json{{"type", "string"}, {"maxLength", rules.max_length}};
        if (!rules.pattern.empty()) {
            json["pattern"] = "^(" + std::string{rules.pattern} + ")$";
        }
        return json;
    }
};

template <class Tag>
struct Schema<core::Strong<Tag, std::string>> : Schema<std::string> {};

template <core::Named E>
struct Schema<E> {
    static constexpr std::string_view kWords = "one of";

    static Json of(const Rules&) {
        return {{"type", "string"}, {"enum", names_in<E>(Dialect::Manifest)}};
    }
};

template <>
struct Schema<core::Duration> {
    static constexpr std::string_view kWords = "duration";

    static Json of(const Rules&) {
        return {{"type", "string"}, {"maxLength", 64}, {"pattern", kDurationPattern}};
    }
};

template <>
struct Schema<core::Bytes> {
    static constexpr std::string_view kWords = "size";

    static Json of(const Rules& rules) {
        Json json{{"anyOf", {{{"type", "integer"}}, {{"type", "string"}}}},
                  {"x-kubernetes-int-or-string", true},
                  {"maxLength", 32},
                  {"pattern", kBytesPattern}};
        add_bounds(json, rules);
        return json;
    }
};

template <>
struct Schema<core::Timestamp> {
    static constexpr std::string_view kWords = "time";

    static Json of(const Rules&) {
        return {{"type", "string"}, {"format", "date-time"}, {"maxLength", 64}};
    }
};

template <class V>
struct Schema<std::vector<V>> {
    static constexpr std::string_view kWords = "list";

    static Json of(const Rules& rules) {
        Json json{
            {"type", "array"}, {"maxItems", rules.max_items}, {"items", Schema<V>::of(rules)}};
        if (rules.keyed_by_name) {
            json["x-kubernetes-list-type"] = "map";
            json["x-kubernetes-list-map-keys"] = {"name"};
        } else {
            json["x-kubernetes-list-type"] = "atomic";
        }
        return json;
    }
};

template <>
struct Schema<std::map<std::string, std::string>> {
    static constexpr std::string_view kWords = "map of text";

    static Json of(const Rules& rules) {
        return {{"type", "object"},
                {"maxProperties", rules.max_items},
                {"additionalProperties", {{"type", "string"}, {"maxLength", rules.max_length}}}};
    }
};

template <class V>
struct Schema<std::optional<V>> : Schema<V> {};

template <Tabled T>
struct Schema<T> {
    static constexpr std::string_view kWords = "fields";

    static Json of(const Rules&) { return object_schema<T>(); }
};

/// `type: object` with every manifest field of T: descriptions, types, bounds, enums, defaults.
template <class T>
Json object_schema() {
    Json properties = Json::object();
    Json required = Json::array();
    const T defaults{};
    visit_fields(
        [&](const auto& field, const auto& fallback) {
            if (field.name.empty()) {
                return;
            }
            using Member = std::remove_cvref_t<decltype(fallback)>;
            auto schema = Schema<Member>::of(field.rules);
            schema["description"] = field.doc;
            if (field.rules.defaulted) {
                schema["default"] = Value<Member>::emit(fallback, Dialect::Manifest, field.rules);
            }
            if (field.rules.required) {
                required.push_back(field.name);
            }
            properties[std::string{field.name}] = std::move(schema);
        },
        defaults);
    Json json{{"type", "object"}, {"properties", std::move(properties)}};
    if (!required.empty()) {
        json["required"] = std::move(required);
    }
    return json;
}

/// One line of a reference page.
struct ReferenceRow {
    std::string path;      ///< "consumers[].ackWait".
    std::string type;      ///< In words, an enum's values included.
    std::string fallback;  ///< What absence means; empty: nothing is set.
    std::string bounds;
    std::string doc;
    std::string wire;
    int level = 0;
    bool required = false;
    bool immutable = false;
};

namespace detail {

template <class V>
struct ElementOf {
    using type = V;
    static constexpr std::string_view kSuffix = "";
};

template <class V>
struct ElementOf<std::optional<V>> : ElementOf<V> {};

template <class V>
struct ElementOf<std::vector<V>> {
    using type = V;
    static constexpr std::string_view kSuffix = "[]";
};

template <class V>
std::string type_words(const Rules& rules) {
    using Element = typename ElementOf<V>::type;
    std::string text{Schema<Element>::kWords};
    if constexpr (core::Named<Element>) {
        for (const auto name : names_in<Element>(Dialect::Manifest)) {
            text += (text == Schema<Element>::kWords ? " " : ", ") + std::string{name};
        }
    }
    return ElementOf<V>::kSuffix.empty()
               ? text
               : "list of " + text + (rules.keyed_by_name ? ", by name" : "");
}

template <class V>
std::string bounds_words(const Rules& rules) {
    const auto words = [](std::int64_t bound) {
        if constexpr (std::same_as<typename ElementOf<V>::type, core::Duration>) {
            return core::format_duration(core::Duration{bound});
        } else {
            return std::to_string(bound);
        }
    };
    if (rules.minimum && rules.maximum) {
        return words(*rules.minimum) + ".." + words(*rules.maximum);
    }
    if (rules.minimum) {
        return "at least " + words(*rules.minimum);
    }
    return rules.maximum ? "at most " + words(*rules.maximum) : "";
}

}  // namespace detail

/// All manifest fields of T in table order, nested ones after the field that holds them.
template <class T>
void reference_rows(const std::string& prefix, std::vector<ReferenceRow>& rows) {
    const T defaults{};
    visit_fields(
        [&](const auto& field, const auto& fallback) {
            if (field.name.empty()) {
                return;
            }
            using Member = std::remove_cvref_t<decltype(fallback)>;
            using Element = typename detail::ElementOf<Member>::type;
            const auto path =
                prefix + std::string{field.name} + std::string{detail::ElementOf<Member>::kSuffix};
            const auto shown_default = field.rules.absent.empty() && !Tabled<Element>
                                           ? shown(fallback, field.rules)
                                           : std::string{field.rules.absent};
            rows.push_back(ReferenceRow{path,
                                        detail::type_words<Member>(field.rules),
                                        shown_default,
                                        detail::bounds_words<Member>(field.rules),
                                        std::string{field.doc},
                                        std::string{field.wire},
                                        field.rules.level,
                                        field.rules.required,
                                        field.rules.immutable});
            if constexpr (Tabled<Element>) {
                reference_rows<Element>(path + ".", rows);
            }
        },
        defaults);
}

}  // namespace headgate::fields
