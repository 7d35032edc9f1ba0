#include "kube/request.hpp"

#include <nlohmann/json.hpp>

namespace headgate::kube {

namespace {

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~';
}

/// Percent-encodes all but RFC 3986's unreserved characters: right in a path segment and in a
/// query value alike.
std::string encoded(std::string_view text) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string result;
    result.reserve(text.size());
    for (const char c : text) {
        if (is_unreserved(c)) {
            result += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        result += '%';
        result += kHex[byte >> 4U];
        result += kHex[byte & 0xFU];
    }
    return result;
}

/// A message may carry bytes of a server or a user that are no UTF-8, and must not throw here.
std::string text_of(const core::Json& json) {
    return json.dump(-1, ' ', false, core::Json::error_handler_t::replace);
}

std::string root_path(const ResourceType& type) {
    return type.group.empty() ? "/api/" + encoded(type.version)
                              : "/apis/" + encoded(type.group) + "/" + encoded(type.version);
}

std::string collection_path(const ResourceType& type, const std::string& ns) {
    const auto scope = ns.empty() ? std::string{} : "/namespaces/" + encoded(ns);
    return root_path(type) + scope + "/" + encoded(type.plural);
}

std::string object_path(const ResourceType& type, const std::string& ns, const std::string& name) {
    return collection_path(type, ns) + "/" + encoded(name);
}

/// A field selector, and no path of the one object: so the answer is a list, and a watch also tells
/// of an object that comes later.
std::string name_selector(const Scope& scope) {
    return scope.name.empty() ? std::string{}
                              : "&fieldSelector=" + encoded("metadata.name=" + scope.name);
}

}  // namespace

Request list_request(const ResourceType& type,
                     const Scope& scope,
                     std::size_t limit,
                     const std::string& continue_token) {
    auto query = "limit=" + std::to_string(limit) + name_selector(scope);
    if (!continue_token.empty()) {
        query += "&continue=" + encoded(continue_token);
    }
    return {.verb = "list", .path = collection_path(type, scope.ns), .query = std::move(query)};
}

Request watch_request(const ResourceType& type, const Scope& scope, const WatchFrom& from) {
    return {
        .verb = "watch",
        .path = collection_path(type, scope.ns),
        .query = "watch=true&allowWatchBookmarks=true" +
                 (from.everything ? "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
                                  : "&resourceVersion=" + encoded(from.resource_version.value())) +
                 "&timeoutSeconds=" + std::to_string(from.timeout.count()) + name_selector(scope)};
}

std::string right_to(std::string_view verb, const ResourceType& type, const Scope& scope) {
    return std::string{verb} + " " + type.plural +
           (type.group.empty() ? std::string{} : "." + type.group) +
           (scope.name.empty() ? std::string{} : " named \"" + scope.name + "\"") +
           (scope.ns.empty() ? std::string{" in all namespaces"}
                             : " in namespace \"" + scope.ns + "\"");
}

Request get_request(const ResourceType& type, const std::string& ns, const std::string& name) {
    return {.verb = "get", .path = object_path(type, ns, name)};
}

Request apply_status_request(const ResourceType& type,
                             const ObjectMeta& object,
                             const core::Json& status,
                             const std::string& field_manager) {
    core::Json metadata{{"name", object.name}};
    if (!object.ns.empty()) {
        metadata["namespace"] = object.ns;
    }
    if (const auto& seen = object.resource_version.value(); !seen.empty()) {
        metadata["resourceVersion"] = seen;
    }
    const core::Json body{{"apiVersion", type.api_version()},
                          {"kind", type.kind},
                          {"metadata", std::move(metadata)},
                          {"status", status}};
    // JSON is YAML, and no media type for apply in JSON is accepted (tried with 1.36).
    return {.verb = "apply",
            .method = Method::Patch,
            .path = object_path(type, object.ns, object.name) + "/status",
            .query = "fieldManager=" + encoded(field_manager) + "&force=true",
            .content_type = "application/apply-patch+yaml",
            .body = text_of(body)};
}

Request json_patch_request(const ResourceType& type,
                           const ObjectMeta& object,
                           const core::Json& patch) {
    return {.verb = "patch",
            .method = Method::Patch,
            .path = object_path(type, object.ns, object.name),
            .query = {},
            .content_type = "application/json-patch+json",
            .body = text_of(patch)};
}

Request create_request(const ResourceType& type, const core::Json& object) {
    return {.verb = "create",
            .method = Method::Post,
            .path = collection_path(
                type, object.value(core::Json::json_pointer("/metadata/namespace"), std::string{})),
            .query = {},
            .content_type = "application/json",
            .body = text_of(object)};
}

Request merge_patch_request(const ResourceType& type, const ObjectMeta& object, core::Json patch) {
    if (const auto& seen = object.resource_version.value(); !seen.empty()) {
        patch["metadata"]["resourceVersion"] = seen;
    }
    return {.verb = "patch",
            .method = Method::Patch,
            .path = object_path(type, object.ns, object.name),
            .query = {},
            .content_type = "application/merge-patch+json",
            .body = text_of(patch)};
}

Request version_request() {
    return {.verb = "get", .path = "/version"};
}

}  // namespace headgate::kube
