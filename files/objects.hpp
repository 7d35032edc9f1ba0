// The objects that files hold, of whatever kind: documents, and the items of lists in them. Pure.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "files/yaml.hpp"
#include "reconcilers/resources/kind.hpp"

namespace headgate::files {

/// A file as read; "-" as path stands for standard input.
struct SourceFile {
    std::string path;
    std::string text;
};

struct FileProblem {
    std::string file;
    int line = 0;        ///< From 1; 0: none in particular.
    std::string path{};  ///< "spec.maxAge"; empty: the document or file as a whole.
    std::string message;
    std::optional<resources::ObjectKey> key =
        std::nullopt;         ///< Whose document it is, where that could be read.
    bool whole_file = false;  ///< The file could not be read: its other documents are unknown too.

    friend bool operator==(const FileProblem&, const FileProblem&) = default;
};

/// "samples/x.yaml:14: spec.maxAge: "1 hour" is not a duration".
[[nodiscard]] std::string to_text(const FileProblem& problem);

/// One object of a file: a document, or an item of a list in it.
struct Object {
    std::string file;
    std::shared_ptr<const Document> document;
    const core::Json* json = nullptr;  ///< Within the document.
    std::string prefix;                ///< Of its paths within the document: "items[2]", or empty.
    std::size_t index = 0;             ///< Among the objects of the file.

    /// "items[2].spec.maxAge" of "spec.maxAge".
    [[nodiscard]] std::string full(const std::string& path) const;
    [[nodiscard]] int line_of(const std::string& path) const;

    /// "samples/x.yaml:14".
    [[nodiscard]] std::string origin() const;

    [[nodiscard]] FileProblem problem(const std::string& path, std::string message) const;

    /// What is wrong with the document itself, as far as this object goes: duplicate keys.
    [[nodiscard]] std::vector<FileProblem> document_problems() const;
};

struct Objects {
    std::vector<Object> objects;  ///< In the order of the files. None of a file that is no YAML.
    std::vector<FileProblem> problems;
    std::vector<std::string> blank;  ///< Files of nothing but white space.
};

/// A `List` stands for its items, and so does a list of `api_version`'s own kinds.
[[nodiscard]] Objects objects_of(std::span<const SourceFile> files, std::string_view api_version);

}  // namespace headgate::files
