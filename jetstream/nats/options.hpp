// From our settings to the C library's options: one server, one attempt. Private to this folder.
#pragma once

#include <string>

#include <nats/nats.h>

#include "core/result.hpp"
#include "jetstream/nats/connection_settings.hpp"

namespace headgate::jetstream::nats {

/// Sets everything but the identity and the callbacks. InvalidSpec: a file that cannot be read or
/// parsed.
[[nodiscard]] core::Status apply(const ConnectionSettings& settings,
                                 const Server& server,
                                 natsOptions* options);

/// What the library said of its last failure on this thread, led by `status` where it said nothing.
[[nodiscard]] std::string failure_text(natsStatus status);

}  // namespace headgate::jetstream::nats
