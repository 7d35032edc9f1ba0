// The NATS client library this program runs with, without its header.
#pragma once

#include <string>

namespace headgate::jetstream::nats {

/// "3.4.1".
[[nodiscard]] std::string library_version();

/// Whether it can shake hands for TLS before the server's greeting.
[[nodiscard]] bool has_tls_first();

}  // namespace headgate::jetstream::nats
