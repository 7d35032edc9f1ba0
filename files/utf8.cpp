#include "files/utf8.hpp"

#include <algorithm>

namespace headgate::files {

namespace {

unsigned byte_at(std::string_view bytes, std::size_t at) {
    return static_cast<unsigned char>(bytes[at]);
}

bool is_control(unsigned byte) {
    return byte == 0x7F || (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r');
}

struct Lead {
    std::size_t length = 0;  ///< 0: cannot lead a character.
    unsigned least = 0x80;   ///< Bounds of the second byte: they rule out overlong forms,
    unsigned most = 0xBF;    ///< surrogates and what is beyond U+10FFFF.
};

Lead lead_of(unsigned byte) {
    if (byte >= 0xC2 && byte <= 0xDF) {
        return {.length = 2};
    }
    if (byte >= 0xE0 && byte <= 0xEF) {
        return {.length = 3,
                .least = byte == 0xE0 ? 0xA0U : 0x80U,
                .most = byte == 0xED ? 0x9FU : 0xBFU};
    }
    if (byte >= 0xF0 && byte <= 0xF4) {
        return {.length = 4,
                .least = byte == 0xF0 ? 0x90U : 0x80U,
                .most = byte == 0xF4 ? 0x8FU : 0xBFU};
    }
    return {};
}

/// Bytes of the character at `at`; 0: there is none.
std::size_t character_length(std::string_view bytes, std::size_t at) {
    const auto first = byte_at(bytes, at);
    if (first < 0x80) {
        return is_control(first) ? 0 : 1;
    }
    const auto lead = lead_of(first);
    if (lead.length == 0 || at + lead.length > bytes.size()) {
        return 0;
    }
    if (byte_at(bytes, at + 1) < lead.least || byte_at(bytes, at + 1) > lead.most) {
        return 0;
    }
    for (std::size_t i = 2; i < lead.length; ++i) {
        if ((byte_at(bytes, at + i) & 0xC0U) != 0x80U) {
            return 0;
        }
    }
    return lead.length;
}

}  // namespace

std::optional<std::size_t> first_non_text(std::string_view bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
        const auto length = character_length(bytes, at);
        if (length == 0) {
            return at;
        }
        at += length;
    }
    return std::nullopt;
}

std::string printable(std::string_view bytes) {
    std::string text{bytes};
    while (const auto at = first_non_text(text)) {
        text[*at] = '?';
    }
    std::replace(text.begin(), text.end(), '\n', '?');
    return text;
}

}  // namespace headgate::files
