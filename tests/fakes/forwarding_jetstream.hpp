// A JetStream API that passes every call on to another one: the base of those that change or watch
// a few of them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jetstream/api.hpp"

namespace headgate::fakes {

class ForwardingJetStream : public jetstream::Api {
public:
    explicit ForwardingJetStream(jetstream::Api& to) : to_(&to) {}

    [[nodiscard]] std::uint64_t epoch() const override { return to_->epoch(); }

    core::Result<jetstream::ServerInfo> server_info(const core::Call& call) override {
        return to_->server_info(call);
    }

    core::Result<jetstream::StreamInfo> stream_info(const jetstream::StreamName& stream,
                                                    const core::Call& call) override {
        return to_->stream_info(stream, call);
    }

    core::Result<std::vector<jetstream::StreamInfo>> list_streams(const core::Call& call) override {
        return to_->list_streams(call);
    }

    core::Status visit_streams(const jetstream::PassOver& pass_over,
                               const std::function<void(std::vector<jetstream::StreamInfo>)>& take,
                               const core::Call& call) override {
        return to_->visit_streams(pass_over, take, call);
    }

    core::Result<std::vector<jetstream::StreamName>> stream_names(std::string_view subject,
                                                                  const core::Call& call) override {
        return to_->stream_names(subject, call);
    }

    core::Result<jetstream::MessageInfo> next_message(const jetstream::StreamName& stream,
                                                      std::uint64_t sequence,
                                                      std::string_view filter,
                                                      const core::Call& call) override {
        return to_->next_message(stream, sequence, filter, call);
    }

    core::Result<jetstream::MessageInfo> last_message(const jetstream::StreamName& stream,
                                                      std::string_view subject,
                                                      const core::Call& call) override {
        return to_->last_message(stream, subject, call);
    }

    core::Result<std::map<std::string, std::uint64_t>> subject_counts(
        const jetstream::StreamName& stream,
        std::string_view filter,
        const core::Call& call) override {
        return to_->subject_counts(stream, filter, call);
    }

    core::Result<std::vector<std::uint64_t>> deleted_sequences(const jetstream::StreamName& stream,
                                                               const core::Call& call) override {
        return to_->deleted_sequences(stream, call);
    }

    core::Result<jetstream::StreamInfo> create_stream(const jetstream::StreamSettings& settings,
                                                      const core::Call& call) override {
        return to_->create_stream(settings, call);
    }

    core::Result<jetstream::StreamInfo> update_stream(const jetstream::StreamSettings& settings,
                                                      const jetstream::Beyond& beyond,
                                                      const core::Call& call) override {
        return to_->update_stream(settings, beyond, call);
    }

    core::Status delete_stream(const jetstream::StreamName& stream,
                               const core::Call& call) override {
        return to_->delete_stream(stream, call);
    }

    core::Result<jetstream::ConsumerInfo> consumer_info(const jetstream::StreamName& stream,
                                                        const jetstream::ConsumerName& consumer,
                                                        const core::Call& call) override {
        return to_->consumer_info(stream, consumer, call);
    }

    core::Result<std::vector<jetstream::ConsumerInfo>> list_consumers(
        const jetstream::StreamName& stream, const core::Call& call) override {
        return to_->list_consumers(stream, call);
    }

    core::Result<jetstream::ConsumerInfo> create_consumer(
        const jetstream::StreamName& stream,
        const jetstream::ConsumerSettings& settings,
        const core::Call& call) override {
        return to_->create_consumer(stream, settings, call);
    }

    core::Result<jetstream::ConsumerInfo> update_consumer(
        const jetstream::StreamName& stream,
        const jetstream::ConsumerSettings& settings,
        const jetstream::Beyond& beyond,
        const core::Call& call) override {
        return to_->update_consumer(stream, settings, beyond, call);
    }

    core::Status pause_consumer(const jetstream::StreamName& stream,
                                const jetstream::ConsumerName& consumer,
                                std::optional<core::Timestamp> until,
                                const core::Call& call) override {
        return to_->pause_consumer(stream, consumer, until, call);
    }

    core::Status delete_consumer(const jetstream::StreamName& stream,
                                 const jetstream::ConsumerName& consumer,
                                 const core::Call& call) override {
        return to_->delete_consumer(stream, consumer, call);
    }

protected:
    ForwardingJetStream() = default;

    void forward_to(jetstream::Api& api) { to_ = &api; }

private:
    jetstream::Api* to_ = nullptr;
};

}  // namespace headgate::fakes
