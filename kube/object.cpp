#include "kube/object.hpp"

#include <algorithm>
#include <stdexcept>

namespace headgate::kube {

namespace {

using core::Json;

/// Reads `name` if it is there and not null; a wrong type throws, for `parse_object` to translate.
template <class T>
void read(const Json& json, const char* name, T& into) {
    if (const auto found = json.find(name); found != json.end() && !found->is_null()) {
        found->get_to(into);
    }
}

ObjectMeta parse_meta(const Json& json) {
    ObjectMeta meta;
    json.at("name").get_to(meta.name);
    read(json, "namespace", meta.ns);
    read(json, "uid", meta.uid);
    std::string resource_version;
    read(json, "resourceVersion", resource_version);
    meta.resource_version = ResourceVersion{std::move(resource_version)};
    read(json, "generation", meta.generation);
    read(json, "creationTimestamp", meta.creation_timestamp);
    if (const auto found = json.find("deletionTimestamp");
        found != json.end() && !found->is_null()) {
        meta.deletion_timestamp = found->get<std::string>();
    }
    read(json, "finalizers", meta.finalizers);
    read(json, "annotations", meta.annotations);
    return meta;
}

Json parse_section(const Json& json, const char* name) {
    const auto found = json.find(name);
    return found == json.end() || found->is_null() ? Json::object() : *found;
}

}  // namespace

std::string ResourceType::api_version() const {
    return group.empty() ? version : group + "/" + version;
}

core::Result<Object> parse_object(const Json& json) {
    try {
        Object object;
        read(json, "apiVersion", object.api_version);
        read(json, "kind", object.kind);
        object.meta = parse_meta(json.at("metadata"));
        object.spec = parse_section(json, "spec");
        object.status = parse_section(json, "status");
        object.data = parse_section(json, "data");
        return object;
    } catch (const Json::exception& error) {
        return core::Error{core::ErrorCode::InvalidSpec,
                           std::string{"not a Kubernetes object: "} + error.what()};
    }
}

Json to_json(const Object& object) {
    const auto& meta = object.meta;
    Json metadata{{"name", meta.name}};
    const auto put = [&metadata](const char* name, const std::string& text) {
        if (!text.empty()) {
            metadata[name] = text;
        }
    };
    put("namespace", meta.ns);
    put("uid", meta.uid);
    put("resourceVersion", meta.resource_version.value());
    put("creationTimestamp", meta.creation_timestamp);
    put("deletionTimestamp", meta.deletion_timestamp.value_or(""));
    if (meta.generation != 0) {
        metadata["generation"] = meta.generation;
    }
    if (!meta.finalizers.empty()) {
        metadata["finalizers"] = meta.finalizers;
    }
    if (!meta.annotations.empty()) {
        metadata["annotations"] = meta.annotations;
    }
    Json json{{"apiVersion", object.api_version}, {"kind", object.kind}, {"metadata", metadata}};
    if (!object.spec.empty()) {
        json["spec"] = object.spec;
    }
    if (!object.status.empty()) {
        json["status"] = object.status;
    }
    if (!object.data.empty()) {
        json["data"] = object.data;
    }
    return json;
}

bool is_later(const ResourceVersion& version, const ResourceVersion& than) {
    const auto is_number = [](const std::string& text) {
        return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
    };
    const auto& left = version.value();
    const auto& right = than.value();
    return is_number(left) && is_number(right) &&
           (left.size() != right.size() ? left.size() > right.size() : left > right);
}

bool has_finalizer(const ObjectMeta& meta, std::string_view finalizer) {
    return std::ranges::find(meta.finalizers, finalizer) != meta.finalizers.end();
}

bool is_deleting(const ObjectMeta& meta) {
    return meta.deletion_timestamp.has_value();
}

}  // namespace headgate::kube
