#include "jetstream/nats/nats_api.hpp"

#include <utility>

#include "jetstream/request_api.hpp"

namespace headgate::jetstream::nats {

namespace {

class NatsTransport final : public Transport {
public:
    NatsTransport(Connection& connection, OnRequest on_request)
        : connection_(connection), on_request_(std::move(on_request)) {}

    core::Result<std::string> send(const Request& request, const core::Call& call) override {
        const auto start = std::chrono::steady_clock::now();
        const auto settings = connection_.settings();
        const auto prefix = settings ? api_prefix(*settings) : std::string{};
        auto reply = connection_.request(prefix + "." + request.subject, request.payload, call);
        if (on_request_) {
            on_request_(request.operation,
                        reply ? std::nullopt : std::optional{reply.error().code},
                        std::chrono::steady_clock::now() - start);
        }
        return reply;
    }

    [[nodiscard]] std::uint64_t epoch() const override { return connection_.epoch(); }

private:
    Connection& connection_;
    OnRequest on_request_;
};

}  // namespace

std::unique_ptr<Api> make_api(Connection& connection, OnRequest on_request) {
    return std::make_unique<RequestApi>(
        std::make_unique<NatsTransport>(connection, std::move(on_request)));
}

}  // namespace headgate::jetstream::nats
