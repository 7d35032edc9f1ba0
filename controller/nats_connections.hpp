// The NatsConnection objects: what each asks for, with what its Secrets hold, becomes where a loop
// connects; how that went becomes its status. A change of one disturbs no other.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "controller/object_sink.hpp"
#include "controller/router.hpp"
#include "controller/secret_watch.hpp"
#include "core/call.hpp"
#include "core/log.hpp"
#include "core/result.hpp"
#include "kube/api.hpp"
#include "reconcilers/declaration.hpp"
#include "reconcilers/resources/nats_connection.hpp"

namespace headgate::controller {

/// How a connection stands.
struct ConnectionFacts {
    bool connected = false;
    std::string why_not;
    std::optional<resources::ServerStatus> server;
    std::string account;
    std::optional<resources::JetStreamStatus> jetstream;
};

/// The port to the loops and their connections. Any thread.
class ConnectionPort {
public:
    ConnectionPort() = default;
    ConnectionPort(const ConnectionPort&) = delete;
    ConnectionPort& operator=(const ConnectionPort&) = delete;
    virtual ~ConnectionPort() = default;

    /// From now on it leads there; an error: nowhere, for that reason. Gone: there is none by that
    /// name any more.
    virtual void use(const ConnectionKey& key,
                     core::Result<resources::ConnectionTarget> target) = 0;

    /// There is one by that name now: its objects, wherever they wait, are its own.
    virtual void appeared(const ConnectionKey& key) = 0;

    /// Who may use it has changed: look at all its objects again.
    virtual void look_again(const ConnectionKey& key) = 0;

    [[nodiscard]] virtual ConnectionFacts facts(const ConnectionKey& key,
                                                const core::Call& call) = 0;
};

[[nodiscard]] kube::ResourceType nats_connection_type();

class NatsConnections final : public ObjectSink {
public:
    /// How often it is looked whether a status is still true, beside being told of changes.
    static constexpr std::chrono::seconds kLook{60};
    /// How old the figures of use in a status may become.
    static constexpr std::chrono::minutes kUseAge{5};

    /// All references must outlive it; `may_act_until` as RuntimeOptions has it, for what is
    /// written.
    NatsConnections(kube::Api& api,
                    const core::Log& log,
                    std::function<std::chrono::steady_clock::time_point()> may_act_until = {})
        : api_(api), log_(log), may_act_until_(std::move(may_act_until)) {}

    /// Call before the first object is put. The port must live until `stop`.
    void start(ConnectionPort& port);

    /// Calls the port no more. No object may be put after that.
    void stop();

    [[nodiscard]] bool may_be_missing() const override { return true; }

    void put(const kube::Object& object) override;
    void remove(const ObjectPlace& place) override;
    [[nodiscard]] std::vector<ObjectPlace> places() const override;

    /// Whether the declaration may use the connection it names. InvalidSpec: that does not allow
    /// its namespace. Unavailable: there is none, or it is not valid. Any thread.
    [[nodiscard]] core::Status may_use(const reconcilers::Declaration& declaration) const;

    /// A connection came or went: its status is written soon. Any thread.
    void moved();

    /// Statuses are written only by who leads.
    void write_statuses(bool on);

private:
    using SecretResults = std::map<std::string, core::Result<resources::SecretData>>;

    struct Entry {
        kube::ObjectMeta meta;
        resources::ParsedConnection parsed;
        resources::NatsConnectionStatus status;
        std::chrono::steady_clock::time_point written{};
        std::map<std::string, std::unique_ptr<SecretWatch>> watches;
        SecretResults secrets;
        std::optional<core::Error> error;  ///< Why it leads nowhere.
        bool waiting = true;               ///< For Secrets to be read.
        std::string used;                  ///< Digest of where it leads.
        bool writing = false;              ///< Its status, now.
        kube::ResourceVersion wrote;       ///< What our last status made of it.
    };

    using Watches = std::map<std::string, std::unique_ptr<SecretWatch>>;

    [[nodiscard]] Watches follow_secrets(const ObjectPlace& place, Entry& entry);
    void secret_changed(const ObjectPlace& place,
                        const std::string& name,
                        core::Result<resources::SecretData> value);
    void resolve(const ObjectPlace& place);
    void run(const std::stop_token& stop);
    void report(const ObjectPlace& place, const std::stop_token& stop);
    [[nodiscard]] resources::ConnectionReport report_of(const Entry& entry,
                                                        ConnectionFacts facts) const;

    kube::Api& api_;
    const core::Log& log_;
    std::function<std::chrono::steady_clock::time_point()> may_act_until_;
    ConnectionPort* port_ = nullptr;

    /// One at a time decides where connections lead and says so, lest the older one be said last.
    /// Taken before the other.
    std::mutex resolving_;

    // The lock covers what follows, up to the thread; no port is called under it.
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::map<ObjectPlace, Entry> entries_;
    bool moved_ = false;
    bool writing_ = false;

    std::jthread thread_;
};

}  // namespace headgate::controller
