// Declarations out of the text of manifest files: what each document declares, or everything that
// is wrong with it, by file, line and field. Pure.
#pragma once

#include <compare>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "files/objects.hpp"
#include "reconcilers/declaration.hpp"

namespace headgate::files {

struct Loaded {
    /// Without a problem, in the order of the files and of the documents in them.
    std::vector<reconcilers::Declaration> declarations;

    /// Those that have problems but can be told by kind, namespace and name; `parsed.problems`
    /// holds them, `parsed.desired` is empty. For showing as InvalidSpec, never for acting on.
    std::vector<reconcilers::Declaration> invalid;

    /// By file and line.
    std::vector<FileProblem> problems;

    /// Worth telling, without being wrong: kinds of other groups, annotations nobody reads.
    std::vector<std::string> notes;

    /// Files of nothing but white space and directories without an entry: cleared, not written yet,
    /// or not mounted.
    std::vector<std::string> blank;
};

/// Reads all documents of all files. A declaration's generation is 1, its age orders it by path and
/// then by document, its origin is "path:line". A file with a syntax problem declares nothing. Of
/// two documents with one kind, namespace and name the first stands, the second is a problem.
[[nodiscard]] Loaded load(std::span<const SourceFile> files);

}  // namespace headgate::files
