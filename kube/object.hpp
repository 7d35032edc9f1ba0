// Kubernetes objects as values: what every kind has in common (metadata) is parsed, what differs
// (spec, status) stays JSON for the room that knows the kind.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/json.hpp"
#include "core/result.hpp"
#include "core/strong.hpp"

namespace headgate::kube {

/// Opaque, but for `is_later`.
using ResourceVersion = core::Strong<struct ResourceVersionTag, std::string>;

/// One kind as the API server serves it. The core group is empty text.
struct ResourceType {
    std::string group;
    std::string version;
    std::string plural;  ///< As in the URL: "streamconfigs".
    std::string kind;    ///< As in manifests: "StreamConfig".

    /// "headgate.io/v1alpha1", or "v1" in the core group.
    [[nodiscard]] std::string api_version() const;

    friend bool operator==(const ResourceType&, const ResourceType&) = default;
};

/// The part of metadata this program reads. Managed fields are dropped: they are the bulk of an
/// object in memory and nothing here looks at them.
struct ObjectMeta {
    std::string name;
    std::string ns;   ///< Empty: cluster scoped.
    std::string uid;  ///< Tells an object from a later one of the same name.
    ResourceVersion resource_version;
    std::int64_t generation = 0;
    std::string creation_timestamp;  ///< RFC 3339, as the server wrote it.
    std::optional<std::string> deletion_timestamp;
    std::vector<std::string> finalizers;  ///< In the server's order: patches test the whole list.
    std::map<std::string, std::string> annotations;

    friend bool operator==(const ObjectMeta&, const ObjectMeta&) = default;
};

struct Object {
    std::string api_version;
    std::string kind;
    ObjectMeta meta;
    core::Json spec = core::Json::object();
    core::Json status = core::Json::object();
    core::Json data = core::Json::object();  ///< Of a Secret or ConfigMap. Never for a log.

    friend bool operator==(const Object&, const Object&) = default;
};

/// Reads one object; a missing spec, status or data is an empty one. InvalidSpec: no JSON object,
/// no metadata.name, or a metadata field of another type than Kubernetes gives it.
[[nodiscard]] core::Result<Object> parse_object(const core::Json& json);

/// The object as the API writes it; metadata that is empty is left out.
[[nodiscard]] core::Json to_json(const Object& object);

/// Whether the one version of an object came after the other: numbers that grow, as API servers
/// give them (KEP-5504). False where either is none: nobody knows.
[[nodiscard]] bool is_later(const ResourceVersion& version, const ResourceVersion& than);

[[nodiscard]] bool has_finalizer(const ObjectMeta& meta, std::string_view finalizer);

/// A deletion was asked for; the object stays until its last finalizer goes.
[[nodiscard]] bool is_deleting(const ObjectMeta& meta);

}  // namespace headgate::kube
