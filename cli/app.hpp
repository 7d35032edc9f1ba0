// The adapters behind the ports, opened as the options say. Its implementation is the only place of
// the program that names them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cli/options.hpp"
#include "controller/nats_connections.hpp"
#include "core/call.hpp"
#include "core/error.hpp"
#include "core/result.hpp"
#include "jetstream/advisories.hpp"
#include "jetstream/api.hpp"
#include "kube/api.hpp"

namespace headgate::cli {

/// One connection to NATS and the JetStream API over it; connects, and connects again, by itself.
class NatsAccess {
public:
    /// All are told from other threads.
    struct Events {
        std::function<void(bool connected)> on_state{};
        std::function<void(std::string_view operation,
                           std::optional<core::ErrorCode> error,
                           std::chrono::nanoseconds took)>
            on_request{};
        /// Without it, nothing is listened to.
        jetstream::OnAdvisory on_advisory{};
        /// The user may not subscribe to one of the subjects of advisories.
        std::function<void(const std::string& subject)> on_deaf{};
    };

    /// InvalidSpec, Unsupported, NotFound: options that cannot work, files of secrets that cannot
    /// be read.
    [[nodiscard]] static core::Result<std::unique_ptr<NatsAccess>> open(const NatsOptions& options,
                                                                        const std::string& instance,
                                                                        Events events);

    /// Leads nowhere until it is told where.
    [[nodiscard]] static std::unique_ptr<NatsAccess> idle(core::Error why, Events events);

    NatsAccess(const NatsAccess&) = delete;
    NatsAccess& operator=(const NatsAccess&) = delete;
    ~NatsAccess();

    /// From now on it leads there, under this name; an error: nowhere, for that reason.
    void use(core::Result<resources::ConnectionTarget> target, const std::string& name);

    /// How it stands; asks the server for what is known of it, and leaves out what it does not say.
    [[nodiscard]] controller::ConnectionFacts facts(const core::Call& call);

    [[nodiscard]] jetstream::Api& api();

    /// Waits for the first attempt on all servers.
    [[nodiscard]] core::Status first_attempt(const core::Call& call);

    [[nodiscard]] bool connected() const;

    /// Why it is not connected; without secrets.
    [[nodiscard]] std::string last_error() const;

    /// The servers' URLs with commas; without secrets.
    [[nodiscard]] std::string shown_servers() const;

private:
    struct State;

    explicit NatsAccess(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

/// The API server of a cluster.
class KubeAccess {
public:
    using OnRequest = std::function<void(std::string_view verb, int code)>;

    /// Does not connect yet. NotFound, InvalidSpec: no kubeconfig and not in a Pod, or one that
    /// cannot be used.
    [[nodiscard]] static core::Result<std::unique_ptr<KubeAccess>> open(const KubeOptions& options,
                                                                        OnRequest on_request);

    KubeAccess(const KubeAccess&) = delete;
    KubeAccess& operator=(const KubeAccess&) = delete;
    ~KubeAccess();

    [[nodiscard]] kube::Api& api();

    /// The API server's URL.
    [[nodiscard]] const std::string& server() const;

    /// The namespace of the Pod, or of the kubeconfig's context; "default" where neither says.
    [[nodiscard]] const std::string& ns() const;

private:
    struct State;

    explicit KubeAccess(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

}  // namespace headgate::cli
