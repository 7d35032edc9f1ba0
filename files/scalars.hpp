// What an unquoted YAML scalar means, one rule for reading and for writing. YAML 1.1 as the Go
// library of sigs.k8s.io/yaml resolves it (go.yaml.in/yaml/v2, resolve.go), since that is what
// kubectl makes of the same file.
#pragma once

#include <string_view>

#include "core/json.hpp"

namespace headgate::files {

/// Null, a boolean, a number or the text itself. A number that is whole becomes an integer where it
/// fits, as it does on its way through kubectl's JSON. Infinity and not-a-number are a float.
[[nodiscard]] core::Json plain_scalar(std::string_view text);

/// Unquoted, `text` reads as itself: in block style, as a value or as a key.
[[nodiscard]] bool reads_as_itself(std::string_view text);

}  // namespace headgate::files
