// Whether bytes are text: what every later step (JSON, logs, the server) takes for granted.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace headgate::files {

/// Where the first byte is that is not part of a UTF-8 character (RFC 3629: no overlong forms, no
/// surrogates), or is a control character other than tab, line feed and carriage return.
[[nodiscard]] std::optional<std::size_t> first_non_text(std::string_view bytes);

/// The same with every such byte as "?"; for names of files in messages.
[[nodiscard]] std::string printable(std::string_view bytes);

}  // namespace headgate::files
