#include "kube/rest/connection.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <fstream>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <cpprest/http_client.h>
#include <pplx/threadpool.h>

#include "kube/rest/tls.hpp"
#include "kube/token_source.hpp"

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
/// A cancelled operation ends within milliseconds, unless it resolves a name: then it is left
/// alone.
constexpr std::chrono::milliseconds kCancelGrace{500};
constexpr std::size_t kLargestChunk = 64U << 10U;
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

/// False: a stop was requested meanwhile.
bool pause_for(std::chrono::milliseconds time, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock{mutex};
    never.wait_for(lock, stop, time, [] { return false; });
    return !stop.stop_requested();
}

Result<Secret> read_token(const std::string& path) {
    std::ifstream file{path};
    std::string text;
    std::getline(file, text);
    text.erase(text.find_last_not_of(" \r\t") + 1);
    if (text.empty()) {
        return Error{ErrorCode::Forbidden, "no bearer token could be read from " + path};
    }
    return Secret{std::move(text)};
}

std::unique_ptr<TokenSource> token_source(const ConnectionSettings& settings) {
    if (settings.token_file.empty()) {
        return std::make_unique<TokenSource>(settings.token);
    }
    return std::make_unique<TokenSource>([path = settings.token_file] { return read_token(path); },
                                         [] { return std::chrono::steady_clock::now(); });
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
        : settings_(std::make_shared<const ConnectionSettings>(std::move(settings))),
          observer_(std::move(observer)),
          tokens_(token_source(*settings_)),
          unary_(settings_->server, config(kUnaryIdle)) {}

    Result<Reply> send(const Request& request, const Call& call) {
        for (int tries = 1;; ++tries) {
            auto reply = send_authorised(request, call);
            const auto pause = reply ? retry_after(*reply) : std::nullopt;
            if (!pause || tries == kMostTries || *pause >= call.left()) {
                return reply;
            }
            if (!pause_for(*pause, call.stop)) {
                return Error{ErrorCode::Cancelled, "a stop was requested"};
            }
        }
    }

    Status stream(const Request& request,
                  std::chrono::seconds idle,
                  const ChunkSink& sink,
                  const Call& call) {
        web::http::client::http_client client{settings_->server, config(idle)};
        pplx::cancellation_token_source cancel;
        const auto deadline = std::chrono::steady_clock::now() + kWatchHeaders;
        auto response = open_stream(client, request, cancel, deadline, call.stop);
        if (!response) {
            return as_read_error(response.error());
        }
        if (response->status_code() / 100 != 2) {
            const auto reply = await(reply_of(*response), cancel, deadline, call.stop);
            return reply ? error_of(*reply) : as_read_error(reply.error());
        }
        const auto status = drain(*response, cancel, sink, call.stop);
        cancel.cancel();
        return status;
    }

private:
    using Cancel = pplx::cancellation_token_source;

    web::http::client::http_client_config config(std::chrono::seconds idle) const {
        web::http::client::http_client_config config;
        config.set_timeout(idle);
        // An API server sends none, and the token is for nobody else.
        config.set_max_redirects(0);
        // Shared: an operation that was given up may still be connecting when this is gone.
        config.set_ssl_context_callback([settings = settings_](boost::asio::ssl::context& context) {
            configure_tls(context, *settings);
        });
        return config;
    }

    web::http::http_request http_request(const Request& request, const Secret& token) const {
        web::http::http_request http{name_of(request.method)};
        http.set_request_uri(request.query.empty() ? request.path
                                                   : request.path + "?" + request.query);
        http.headers().add("Accept", "application/json");
        http.headers().add("User-Agent", "headgate");
        if (!token.empty()) {
            http.headers().add("Authorization", "Bearer " + token.reveal());
        }
        if (!settings_->tls_server_name.empty()) {
            // The library checks the certificate against the Host header, and sends it as SNI.
            http.headers().add("Host", settings_->tls_server_name);
        }
        if (!request.body.empty()) {
            http.set_body(request.body, request.content_type);
        }
        return http;
    }

    Result<Reply> send_authorised(const Request& request, const Call& call) {
        const auto token = tokens_->current();
        if (!token) {
            return token.error();
        }
        auto reply = send_once(request, *token, call);
        if (!reply || reply->code != 401 || !tokens_->renew(*token)) {
            return reply;
        }
        const auto renewed = tokens_->current();
        return renewed ? send_once(request, *renewed, call) : reply;
    }

    Result<Reply> send_once(const Request& request, const Secret& token, const Call& call) {
        if (const auto wanted = still_wanted(call); !wanted) {
            return wanted.error();
        }
        const Cancel cancel;
        auto reply =
            await(unary_.request(http_request(request, token), cancel.get_token()).then(reply_of),
                  cancel,
                  call.deadline,
                  call.stop);
        observe(request, reply ? reply->code : 0);
        if (!reply && request.method == Method::Get) {
            return as_read_error(reply.error());
        }
        return reply;
    }

    Result<web::http::http_response> open_stream(web::http::client::http_client& client,
                                                 const Request& request,
                                                 const Cancel& cancel,
                                                 TimePoint deadline,
                                                 const std::stop_token& stop) {
        const auto token = tokens_->current();
        if (!token) {
            return token.error();
        }
        const auto try_with = [&](const Secret& secret) {
            auto response = await(client.request(http_request(request, secret), cancel.get_token()),
                                  cancel,
                                  deadline,
                                  stop);
            observe(request, response ? response->status_code() : 0);
            return response;
        };
        auto response = try_with(*token);
        if (!response || response->status_code() != 401 || !tokens_->renew(*token)) {
            return response;
        }
        const auto renewed = tokens_->current();
        return renewed ? try_with(*renewed) : response;
    }

    /// The first byte is waited for, then all that came with it is taken: waiting for more would
    /// hold events back until a buffer is full.
    static Status drain(const web::http::http_response& response,
                        const Cancel& cancel,
                        const ChunkSink& sink,
                        const std::stop_token& stop) {
        auto body = response.body().streambuf();
        std::string chunk;
        while (true) {
            const auto first = await(body.bumpc(), cancel, TimePoint::max(), stop);
            if (!first) {
                return as_read_error(first.error());
            }
            if (*first == decltype(body)::traits::eof()) {
                return {};
            }
            chunk.assign(1, static_cast<char>(*first));
            if (const auto more = std::min(body.in_avail(), kLargestChunk); more > 0) {
                chunk.resize(1 + more);
                const auto taken =
                    result_of(body.getn(reinterpret_cast<unsigned char*>(chunk.data() + 1), more));
                chunk.resize(1 + (taken ? *taken : 0));
            }
            if (!sink(chunk)) {
                return {};
            }
        }
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

    std::shared_ptr<const ConnectionSettings> settings_;
    Observer observer_;
    std::unique_ptr<TokenSource> tokens_;
    web::http::client::http_client unary_;
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
                          std::chrono::seconds idle,
                          const ChunkSink& sink,
                          const Call& call) {
    try {
        return http_->stream(request, idle, sink, call);
    } catch (const std::exception& error) {
        return not_sent(error);
    }
}

}  // namespace headgate::kube::rest
