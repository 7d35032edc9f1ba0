// Parse and emit by table, in either dialect. Parsing never stops at the first mistake: every
// problem is reported with its path. Include only where codecs are instantiated.
#pragma once

#include <algorithm>
#include <concepts>
#include <limits>
#include <map>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/fields/field.hpp"
#include "core/json.hpp"
#include "core/names.hpp"
#include "core/strong.hpp"
#include "core/units.hpp"

namespace headgate::fields {

using core::Json;

/// Parse state: where we are, in which dialect, and what was wrong so far.
struct Reader {
    Dialect dialect;
    Problems& problems;

    void problem(const std::string& path, std::string message) const {
        problems.push_back(Problem{path, std::move(message)});
    }

    void wrong_type(const std::string& path, std::string_view expected, const Json& json) const {
        problem(path, std::string{"must be "} + std::string{expected} + ", not " + shown(json));
    }

    static std::string shown(const Json& json) {
        auto text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
        constexpr std::size_t kLongest = 60;
        return text.size() > kLongest ? text.substr(0, kLongest) + "..." : text;
    }
};

/// How one value type is read and written. Specialised below for every type a table may use.
template <class V>
struct Value;

template <class T>
void parse_fields(const Json& json, const Reader& reader, const std::string& path, T& object);
template <class T>
Json emit_fields(const T& object, Dialect dialect);

template <>
struct Value<bool> {
    static void parse(const Json& json,
                      const Reader& reader,
                      const std::string& path,
                      const Rules&,
                      bool& value) {
        json.is_boolean() ? void(value = json.get<bool>())
                          : reader.wrong_type(path, "true or false", json);
    }

    static Json emit(bool value, Dialect, const Rules&) { return value; }
};

template <std::integral N>

requires(!std::same_as<N, bool>) struct Value<N> {
    static void parse(const Json& json,
                      const Reader& reader,
                      const std::string& path,
                      const Rules& rules,
                      N& value) {
        if (!json.is_number_integer()) {
            return reader.wrong_type(path, "a whole number", json);
        }
        if (json.is_number_unsigned() ? !std::in_range<N>(json.get<std::uint64_t>())
                                      : !std::in_range<N>(json.get<std::int64_t>())) {
            return reader.problem(path, Reader::shown(json) + " is out of range");
        }
        value = json.get<N>();
        if (reader.dialect == Dialect::Manifest) {
            check(reader, path, rules, value);
        }
    }

    static Json emit(N value, Dialect, const Rules&) { return value; }

private:
    static void check(const Reader& reader, const std::string& path, const Rules& rules, N value) {
        if (rules.minimum && std::cmp_less(value, *rules.minimum)) {
            reader.problem(path,
                           std::to_string(value) + " is below the least allowed, " +
                               std::to_string(*rules.minimum));
        } else if (rules.maximum && std::cmp_greater(value, *rules.maximum)) {
            reader.problem(path,
                           std::to_string(value) + " is above the most allowed, " +
                               std::to_string(*rules.maximum));
        }
    }
};

/// A pattern of a table, compiled once a thread: that takes longer than all else about a field.
inline const std::regex& compiled(std::string_view pattern) {
    static thread_local std::map<std::string, std::regex, std::less<>> known;
    const auto found = known.find(pattern);
    return found != known.end()
               ? found->second
               : known.emplace(pattern, std::regex{std::string{pattern}}).first->second;
}

template <>
struct Value<std::string> {
    static void parse(const Json& json,
                      const Reader& reader,
                      const std::string& path,
                      const Rules& rules,
                      std::string& value) {
        if (!json.is_string()) {
            return reader.wrong_type(path, "text", json);
        }
        value = json.get<std::string>();
        if (reader.dialect == Dialect::Wire) {
            return;
        }
        if (value.size() > rules.max_length) {
            reader.problem(path, "is longer than " + std::to_string(rules.max_length) + " bytes");
        } else if (!rules.pattern.empty() && !std::regex_match(value, compiled(rules.pattern))) {
            reader.problem(path, Reader::shown(json) + " must match " + std::string{rules.pattern});
        }
    }

    static Json emit(const std::string& value, Dialect, const Rules&) { return value; }
};

template <class Tag>
struct Value<core::Strong<Tag, std::string>> {
    using V = core::Strong<Tag, std::string>;

    static void parse(const Json& json,
                      const Reader& reader,
                      const std::string& path,
                      const Rules& rules,
                      V& value) {
        std::string text;
        Value<std::string>::parse(json, reader, path, rules, text);
        value = V{std::move(text)};
    }

    static Json emit(const V& value, Dialect, const Rules&) { return value.value(); }
};

/// What a dialect may write for an enumeration; a value that has no name in it is left out.
template <core::Named E>
std::vector<std::string_view> names_in(Dialect dialect) {
    std::vector<std::string_view> names;
    for (const auto& name : core::Names<E>::kAll) {
        const auto text = dialect == Dialect::Manifest ? name.text : name.wire;
        if (!text.empty()) {
            names.push_back(text);
        }
    }
    return names;
}

template <core::Named E>
struct Value<E> {
    static void parse(
        const Json& json, const Reader& reader, const std::string& path, const Rules&, E& value) {
        if (json.is_string()) {
            const auto& text = json.get_ref<const std::string&>();
            for (const auto& name : core::Names<E>::kAll) {
                if (!text.empty() &&
                    text == (reader.dialect == Dialect::Manifest ? name.text : name.wire)) {
                    value = name.value;
                    return;
                }
            }
        }
        reader.problem(
            path,
            Reader::shown(json) + " is not one of " + choices(reader.dialect) + suggestion(json));
    }

    static Json emit(E value, Dialect dialect, const Rules&) {
        for (const auto& name : core::Names<E>::kAll) {
            if (name.value == value) {
                return dialect == Dialect::Manifest ? name.text : name.wire;
            }
        }
        return nullptr;
    }

private:
    static std::string choices(Dialect dialect) {
        std::string text;
        for (const auto name : names_in<E>(dialect)) {
            text += (text.empty() ? "" : ", ") + std::string{name};
        }
        return text;
    }

    static std::string suggestion(const Json& json) {
        const auto names = names_in<E>(Dialect::Manifest);
        const auto nearest =
            json.is_string() ? core::nearest_name(json.get_ref<const std::string&>(), names) : "";
        return nearest.empty() ? "" : "; did you mean " + std::string{nearest} + "?";
    }
};

template <>
struct Value<core::Duration> {
    static void parse(const Json& json,
                      const Reader& reader,
                      const std::string& path,
                      const Rules& rules,
                      core::Duration& value) {
        if (reader.dialect == Dialect::Wire) {
            json.is_number_integer() ? void(value = core::Duration{json.get<std::int64_t>()})
                                     : reader.wrong_type(path, "nanoseconds", json);
            return;
        }
        if (!json.is_string()) {
            return reader.problem(
                path, Reader::shown(json) + " is not a duration; write 90s, 1h30m or 7d");
        }
        const auto parsed = core::parse_duration(json.get_ref<const std::string&>());
        if (!parsed) {
            return reader.problem(path, parsed.error().message);
        }
        value = *parsed;
        if (rules.minimum && value.count() < *rules.minimum) {
            reader.problem(path,
                           core::format_duration(value) + " is below the least allowed, " +
                               core::format_duration(core::Duration{*rules.minimum}));
        }
    }

    static Json emit(core::Duration value, Dialect dialect, const Rules&) {
        return dialect == Dialect::Wire ? Json(value.count()) : Json(core::format_duration(value));
    }
};

template <>
struct Value<core::Bytes> {
    static void parse(const Json& json,
                      const Reader& reader,
                      const std::string& path,
                      const Rules& rules,
                      core::Bytes& value) {
        if (json.is_number_integer()) {
            std::int64_t number = 0;
            Value<std::int64_t>::parse(json, reader, path, rules, number);
            value = core::Bytes{number};
            return;
        }
        if (reader.dialect == Dialect::Wire || !json.is_string()) {
            return reader.wrong_type(path, "a size such as 1Gi, 256Ki or a number of bytes", json);
        }
        const auto parsed = core::parse_bytes(json.get_ref<const std::string&>());
        if (!parsed) {
            return reader.problem(path, parsed.error().message);
        }
        value = *parsed;
        std::int64_t checked = 0;
        Value<std::int64_t>::parse(Json(parsed->value()), reader, path, rules, checked);
    }

    static Json emit(core::Bytes value, Dialect dialect, const Rules&) {
        return dialect == Dialect::Wire ? Json(value.value()) : Json(core::format_bytes(value));
    }
};

template <>
struct Value<core::Timestamp> {
    static void parse(const Json& json,
                      const Reader& reader,
                      const std::string& path,
                      const Rules&,
                      core::Timestamp& value) {
        if (!json.is_string()) {
            return reader.wrong_type(path, "a time such as 2026-01-02T03:04:05Z", json);
        }
        const auto parsed = core::parse_time(json.get_ref<const std::string&>());
        parsed ? void(value = *parsed) : reader.problem(path, parsed.error().message);
    }

    static Json emit(core::Timestamp value, Dialect, const Rules&) {
        return core::format_time(value);
    }
};

template <class V>
struct Value<std::vector<V>> {
    static void parse(const Json& json,
                      const Reader& reader,
                      const std::string& path,
                      const Rules& rules,
                      std::vector<V>& values) {
        if (!json.is_array()) {
            return reader.wrong_type(path, "a list", json);
        }
        if (reader.dialect == Dialect::Manifest && json.size() > rules.max_items) {
            reader.problem(path,
                           "has " + std::to_string(json.size()) +
                               " entries, more than the most allowed, " +
                               std::to_string(rules.max_items));
        }
        values.clear();
        for (std::size_t i = 0; i < json.size(); ++i) {
            V value{};
            Value<V>::parse(json[i], reader, path + "[" + std::to_string(i) + "]", rules, value);
            values.push_back(std::move(value));
        }
    }

    static Json emit(const std::vector<V>& values, Dialect dialect, const Rules& rules) {
        Json json = Json::array();
        for (const auto& value : values) {
            json.push_back(Value<V>::emit(value, dialect, rules));
        }
        return json;
    }
};

template <>
struct Value<std::map<std::string, std::string>> {
    using V = std::map<std::string, std::string>;

    static void parse(const Json& json,
                      const Reader& reader,
                      const std::string& path,
                      const Rules& rules,
                      V& values) {
        if (!json.is_object()) {
            return reader.wrong_type(path, "a mapping of text to text", json);
        }
        if (reader.dialect == Dialect::Manifest && json.size() > rules.max_items) {
            reader.problem(path,
                           "has " + std::to_string(json.size()) +
                               " entries, more than the most allowed, " +
                               std::to_string(rules.max_items));
        }
        values.clear();
        for (const auto& [key, entry] : json.items()) {
            Value<std::string>::parse(entry, reader, path + "." + key, rules, values[key]);
        }
    }

    static Json emit(const V& values, Dialect, const Rules&) { return Json(values); }
};

template <class V>
struct Value<std::optional<V>> {
    static void parse(const Json& json,
                      const Reader& reader,
                      const std::string& path,
                      const Rules& rules,
                      std::optional<V>& value) {
        if constexpr (std::same_as<V, core::Timestamp>) {
            // Go's zero time: clients send it, and servers keep it, where none is set.
            if (reader.dialect == Dialect::Wire && json == "0001-01-01T00:00:00Z") {
                value.reset();
                return;
            }
        }
        V inner{};
        Value<V>::parse(json, reader, path, rules, inner);
        value = std::move(inner);
        if (is_none(*value, reader.dialect, rules)) {
            value.reset();
        }
    }

    static Json emit(const std::optional<V>& value, Dialect dialect, const Rules& rules) {
        if (value) {
            return Value<V>::emit(*value, dialect, rules);
        }
        if (dialect == Dialect::Manifest || rules.wire_none == WireNone::Omit) {
            return nullptr;
        }
        return rules.wire_none == WireNone::Zero ? 0 : -1;
    }

private:
    static bool is_none(const V& value, Dialect dialect, const Rules& rules) {
        if constexpr (Tabled<V>) {
            return value == V{};  // {} says no more than absence, in either dialect
        } else if constexpr (std::same_as<V, core::Timestamp>) {
            return false;
        } else if (dialect == Dialect::Manifest) {
            return false;
        } else if constexpr (std::integral<V>) {
            return value == 0 || (rules.wire_none == WireNone::MinusOne && std::cmp_less(value, 0));
        } else if constexpr (std::same_as<V, core::Bytes>) {
            return value.value() <= 0;
        } else if constexpr (std::same_as<V, core::Duration>) {
            return value.count() == 0;
        } else {
            return value == V{};
        }
    }
};

template <Tabled T>
struct Value<T> {
    static void parse(
        const Json& json, const Reader& reader, const std::string& path, const Rules&, T& object) {
        parse_fields(json, reader, path, object);
    }

    static Json emit(const T& object, Dialect dialect, const Rules&) {
        return emit_fields(object, dialect);
    }
};

/// Names of all fields of T in a dialect, inlined ones too.
template <class T>
std::vector<std::string_view> field_names(Dialect dialect) {
    std::vector<std::string_view> names;
    const T object{};
    visit_fields(
        [&](const auto& field, const auto&) {
            if (!field.name_in(dialect).empty()) {
                names.push_back(field.name_in(dialect));
            }
        },
        object);
    return names;
}

namespace detail {

inline void report_unknown(const Json& json,
                           const Reader& reader,
                           const std::string& path,
                           const std::vector<std::string_view>& names) {
    for (const auto& [key, value] : json.items()) {
        if (std::find(names.begin(), names.end(), key) == names.end()) {
            const auto nearest = core::nearest_name(key, names);
            reader.problem(path + "." + key,
                           "unknown field" +
                               (nearest.empty() ? std::string{}
                                                : "; did you mean " + std::string{nearest} + "?"));
        }
    }
}

}  // namespace detail

/// Reads every field of `object` that `json` has; the others keep their value. `path` leads every
/// problem found.
template <class T>
void parse_fields(const Json& json, const Reader& reader, const std::string& path, T& object) {
    if (!json.is_object()) {
        return reader.wrong_type(path, "a mapping of fields", json);
    }
    visit_fields(
        [&](const auto& field, auto& member) {
            const auto name = field.name_in(reader.dialect);
            const auto found = name.empty() ? json.end() : json.find(name);
            using Member = std::remove_cvref_t<decltype(member)>;
            if (found != json.end() && !found->is_null()) {
                Value<Member>::parse(
                    *found, reader, path + "." + std::string{name}, field.rules, member);
            } else if (field.rules.required && reader.dialect == Dialect::Manifest &&
                       !name.empty()) {
                reader.problem(path + "." + std::string{name}, "is required");
            }
        },
        object);
    if (reader.dialect == Dialect::Manifest) {
        detail::report_unknown(json, reader, path, field_names<T>(Dialect::Manifest));
    }
}

namespace detail {

template <class M>
bool says_nothing_on_the_wire(const M& member, const M& fallback, const Rules& rules) {
    if (rules.level > 0) {
        return member == fallback;
    }
    if constexpr (requires { member.empty(); }) {
        return member.empty();
    }
    return false;
}

}  // namespace detail

/// In the manifest dialect, only what differs from the default. On the wire, the whole: an update
/// replaces everything, so what is left out would fall back to the server's default anyway.
template <class T>
Json emit_fields(const T& object, Dialect dialect) {
    Json json = Json::object();
    const T defaults{};
    visit_fields(
        [&](const auto& field, const auto& member, const auto& fallback) {
            const auto name = field.name_in(dialect);
            using Member = std::remove_cvref_t<decltype(member)>;
            if (name.empty() ||
                (dialect == Dialect::Manifest
                     ? member == fallback && !field.rules.required
                     : detail::says_nothing_on_the_wire(member, fallback, field.rules))) {
                return;
            }
            auto value = Value<Member>::emit(member, dialect, field.rules);
            if (!value.is_null()) {
                json[std::string{name}] = std::move(value);
            }
        },
        object,
        defaults);
    return json;
}

namespace detail {

template <class V>
void carry_unknown_value(const Json& observed, Json& emitted);

}  // namespace detail

/// Copies into `emitted` what `observed`, the server's own JSON of the same thing, holds beyond
/// T's table, nested objects included: a newer server's fields survive our update.
template <class T>
void carry_unknown_fields(const Json& observed, Json& emitted) {
    const auto names = field_names<T>(Dialect::Wire);
    for (const auto& [key, value] : observed.items()) {
        if (std::find(names.begin(), names.end(), key) == names.end()) {
            emitted[key] = value;
        }
    }
    const T object{};
    visit_fields(
        [&](const auto& field, const auto& member) {
            const std::string name{field.wire};
            if (!name.empty() && observed.contains(name) && emitted.contains(name)) {
                detail::carry_unknown_value<std::remove_cvref_t<decltype(member)>>(observed[name],
                                                                                   emitted[name]);
            }
        },
        object);
}

namespace detail {

template <class V>
struct Unwrapped {
    using type = V;
};

template <class V>
struct Unwrapped<std::optional<V>> {
    using type = V;
};

// Entries of a list are the same thing when their known fields read the same.
template <class V>
void carry_unknown_entries(const Json& observed, Json& emitted) {
    for (auto& entry : emitted) {
        for (const auto& candidate : observed) {
            Problems ignored;
            V left{};
            V right{};
            parse_fields(entry, Reader{Dialect::Wire, ignored}, "", left);
            parse_fields(candidate, Reader{Dialect::Wire, ignored}, "", right);
            if (left == right) {
                carry_unknown_fields<V>(candidate, entry);
            }
        }
    }
}

template <class V>
struct IsTabledVector : std::false_type {};

template <Tabled V>
struct IsTabledVector<std::vector<V>> : std::true_type {};

template <class V>
void carry_unknown_value(const Json& observed, Json& emitted) {
    using Inner = typename Unwrapped<V>::type;
    if constexpr (Tabled<Inner>) {
        if (observed.is_object() && emitted.is_object()) {
            carry_unknown_fields<Inner>(observed, emitted);
        }
    } else if constexpr (IsTabledVector<Inner>::value) {
        if (observed.is_array() && emitted.is_array()) {
            carry_unknown_entries<typename Inner::value_type>(observed, emitted);
        }
    }
}

}  // namespace detail

}  // namespace headgate::fields
