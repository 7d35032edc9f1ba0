#include "cli/app.hpp"

#include <fstream>
#include <iterator>
#include <utility>

#include "core/secret.hpp"
#include "jetstream/nats/advisory_listener.hpp"
#include "jetstream/nats/connection.hpp"
#include "jetstream/nats/connection_settings.hpp"
#include "jetstream/nats/nats_api.hpp"
#include "jetstream/nats/user_info.hpp"
#include "kube/config/in_cluster.hpp"
#include "kube/config/kubeconfig.hpp"
#include "kube/config/proxies.hpp"
#include "kube/rest/rest_client.hpp"

namespace headgate::cli {

using core::Error;
using core::ErrorCode;
using core::Result;
using core::Secret;
using jetstream::nats::Connection;
using jetstream::nats::ConnectionSettings;

namespace {

// Requests are short and the two watches idle; each costs no thread while it waits.
constexpr std::size_t kHttpThreads = 4;

/// The first line of a file; empty for no file.
Result<Secret> read_secret(std::string_view what, const std::string& path) {
    if (path.empty()) {
        return Secret{};
    }
    std::ifstream file{path};
    std::string text;
    if (!file || !std::getline(file, text)) {
        return Error{ErrorCode::NotFound,
                     std::string{what} + " " + path + " cannot be read, or is empty"};
    }
    if (text.ends_with('\r')) {
        text.pop_back();
    }
    return Secret{std::move(text)};
}

Result<ConnectionSettings> nats_settings(const NatsOptions& options, const std::string& instance) {
    auto password = read_secret("--password-file", options.password_file);
    if (!password) {
        return password.error();
    }
    auto token = read_secret("--token-file", options.token_file);
    if (!token) {
        return token.error();
    }
    ConnectionSettings settings;
    settings.urls = options.servers;
    settings.name = "headgate " + instance;
    settings.credentials_file = options.creds;
    settings.nkey_seed_file = options.nkey;
    settings.user = options.user;
    settings.password = std::move(*password);
    settings.token = std::move(*token);
    settings.tls_ca_file = options.tls_ca;
    settings.tls_certificate_file = options.tls_cert;
    settings.tls_key_file = options.tls_key;
    settings.tls_first = options.tls_first;
    settings.js_domain = options.js_domain;
    settings.js_api_prefix = options.js_api_prefix;
    return settings;
}

/// A cluster's own proxy goes before the environment's.
Result<kube::ConnectionSettings> with_proxy(Result<kube::ConnectionSettings> settings,
                                            const KubeOptions& options) {
    if (!settings || !settings->proxy.empty()) {
        return settings;
    }
    const auto proxy = kube::config::proxy_for(settings->server,
                                               {.https = Secret{options.https_proxy},
                                                .http = Secret{options.http_proxy},
                                                .none = options.no_proxy});
    if (!proxy.empty()) {
        auto checked = kube::config::check_proxy(proxy);
        if (!checked) {
            return checked.error();
        }
        settings->proxy = std::move(*checked);
    }
    return settings;
}

Result<kube::ConnectionSettings> kube_settings(const KubeOptions& options) {
    if (!options.kubeconfig.empty()) {
        return kube::config::load_kubeconfig(options.kubeconfig, options.context);
    }
    if (!options.kubeconfigs.empty()) {
        return kube::config::load_kubeconfigs(options.kubeconfigs, options.context);
    }
    auto settings = kube::config::in_cluster_settings(options.service_host, options.service_port);
    if (!settings) {
        return Error{settings.error().code,
                     "not in a Pod, and no --kubeconfig given: " + settings.error().message};
    }
    return settings;
}

}  // namespace

struct NatsAccess::State {
    std::unique_ptr<Connection> connection;
    std::unique_ptr<jetstream::Api> api;
};

namespace {

Connection::ListeningFor listening_for(NatsAccess::Events& events) {
    if (!events.on_advisory) {
        return {};
    }
    return [on_advisory = std::move(events.on_advisory),
            on_deaf = std::move(events.on_deaf)](const ConnectionSettings& settings) {
        return jetstream::nats::listen_to_advisories(settings, on_advisory, on_deaf);
    };
}

ConnectionSettings settings_of(resources::ConnectionTarget target, const std::string& name) {
    ConnectionSettings settings;
    settings.urls = std::move(target.urls);
    settings.name = name;
    settings.credentials = std::move(target.credentials);
    settings.nkey_seed = std::move(target.nkey_seed);
    settings.user = std::move(target.user);
    settings.password = std::move(target.password);
    settings.token = std::move(target.token);
    settings.tls_ca_pem = std::move(target.ca_pem);
    settings.tls_certificate_pem = std::move(target.certificate_pem);
    settings.tls_key_pem = std::move(target.key_pem);
    settings.tls = target.tls;
    settings.tls_first = target.tls_first;
    settings.js_domain = std::move(target.domain);
    settings.js_api_prefix = std::move(target.api_prefix);
    if (!target.inbox_prefix.empty()) {
        settings.inbox_prefix = std::move(target.inbox_prefix);
    }
    return settings;
}

resources::Usage usage(std::uint64_t used, std::optional<std::int64_t> limit) {
    return {.used = static_cast<std::int64_t>(used), .limit = limit};
}

}  // namespace

Result<std::unique_ptr<NatsAccess>> NatsAccess::open(const NatsOptions& options,
                                                     const std::string& instance,
                                                     Events events) {
    auto settings = nats_settings(options, instance);
    if (!settings) {
        return settings.error();
    }
    auto listening = listening_for(events);
    auto connection =
        Connection::open(std::move(*settings), std::move(events.on_state), std::move(listening));
    if (!connection) {
        return connection.error();
    }
    auto state = std::make_unique<State>();
    state->connection = std::move(*connection);
    state->api = jetstream::nats::make_api(*state->connection, std::move(events.on_request));
    return std::unique_ptr<NatsAccess>{new NatsAccess{
        std::move(state)}};  // NOLINT(cppcoreguidelines-owning-memory): private constructor
}

std::unique_ptr<NatsAccess> NatsAccess::idle(Error why, Events events) {
    auto state = std::make_unique<State>();
    auto listening = listening_for(events);
    state->connection =
        Connection::idle(std::move(why), std::move(events.on_state), std::move(listening));
    state->api = jetstream::nats::make_api(*state->connection, std::move(events.on_request));
    return std::unique_ptr<NatsAccess>{new NatsAccess{
        std::move(state)}};  // NOLINT(cppcoreguidelines-owning-memory): private constructor
}

void NatsAccess::use(Result<resources::ConnectionTarget> target, const std::string& name) {
    state_->connection->use(target
                                ? Result<ConnectionSettings>{settings_of(std::move(*target), name)}
                                : Result<ConnectionSettings>{target.error()});
}

controller::ConnectionFacts NatsAccess::facts(const core::Call& call) {
    controller::ConnectionFacts facts{.connected = connected(), .why_not = last_error()};
    if (!facts.connected) {
        return facts;
    }
    if (auto user = jetstream::nats::user_info(*state_->connection, call)) {
        facts.server =
            resources::ServerStatus{std::move(user->server), user->version, user->cluster};
        facts.account = std::move(user->account);
    }
    if (const auto info = state_->api->server_info(call)) {
        const auto& limits = info->limits;
        facts.jetstream =
            resources::JetStreamStatus{.domain = info->domain,
                                       .memory = usage(info->memory, limits.max_memory),
                                       .storage = usage(info->storage, limits.max_file),
                                       .streams = usage(info->streams, limits.max_streams),
                                       .consumers = usage(info->consumers, limits.max_consumers)};
    }
    return facts;
}

NatsAccess::NatsAccess(std::unique_ptr<State> state) : state_(std::move(state)) {}

NatsAccess::~NatsAccess() = default;

jetstream::Api& NatsAccess::api() {
    return *state_->api;
}

core::Status NatsAccess::first_attempt(const core::Call& call) {
    return state_->connection->first_attempt(call);
}

bool NatsAccess::connected() const {
    return state_->connection->connected();
}

std::string NatsAccess::last_error() const {
    return state_->connection->last_error();
}

std::string NatsAccess::shown_servers() const {
    std::string text;
    const auto settings = state_->connection->settings();
    if (!settings) {
        return text;
    }
    for (const auto& url : settings->urls) {
        text += (text.empty() ? "" : ",") + jetstream::nats::shown_url(url);
    }
    return text;
}

struct KubeAccess::State {
    std::string server;
    std::string ns;
    std::unique_ptr<kube::rest::RestClient> client;
};

Result<std::unique_ptr<KubeAccess>> KubeAccess::open(const KubeOptions& options,
                                                     OnRequest on_request) {
    kube::rest::use_http_threads(kHttpThreads);
    auto settings = with_proxy(kube_settings(options), options);
    if (!settings) {
        return settings.error();
    }
    auto state = std::make_unique<State>();
    state->server = settings->server;
    state->ns = settings->ns.empty() ? "default" : settings->ns;
    auto client = kube::rest::RestClient::open(std::move(*settings), std::move(on_request));
    if (!client) {
        return client.error();
    }
    state->client = std::move(*client);
    return std::unique_ptr<KubeAccess>{new KubeAccess{
        std::move(state)}};  // NOLINT(cppcoreguidelines-owning-memory): private constructor
}

KubeAccess::KubeAccess(std::unique_ptr<State> state) : state_(std::move(state)) {}

KubeAccess::~KubeAccess() = default;

kube::Api& KubeAccess::api() {
    return *state_->client;
}

const std::string& KubeAccess::server() const {
    return state_->server;
}

const std::string& KubeAccess::ns() const {
    return state_->ns;
}

}  // namespace headgate::cli
