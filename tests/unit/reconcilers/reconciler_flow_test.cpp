// From a declaration to a server as declared, and kept so: resulting state and number of writes.
#include <string>

#include "tests/fakes/fake_rules.hpp"
#include "tests/unit/reconcilers/reconciler_fixture.hpp"

namespace headgate::reconcilers {
namespace {

using namespace std::chrono_literals;
using builders::a_state_bucket;
using builders::a_stream_config;
using core::Json;
using resources::ConsumerStatus;
using resources::Reason;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Flow : public ReconcilerFixture {};

TEST_F(Flow, ANewObjectCostsOneWriteOfItsStatus) {
    const auto key = declare(a_stream_config().consumer({{"name", "a"}}));
    const auto pass = reconcile(key);
    EXPECT_TRUE(is_settled(pass));
    EXPECT_EQ(pass.reason, Reason::Applied);
    EXPECT_TRUE(pass.reason_changed);
    EXPECT_THAT(pass.drift, ::testing::IsEmpty());
    EXPECT_THAT(pass.done,
                ElementsAre("create stream orders", "create consumer a of stream orders"));
    EXPECT_TRUE(server_.has_consumer("orders", "a"));
    EXPECT_EQ(server_.writes(), 2U);
    EXPECT_EQ(writer_.status_writes, 1U);
    EXPECT_EQ(writer_.finalizer_writes, 0U);
    EXPECT_EQ(status(key).observed_generation, 1);
    EXPECT_EQ(status(key).stream, "orders");
    EXPECT_EQ(status(key).created, server_.request("STREAM.INFO.orders")["created"]);
    EXPECT_THAT(status(key).consumers, ElementsAre(ConsumerStatus{"a", true, "Applied"}));
    expect_nothing_written(key);
    EXPECT_EQ(server_.requests("stream_info"), 1U);
    EXPECT_LE(server_.requests(), 3U);
}

TEST_F(Flow, ASecondRunOfTheProgramWritesNothing) {
    const auto key = settled(a_stream_config().set("maxAge", "1h").consumer({{"name", "a"}}));
    restart({});
    expect_nothing_written(key);
    const auto bucket = settled(a_state_bucket()
                                    .set("ttl", "30s")
                                    .set("limitMarkerTTL", "10m")
                                    .set("metadata", {{"team", "a"}}));
    restart({});
    expect_nothing_written(bucket);
}

TEST_F(Flow, AFinalizerComesBeforeTheStreamItGuards) {
    const auto key = declare(a_stream_config().set("deletionPolicy", "Delete"));
    writer_.fault = [](std::string_view operation) {
        return operation == "add_finalizer"
                   ? std::optional{core::Error{core::ErrorCode::Conflict, "moved on"}}
                   : std::nullopt;
    };
    const auto first = reconcile(key);
    EXPECT_TRUE(is_retry(first));
    EXPECT_FALSE(server_.has_stream("orders"));
    EXPECT_EQ(writer_.writes(), 0U);

    writer_.fault = nullptr;
    EXPECT_TRUE(is_settled(reconcile(key)));
    EXPECT_TRUE(server_.has_stream("orders"));
    EXPECT_EQ(writer_.finalizer_writes, 1U);
    EXPECT_EQ(writer_.status_writes, 1U);
    expect_nothing_written(key);
}

TEST_F(Flow, DriftIsRepairedWithoutAWriteOfTheStatus) {
    const auto key = settled(a_stream_config().set("maxAge", "1h").consumer({{"name", "a"}}));
    server_.plant("orders", "max_msgs", 5);
    server_.plant("orders", "a", "ack_wait", 5'000'000'000);
    const auto pass = reconcile(key);
    EXPECT_THAT(pass.drift,
                ElementsAre("maxMessages 5 -> (none)", "consumers[a].ackWait 5s -> 30s"));
    EXPECT_FALSE(pass.reason_changed);
    EXPECT_EQ(writer_.writes(), 0U);
    EXPECT_EQ(server_.stream_config("orders")["max_msgs"], -1);
    EXPECT_EQ(server_.consumer_config("orders", "a")["ack_wait"], 30'000'000'000);
    expect_nothing_written(key);
}

TEST_F(Flow, WhatDisappearsIsMadeAgain) {
    const auto key = settled(a_stream_config().consumer({{"name", "a"}}).consumer({{"name", "b"}}));
    behind_our_back("CONSUMER.DELETE.orders.a");
    const auto first = once_surely_gone(key);
    EXPECT_THAT(first.done, ElementsAre("create consumer a of stream orders"));
    EXPECT_THAT(first.drift, ElementsAre("consumer a was deleted; made again"));
    const auto before = status(key).created;
    behind_our_back("STREAM.DELETE.orders");
    const auto pass = once_surely_gone(key);
    EXPECT_THAT(pass.drift, ElementsAre("stream orders was deleted; made again"));
    EXPECT_THAT(pass.done.size(), 3U);
    EXPECT_NE(status(key).created, before) << "another stream by the same name";
    expect_nothing_written(key);
}

TEST_F(Flow, ARemovedFieldGoesBackToItsDefaultOnTheServer) {
    auto builder = a_stream_config()
                       .set("description", "d")
                       .set("maxAge", "1h")
                       .set("maxMessages", 5)
                       .set("maxBytes", "1Gi")
                       .set("maxMessageSize", "1Mi")
                       .set("duplicateWindow", "30s")
                       .set("compression", "S2")
                       .set("discard", "New")
                       .set("noAck", true)
                       .set("allowDirect", true)
                       .set("subjects", {"a", "b"})
                       .set("metadata", {{"team", "a"}})
                       .set("consumerLimits", {{"maxAckPending", 2000}})
                       .consumer({{"name", "a"},
                                  {"maxAckPending", 50},
                                  {"maxDeliver", 5},
                                  {"sampleFrequency", 10},
                                  {"filterSubjects", {"a"}},
                                  {"headersOnly", true},
                                  {"inactiveThreshold", "1h"},
                                  {"metadata", {{"x", "y"}}}});
    settled(builder);
    const auto with = server_.stream_config("orders");
    const auto consumer_with = server_.consumer_config("orders", "a");
    const auto key = settled(a_stream_config().generation(2).consumer({{"name", "a"}}));

    settled(a_stream_config("plain").consumer({{"name", "a"}}));
    auto config = server_.stream_config("orders");
    auto plain = server_.stream_config("plain");
    for (auto* one : {&config, &plain}) {
        one->erase("name");
        one->erase("subjects");
        (*one)["metadata"].erase("headgate.io/object");
    }
    EXPECT_EQ(config, plain);
    EXPECT_EQ(server_.stream_config("orders")["subjects"], Json::parse(R"(["orders"])"));
    auto consumer = server_.consumer_config("orders", "a");
    auto plain_consumer = server_.consumer_config("plain", "a");
    consumer["metadata"].erase("headgate.io/object");
    plain_consumer["metadata"].erase("headgate.io/object");
    EXPECT_EQ(consumer, plain_consumer);
    EXPECT_NE(consumer_with, server_.consumer_config("orders", "a"));
    EXPECT_NE(with, server_.stream_config("orders"));
    expect_nothing_written(key);
}

TEST_F(Flow, AMirrorThatDeclaresNoDirectReadsHasThoseOfItsOrigin) {
    const auto mirror = a_stream_config("copy").set("mirror", {{"name", "ORIGIN"}});
    const auto key = settled(
        a_stream_config("copy").set("mirror", {{"name", "ORIGIN"}}).set("mirrorDirect", true));
    const auto is_direct = [this] {
        return server_.request("STREAM.INFO.copy")["config"]["mirror_direct"].get<bool>();
    };
    EXPECT_TRUE(is_direct());
    settled(mirror);
    EXPECT_FALSE(is_direct()) << "left over, where there is no origin";

    behind_our_back("STREAM.CREATE.ORIGIN",
                    {{"name", "ORIGIN"}, {"subjects", {"o"}}, {"allow_direct", true}});
    reconcile(key);
    EXPECT_TRUE(is_direct());
    expect_nothing_written(key);
    server_.set_fault([](std::string_view, std::string_view name, auto) {
        return name == "ORIGIN" ? std::optional{core::Error{core::ErrorCode::Forbidden, "no"}}
                                : std::nullopt;
    });
    expect_nothing_written(key);
    server_.set_fault([](std::string_view, std::string_view name, auto) {
        return name == "ORIGIN" ? std::optional{core::Error{core::ErrorCode::Unavailable, "gone"}}
                                : std::nullopt;
    });
    EXPECT_TRUE(is_retry(reconcile(key)));
    EXPECT_TRUE(is_direct());
}

TEST_F(Flow, LimitMarkersThatGoLeaveMessageTtlsAllowedAndTheBucketApplied) {
    settled(a_state_bucket().set("limitMarkerTTL", "10m"));
    const auto key = settled(a_state_bucket().generation(2));
    EXPECT_EQ(server_.stream_config("KV_sessions")["allow_msg_ttl"], true);
    EXPECT_FALSE(server_.stream_config("KV_sessions").contains("subject_delete_marker_ttl"));
    EXPECT_EQ(status(key).reason(), Reason::Applied);
    expect_nothing_written(key);
}

TEST_F(Flow, WhatANewerServerHoldsIsKeptOnEveryUpdate) {
    server_.become(fakes::kNewerServer);
    const auto key = settled(a_stream_config()
                                 .set("sources", Json::array({{{"name", "A"}}, {{"name", "B"}}}))
                                 .consumer({{"name", "a"}}));
    auto sources = server_.stream_config("orders")["sources"];
    sources[1]["future"] = 1;
    server_.plant("orders", "sources", sources);
    server_.plant("orders", "future", true);
    server_.plant("orders", "a", "future", 5);
    server_.plant("orders", "max_msgs", 7);
    server_.plant("orders", "a", "max_deliver", 7);
    EXPECT_TRUE(is_settled(reconcile(key)));
    EXPECT_EQ(server_.stream_config("orders")["max_msgs"], -1);
    EXPECT_EQ(server_.stream_config("orders")["sources"], sources);
    EXPECT_EQ(server_.stream_config("orders")["future"], true);
    EXPECT_EQ(server_.consumer_config("orders", "a")["future"], 5);
    EXPECT_EQ(server_.consumer_config("orders", "a")["max_deliver"], -1);
}

TEST_F(Flow, ConsumersFollowTheirList) {
    settled(a_stream_config().consumer({{"name", "a"}}).consumer({{"name", "b"}}));
    behind_our_back(
        "CONSUMER.CREATE.orders.theirs",
        {{"stream_name", "orders"},
         {"config", {{"name", "theirs"}, {"durable_name", "theirs"}, {"ack_policy", "explicit"}}}});
    const auto key = settled(a_stream_config()
                                 .generation(2)
                                 .consumer({{"name", "b"}, {"ackWait", "5s"}})
                                 .consumer({{"name", "c"}}));
    EXPECT_FALSE(server_.has_consumer("orders", "a"));
    EXPECT_EQ(server_.consumer_config("orders", "b")["ack_wait"], 5'000'000'000);
    EXPECT_TRUE(server_.has_consumer("orders", "c"));
    EXPECT_TRUE(server_.has_consumer("orders", "theirs")) << "nobody signed it";
    EXPECT_THAT(
        status(key).consumers,
        ElementsAre(ConsumerStatus{"b", true, "Applied"}, ConsumerStatus{"c", true, "Applied"}));
}

TEST_F(Flow, AConsumersPositionIsNotLostUnasked) {
    settled(a_stream_config().consumer({{"name", "a"}}));
    jetstream::ConsumerInfo position;
    position.delivered = 12;
    position.acknowledged_to = 12;
    server_.set_position("orders", "a", position);
    const auto key = declare(a_stream_config()
                                 .generation(2)
                                 .set("maxAge", "1h")
                                 .consumer({{"name", "a"}, {"ackPolicy", "All"}}));
    const auto before = server_.stream_config("orders");
    EXPECT_TRUE(is_give_up(reconcile(key)));
    EXPECT_EQ(status(key).reason(), Reason::ApprovalRequired);
    EXPECT_EQ(server_.stream_config("orders"), before) << "nothing of a plan that waits is done";
    EXPECT_EQ(server_.writes(), 0U);
    ASSERT_TRUE(status(key).plan.has_value());
    expect_nothing_written(key);

    settled(a_stream_config().generation(3).set("maxAge", "1h").consumer({{"name", "a"}}));
    EXPECT_FALSE(status(key).plan.has_value());
}

TEST_F(Flow, AnUntouchedConsumerIsMadeAnew) {
    settled(a_stream_config().consumer({{"name", "a"}}));
    settled(a_stream_config().generation(2).consumer(
        {{"name", "a"}, {"deliverPolicy", "New"}, {"ackPolicy", "None"}}));
    EXPECT_EQ(server_.consumer_config("orders", "a")["deliver_policy"], "new");
}

TEST_F(Flow, AWaitingPlanIsNotWrittenAgainWhileTheStreamIsBusy) {
    settled(a_stream_config());
    const auto fill = [&](std::uint64_t messages) {
        jetstream::StreamState state;
        state.messages = messages;
        state.bytes = messages * 100;
        state.first_sequence = 1;
        state.last_sequence = messages;
        state.subjects = 1;
        server_.set_state("orders", state);
    };
    fill(1000);
    const auto key = declare(a_stream_config().generation(2).set("maxMessages", 500));
    const auto waits = reconcile(key);
    EXPECT_EQ(status(key).reason(), Reason::ApprovalRequired);
    EXPECT_EQ(waits.reason_before, Reason::Applied);
    EXPECT_EQ(waits.approved, "");
    EXPECT_EQ(server_.stream_config("orders")["max_msgs"], -1);
    forget_counts();
    for (const std::uint64_t messages : {1001, 1010, 990}) {
        fill(messages);
        later(30s);
        reconcile(key);
    }
    EXPECT_EQ(writer_.writes(), 0U);
}

TEST_F(Flow, APassTellsWhichPlanItCarriedOutAndWhatWasLost) {
    settled(a_stream_config());
    jetstream::StreamState state;
    state.messages = 1000;
    state.bytes = 100'000;
    state.first_sequence = 1;
    state.last_sequence = 1000;
    state.subjects = 1;
    server_.set_state("orders", state);
    const auto narrower = [] { return a_stream_config().generation(2).set("maxMessages", 500); };
    const auto key = declare(narrower());
    reconcile(key);
    ASSERT_TRUE(status(key).plan);
    const auto hash = status(key).plan->hash;
    declare(narrower().annotate("headgate.io/approve", hash));
    const auto pass = reconcile(key);
    EXPECT_EQ(pass.reason, Reason::Applied);
    EXPECT_EQ(pass.reason_before, Reason::ApprovalRequired);
    EXPECT_THAT(pass.approved, HasSubstr("plan " + hash + " (maxMessages nothing -> 500: drops"));
    EXPECT_EQ(reconcile(key).approved, "");
}

TEST_F(Flow, NarrowerConsumerLimitsReachConsumersThatInheritThem) {
    settled(a_stream_config().consumer({{"name", "a"}}));
    const auto key =
        settled(a_stream_config()
                    .generation(2)
                    .set("consumerLimits", {{"maxAckPending", 100}, {"inactiveThreshold", "1h"}})
                    .consumer({{"name", "a"}})
                    .consumer({{"name", "b"}}));
    EXPECT_EQ(server_.consumer_config("orders", "a")["max_ack_pending"], 100);
    expect_nothing_written(key);
    settled(a_stream_config()
                .generation(3)
                .consumer({{"name", "a"}, {"maxAckPending", -1}})
                .consumer({{"name", "b"}}));
    EXPECT_EQ(server_.consumer_config("orders", "b")["max_ack_pending"], 1000);
    expect_nothing_written(key);
}

TEST_F(Flow, LimitsThatComeReachConsumersThatAcknowledgeNothing) {
    const auto consumer = Json{{"name", "a"}, {"ackPolicy", "None"}};
    settled(a_stream_config().consumer(consumer));
    const auto key = settled(
        a_stream_config().set("consumerLimits", {{"maxAckPending", 10}}).consumer(consumer));
    EXPECT_EQ(server_.request("CONSUMER.INFO.orders.a")["config"].value("max_ack_pending", Json{}),
              10);
    expect_nothing_written(key);
}

TEST_F(Flow, AMoveAndAScaleHappenOneAfterTheOther) {
    const auto with = [](int replicas, const char* cluster) {
        return a_stream_config().set("replicas", replicas).set("placement", {{"cluster", cluster}});
    };
    settled(with(1, "a"));
    const auto key = declare(with(3, "b").generation(2).consumer({{"name", "c"}, {"replicas", 3}}));
    const auto first = reconcile(key);
    EXPECT_TRUE(is_recheck(first));
    EXPECT_EQ(status(key).reason(), Reason::Reconciling);
    EXPECT_EQ(server_.stream_config("orders")["num_replicas"], 1);
    EXPECT_EQ(server_.stream_config("orders")["placement"]["cluster"], "b");
    EXPECT_TRUE(is_settled(reconcile(key)));
    EXPECT_EQ(server_.stream_config("orders")["num_replicas"], 3);
    EXPECT_TRUE(server_.has_consumer("orders", "c"));
    EXPECT_EQ(status(key).reason(), Reason::Applied);
}

TEST_F(Flow, AReplicaLimitIsKeptAndTold) {
    restart({.replica_limit = 1});
    const auto key =
        settled(a_stream_config().set("replicas", 3).set("placement", {{"cluster", "elsewhere"}}));
    EXPECT_EQ(server_.stream_config("orders")["num_replicas"], 1);
    EXPECT_THAT(status(key).message(),
                HasSubstr("replicas 3 capped to 1, placement dropped by the replica limit"));
    expect_nothing_written(key);
}

TEST_F(Flow, AServerWithoutMetadataIsSignedInTheDescription) {
    server_.become(jetstream::kServer2_9);
    const auto key = settled(a_stream_config()
                                 .set("description", "theirs")
                                 .consumer({{"name", "a"}, {"description", "theirs too"}}));
    EXPECT_EQ(server_.stream_config("orders")["description"],
              "theirs [headgate.io headgate StreamConfig agents/orders Retain]");
    EXPECT_EQ(server_.consumer_config("orders", "a")["description"],
              "theirs too [headgate.io headgate StreamConfig agents/orders Retain]");
    restart({});
    expect_nothing_written(key);
    settled(
        a_stream_config().generation(2).set("description", "another").consumer({{"name", "a"}}));
    EXPECT_EQ(server_.stream_config("orders")["description"],
              "another [headgate.io headgate StreamConfig agents/orders Retain]");

    server_.become(jetstream::kServer2_10);
    expect_nothing_written(key);
    settled(a_stream_config().generation(3).set("description", "newer").consumer({{"name", "a"}}));
    EXPECT_EQ(server_.stream_config("orders")["description"], "newer");
    EXPECT_EQ(server_.stream_config("orders")["metadata"]["headgate.io/object"], "agents/orders");
    expect_nothing_written(key);
}

TEST_F(Flow, AnInvalidSpecIsToldAndTheServerNotAsked) {
    const auto key = put(a_stream_config().set("maxAge", "1 hour").set("replicas", 9).build());
    EXPECT_TRUE(is_give_up(reconcile(key)));
    EXPECT_EQ(status(key).reason(), Reason::InvalidSpec);
    EXPECT_THAT(status(key).message(),
                HasSubstr("spec.replicas: 9 is above the most allowed, 5; spec.maxAge: \"1 hour\" "
                          "is not a duration"));
    EXPECT_EQ(server_.requests(), 0U);
    expect_nothing_written(key);
}

TEST_F(Flow, AnObjectThatTurnsInvalidKeepsWhatItHas) {
    settled(a_stream_config().set("deletionPolicy", "Delete").consumer({{"name", "a"}}));
    const auto created = status({Kind::StreamConfig, "agents", "orders"}).created;
    const auto key = put(a_stream_config().generation(2).set("replicas", 9).build());
    reconcile(key);
    EXPECT_EQ(status(key).reason(), Reason::InvalidSpec);
    EXPECT_EQ(status(key).observed_generation, 2);
    EXPECT_EQ(status(key).stream, "orders");
    EXPECT_EQ(status(key).created, created);
    EXPECT_TRUE(server_.has_consumer("orders", "a"));
    EXPECT_EQ(writer_.finalizers[key].size(), 1U) << "it is still to be cleaned up after";
}

TEST_F(Flow, AnEditOfTheSpecAloneIsAWriteOfTheObservedGeneration) {
    settled(a_stream_config());
    const auto key = declare(a_stream_config().generation(2));
    reconcile(key);
    EXPECT_EQ(writer_.status_writes, 1U);
    EXPECT_EQ(status(key).observed_generation, 2);
    EXPECT_EQ(server_.writes(), 0U);
}

TEST_F(Flow, AReconcileTokenIsEchoed) {
    settled(a_stream_config());
    const auto key = declare(a_stream_config().annotate("headgate.io/reconcile", "now-1"));
    reconcile(key);
    EXPECT_EQ(status(key).last_handled_reconcile_at, "now-1");
    expect_nothing_written(key);
}

TEST_F(Flow, TransitionTimesMoveOnlyWhenTheStatusFlips) {
    const auto key = settled(a_stream_config());
    const auto ready_since = [&] { return status(key).conditions.at(0).last_transition_time; };
    EXPECT_EQ(ready_since(), "2026-01-01T01:00:00Z");
    later(1h);
    declare(a_stream_config().generation(2).set("maxAge", "1h"));
    reconcile(key);
    EXPECT_EQ(status(key).observed_generation, 2);
    EXPECT_EQ(ready_since(), "2026-01-01T01:00:00Z");
    declare(a_stream_config().generation(3).set("storage", "Memory"));
    reconcile(key);
    EXPECT_EQ(status(key).reason(), Reason::ImmutableField);
    EXPECT_EQ(ready_since(), "2026-01-01T02:00:00Z");
    later(1h);
    expect_nothing_written(key);
}

TEST_F(Flow, AnObjectThatIsNotThereIsNothingToDo) {
    EXPECT_TRUE(is_settled(reconcile({Kind::StreamConfig, "agents", "nowhere"})));
    EXPECT_EQ(server_.requests(), 0U);
    EXPECT_EQ(writer_.writes(), 0U);
}

TEST_F(Flow, AnAssessmentWritesNothingAnywhere) {
    const auto declaration = a_stream_config().set("deletionPolicy", "Delete").build();
    declarations_.put(declaration);
    const auto assessed = reconciler_->assess(declaration, call_);
    ASSERT_TRUE(assessed.has_value());
    EXPECT_EQ(assessed->steps.size(), 1U);
    EXPECT_EQ(
        reconciler_->assess(a_stream_config().set("replicas", 9).build(), call_)->report.reason,
        Reason::InvalidSpec);
    EXPECT_TRUE(reconciler_->assess_deletion(declaration, call_)->changes.empty());
    EXPECT_EQ(server_.writes(), 0U);
    EXPECT_EQ(writer_.writes(), 0U);
    server_.set_unavailable(true);
    EXPECT_EQ(reconciler_->assess(declaration, call_).error().code, core::ErrorCode::Unavailable);
}

}  // namespace
}  // namespace headgate::reconcilers
