// One API server over HTTPS: sends requests with the right credentials and knows nothing of what
// they mean. The only user of the HTTP library, which its implementation hides.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "core/call.hpp"
#include "core/result.hpp"
#include "kube/api.hpp"
#include "kube/connection_settings.hpp"
#include "kube/reply.hpp"
#include "kube/request.hpp"

namespace headgate::kube::rest {

/// Sizes the HTTP library's pool (40 threads otherwise). First thing in main, once, before any
/// client; later calls change nothing.
void use_http_threads(std::size_t count);

/// Told of each answer, from any thread; code 0: there was none. Must not block.
using Observer = std::function<void(std::string_view verb, int code)>;

/// Safe to use from many threads, none of them of the HTTP library's pool.
class Connection {
public:
    /// Does not connect yet. InvalidSpec: no http(s) URL, or TLS settings that cannot be used.
    [[nodiscard]] static core::Result<std::unique_ptr<Connection>> open(ConnectionSettings settings,
                                                                        Observer observer);

    ~Connection();

    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Whatever the server answered. Waits and asks again where it says Retry-After and the
    /// deadline allows; after a 401 once, where the token file holds another token by now.
    /// Unavailable: not reached, or no answer to a read; OutcomeUnknown: no answer to a write;
    /// Cancelled.
    core::Result<Reply> send(const Request& request, const core::Call& call);

    /// Hands the body of a 2xx to `sink` as it comes, on a connection of its own, until it ends or
    /// the sink returns false; takes no more from the server meanwhile than the sink does. Any
    /// other answer is an error, but for a Retry-After, as above. Unavailable: it goes on for
    /// longer than `longest`, which a server that still is there would not let happen.
    core::Status stream(const Request& request,
                        std::chrono::milliseconds longest,
                        const ChunkSink& sink,
                        const core::Call& call);

private:
    class Http;

    explicit Connection(std::unique_ptr<Http> http);

    std::unique_ptr<Http> http_;
};

}  // namespace headgate::kube::rest
