// The HTTP requests behind kube::Api, built without sending any. What can be asked of the API
// server, and so what RBAC must allow, is this list.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/json.hpp"
#include "kube/api.hpp"
#include "kube/object.hpp"

namespace headgate::kube {

enum class Method { Get, Post, Patch, Delete };

struct Request {
    /// For metrics: get, list, watch, create, patch, delete, apply (RBAC's is patch).
    std::string_view verb;
    Method method = Method::Get;
    std::string path;   ///< Percent-encoded, begins with "/".
    std::string query;  ///< Percent-encoded, without "?"; may be empty.
    std::string content_type;
    std::string body;  ///< Empty: none.

    friend bool operator==(const Request&, const Request&) = default;
};

[[nodiscard]] Request list_request(const ResourceType& type,
                                   const Scope& scope,
                                   std::size_t limit,
                                   const std::string& continue_token);

[[nodiscard]] Request watch_request(const ResourceType& type,
                                    const Scope& scope,
                                    const WatchFrom& from);

/// What a Role has to allow for it: "list secrets named "a" in namespace "team"".
[[nodiscard]] std::string right_to(std::string_view verb,
                                   const ResourceType& type,
                                   const Scope& scope);

[[nodiscard]] Request get_request(const ResourceType& type,
                                  const std::string& ns,
                                  const std::string& name);

/// Server-side apply on the status subresource, forced. The resourceVersion goes along as the
/// precondition; a uid would be none, custom resources ignore it there (tried with 1.36).
[[nodiscard]] Request apply_status_request(const ResourceType& type,
                                           const ObjectMeta& object,
                                           const core::Json& status,
                                           const std::string& field_manager);

/// `patch` is a JSON Patch (RFC 6902), see patch.hpp.
[[nodiscard]] Request json_patch_request(const ResourceType& type,
                                         const ObjectMeta& object,
                                         const core::Json& patch);

/// `object` as a manifest has it; where it goes is in its metadata.
[[nodiscard]] Request create_request(const ResourceType& type, const core::Json& object);

/// The resourceVersion seen goes along as the precondition.
[[nodiscard]] Request merge_patch_request(const ResourceType& type,
                                          const ObjectMeta& object,
                                          core::Json patch);

[[nodiscard]] Request version_request();

}  // namespace headgate::kube
