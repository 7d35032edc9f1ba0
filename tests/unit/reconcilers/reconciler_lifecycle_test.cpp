// Whose it is from first to last: adoption, rivals, pausing, deletion.
#include <string>

#include "tests/unit/reconcilers/reconciler_fixture.hpp"

namespace headgate::reconcilers {
namespace {

using namespace std::chrono_literals;
using builders::a_state_bucket;
using builders::a_stream_config;
using builders::DeclarationBuilder;
using core::Error;
using core::ErrorCode;
using core::Json;
using resources::Reason;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Lifecycle : public ReconcilerFixture {
protected:
    void foreign_stream(const std::string& name, Json config = Json::object()) {
        config["name"] = name;
        config["subjects"] = {name};
        behind_our_back("STREAM.CREATE." + name, config);
    }

    // What Kubernetes does on `kubectl delete`: with a finalizer the object stays, marked.
    Pass delete_object(DeclarationBuilder builder, const ObjectKey& key) {
        auto declaration = builder.build();
        declaration.deleting = true;
        put(std::move(declaration));
        return reconcile(key);
    }

    [[nodiscard]] bool is_released(const ObjectKey& key) { return writer_.finalizers[key].empty(); }
};

// --- foreign streams ---

TEST_F(Lifecycle, AForeignStreamIsLeftAloneToTheLastByte) {
    foreign_stream("orders", {{"max_msgs", 77}, {"description", "theirs"}});
    behind_our_back(
        "CONSUMER.CREATE.orders.a",
        {{"stream_name", "orders"},
         {"config", {{"name", "a"}, {"durable_name", "a"}, {"ack_policy", "explicit"}}}});
    const auto stream = server_.stream_config("orders");
    const auto consumer = server_.consumer_config("orders", "a");
    const auto builder = a_stream_config()
                             .set("deletionPolicy", "Delete")
                             .set("maxAge", "1h")
                             .consumer({{"name", "a"}, {"ackWait", "1s"}})
                             .consumer({{"name", "b"}});
    const auto key = declare(builder);
    EXPECT_TRUE(is_give_up(reconcile(key)));
    EXPECT_EQ(status(key).reason(), Reason::NotOwned);
    EXPECT_EQ(status(key).created, "");
    EXPECT_EQ(writer_.finalizer_writes, 0U) << "there is nothing to clean up";
    EXPECT_EQ(server_.writes(), 0U);
    expect_nothing_written(key);

    EXPECT_TRUE(is_settled(delete_object(builder, key)));
    EXPECT_EQ(server_.stream_config("orders"), stream);
    EXPECT_EQ(server_.consumer_config("orders", "a"), consumer);
}

TEST_F(Lifecycle, AStreamThatSomebodyElseMadeInThePlaceOfOursIsTheirs) {
    const auto builder = a_stream_config().set("deletionPolicy", "Delete");
    const auto key = settled(builder);
    behind_our_back("STREAM.DELETE.orders");
    foreign_stream("orders");
    EXPECT_TRUE(is_give_up(reconcile(key)));
    EXPECT_EQ(status(key).reason(), Reason::NotOwned);
    EXPECT_TRUE(is_settled(delete_object(builder, key)));
    EXPECT_TRUE(server_.has_stream("orders"));
    EXPECT_TRUE(is_released(key));
}

// From 2.14 on a mirror of a work queue reads it through a consumer that its server makes there, of
// a kind no manifest can declare.
TEST_F(Lifecycle, AConsumerThatAServerMadeForAMirrorIsNoObstacle) {
    const auto key = settled(a_stream_config().set("retention", "WorkQueue"));
    behind_our_back(
        "CONSUMER.CREATE.orders.JS_MIRROR_x",
        {{"stream_name", "orders"},
         {"config",
          {{"name", "JS_MIRROR_x"}, {"durable_name", "JS_MIRROR_x"}, {"ack_policy", "explicit"}}}});
    server_.plant("orders", "JS_MIRROR_x", "ack_policy", "flow_control");
    EXPECT_TRUE(is_settled(reconcile(key)));
    expect_nothing_written(key);
    settled(a_stream_config().generation(2).set("retention", "WorkQueue").set("maxAge", "1h"));
    EXPECT_TRUE(server_.has_consumer("orders", "JS_MIRROR_x"));
}

TEST_F(Lifecycle, ADroppedSignatureIsWrittenAgain) {
    const auto key = settled(a_stream_config().consumer({{"name", "a"}}));
    server_.plant("orders", "metadata", nullptr);
    server_.plant("orders", "a", "metadata", nullptr);
    EXPECT_THAT(reconcile(key).drift,
                ::testing::ElementsAre("the signature of stream orders was removed; signed again"));
    EXPECT_EQ(server_.stream_config("orders")["metadata"]["headgate.io/object"], "agents/orders");
    EXPECT_EQ(server_.consumer_config("orders", "a")["metadata"]["headgate.io/object"],
              "agents/orders");
    EXPECT_EQ(writer_.writes(), 0U);
}

TEST_F(Lifecycle, AdoptionTakesTheStreamOverAndKeepsItsData) {
    foreign_stream("orders", {{"max_msgs", 77}});
    const auto created = server_.request("STREAM.INFO.orders")["created"];
    const auto key = settled(a_stream_config().set("adoptionPolicy", "Always"));
    EXPECT_EQ(server_.request("STREAM.INFO.orders")["created"], created);
    EXPECT_EQ(status(key).created, created);
    EXPECT_EQ(server_.stream_config("orders")["max_msgs"], -1);
    expect_nothing_written(key);
}

TEST_F(Lifecycle, AMatchingStreamIsAdoptedAsItIs) {
    foreign_stream("orders", {{"max_age", 3'600'000'000'000}});
    const auto key = declare(a_stream_config().set("adoptionPolicy", "IfMatching"));
    reconcile(key);
    EXPECT_EQ(status(key).reason(), Reason::NotOwned);
    EXPECT_THAT(status(key).message(), HasSubstr("maxAge: 1h instead of nothing"));
    settled(
        a_stream_config().generation(2).set("adoptionPolicy", "IfMatching").set("maxAge", "1h"));
    expect_nothing_written(key);
}

TEST_F(Lifecycle, AnAdoptionThatBrokeOffIsFinished) {
    foreign_stream("orders");
    behind_our_back(
        "CONSUMER.CREATE.orders.a",
        {{"stream_name", "orders"},
         {"config", {{"name", "a"}, {"durable_name", "a"}, {"ack_policy", "explicit"}}}});
    const auto key = declare(a_stream_config()
                                 .annotate("headgate.io/adopt", "true")
                                 .consumer({{"name", "a"}, {"ackWait", "5s"}}));
    fault_at_write(2, fakes::FakeJetStream::Phase::Before, ErrorCode::OutcomeUnknown);
    EXPECT_TRUE(is_retry(reconcile(key)));
    server_.set_fault(nullptr);
    EXPECT_TRUE(is_settled(reconcile(key)));
    EXPECT_EQ(status(key).reason(), Reason::Applied) << status(key).message();
    EXPECT_EQ(server_.consumer_config("orders", "a")["ack_wait"], 5'000'000'000);
}

TEST_F(Lifecycle, AnAnnotationAdoptsOnceForEachCreated) {
    foreign_stream("orders");
    const auto key = settled(a_stream_config().annotate("headgate.io/adopt", "true"));
    EXPECT_EQ(status(key).created, server_.request("STREAM.INFO.orders")["created"]);
    expect_nothing_written(key);
    behind_our_back("STREAM.DELETE.orders");
    foreign_stream("orders");
    forget_counts();
    EXPECT_TRUE(is_settled(reconcile(key)));
    EXPECT_EQ(server_.writes(), 1U) << "another stream, taken over as the first was";
    EXPECT_EQ(status(key).created, server_.request("STREAM.INFO.orders")["created"]);
    expect_nothing_written(key);
}

TEST_F(Lifecycle, ObserveTouchesNothing) {
    foreign_stream("orders", {{"max_msgs", 5}});
    const auto key = declare(
        a_stream_config().set("managementPolicy", "Observe").set("deletionPolicy", "Delete"));
    EXPECT_TRUE(is_settled(reconcile(key)));
    EXPECT_EQ(status(key).reason(), Reason::Drifted);
    behind_our_back("STREAM.UPDATE.orders", {{"name", "orders"}, {"subjects", {"orders"}}});
    reconcile(key);
    EXPECT_EQ(status(key).reason(), Reason::Observed);
    EXPECT_EQ(server_.writes(), 0U);
    EXPECT_EQ(writer_.finalizer_writes, 0U);
    expect_nothing_written(key);
}

// --- rivals ---

TEST_F(Lifecycle, OfTwoThatClaimOneStreamTheElderHasIt) {
    const auto elder =
        declare(a_stream_config("elder").set("name", "shared").age("2026-01-01T00:00:00Z"));
    const auto younger =
        declare(a_stream_config("younger").set("name", "shared").age("2026-01-02T00:00:00Z"));
    EXPECT_TRUE(is_give_up(reconcile(younger)));
    EXPECT_EQ(status(younger).reason(), Reason::Conflict);
    EXPECT_THAT(status(younger).message(), HasSubstr("StreamConfig agents/elder"));
    EXPECT_FALSE(server_.has_stream("shared"));
    EXPECT_TRUE(is_settled(reconcile(elder)));
    reconcile(younger);
    EXPECT_EQ(status(younger).reason(), Reason::Conflict);
}

TEST_F(Lifecycle, WhoSignedKeepsItFromAnElderClaim) {
    const auto younger =
        settled(a_stream_config("younger").set("name", "shared").age("2026-01-02T00:00:00Z"));
    const auto elder = declare(a_stream_config("elder")
                                   .set("name", "shared")
                                   .set("adoptionPolicy", "Always")
                                   .age("2026-01-01T00:00:00Z"));
    reconcile(elder);
    EXPECT_EQ(status(elder).reason(), Reason::Conflict);
    EXPECT_TRUE(is_settled(reconcile(younger)));
    EXPECT_EQ(status(younger).reason(), Reason::Applied);
}

TEST_F(Lifecycle, ABucketAndAStreamAreRivalsForTheSameName) {
    settled(a_state_bucket("sessions"));
    const auto key = declare(a_stream_config("x").set("name", "KV_sessions"));
    reconcile(key);
    EXPECT_EQ(status(key).reason(), Reason::Conflict);
    EXPECT_THAT(status(key).message(), HasSubstr("StateBucket agents/sessions"));
}

TEST_F(Lifecycle, OneOfTwoRivalsFollowsWhenTheOtherIsGone) {
    const auto elder = settled(a_stream_config("elder")
                                   .set("name", "shared")
                                   .set("maxAge", "1h")
                                   .age("1")
                                   .consumer({{"name", "a"}}));
    const auto younger =
        a_stream_config("younger").set("name", "shared").age("2").consumer({{"name", "a"}});
    const auto key = declare(younger);
    reconcile(key);
    ASSERT_EQ(status(key).reason(), Reason::Conflict);

    EXPECT_THAT(declarations_.remove(elder), ElementsAre(key)) << "it is to be woken";
    reconcile(key);
    EXPECT_EQ(status(key).reason(), Reason::NotOwned)
        << "Retain left the stream signed by one that is gone: it counts as unsigned";

    auto taking = younger;
    settled(taking.generation(2).set("adoptionPolicy", "Always"));
    EXPECT_EQ(server_.stream_config("shared")["metadata"]["headgate.io/object"], "agents/younger");
    EXPECT_EQ(server_.consumer_config("shared", "a")["metadata"]["headgate.io/object"],
              "agents/younger");
    EXPECT_EQ(server_.stream_config("shared")["max_age"], 0);
    expect_nothing_written(key);
}

TEST_F(Lifecycle, AOneShotCommandNeverTakesASignerForGone) {
    settled(a_stream_config("elder").set("name", "shared"));
    declarations_.remove({Kind::StreamConfig, "agents", "elder"});
    restart({.adopt = true, .knows_all_signers = [] { return false; }});
    const auto key =
        declare(a_stream_config("younger").set("name", "shared").set("adoptionPolicy", "Always"));
    reconcile(key);
    EXPECT_EQ(status(key).reason(), Reason::Conflict);
}

TEST_F(Lifecycle, AnotherInstanceIsNeverTakenFor) {
    settled(a_stream_config());
    declarations_.remove({Kind::StreamConfig, "agents", "orders"});
    writer_.status.clear();
    restart({.instance = "second"});
    const auto key = declare(a_stream_config().set("adoptionPolicy", "Always").set("maxAge", "1h"));
    EXPECT_TRUE(is_give_up(reconcile(key)));
    EXPECT_EQ(status(key).reason(), Reason::NotOwned);
    EXPECT_EQ(server_.writes(), 0U);
}

TEST_F(Lifecycle, RetainedAndDeclaredAgainIsTakenBackWithoutAdoption) {
    settled(a_stream_config().set("maxAge", "1h"));
    const ObjectKey key{Kind::StreamConfig, "agents", "orders"};
    declarations_.remove(key);
    writer_.status.clear();
    reconcile(key);
    settled(a_stream_config());
    EXPECT_EQ(server_.stream_config("orders")["max_age"], 0);
}

// --- pausing ---

TEST_F(Lifecycle, APausedObjectIsNeitherLookedAtNorChanged) {
    settled(a_stream_config());
    server_.plant("orders", "max_msgs", 5);
    const auto key = declare(a_stream_config().annotate("headgate.io/paused", "true"));
    EXPECT_TRUE(is_settled(reconcile(key)));
    EXPECT_EQ(status(key).reason(), Reason::Paused);
    EXPECT_EQ(status(key).conditions.at(0).status, resources::Truth::Unknown);
    EXPECT_EQ(server_.requests(), 0U);
    expect_nothing_written(key);
    settled(a_stream_config());
    EXPECT_EQ(server_.stream_config("orders")["max_msgs"], -1);
}

TEST_F(Lifecycle, APausedObjectIsNotCleanedUpAfterEither) {
    const auto builder =
        a_stream_config().set("deletionPolicy", "Delete").annotate("headgate.io/paused", "true");
    const auto key = settled(a_stream_config().set("deletionPolicy", "Delete"));
    delete_object(builder, key);
    EXPECT_TRUE(server_.has_stream("orders"));
    EXPECT_FALSE(is_released(key));
}

// --- deletion ---

TEST_F(Lifecycle, DeleteRemovesTheStreamAndThenTheFinalizer) {
    const auto builder =
        a_stream_config().set("deletionPolicy", "Delete").consumer({{"name", "a"}});
    const auto key = settled(builder);
    const auto pass = delete_object(builder, key);
    EXPECT_TRUE(is_settled(pass));
    EXPECT_THAT(pass.done, ElementsAre("delete stream orders"));
    EXPECT_EQ(pass.dropped, 0U);
    EXPECT_FALSE(server_.has_stream("orders"));
    EXPECT_TRUE(is_released(key));
    EXPECT_EQ(writer_.writes(), 1U);
}

TEST_F(Lifecycle, WhatADeletedStreamHeldIsTold) {
    const auto builder = a_stream_config().set("deletionPolicy", "Delete");
    const auto key = settled(builder);
    server_.set_state("orders",
                      {.messages = 2, .bytes = 2, .first_sequence = 1, .last_sequence = 2});
    const auto pass = delete_object(builder, key);
    EXPECT_THAT(pass.done, ElementsAre("delete stream orders with 2 messages"));
    EXPECT_EQ(pass.dropped, 2U);
}

TEST_F(Lifecycle, InADirectoryWhatARenamedDeclarationClaimsIsNotDeletedWithTheOldName) {
    const auto builder =
        a_stream_config("old").set("name", "shared").set("deletionPolicy", "Delete");
    const auto key = settled(builder);
    restart({.keeps_what_others_claim = true});
    declare(a_stream_config("renamed").set("name", "shared").set("deletionPolicy", "Delete"));
    const auto pass = delete_object(builder, key);
    EXPECT_TRUE(is_settled(pass));
    EXPECT_TRUE(server_.has_stream("shared"));
    EXPECT_TRUE(is_released(key));
}

TEST_F(Lifecycle, RetainNeedsNoFinalizerAndLeavesEverything) {
    const auto key = settled(a_stream_config());
    EXPECT_TRUE(is_released(key));
    EXPECT_TRUE(is_settled(delete_object(a_stream_config(), key)));
    EXPECT_TRUE(server_.has_stream("orders"));
    EXPECT_EQ(server_.requests(), 0U);
}

TEST_F(Lifecycle, APolicyThatNoLongerDeletesLetsTheFinalizerGo) {
    settled(a_stream_config().set("deletionPolicy", "Delete"));
    const auto key = declare(a_stream_config().generation(2));
    EXPECT_TRUE(is_settled(reconcile(key)));
    EXPECT_TRUE(is_released(key));
    EXPECT_EQ(server_.stream_config("orders")["metadata"]["headgate.io/deletion-policy"], "Retain");
    expect_nothing_written(key);
}

TEST_F(Lifecycle, WhatArrivesWhileAFinalizerIsWrittenIsNotLost) {
    settled(a_stream_config());
    const auto key = declare(
        a_stream_config().generation(2).set("maxMessages", 1).set("deletionPolicy", "Delete"));
    writer_.fault = [&](std::string_view operation) -> std::optional<core::Error> {
        if (operation == "add_finalizer") {
            std::vector<jetstream::MessageInfo> messages(3);
            for (std::size_t i = 0; i < messages.size(); ++i) {
                messages[i].sequence = i + 1;
                messages[i].subject = "orders";
            }
            server_.set_messages("orders", messages);
        }
        return std::nullopt;
    };
    EXPECT_TRUE(is_give_up(reconcile(key)));
    EXPECT_EQ(status(key).reason(), Reason::ApprovalRequired);
    EXPECT_EQ(server_.stream_config("orders")["max_msgs"], -1);
}

// Whatever else is wrong with it: what is ours and is to be deleted is guarded.
TEST_F(Lifecycle, APolicyThatDeletesIsGuardedEvenWhileTheObjectIsStuck) {
    settled(a_stream_config());
    const auto builder =
        a_stream_config().generation(2).set("storage", "Memory").set("deletionPolicy", "Delete");
    const auto key = declare(builder);
    EXPECT_TRUE(is_give_up(reconcile(key)));
    EXPECT_EQ(status(key).reason(), Reason::ImmutableField);
    EXPECT_FALSE(is_released(key));
    delete_object(builder, key);
    EXPECT_FALSE(server_.has_stream("orders"));
    EXPECT_TRUE(is_released(key));
}

TEST_F(Lifecycle, AnUnreachableServerIsRetriedAndTheObjectSaysSo) {
    const auto builder = a_stream_config().set("deletionPolicy", "Delete");
    const auto key = settled(builder);
    server_.set_unavailable(true);
    EXPECT_TRUE(is_retry(delete_object(builder, key)));
    later(31s);
    EXPECT_TRUE(is_retry(reconcile(key)));
    EXPECT_EQ(status(key).reason(), Reason::Deleting);
    EXPECT_FALSE(is_released(key));
    server_.set_unavailable(false);
    EXPECT_TRUE(is_settled(reconcile(key)));
    EXPECT_FALSE(server_.has_stream("orders"));
    EXPECT_TRUE(is_released(key));
}

TEST_F(Lifecycle, ALostReplyToADeleteIsNoSecondDelete) {
    const auto builder = a_stream_config().set("deletionPolicy", "Delete");
    const auto key = settled(builder);
    fault_at_write(1, fakes::FakeJetStream::Phase::After, ErrorCode::OutcomeUnknown);
    EXPECT_TRUE(is_retry(delete_object(builder, key)));
    EXPECT_FALSE(is_released(key));
    EXPECT_TRUE(is_settled(reconcile(key)));
    EXPECT_TRUE(is_released(key));
    EXPECT_EQ(server_.requests("stream_delete"), 1U);
}

TEST_F(Lifecycle, AFinalizerThatCouldNotBeRemovedIsRemovedLater) {
    const auto builder = a_stream_config().set("deletionPolicy", "Delete");
    const auto key = settled(builder);
    writer_.fault = [](std::string_view) { return Error{ErrorCode::Conflict, "moved on"}; };
    EXPECT_TRUE(is_retry(delete_object(builder, key)));
    EXPECT_FALSE(server_.has_stream("orders"));
    writer_.fault = [](std::string_view) { return Error{ErrorCode::NotFound, "gone"}; };
    EXPECT_TRUE(is_settled(reconcile(key)));
}

TEST_F(Lifecycle, AnUnreadableSpecIsNoOrderToDelete) {
    const auto key = settled(a_stream_config().set("deletionPolicy", "Delete"));
    EXPECT_TRUE(is_settled(
        delete_object(a_stream_config().set("deletionPolicy", "Delete").set("replicas", 9), key)));
    EXPECT_TRUE(server_.has_stream("orders"));
    EXPECT_TRUE(is_released(key));
}

TEST_F(Lifecycle, AStreamThatIsGoneAlreadyIsDeleted) {
    const auto builder = a_stream_config().set("deletionPolicy", "Delete");
    const auto key = settled(builder);
    behind_our_back("STREAM.DELETE.orders");
    EXPECT_TRUE(is_settled(delete_object(builder, key)));
    EXPECT_TRUE(is_released(key));
    EXPECT_EQ(server_.writes(), 0U);
}

TEST_F(Lifecycle, WhatADeletionWouldDoIsToldBefore) {
    const auto builder = a_stream_config().set("deletionPolicy", "Delete");
    const auto key = settled(builder);
    const auto deletion = [&] {
        return *reconciler_->assess_deletion(*declarations_.find(key), call_);
    };
    EXPECT_THAT(deletion().report.message, HasSubstr("is deleted"));
    server_.plant("orders",
                  "metadata",
                  {{"headgate.io/instance", "elsewhere"},
                   {"headgate.io/object", "a/b"},
                   {"headgate.io/kind", "StreamConfig"}});
    EXPECT_EQ(deletion().report.reason, Reason::NotOwned);
    EXPECT_THAT(deletion().changes, IsEmpty());
    declare(a_stream_config().generation(2));
    EXPECT_THAT(deletion().report.message, HasSubstr("is kept (deletionPolicy Retain)"));
}

}  // namespace
}  // namespace headgate::reconcilers
