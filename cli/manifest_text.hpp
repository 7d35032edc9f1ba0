// Manifests as export and convert print them: YAML documents with comments, or a List as JSON.
// Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/options.hpp"
#include "core/json.hpp"

namespace headgate::cli {

struct ManifestText {
    core::Json manifest;                ///< Null: only the comments are there to say.
    std::vector<std::string> comments;  ///< Above it; YAML only.
};

/// Text that every other command reads.
[[nodiscard]] std::string manifests_text(std::span<const ManifestText> manifests, Output output);

/// Each line led by "# ", without anything that YAML does not take in a comment.
[[nodiscard]] std::string as_comment(std::string_view text);

}  // namespace headgate::cli
