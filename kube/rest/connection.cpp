#include "kube/rest/connection.hpp"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <cpprest/http_client.h>
#include <pplx/threadpool.h>

#include "core/guarded.hpp"
#include "core/pause.hpp"
#include "kube/rest/body.hpp"
#include "kube/rest/identity.hpp"
#include "kube/rest/tls.hpp"

namespace headgate::kube::rest {

namespace {

using core::Call;
using core::Error;
using core::ErrorCode;
using core::Result;
using core::Secret;
using core::Status;
using TimePoint = std::chrono::steady_clock::time_point;

/// What the library itself allows an operation to idle; the call's deadline comes first.
constexpr std::chrono::seconds kUnaryIdle{60};
/// An API server sends a watch's headers at once.
constexpr std::chrono::seconds kWatchHeaders{30};
/// A stream has no deadline by which to judge what a server asks for.
constexpr std::chrono::seconds kLongestPause{60};
/// A cancelled operation ends within milliseconds, unless it resolves a name: then it is left
/// alone.
constexpr std::chrono::milliseconds kCancelGrace{500};
constexpr int kMostTries = 4;

/// The answer to a request that may have been carried out although none came.
Error no_answer(const std::string& why) {
    return {ErrorCode::OutcomeUnknown, why};
}

/// The library throws at once, and not by its task, what it cannot make a request of.
Error not_sent(const std::exception& error) {
    return {ErrorCode::Internal, std::string{"request could not be made: "} + error.what()};
}

/// An operation's value or what it threw. Looks at every exception: an unobserved one would end
/// the process.
template <class T>
Result<T> result_of(const pplx::task<T>& done) {
    try {
        return done.get();
    } catch (const web::http::http_exception& error) {
        // The library's word for "refused" and for a connection that broke before the header left.
        if (error.error_code() == std::errc::host_unreachable) {
            return Error{ErrorCode::Unavailable, error.what()};
        }
        return no_answer(error.what());
    } catch (const pplx::task_canceled&) {
        return no_answer("cancelled");
    } catch (const std::exception& error) {
        return no_answer(error.what());
    }
}

/// Waits on this thread for `task`, which `cancel` belongs to; cancels it at the deadline or when
/// a stop is requested, and then gives OutcomeUnknown or Cancelled.
template <class T>
Result<T> await(const pplx::task<T>& task,
                const pplx::cancellation_token_source& cancel,
                TimePoint deadline,
                const std::stop_token& stop) {
    struct Box {
        std::mutex mutex;
        std::condition_variable_any filled;
        std::optional<Result<T>> result;
    };

    const auto box = std::make_shared<Box>();
    task.then([box](const pplx::task<T>& done) {
        auto result = result_of(done);
        const std::scoped_lock lock{box->mutex};
        box->result = std::move(result);
        box->filled.notify_all();
    });
    std::unique_lock lock{box->mutex};
    const auto is_filled = [&box] { return box->result.has_value(); };
    if (box->filled.wait_until(lock, stop, deadline, is_filled)) {
        return std::move(*box->result);
    }
    lock.unlock();
    cancel.cancel();
    lock.lock();
    box->filled.wait_for(lock, kCancelGrace, is_filled);
    if (is_filled() && *box->result) {
        return std::move(*box->result);
    }
    if (stop.stop_requested()) {
        return Error{ErrorCode::Cancelled, "a stop was requested"};
    }
    return no_answer("no answer in time");
}

/// Nothing is sent that nobody waits for any more: after a pause of the process the caller may have
/// lost the right to it.
Status still_wanted(const Call& call) {
    if (call.stop.stop_requested()) {
        return Error{ErrorCode::Cancelled, "a stop was requested"};
    }
    if (call.deadline <= std::chrono::steady_clock::now()) {
        return Error{ErrorCode::Unavailable, "no time left for a request"};
    }
    return {};
}

/// "http://user:password@host:port" taken apart, as the library wants it.
web::web_proxy proxy_of(const std::string& url) {
    const web::uri whole{url};
    web::uri_builder plain{whole};
    plain.set_user_info("");
    web::web_proxy proxy{plain.to_uri()};
    if (const auto user = whole.user_info(); !user.empty()) {
        const auto colon = user.find(':');
        proxy.set_credentials(web::credentials{
            web::uri::decode(user.substr(0, colon)),
            colon == std::string::npos ? std::string{} : web::uri::decode(user.substr(colon + 1))});
    }
    return proxy;
}

web::http::method name_of(Method method) {
    switch (method) {
        case Method::Patch:
            return web::http::methods::PATCH;
        case Method::Delete:
            return web::http::methods::DEL;
        case Method::Post:
            return web::http::methods::POST;
        case Method::Get:
            break;
    }
    return web::http::methods::GET;
}

pplx::task<Reply> reply_of(web::http::http_response response) {
    return response.extract_vector().then([response](const std::vector<unsigned char>& body) {
        Reply reply{
            .code = response.status_code(), .body = {body.begin(), body.end()}, .retry_after = {}};
        response.headers().match("Retry-After", reply.retry_after);
        return reply;
    });
}

}  // namespace

void use_http_threads(std::size_t count) {
    try {
        crossplat::threadpool::initialize_with_threads(count);
    } catch (const std::exception&) {
        // It runs already, with the size of the first call.
    }
}

class Connection::Http {
public:
    Http(ConnectionSettings settings, Observer observer)
        : observer_(std::move(observer)),
          identity_(std::move(settings),
                    {.now = [] { return std::chrono::steady_clock::now(); },
                     .wall = [] { return std::chrono::system_clock::now(); }}) {
        static_cast<void>(unary());
    }

    Result<Reply> send(const Request& request, const Call& call) {
        for (int tries = 1;; ++tries) {
            auto reply = send_authorised(request, call);
            const auto pause = reply ? retry_after(*reply) : std::nullopt;
            if (!pause || tries == kMostTries || *pause >= call.left()) {
                return reply;
            }
            if (!core::pause(*pause, call.stop)) {
                return Error{ErrorCode::Cancelled, "a stop was requested"};
            }
        }
    }

    Status stream(const Request& request,
                  std::chrono::milliseconds longest,
                  const ChunkSink& sink,
                  const Call& call) {
        for (int tries = 1;; ++tries) {
            std::optional<std::chrono::seconds> pause;
            auto status = stream_once(request, longest, sink, call.stop, pause);
            if (!pause || tries == kMostTries || *pause > kLongestPause) {
                return status;
            }
            if (!core::pause(*pause, call.stop)) {
                return Error{ErrorCode::Cancelled, "a stop was requested"};
            }
        }
    }

private:
    using Cancel = pplx::cancellation_token_source;

    /// A client of the library, and what it was made of.
    struct Client {
        std::shared_ptr<const ConnectionSettings> settings;
        std::shared_ptr<web::http::client::http_client> http;
    };

    static Client client_with(const std::shared_ptr<const ConnectionSettings>& settings,
                              std::chrono::seconds idle) {
        return {settings,
                std::make_shared<web::http::client::http_client>(settings->server,
                                                                 config(settings, idle))};
    }

    /// Made anew when a certificate is another: connections that exist would keep the old one.
    Client unary() {
        const auto settings = identity_.settings();
        return unary_.with_lock([&](Client& client) {
            if (client.settings != settings) {
                client = client_with(settings, kUnaryIdle);
            }
            return client;
        });
    }

    static web::http::client::http_client_config config(
        const std::shared_ptr<const ConnectionSettings>& settings, std::chrono::seconds idle) {
        web::http::client::http_client_config config;
        config.set_timeout(idle);
        if (!settings->proxy.empty()) {
            config.set_proxy(proxy_of(settings->proxy.reveal()));
        }
        // An API server sends none, and the token is for nobody else.
        config.set_max_redirects(0);
        // Shared: an operation that was given up may still be connecting when this is gone.
        config.set_ssl_context_callback(
            [settings](boost::asio::ssl::context& context) { configure_tls(context, *settings); });
        return config;
    }

    static web::http::http_request http_request(const Request& request,
                                                const Secret& token,
                                                const ConnectionSettings& settings) {
        web::http::http_request http{name_of(request.method)};
        http.set_request_uri(request.query.empty() ? request.path
                                                   : request.path + "?" + request.query);
        http.headers().add("Accept", "application/json");
        http.headers().add("User-Agent", "headgate");
        if (!token.empty()) {
            http.headers().add("Authorization", "Bearer " + token.reveal());
        }
        if (!settings.tls_server_name.empty()) {
            // The library checks the certificate against the Host header, and sends it as SNI.
            http.headers().add("Host", settings.tls_server_name);
        }
        if (!request.body.empty()) {
            http.set_body(request.body, request.content_type);
        }
        return http;
    }

    static pplx::task<web::http::http_response> start(const Client& client,
                                                      const web::http::http_request& request,
                                                      const Cancel& cancel) {
        const TrustScope scope{*client.settings};
        return client.http->request(request, cancel.get_token());
    }

    Result<Reply> send_authorised(const Request& request, const Call& call) {
        const auto token = identity_.token();
        if (!token) {
            return token.error();
        }
        auto reply = send_once(request, *token, call);
        if (!reply || reply->code != 401 || !identity_.renew(*token)) {
            return reply;
        }
        const auto renewed = identity_.token();
        return renewed ? send_once(request, *renewed, call) : reply;
    }

    Result<Reply> send_once(const Request& request, const Secret& token, const Call& call) {
        if (const auto wanted = still_wanted(call); !wanted) {
            return wanted.error();
        }
        const Cancel cancel;
        const auto client = unary();
        auto reply = await(
            start(client, http_request(request, token, *client.settings), cancel).then(reply_of),
            cancel,
            call.deadline,
            call.stop);
        observe(request, reply ? reply->code : 0);
        if (!reply) {
            identity_.doubt();
        }
        if (!reply && request.method == Method::Get) {
            return as_read_error(reply.error());
        }
        return reply;
    }

    /// A response whose body is still coming.
    struct Streaming {
        Client client;
        std::shared_ptr<Body> body;
        std::optional<Result<web::http::http_response>> response;

        [[nodiscard]] bool is(int code) const {
            return *response && (*response)->status_code() == code;
        }
    };

    Status stream_once(const Request& request,
                       std::chrono::milliseconds longest,
                       const ChunkSink& sink,
                       const std::stop_token& stop,
                       std::optional<std::chrono::seconds>& pause) {
        const auto began = std::chrono::steady_clock::now();
        // The library's own timer, begun anew with each chunk, must not be the first to go off.
        const auto idle = std::chrono::ceil<std::chrono::seconds>(longest) + kUnaryIdle;
        const Cancel cancel;
        auto streaming = open_stream(request, idle, cancel, began + kWatchHeaders, stop);
        auto status = [&]() -> Status {
            if (!*streaming.response) {
                identity_.doubt();
                return as_read_error(streaming.response->error());
            }
            if ((*streaming.response)->status_code() / 100 == 2) {
                return drain(*streaming.body, began + longest, sink, stop);
            }
            const auto reply = refusal_of(streaming, began + kWatchHeaders, stop);
            pause = retry_after(reply);
            return error_of(reply);
        }();
        cancel.cancel();
        if (streaming.body) {
            streaming.body->abandon();
        }
        return status;
    }

    Streaming open_stream(const Request& request,
                          std::chrono::seconds idle,
                          const Cancel& cancel,
                          TimePoint deadline,
                          const std::stop_token& stop) {
        const auto token = identity_.token();
        if (!token) {
            return {.client = {}, .body = nullptr, .response = token.error()};
        }
        const auto try_with = [&](const Secret& secret) {
            Streaming streaming{.client = client_with(identity_.settings(), idle),
                                .body = std::make_shared<Body>(),
                                .response = {}};
            auto http = http_request(request, secret, *streaming.client.settings);
            http.set_response_stream(concurrency::streams::ostream{
                concurrency::streams::streambuf<std::uint8_t>{streaming.body}});
            streaming.response =
                await(start(streaming.client, http, cancel), cancel, deadline, stop);
            if (*streaming.response) {
                end_with_content(*streaming.response, streaming.body);
            }
            observe(request,
                    *streaming.response ? (*streaming.response)->status_code()
                                        : web::http::status_code{0});
            return streaming;
        };
        auto first = try_with(*token);
        if (!first.is(401) || !identity_.renew(*token)) {
            return first;
        }
        const auto renewed = identity_.token();
        if (!renewed) {
            return first;
        }
        first.body->abandon();
        return try_with(*renewed);
    }

    static void end_with_content(const Result<web::http::http_response>& response,
                                 const std::shared_ptr<Body>& body) {
        response->content_ready().then([body](const pplx::task<web::http::http_response>& done) {
            const auto ended = result_of(done);
            body->end(ended ? Status{} : Status{as_read_error(ended.error())});
        });
    }

    static Status drain(Body& body,
                        TimePoint deadline,
                        const ChunkSink& sink,
                        const std::stop_token& stop) {
        while (true) {
            const auto chunk = body.take(deadline, stop);
            if (!chunk) {
                return chunk.error();
            }
            if (chunk->empty() || !sink(*chunk)) {
                return {};
            }
        }
    }

    /// The answer to a stream that is none, as far as it came.
    static Reply refusal_of(const Streaming& streaming,
                            TimePoint deadline,
                            const std::stop_token& stop) {
        const auto& response = **streaming.response;
        Reply reply{.code = response.status_code(), .body = {}, .retry_after = {}};
        response.headers().match("Retry-After", reply.retry_after);
        const auto keep = [&](std::string_view chunk) {
            reply.body += chunk;
            return reply.body.size() < Body::kBound;
        };
        static_cast<void>(drain(*streaming.body, deadline, keep, stop));
        return reply;
    }

    /// Nothing can have happened where nothing was to be changed.
    static Error as_read_error(Error error) {
        if (error.code == ErrorCode::OutcomeUnknown) {
            error.code = ErrorCode::Unavailable;
        }
        return error;
    }

    void observe(const Request& request, int code) const {
        if (observer_) {
            observer_(request.verb, code);
        }
    }

    Observer observer_;
    Identity identity_;
    core::Guarded<Client> unary_;
};

Result<std::unique_ptr<Connection>> Connection::open(ConnectionSettings settings,
                                                     Observer observer) {
    const bool is_web =
        settings.server.starts_with("https://") || settings.server.starts_with("http://");
    if (!is_web) {
        return Error{ErrorCode::InvalidSpec, "no http(s) URL of an API server: " + settings.server};
    }
    if (const auto checked = check_tls(settings); !checked) {
        return checked.error();
    }
    try {
        return std::unique_ptr<Connection>{
            new Connection(std::make_unique<Http>(std::move(settings), std::move(observer)))};
    } catch (const std::exception& error) {
        return Error{ErrorCode::InvalidSpec, std::string{"API server: "} + error.what()};
    }
}

Connection::Connection(std::unique_ptr<Http> http) : http_(std::move(http)) {}

Connection::~Connection() = default;

Result<Reply> Connection::send(const Request& request, const Call& call) {
    try {
        return http_->send(request, call);
    } catch (const std::exception& error) {
        return not_sent(error);
    }
}

Status Connection::stream(const Request& request,
                          std::chrono::milliseconds longest,
                          const ChunkSink& sink,
                          const Call& call) {
    try {
        return http_->stream(request, longest, sink, call);
    } catch (const std::exception& error) {
        return not_sent(error);
    }
}

}  // namespace headgate::kube::rest
