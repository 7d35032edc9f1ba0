// As whom a link connects: what its server asks for is answered from memory, whether it was read
// from a file or came with the settings. Private to this folder.
#pragma once

#include <string>

#include <nats/nats.h>

#include "core/result.hpp"
#include "jetstream/nats/connection_settings.hpp"

namespace headgate::jetstream::nats {

/// The library calls back for it while it connects: it must outlive the connection.
class Identity {
public:
    Identity() = default;
    Identity(const Identity&) = delete;
    Identity& operator=(const Identity&) = delete;

    /// Reads what the settings name and hands it to the options. InvalidSpec: a file that cannot be
    /// read, or does not hold what it should.
    [[nodiscard]] core::Status apply(const ConnectionSettings& settings, natsOptions* options);

private:
    [[nodiscard]] core::Status use_nkey(const std::string& what, core::Secret text, natsOptions*);
    [[nodiscard]] core::Status use_credentials(const std::string& what,
                                               core::Secret text,
                                               natsOptions*);
    static natsStatus give_jwt(char** jwt, char** error, void* closure) noexcept;
    static natsStatus sign(char** error,
                           unsigned char** signature,
                           int* length,
                           const char* nonce,
                           void* closure) noexcept;

    core::Secret jwt_;
    core::Secret seed_;
};

}  // namespace headgate::jetstream::nats
