#include "files/objects.hpp"

#include <nlohmann/json.hpp>

namespace headgate::files {

using core::Json;

namespace {

bool is_list(const Json& json, std::string_view api_version) {
    const auto kind = json.is_object() ? json.find("kind") : json.end();
    if (!json.is_object() || kind == json.end() || !kind->is_string() || !json.contains("items")) {
        return false;
    }
    const auto version = json.value("apiVersion", Json{});
    return (*kind == "List" && version == "v1") ||
           (version == api_version && kind->get_ref<const std::string&>().ends_with("List"));
}

class Reader {
public:
    explicit Reader(std::string_view api_version) : api_version_(api_version) {}

    void add(const SourceFile& file) {
        auto yaml = parse_yaml(file.text);
        if (file.text.find_first_not_of(" \t\r\n") == std::string::npos) {
            read_.blank.push_back(file.path);
        }
        for (auto& [line, message] : yaml.problems) {
            read_.problems.push_back({.file = file.path,
                                      .line = line,
                                      .message = std::move(message),
                                      .whole_file = true});
        }
        if (!yaml.problems.empty()) {
            return;
        }
        std::size_t index = 0;
        for (auto& document : yaml.documents) {
            const auto shared = std::make_shared<const Document>(std::move(document));
            if (is_list(shared->json, api_version_)) {
                add_items(file, shared, index);
            } else {
                read_.objects.push_back({file.path, shared, &shared->json, "", index++});
            }
        }
    }

    Objects finish() && { return std::move(read_); }

private:
    void add_items(const SourceFile& file,
                   const std::shared_ptr<const Document>& document,
                   std::size_t& index) {
        for (const auto& [path, message] : document->problems) {
            if (path.substr(0, 6) != "items[") {
                read_.problems.push_back({.file = file.path,
                                          .line = document->positions.line_of(path),
                                          .path = path,
                                          .message = message});
            }
        }
        const auto& items = document->json.at("items");
        if (!items.is_array()) {
            read_.problems.push_back({.file = file.path,
                                      .line = document->positions.line_of("items"),
                                      .path = "items",
                                      .message = "must be a list"});
            return;
        }
        for (std::size_t i = 0; i < items.size(); ++i) {
            read_.objects.push_back(
                {file.path, document, &items[i], "items[" + std::to_string(i) + "]", index++});
        }
    }

    std::string_view api_version_;
    Objects read_;
};

}  // namespace

std::string to_text(const FileProblem& problem) {
    return problem.file + (problem.line > 0 ? ":" + std::to_string(problem.line) : "") + ": " +
           (problem.path.empty() ? "" : problem.path + ": ") + problem.message;
}

std::string Object::full(const std::string& path) const {
    return prefix.empty() || path.empty() ? prefix + path : prefix + "." + path;
}

int Object::line_of(const std::string& path) const {
    return document->positions.line_of(full(path));
}

std::string Object::origin() const {
    return file + ":" + std::to_string(line_of(""));
}

FileProblem Object::problem(const std::string& path, std::string message) const {
    return {.file = file, .line = line_of(path), .path = full(path), .message = std::move(message)};
}

std::vector<FileProblem> Object::document_problems() const {
    std::vector<FileProblem> problems;
    for (const auto& [path, message] : document->problems) {
        if (prefix.empty() || path == prefix || path.starts_with(prefix + ".")) {
            problems.push_back({.file = file,
                                .line = document->positions.line_of(path),
                                .path = path,
                                .message = message});
        }
    }
    return problems;
}

Objects objects_of(std::span<const SourceFile> files, std::string_view api_version) {
    Reader reader{api_version};
    for (const auto& file : files) {
        reader.add(file);
    }
    return std::move(reader).finish();
}

}  // namespace headgate::files
