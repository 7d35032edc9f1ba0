// Names<E>: the one table of an enumeration's spellings. Parsing, emitting, the schema's enum and
// the list in an error message all read it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace headgate::core {

template <class E>
struct Name {
    E value;
    std::string_view text;  ///< In manifests, status and metrics: PascalCase. Empty: not there.
    std::string_view wire = {};  ///< In the JetStream API, where it has one.
};

/// Specialise with `static constexpr std::array kAll{Name<E>{...}, ...};`, one line a value.
template <class E>
struct Names;

template <class E>
concept Named = requires {
    Names<E>::kAll;
};

template <Named E>
[[nodiscard]] constexpr std::string_view name_of(E value) {
    for (const auto& name : Names<E>::kAll) {
        if (name.value == value) {
            return name.text;
        }
    }
    return {};
}

template <Named E>
[[nodiscard]] constexpr std::optional<E> from_name(std::string_view text) {
    for (const auto& name : Names<E>::kAll) {
        if (name.text == text) {
            return name.value;
        }
    }
    return std::nullopt;
}

/// The candidate closest to `text` by edit distance, if it is close enough to be a slip of the
/// finger (a third of its length, at least two edits); ignores case. Empty: none is.
[[nodiscard]] std::string_view nearest_name(std::string_view text,
                                            std::span<const std::string_view> candidates);

}  // namespace headgate::core
