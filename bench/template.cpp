#include "bench/template.hpp"

#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "files/yaml.hpp"
#include "reconcilers/resources/resource.hpp"

namespace headgate::bench {

using core::Json;

namespace {

std::string read(const std::filesystem::path& path) {
    std::ifstream file{path};
    if (!file) {
        throw std::runtime_error(path.string() + " cannot be read");
    }
    return {std::istreambuf_iterator<char>{file}, {}};
}

std::string filled_in(std::string text, std::string_view place, std::string_view value) {
    for (auto at = text.find(place); at != std::string::npos;
         at = text.find(place, at + value.size())) {
        text.replace(at, place.size(), value);
    }
    return text;
}

}  // namespace

std::string object_name(char set, std::size_t number) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%c-%05zu", set, number);
    return text.data();
}

Template::Template(const std::filesystem::path& file, std::string stream)
    : text_(read(file)), stream_(std::move(stream)) {
    const auto sample = object("sample", "Retain");
    if (!sample.is_object() || !sample.contains("kind") || !sample.contains("apiVersion")) {
        throw std::runtime_error(file.string() + " is no manifest");
    }
    if (stream_.empty()) {
        stream_ = kind() == "StateBucket" ? "KV_{name}" : "{name}";
    }
}

Json Template::object(const std::string& name, std::string_view policy) const {
    const auto yaml =
        files::parse_yaml(filled_in(filled_in(text_, "{name}", name), "{policy}", policy));
    if (yaml.documents.size() != 1 || !yaml.problems.empty()) {
        throw std::runtime_error("the object's template is not one YAML document");
    }
    auto json = yaml.documents.front().json;
    json["metadata"]["namespace"] = kNamespace;
    return json;
}

std::string Template::api_version() const {
    return object("sample", "Retain").at("apiVersion");
}

std::string Template::kind() const {
    return object("sample", "Retain").at("kind");
}

jetstream::StreamName Template::stream_name(const std::string& name) const {
    return jetstream::StreamName{filled_in(stream_, "{name}", name)};
}

bool Template::is_ours() const {
    return api_version() == resources::kApiVersion;
}

jetstream::StreamSettings Template::settings(const std::string& name) const {
    if (is_ours()) {
        const auto kind_here = core::from_name<resources::Kind>(kind());
        const auto parsed = resources::parse(
            kind_here.value(), object(name, "Retain").value("spec", Json::object()), name);
        if (!parsed.desired) {
            throw std::runtime_error("the object's template is not valid");
        }
        return parsed.desired->stream;
    }
    jetstream::StreamSettings settings;
    settings.name = stream_name(name);
    settings.subjects = {name + ".>"};
    return settings;
}

}  // namespace headgate::bench
