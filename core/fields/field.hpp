// Field tables: the one list of a resource's fields. Each struct that people or servers write has a
// Table<T>, and from it come parsing, emitting, diffing, the CRD schema and the reference page.
// Two dialects share a line: what a manifest says, and what the JetStream API says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

namespace headgate::fields {

enum class Dialect {
    Manifest,  ///< camelCase, durations and sizes as text, PascalCase enums; what is unknown is an
               ///< error.
    Wire,      ///< snake_case, nanoseconds and bytes as integers; what is unknown is left alone.
};

/// How the wire writes an optional number that is absent ("no limit", "the server's default").
enum class WireNone { Omit, Zero, MinusOne };

struct Rules {
    bool required = false;
    /// Cannot change once the object exists; the CRD says so with a rule at the root.
    bool immutable = false;
    /// Shown and defaulted in the CRD schema with the member's initialiser. Never inside a list.
    bool defaulted = false;
    /// The order of this list carries no meaning.
    bool unordered = false;
    /// Entries of this list are told apart by their name (`listType=map`).
    bool keyed_by_name = false;
    /// Bounds of a number; of a duration in nanoseconds, of a size in bytes.
    std::optional<std::int64_t> minimum = std::nullopt;
    std::optional<std::int64_t> maximum = std::nullopt;
    std::size_t max_items = 64;
    std::size_t max_length = 253;
    /// An ECMAScript and RE2 pattern that a text, or each text in a list, must match whole.
    std::string_view pattern = {};
    WireNone wire_none = WireNone::Omit;
    /// Server generation that first keeps this field, as a number the owner of the table defines;
    /// 0: all. Sent only when it differs from the default, so that older servers never see it.
    int level = 0;
    /// What the server makes of absence, in words for the reference page.
    std::string_view absent = {};
};

template <class T, class M>
struct Field {
    using Owner = T;
    using Member = M;

    constexpr Field(std::string_view manifest_name,
                    std::string_view wire_name,
                    M T::*where,
                    std::string_view text,
                    Rules field_rules = {})
        : name(manifest_name), wire(wire_name), member(where), doc(text), rules(field_rules) {}

    std::string_view name;  ///< In manifests; empty: not settable there.
    std::string_view wire;  ///< In the JetStream API; empty: never on the wire.
    M T::*member;
    std::string_view doc;
    Rules rules;

    [[nodiscard]] constexpr std::string_view name_in(Dialect dialect) const {
        return dialect == Dialect::Manifest ? name : wire;
    }
};

/// A table line that stands for all lines of another struct's table, at the same place.
template <class T, class M>
struct Inline {
    constexpr explicit Inline(M T::*where) : member(where) {}

    M T::*member;
};

/// Specialise with `static constexpr auto kFields = std::tuple{Field{...}, ...};`.
template <class T>
struct Table;

template <class T>
concept Tabled = requires {
    Table<T>::kFields;
};

namespace detail {

template <class F, class T, class M, class... Ts>
constexpr void visit_line(F&& visitor, const Field<T, M>& field, Ts&... objects) {
    visitor(field, objects.*(field.member)...);
}

template <class F, class T, class M, class... Ts>
constexpr void visit_line(F&& visitor, const Inline<T, M>& line, Ts&... objects);

}  // namespace detail

/// Calls `visitor(field, member of each object...)` for every line, those of inlined tables too.
/// All objects are of one type.
template <class F, class T, class... Ts>
constexpr void visit_fields(F&& visitor, T& first, Ts&... others) {
    std::apply(
        [&](const auto&... lines) { (detail::visit_line(visitor, lines, first, others...), ...); },
        Table<std::remove_const_t<T>>::kFields);
}

namespace detail {

template <class F, class T, class M, class... Ts>
constexpr void visit_line(F&& visitor, const Inline<T, M>& line, Ts&... objects) {
    visit_fields(visitor, objects.*(line.member)...);
}

}  // namespace detail

/// Something wrong with a declaration, and where: "spec.sources[0].name".
struct Problem {
    std::string path;
    std::string message;

    friend bool operator==(const Problem&, const Problem&) = default;
};

using Problems = std::vector<Problem>;

/// All problems in one line for a status message: "spec.maxAge: ...; spec.replicas: ...".
[[nodiscard]] std::string describe(const Problems& problems);

}  // namespace headgate::fields
