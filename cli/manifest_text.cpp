#include "cli/manifest_text.hpp"

#include "files/yaml.hpp"

namespace headgate::cli {

using core::Json;

namespace {

std::string list_text(std::span<const ManifestText> manifests) {
    auto items = Json::array();
    for (const auto& [manifest, comments] : manifests) {
        if (!manifest.is_null()) {
            items.push_back(manifest);
        }
    }
    const Json list{{"apiVersion", "v1"}, {"kind", "List"}, {"items", std::move(items)}};
    return list.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string as_comment(std::string_view text) {
    std::string comment = "# ";
    for (const char c : text) {
        if (c == '\n') {
            comment += "\n# ";
        } else {
            const auto byte = static_cast<unsigned char>(c);
            comment += byte < 0x20 || byte == 0x7F ? ' ' : c;
        }
    }
    return comment + "\n";
}

std::string manifests_text(std::span<const ManifestText> manifests, Output output) {
    if (output == Output::Json) {
        return list_text(manifests);
    }
    std::string text;
    for (const auto& [manifest, comments] : manifests) {
        text += "---\n";
        for (const auto& comment : comments) {
            text += as_comment(comment);
        }
        if (!manifest.is_null()) {
            text += files::to_yaml(manifest);
        }
    }
    return text;
}

}  // namespace headgate::cli
