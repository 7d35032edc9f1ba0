// The text of a YAML file, cut into its documents before any of them is parsed. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headgate::files {

/// One document's share of the text.
struct Chunk {
    std::string_view text;
    int first_line = 1;
};

/// Cuts at the document markers, which stand at the start of a line and nowhere else. yaml-cpp left
/// alone takes a wrongly indented rest for one more document. What says nothing is left out.
[[nodiscard]] std::vector<Chunk> split(std::string_view text);

[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);

[[nodiscard]] std::optional<std::size_t> lone_carriage_return(std::string_view text);

/// JSON writes a character beyond U+FFFF as two escapes, which yaml-cpp refuses: `\ud83d\ude00`
/// becomes `\U0001f600`. For text in JSON's own quotes.
[[nodiscard]] std::string join_surrogates(std::string_view text);

}  // namespace headgate::files
