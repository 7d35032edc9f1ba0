// NKeys: Ed25519 keys as NATS writes them (nats-io/nkeys): base32 over prefix, key and CRC-16. The
// C library signs with a seed, but has to be told the public key that belongs to it.
#pragma once

#include <string>

#include "core/result.hpp"
#include "core/secret.hpp"

namespace headgate::jetstream::nats {

/// "UA..." of the user seed ("SU...") on a line of its own in `text`: a seed file, or a credentials
/// file. InvalidSpec: there is no such seed; the text is never in the message.
[[nodiscard]] core::Result<std::string> public_key_of(const core::Secret& text);

/// That seed itself; empty: there is none.
[[nodiscard]] core::Secret user_seed_in(const core::Secret& text);

/// The JWT of a credentials file's text, as `nsc` writes it. InvalidSpec: there is none.
[[nodiscard]] core::Result<core::Secret> user_jwt_in(const core::Secret& text);

}  // namespace headgate::jetstream::nats
