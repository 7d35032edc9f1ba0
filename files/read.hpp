// The manifests that paths on a command line stand for, read from disk. An adapter: what it finds
// goes to `load`.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "files/manifests.hpp"

namespace headgate::files {

struct ReadFiles {
    std::vector<SourceFile> files;
    /// Paths that are not there or cannot be read, files that are too large.
    std::vector<FileProblem> problems;
    std::vector<std::string> notes;
    std::vector<std::string> empty_directories;
};

/// What a reader passes by; both are called before the directory is listed or the file opened, so
/// that a watch set there misses nothing. Either may be empty.
struct Visitor {
    std::function<void(const std::filesystem::path& directory)> directory;
    std::function<void(const std::filesystem::path& file)> file;
};

/// Reads each path once, in the order given. A directory stands for its `.yaml`, `.yml` and `.json`
/// files and those of the directories below, sorted; hidden entries are left out (a mounted
/// ConfigMap keeps its data in `..data`), symbolic links are followed. A file named by itself may
/// have any name and be a pipe. "-" stands for `standard_input`.
[[nodiscard]] ReadFiles read_paths(std::span<const std::string> paths,
                                   std::string_view standard_input,
                                   const Visitor& visitor = {});

/// `read_paths` and `load` in one: every problem of either.
[[nodiscard]] Loaded load_paths(std::span<const std::string> paths,
                                std::string_view standard_input,
                                const Visitor& visitor = {});

}  // namespace headgate::files
