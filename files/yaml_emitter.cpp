#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "files/scalars.hpp"
#include "files/utf8.hpp"
#include "files/yaml.hpp"

namespace headgate::files {

using core::Json;

namespace {

using namespace std::string_view_literals;

constexpr std::array kRootOrder{"apiVersion"sv, "kind"sv, "metadata"sv, "spec"sv, "status"sv};
constexpr std::array kMetadataOrder{"name"sv, "namespace"sv};

using Entries = std::vector<std::pair<std::string_view, const Json*>>;

template <std::size_t N>
Entries in_order(const Json& map, const std::array<std::string_view, N>& first) {
    Entries entries;
    for (const auto name : first) {
        if (const auto found = map.find(name); found != map.end()) {
            entries.emplace_back(name, &*found);
        }
    }
    for (auto entry = map.begin(); entry != map.end(); ++entry) {
        if (std::find(first.begin(), first.end(), entry.key()) == first.end()) {
            entries.emplace_back(entry.key(), &entry.value());
        }
    }
    return entries;
}

/// A JSON string is a YAML one in double quotes, but for DEL, which JSON writes as it is.
std::string quoted(const std::string& text) {
    auto json = Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
    for (std::size_t at = 0; (at = json.find('\x7F', at)) != std::string::npos;) {
        json.replace(at, 1, "\\u007f");
    }
    return json;
}

/// A key ends in ":" on its own line, and only if that comes within 1024 characters
/// (YAML 1.2, 7.4).
constexpr std::size_t kLongestKey = 1000;

/// Several lines that a literal block (`|`) gives back as they are: no space at either end that
/// would be taken for indentation or dropped, and nothing that needs an escape.
bool fits_a_block(const std::string& text) {
    const auto last = text.find_last_not_of('\n');
    if (last == std::string::npos || text.find('\n') > last || text.size() - last > 2 ||
        text.front() == ' ' || text.front() == '\n') {
        return false;
    }
    return text.find_first_of("\r\t") == std::string::npos && !first_non_text(text) &&
           std::none_of(text.begin(), text.end(), [](char c) {
               return static_cast<unsigned char>(c) >= 0x80;
           });
}

class Emitter {
public:
    void root(const Json& json) {
        if (json.is_object() && !json.empty()) {
            entries(in_order(json, kRootOrder), 0);
        } else if (json.is_array() && !json.empty()) {
            items(json, 0);
        } else {
            inline_value(json, 0);
        }
    }

    [[nodiscard]] std::string text() && { return std::move(text_); }

private:
    void entries(const Entries& all, std::size_t indent) {
        bool is_first = true;
        for (const auto& [key, value] : all) {
            // The first entry of a list's item stands behind the dash.
            if (!std::exchange(is_first, false) || at_line_start()) {
                text_.append(indent, ' ');
            }
            write_key(key, indent);
            entry_value(key, *value, indent);
        }
    }

    void write_key(std::string_view key, std::size_t indent) {
        const auto text = reads_as_itself(key) ? std::string{key} : quoted(std::string{key});
        text_ += text.size() < kLongestKey ? text + ":"
                                           : "? " + text + "\n" + std::string(indent, ' ') + ":";
    }

    void entry_value(std::string_view key, const Json& value, std::size_t indent) {
        if (value.is_object() && !value.empty()) {
            text_ += '\n';
            const bool is_metadata = indent == 0 && key == "metadata";
            entries(is_metadata ? in_order(value, kMetadataOrder)
                                : in_order(value, std::array<std::string_view, 0>{}),
                    indent + 2);
        } else if (value.is_array() && !value.empty()) {
            text_ += '\n';
            items(value, indent);
        } else {
            text_ += ' ';
            inline_value(value, indent + 2);
        }
    }

    void items(const Json& list, std::size_t indent) {
        for (const auto& item : list) {
            if (at_line_start()) {
                text_.append(indent, ' ');
            }
            text_ += "- ";
            if (item.is_object() && !item.empty()) {
                entries(in_order(item, std::array<std::string_view, 0>{}), indent + 2);
            } else if (item.is_array() && !item.empty()) {
                items(item, indent + 2);
            } else {
                inline_value(item, indent + 2);
            }
        }
    }

    void inline_value(const Json& value, std::size_t indent) {
        if (!value.is_string()) {
            text_ += value.dump() + "\n";
            return;
        }
        const auto& text = value.get_ref<const std::string&>();
        if (fits_a_block(text)) {
            block(text, indent);
        } else {
            text_ += (reads_as_itself(text) ? text : quoted(text)) + "\n";
        }
    }

    void block(const std::string& text, std::size_t indent) {
        text_ += text.back() == '\n' ? "|\n" : "|-\n";
        for (std::size_t at = 0; at < text.size();) {
            const auto end = std::min(text.find('\n', at), text.size());
            if (end > at) {
                text_.append(std::max(indent, std::size_t{2}), ' ').append(text, at, end - at);
            }
            text_ += '\n';
            at = end + 1;
        }
    }

    [[nodiscard]] bool at_line_start() const { return text_.empty() || text_.back() == '\n'; }

    std::string text_;
};

}  // namespace

std::string to_yaml(const Json& json) {
    Emitter emitter;
    emitter.root(json);
    return std::move(emitter).text();
}

}  // namespace headgate::files
