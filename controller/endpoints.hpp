// The one listener: /metrics, /healthz, /readyz, /debug where it is asked for. GET and HEAD only;
// anything else is 405, any other path 404. Civetweb serves it, on threads of its own.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/result.hpp"

namespace headgate::controller {

struct Health {
    bool ok = true;
    std::string detail;  ///< One line for a person.
};

struct Endpoints {
    std::function<std::string()> metrics;
    std::function<Health()> healthy;
    std::function<Health()> ready;
    std::function<std::string()> debug{};  ///< JSON; empty: there is no /debug.
};

class EndpointServer {
public:
    struct State;

    /// `address`: ":8080", "127.0.0.1:0" (the kernel chooses), "[::1]:8080". Unavailable: the
    /// address cannot be listened on; InvalidSpec: it is none.
    [[nodiscard]] static core::Result<std::unique_ptr<EndpointServer>> listen(
        const std::string& address, Endpoints endpoints);

    EndpointServer(const EndpointServer&) = delete;
    EndpointServer& operator=(const EndpointServer&) = delete;
    ~EndpointServer();

    /// "http://127.0.0.1:41234": where it listens.
    [[nodiscard]] std::string url() const;

private:
    explicit EndpointServer(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

}  // namespace headgate::controller
