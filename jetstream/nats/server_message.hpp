// What a NATS server's `-ERR` text says about permissions (nats-server: client.go,
// pubPermissionViolation and subPermissionViolation). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace headgate::jetstream::nats {

struct PermissionViolation {
    enum class What { Publish, Subscribe };

    What what = What::Publish;
    std::string subject;
    bool cut = false;  ///< The text was too long for the library's buffer: only the beginning.
};

/// `Permissions Violation for Publish to "$JS.API.STREAM.CREATE.X"`; nothing for other texts.
[[nodiscard]] std::optional<PermissionViolation> permission_violation(std::string_view text);

}  // namespace headgate::jetstream::nats
