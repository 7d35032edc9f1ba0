// RequestApi: the whole Api over anything that can send one request and wait for its reply. Adds
// what a single request cannot know: pages put together, incomplete lists refused, the server's
// description remembered. A connection and a test's fake server are both such a Transport.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/call.hpp"
#include "core/guarded.hpp"
#include "core/result.hpp"
#include "jetstream/api.hpp"
#include "jetstream/requests.hpp"

namespace headgate::jetstream {

/// Carries requests to a JetStream API. Thread-safe.
class Transport {
public:
    virtual ~Transport() = default;

    /// The reply's bytes, an API error inside of them included. Unavailable, OutcomeUnknown,
    /// Forbidden and Cancelled as jetstream/api.hpp says.
    virtual core::Result<std::string> send(const Request& request, const core::Call& call) = 0;

    /// Another number whenever the other side may have become another server.
    [[nodiscard]] virtual std::uint64_t epoch() const = 0;
};

class RequestApi final : public Api {
public:
    explicit RequestApi(std::unique_ptr<Transport> transport);

    /// Asked again for each epoch of the transport, and after a minute: a cluster that is being
    /// upgraded changes its level without a reconnect.
    [[nodiscard]] std::uint64_t epoch() const override { return transport_->epoch(); }

    core::Result<ServerInfo> server_info(const core::Call& call) override;

    core::Result<StreamInfo> stream_info(const StreamName& stream, const core::Call& call) override;
    core::Result<std::vector<StreamInfo>> list_streams(const core::Call& call) override;
    core::Status visit_streams(const PassOver& pass_over,
                               const std::function<void(std::vector<StreamInfo>)>& take,
                               const core::Call& call) override;
    core::Result<std::vector<StreamName>> stream_names(std::string_view subject,
                                                       const core::Call& call) override;
    core::Result<MessageInfo> next_message(const StreamName& stream,
                                           std::uint64_t sequence,
                                           std::string_view filter,
                                           const core::Call& call) override;
    core::Result<MessageInfo> last_message(const StreamName& stream,
                                           std::string_view subject,
                                           const core::Call& call) override;
    core::Result<std::map<std::string, std::uint64_t>> subject_counts(
        const StreamName& stream, std::string_view filter, const core::Call& call) override;
    core::Result<std::vector<std::uint64_t>> deleted_sequences(const StreamName& stream,
                                                               const core::Call& call) override;
    core::Result<StreamInfo> create_stream(const StreamSettings& settings,
                                           const core::Call& call) override;
    core::Result<StreamInfo> update_stream(const StreamSettings& settings,
                                           const Beyond& beyond,
                                           const core::Call& call) override;
    core::Status delete_stream(const StreamName& stream, const core::Call& call) override;
    core::Result<ConsumerInfo> consumer_info(const StreamName& stream,
                                             const ConsumerName& consumer,
                                             const core::Call& call) override;
    core::Result<std::vector<ConsumerInfo>> list_consumers(const StreamName& stream,
                                                           const core::Call& call) override;
    core::Result<ConsumerInfo> create_consumer(const StreamName& stream,
                                               const ConsumerSettings& settings,
                                               const core::Call& call) override;
    core::Result<ConsumerInfo> update_consumer(const StreamName& stream,
                                               const ConsumerSettings& settings,
                                               const Beyond& beyond,
                                               const core::Call& call) override;
    core::Status pause_consumer(const StreamName& stream,
                                const ConsumerName& consumer,
                                std::optional<Timestamp> until,
                                const core::Call& call) override;
    core::Status delete_consumer(const StreamName& stream,
                                 const ConsumerName& consumer,
                                 const core::Call& call) override;

private:
    struct Known {
        std::uint64_t epoch;
        std::chrono::steady_clock::time_point since;
        ServerInfo info;
    };

    std::unique_ptr<Transport> transport_;
    core::Guarded<std::optional<Known>> known_;
};

}  // namespace headgate::jetstream
