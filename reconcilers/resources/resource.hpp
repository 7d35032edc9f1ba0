// Any kind, read: what is wanted on the server, or everything that is wrong with it. From here on
// the kinds do not differ, but in the names of their fields.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/fields/change.hpp"
#include "core/fields/field.hpp"
#include "core/json.hpp"
#include "jetstream/settings.hpp"
#include "reconcilers/resources/kind.hpp"
#include "reconcilers/resources/policies.hpp"

namespace headgate::resources {

/// What a declaration wants the server to hold.
struct Desired {
    jetstream::StreamSettings stream;
    std::vector<jetstream::ConsumerSettings> consumers;
    Policies policies;

    friend bool operator==(const Desired&, const Desired&) = default;
};

struct Parsed {
    /// Present when there are no problems.
    std::optional<Desired> desired;
    fields::Problems problems;
};

/// Reads and validates a spec; `name` is metadata.name, the default for the stream's or bucket's.
[[nodiscard]] Parsed parse(Kind kind, const core::Json& spec, std::string_view name);

/// A spec that says what is wanted, and leaves out every default and, where `name` (metadata.name)
/// stands in for it, the name. Of a stream that is no bucket in full, a StateBucket says what it
/// can.
[[nodiscard]] core::Json emit(Kind kind, const Desired& desired, std::string_view name);

/// What a manifest with the spec above is read as.
[[nodiscard]] Parsed as_read(Kind kind, const Desired& desired, std::string_view name);

/// A whole manifest around such a spec.
[[nodiscard]] core::Json manifest(const ObjectKey& key, const Desired& desired);

/// The same field by the name the kind gives it: maxAge is a bucket's ttl. A field the kind does
/// not have keeps its name.
[[nodiscard]] std::string field_name(Kind kind, const fields::Change& change);

/// The CustomResourceDefinition of a kind (apiextensions.k8s.io/v1).
[[nodiscard]] core::Json custom_resource_definition(Kind kind);

/// The reference page of a kind, as Markdown.
[[nodiscard]] std::string reference_page(Kind kind);

}  // namespace headgate::resources
