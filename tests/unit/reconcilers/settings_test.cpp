// Settings whose way onto a server is not just an update: seals, switches of one direction, what
// servers force, pauses, and what a server is too old for.
#include <string>

#include "tests/fakes/forwarding_jetstream.hpp"
#include "tests/unit/reconcilers/plan_fixture.hpp"
#include "tests/unit/reconcilers/reconciler_fixture.hpp"

namespace headgate::reconcilers {
namespace {

using namespace std::chrono_literals;
using builders::a_state_bucket;
using builders::a_stream_config;
using core::Json;
using resources::Reason;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SettingsPlan : public PlanFixture {};

TEST_F(SettingsPlan, EachNeedIsToldOnceByItsPath) {
    level(jetstream::kServer2_9);
    const Json transforms = Json::array({{{"source", "a"}, {"destination", "b"}}});
    const Json consumer{{"name", "c"}, {"deliverSubject", "d"}};
    declare(a_stream_config()
                .set("placement", {{"tags", {"!hdd"}}})
                .set("sources",
                     Json::array({{{"name", "A"}},
                                  {{"name", "B"}, {"subjectTransforms", transforms}},
                                  {{"name", "C"}, {"consumer", consumer}}}))
                .consumer({{"name", "c"},
                           {"priorityGroups", {"g"}},
                           {"priorityPolicy", "Prioritized"},
                           {"pauseUntil", "2027-01-01T00:00:00Z"}}));
    EXPECT_EQ(decided().report.reason, Reason::Unsupported);
    EXPECT_THAT(decided().steps, IsEmpty());
    EXPECT_EQ(decided().report.message,
              "sources[1].subjectTransforms needs nats-server 2.10; "
              "sources[2].consumer needs nats-server 2.14; "
              "placement.tags with \"!\" needs nats-server 2.12; "
              "consumers[c].pauseUntil needs nats-server 2.11; "
              "consumers[c].priorityGroups needs nats-server 2.11; "
              "consumers[c].priorityPolicy Prioritized needs nats-server 2.12; the server is 2.9");
}

TEST_F(SettingsPlan, ABucketTellsItsNeedsInItsOwnWords) {
    level(jetstream::kServer2_9);
    declare(a_state_bucket()
                .set("placement", {{"tags", {"!hdd"}}})
                .set("sources", Json::array({{{"name", "A"}}, {{"name", "B"}}})));
    EXPECT_EQ(decided().report.message,
              "sources needs nats-server 2.10; placement.tags with \"!\" needs nats-server 2.12; "
              "the server is 2.9");
}

TEST_F(SettingsPlan, ASealComesAfterTheStream) {
    declare(a_stream_config().set("sealed", true).set("maxAge", "1h").consumer({{"name", "a"}}));
    const auto decision = decided();
    ASSERT_THAT(words(decision.steps),
                ElementsAre("create stream orders", "update stream orders", "create consumer a"));
    const auto& created = std::get<CreateStream>(decision.steps[0]).settings;
    const auto& updated = std::get<UpdateStream>(decision.steps[1]).settings;
    EXPECT_FALSE(created.sealed);
    EXPECT_TRUE(updated.sealed);
    EXPECT_EQ(created.metadata, updated.metadata) << "signed from the start";
}

TEST_F(SettingsPlan, WhatASealForcedIsNoDriftAndIsRepeatedInEveryUpdate) {
    declare(a_stream_config().set("sealed", true).set("maxAge", "1h").set("description", "new"));
    server_holds(a_stream_config().set("sealed", true).set("maxAge", "1h"));
    EXPECT_THAT(changed_fields(decided()), ElementsAre("description Update"));
    const auto sent = std::get<UpdateStream>(decided().steps.at(0)).settings;
    EXPECT_TRUE(sent.deny_delete);
    EXPECT_TRUE(sent.deny_purge);

    declare(a_stream_config());
    EXPECT_EQ(decided().report.reason, Reason::ImmutableField);
    EXPECT_EQ(decided().report.message,
              "sealed (true on the server, false declared) cannot be taken back once it is set; "
              "set it to true again, or declare a new stream and move the messages");
}

TEST_F(SettingsPlan, MarkersOfAStreamCanBeTakenBackTheTtlTheySwitchedOnCannot) {
    declare(a_stream_config().set("allowMsgTTL", true));
    server_holds(a_stream_config().set("subjectDeleteMarkerTTL", "10m"));
    EXPECT_THAT(changed_fields(decided()),
                ElementsAre("allowRollup Update", "subjectDeleteMarkerTTL Update"));
    EXPECT_EQ(decided().report.reason, Reason::Applied);

    declare(a_stream_config());
    EXPECT_EQ(decided().report.reason, Reason::ImmutableField);
    EXPECT_THAT(decided().report.message,
                HasSubstr("allowMsgTTL (true on the server, false declared) cannot be taken back"));
}

TEST_F(SettingsPlan, AnAccountsLowerLimitOfPendingIsNoDrift) {
    situation_.server.limits.max_ack_pending = 10;
    const auto builder = a_stream_config().consumer({{"name", "a"}});
    declare(builder);
    server_holds(builder);
    EXPECT_EQ(situation_.consumers.at(0).settings.max_ack_pending, 10);
    EXPECT_THAT(words(decided().steps), IsEmpty());
    situation_.consumers.at(0).settings.max_ack_pending = 1000;
    EXPECT_THAT(changed_fields(decided()), ElementsAre("consumers[a].maxAckPending Update"));
}

TEST_F(SettingsPlan, APauseIsARequestOfItsOwn) {
    const auto plain = a_stream_config().consumer({{"name", "a"}});
    const auto paused =
        a_stream_config().consumer({{"name", "a"}, {"pauseUntil", "2027-01-01T00:00:00Z"}});
    declare(paused);
    server_holds(plain);
    EXPECT_THAT(words(decided().steps), ElementsAre("pause consumer a"));
    EXPECT_EQ(std::get<PauseConsumer>(decided().steps.at(0)).until,
              core::parse_time("2027-01-01T00:00:00Z").value());
    EXPECT_THAT(changed_fields(decided()), ElementsAre("consumers[a].pauseUntil Update"));
    server_holds(paused);
    EXPECT_THAT(decided().steps, IsEmpty());
    declare(plain);
    EXPECT_THAT(words(decided().steps), ElementsAre("resume consumer a"));
    situation_.now += 24h * 400;
    EXPECT_THAT(decided().steps, IsEmpty()) << "over";
}

TEST_F(SettingsPlan, NothingIsDeliveredByTheOldSettingsOfAPausedConsumer) {
    const auto plain = a_stream_config().consumer({{"name", "a"}});
    const auto paused = a_stream_config().consumer(
        {{"name", "a"}, {"headersOnly", true}, {"pauseUntil", "2027-01-01T00:00:00Z"}});
    declare(paused);
    server_holds(plain);
    ASSERT_THAT(words(decided().steps), ElementsAre("pause consumer a", "update consumer a"));
    EXPECT_EQ(std::get<UpdateConsumer>(decided().steps[1]).settings.pause_until, std::nullopt);
    declare(plain);
    server_holds(paused);
    EXPECT_THAT(words(decided().steps), ElementsAre("update consumer a", "resume consumer a"));
}

class SettingsFlow : public ReconcilerFixture {};

TEST_F(SettingsFlow, ASealedStreamSettlesAndStaysWritable) {
    const auto key = settled(a_stream_config()
                                 .set("sealed", true)
                                 .set("maxAge", "1h")
                                 .set("allowRollup", true)
                                 .consumer({{"name", "a"}}));
    EXPECT_EQ(server_.stream_config("orders")["sealed"], true);
    expect_nothing_written(key);
    restart({});
    expect_nothing_written(key);
    settled(a_stream_config()
                .generation(2)
                .set("sealed", true)
                .set("maxAge", "2h")
                .set("description", "full")
                .consumer({{"name", "a"}}));
    EXPECT_EQ(server_.stream_config("orders")["description"], "full");
    expect_nothing_written(key);
}

// Between the two writes lies a moment in which the stream is there and open.
TEST_F(SettingsFlow, ASealThatDidNotArriveIsSetByTheNextPass) {
    const auto key = declare(a_stream_config().set("sealed", true));
    fault_at_write(2, fakes::FakeJetStream::Phase::Before, core::ErrorCode::Unavailable);
    EXPECT_TRUE(is_retry(reconcile(key)));
    EXPECT_EQ(server_.stream_config("orders")["sealed"], false);
    server_.set_fault({});
    EXPECT_THAT(reconcile(key).done, ElementsAre("update stream orders"));
    EXPECT_EQ(server_.stream_config("orders")["sealed"], true);
    EXPECT_EQ(status(key).reason(), Reason::Applied);
    expect_nothing_written(key);
}

TEST_F(SettingsFlow, WhatAServerForcesIsNotWrittenByASecondRun) {
    auto schedules = a_stream_config("schedules").set("allowMsgSchedules", true);
    auto markers = a_stream_config("markers").set("subjectDeleteMarkerTTL", "10m");
    auto pinned = a_stream_config("pinned").consumer(
        {{"name", "a"}, {"priorityGroups", {"g"}}, {"priorityPolicy", "PinnedClient"}});
    for (const auto& builder : {schedules, markers, pinned}) {
        const auto key = settled(builder);
        expect_nothing_written(key);
        restart({});
        expect_nothing_written(key);
    }
    EXPECT_EQ(server_.stream_config("schedules")["allow_rollup_hdrs"], true);
    EXPECT_EQ(server_.stream_config("markers")["allow_msg_ttl"], true);
    EXPECT_EQ(server_.consumer_config("pinned", "a")["priority_timeout"], 120'000'000'000);
}

TEST_F(SettingsFlow, APauseIsSetMovedAndEnded) {
    const auto paused_until = [](const char* time, int generation) {
        return a_stream_config()
            .generation(generation)
            .consumer({{"name", "a"}, {"pauseUntil", time}});
    };
    const auto key = settled(paused_until("2027-01-01T00:00:00Z", 1));
    EXPECT_EQ(server_.consumer_config("orders", "a")["pause_until"], "2027-01-01T00:00:00Z");
    expect_nothing_written(key);
    declare(paused_until("2028-01-01T00:00:00Z", 2));
    EXPECT_THAT(reconcile(key).done, ElementsAre("pause consumer a of stream orders"));
    EXPECT_EQ(server_.consumer_config("orders", "a")["pause_until"], "2028-01-01T00:00:00Z");
    expect_nothing_written(key);
    behind_our_back("CONSUMER.PAUSE.orders.a");
    EXPECT_FALSE(reconcile(key).drift.empty());
    EXPECT_EQ(server_.consumer_config("orders", "a")["pause_until"], "2028-01-01T00:00:00Z");
    declare(paused_until("2025-01-01T00:00:00Z", 3));
    EXPECT_THAT(reconcile(key).done, ElementsAre("resume consumer a of stream orders"));
    EXPECT_FALSE(server_.consumer_config("orders", "a").contains("pause_until"));
    EXPECT_EQ(status(key).reason(), Reason::Applied);
    expect_nothing_written(key);
}

TEST_F(SettingsFlow, APauseThatWasNotAnsweredIsLookedAtAgain) {
    const auto key = settled(a_stream_config().consumer({{"name", "a"}}));
    declare(a_stream_config().generation(2).consumer(
        {{"name", "a"}, {"pauseUntil", "2027-01-01T00:00:00Z"}}));
    fault_at_write(1, fakes::FakeJetStream::Phase::After, core::ErrorCode::OutcomeUnknown);
    EXPECT_TRUE(is_retry(reconcile(key)));
    server_.set_fault({});
    EXPECT_THAT(reconcile(key).done, IsEmpty()) << "it had arrived";
    EXPECT_EQ(status(key).reason(), Reason::Applied);
}

// As a server answers: the last sequence of a new one is that before its first (memstore.go:
// newMemStore purges to cfg.FirstSeq).
class Counting final : public fakes::ForwardingJetStream {
public:
    explicit Counting(jetstream::Api& to) : ForwardingJetStream(to) {}

    core::Result<jetstream::StreamInfo> create_stream(const jetstream::StreamSettings& settings,
                                                      const core::Call& call) override {
        auto made = ForwardingJetStream::create_stream(settings, call);
        if (made && settings.first_sequence) {
            made->state.first_sequence = *settings.first_sequence;
            made->state.last_sequence = *settings.first_sequence - 1;
        }
        return made;
    }
};

class Counted : public SettingsFlow {
protected:
    Counted() { restart({}); }

    [[nodiscard]] jetstream::Api& server() override { return counting_; }

private:
    Counting counting_{server_};
};

TEST_F(Counted, AStreamThatDoesNotBeginAtOneIsMadeAndNotFound) {
    EXPECT_THAT(reconcile(declare(a_stream_config().set("firstSequence", 100))).done,
                ElementsAre("create stream orders"));
}

// No level gate is trusted alone: what is read back decides.
class Dropping final : public fakes::ForwardingJetStream {
public:
    explicit Dropping(jetstream::Api& to) : ForwardingJetStream(to) {}

    core::Result<jetstream::StreamInfo> create_stream(const jetstream::StreamSettings& settings,
                                                      const core::Call& call) override {
        return ForwardingJetStream::create_stream(less(settings), call);
    }

    core::Result<jetstream::StreamInfo> update_stream(const jetstream::StreamSettings& settings,
                                                      const jetstream::Beyond& beyond,
                                                      const core::Call& call) override {
        return ForwardingJetStream::update_stream(less(settings), beyond, call);
    }

    core::Result<jetstream::ConsumerInfo> create_consumer(
        const jetstream::StreamName& stream,
        const jetstream::ConsumerSettings& settings,
        const core::Call& call) override {
        return ForwardingJetStream::create_consumer(stream, less(settings), call);
    }

    core::Result<jetstream::ConsumerInfo> update_consumer(
        const jetstream::StreamName& stream,
        const jetstream::ConsumerSettings& settings,
        const jetstream::Beyond& beyond,
        const core::Call& call) override {
        return ForwardingJetStream::update_consumer(stream, less(settings), beyond, call);
    }

private:
    static jetstream::StreamSettings less(jetstream::StreamSettings settings) {
        settings.allow_msg_ttl = false;
        settings.allow_atomic_publish = false;
        settings.allow_batch_publish = false;
        settings.allow_msg_schedules = false;
        for (auto& source : settings.sources) {
            source.consumer.reset();
        }
        return settings;
    }

    static jetstream::ConsumerSettings less(jetstream::ConsumerSettings settings) {
        settings.priority_groups.clear();
        settings.priority_policy = jetstream::PriorityPolicy::None;
        return settings;
    }
};

class Dropped : public SettingsFlow {
protected:
    Dropped() { restart({}); }

    [[nodiscard]] jetstream::Api& server() override { return dropping_; }

private:
    Dropping dropping_{server_};
};

TEST_F(Dropped, NewSettingsNeverEndInReady) {
    const Json source{{"name", "A"}, {"consumer", {{"name", "c"}, {"deliverSubject", "d"}}}};
    const auto key = declare(
        a_stream_config()
            .set("allowMsgTTL", true)
            .set("allowAtomicPublish", true)
            .set("allowBatchPublish", true)
            .set("sources", Json::array({source}))
            .consumer({{"name", "a"}, {"priorityGroups", {"g"}}, {"priorityPolicy", "Overflow"}}));
    reconcile(key);
    EXPECT_EQ(status(key).reason(), Reason::Unsupported);
    EXPECT_THAT(status(key).message(),
                AllOf(HasSubstr("allowMsgTTL (declared true, kept false)"),
                      HasSubstr("allowAtomicPublish (declared true, kept false)"),
                      HasSubstr("allowBatchPublish (declared true, kept false)"),
                      HasSubstr("sources (declared"),
                      HasSubstr("consumers[a].priorityGroups (declared"),
                      HasSubstr("consumers[a].priorityPolicy (declared Overflow, kept None)")));
    expect_nothing_written(key);

    const auto schedules = declare(a_stream_config("schedules").set("allowMsgSchedules", true));
    reconcile(schedules);
    EXPECT_EQ(status(schedules).reason(), Reason::Unsupported);
    expect_nothing_written(schedules);
}

}  // namespace
}  // namespace headgate::reconcilers
