#include "files/chunks.hpp"

#include <algorithm>

namespace headgate::files {

namespace {

using namespace std::string_view_literals;

bool is_marker(std::string_view line, std::string_view marker) {
    return line.substr(0, 3) == marker &&
           (line.size() == 3 || " \t\r"sv.find(line[3]) != std::string_view::npos);
}

bool says_nothing(std::string_view line) {
    const auto at = line.find_first_not_of(" \t\r");
    return at == std::string_view::npos || line[at] == '#' || line[0] == '%';
}

}  // namespace

std::vector<Chunk> split(std::string_view text) {
    std::vector<Chunk> chunks;
    std::size_t from = 0;
    int from_line = 1;
    bool has_content = false;
    bool has_marker = false;
    int line_number = 0;
    const auto cut = [&](std::size_t to, std::size_t next, int next_line) {
        if (has_content) {
            chunks.push_back({text.substr(from, to - from), from_line});
        }
        from = next;
        from_line = next_line;
        has_content = false;
        has_marker = false;
    };
    for (std::size_t at = 0; at < text.size();) {
        ++line_number;
        const auto end = std::min(text.find('\n', at), text.size());
        const auto line = text.substr(at, end - at);
        const auto next = std::min(end + 1, text.size());
        if (is_marker(line, "---")) {
            if (has_content || has_marker) {  // else: directives, which belong to what follows
                cut(at, at, line_number);
            }
            has_marker = true;
            has_content = !says_nothing(line.substr(3));
        } else if (is_marker(line, "...")) {
            cut(at, next, line_number + 1);
        } else {
            has_content = has_content || !says_nothing(line);
        }
        at = next;
    }
    cut(text.size(), text.size(), line_number);
    return chunks;
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

std::optional<std::size_t> lone_carriage_return(std::string_view text) {
    for (auto at = text.find('\r'); at != std::string_view::npos; at = text.find('\r', at + 1)) {
        if (at + 1 == text.size() || text[at + 1] != '\n') {
            return at;
        }
    }
    return std::nullopt;
}

std::string join_surrogates(std::string_view text) {
    std::string joined;
    joined.reserve(text.size());
    const auto unit = [&](std::size_t at) -> unsigned {
        const auto digits = text.substr(std::min(at, text.size()), 6);
        if (digits.size() < 6 || digits.substr(0, 2) != "\\u" ||
            digits.substr(2).find_first_not_of("0123456789abcdefABCDEF") !=
                std::string_view::npos) {
            return 0;
        }
        return static_cast<unsigned>(std::stoul(std::string{digits.substr(2)}, nullptr, 16));
    };
    for (std::size_t at = 0; at < text.size();) {
        const auto high = unit(at);
        const auto low = high >= 0xD800 && high < 0xDC00 ? unit(at + 6) : 0;
        if (low >= 0xDC00 && low < 0xE000) {
            constexpr std::string_view kHex = "0123456789abcdef";
            const auto code = 0x10000U + ((high - 0xD800U) << 10U) + (low - 0xDC00U);
            joined += "\\U";
            for (unsigned shift = 32; shift > 0; shift -= 4) {
                joined += kHex[(code >> (shift - 4)) & 0xFU];
            }
            at += 12;
        } else {
            const std::size_t length = text[at] == '\\' && at + 1 < text.size() ? 2 : 1;
            joined += text.substr(at, length);
            at += length;
        }
    }
    return joined;
}

}  // namespace headgate::files
