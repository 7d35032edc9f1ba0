// FreePort: a loopback TCP port chosen by the kernel and kept aside for as long as this lives. The
// holder binds it with SO_REUSEADDR and never listens: a server that sets the same option (every Go
// server does) can listen there, again and again, while no other bind or connect is given the port.
#pragma once

#include <cstdint>
#include <string>

namespace headgate::support {

class FreePort {
public:
    /// Throws std::runtime_error.
    FreePort();

    FreePort(const FreePort&) = delete;
    FreePort& operator=(const FreePort&) = delete;
    FreePort(FreePort&& other) noexcept;
    FreePort& operator=(FreePort&& other) noexcept;
    ~FreePort();

    [[nodiscard]] std::uint16_t number() const noexcept { return number_; }

    /// "127.0.0.1:PORT"
    [[nodiscard]] std::string address() const;

private:
    int socket_ = -1;
    std::uint16_t number_ = 0;
};

}  // namespace headgate::support
