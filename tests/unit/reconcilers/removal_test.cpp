// Deletion that waits for emptiness, the way out of it, and what nobody declares any more.
#include <functional>
#include <string>
#include <vector>

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
        server_.set_fault([operation, n, happens = std::move(happens), seen = 0](
                              std::string_view at,
                              std::string_view,
                              fakes::FakeJetStream::Phase phase) mutable {
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
    EXPECT_THAT(status(key).message(), HasSubstr("holds 1 live key ("));

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
    for (int i = 0; i < 1'500; ++i) {
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
        reconciler_->assess_deletion(stream_.annotate("headgate.io/force-release", "true").build(),
                                     call_)
            ->report.message,
        HasSubstr("is left as it is"));
}

}  // namespace
}  // namespace headgate::reconcilers
