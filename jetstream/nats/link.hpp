// Link: one connection to one server, from its handshake to its end. It never comes back; the
// Connection makes another. Whatever waits on it learns of its end at once.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/call.hpp"
#include "core/result.hpp"
#include "jetstream/nats/connection_settings.hpp"
#include "jetstream/nats/listening.hpp"

namespace headgate::jetstream::nats {

class Link {
public:
    /// Connects, authenticates and subscribes to the replies and to `listening`; takes at most the
    /// settings' connect timeout (a TLS peer that falls silent in the middle of its handshake
    /// excepted). Unavailable, Forbidden (authentication) and InvalidSpec (files), with a text that
    /// holds no secret. A denied subject of `listening` is no error.
    [[nodiscard]] static core::Result<std::shared_ptr<Link>> connect(
        const ConnectionSettings& settings, const Server& server, const Listening& listening);

    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    /// Closes, and waits for callbacks in progress. Never to be run by one of them.
    ~Link();

    /// One request, one reply; any number at a time. As Connection::request.
    core::Result<std::string> request(const std::string& subject,
                                      std::string_view payload,
                                      const core::Call& call);

    /// Ends it; whoever waits learns so at once.
    void close();

    /// Returns once the connection has ended or a stop was requested.
    void wait_until_closed(const std::stop_token& stop);

    /// What the server, or the connection's end, last said of trouble; empty: nothing.
    [[nodiscard]] std::string trouble() const;

    /// The cluster's other servers, as this one announced them.
    [[nodiscard]] std::vector<std::string> announced_servers() const;

private:
    struct State;

    explicit Link(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

}  // namespace headgate::jetstream::nats
