// The contract of jetstream::Api, held by the fake and by real servers of every generation alike:
// what a test proves with FakeJetStream holds on a server only as far as this suite says so.
#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/json.hpp"
#include "jetstream/api.hpp"
#include "jetstream/compare.hpp"
#include "jetstream/nats/connection.hpp"
#include "jetstream/nats/nats_api.hpp"
#include "tests/fakes/fake_jetstream.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/tools.hpp"

namespace headgate {
namespace {

using namespace std::chrono_literals;
using core::Call;
using core::ErrorCode;
using core::Json;
using jetstream::ConsumerName;
using jetstream::ConsumerSettings;
using jetstream::ServerLevel;
using jetstream::StreamName;
using jetstream::StreamSettings;
using ::testing::HasSubstr;

constexpr auto kPatience = 20s;

template <ServerLevel kLevel>
class Fake {
public:
    static constexpr ServerLevel kServerLevel = kLevel;

    jetstream::Api& api() { return fake_; }

    Json request(const std::string& subject, const Json& payload) {
        return fake_.request(subject, payload);
    }

    void publish(const std::string& stream, const std::string& subject, std::size_t size) {
        messages_.push_back(
            {.sequence = messages_.empty() ? 1 : messages_.back().sequence + 1,
             .subject = subject,
             .time = core::Timestamp{std::chrono::seconds{1'767'225'600 + ++moment_}},
             .body = size});
        fake_.set_messages(stream, messages_);
    }

    void erase(const std::string& stream, std::uint64_t sequence) {
        std::erase_if(messages_, [&](const auto& held) { return held.sequence == sequence; });
        fake_.set_messages(stream, messages_);
    }

private:
    fakes::FakeJetStream fake_{{.level = kLevel}};
    std::vector<jetstream::MessageInfo> messages_;
    int moment_ = 0;
};

template <ServerLevel kLevel, const std::string_view& kVersion>
class Real {
public:
    static constexpr ServerLevel kServerLevel = kLevel;

    Real()
        : server_(support::NatsOptions{.version = std::string{kVersion}}),
          connection_(*jetstream::nats::Connection::open({.urls = {server_.url()}})),
          api_(jetstream::nats::make_api(*connection_)) {
        const auto connected = connection_->first_attempt(Call::within(kPatience));
        EXPECT_TRUE(connected) << connected.error().message;
    }

    jetstream::Api& api() { return *api_; }

    Json request(const std::string& subject, const Json& payload) {
        const auto reply =
            connection_->request("$JS.API." + subject, payload.dump(), Call::within(kPatience));
        EXPECT_TRUE(reply) << reply.error().message;
        return reply ? Json::parse(*reply) : Json{};
    }

    void publish(const std::string& /*stream*/, const std::string& subject, std::size_t size) {
        const auto reply =
            connection_->request(subject, std::string(size, 'x'), Call::within(kPatience));
        EXPECT_TRUE(reply) << reply.error().message;
    }

    void erase(const std::string& stream, std::uint64_t sequence) {
        EXPECT_TRUE(request("STREAM.MSG.DELETE." + stream, Json{{"seq", sequence}})
                        .value("success", false));
    }

private:
    support::NatsServer server_;
    std::unique_ptr<jetstream::nats::Connection> connection_;
    std::unique_ptr<jetstream::Api> api_;
};

using Fake29 = Fake<jetstream::kServer2_9>;
using Fake210 = Fake<jetstream::kServer2_10>;
using Fake215 = Fake<jetstream::kServer2_15>;
using Real29 = Real<jetstream::kServer2_9, support::kNats29>;
using Real210 = Real<jetstream::kServer2_10, support::kNats210>;
using Real215 = Real<jetstream::kServer2_15, support::kNats>;

struct BackendNames {
    template <class T>
    static std::string GetName(int) {
        return (T::kServerLevel == jetstream::kServer2_9    ? "2_9"
                : T::kServerLevel == jetstream::kServer2_10 ? "2_10"
                                                            : "2_15") +
               std::string{std::is_same_v<T, Fake29> || std::is_same_v<T, Fake210> ||
                                   std::is_same_v<T, Fake215>
                               ? "_Fake"
                               : "_Real"};
    }
};

template <class T>
class JetStreamContract : public ::testing::Test {
protected:
    static constexpr ServerLevel kLevel = T::kServerLevel;

    jetstream::Api& api() { return backend_.api(); }

    Call call() { return Call::within(kPatience); }

    /// The value, or a failed test that says why there is none.
    template <class V>
    static V must(core::Result<V> result) {
        if (!result) {
            throw std::runtime_error(result.error().message);
        }
        return std::move(*result);
    }

    template <class R>
    static ErrorCode code_of(const R& result) {
        return result ? throw std::runtime_error("succeeded") : result.error().code;
    }

    Json request(const std::string& subject, const Json& payload = Json::object()) {
        return backend_.request(subject, payload);
    }

    Json config_of(const std::string& stream) {
        return request("STREAM.INFO." + stream).at("config");
    }

    Json config_of(const std::string& stream, const std::string& consumer) {
        return request("CONSUMER.INFO." + stream + "." + consumer).at("config");
    }

    void publish(const std::string& subject, std::size_t size) {
        backend_.publish("ORDERS", subject, size);
    }

    void erase(std::uint64_t sequence) { backend_.erase("ORDERS", sequence); }

    jetstream::StreamInfo orders() {
        return must(api().create_stream(
            StreamSettings{.name = StreamName{"ORDERS"}, .subjects = {"orders.>"}}, call()));
    }

private:
    T backend_;
};

using Backends = ::testing::Types<Fake29, Fake210, Fake215, Real29, Real210, Real215>;
TYPED_TEST_SUITE(JetStreamContract, Backends, BackendNames);

const StreamName kOrders{"ORDERS"};
const ConsumerName kWorker{"worker"};

// Everything that every server generation keeps.
StreamSettings every_field_of_old() {
    return StreamSettings{.name = kOrders,
                          .description = "all \"orders\",\n\\ über",
                          .subjects = {"orders.>", "returns.*"},
                          .retention = jetstream::Retention::Interest,
                          .storage = jetstream::Storage::Memory,
                          .max_messages = 1000,
                          .max_messages_per_subject = 10,
                          .max_bytes = core::Bytes{1 << 20},
                          .max_age = 1h,
                          .max_message_size = core::Bytes{4096},
                          .max_consumers = 7,
                          .discard = jetstream::Discard::New,
                          .discard_new_per_subject = true,
                          .no_ack = true,
                          .duplicate_window = 1min,
                          .placement = jetstream::Placement{.cluster = "", .tags = {"ssd"}},
                          .republish = jetstream::Republish{.source = "orders.>",
                                                            .destination = "copy.>",
                                                            .headers_only = true},
                          .allow_direct = true,
                          .allow_rollup = true,
                          .deny_delete = true};
}

StreamSettings every_field_of(ServerLevel level) {
    auto settings = every_field_of_old();
    if (level >= jetstream::kServer2_10) {
        settings.compression = jetstream::Compression::S2;
        settings.first_sequence = 100;
        settings.subject_transform =
            jetstream::SubjectTransform{.source = "orders.*", .destination = "returns.$1"};
        settings.consumer_limits =
            jetstream::ConsumerLimits{.inactive_threshold = 1h, .max_ack_pending = 500};
        settings.metadata = {{"team", "agents"}};
    }
    if (level >= jetstream::kServer2_11) {
        settings.allow_msg_ttl = true;
        settings.subject_delete_marker_ttl = 10min;
    }
    settings.allow_atomic_publish = level >= jetstream::kServer2_12;
    settings.allow_batch_publish = level >= jetstream::kServer2_14;
    return settings;
}

ConsumerSettings every_field_of_pull() {
    return ConsumerSettings{.name = kWorker,
                            .description = "\"quoted\"",
                            .deliver_policy = jetstream::DeliverPolicy::ByStartSequence,
                            .start_sequence = 5,
                            .ack_policy = jetstream::AckPolicy::All,
                            .max_deliver = 5,
                            .backoff = {1s, 5s, 1min},
                            .filter_subjects = {"orders.new"},
                            .replay_policy = jetstream::ReplayPolicy::Original,
                            .sample_frequency = jetstream::Percent{50},
                            .max_ack_pending = 20,
                            .max_waiting = 16,
                            .max_request_batch = 100,
                            .max_request_expires = 30s,
                            .max_request_max_bytes = core::Bytes{65536},
                            .inactive_threshold = 1h,
                            .headers_only = true,
                            .replicas = 1,
                            .memory_storage = true};
}

ConsumerSettings push() {
    return ConsumerSettings{.name = ConsumerName{"push"},
                            .deliver_policy = jetstream::DeliverPolicy::ByStartTime,
                            .start_time = core::Timestamp{std::chrono::seconds{1'767'225'600}},
                            .deliver_subject = "deliver.here",
                            .deliver_group = "group",
                            .flow_control = true,
                            .idle_heartbeat = 5s,
                            .rate_limit_bps = 1'000'000};
}

TYPED_TEST(JetStreamContract, SaysItsGeneration) {
    const auto info = this->must(this->api().server_info(this->call()));
    EXPECT_EQ(info.level, TestFixture::kLevel);
    EXPECT_EQ(info.version, jetstream::version_text(TestFixture::kLevel));
    EXPECT_EQ(info.domain, "");
}

TYPED_TEST(JetStreamContract, WhatIsNotThereIsNotFound) {
    auto& api = this->api();
    EXPECT_EQ(this->code_of(api.stream_info(kOrders, this->call())), ErrorCode::NotFound);
    EXPECT_EQ(
        this->code_of(api.update_stream(StreamSettings{.name = kOrders}, nullptr, this->call())),
        ErrorCode::NotFound);
    EXPECT_EQ(this->code_of(api.delete_stream(kOrders, this->call())), ErrorCode::NotFound);
    EXPECT_EQ(this->code_of(api.list_consumers(kOrders, this->call())), ErrorCode::NotFound);
    EXPECT_EQ(this->code_of(api.consumer_info(kOrders, kWorker, this->call())),
              ErrorCode::NotFound);
    EXPECT_EQ(this->code_of(api.create_consumer(kOrders, {.name = kWorker}, this->call())),
              ErrorCode::NotFound);
    this->orders();
    EXPECT_EQ(this->code_of(api.consumer_info(kOrders, kWorker, this->call())),
              ErrorCode::NotFound);
    EXPECT_EQ(this->code_of(api.delete_consumer(kOrders, kWorker, this->call())),
              ErrorCode::NotFound);
}

TYPED_TEST(JetStreamContract, AnEmptyNameIsNeverSent) {
    auto& api = this->api();
    EXPECT_EQ(this->code_of(api.stream_info(StreamName{}, this->call())), ErrorCode::InvalidSpec);
    EXPECT_EQ(this->code_of(api.create_stream({}, this->call())), ErrorCode::InvalidSpec);
    EXPECT_EQ(this->code_of(api.delete_consumer(kOrders, ConsumerName{}, this->call())),
              ErrorCode::InvalidSpec);
    EXPECT_TRUE(this->must(api.list_streams(this->call())).empty());
}

TYPED_TEST(JetStreamContract, AStreamReadsBackWithTheServersDefaults) {
    const auto made = this->must(this->api().create_stream({.name = kOrders}, this->call()));
    const auto read = this->must(this->api().stream_info(kOrders, this->call()));
    StreamSettings expected{.name = kOrders, .subjects = {"ORDERS"}, .duplicate_window = 2min};
    EXPECT_EQ(made.settings, expected);
    EXPECT_EQ(read.settings, expected);
    EXPECT_FALSE(read.created.empty());
    EXPECT_EQ(read.created, made.created);
    EXPECT_EQ(read.state.messages, 0U);
    EXPECT_EQ(read.state.consumers, 0);
}

TYPED_TEST(JetStreamContract, EveryFieldOfAStreamReadsBack) {
    const auto settings = every_field_of(TestFixture::kLevel);
    const auto made = this->must(this->api().create_stream(settings, this->call()));
    EXPECT_EQ(made.settings, settings);
    EXPECT_EQ(this->must(this->api().stream_info(kOrders, this->call())).settings, settings);
    const auto listed = this->must(this->api().list_streams(this->call()));
    ASSERT_EQ(listed.size(), 1U);
    EXPECT_EQ(listed[0].settings, settings);
    EXPECT_EQ(listed[0].created, made.created);
}

TYPED_TEST(JetStreamContract, AnOldServerDropsWhatItDoesNotKnow) {
    auto settings = every_field_of(jetstream::kServer2_10);
    settings.consumer_limits.reset();
    const auto made = this->must(this->api().create_stream(settings, this->call()));
    if (TestFixture::kLevel >= jetstream::kServer2_10) {
        EXPECT_EQ(made.settings, settings);
    } else {
        EXPECT_EQ(made.settings, every_field_of_old());
        EXPECT_TRUE(made.settings.metadata.empty());
    }
}

TYPED_TEST(JetStreamContract, CreatingTheSameAgainChangesNothing) {
    const auto settings = every_field_of(TestFixture::kLevel);
    const auto first = this->must(this->api().create_stream(settings, this->call()));
    const auto second = this->must(this->api().create_stream(settings, this->call()));
    EXPECT_EQ(second.created, first.created);
    EXPECT_EQ(second.settings, first.settings);
}

TYPED_TEST(JetStreamContract, CreatingAnotherByTheSameNameIsAlreadyExists) {
    this->orders();
    auto other =
        StreamSettings{.name = kOrders, .description = "another", .subjects = {"orders.>"}};
    EXPECT_EQ(this->code_of(this->api().create_stream(other, this->call())),
              ErrorCode::AlreadyExists);
    EXPECT_EQ(this->must(this->api().stream_info(kOrders, this->call())).settings.description, "");
}

TYPED_TEST(JetStreamContract, AnUpdateReplacesTheWhole) {
    auto full = every_field_of(TestFixture::kLevel);
    full.deny_delete = false;  // One-way, as are the next two.
    full.allow_msg_ttl = false;
    full.subject_delete_marker_ttl.reset();
    full.first_sequence.reset();
    full.retention = jetstream::Retention::Limits;
    full.republish.reset();  // 2.9 cannot change it.
    const auto made = this->must(this->api().create_stream(full, this->call()));
    const StreamSettings plain{.name = kOrders,
                               .subjects = {"orders.>"},
                               .storage = jetstream::Storage::Memory,
                               .max_consumers = 7};
    const auto updated = this->must(this->api().update_stream(plain, made.beyond, this->call()));
    auto expected = plain;
    expected.duplicate_window = 2min;
    EXPECT_EQ(updated.settings, expected);
    EXPECT_EQ(updated.created, made.created);
    EXPECT_EQ(this->must(this->api().stream_info(kOrders, this->call())).settings, expected);
}

TYPED_TEST(JetStreamContract, AnUpdateSetsEveryEditableField) {
    const auto made = this->must(this->api().create_stream(
        {.name = kOrders, .storage = jetstream::Storage::Memory, .max_consumers = 7},
        this->call()));
    auto full = every_field_of(TestFixture::kLevel);
    full.first_sequence.reset();
    full.retention = TestFixture::kLevel >= jetstream::kServer2_10 ? jetstream::Retention::Interest
                                                                   : jetstream::Retention::Limits;
    if (TestFixture::kLevel < jetstream::kServer2_10) {
        full.republish.reset();
    }
    EXPECT_EQ(this->must(this->api().update_stream(full, made.beyond, this->call())).settings,
              full);
}

TYPED_TEST(JetStreamContract, AnImmutableSettingIsRefusedWithTheServersWords) {
    const auto made = this->orders();
    auto changed = made.settings;
    changed.storage = jetstream::Storage::Memory;
    const auto refused = this->api().update_stream(changed, made.beyond, this->call());
    EXPECT_EQ(this->code_of(refused), ErrorCode::Refused);
    EXPECT_EQ(refused.error().message,
              "stream configuration update can not change storage type (10052)");
    EXPECT_EQ(this->must(this->api().stream_info(kOrders, this->call())).settings, made.settings);
}

TYPED_TEST(JetStreamContract, OneWaySettingsStaySet) {
    auto settings = StreamSettings{.name = kOrders, .deny_delete = true, .deny_purge = true};
    const auto made = this->must(this->api().create_stream(settings, this->call()));
    settings.deny_delete = false;
    EXPECT_THAT(this->api().update_stream(settings, made.beyond, this->call()).error().message,
                HasSubstr("can not cancel deny message deletes"));
    settings.deny_delete = true;
    settings.deny_purge = false;
    EXPECT_THAT(this->api().update_stream(settings, made.beyond, this->call()).error().message,
                HasSubstr("can not cancel deny purge"));
}

TYPED_TEST(JetStreamContract, InvalidCombinationsAreRefused) {
    const auto refused = [&](const StreamSettings& settings) {
        return this->api().create_stream(settings, this->call()).error().message;
    };
    EXPECT_EQ(refused({.name = kOrders, .max_age = 1min, .duplicate_window = 2min}),
              "duplicates window can not be larger then max age (10052)");
    EXPECT_EQ(refused({.name = kOrders, .max_age = 1ms}), "max age needs to be >= 100ms (10052)");
    EXPECT_EQ(refused({.name = kOrders, .allow_rollup = true, .deny_purge = true}),
              "roll-ups require the purge permission (10052)");
    EXPECT_EQ(refused({.name = kOrders, .discard_new_per_subject = true}),
              "discard new per subject requires discard new policy to be set (10052)");
    EXPECT_EQ(refused({.name = kOrders, .subjects = {"a.>", "a.b"}}),
              "subject \"a.>\" overlaps with \"a.b\" (10052)");
    EXPECT_TRUE(this->must(this->api().list_streams(this->call())).empty());
}

TYPED_TEST(JetStreamContract, TheDuplicateWindowFollowsTheAgeLimit) {
    const auto made =
        this->must(this->api().create_stream({.name = kOrders, .max_age = 30s}, this->call()));
    EXPECT_EQ(made.settings.duplicate_window, std::optional<core::Duration>{30s});
    const auto updated = this->must(
        this->api().update_stream({.name = kOrders, .max_age = 10s}, made.beyond, this->call()));
    EXPECT_EQ(updated.settings.duplicate_window, std::optional<core::Duration>{10s});
}

TYPED_TEST(JetStreamContract, OverlappingSubjectsAreRefused) {
    this->orders();
    const auto refused = this->api().create_stream(
        {.name = StreamName{"OTHER"}, .subjects = {"orders.new"}}, this->call());
    EXPECT_EQ(this->code_of(refused), ErrorCode::Refused);
    EXPECT_EQ(refused.error().message, "subjects overlap with an existing stream (10065)");
    const auto other = this->must(this->api().create_stream(
        {.name = StreamName{"OTHER"}, .subjects = {"other"}}, this->call()));
    const auto update = this->api().update_stream(
        {.name = StreamName{"OTHER"}, .subjects = {"orders.new"}}, other.beyond, this->call());
    EXPECT_EQ(update.error().message, "subjects overlap with an existing stream (10065)");
}

TYPED_TEST(JetStreamContract, ReplicasOnASingleServerAreInsufficient) {
    const auto refused = this->api().create_stream({.name = kOrders, .replicas = 3}, this->call());
    EXPECT_EQ(this->code_of(refused), ErrorCode::Insufficient);
    EXPECT_EQ(refused.error().message, "replicas > 1 not supported in non-clustered mode (10074)");
    const auto made = this->orders();
    auto replicated = made.settings;
    replicated.replicas = 3;
    const auto updated = this->api().update_stream(replicated, made.beyond, this->call());
    if (TestFixture::kLevel >= jetstream::kServer2_15) {
        EXPECT_EQ(this->code_of(updated), ErrorCode::Insufficient);
    } else {
        EXPECT_EQ(this->must(updated).settings.replicas, 3) << "older servers store any number";
    }
}

TYPED_TEST(JetStreamContract, AStreamMadeAgainHasAnotherCreationTime) {
    const auto first = this->orders();
    this->must(this->api().create_consumer(kOrders, {.name = kWorker}, this->call()));
    EXPECT_TRUE(this->api().delete_stream(kOrders, this->call()));
    const auto second = this->orders();
    EXPECT_NE(second.created, first.created);
    EXPECT_TRUE(this->must(this->api().list_consumers(kOrders, this->call())).empty());
}

TYPED_TEST(JetStreamContract, ASealComesByUpdateAndForcesWhatItNeeds) {
    StreamSettings settings{.name = kOrders,
                            .subjects = {"orders.>"},
                            .max_age = 1h,
                            .allow_rollup = true,
                            .sealed = true};
    EXPECT_EQ(this->api().create_stream(settings, this->call()).error().message,
              "stream configuration for create can not be sealed (10052)");
    settings.sealed = false;
    const auto made = this->must(this->api().create_stream(settings, this->call()));
    settings.sealed = true;
    const auto sealed =
        this->must(this->api().update_stream(settings, made.beyond, this->call())).settings;
    EXPECT_EQ(sealed, as_stored(settings, made.settings, TestFixture::kLevel));
    EXPECT_EQ(sealed.max_age, std::nullopt);
    settings.description = "described";
    EXPECT_EQ(this->code_of(this->api().update_stream(settings, made.beyond, this->call())),
              ErrorCode::Refused)
        << "what the seal forced reads as taken back";
    EXPECT_EQ(
        this->must(this->api().update_stream(as_sent(settings, sealed), made.beyond, this->call()))
            .settings,
        as_stored(settings, sealed, TestFixture::kLevel));
    settings.sealed = false;
    EXPECT_THAT(this->api()
                    .update_stream(as_sent(settings, sealed), made.beyond, this->call())
                    .error()
                    .message,
                HasSubstr("can not unseal a sealed stream"));
}

TYPED_TEST(JetStreamContract, ASealedCounterCanBeUpdatedASealedScheduleCannot) {
    if (TestFixture::kLevel < jetstream::kServer2_12) {
        return;
    }
    for (const bool counts : {true, false}) {
        StreamSettings settings{.name = StreamName{counts ? "COUNTER" : "SCHEDULE"}};
        (counts ? settings.allow_msg_counter : settings.allow_msg_schedules) = true;
        const auto made = this->must(this->api().create_stream(settings, this->call()));
        settings.sealed = true;
        const auto sealed =
            this->must(this->api().update_stream(settings, made.beyond, this->call())).settings;
        EXPECT_EQ(sealed, as_stored(settings, made.settings, TestFixture::kLevel));
        settings.description = "described";
        const auto updated =
            this->api().update_stream(as_sent(settings, sealed), made.beyond, this->call());
        EXPECT_EQ(updated.has_value(), counts);
    }
}

TYPED_TEST(JetStreamContract, MarkersAndSchedulesForceRollups) {
    for (const bool marks : {true, false}) {
        StreamSettings settings{.name = StreamName{marks ? "MARKERS" : "SCHEDULES"}};
        if (TestFixture::kLevel < (marks ? jetstream::kServer2_11 : jetstream::kServer2_12)) {
            continue;
        }
        if (marks) {
            settings.subject_delete_marker_ttl = 1min;
        }
        settings.allow_msg_schedules = !marks;
        const auto made = this->must(this->api().create_stream(settings, this->call()));
        EXPECT_EQ(made.settings, as_stored(settings, {}, TestFixture::kLevel));
        EXPECT_TRUE(made.settings.allow_rollup);
        EXPECT_EQ(
            this->must(this->api().update_stream(settings, made.beyond, this->call())).settings,
            made.settings);
    }
}

TYPED_TEST(JetStreamContract, SettingsOfNewServersThatStay) {
    using Set = void (*)(StreamSettings&);

    struct Stays {
        ServerLevel since;
        Set set;
        std::string_view words;
    };

    const std::vector<Stays> all{
        {jetstream::kServer2_11,
         [](StreamSettings& stream) { stream.allow_msg_ttl = true; },
         "message TTL status can not be disabled"},
        {jetstream::kServer2_12,
         [](StreamSettings& stream) { stream.allow_msg_schedules = true; },
         "message schedules can not be disabled"},
        {jetstream::kServer2_12,
         [](StreamSettings& stream) { stream.allow_msg_counter = true; },
         "can not change message counter setting"},
        {jetstream::kServer2_12,
         [](StreamSettings& stream) { stream.persist_mode = jetstream::PersistMode::Async; },
         "can not change persist mode"},
    };
    for (const auto& stays : all) {
        if (TestFixture::kLevel < stays.since) {
            continue;
        }
        const StreamSettings plain{.name = kOrders};
        auto settings = plain;
        stays.set(settings);
        const auto made = this->must(this->api().create_stream(settings, this->call()));
        EXPECT_EQ(made.settings, as_stored(settings, {}, TestFixture::kLevel)) << stays.words;
        EXPECT_THAT(this->api().update_stream(plain, made.beyond, this->call()).error().message,
                    HasSubstr(std::string{stays.words}));
        EXPECT_TRUE(this->api().delete_stream(kOrders, this->call()));
    }
}

TYPED_TEST(JetStreamContract, InvalidCombinationsOfNewSettingsAreRefused) {
    if (TestFixture::kLevel < jetstream::kServer2_14) {
        return;
    }
    const auto refused = [&](StreamSettings settings) {
        settings.name = kOrders;
        return this->api().create_stream(settings, this->call()).error().message;
    };
    const auto mirror = jetstream::StreamSource{.name = "ORIGIN"};
    EXPECT_THAT(refused({.discard = jetstream::Discard::New, .allow_msg_counter = true}),
                HasSubstr("counter stream cannot use discard new"));
    EXPECT_THAT(refused({.allow_msg_ttl = true, .allow_msg_counter = true}),
                HasSubstr("counter stream cannot use message TTLs"));
    EXPECT_THAT(refused({.allow_msg_counter = true, .allow_msg_schedules = true}),
                HasSubstr("counter stream cannot use message schedules"));
    EXPECT_THAT(refused({.retention = jetstream::Retention::Interest, .allow_msg_counter = true}),
                HasSubstr("counter stream can only use limits retention"));
    EXPECT_THAT(refused({.discard = jetstream::Discard::New, .allow_msg_schedules = true}),
                HasSubstr("message scheduling cannot use discard new"));
    EXPECT_THAT(refused({.sources = {mirror}, .allow_msg_schedules = true}), HasSubstr("(10187)"));
    EXPECT_THAT(refused({.storage = jetstream::Storage::Memory,
                         .persist_mode = jetstream::PersistMode::Async}),
                HasSubstr("async persist mode is only supported on file storage"));
    EXPECT_THAT(
        refused({.allow_atomic_publish = true, .persist_mode = jetstream::PersistMode::Async}),
        HasSubstr("async persist mode is not supported with atomic batch publish"));
    EXPECT_THAT(refused({.mirror = mirror, .allow_msg_counter = true}), HasSubstr("(10173)"));
    EXPECT_THAT(refused({.mirror = mirror, .allow_atomic_publish = true}), HasSubstr("(10198)"));
    EXPECT_THAT(refused({.mirror = mirror, .allow_batch_publish = true}), HasSubstr("(10209)"));
    EXPECT_THAT(refused({.mirror = mirror, .allow_msg_schedules = true}), HasSubstr("(10186)"));
    EXPECT_THAT(refused({.mirror = mirror, .subject_delete_marker_ttl = 1min}),
                HasSubstr("subject delete markers forbidden on mirrors"));
    auto through = mirror;
    through.start_sequence = 5;
    through.consumer = jetstream::SourceConsumer{"c", "d"};
    EXPECT_THAT(refused({.mirror = through}), HasSubstr("(10213)"));
    EXPECT_THAT(refused({.sources = {through}}), HasSubstr("(10215)"));
}

TYPED_TEST(JetStreamContract, SourcesThroughAConsumerReadBackFrom2_14On) {
    StreamSettings settings{.name = kOrders, .sources = {{.name = "A"}, {.name = "B"}}};
    settings.sources[1].consumer = jetstream::SourceConsumer{"durable", "deliver.b"};
    const auto made = this->api().create_stream(settings, this->call());
    if (TestFixture::kLevel >= jetstream::kServer2_12 &&
        TestFixture::kLevel < jetstream::kServer2_14) {
        EXPECT_EQ(made.error().message, "invalid JSON: json: unknown field \"consumer\" (10025)");
        return;
    }
    if (TestFixture::kLevel < jetstream::kServer2_14) {
        settings.sources[1].consumer.reset();
    }
    EXPECT_EQ(this->must(made).settings.sources, settings.sources);
}

TYPED_TEST(JetStreamContract, MirrorsAndSourcesReadBack) {
    this->must(this->api().create_stream({.name = StreamName{"ORIGIN"}, .subjects = {"origin.>"}},
                                         this->call()));
    StreamSettings mirror{
        .name = StreamName{"MIRROR"},
        .mirror = jetstream::StreamSource{
            .name = "ORIGIN",
            .start_sequence = 3,
            .filter_subject = TestFixture::kLevel >= jetstream::kServer2_10 ? "origin.a" : ""}};
    const auto made = this->must(this->api().create_stream(mirror, this->call()));
    EXPECT_EQ(made.settings, mirror);
    StreamSettings sourced{
        .name = StreamName{"SOURCED"},
        .sources = {
            jetstream::StreamSource{.name = "ORIGIN", .filter_subject = "origin.b"},
            jetstream::StreamSource{.name = "FAR",
                                    .start_time = core::Timestamp{1'767'225'600s},
                                    .external = jetstream::ExternalStream{.api = "$JS.hub.API"}}}};
    if (TestFixture::kLevel >= jetstream::kServer2_10) {
        sourced.sources[0].filter_subject.clear();
        sourced.sources[0].subject_transforms = {{.source = "origin.b", .destination = "b"}};
    }
    auto expected = sourced;
    if (TestFixture::kLevel < jetstream::kServer2_14) {
        expected.duplicate_window = 2min;
    }
    EXPECT_EQ(this->must(this->api().create_stream(sourced, this->call())).settings, expected);
    const auto promoted =
        this->api().update_stream({.name = StreamName{"MIRROR"}}, made.beyond, this->call());
    EXPECT_EQ(promoted.has_value(), TestFixture::kLevel >= jetstream::kServer2_12);
    if (!promoted) {
        EXPECT_EQ(promoted.error().message,
                  "stream mirror configuration can not be updated (10055)");
    }
}

TYPED_TEST(JetStreamContract, AConsumerReadsBackWithTheServersDefaults) {
    this->orders();
    const auto made =
        this->must(this->api().create_consumer(kOrders, {.name = kWorker}, this->call()));
    const ConsumerSettings expected{
        .name = kWorker, .ack_wait = 30s, .max_ack_pending = 1000, .max_waiting = 512};
    EXPECT_EQ(made.settings, expected);
    const auto read = this->must(this->api().consumer_info(kOrders, kWorker, this->call()));
    EXPECT_EQ(read.settings, expected);
    EXPECT_EQ(read.created, made.created);
    EXPECT_EQ(read.delivered, 0U);
    EXPECT_EQ(read.pending, 0U);
    EXPECT_EQ(this->must(this->api().stream_info(kOrders, this->call())).state.consumers, 1);
}

TYPED_TEST(JetStreamContract, EveryFieldOfAConsumerReadsBack) {
    this->orders();
    auto pull = every_field_of_pull();
    if (TestFixture::kLevel >= jetstream::kServer2_10) {
        pull.filter_subjects = {"orders.new", "orders.old"};
        pull.metadata = {{"team", "agents"}};
    }
    auto expected = pull;
    expected.ack_wait = 1s;  // The first of backoff.
    EXPECT_EQ(this->must(this->api().create_consumer(kOrders, pull, this->call())).settings,
              expected);
    auto pushed = push();
    pushed.ack_wait = 30s;
    pushed.max_ack_pending = 1000;
    EXPECT_EQ(this->must(this->api().create_consumer(kOrders, push(), this->call())).settings,
              pushed);
    const auto listed = this->must(this->api().list_consumers(kOrders, this->call()));
    ASSERT_EQ(listed.size(), 2U);
    EXPECT_EQ(listed[0].settings, pushed);
    EXPECT_EQ(listed[1].settings, expected);
    EXPECT_TRUE(this->api().delete_consumer(kOrders, kWorker, this->call()));
    EXPECT_EQ(this->must(this->api().list_consumers(kOrders, this->call())).size(), 1U);
}

TYPED_TEST(JetStreamContract, AnOldServerDropsManyFilters) {
    this->orders();
    const auto made = this->must(this->api().create_consumer(
        kOrders, {.name = kWorker, .filter_subjects = {"orders.a", "orders.b"}}, this->call()));
    EXPECT_EQ(made.settings.filter_subjects.size(),
              TestFixture::kLevel >= jetstream::kServer2_10 ? 2U : 0U);
}

TYPED_TEST(JetStreamContract, CreatingTheSameConsumerAgainChangesNothing) {
    this->orders();
    const auto first =
        this->must(this->api().create_consumer(kOrders, every_field_of_pull(), this->call()));
    const auto second =
        this->must(this->api().create_consumer(kOrders, every_field_of_pull(), this->call()));
    EXPECT_EQ(second.created, first.created);
    EXPECT_EQ(second.settings, first.settings);
}

TYPED_TEST(JetStreamContract, CreatingAnotherConsumerByTheSameNameIsAlreadyExists) {
    this->orders();
    this->must(this->api().create_consumer(kOrders, {.name = kWorker}, this->call()));
    const auto other = this->api().create_consumer(
        kOrders, {.name = kWorker, .description = "another"}, this->call());
    if (TestFixture::kLevel >= jetstream::kServer2_10) {
        EXPECT_EQ(this->code_of(other), ErrorCode::AlreadyExists);
    } else {
        EXPECT_EQ(this->must(other).settings.description, "another");
    }
}

TYPED_TEST(JetStreamContract, UpdatingAMissingConsumerIsNotFound) {
    this->orders();
    const auto updated =
        this->api().update_consumer(kOrders, {.name = kWorker}, nullptr, this->call());
    if (TestFixture::kLevel >= jetstream::kServer2_10) {
        EXPECT_EQ(this->code_of(updated), ErrorCode::NotFound);
    } else {
        EXPECT_TRUE(updated);
    }
}

TYPED_TEST(JetStreamContract, AConsumerUpdateReplacesTheWhole) {
    this->orders();
    const auto made = this->must(this->api().create_consumer(kOrders,
                                                             {.name = kWorker,
                                                              .description = "described",
                                                              .ack_wait = 10s,
                                                              .max_deliver = 3,
                                                              .filter_subjects = {"orders.a"},
                                                              .max_ack_pending = 5,
                                                              .headers_only = true},
                                                             this->call()));
    const ConsumerSettings expected{
        .name = kWorker, .ack_wait = 30s, .max_ack_pending = 1000, .max_waiting = 512};
    const auto updated = this->must(
        this->api().update_consumer(kOrders, {.name = kWorker}, made.beyond, this->call()));
    EXPECT_EQ(updated.settings, expected);
    EXPECT_EQ(updated.created, made.created);
    const auto filtered = this->must(this->api().update_consumer(
        kOrders, {.name = kWorker, .filter_subjects = {"orders.b"}}, updated.beyond, this->call()));
    EXPECT_EQ(filtered.settings.filter_subjects, std::vector<std::string>{"orders.b"});
    if (TestFixture::kLevel >= jetstream::kServer2_10) {
        const auto many = this->must(this->api().update_consumer(
            kOrders,
            {.name = kWorker, .filter_subjects = {"orders.b", "orders.c"}},
            filtered.beyond,
            this->call()));
        EXPECT_EQ(many.settings.filter_subjects.size(), 2U);
        const auto one = this->must(
            this->api().update_consumer(kOrders,
                                        {.name = kWorker, .filter_subjects = {"orders.d"}},
                                        many.beyond,
                                        this->call()));
        EXPECT_EQ(one.settings.filter_subjects, std::vector<std::string>{"orders.d"});
    }
}

TYPED_TEST(JetStreamContract, AnImmutableConsumerSettingIsRefused) {
    this->orders();
    const auto made =
        this->must(this->api().create_consumer(kOrders, {.name = kWorker}, this->call()));
    const auto message = [&](const ConsumerSettings& settings) {
        const auto updated =
            this->api().update_consumer(kOrders, settings, made.beyond, this->call());
        EXPECT_FALSE(updated);
        return updated ? std::string{} : updated.error().message;
    };
    EXPECT_EQ(message({.name = kWorker, .deliver_policy = jetstream::DeliverPolicy::New}),
              "deliver policy can not be updated (10012)");
    EXPECT_EQ(message({.name = kWorker, .ack_policy = jetstream::AckPolicy::All}),
              "ack policy can not be updated (10012)");
    EXPECT_EQ(message({.name = kWorker, .max_waiting = 7}),
              "max waiting can not be updated (10012)");
    EXPECT_EQ(message({.name = kWorker, .deliver_subject = "deliver"}),
              TestFixture::kLevel >= jetstream::kServer2_10
                  ? "can not update pull consumer to push based (10012)"
                  : "max waiting can not be updated (10012)");
    EXPECT_EQ(this->must(this->api().consumer_info(kOrders, kWorker, this->call())).settings,
              made.settings);
}

TYPED_TEST(JetStreamContract, AConsumerUpdateKeepsWhatThisProgramDoesNotKnow) {
    // What a server sets on the consumers that other servers make to copy from it.
    const bool known = TestFixture::kLevel >= jetstream::kServer2_14;
    if (!known && TestFixture::kLevel >= jetstream::kServer2_12) {
        return;  // Neither kept nor dropped: refused.
    }
    this->orders();
    const Json config{{"durable_name", "worker"},
                      {"name", "worker"},
                      {"ack_policy", "explicit"},
                      {"sourcing", true}};
    ASSERT_FALSE(
        this->request("CONSUMER.CREATE.ORDERS.worker",
                      Json{{"stream_name", "ORDERS"}, {"config", config}, {"action", "create"}})
            .contains("error"));
    const auto observed = this->must(this->api().consumer_info(kOrders, kWorker, this->call()));
    auto changed = observed.settings;
    changed.description = "described";
    this->must(this->api().update_consumer(kOrders, changed, observed.beyond, this->call()));
    const auto after = this->config_of("ORDERS", "worker");
    EXPECT_EQ(after.at("description"), "described");
    EXPECT_EQ(after.value("sourcing", Json{}), known ? Json(true) : Json{});
}

TYPED_TEST(JetStreamContract, OnlyACreationAndAPauseRequestSetAPause) {
    if (TestFixture::kLevel < jetstream::kServer2_11) {
        return;
    }
    const core::Timestamp first{4'000'000'000s};
    const core::Timestamp second{4'100'000'000s};
    this->orders();
    const auto pause_of = [&] {
        return this->must(this->api().consumer_info(kOrders, kWorker, this->call()))
            .settings.pause_until;
    };
    const auto made = this->must(this->api().create_consumer(
        kOrders, {.name = kWorker, .pause_until = first}, this->call()));
    EXPECT_EQ(made.settings.pause_until, first);
    const auto updated = this->must(
        this->api().update_consumer(kOrders,
                                    {.name = kWorker, .description = "new", .pause_until = second},
                                    made.beyond,
                                    this->call()));
    EXPECT_EQ(updated.settings.pause_until, first);
    EXPECT_TRUE(this->api().pause_consumer(kOrders, kWorker, second, this->call()));
    EXPECT_EQ(pause_of(), second);
    EXPECT_TRUE(this->api().pause_consumer(kOrders, kWorker, std::nullopt, this->call()));
    EXPECT_EQ(pause_of(), std::nullopt);
    const core::Timestamp past{1'000'000'000s};
    EXPECT_TRUE(this->api().pause_consumer(kOrders, kWorker, past, this->call()));
    EXPECT_EQ(pause_of(), past) << "kept until someone clears it";
    EXPECT_EQ(this->code_of(this->api().pause_consumer(
                  kOrders, ConsumerName{"none"}, std::nullopt, this->call())),
              ErrorCode::NotFound);
    EXPECT_EQ(this->code_of(this->api().pause_consumer(
                  StreamName{"NONE"}, kWorker, std::nullopt, this->call())),
              ErrorCode::NotFound);
}

TYPED_TEST(JetStreamContract, PrioritySettingsReadBackAndChange) {
    if (TestFixture::kLevel < jetstream::kServer2_11) {
        return;
    }
    this->orders();
    ConsumerSettings settings{.name = kWorker,
                              .priority_groups = {"a"},
                              .priority_policy = jetstream::PriorityPolicy::PinnedClient};
    const auto made = this->must(this->api().create_consumer(kOrders, settings, this->call()));
    const auto expected = [&](const ConsumerSettings& desired) {
        return as_stored(desired,
                         {},
                         StreamSettings{.name = kOrders},
                         jetstream::ServerInfo{.level = TestFixture::kLevel},
                         core::Timestamp{});
    };
    EXPECT_EQ(made.settings, expected(settings));
    settings.priority_groups = {"b", "c"};
    settings.priority_policy = jetstream::PriorityPolicy::Overflow;
    settings.priority_timeout = 5s;
    EXPECT_EQ(this->must(this->api().update_consumer(kOrders, settings, made.beyond, this->call()))
                  .settings,
              expected(settings));
    settings.priority_timeout.reset();
    settings.priority_policy = jetstream::PriorityPolicy::Prioritized;
    const auto prioritized =
        this->api().update_consumer(kOrders, settings, made.beyond, this->call());
    EXPECT_EQ(prioritized.has_value(), TestFixture::kLevel >= jetstream::kServer2_12);
    settings.priority_groups.clear();
    settings.priority_policy = jetstream::PriorityPolicy::None;
    EXPECT_EQ(this->must(this->api().update_consumer(kOrders, settings, made.beyond, this->call()))
                  .settings,
              expected(settings));
    const auto refused = [&](ConsumerSettings wrong) {
        wrong.name = ConsumerName{"wrong"};
        return this->api().create_consumer(kOrders, wrong, this->call()).error().message;
    };
    EXPECT_THAT(refused({.priority_policy = jetstream::PriorityPolicy::Overflow}),
                HasSubstr("(10159)"));
    EXPECT_THAT(refused({.deliver_subject = "d",
                         .priority_groups = {"a"},
                         .priority_policy = jetstream::PriorityPolicy::Overflow}),
                HasSubstr("(10178)"));
    if (TestFixture::kLevel >= jetstream::kServer2_12) {
        EXPECT_THAT(refused({.priority_groups = {"a"}}), HasSubstr("(10196)"));
        EXPECT_THAT(refused({.priority_timeout = 5s}), HasSubstr("(10197)"));
    }
}

TYPED_TEST(JetStreamContract, InvalidConsumersAreRefused) {
    this->orders();
    const auto refused = [&](const ConsumerSettings& settings) {
        return this->api().create_consumer(kOrders, settings, this->call()).error().message;
    };
    EXPECT_EQ(refused({.name = kWorker, .rate_limit_bps = 1000}),
              "consumer in pull mode can not have rate limit set (10086)");
    EXPECT_EQ(refused({.name = kWorker, .idle_heartbeat = 1s}),
              "consumer idle heartbeat requires a push based consumer (10088)");
    EXPECT_EQ(refused({.name = kWorker, .max_waiting = 1, .deliver_subject = "d"}),
              "consumer in push mode can not set max waiting (10080)");
    EXPECT_EQ(refused({.name = kWorker, .deliver_subject = "d", .flow_control = true}),
              "consumer with flow control also needs heartbeats (10108)");
    EXPECT_EQ(refused({.name = kWorker, .max_deliver = 1, .backoff = {1s, 2s}}),
              "max deliver is required to be > length of backoff values (10116)");
    EXPECT_EQ(refused({.name = kWorker, .replicas = 3}),
              "replicas > 1 not supported in non-clustered mode (10074)");
    EXPECT_THAT(
        refused({.name = kWorker, .deliver_policy = jetstream::DeliverPolicy::ByStartSequence}),
        HasSubstr("(10094)"));
    EXPECT_THAT(
        refused({.name = kWorker, .deliver_policy = jetstream::DeliverPolicy::LastPerSubject}),
        HasSubstr("(10094)"));
    if (TestFixture::kLevel >= jetstream::kServer2_10) {
        EXPECT_EQ(refused({.name = kWorker, .filter_subjects = {"orders.>", "orders.a"}}),
                  "consumer subject filters cannot overlap (10138)");
    }
    EXPECT_TRUE(this->must(this->api().list_consumers(kOrders, this->call())).empty());
}

TYPED_TEST(JetStreamContract, AWorkQueueGivesEachMessageToOneConsumer) {
    this->must(this->api().create_stream(
        {.name = kOrders, .subjects = {"orders.>"}, .retention = jetstream::Retention::WorkQueue},
        this->call()));
    const auto create = [&](const ConsumerSettings& settings) {
        return this->api().create_consumer(kOrders, settings, this->call());
    };
    EXPECT_EQ(create({.name = kWorker, .ack_policy = jetstream::AckPolicy::All}).error().message,
              "workqueue stream requires explicit ack (10098)");
    this->must(create({.name = kWorker, .filter_subjects = {"orders.a"}}));
    this->must(create({.name = ConsumerName{"second"}, .filter_subjects = {"orders.b"}}));
    EXPECT_EQ(
        create({.name = ConsumerName{"third"}, .filter_subjects = {"orders.b"}}).error().message,
        "filtered consumer not unique on workqueue stream (10100)");
    EXPECT_EQ(create({.name = ConsumerName{"third"}}).error().message,
              "multiple non-filtered consumers not allowed on workqueue stream (10099)");
}

TYPED_TEST(JetStreamContract, TheConsumerLimitOfAStreamIsCapacity) {
    this->must(this->api().create_stream({.name = kOrders, .max_consumers = 1}, this->call()));
    this->must(this->api().create_consumer(kOrders, {.name = kWorker}, this->call()));
    EXPECT_EQ(this->code_of(this->api().create_consumer(
                  kOrders, {.name = ConsumerName{"second"}}, this->call())),
              ErrorCode::Insufficient);
}

TYPED_TEST(JetStreamContract, ConsumersInheritTheLimitsOfTheirStream) {
    this->must(this->api().create_stream(
        {.name = kOrders,
         .consumer_limits =
             jetstream::ConsumerLimits{.inactive_threshold = 1h, .max_ack_pending = 50}},
        this->call()));
    const auto made =
        this->must(this->api().create_consumer(kOrders, {.name = kWorker}, this->call()));
    const auto more = this->api().create_consumer(
        kOrders, {.name = ConsumerName{"more"}, .max_ack_pending = 51}, this->call());
    if (TestFixture::kLevel < jetstream::kServer2_10) {
        EXPECT_EQ(made.settings.max_ack_pending, 1000) << "2.9 has no such limits";
        EXPECT_TRUE(more);
        return;
    }
    EXPECT_EQ(made.settings.max_ack_pending, 50);
    EXPECT_EQ(made.settings.inactive_threshold, std::optional<core::Duration>{1h});
    EXPECT_EQ(more.error().message, "consumer max ack pending exceeds system limit of 50 (10121)");
}

TYPED_TEST(JetStreamContract, AnOldServerRefusesEveryUpdateOfAConsumerWithAStartTime) {
    this->orders();
    const auto made = this->must(this->api().create_consumer(kOrders, push(), this->call()));
    auto changed = made.settings;
    changed.description = "described";
    const auto updated = this->api().update_consumer(kOrders, changed, made.beyond, this->call());
    EXPECT_EQ(updated.has_value(), TestFixture::kLevel >= jetstream::kServer2_10);
    EXPECT_TRUE(this->api().update_consumer(
        kOrders, updated ? changed : made.settings, made.beyond, this->call()));
}

TYPED_TEST(JetStreamContract, StrictServersRefuseUnknownFields) {
    const auto reply =
        this->request("STREAM.CREATE.ORDERS", Json{{"name", "ORDERS"}, {"no_such_field", 1}});
    if (TestFixture::kLevel >= jetstream::kServer2_12) {
        EXPECT_EQ(reply.at("error").at("err_code"), 10025);
        EXPECT_EQ(reply.at("error").at("description"),
                  "invalid JSON: json: unknown field \"no_such_field\"");
    } else {
        EXPECT_FALSE(reply.contains("error"));
        EXPECT_FALSE(reply.at("config").contains("no_such_field"));
    }
}

TYPED_TEST(JetStreamContract, ListsOfMoreThanOnePageAreWhole) {
    constexpr int kMany = 260;
    std::set<std::string> expected;
    for (int i = 0; i < kMany; ++i) {
        const auto name = "S" + std::to_string(i);
        this->must(this->api().create_stream(
            {.name = StreamName{name}, .storage = jetstream::Storage::Memory}, this->call()));
        expected.insert(name);
    }
    std::set<std::string> names;
    for (const auto& stream : this->must(this->api().list_streams(this->call()))) {
        names.insert(stream.settings.name.value());
    }
    EXPECT_EQ(names, expected);
    for (int i = 0; i < kMany; ++i) {
        this->must(this->api().create_consumer(
            StreamName{"S0"},
            {.name = ConsumerName{"c" + std::to_string(i)}, .memory_storage = true},
            this->call()));
    }
    EXPECT_EQ(this->must(this->api().list_consumers(StreamName{"S0"}, this->call())).size(),
              static_cast<std::size_t>(kMany));
}

TYPED_TEST(JetStreamContract, ACancelledCallSaysSo) {
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(this->code_of(this->api().create_stream({.name = kOrders},
                                                      Call::within(kPatience, stop.get_token()))),
              ErrorCode::Cancelled);
    EXPECT_TRUE(this->must(this->api().list_streams(this->call())).empty());
}

TYPED_TEST(JetStreamContract, MessagesAreFoundBySequenceAndSubject) {
    this->orders();
    this->publish("orders.a", 10);
    this->publish("orders.b", 20);
    this->publish("orders.a", 30);
    this->publish("orders.c", 0);
    this->erase(2);
    auto& api = this->api();
    const auto call = this->call();

    const auto first = this->must(api.next_message(kOrders, 0, ">", call));
    EXPECT_EQ(first.sequence, 1U);
    EXPECT_EQ(first.subject, "orders.a");
    EXPECT_EQ(first.body, 10U);
    EXPECT_EQ(first.headers, "");
    const auto after_gap = this->must(api.next_message(kOrders, 2, ">", call));
    EXPECT_EQ(after_gap.sequence, 3U);
    EXPECT_GT(after_gap.time, first.time);
    EXPECT_EQ(this->must(api.next_message(kOrders, 2, "orders.c", call)).sequence, 4U);
    EXPECT_EQ(this->must(api.last_message(kOrders, "orders.a", call)).sequence, 3U);

    EXPECT_EQ(this->code_of(api.next_message(kOrders, 5, ">", call)), ErrorCode::NotFound);
    EXPECT_EQ(this->code_of(api.last_message(kOrders, "orders.b", call)), ErrorCode::NotFound);
    EXPECT_EQ(this->code_of(api.last_message(StreamName{"NONE"}, "a", call)), ErrorCode::NotFound);
}

TYPED_TEST(JetStreamContract, SubjectsAndGapsAreCounted) {
    this->orders();
    auto& api = this->api();
    const auto call = this->call();
    EXPECT_TRUE(this->must(api.subject_counts(kOrders, ">", call)).empty());
    for (const auto* const subject : {"orders.a", "orders.b", "orders.a", "orders.x.y"}) {
        this->publish(subject, 1);
    }
    EXPECT_TRUE(this->must(api.deleted_sequences(kOrders, call)).empty());
    this->erase(3);
    using Counts = std::map<std::string, std::uint64_t>;
    EXPECT_EQ(this->must(api.subject_counts(kOrders, ">", call)),
              (Counts{{"orders.a", 1}, {"orders.b", 1}, {"orders.x.y", 1}}));
    EXPECT_EQ(this->must(api.subject_counts(kOrders, "orders.*", call)),
              (Counts{{"orders.a", 1}, {"orders.b", 1}}));
    EXPECT_TRUE(this->must(api.subject_counts(kOrders, "other", call)).empty());
    EXPECT_EQ(this->must(api.deleted_sequences(kOrders, call)), (std::vector<std::uint64_t>{3}));
    EXPECT_EQ(this->must(api.stream_info(kOrders, call)).state.deleted, 1U);
    EXPECT_EQ(this->code_of(api.subject_counts(StreamName{"NONE"}, ">", call)),
              ErrorCode::NotFound);
}

TYPED_TEST(JetStreamContract, NamesAreFoundBySubject) {
    this->orders();
    this->must(this->api().create_stream(
        StreamSettings{.name = StreamName{"OTHER"}, .subjects = {"other.*.x"}}, this->call()));
    using Names = std::vector<StreamName>;
    EXPECT_EQ(this->must(this->api().stream_names("", this->call())),
              (Names{kOrders, StreamName{"OTHER"}}));
    EXPECT_EQ(this->must(this->api().stream_names("orders.new", this->call())), Names{kOrders});
    EXPECT_EQ(this->must(this->api().stream_names("*.a.>", this->call())),
              (Names{kOrders, StreamName{"OTHER"}}));
    EXPECT_TRUE(this->must(this->api().stream_names("none", this->call())).empty());
}

}  // namespace
}  // namespace headgate
