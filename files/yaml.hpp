// YAML text as JSON values that still know their lines, and back. Scalars read as kubectl reads
// them, so that one file means the same in both modes. Pure; the only use of yaml-cpp in the room.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/fields/field.hpp"
#include "core/json.hpp"

namespace headgate::files {

/// Larger files are refused, and so is a document that aliases blow up beyond these.
inline constexpr std::size_t kMostBytes = std::size_t{8} * 1024 * 1024;
inline constexpr std::size_t kMostNodes = 500'000;
inline constexpr std::size_t kMostAliasedNodes = 50'000;

/// Where the parts of one document stand: "spec.sources[0].name" to a line of the file, from 1.
class Positions {
public:
    void put(std::string path, int line) { lines_.insert_or_assign(std::move(path), line); }

    /// The line of `path`, or of its nearest ancestor that is there; "" is the document itself.
    [[nodiscard]] int line_of(std::string_view path) const;

private:
    std::map<std::string, int, std::less<>> lines_;
};

struct Document {
    core::Json json;
    Positions positions;
    /// What still reads as JSON but must not: duplicate keys, tags without a meaning here. Paths as
    /// in `positions`.
    fields::Problems problems;
};

struct SyntaxProblem {
    int line = 0;
    std::string message;

    friend bool operator==(const SyntaxProblem&, const SyntaxProblem&) = default;
};

struct YamlText {
    std::vector<Document> documents;
    /// Where the text is no YAML. With any, `documents` cannot be taken for all there are.
    std::vector<SyntaxProblem> problems;
};

/// Reads every document of a text; empty ones are left out. JSON is read as well, being YAML.
///
/// Unquoted scalars follow YAML 1.1 as sigs.k8s.io/yaml does: `yes`, `no`, `on`, `off`, `y`, `n`
/// are booleans, `0x1F`, `0o17`, `017` and `1_000` are integers; a timestamp stays text. Keys
/// become text; `<<` merges.
[[nodiscard]] YamlText parse_yaml(std::string_view text);

/// One document in block style, ending with a line break: apiVersion, kind, metadata, spec and
/// status first, the rest by name. Text is quoted only where it would read back as something else,
/// here or in another reader.
[[nodiscard]] std::string to_yaml(const core::Json& json);

}  // namespace headgate::files
