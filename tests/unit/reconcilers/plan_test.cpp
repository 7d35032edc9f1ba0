// What is to be done, where it may be done: every reason and every order of steps that a decision
// can end in.
#include <string>
#include <variant>

#include "tests/unit/reconcilers/plan_fixture.hpp"

namespace headgate::reconcilers {
namespace {

using namespace std::chrono_literals;
using builders::a_state_bucket;
using builders::a_stream_config;
using core::Json;
using resources::ConsumerStatus;
using resources::Reason;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class Plan : public PlanFixture {
protected:
    // Declared and held alike, but for what the second builder says.
    void change(const builders::DeclarationBuilder& from, const builders::DeclarationBuilder& to) {
        declare(to);
        server_holds(from);
    }
};

// --- creating and keeping ---

TEST_F(Plan, WhatIsMissingIsCreatedSignedStreamBeforeConsumers) {
    declare(
        a_stream_config().set("maxAge", "1h").consumer({{"name", "a"}}).consumer({{"name", "b"}}));
    const auto decision = decided();
    EXPECT_EQ(decision.report.reason, Reason::Applied);
    ASSERT_THAT(words(decision.steps),
                ElementsAre("create stream orders", "create consumer a", "create consumer b"));
    auto settings = std::get<CreateStream>(decision.steps[0]).settings;
    EXPECT_EQ(take_signature(settings.metadata, settings.description),
              signature_of("headgate", declaration_.key, resources::DeletionPolicy::Retain));
    EXPECT_EQ(settings, declaration_.parsed.desired->stream);
    auto consumer = std::get<CreateConsumer>(decision.steps[1]).settings;
    EXPECT_TRUE(take_signature(consumer.metadata, consumer.description).has_value());
    EXPECT_EQ(consumer, declaration_.parsed.desired->consumers[0]);
    EXPECT_THAT(changed_fields(decision),
                ElementsAre("stream Create", "consumers[a] Create", "consumers[b] Create"));
    EXPECT_THAT(
        decision.report.consumers,
        ElementsAre(ConsumerStatus{"a", true, "Applied"}, ConsumerStatus{"b", true, "Applied"}));
}

TEST_F(Plan, WhatIsAsDeclaredIsLeftAlone) {
    for (const auto level_now :
         {jetstream::kServer2_9, jetstream::kServer2_10, jetstream::kServer2_15}) {
        level(level_now);
        const auto builder =
            a_stream_config()
                .set("maxAge", "1h")
                .set("description", "d")
                .consumer({{"name", "a"}, {"description", "e"}, {"backoff", {"1s", "5s"}}})
                .consumer({{"name", "b"}, {"deliverSubject", "d.b"}, {"ackPolicy", "None"}});
        change(builder, builder);
        const auto decision = decided();
        EXPECT_EQ(decision.report.reason, Reason::Applied);
        EXPECT_THAT(words(decision.steps), IsEmpty());
        EXPECT_THAT(decision.changes, IsEmpty());
        EXPECT_EQ(decision.report.created, kCreated);
        EXPECT_EQ(decision.report.message, "stream orders is as declared");
    }
}

TEST_F(Plan, AMirroredBucketAsDeclaredIsLeftAlone) {
    const auto builder =
        a_state_bucket().set("mirror", {{"name", "OTHER"}, {"domain", "hub"}}).set("ttl", "30s");
    change(builder, builder);
    EXPECT_THAT(words(decided().steps), IsEmpty());
}

TEST_F(Plan, AnUpdateSendsTheWholeDeclaredConfiguration) {
    change(a_stream_config().set("maxAge", "1h").set("maxMessages", 5),
           a_stream_config().set("maxAge", "2h"));
    situation_.stream->beyond = std::make_shared<const Json>(Json{{"future", 1}});
    const auto decision = decided();
    ASSERT_THAT(words(decision.steps), ElementsAre("update stream orders"));
    auto settings = updated_stream(decision);
    EXPECT_TRUE(take_signature(settings.metadata, settings.description).has_value());
    EXPECT_EQ(settings, declaration_.parsed.desired->stream)
        << "what was removed is absent, so that the server's default comes back";
    EXPECT_EQ(std::get<UpdateStream>(decision.steps[0]).beyond, situation_.stream->beyond);
    EXPECT_THAT(changed_fields(decision), ElementsAre("maxMessages Update", "maxAge Update"));
}

TEST_F(Plan, AnotherDeletionPolicyIsSignedAnew) {
    change(a_stream_config().consumer({{"name", "a"}}),
           a_stream_config().set("deletionPolicy", "Delete").consumer({{"name", "a"}}));
    EXPECT_THAT(words(decided().steps), ElementsAre("update stream orders", "update consumer a"));
}

TEST_F(Plan, AHostileDescriptionIsNoEndlessDrift) {
    const auto builder = a_stream_config().set("description", "see [headgate.io a b c d]");
    change(builder, builder);
    EXPECT_THAT(words(decided().steps), IsEmpty());
}

TEST_F(Plan, RemovingLimitMarkersKeepsMessageTtlsAllowed) {
    change(a_state_bucket().set("limitMarkerTTL", "10m"), a_state_bucket());
    const auto decision = decided();
    EXPECT_EQ(decision.report.reason, Reason::Applied);
    EXPECT_TRUE(updated_stream(decision).allow_msg_ttl);
    EXPECT_FALSE(updated_stream(decision).subject_delete_marker_ttl.has_value());

    situation_.stream->settings.subject_delete_marker_ttl.reset();
    EXPECT_THAT(words(decided().steps), IsEmpty()) << "and stays so";
    EXPECT_EQ(decided().report.reason, Reason::Applied);
}

// --- observing ---

TEST_F(Plan, ObserveSaysWhatDiffersAndDoesNothing) {
    const auto observing = a_stream_config().set("managementPolicy", "Observe");
    auto builder = observing;
    declare(builder.set("maxAge", "1h").consumer({{"name", "a"}}).consumer({{"name", "missing"}}));
    EXPECT_EQ(decided().report.reason, Reason::Drifted);
    EXPECT_EQ(decided().report.message, "stream orders does not exist");

    server_holds(a_stream_config().set("maxAge", "2h").consumer({{"name", "a"}, {"ackWait", "5s"}}),
                 "");
    const auto decision = decided();
    EXPECT_EQ(decision.report.reason, Reason::Drifted);
    EXPECT_THAT(decision.report.message,
                AllOf(HasSubstr("maxAge: 2h instead of 1h"),
                      HasSubstr("consumers[a].ackWait: 5s instead of 30s"),
                      HasSubstr("consumers[missing]")));
    EXPECT_THAT(decision.report.consumers,
                ElementsAre(ConsumerStatus{"a", false, "Drifted"},
                            ConsumerStatus{"missing", false, "Drifted"}));
    EXPECT_THAT(decision.steps, IsEmpty());
}

TEST_F(Plan, ObserveInSyncIsReadyWhoeverSigned) {
    declare(a_stream_config().set("managementPolicy", "Observe").consumer({{"name", "a"}}));
    for (const auto* instance : {"", "headgate", "elsewhere"}) {
        server_holds(a_stream_config().consumer({{"name", "a"}}).consumer({{"name", "b"}}),
                     instance);
        const auto decision = decided();
        EXPECT_EQ(decision.report.reason, Reason::Observed) << decision.report.message;
        EXPECT_THAT(decision.report.consumers, ElementsAre(ConsumerStatus{"a", true, "Observed"}));
        EXPECT_THAT(decision.steps, IsEmpty());
    }
}

// --- what is refused ---

TEST_F(Plan, WhatTheServerIsTooOldForIsToldAllAtOnceAndNothingIsDone) {
    level(jetstream::kServer2_9);
    declare(a_stream_config()
                .set("compression", "S2")
                .set("metadata", {{"a", "b"}})
                .consumer({{"name", "c"}, {"filterSubjects", {"orders", "x"}}}));
    const auto decision = decided();
    EXPECT_EQ(decision.report.reason, Reason::Unsupported);
    EXPECT_EQ(decision.report.message,
              "compression needs nats-server 2.10; metadata needs nats-server 2.10; "
              "consumers[c].filterSubjects with more than one entry needs nats-server 2.10; the "
              "server is 2.9");
    EXPECT_THAT(decision.steps, IsEmpty());
}

TEST_F(Plan, LimitMarkersBelow2_11AreToldOnceByTheirName) {
    level(jetstream::kServer2_10);
    declare(a_state_bucket().set("limitMarkerTTL", "10m"));
    EXPECT_EQ(decided().report.reason, Reason::Unsupported);
    EXPECT_EQ(decided().report.message,
              "limitMarkerTTL needs nats-server 2.11; the server is 2.10");
    level(jetstream::kServer2_11);
    EXPECT_EQ(decided().report.reason, Reason::Applied);
}

TEST_F(Plan, ImmutableFieldsAreRefusedWithWhatToDoAndNothingElseIsDoneEither) {
    change(a_state_bucket().set("storage", "File").set("ttl", "1h"),
           a_state_bucket().set("storage", "Memory").set("ttl", "2h"));
    const auto decision = decided();
    EXPECT_EQ(decision.report.reason, Reason::ImmutableField);
    EXPECT_THAT(decision.report.message,
                AllOf(HasSubstr("storage (File on the server, Memory declared) cannot change"),
                      HasSubstr("declare a new stream"),
                      Not(HasSubstr("ttl"))));
    EXPECT_THAT(decision.steps, IsEmpty());
    EXPECT_EQ(decision.report.created, kCreated);
}

TEST_F(Plan, OneWaySwitchesAreToldAsImmutable) {
    change(a_stream_config().set("denyDelete", true).set("denyPurge", true), a_stream_config());
    EXPECT_EQ(decided().report.reason, Reason::ImmutableField);
    EXPECT_THAT(decided().report.message, AllOf(HasSubstr("denyDelete"), HasSubstr("denyPurge")));
}

TEST_F(Plan, AMirrorIsPromotedFrom2_12On) {
    const auto from = a_stream_config().set("mirror", {{"name", "O"}});
    level(jetstream::kServer2_11);
    change(from, a_stream_config());
    EXPECT_EQ(decided().report.reason, Reason::ImmutableField);
    level(jetstream::kServer2_12);
    change(from, a_stream_config());
    EXPECT_THAT(words(decided().steps), ElementsAre("update stream orders"));
}

// --- losses ---

TEST_F(Plan, AnUpdateThatWouldDropMessagesWaitsWithItsWholePlan) {
    change(a_stream_config().set("maxAge", "24h").consumer({{"name", "a"}}),
           a_stream_config()
               .set("maxAge", "5h")
               .set("description", "new")
               .set("allowDirect", true)
               .consumer({{"name", "a"}})
               .consumer({{"name", "b"}}));
    holds_messages(1000);
    const auto decision = decided();
    EXPECT_EQ(decision.report.reason, Reason::ApprovalRequired);
    EXPECT_THAT(decision.steps, IsEmpty());
    EXPECT_FALSE(decision.unfinished);
    ASSERT_TRUE(decision.report.plan.has_value());
    EXPECT_EQ(decision.report.message,
              "maxAge 1d -> 5h: drops about 500 of 1,000 messages, those older than 5h; plan " +
                  decision.report.plan->hash + " waits for approval");
    EXPECT_EQ(decision.report.plan->changes.size(), 4U);
    EXPECT_EQ(decision.report.plan->changes[1],
              (resources::PlannedChange{"maxAge",
                                        "1d",
                                        "5h",
                                        resources::Effect::LosesMessages,
                                        500,
                                        "drops about 500 of 1,000 messages, those older than 5h"}));
    EXPECT_THAT(decision.report.consumers,
                ElementsAre(ConsumerStatus{"a", true, "Applied"},
                            ConsumerStatus{"b", false, "ApprovalRequired"}));
}

TEST_F(Plan, WhereNothingWouldBeLostNothingIsAsked) {
    change(a_stream_config().set("maxAge", "24h"),
           a_stream_config().set("maxAge", "5h").set("maxMessages", 5).set("maxBytes", 5));
    EXPECT_THAT(words(decided().steps), ElementsAre("update stream orders"))
        << "the stream is empty";
    change(a_state_bucket().set("history", 2), a_state_bucket().set("history", 5));
    holds_messages(1000);
    EXPECT_THAT(words(decided().steps), ElementsAre("update stream KV_sessions"))
        << "a limit raised drops nothing";
}

TEST_F(Plan, LoweringABucketsHistoryIsToldInTheBucketsWords) {
    change(a_state_bucket().set("history", 5), a_state_bucket());
    holds_messages(5);
    EXPECT_THAT(decided().report.message,
                StartsWith("history 5 -> 1: drops up to 4 of 5 messages, the oldest beyond 1 a "
                           "subject; plan "));
}

TEST_F(Plan, AWaitingPlanKeepsTheFiguresItWasToldWith) {
    change(a_stream_config(), a_stream_config().set("maxMessages", 500));
    holds_messages(1000);
    const auto first = decided();
    ASSERT_EQ(first.report.reason, Reason::ApprovalRequired);
    const auto told = resources::to_status(first.report, {}, 1, {}, "2026-01-01T00:00:00Z");
    declare(a_stream_config().set("maxMessages", 500).status(told));
    for (const std::uint64_t messages : {1000, 1011, 1012, 900}) {
        holds_messages(messages);
        EXPECT_EQ(resources::to_status(decided().report, told, 1, {}, "2026-01-01T01:00:00Z"), told)
            << messages;
    }
    holds_messages(1013);
    EXPECT_THAT(decided().report.message, HasSubstr("513 of 1,013"))
        << "more than the bound of what was told";
    declare(a_stream_config().set("maxMessages", 400).status(told));
    holds_messages(1000);
    EXPECT_THAT(decided().report.message, HasSubstr("600 of 1,000")) << "another plan";
}

TEST_F(Plan, ANewLimitOnAnInterestStreamWaitsToo) {
    change(a_stream_config(), a_stream_config().set("retention", "Interest"));
    holds_messages(10);
    EXPECT_EQ(decided().report.reason, Reason::ApprovalRequired);
}

// --- consumers ---

TEST_F(Plan, AConsumerThatDiffersIsUpdatedAndOneThatLeftIsRemovedFirst) {
    change(
        a_stream_config().consumer({{"name", "gone"}}).consumer({{"name", "a"}}),
        a_stream_config().consumer({{"name", "a"}, {"ackWait", "5s"}}).consumer({{"name", "b"}}));
    const auto decision = decided();
    EXPECT_THAT(words(decision.steps),
                ElementsAre("delete consumer gone", "update consumer a", "create consumer b"));
    EXPECT_THAT(
        changed_fields(decision),
        ElementsAre(
            "consumers[gone] Delete", "consumers[a].ackWait Update", "consumers[b] Create"));
}

TEST_F(Plan, RemovingAConsumerWaitsOnlyWhereTheStreamKeepsMessagesForIt) {
    for (const auto* retention : {"Interest", "WorkQueue"}) {
        change(a_stream_config().set("retention", retention).consumer({{"name", "gone"}}),
               a_stream_config().set("retention", retention));
        EXPECT_THAT(words(decided().steps), ElementsAre("delete consumer gone"))
            << "it has nothing left to deliver";
        consumer("gone").pending = 3;
        consumer("gone").unacknowledged = 1;
        EXPECT_EQ(decided().report.reason, Reason::ApprovalRequired);
        EXPECT_THAT(
            decided().report.message,
            HasSubstr(std::string{retention} == "Interest"
                          ? "drops up to 4 messages"
                          : "leaves up to 4 messages in the stream that no consumer takes"));
        EXPECT_THAT(decided().steps, IsEmpty());
    }
    change(a_stream_config().consumer({{"name", "gone"}}), a_stream_config());
    consumer("gone").pending = 3;
    EXPECT_THAT(words(decided().steps), ElementsAre("delete consumer gone"));
}

TEST_F(Plan, AnEarlierExpiryOfAConsumerWaitsWhereTheStreamKeepsMessagesForIt) {
    const auto with = [](const char* retention, Json threshold) {
        return a_stream_config()
            .set("retention", retention)
            .consumer({{"name", "a"}, {"inactiveThreshold", std::move(threshold)}});
    };
    const auto pending = [&](const char* retention, Json from, Json to) {
        change(with(retention, std::move(from)), with(retention, std::move(to)));
        consumer("a").pending = 7;
        return decided();
    };
    EXPECT_EQ(pending("Interest", nullptr, "1h").report.reason, Reason::ApprovalRequired);
    EXPECT_EQ(pending("WorkQueue", "2h", "1h").report.reason, Reason::ApprovalRequired);
    EXPECT_THAT(words(pending("Interest", "1h", "2h").steps), ElementsAre("update consumer a"));
    EXPECT_THAT(words(pending("Interest", "1h", nullptr).steps), ElementsAre("update consumer a"));
    EXPECT_THAT(words(pending("Limits", nullptr, "1h").steps), ElementsAre("update consumer a"));
}

TEST_F(Plan, NarrowingAFilterWaitsOnlyWhereTheStreamKeepsMessagesForIt) {
    const auto with = [](const char* retention, Json filters) {
        return a_stream_config()
            .set("subjects", {"o.>"})
            .set("retention", retention)
            .consumer({{"name", "a"}, {"filterSubjects", std::move(filters)}});
    };
    const auto pending = [&](const char* retention, Json from, Json to) {
        change(with(retention, std::move(from)), with(retention, std::move(to)));
        consumer("a").pending = 7;
        return decided();
    };
    EXPECT_EQ(pending("Interest", {"o.>"}, {"o.a"}).report.reason, Reason::ApprovalRequired);
    EXPECT_EQ(pending("WorkQueue", Json::array(), {"o.a"}).report.reason, Reason::ApprovalRequired);
    EXPECT_EQ(pending("Interest", {"o.a", "o.b"}, {"o.a"}).report.reason, Reason::ApprovalRequired);
    EXPECT_EQ(pending("Interest", {"o.a"}, {"o.b"}).report.reason, Reason::ApprovalRequired);
    EXPECT_THAT(words(pending("Interest", {"o.a"}, {"o.>"}).steps),
                ElementsAre("update consumer a"));
    EXPECT_THAT(words(pending("Interest", {"o.a"}, Json::array()).steps),
                ElementsAre("update consumer a"));
    EXPECT_THAT(words(pending("Interest", {"o.a"}, {"x", "o.*"}).steps),
                ElementsAre("update consumer a"));
    EXPECT_THAT(words(pending("Limits", {"o.>"}, {"o.a"}).steps), ElementsAre("update consumer a"));
    change(with("Interest", {"o.>"}), with("Interest", {"o.a"}));
    EXPECT_THAT(words(decided().steps), ElementsAre("update consumer a"))
        << "nothing is held for it";
}

TEST_F(Plan, AnUntouchedConsumerIsMadeAnewWhereAnUpdateCannotChangeIt) {
    change(a_stream_config().consumer({{"name", "a"}}),
           a_stream_config().consumer({{"name", "a"}, {"deliverPolicy", "New"}}));
    EXPECT_THAT(words(decided().steps), ElementsAre("delete consumer a", "create consumer a"));
    EXPECT_THAT(changed_fields(decided()), ElementsAre("consumers[a].deliverPolicy Recreate"));
}

TEST_F(Plan, APositionIsNeverLostUnasked) {
    change(a_stream_config().consumer({{"name", "a"}}),
           a_stream_config().consumer({{"name", "a"}, {"ackPolicy", "All"}, {"ackWait", "5s"}}));
    consumer("a").delivered = 1204;
    consumer("a").acknowledged_to = 1204;
    const auto decision = decided();
    EXPECT_EQ(decision.report.reason, Reason::ApprovalRequired);
    EXPECT_THAT(decision.steps, IsEmpty());
    EXPECT_THAT(decision.report.message,
                AllOf(HasSubstr("consumers[a].ackPolicy Explicit -> All"),
                      HasSubstr("made anew after what is acknowledged (up to 1,204)"),
                      Not(HasSubstr("ackWait"))));
}

TEST_F(Plan, NarrowerLimitsComeAfterTheConsumersAndWiderOnesBefore) {
    const auto with = [](int limit, int pending) {
        return a_stream_config()
            .set("consumerLimits", {{"maxAckPending", limit}})
            .consumer({{"name", "a"}, {"maxAckPending", pending}});
    };
    change(with(100, 90), with(50, 40));
    EXPECT_THAT(words(decided().steps), ElementsAre("update consumer a", "update stream orders"));
    change(with(50, 40), with(100, 90));
    EXPECT_THAT(words(decided().steps), ElementsAre("update stream orders", "update consumer a"));
}

TEST_F(Plan, NarrowerLimitsAreSaidToConsumersThatInheritThem) {
    change(a_stream_config().consumer({{"name", "a"}}),
           a_stream_config()
               .set("consumerLimits", {{"maxAckPending", 100}, {"inactiveThreshold", "1h"}})
               .consumer({{"name", "a"}})
               .consumer({{"name", "b"}}));
    const auto decision = decided();
    ASSERT_THAT(words(decision.steps),
                ElementsAre("update consumer a", "create consumer b", "update stream orders"));
    EXPECT_EQ(std::get<UpdateConsumer>(decision.steps[0]).settings.max_ack_pending, 100)
        << "left out, the server would take the limit of before, and then refuse the new one";
    EXPECT_EQ(std::get<UpdateConsumer>(decision.steps[0]).settings.inactive_threshold,
              core::Duration{1h});
    EXPECT_EQ(std::get<CreateConsumer>(decision.steps[1]).settings.max_ack_pending, 100);
}

TEST_F(Plan, ALimitThatGoesAsAnotherNarrowsTakesASecondStepOfTheConsumers) {
    const auto with = [](const Json& limits) {
        return a_stream_config().set("consumerLimits", limits).consumer({{"name", "a"}});
    };
    change(with({{"inactiveThreshold", "36h"}}), with({{"maxAckPending", 100}}));
    const auto decision = decided();
    EXPECT_THAT(words(decision.steps), ElementsAre("update consumer a", "update stream orders"));
    EXPECT_TRUE(decision.unfinished) << "the consumer inherits 36h once more";
    EXPECT_EQ(decision.report.reason, Reason::Reconciling);
    EXPECT_THAT(decision.report.message, HasSubstr("old limits"));
}

TEST_F(Plan, LimitsAreLiftedBeforeAConsumerGoesBeyondAll) {
    change(
        a_stream_config().set("consumerLimits", {{"maxAckPending", 100}}).consumer({{"name", "a"}}),
        a_stream_config().consumer({{"name", "a"}, {"maxAckPending", -1}}));
    EXPECT_THAT(words(decided().steps), ElementsAre("update stream orders", "update consumer a"));
}

// --- the rest ---

TEST_F(Plan, AMoveAndAScaleAreTwoUpdates) {
    const auto with = [](int replicas, const char* cluster) {
        return a_stream_config().set("replicas", replicas).set("placement", {{"cluster", cluster}});
    };
    change(with(1, "a"), with(3, "b").consumer({{"name", "c"}, {"replicas", 3}}));
    const auto first = decided();
    EXPECT_EQ(first.report.reason, Reason::Reconciling);
    EXPECT_TRUE(first.unfinished);
    ASSERT_THAT(words(first.steps), ElementsAre("update stream orders"))
        << "the consumer needs the three replicas that come next";
    EXPECT_EQ(updated_stream(first).replicas, 1);
    EXPECT_EQ(updated_stream(first).placement->cluster, "b");

    situation_.stream->settings.placement->cluster = "b";
    const auto second = decided();
    EXPECT_FALSE(second.unfinished);
    EXPECT_THAT(words(second.steps), ElementsAre("update stream orders", "create consumer c"));
    EXPECT_EQ(updated_stream(second).replicas, 3);
}

TEST_F(Plan, OrderOfTagsIsNoMove) {
    change(a_stream_config().set("placement", {{"tags", {"a", "b"}}}),
           a_stream_config().set("placement", {{"tags", {"b", "a"}}}));
    EXPECT_THAT(words(decided().steps), IsEmpty());
}

TEST_F(Plan, WhatTheServerDidNotKeepIsUnsupportedAndNotWrittenAgain) {
    const auto builder = a_stream_config()
                             .set("maxMessageSize", "1Mi")
                             .consumer({{"name", "a"}, {"sampleFrequency", 50}});
    change(builder, builder);
    situation_.stream->settings.max_message_size.reset();
    consumer("a").settings.sample_frequency.reset();
    ASSERT_THAT(words(decided().steps), ElementsAre("update stream orders", "update consumer a"));
    situation_.residue[""] = jetstream::differences(jetstream::StreamSettings{}, [] {
        jetstream::StreamSettings sent;
        sent.max_message_size = core::Bytes{1 << 20};
        return sent;
    }());
    situation_.residue["a"] = jetstream::differences(jetstream::ConsumerSettings{}, [] {
        jetstream::ConsumerSettings sent;
        sent.sample_frequency = jetstream::Percent{50};
        return sent;
    }());
    const auto decision = decided();
    EXPECT_EQ(decision.report.reason, Reason::Unsupported);
    EXPECT_THAT(decision.steps, IsEmpty());
    EXPECT_EQ(decision.report.message,
              "the server (2.15.0) did not keep maxMessageSize (declared 1Mi, kept nothing), "
              "consumers[a].sampleFrequency (declared 50, kept nothing)");

    situation_.stream->settings.max_messages = 5;
    EXPECT_THAT(words(decided().steps), ElementsAre("update stream orders"))
        << "drift beside it is still repaired";
}

TEST_F(Plan, AServersOwnIdeaOfAnUndeclaredFieldIsNoFailure) {
    const auto builder = a_stream_config();
    change(builder, builder);
    situation_.stream->settings.duplicate_window = 1min;
    situation_.residue[""] = residue_of(
        declaration_.parsed.desired->stream, situation_.stream->settings, situation_.server.level);
    ASSERT_EQ(situation_.residue[""].size(), 1U);
    EXPECT_EQ(decided().report.reason, Reason::Applied);
    EXPECT_THAT(decided().steps, IsEmpty());
}

TEST_F(Plan, AReplicaLimitIsToldInTheMessage) {
    declare(a_stream_config()
                .set("replicas", 3)
                .set("placement", {{"cluster", "c"}})
                .consumer({{"name", "a"}, {"replicas", 3}}));
    situation_.limited = limit_replicas(situation_.desired, 1);
    const auto decision = decided();
    EXPECT_EQ(decision.report.message,
              "stream orders is as declared; replicas 3 capped to 1, placement dropped, replicas "
              "of consumer a capped to 1 by the replica limit");
    EXPECT_EQ(std::get<CreateStream>(decision.steps[0]).settings.replicas, 1);
    EXPECT_FALSE(std::get<CreateStream>(decision.steps[0]).settings.placement.has_value());
    EXPECT_EQ(std::get<CreateConsumer>(decision.steps[1]).settings.replicas, 1);
}

TEST(ReplicaLimit, ChangesOnlyWhatIsAboveIt) {
    auto desired = *a_stream_config()
                        .set("replicas", 3)
                        .set("placement", {{"cluster", "c"}})
                        .build()
                        .parsed.desired;
    const auto before = desired;
    EXPECT_EQ(limit_replicas(desired, 0), "");
    EXPECT_EQ(limit_replicas(desired, 3), "");
    EXPECT_EQ(limit_replicas(desired, 5), "");
    EXPECT_EQ(desired, before);
    EXPECT_EQ(limit_replicas(desired, 2), "replicas 3 capped to 2 by the replica limit");
    EXPECT_TRUE(desired.stream.placement.has_value());
}

}  // namespace
}  // namespace headgate::reconcilers
