// What the API server answered, as a value or an Error. Knows the Status object that carries every
// refusal (API conventions: response status kind) and nothing of HTTP beyond its code.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/json.hpp"
#include "core/result.hpp"
#include "kube/api.hpp"
#include "kube/object.hpp"

namespace headgate::kube {

struct Reply {
    int code = 0;
    std::string body;
    std::string retry_after;  ///< The header's text; empty: there was none.
};

/// The error a reply of 300 and above stands for, with the server's own message: 401, 403
/// Forbidden; 404 NotFound; 409 Conflict, or AlreadyExists; 410 Gone; 429, 5xx Unavailable, but
/// Refused where an applied status does not fit the schema; 400, 422 InvalidSpec, but Conflict
/// where a JSON Patch's `test` did not hold; anything else Refused.
[[nodiscard]] core::Error error_of(const Reply& reply);

/// The same of a Status object that came inside a watch.
[[nodiscard]] core::Error error_of_status(const core::Json& status);

/// Whole seconds of Retry-After, where the server asks for a pause (429, 503).
[[nodiscard]] std::optional<std::chrono::seconds> retry_after(const Reply& reply);

/// An object, a list page or a version; Unavailable where the body of a 2xx is none (a proxy).
[[nodiscard]] core::Result<Object> object_of(const Reply& reply);
[[nodiscard]] core::Result<ListPage> list_page_of(const Reply& reply);
[[nodiscard]] core::Result<ServerVersion> version_of(const Reply& reply);

}  // namespace headgate::kube
