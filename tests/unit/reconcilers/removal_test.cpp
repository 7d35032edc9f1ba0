// Deletion that waits for emptiness, the way out of it, and what nobody declares any more.
#include <functional>
#include <string>
#include <vector>

#include "reconcilers/prune.hpp"
#include "tests/unit/reconcilers/reconciler_fixture.hpp"

namespace headgate::reconcilers {
namespace {

using namespace std::chrono_literals;
using builders::a_state_bucket;
using builders::a_stream_config;
using builders::DeclarationBuilder;
using core::ErrorCode;
using jetstream::MessageInfo;
using resources::Effect;
using resources::Reason;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string headers(const std::string& line) {
    return "NATS/1.0\r\n" + line + "\r\n\r\n";
}

TEST(Tombstone, IsADeleteOrAPurgeOfAClientOrAMarkerOfTheServer) {
    EXPECT_TRUE(is_tombstone(headers("KV-Operation: DEL")));
    EXPECT_TRUE(is_tombstone(headers("KV-Operation: PURGE\r\nNats-Rollup: sub")));
    EXPECT_TRUE(is_tombstone(headers("Nats-TTL: 10m\r\nNats-Marker-Reason: MaxAge")));
    EXPECT_TRUE(is_tombstone(headers("KV-Operation:DEL")));
}

TEST(Tombstone, NothingElseIs) {
    EXPECT_FALSE(is_tombstone(""));
    EXPECT_FALSE(is_tombstone("NATS/1.0\r\n\r\n"));
    EXPECT_FALSE(is_tombstone(headers("KV-Operation: PUT")));
    EXPECT_FALSE(is_tombstone(headers("X-KV-Operation: DEL")));
    EXPECT_FALSE(is_tombstone(headers("Note: KV-Operation: DEL")));
    EXPECT_FALSE(is_tombstone(headers("KV-Operation")));
    EXPECT_FALSE(is_tombstone(headers("Nats-Marker-Reason:")));
}

class RemovalTest : public ReconcilerFixture {
protected:
    RemovalTest() {
        // Nobody's, and to be as it is to the end.
        behind_our_back("STREAM.CREATE.bystander",
                        {{"name", "bystander"}, {"subjects", {"bystander"}}});
        bystander_ = server_.stream_config("bystander");
    }

    ~RemovalTest() override { EXPECT_EQ(server_.stream_config("bystander"), bystander_); }

    RemovalTest(const RemovalTest&) = delete;
    RemovalTest& operator=(const RemovalTest&) = delete;

    Pass delete_object(const DeclarationBuilder& builder, const ObjectKey& key) {
        auto declaration = builder.build();
        declaration.deleting = true;
        put(std::move(declaration));
        return reconcile(key);
    }

    // As many messages as there are subjects, each with its headers.
    void holds(const std::string& stream,
               const std::vector<std::pair<std::string, std::string>>& messages) {
        std::vector<MessageInfo> infos;
        for (const auto& [subject, header] : messages) {
            infos.push_back({.sequence = infos.size() + 1, .subject = subject, .headers = header});
        }
        server_.set_messages(stream, infos);
    }

    // Something happens on the server right after the n-th request of this kind.
    void after_request(const std::string& operation, int n, std::function<void()> happens) {
        server_.set_fault(
            [operation, n, happens = std::move(happens), seen = 0](
                std::string_view at, std::string_view, fakes::FakeJetStream::Phase phase) mutable {
                if (at == operation && phase == fakes::FakeJetStream::Phase::After && ++seen == n) {
                    happens();
                }
                return std::optional<core::Error>{};
            });
    }

    [[nodiscard]] bool is_released(const ObjectKey& key) { return writer_.finalizers[key].empty(); }

    core::Json bystander_;
    DeclarationBuilder stream_ = a_stream_config().set("deletionPolicy", "DeleteIfEmpty");
    DeclarationBuilder bucket_ = a_state_bucket().set("deletionPolicy", "DeleteIfEmpty");
};

TEST_F(RemovalTest, DeleteIfEmptyIsGuardedByAFinalizerAndSigned) {
    const auto key = settled(stream_);
    EXPECT_FALSE(is_released(key));
    EXPECT_EQ(server_.stream_config("orders")["metadata"]["headgate.io/deletion-policy"],
              "DeleteIfEmpty");
    expect_nothing_written(key);
}

TEST_F(RemovalTest, AnEmptyStreamGoes) {
    const auto key = settled(stream_);
    const auto pass = delete_object(stream_, key);
    EXPECT_TRUE(is_settled(pass));
    EXPECT_THAT(pass.done, ElementsAre("delete stream orders"));
    EXPECT_FALSE(server_.has_stream("orders"));
    EXPECT_TRUE(is_released(key));
}

TEST_F(RemovalTest, AStreamWithMessagesStaysAndTheStatusSaysHowManyOnce) {
    const auto key = settled(stream_);
    holds("orders", {{"orders", ""}, {"orders", ""}});
    EXPECT_TRUE(is_recheck(delete_object(stream_, key)));
    EXPECT_EQ(status(key).reason(), Reason::DeletionBlocked);
    EXPECT_THAT(status(key).message(), HasSubstr("stream orders holds 2 messages"));
    EXPECT_TRUE(server_.has_stream("orders"));
    EXPECT_FALSE(is_released(key));

    holds("orders", {{"orders", ""}, {"orders", ""}, {"orders", ""}});
    forget_counts();
    EXPECT_TRUE(is_recheck(reconcile(key)));
    EXPECT_EQ(writer_.writes(), 0U) << "figures move, the status does not";
    EXPECT_EQ(server_.writes(), 0U);

    holds("orders", {});
    EXPECT_TRUE(is_settled(reconcile(key)));
    EXPECT_FALSE(server_.has_stream("orders"));
    EXPECT_TRUE(is_released(key));
}

TEST_F(RemovalTest, ABucketsDeletedKeysDoNotCount) {
    const auto key = settled(bucket_);
    holds("KV_sessions",
          {{"$KV.sessions.a", headers("KV-Operation: DEL")},
           {"$KV.sessions.b", headers("KV-Operation: PURGE")},
           {"$KV.sessions.c", headers("Nats-Marker-Reason: MaxAge")},
           {"$KV.sessions.d", headers("KV-Operation: DEL")},
           {"$KV.sessions.d", ""}});
    EXPECT_TRUE(is_recheck(delete_object(bucket_, key)));
    EXPECT_EQ(status(key).reason(), Reason::DeletionBlocked);
    EXPECT_THAT(status(key).message(), HasSubstr("holds 1 live key, "));

    holds("KV_sessions",
          {{"$KV.sessions.a", ""},
           {"$KV.sessions.a", headers("KV-Operation: DEL")},
           {"$KV.sessions.c", headers("Nats-Marker-Reason: Remove")}});
    EXPECT_TRUE(is_settled(reconcile(key)));
    EXPECT_FALSE(server_.has_stream("KV_sessions"));
}

TEST_F(RemovalTest, AStreamsTombstonesAreMessages) {
    const auto key = settled(stream_);
    holds("orders", {{"orders", headers("KV-Operation: DEL")}});
    EXPECT_TRUE(is_recheck(delete_object(stream_, key)));
    EXPECT_TRUE(server_.has_stream("orders"));
}

TEST_F(RemovalTest, OfManyKeysNotEachIsCounted) {
    const auto key = settled(bucket_);
    std::vector<std::pair<std::string, std::string>> messages;
    for (int i = 0; i < 1'100; ++i) {
        messages.emplace_back("$KV.sessions.k" + std::to_string(i), "");
    }
    holds("KV_sessions", messages);
    EXPECT_TRUE(is_recheck(delete_object(bucket_, key)));
    EXPECT_THAT(status(key).message(), HasSubstr("at least 1,000 live keys"));
    EXPECT_EQ(server_.requests("message_get"), 1'000U);
}

TEST_F(RemovalTest, MoreDeletedKeysThanThereIsTimeForAreNotTakenForNone) {
    const auto key = settled(bucket_);
    holds("KV_sessions",
          {{"$KV.sessions.a", headers("KV-Operation: DEL")}, {"$KV.sessions.b", ""}});
    call_ = core::Call::within(1s);
    EXPECT_TRUE(is_recheck(delete_object(bucket_, key)));
    EXPECT_THAT(status(key).message(),
                HasSubstr("2 keys, more than can be looked at in one go; the 1 looked at"));
    EXPECT_TRUE(server_.has_stream("KV_sessions"));
}

TEST_F(RemovalTest, WhatArrivesBetweenTheLookAndTheDeleteIsKept) {
    const auto key = settled(stream_);
    after_request("stream_info", 1, [&] { holds("orders", {{"orders", ""}}); });
    EXPECT_TRUE(is_recheck(delete_object(stream_, key)));
    EXPECT_EQ(status(key).reason(), Reason::DeletionBlocked);
    EXPECT_TRUE(server_.has_stream("orders"));
    EXPECT_EQ(server_.requests("stream_delete"), 0U);
}

TEST_F(RemovalTest, AKeyPutWhileKeysAreLookedAtIsKept) {
    const auto key = settled(bucket_);
    holds("KV_sessions", {{"$KV.sessions.a", headers("KV-Operation: DEL")}});
    after_request("message_get", 1, [&] {
        holds("KV_sessions",
              {{"$KV.sessions.a", headers("KV-Operation: DEL")}, {"$KV.sessions.b", ""}});
    });
    EXPECT_TRUE(is_recheck(delete_object(bucket_, key)));
    EXPECT_EQ(server_.requests("stream_delete"), 0U);
    EXPECT_TRUE(server_.has_stream("KV_sessions"));
}

TEST_F(RemovalTest, WhatSomebodyElseTookMeanwhileIsKept) {
    const auto key = settled(stream_);
    after_request("stream_info", 1, [&] {
        server_.plant("orders",
                      "metadata",
                      {{"headgate.io/instance", "elsewhere"},
                       {"headgate.io/kind", "StreamConfig"},
                       {"headgate.io/object", "a/b"}});
    });
    EXPECT_TRUE(is_recheck(delete_object(stream_, key)));
    EXPECT_TRUE(server_.has_stream("orders"));
    EXPECT_TRUE(is_settled(reconcile(key))) << "it is not ours any more";
    EXPECT_TRUE(server_.has_stream("orders"));
    EXPECT_TRUE(is_released(key));
}

TEST_F(RemovalTest, AServerThatDoesNotAnswerOnKeysIsRetried) {
    const auto key = settled(bucket_);
    holds("KV_sessions", {{"$KV.sessions.a", headers("KV-Operation: DEL")}});
    for (const auto* const operation : {"stream_info", "message_get", "stream_delete"}) {
        server_.set_fault([&](std::string_view at, std::string_view, fakes::FakeJetStream::Phase) {
            return at == operation ? std::optional{core::Error{ErrorCode::Unavailable, "away"}}
                                   : std::nullopt;
        });
        EXPECT_TRUE(is_retry(delete_object(bucket_, key))) << operation;
        EXPECT_TRUE(server_.has_stream("KV_sessions"));
        EXPECT_FALSE(is_released(key));
    }
    server_.set_fault(nullptr);
    EXPECT_TRUE(is_settled(reconcile(key)));
    EXPECT_TRUE(is_released(key));
}

TEST_F(RemovalTest, WhoWaitsMayTurnToAnotherPolicy) {
    const auto key = settled(stream_);
    holds("orders", {{"orders", ""}});
    EXPECT_TRUE(is_recheck(delete_object(stream_, key)));
    const auto retained = a_stream_config().generation(2);
    EXPECT_TRUE(is_settled(delete_object(retained, key)));
    EXPECT_TRUE(server_.has_stream("orders"));
    EXPECT_TRUE(is_released(key));
}

TEST_F(RemovalTest, WhatADeletionWouldDoSaysWhatItWaitsFor) {
    const auto key = settled(stream_);
    const auto deletion = [&] {
        return *reconciler_->assess_deletion(*declarations_.find(key), call_);
    };
    EXPECT_EQ(deletion().changes.at(0).effect, Effect::Delete);
    EXPECT_EQ(deletion().changes.at(0).consequence, "");
    holds("orders", {{"orders", ""}});
    EXPECT_EQ(deletion().report.reason, Reason::DeletionBlocked);
    EXPECT_THAT(deletion().changes, IsEmpty());
    declare(a_stream_config().generation(2).set("deletionPolicy", "Delete"));
    EXPECT_EQ(deletion().changes.at(0).lost, 1U);
    EXPECT_EQ(deletion().changes.at(0).consequence, "drops all 1 message");
    EXPECT_EQ(server_.writes(), 0U);
}

// --- force-release ---

class ForceRelease : public RemovalTest,
                     public ::testing::WithParamInterface<std::pair<const char*, bool>> {};

TEST_P(ForceRelease, LetsTheObjectGoWithoutTouchingTheServer) {
    const auto& [policy, paused] = GetParam();
    auto builder = a_stream_config().set("deletionPolicy", policy);
    const auto key = settled(builder);
    holds("orders", {{"orders", ""}});
    server_.set_unavailable(true);
    builder.annotate("headgate.io/force-release", "true");
    if (paused) {
        builder.annotate("headgate.io/paused", "true");
    }
    const auto pass = delete_object(builder, key);
    EXPECT_TRUE(is_settled(pass));
    EXPECT_THAT(pass.done, ElementsAre(HasSubstr("leave what StreamConfig agents/orders made")));
    EXPECT_EQ(server_.requests(), 0U);
    EXPECT_TRUE(is_released(key));
    EXPECT_TRUE(server_.has_stream("orders"));
}

INSTANTIATE_TEST_SUITE_P(Each,
                         ForceRelease,
                         ::testing::Values(std::pair{"Delete", false},
                                           std::pair{"DeleteIfEmpty", false},
                                           std::pair{"Delete", true}),
                         [](const auto& test) {
                             return std::string{test.param.first} +
                                    (test.param.second ? "Paused" : "");
                         });

TEST_F(RemovalTest, ForceReleaseOfAnUnreadableSpec) {
    const auto key = settled(stream_);
    auto broken = a_stream_config().set("replicas", 9);
    broken.annotate("headgate.io/force-release", "true");
    EXPECT_TRUE(is_settled(delete_object(broken, key)));
    EXPECT_EQ(server_.requests(), 0U);
    EXPECT_TRUE(is_released(key));
}

TEST_F(RemovalTest, ForceReleaseMeansNothingToWhatIsNotDeleted) {
    auto builder = a_stream_config();
    builder.annotate("headgate.io/force-release", "true");
    settled(builder);
    EXPECT_TRUE(server_.has_stream("orders"));
    EXPECT_THAT(
        reconciler_
            ->assess_deletion(stream_.annotate("headgate.io/force-release", "true").build(), call_)
            ->report.message,
        HasSubstr("is left as it is"));
}

// --- what nobody declares any more ---

class Prune : public RemovalTest {
protected:
    std::vector<Declaration> found(const std::string& instance = "headgate") {
        return orphans(*server_.list_streams(call_), instance, declarations_);
    }

    void forget(const ObjectKey& key) {
        declarations_.remove(key);
        writer_.status.clear();
        writer_.finalizers.clear();
        forget_counts();
    }
};

TEST_F(Prune, FindsWhatThisInstanceSignedAndNobodyDeclares) {
    settled(a_stream_config("kept"));
    forget(settled(stream_));
    forget(settled(bucket_));
    const auto orphaned = found();
    ASSERT_EQ(orphaned.size(), 2U);
    EXPECT_EQ(orphaned[0].key, (ObjectKey{Kind::StateBucket, "agents", "sessions"}));
    EXPECT_EQ(orphaned[1].key, (ObjectKey{Kind::StreamConfig, "agents", "orders"}));
    EXPECT_EQ(orphaned[1].parsed.desired->policies.deletion,
              resources::DeletionPolicy::DeleteIfEmpty);
    EXPECT_THAT(found("elsewhere"), IsEmpty());
}

TEST_F(Prune, AClaimOrADeclarationOfWhateverKindKeepsIt) {
    forget(settled(stream_));
    ASSERT_EQ(found().size(), 1U);
    declare(a_stream_config("renamed").set("name", "orders"));
    EXPECT_THAT(found(), IsEmpty()) << "it is handed over";
    declarations_.remove({Kind::StreamConfig, "agents", "renamed"});
    declare(a_stream_config("watcher").set("name", "orders").set("managementPolicy", "Observe"));
    EXPECT_EQ(found().size(), 1U) << "Observe claims nothing";
    put(a_stream_config().set("replicas", 9).build());
    EXPECT_THAT(found(), IsEmpty()) << "its object is there, though it cannot be read";
}

TEST_F(Prune, UnknownKindsStayAndUnknownPoliciesRetain) {
    forget(settled(stream_));
    server_.plant("orders",
                  "metadata",
                  {{"headgate.io/instance", "headgate"},
                   {"headgate.io/kind", "ObjectBucket"},
                   {"headgate.io/object", "agents/orders"}});
    EXPECT_THAT(found(), IsEmpty());
    server_.plant("orders",
                  "metadata",
                  {{"headgate.io/instance", "headgate"},
                   {"headgate.io/kind", "StreamConfig"},
                   {"headgate.io/object", "agents/orders"},
                   {"headgate.io/deletion-policy", "Shred"}});
    ASSERT_EQ(found().size(), 1U);
    EXPECT_EQ(found().front().parsed.desired->policies.deletion, resources::DeletionPolicy::Retain);
}

TEST_F(Prune, RetainIsKeptAsItIs) {
    forget(settled(a_stream_config()));
    const auto pass = reconciler_->prune(found().at(0), call_);
    EXPECT_TRUE(is_settled(pass));
    EXPECT_THAT(pass.message, HasSubstr("is kept (deletionPolicy Retain)"));
    EXPECT_THAT(pass.done, IsEmpty());
    EXPECT_EQ(server_.writes(), 0U);
}

TEST_F(Prune, DeleteAndDeleteIfEmptyAsSigned) {
    forget(settled(a_stream_config("doomed").set("deletionPolicy", "Delete")));
    forget(settled(stream_));
    holds("doomed", {{"doomed", ""}});
    holds("orders", {{"orders", ""}});
    const auto orphaned = found();
    const auto planned = reconciler_->assess_deletion(orphaned.at(0), call_);
    EXPECT_EQ(planned->changes.at(0).consequence, "drops all 1 message");
    EXPECT_THAT(reconciler_->prune(orphaned.at(0), call_).done,
                ElementsAre("delete stream doomed with 1 message"));
    const auto blocked = reconciler_->prune(orphaned.at(1), call_);
    EXPECT_TRUE(is_recheck(blocked));
    EXPECT_EQ(blocked.reason, Reason::DeletionBlocked);
    EXPECT_FALSE(server_.has_stream("doomed"));
    EXPECT_TRUE(server_.has_stream("orders"));
    holds("orders", {});
    EXPECT_TRUE(is_settled(reconciler_->prune(orphaned.at(1), call_)));
    EXPECT_FALSE(server_.has_stream("orders"));
    EXPECT_EQ(writer_.writes(), 0U);
}

TEST_F(Prune, WhatIsNotTheOrphansAnyMoreStays) {
    forget(settled(a_stream_config().set("deletionPolicy", "Delete")));
    const auto orphaned = found();
    server_.plant("orders", "metadata", nullptr);
    EXPECT_EQ(reconciler_->prune(orphaned.at(0), call_).reason, Reason::NotOwned);
    EXPECT_TRUE(server_.has_stream("orders"));
}

TEST_F(Prune, AServerThatIsAwayIsTriedAgain) {
    forget(settled(a_stream_config().set("deletionPolicy", "Delete")));
    const auto orphaned = found();
    server_.set_unavailable(true);
    const auto pass = reconciler_->prune(orphaned.at(0), call_);
    EXPECT_TRUE(is_retry(pass));
    EXPECT_EQ(pass.reason, Reason::ConnectionFailed);
    server_.set_unavailable(false);
    EXPECT_TRUE(server_.has_stream("orders"));
}

// --- handing over ---

class HandingOver : public RemovalTest {
protected:
    // The same stream under another metadata.name.
    DeclarationBuilder named(const std::string& name) {
        return a_stream_config(name)
            .set("name", "shared")
            .set("maxAge", "1h")
            .consumer({{"name", "a"}});
    }

    void expect_taken_by(const ObjectKey& key) {
        EXPECT_TRUE(is_settled(reconcile(key))) << status(key).message();
        EXPECT_EQ(status(key).reason(), Reason::Applied) << status(key).message();
        EXPECT_EQ(server_.request("STREAM.INFO.shared")["state"]["messages"], 2);
        for (const auto& config :
             {server_.stream_config("shared"), server_.consumer_config("shared", "a")}) {
            EXPECT_EQ(config["metadata"]["headgate.io/object"], "agents/" + key.name);
        }
        expect_nothing_written(key);
    }
};

TEST_F(HandingOver, FromOneThatIsBeingDeletedInWhateverOrder) {
    for (const bool old_first : {true, false}) {
        for (const auto* const policy : {"Delete", "DeleteIfEmpty"}) {
            restart({.keeps_what_others_claim = true});
            auto old = named("old").set("deletionPolicy", policy);
            const auto old_key = settled(old);
            holds("shared", {{"shared", ""}, {"shared", ""}});
            const auto key = declare(named("renamed").age("9"));
            auto leaving = old.build();
            leaving.deleting = true;
            put(std::move(leaving));
            if (old_first) {
                EXPECT_TRUE(is_settled(reconcile(old_key)));
                declarations_.remove(old_key);
                restart({.keeps_what_others_claim = true,
                         .has_departed = [&](const auto& who) { return who == old_key; }});
            }
            expect_taken_by(key);
            if (!old_first) {
                EXPECT_TRUE(is_settled(reconcile(old_key)));
            }
            EXPECT_TRUE(is_released(old_key));
            behind_our_back("STREAM.DELETE.shared");
            declarations_.remove(key);
            declarations_.remove(old_key);
            writer_.status.clear();
        }
    }
}

TEST_F(HandingOver, FromOneThatDepartedWithNothingToCleanUp) {
    const auto old_key = settled(named("old"));
    holds("shared", {{"shared", ""}, {"shared", ""}});
    declarations_.remove(old_key);
    const auto key = declare(named("renamed"));
    EXPECT_TRUE(is_give_up(reconcile(key)));
    EXPECT_EQ(status(key).reason(), Reason::NotOwned) << "gone, but nobody says it was here";
    restart({.has_departed = [&](const auto& who) { return who == old_key; }});
    expect_taken_by(key);
}

TEST_F(HandingOver, NeverFromOneThatIsThere) {
    settled(named("old"));
    restart({.keeps_what_others_claim = true, .has_departed = [](const auto&) { return true; }});
    const auto key = declare(named("renamed"));
    EXPECT_TRUE(is_give_up(reconcile(key)));
    EXPECT_EQ(status(key).reason(), Reason::Conflict);
}

TEST_F(HandingOver, NeverFromAnotherInstance) {
    declarations_.remove(settled(named("old")));
    restart({.instance = "second", .has_departed = [](const auto&) { return true; }});
    const auto key = declare(named("renamed"));
    EXPECT_TRUE(is_give_up(reconcile(key)));
    EXPECT_EQ(status(key).reason(), Reason::NotOwned);
    EXPECT_EQ(server_.stream_config("shared")["metadata"]["headgate.io/object"], "agents/old");
}

// --- another stream's name ---

class OtherName : public RemovalTest {
protected:
    void expect_refused(const ObjectKey& key) {
        EXPECT_TRUE(is_give_up(reconcile(key)));
        EXPECT_EQ(status(key).reason(), Reason::ImmutableField) << status(key).message();
        EXPECT_THAT(status(key).message(), HasSubstr("made stream OLD, not NEW"));
        EXPECT_EQ(status(key).stream, "OLD");
        EXPECT_FALSE(server_.has_stream("NEW"));
        EXPECT_TRUE(server_.has_stream("OLD"));
    }
};

TEST_F(OtherName, TheStatusKnowsTheOldOneThroughWhateverComesBetween) {
    settled(a_stream_config().set("name", "OLD"));
    const auto key = declare(a_stream_config().set("name", "NEW").generation(2));
    expect_refused(key);
    expect_nothing_written(key);
    server_.set_unavailable(true);
    later(1s);
    reconcile(key);
    later(31s);
    reconcile(key);
    EXPECT_EQ(status(key).reason(), Reason::ConnectionFailed);
    EXPECT_EQ(status(key).stream, "OLD");
    server_.set_unavailable(false);
    put(a_stream_config().set("name", "NEW").set("replicas", 9).generation(3).build());
    reconcile(key);
    EXPECT_EQ(status(key).reason(), Reason::InvalidSpec);
    declare(a_stream_config().set("name", "NEW").generation(4));
    expect_refused(key);
    settled(a_stream_config().set("name", "OLD").generation(5));
}

TEST_F(OtherName, TheSignatureKnowsItWhereThereIsNoStatus) {
    settled(a_stream_config().set("name", "OLD"));
    writer_.status.clear();
    restart({.looks_for_renames = true});
    const auto key = declare(a_stream_config().set("name", "NEW"));
    expect_refused(key);
    const auto other = declare(a_stream_config("other").set("name", "OTHER"));
    EXPECT_TRUE(is_settled(reconcile(other)));
    EXPECT_EQ(server_.requests("stream_list"), 1U) << "once for all";
}

TEST_F(OtherName, WhatItMadeAndIsGoneBindsNobody) {
    settled(a_stream_config("first").set("name", "OLD"));
    writer_.status.clear();
    restart({.looks_for_renames = true});
    settled(a_stream_config("second").set("name", "X"));
    behind_our_back("STREAM.DELETE.OLD");
    declarations_.remove({Kind::StreamConfig, "agents", "first"});
    settled(a_stream_config("first").set("name", "NEW"));
}

TEST_F(OtherName, ItGoesOnUnderANameItHasWhateverElseItLeftBehind) {
    settled(a_stream_config().set("name", "OLD"));
    writer_.status.clear();
    declarations_.remove({Kind::StreamConfig, "agents", "orders"});
    settled(a_stream_config().set("name", "NEW"));
    writer_.status.clear();
    restart({.looks_for_renames = true});
    ASSERT_TRUE(reconciler_->assess(a_stream_config("x").build(), call_));
    ASSERT_EQ(server_.requests("stream_list"), 1U);
    server_.plant("NEW", "metadata", nullptr);
    const auto key = declare(a_stream_config().set("name", "NEW"));
    reconcile(key);
    EXPECT_EQ(status(key).reason(), Reason::NotOwned) << "unsigned, but no renaming";
}

TEST_F(OtherName, AStreamThatIsOfflineHoldsUpNoOther) {
    settled(a_stream_config().set("name", "OLD"));
    writer_.status.clear();
    restart({.looks_for_renames = true});
    server_.set_missing("bystander", true);
    const auto other = declare(a_stream_config("other"));
    EXPECT_TRUE(is_settled(reconcile(other)));
    server_.set_missing("bystander", false);
    expect_refused(declare(a_stream_config().set("name", "NEW")));
}

TEST_F(OtherName, AListWithoutAnAnswerIsRetriedAndAForbiddenOneToldNothing) {
    settled(a_stream_config().set("name", "OLD"));
    writer_.status.clear();
    restart({.looks_for_renames = true});
    auto code = ErrorCode::OutcomeUnknown;
    server_.set_fault([&](std::string_view at, std::string_view, fakes::FakeJetStream::Phase) {
        return at == "stream_list" ? std::optional{core::Error{code, "no"}} : std::nullopt;
    });
    const auto key = declare(a_stream_config().set("name", "NEW"));
    EXPECT_TRUE(is_retry(reconcile(key)));
    EXPECT_FALSE(server_.has_stream("NEW"));
    code = ErrorCode::Forbidden;
    EXPECT_TRUE(is_settled(reconcile(key)));
    EXPECT_TRUE(server_.has_stream("NEW"));
}

TEST_F(OtherName, ObserveMayLookWhereItLikes) {
    settled(a_stream_config().set("name", "OLD"));
    const auto key = declare(a_stream_config()
                                 .set("name", "bystander")
                                 .set("managementPolicy", "Observe")
                                 .generation(2));
    reconcile(key);
    EXPECT_EQ(status(key).reason(), Reason::Observed) << status(key).message();
}

}  // namespace
}  // namespace headgate::reconcilers
