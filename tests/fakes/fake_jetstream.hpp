// FakeJetStream: a JetStream API in memory that answers as a nats-server does, request by request
// in the server's own JSON, so that the codec is part of every test. The contract suite
// (tests/contract/jetstream_contract_test.cpp) holds it to real servers. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/json.hpp"
#include "jetstream/api.hpp"
#include "jetstream/request_api.hpp"
#include "jetstream/server_level.hpp"
#include "tests/fakes/forwarding_jetstream.hpp"

namespace headgate::fakes {

class FakeJetStream final : public ForwardingJetStream {
public:
    struct Options {
        jetstream::ServerLevel level = jetstream::kServer2_15;
        /// More replicas are refused: 10074 on one server, 10005 in a cluster.
        int servers = 1;
        std::string domain;
        int max_streams = -1;
        /// Entries in one page of a list.
        std::size_t page = 256;
    };

    enum class Phase {
        Before,  ///< An error here: the request never arrived.
        After,   ///< An error here: it was carried out, and the reply got lost.
    };

    /// Asked twice for each request. `operation` as in jetstream/requests.hpp ("stream_create"),
    /// `name` "STREAM" or "STREAM/consumer", empty for lists of streams and account_info.
    using Fault = std::function<std::optional<core::Error>(
        std::string_view operation, std::string_view name, Phase phase)>;

    FakeJetStream();
    explicit FakeJetStream(Options options);
    ~FakeJetStream() override;

    /// An empty function ends the faults. Called without the fake's lock held.
    void set_fault(Fault fault);

    /// Every request fails with Unavailable until it is set back.
    void set_unavailable(bool unavailable);

    /// Another server from now on (an upgrade, a restart): stored configurations stay, clients see
    /// a new epoch.
    void become(jetstream::ServerLevel level);

    /// One request in the server's terms, below the API prefix: what a person or another program
    /// would do behind Headgate's back. Neither faulted nor counted.
    core::Json request(std::string_view subject, const core::Json& payload = core::Json::object());

    /// Requests so far of one operation ("stream_update"), or of all where it is empty.
    [[nodiscard]] std::size_t requests(std::string_view operation = {}) const;

    /// Requests so far that may change something.
    [[nodiscard]] std::size_t writes() const;

    void forget_requests();

    [[nodiscard]] bool has_stream(const std::string& stream) const;
    [[nodiscard]] bool has_consumer(const std::string& stream, const std::string& consumer) const;

    /// The stored configuration, null where there is none.
    [[nodiscard]] core::Json stream_config(const std::string& stream) const;
    [[nodiscard]] core::Json consumer_config(const std::string& stream,
                                             const std::string& consumer) const;

    /// Sets one field of a stored configuration as it is, known to this program or not; null
    /// removes it. No rule is asked. The thing must exist.
    void plant(const std::string& stream, const std::string& field, const core::Json& value);
    void plant(const std::string& stream,
               const std::string& consumer,
               const std::string& field,
               const core::Json& value);

    /// What the stream holds; the number of its consumers is always the fake's own.
    void set_state(const std::string& stream, const jetstream::StreamState& state);

    /// The messages it holds, in the order of their sequences; the state follows.
    void set_messages(const std::string& stream,
                      const std::vector<jetstream::MessageInfo>& messages);

    /// Position and counts of a consumer; its settings and `created` stay.
    void set_position(const std::string& stream,
                      const std::string& consumer,
                      const jetstream::ConsumerInfo& position);

    /// The details of this stream cannot be gathered by lists ("missing") until set back.
    void set_missing(const std::string& stream, bool missing);

private:
    struct Consumer {
        core::Json config;
        std::string created;
        jetstream::ConsumerInfo position;
    };

    struct Stream {
        core::Json config;
        std::string created;
        jetstream::StreamState state;
        std::vector<jetstream::MessageInfo> messages;
        bool missing = false;
        std::map<std::string, Consumer> consumers;
    };

    class Link;

    core::Json answer(std::string_view subject, const core::Json& payload);
    [[nodiscard]] core::Json details(const Stream& stream, const core::Json& payload) const;
    [[nodiscard]] core::Json names_page(const core::Json& payload, std::size_t offset) const;
    [[nodiscard]] core::Json message(const Stream& stream, const core::Json& payload) const;
    core::Json make_stream(const core::Json& request);
    core::Json change_stream(const core::Json& request);
    core::Json put_consumer(Stream& stream, const std::string& name, const core::Json& request);
    static core::Json pause(Consumer& consumer, const core::Json& request);
    core::Json stream_page(std::size_t offset) const;
    core::Json consumer_page(const Stream& stream, std::size_t offset) const;
    void check_replicas(const core::Json& config) const;
    void check_overlap(const core::Json& config, const std::string& own_name) const;
    void check_work_queue(const Stream& stream,
                          const std::string& own_name,
                          const core::Json& config) const;
    void fill_mirror_direct(core::Json& config) const;
    [[nodiscard]] Stream& stream_at(const std::string& name);
    [[nodiscard]] Consumer& consumer_at(const std::string& stream, const std::string& consumer);
    [[nodiscard]] core::Json shown(const core::Json& config) const;
    [[nodiscard]] core::Json stream_json(const Stream& stream, bool listed) const;
    [[nodiscard]] core::Json consumer_json(const Stream& stream,
                                           const std::string& name,
                                           const Consumer& consumer,
                                           bool listed) const;
    [[nodiscard]] std::string next_moment();

    mutable std::mutex mutex_;
    Options options_;
    std::map<std::string, Stream> streams_;
    std::map<std::string, std::size_t, std::less<>> requests_;
    Fault fault_;
    bool unavailable_ = false;
    std::uint64_t epoch_ = 1;
    std::int64_t moments_ = 0;
    std::unique_ptr<jetstream::RequestApi> api_;
};

}  // namespace headgate::fakes
