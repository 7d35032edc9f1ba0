// A real server, and the real reconciler working on it: for suites that put many declarations
// through it and look at what the server then holds.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/json.hpp"
#include "jetstream/api.hpp"
#include "jetstream/nats/connection.hpp"
#include "jetstream/request_api.hpp"
#include "reconcilers/reconciler.hpp"
#include "tests/fakes/recording_writer.hpp"
#include "tests/support/nats_server.hpp"

namespace headgate::matrix {

/// A nats-server with a connection of ours and, beside it, raw requests.
class Server {
public:
    explicit Server(std::string_view version);

    [[nodiscard]] jetstream::Api& api() { return *api_; }

    [[nodiscard]] jetstream::nats::Connection& connection() { return *connection_; }

    /// The parsed reply to "STREAM.INFO.x"; an API refusal is one. Throws where none came.
    core::Json request(const std::string& subject, const core::Json& payload = {});

    /// As request; throws where it is refused.
    core::Json must(const std::string& subject, const core::Json& payload = {});

    /// The configurations of a stream and its consumers as the server tells them; null: none.
    core::Json held(const std::string& stream);

    [[nodiscard]] jetstream::ServerInfo info();

    [[nodiscard]] std::string url() const { return server_.url(); }

    /// Ends it and starts it again on the same files; returns once it answers.
    void restart();

    /// Puts a message into the stream that stores `subject`.
    void publish(const std::string& subject);

private:
    support::NatsServer server_;
    std::unique_ptr<jetstream::nats::Connection> connection_;
    std::unique_ptr<jetstream::Api> api_;
};

/// The way to the server, watched: counts writes, and notes each one that was refused and yet
/// changed something.
class Watched final : public jetstream::Transport {
public:
    struct Seen {
        std::size_t writes = 0;
        std::vector<std::string> changed_by_refused;
    };

    /// `seen` must outlive it.
    Watched(Server& server, std::string stream, Seen& seen);

    core::Result<std::string> send(const jetstream::Request& request,
                                   const core::Call& call) override;

    [[nodiscard]] std::uint64_t epoch() const override { return server_.connection().epoch(); }

private:
    Server& server_;
    std::string stream_;
    Seen& seen_;
};

/// One object and the program that keeps it, from its first version on.
class Workbench {
public:
    Workbench(Server& server,
              resources::Kind kind,
              std::string name,
              reconcilers::ReconcilerOptions options = {});

    struct Result {
        resources::Reason reason;
        std::string message;
        std::vector<std::string> done;
        std::size_t writes = 0;

        [[nodiscard]] bool applied() const { return reason == resources::Reason::Applied; }
    };

    /// Declares the spec as the object's next version and reconciles until there is no more to do;
    /// where it would wait, its clock is put forward.
    Result apply(const core::Json& spec);

    /// The same version once more.
    Result again();

    /// The stream's name on the server.
    [[nodiscard]] std::string stream() const;

    [[nodiscard]] core::Json held() { return server_.held(stream()); }

    /// Deletes the stream behind the program's back.
    void wipe();

    [[nodiscard]] const std::vector<std::string>& changed_by_refused() const {
        return seen_.changed_by_refused;
    }

    [[nodiscard]] const resources::ObjectStatus& status() { return writer_.status[key_]; }

    std::map<std::string, std::string> annotations;

private:
    Server& server_;
    resources::ObjectKey key_;
    Watched::Seen seen_;
    jetstream::RequestApi api_;
    std::chrono::milliseconds waited_{0};
    std::int64_t generation_ = 0;
    core::Json spec_;
    reconcilers::Declarations declarations_;
    fakes::RecordingWriter writer_;
    reconcilers::Reconciler reconciler_;
};

/// Whether a server holds the same, `evolved` after other declarations and `fresh` without: but for
/// what it does not take back, per-message TTLs (contract: kept, and Ready).
[[nodiscard]] bool same_held(const core::Json& evolved, core::Json fresh);

/// Calls `work` with 0 to `count` - 1, several at a time.
void in_parallel(std::size_t count, const std::function<void(std::size_t)>& work);

/// Streams that nobody signed, of several kinds, made without this program; and whether they are
/// still as they were made. Some are for mirrors and sources to copy: kOrigins.
class Bystanders {
public:
    explicit Bystanders(Server& server);

    /// Names of streams, and with KV_ before them of buckets.
    static const std::vector<std::string> kOrigins;

    /// Configuration, state and consumers of each that are not as they were; empty: none.
    [[nodiscard]] std::vector<std::string> touched();

private:
    [[nodiscard]] core::Json look(const std::string& stream);

    Server& server_;
    std::map<std::string, core::Json> before_;
};

}  // namespace headgate::matrix
