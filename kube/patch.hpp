// JSON Patches (RFC 6902) on finalizers. Each tests the object's uid and its whole finalizer list
// first, so that nobody else's finalizer is lost and no later object of the same name is touched;
// unlike a resourceVersion, these stay true across changes that do not matter here.
#pragma once

#include <optional>
#include <string>

#include "core/json.hpp"
#include "kube/object.hpp"

namespace headgate::kube {

/// Nothing: the object has it already.
[[nodiscard]] std::optional<core::Json> add_finalizer_patch(const ObjectMeta& object,
                                                            const std::string& finalizer);

/// Nothing: the object does not have it.
[[nodiscard]] std::optional<core::Json> remove_finalizer_patch(const ObjectMeta& object,
                                                               const std::string& finalizer);

}  // namespace headgate::kube
