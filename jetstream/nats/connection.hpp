// Connection: the one connection to a NATS system that all workers share. A thread of its own
// connects, notices the end of a connection and connects again, for ever, whatever the reason:
// unreachable, refused credentials, a restart. Files named in the settings are read at each
// attempt; the settings themselves may change at any time.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/call.hpp"
#include "core/error.hpp"
#include "core/result.hpp"
#include "jetstream/nats/connection_settings.hpp"
#include "jetstream/nats/listening.hpp"

namespace headgate::jetstream::nats {

class Link;

class Connection {
public:
    /// Told of every change, from the connection's own thread: short, and never waiting for it.
    /// A change to connected may mean another server, or one that lost or gained streams.
    using OnState = std::function<void(bool connected)>;

    /// What to listen to, with these settings.
    using ListeningFor = std::function<Listening(const ConnectionSettings&)>;

    /// Starts connecting and returns. Whenever it is told to be connected, what `listening` gives
    /// is subscribed to. InvalidSpec, Unsupported: settings that can never work.
    [[nodiscard]] static core::Result<std::unique_ptr<Connection>> open(
        ConnectionSettings settings, OnState on_state = {}, ListeningFor listening = {});

    /// Connects to nothing yet, for the reason given, which every request is told.
    [[nodiscard]] static std::unique_ptr<Connection> idle(core::Error why,
                                                          OnState on_state = {},
                                                          ListeningFor listening = {});

    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Ends the connection; waits that are still in progress end with OutcomeUnknown. Takes at most
    /// the connect timeout.
    ~Connection();

    /// Ends the connection there is, and connects with these from now on. An error, or settings
    /// that can never work: connects to nothing, and every request is told why, as Unavailable.
    void use(core::Result<ConnectionSettings> settings);

    /// One request, one reply. Nothing is kept for later: not connected is Unavailable at once.
    /// Unavailable also where nobody answers the subject; OutcomeUnknown: sent, and the deadline
    /// (or the settings' request timeout) passed or the connection ended; Forbidden: the user may
    /// not publish to it; Cancelled. Thread-safe.
    core::Result<std::string> request(const std::string& subject,
                                      std::string_view payload,
                                      const core::Call& call);

    /// Waits for the outcome of the first round over all servers, or to be told that there are
    /// none, for programs that would rather end than wait. Success where connected; else why not.
    [[nodiscard]] core::Status first_attempt(const core::Call& call);

    [[nodiscard]] bool connected() const;

    /// How many connections there have been; 0: none yet.
    [[nodiscard]] std::uint64_t epoch() const;

    /// Why it is not connected, or the last trouble while it was; for people, without secrets.
    [[nodiscard]] std::string last_error() const;

    /// Those in use; null: none.
    [[nodiscard]] std::shared_ptr<const ConnectionSettings> settings() const;

private:
    using Settings = std::shared_ptr<const ConnectionSettings>;

    Connection(core::Result<ConnectionSettings> settings, OnState on_state, ListeningFor listening);

    struct Established {
        std::shared_ptr<Link> link;
        Server server;
    };

    void run(const std::stop_token& stop);
    void run_with(const Settings& settings, const std::stop_token& stop);
    [[nodiscard]] std::optional<Established> connect_somewhere(const Settings& settings,
                                                               const std::stop_token& stop);
    void serve(const Settings& settings,
               const Established& established,
               const std::stop_token& stop);
    void pause(const Settings& settings,
               std::chrono::milliseconds time,
               const std::stop_token& stop);
    [[nodiscard]] bool in_use(const Settings& settings) const;
    [[nodiscard]] std::vector<Server> candidates(const ConnectionSettings& settings);
    [[nodiscard]] core::Error not_connected() const;

    const OnState on_state_;
    const ListeningFor listening_;

    // The connection's thread only.
    std::vector<Server> announced_;
    std::minstd_rand random_;

    // The lock covers what follows, up to the thread.
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    Settings settings_;
    std::shared_ptr<Link> link_;
    core::Error why_not_;
    std::uint64_t epoch_ = 0;
    bool attempted_ = false;

    std::jthread thread_;
};

}  // namespace headgate::jetstream::nats
