#include "controller/endpoints.hpp"

#include <array>
#include <civetweb.h>
#include <netdb.h>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace headgate::controller {

using core::Error;
using core::ErrorCode;

struct EndpointServer::State {
    Endpoints endpoints;
    std::string host;
    std::string failure;
    mg_context* context = nullptr;
};

namespace {

struct Answer {
    int status = 200;
    std::string_view reason = "OK";
    std::string_view type = "text/plain; charset=utf-8";
    std::string body;
};

Answer health_answer(const Health& health) {
    return health.ok
               ? Answer{.body = health.detail + "\n"}
               : Answer{
                     .status = 503, .reason = "Service Unavailable", .body = health.detail + "\n"};
}

Answer answer(const Endpoints& endpoints, std::string_view method, std::string_view path) {
    const bool known = path == "/metrics" || path == "/healthz" || path == "/readyz" ||
                       (path == "/debug" && endpoints.debug);
    if (!known) {
        return {.status = 404,
                .reason = "Not Found",
                .body = "there are /metrics, /healthz and /readyz\n"};
    }
    if (method != "GET" && method != "HEAD") {
        return {.status = 405, .reason = "Method Not Allowed", .body = "GET or HEAD\n"};
    }
    if (path == "/metrics") {
        return {.type = "text/plain; version=0.0.4; charset=utf-8", .body = endpoints.metrics()};
    }
    if (path == "/debug") {
        return {.type = "application/json", .body = endpoints.debug()};
    }
    return health_answer(path == "/healthz" ? endpoints.healthy() : endpoints.ready());
}

int on_request(mg_connection* connection) {
    const auto* const info = mg_get_request_info(connection);
    const auto& state = *static_cast<const EndpointServer::State*>(info->user_data);
    const std::string_view method = info->request_method;
    const auto reply =
        answer(state.endpoints, method, info->local_uri == nullptr ? "" : info->local_uri);
    mg_printf(connection,
              "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%sCache-Control: "
              "no-store\r\nConnection: close\r\n\r\n",
              reply.status,
              reply.reason.data(),
              reply.type.data(),
              reply.body.size(),
              reply.status == 405 ? "Allow: GET, HEAD\r\n" : "");
    if (method != "HEAD") {
        mg_write(connection, reply.body.data(), reply.body.size());
    }
    return reply.status;
}

// Civetweb says why it cannot listen only through its log.
int on_log(const mg_connection* connection, const char* message) {
    const auto* const context = mg_get_context(connection);
    if (auto* const state = context == nullptr
                                ? nullptr
                                : static_cast<EndpointServer::State*>(mg_get_user_data(context))) {
        state->failure = message;
    }
    return 1;
}

std::string port_of(const mg_context* context) {
    mg_server_port port{};
    mg_get_server_ports(context, 1, &port);
    return std::to_string(port.port);
}

// Connects and hangs up.
void call(const std::string& host, const std::string& port) {
    const addrinfo hints{.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
    addrinfo* found = nullptr;
    const auto bare = host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
    if (getaddrinfo(bare.c_str(), port.c_str(), &hints, &found) != 0) {
        return;
    }
    if (const int descriptor = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        descriptor >= 0) {
        (void)connect(descriptor, found->ai_addr, found->ai_addrlen);
        close(descriptor);
    }
    freeaddrinfo(found);
}

}  // namespace

core::Result<std::unique_ptr<EndpointServer>> EndpointServer::listen(const std::string& address,
                                                                     Endpoints endpoints) {
    const auto colon = address.rfind(':');
    const auto port = colon == std::string::npos ? std::string{} : address.substr(colon + 1);
    if (port.empty() || port.size() > 5 ||
        port.find_first_not_of("0123456789") != std::string::npos) {
        return Error{
            ErrorCode::InvalidSpec,
            "\"" + address + "\" is no address to listen on; write :8080 or 127.0.0.1:8080"};
    }
    auto state = std::make_unique<State>();
    state->endpoints = std::move(endpoints);
    state->host = address.substr(0, colon);
    const auto ports = state->host.empty() ? port : address;
    std::array<const char*, 9> options{"listening_ports",
                                       ports.c_str(),
                                       "num_threads",
                                       "3",
                                       "request_timeout_ms",
                                       "10000",
                                       "enable_directory_listing",
                                       "no",
                                       nullptr};
    mg_callbacks callbacks{};
    callbacks.begin_request = on_request;
    callbacks.log_message = on_log;
    mg_init_library(0);
    state->context = mg_start(&callbacks, state.get(), options.data());
    if (state->context == nullptr) {
        const auto why = state->failure.empty() ? "cannot be listened on" : state->failure;
        mg_exit_library();
        return Error{
            ErrorCode::Unavailable,
            address + ": " + why + "; is another program using it? Choose another with --listen"};
    }
    return std::unique_ptr<EndpointServer>(new EndpointServer(std::move(state)));
}

EndpointServer::EndpointServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

EndpointServer::~EndpointServer() {
    // The library looks at a stop only when a connection comes in, or every two seconds: one comes.
    const auto port = port_of(state_->context);
    const auto host = state_->host.empty() ? std::string{"127.0.0.1"} : state_->host;
    const std::jthread caller{[&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            call(host, port);
            std::this_thread::yield();
        }
    }};
    mg_stop(state_->context);
    mg_exit_library();
}

std::string EndpointServer::url() const {
    return "http://" + (state_->host.empty() ? std::string{"localhost"} : state_->host) + ":" +
           port_of(state_->context);
}

}  // namespace headgate::controller
