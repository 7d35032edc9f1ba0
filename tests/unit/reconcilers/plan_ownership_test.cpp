// Who may touch what: contract section 4.1 to 4.3.
#include <string>
#include <string_view>

#include "tests/unit/reconcilers/plan_fixture.hpp"

namespace headgate::reconcilers {
namespace {

using builders::a_state_bucket;
using builders::a_stream_config;
using resources::Reason;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

enum class Holder {
    This,              // Signed by this object.
    NobodyOurCreated,  // Unsigned, and the status knows its creation time.
    Nobody,            // Unsigned.
    NobodyAnother,     // Unsigned, created at another time than the status knows.
    OtherObject,       // Signed by another object of this instance, which there is.
    GoneObject,        // Signed by another object of this instance, which is gone.
    OtherInstance,
};

struct Case {
    std::string_view what;
    Holder holder;
    std::string_view adoption;
    std::string_view annotation;
    bool matching;
    Reason reason;  // Applied: it is taken, or is ours.
};

void PrintTo(const Case& one, std::ostream* out) {
    *out << one.what;
}

constexpr std::string_view kOther = "headgate/StreamConfig/agents/other";
constexpr std::string_view kElsewhere = "elsewhere/StreamConfig/agents/orders";

class Ownership : public PlanFixture, public ::testing::WithParamInterface<Case> {};

TEST_P(Ownership, DecidesWhetherAnythingIsTouched) {
    const auto& one = GetParam();
    auto builder = a_stream_config()
                       .set("adoptionPolicy", std::string{one.adoption})
                       .set("maxAge", "1h")
                       .consumer({{"name", "worker"}});
    if (!one.annotation.empty()) {
        builder.annotate("headgate.io/adopt", std::string{one.annotation});
    }
    if (one.holder == Holder::NobodyOurCreated) {
        resources::ObjectStatus status;
        status.created = kCreated;
        status.consumers = {{"worker", true, "Applied"}};
        builder.status(status);
    }
    if (one.holder == Holder::NobodyAnother) {
        builder.created("2020-01-01T00:00:00Z");
    }
    declare(builder);
    auto held = one.holder == Holder::OtherObject || one.holder == Holder::GoneObject
                    ? a_stream_config("other").set("name", "orders")
                    : a_stream_config();
    held.set("maxAge", one.matching ? "1h" : "2h").consumer({{"name", "worker"}});
    const bool is_signed = one.holder != Holder::Nobody && one.holder != Holder::NobodyAnother &&
                           one.holder != Holder::NobodyOurCreated;
    server_holds(held,
                 !is_signed                            ? ""
                 : one.holder == Holder::OtherInstance ? "elsewhere"
                                                       : "headgate");
    if (one.holder == Holder::GoneObject) {
        situation_.gone_signers = {std::string{kOther}};
    }

    const auto decision = decided();
    EXPECT_EQ(decision.report.reason, one.reason) << decision.report.message;
    if (one.reason != Reason::Applied) {
        EXPECT_THAT(words(decision.steps), IsEmpty());
        EXPECT_EQ(decision.report.created, declaration_.status.created)
            << "the creation time of what is not ours must never be taken";
        EXPECT_FALSE(owns(declaration_, "headgate", *situation_.stream));
        return;
    }
    if (one.holder == Holder::This && one.matching) {
        EXPECT_THAT(words(decision.steps), IsEmpty());
    } else if (one.holder == Holder::This) {
        EXPECT_THAT(words(decision.steps), ElementsAre("update stream orders"));
    } else {
        EXPECT_THAT(words(decision.steps),
                    ElementsAre("update stream orders", "update consumer worker"));
        for (const auto& step : decision.steps) {
            auto metadata = std::holds_alternative<UpdateStream>(step)
                                ? std::get<UpdateStream>(step).settings.metadata
                                : std::get<UpdateConsumer>(step).settings.metadata;
            std::string description;
            EXPECT_EQ(
                take_signature(metadata, description),
                signature_of("headgate", declaration_.key, resources::DeletionPolicy::Retain));
        }
    }
}

INSTANTIATE_TEST_SUITE_P(
    Matrix,
    Ownership,
    ::testing::Values(
        Case{"ours", Holder::This, "Never", "", true, Reason::Applied},
        Case{"ours, drifted", Holder::This, "Never", "", false, Reason::Applied},
        Case{"ours but somebody dropped the signature",
             Holder::NobodyOurCreated,
             "Never",
             "",
             true,
             Reason::Applied},
        Case{"ours but somebody dropped the signature and more",
             Holder::NobodyOurCreated,
             "Never",
             "",
             false,
             Reason::Applied},
        Case{"unsigned, never", Holder::Nobody, "Never", "", true, Reason::NotOwned},
        Case{"unsigned, never, annotated", Holder::Nobody, "Never", "true", false, Reason::Applied},
        Case{"unsigned, never, annotated with a signer it has not",
             Holder::Nobody,
             "Never",
             kOther,
             true,
             Reason::NotOwned},
        Case{"unsigned, never, annotated with nonsense",
             Holder::Nobody,
             "Never",
             "yes",
             true,
             Reason::NotOwned},
        Case{"unsigned, if matching, matches",
             Holder::Nobody,
             "IfMatching",
             "",
             true,
             Reason::Applied},
        Case{"unsigned, if matching, differs",
             Holder::Nobody,
             "IfMatching",
             "",
             false,
             Reason::NotOwned},
        Case{"unsigned, if matching, differs, annotated",
             Holder::Nobody,
             "IfMatching",
             "true",
             false,
             Reason::Applied},
        Case{"unsigned, always", Holder::Nobody, "Always", "", false, Reason::Applied},
        Case{"unsigned, another than the one we made",
             Holder::NobodyAnother,
             "Never",
             "",
             true,
             Reason::NotOwned},
        Case{"unsigned, another than the one we made, always",
             Holder::NobodyAnother,
             "Always",
             "",
             true,
             Reason::Applied},
        Case{"another object's", Holder::OtherObject, "Never", "", true, Reason::Conflict},
        Case{"another object's, always", Holder::OtherObject, "Always", "", true, Reason::Conflict},
        Case{"another object's, annotated as if unsigned",
             Holder::OtherObject,
             "Always",
             "true",
             true,
             Reason::Conflict},
        Case{"another object's, taken by name",
             Holder::OtherObject,
             "Never",
             kOther,
             false,
             Reason::Applied},
        Case{"another object's, taken by another name",
             Holder::OtherObject,
             "Never",
             kElsewhere,
             true,
             Reason::Conflict},
        Case{"a gone object's, never", Holder::GoneObject, "Never", "", true, Reason::NotOwned},
        Case{"a gone object's, if matching, matches",
             Holder::GoneObject,
             "IfMatching",
             "",
             true,
             Reason::Applied},
        Case{"a gone object's, if matching, differs",
             Holder::GoneObject,
             "IfMatching",
             "",
             false,
             Reason::NotOwned},
        Case{"a gone object's, always", Holder::GoneObject, "Always", "", false, Reason::Applied},
        Case{"a gone object's, annotated",
             Holder::GoneObject,
             "Never",
             "true",
             false,
             Reason::Applied},
        Case{"another instance's", Holder::OtherInstance, "Never", "", true, Reason::NotOwned},
        Case{"another instance's, always",
             Holder::OtherInstance,
             "Always",
             "",
             true,
             Reason::NotOwned},
        Case{"another instance's, annotated as if unsigned",
             Holder::OtherInstance,
             "Always",
             "true",
             true,
             Reason::NotOwned},
        Case{"another instance's, taken by name",
             Holder::OtherInstance,
             "Never",
             kElsewhere,
             true,
             Reason::Applied}));

class PlanOwnership : public PlanFixture {};

TEST_F(PlanOwnership, TheCommandLineAdoptsWhatIsUnsignedOnly) {
    declare(a_stream_config());
    server_holds(a_stream_config().set("maxAge", "2h"), "");
    situation_.adopt = true;
    EXPECT_THAT(words(decided().steps), ElementsAre("update stream orders"));
    server_holds(a_stream_config().set("maxAge", "2h"), "elsewhere");
    EXPECT_EQ(decided().report.reason, Reason::NotOwned);
}

TEST_F(PlanOwnership, MessagesNameTheHolder) {
    declare(a_stream_config());
    server_holds(a_stream_config(), "elsewhere");
    EXPECT_THAT(decided().report.message,
                AllOf(HasSubstr("\"elsewhere\""), HasSubstr("StreamConfig agents/orders")));
    server_holds(a_stream_config("other").set("name", "orders"));
    EXPECT_THAT(decided().report.message, HasSubstr("StreamConfig agents/other"));
    server_holds(a_stream_config(), "");
    EXPECT_THAT(decided().report.message, HasSubstr("headgate did not make it"));
}

TEST_F(PlanOwnership, AnAdoptionThatDiffersSaysInWhat) {
    declare(a_state_bucket().set("ttl", "1h").set("adoptionPolicy", "IfMatching"));
    server_holds(a_state_bucket().set("ttl", "2h"), "");
    EXPECT_THAT(decided().report.message, HasSubstr("ttl: 2h instead of 1h"));
}

TEST_F(PlanOwnership, AnAdoptionIsListedAndKeepsItsOwnersWord) {
    declare(a_stream_config().set("adoptionPolicy", "IfMatching"));
    server_holds(a_stream_config(), "");
    EXPECT_THAT(changed_fields(decided()), ElementsAre("stream Adopt"));
}

TEST_F(PlanOwnership, AnOlderClaimComesFirstWhereNobodySigned) {
    declare(a_stream_config());
    situation_.rival = ObjectKey{Kind::StateBucket, "agents", "elder"};
    EXPECT_EQ(decided().report.reason, Reason::Conflict);
    EXPECT_THAT(decided().steps, IsEmpty());
    EXPECT_THAT(decided().report.message, HasSubstr("StateBucket agents/elder"));
    declare(a_stream_config().set("adoptionPolicy", "Always"));
    server_holds(a_stream_config(), "");
    EXPECT_EQ(decided().report.reason, Reason::Conflict);
    EXPECT_THAT(decided().steps, IsEmpty());
}

TEST_F(PlanOwnership, WhoSignedComesBeforeAnOlderClaim) {
    declare(a_stream_config());
    server_holds(a_stream_config());
    situation_.rival = ObjectKey{Kind::StateBucket, "agents", "elder"};
    EXPECT_EQ(decided().report.reason, Reason::Applied);
}

TEST_F(PlanOwnership, OfABucketAndAStreamByTheSameNameOneSignerHolds) {
    declare(a_stream_config("x").set("name", "KV_sessions").set("adoptionPolicy", "Always"));
    server_holds(a_state_bucket("sessions"));
    const auto decision = decided();
    EXPECT_EQ(decision.report.reason, Reason::Conflict);
    EXPECT_THAT(decision.report.message, HasSubstr("StateBucket agents/sessions"));
    EXPECT_THAT(decision.steps, IsEmpty());
}

// Nothing of a stream that is not ours may be read as being ours later.
TEST_F(PlanOwnership, NoObservationOfAForeignStreamEverProvesThatItIsOurs) {
    declare(a_stream_config().set("managementPolicy", "Observe"));
    server_holds(a_stream_config(), "");
    EXPECT_EQ(decided().report.reason, Reason::Observed);
    EXPECT_EQ(decided().report.created, "");
    declare(a_stream_config().set("maxMessages", 5).set("adoptionPolicy", "Always"));
    server_holds(a_stream_config(), "");
    holds_messages(100);
    EXPECT_EQ(decided().report.reason, Reason::ApprovalRequired);
    EXPECT_EQ(decided().report.created, "") << "it waits, so it is not ours yet";
}

TEST_F(PlanOwnership, OnAServerWithoutMetadataTheDescriptionIsTheSignature) {
    level(jetstream::kServer2_9);
    declare(a_stream_config().set("description", "theirs"));
    server_holds(a_stream_config().set("description", "theirs"));
    ASSERT_THAT(situation_.stream->settings.metadata, IsEmpty());
    EXPECT_EQ(decided().report.reason, Reason::Applied);
    EXPECT_THAT(decided().steps, IsEmpty());
    situation_.stream->settings.description = "theirs";
    EXPECT_EQ(decided().report.reason, Reason::NotOwned);
    situation_.stream->settings.description =
        "theirs [headgate.io elsewhere StreamConfig agents/orders Retain]";
    EXPECT_EQ(decided().report.reason, Reason::NotOwned);
}

// --- consumers of our stream ---

TEST_F(PlanOwnership, AConsumerThatSomebodyElseMadeIsLeftAloneUnlessDeclared) {
    declare(a_stream_config());
    server_holds(a_stream_config().consumer({{"name", "theirs"}}), "");
    sign(situation_.stream->settings.metadata,
         situation_.stream->settings.description,
         signature_of("headgate", declaration_.key, resources::DeletionPolicy::Retain),
         true);
    EXPECT_EQ(decided().report.reason, Reason::Applied);
    EXPECT_THAT(decided().steps, IsEmpty());

    declare(
        a_stream_config().set("maxAge", "1h").consumer({{"name", "theirs"}, {"ackWait", "5s"}}));
    const auto decision = decided();
    EXPECT_EQ(decision.report.reason, Reason::NotOwned);
    EXPECT_THAT(decision.steps, IsEmpty());
    EXPECT_THAT(decision.report.message, HasSubstr("theirs"));
    EXPECT_THAT(decision.report.consumers,
                ElementsAre(resources::ConsumerStatus{"theirs", false, "NotOwned"}));
}

TEST_F(PlanOwnership, AConsumerLeftUnsignedIsAdoptedAsItsStreamWouldBe) {
    const auto hold = [&] {
        server_holds(a_stream_config().consumer({{"name", "c"}}), "");
        sign(situation_.stream->settings.metadata,
             situation_.stream->settings.description,
             signature_of("headgate", declaration_.key, resources::DeletionPolicy::Retain),
             true);
    };
    for (const auto& builder : {a_stream_config().set("adoptionPolicy", "Always"),
                                a_stream_config().annotate("headgate.io/adopt", "true")}) {
        auto differing = builder;
        declare(differing.consumer({{"name", "c"}, {"ackWait", "5s"}}));
        hold();
        EXPECT_THAT(words(decided().steps), ElementsAre("update consumer c"))
            << decided().report.message;
    }
    declare(a_stream_config().set("adoptionPolicy", "IfMatching").consumer({{"name", "c"}}));
    hold();
    EXPECT_THAT(words(decided().steps), ElementsAre("update consumer c"));
    declare(a_stream_config()
                .set("adoptionPolicy", "IfMatching")
                .consumer({{"name", "c"}, {"ackWait", "5s"}}));
    hold();
    EXPECT_EQ(decided().report.reason, Reason::NotOwned);
    situation_.adopt = true;
    EXPECT_THAT(words(decided().steps), ElementsAre("update consumer c"));
}

// The stream was taken over, then the connection went: the consumers must still come along.
TEST_F(PlanOwnership, ATakeOverThatBrokeOffHalfWayIsFinished) {
    declare(a_stream_config().set("adoptionPolicy", "Always").consumer({{"name", "c"}}));
    server_holds(a_stream_config("other").set("name", "orders").consumer({{"name", "c"}}));
    auto& stream = situation_.stream->settings;
    situation_.gone_signers = {std::string{kOther}};
    const auto first = decided();
    ASSERT_THAT(words(first.steps), ElementsAre("update stream orders", "update consumer c"));
    stream.metadata = updated_stream(first).metadata;
    const auto second = decided();
    EXPECT_EQ(second.report.reason, Reason::Applied) << second.report.message;
    EXPECT_THAT(words(second.steps), ElementsAre("update consumer c"));
}

TEST_F(PlanOwnership, ATakeOverByNameThatBrokeOffHalfWayIsFinished) {
    declare(a_stream_config()
                .annotate("headgate.io/adopt", std::string{kOther})
                .consumer({{"name", "c"}}));
    server_holds(a_stream_config("other").set("name", "orders").consumer({{"name", "c"}}));
    const auto first = decided();
    ASSERT_THAT(words(first.steps), ElementsAre("update stream orders", "update consumer c"));
    situation_.stream->settings.metadata = updated_stream(first).metadata;
    EXPECT_THAT(words(decided().steps), ElementsAre("update consumer c"));
}

TEST_F(PlanOwnership, AConsumerOfAnotherInstanceIsNeverTakenWithTheStream) {
    declare(a_stream_config().set("adoptionPolicy", "Always").consumer({{"name", "c"}}));
    server_holds(a_stream_config().consumer({{"name", "c"}}), "elsewhere");
    auto& stream = situation_.stream->settings;
    stream.metadata.clear();
    const auto decision = decided();
    EXPECT_EQ(decision.report.reason, Reason::NotOwned);
    EXPECT_THAT(decision.steps, IsEmpty());
}

TEST_F(PlanOwnership, OnlyConsumersThatThisObjectSignedAreRemoved) {
    declare(a_stream_config());
    server_holds(a_stream_config()
                     .consumer({{"name", "ours"}})
                     .consumer({{"name", "unsigned"}})
                     .consumer({{"name", "elsewhere"}})
                     .consumer({{"name", "other"}}));
    consumer("unsigned").settings.metadata.clear();
    consumer("elsewhere").settings.metadata["headgate.io/instance"] = "elsewhere";
    consumer("other").settings.metadata["headgate.io/object"] = "agents/other";
    EXPECT_THAT(words(decided().steps), ElementsAre("delete consumer ours"));
}

// --- handing over, and other names ---

TEST_F(PlanFixture, WhatIsHandedOverIsTakenWhateverTheAdoptionPolicy) {
    server_holds(a_stream_config("old").set("name", "shared").consumer({{"name", "a"}}));
    holds_messages(5);
    declare(a_stream_config("renamed").set("name", "shared").consumer({{"name", "a"}}));
    situation_.handed_over = {"headgate/StreamConfig/agents/old"};
    const auto decision = decided();
    EXPECT_EQ(decision.report.reason, Reason::Applied) << decision.report.message;
    EXPECT_THAT(words(decision.steps), ElementsAre("update stream shared", "update consumer a"));
    EXPECT_THAT(changed_fields(decision), ElementsAre("stream Adopt", "consumers[a] Adopt"));
}

TEST_F(PlanFixture, AHandOverThatBrokeOffIsFinished) {
    server_holds(a_stream_config("renamed").set("name", "shared").consumer({{"name", "a"}}));
    const auto old = signature_of(
        "headgate", {Kind::StreamConfig, "agents", "old"}, resources::DeletionPolicy::Retain);
    sign(consumer("a").settings.metadata, consumer("a").settings.description, old, true);
    declare(a_stream_config("renamed").set("name", "shared").consumer({{"name", "a"}}));
    EXPECT_EQ(decided().report.reason, Reason::NotOwned);
    situation_.handed_over = {old.signer()};
    EXPECT_THAT(words(decided().steps), ElementsAre("update consumer a"));
}

TEST_F(PlanFixture, WhatIsHandedOverStillGoesToTheFirstClaimOnly) {
    server_holds(a_stream_config("old").set("name", "shared"));
    declare(a_stream_config("second").set("name", "shared"));
    situation_.handed_over = {"headgate/StreamConfig/agents/old"};
    situation_.rival = ObjectKey{Kind::StreamConfig, "agents", "first"};
    EXPECT_EQ(decided().report.reason, Reason::Conflict);
    EXPECT_THAT(decided().steps, IsEmpty());
}

TEST_F(PlanFixture, AnotherStreamsNameIsNoRenaming) {
    declare(a_stream_config("orders").set("name", "NEW"));
    situation_.made_before = jetstream::StreamName{"OLD"};
    const auto decision = decided();
    EXPECT_EQ(decision.report.reason, Reason::ImmutableField);
    EXPECT_EQ(decision.report.message,
              "name cannot change: this object made stream OLD, not NEW; put the old name back, or "
              "declare a new object under another metadata.name");
    EXPECT_EQ(decision.report.stream, "OLD");
    EXPECT_THAT(decision.steps, IsEmpty());
    declare(a_state_bucket("sessions").set("bucket", "NEW"));
    EXPECT_THAT(decided().report.message, HasSubstr("bucket cannot change"));
}

}  // namespace
}  // namespace headgate::reconcilers
