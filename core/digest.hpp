// Digests and encodings, from OpenSSL.
#pragma once

#include <string>
#include <string_view>

namespace headgate::core {

/// SHA-256, as 64 hexadecimal digits.
[[nodiscard]] std::string sha256(std::string_view bytes);

/// The bytes that a base64 text (RFC 4648, padded) stands for; empty where it is none.
[[nodiscard]] std::string decode_base64(std::string_view text);

}  // namespace headgate::core
