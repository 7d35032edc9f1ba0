// Plans that lose something: their hash, what approves them, and what is done then (contract 4.5).
#include "reconcilers/approval.hpp"

#include "tests/unit/reconcilers/plan_fixture.hpp"

namespace headgate::reconcilers {
namespace {

using namespace std::chrono_literals;
using builders::a_stream_config;
using resources::Effect;
using resources::Reason;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Approval : public PlanFixture {
protected:
    // A stream of 1,000 messages that is to hold 500.
    Approval() {
        declare(shorter());
        server_holds(a_stream_config());
        holds_messages(1000);
    }

    static builders::DeclarationBuilder shorter() {
        return a_stream_config().set("maxMessages", 500);
    }

    std::string waiting_hash() {
        const auto decision = decided();
        EXPECT_EQ(decision.report.reason, Reason::ApprovalRequired);
        return decision.report.plan ? decision.report.plan->hash : std::string{};
    }

    std::vector<std::string> steps_with(const std::string& hash) {
        situation_.approvals = {hash};
        return words(decided().steps);
    }
};

TEST_F(Approval, ByTheHashCarriesThePlanOut) {
    const auto hash = waiting_hash();
    EXPECT_EQ(hash.size(), 16U);
    situation_.approvals = {hash};
    const auto decision = decided();
    EXPECT_THAT(words(decision.steps), ElementsAre("update stream orders"));
    EXPECT_EQ(decision.approved, hash);
    EXPECT_EQ(decision.report.reason, Reason::Applied);
    EXPECT_FALSE(decision.report.plan.has_value());
    EXPECT_THAT(decision.report.message,
                AllOf(HasSubstr("approved plan " + hash + " was carried out"),
                      HasSubstr("drops about 500 of 1,000 messages")));
}

TEST_F(Approval, ByTheAnnotationCountsTheSame) {
    const auto hash = waiting_hash();
    declaration_.annotations.approve = hash;
    EXPECT_EQ(decided().approved, hash);
}

TEST_F(Approval, OfAnythingElseApprovesNothing) {
    const auto hash = waiting_hash();
    for (const auto& other : {std::string{}, std::string{"true"}, hash.substr(0, 15), hash + "0"}) {
        EXPECT_THAT(steps_with(other), IsEmpty()) << other;
    }
}

TEST_F(Approval, HoldsWhileABusyStreamStaysUnderItsBound) {
    const auto hash = waiting_hash();
    for (const std::uint64_t messages : {501U, 900U, 1000U, 1012U}) {
        holds_messages(messages);
        EXPECT_THAT(steps_with(hash), ElementsAre("update stream orders")) << messages;
    }
    holds_messages(1013);
    EXPECT_THAT(steps_with(hash), IsEmpty()) << "513 are more than the bound of 512";
}

TEST_F(Approval, OfALargerBoundHoldsForALesserLoss) {
    holds_messages(8000);
    const auto hash = waiting_hash();
    holds_messages(5000);
    EXPECT_THAT(steps_with(hash), ElementsAre("update stream orders"));
    holds_messages(600);
    EXPECT_THAT(steps_with(hash), IsEmpty()) << "a bound beyond the stream's size";
}

TEST_F(Approval, OfOtherSettingsOrAnotherStreamApprovesNothing) {
    const auto hash = waiting_hash();
    situation_.stream->created = "2026-01-02T00:00:00Z";
    EXPECT_THAT(steps_with(hash), IsEmpty()) << "made anew since";
    situation_.stream->created = kCreated;
    situation_.stream->settings.description = "edited";
    EXPECT_THAT(steps_with(hash), IsEmpty()) << "observed settings";
    situation_.stream->settings.description = "";
    declare(a_stream_config().set("maxMessages", 499));
    EXPECT_THAT(steps_with(hash), IsEmpty()) << "desired settings";
    declare(shorter());
    EXPECT_THAT(steps_with(hash), Not(IsEmpty()));
}

TEST_F(Approval, DoesNotDependOnSignaturesOrConsumersOfOthers) {
    const auto hash = waiting_hash();
    jetstream::ConsumerInfo foreign;
    foreign.settings.name = jetstream::ConsumerName{"foreign"};
    situation_.consumers.push_back(foreign);
    situation_.stream->settings.metadata["headgate.io/deletion-policy"] = "Delete";
    EXPECT_THAT(steps_with(hash), Contains("update stream orders"));
}

TEST_F(Approval, OfTwoLimitsAtOnceBindsTheLargerLossOnly) {
    declare(a_stream_config().set("maxMessages", 500).set("maxAge", "4h"));
    const auto hash = waiting_hash();
    EXPECT_EQ(hash, plan_hash(situation_, 1024)) << "600 by age, 500 of them by count too";
}

TEST_F(Approval, IsToldForAsLongAsTheDeclarationStays) {
    situation_.approvals = {waiting_hash()};
    const auto done = resources::to_status(decided().report, {}, 1, {}, "2026-01-01T00:00:00Z");
    server_holds(shorter());
    holds_messages(500);
    declare(shorter().status(done));
    EXPECT_EQ(decided().report.message, done.message());
    declare(a_stream_config().set("maxMessages", 600).status(done));
    EXPECT_THAT(decided().report.message, Not(HasSubstr("approved")));
}

TEST_F(Approval, IsNotAskedTwiceForTheSameQuestions) {
    declare(a_stream_config().set("maxAge", "5h"));
    EXPECT_THAT(decided().open, ElementsAre(Question::Older));
    situation_.evidence.older = 321;
    const auto decision = decided();
    EXPECT_THAT(decision.open, IsEmpty());
    EXPECT_EQ(decision.report.plan->changes.at(0).lost, 321U);
    situation_.evidence.older = 0;
    EXPECT_THAT(words(decided().steps), ElementsAre("update stream orders"))
        << "nothing is lost after all";
}

TEST_F(Approval, AsksTheServerNothingWhileNobodyApproves) {
    declare(a_stream_config().set("maxAge", "5h"));
    const auto told = resources::to_status(decided().report, {}, 1, {}, "2026-01-01T00:00:00Z");
    declare(a_stream_config().set("maxAge", "5h").status(told));
    EXPECT_THAT(decided().open, IsEmpty());
    situation_.approvals = {"0123456789abcdef"};
    EXPECT_THAT(decided().open, IsEmpty()) << "that would approve nothing";
    situation_.approvals = {plan_hash(situation_, 4)};
    EXPECT_THAT(decided().open, ElementsAre(Question::Older)) << "too little, until one has looked";
}

// --- consumers made anew ---

class Recreation : public PlanFixture {
protected:
    void with(const char* retention, const core::Json& more = core::Json::object()) {
        core::Json before{{"name", "a"}};
        core::Json after{{"name", "a"}, {"replayPolicy", "Original"}};
        after.update(more);
        server_holds(a_stream_config().set("retention", retention).consumer(before));
        declare(a_stream_config().set("retention", retention).consumer(after));
        consumer("a").delivered = 30;
        consumer("a").acknowledged_to = 20;
        consumer("a").unacknowledged = 10;
        consumer("a").pending = 70;
        holds_messages(100);
    }

    Decision approved() {
        const auto waiting = decided();
        EXPECT_EQ(waiting.report.reason, Reason::ApprovalRequired);
        situation_.approvals = {waiting.report.plan ? waiting.report.plan->hash : ""};
        return decided();
    }

    static const jetstream::ConsumerSettings& created(const Decision& decision, std::size_t step) {
        return std::get<CreateConsumer>(decision.steps.at(step)).settings;
    }
};

TEST_F(Recreation, KeepsThePosition) {
    with("Limits");
    EXPECT_THAT(decided().report.message,
                HasSubstr("made anew after what is acknowledged (up to 20); what came after is "
                          "delivered again"));
    const auto decision = approved();
    ASSERT_THAT(words(decision.steps),
                ElementsAre("create consumer a-headgate-guard",
                            "delete consumer a",
                            "create consumer a",
                            "delete consumer a-headgate-guard"));
    EXPECT_EQ(created(decision, 2).deliver_policy, jetstream::DeliverPolicy::ByStartSequence);
    EXPECT_EQ(created(decision, 2).start_sequence, 21U);
    EXPECT_EQ(created(decision, 2).metadata.at("headgate.io/start"), "All");
}

TEST_F(Recreation, ThatIsRefusedPutsBackWhatBeganLaterAndAcknowledgedNothing) {
    const core::Json before{{"name", "a"}, {"deliverPolicy", "New"}};
    auto after = before;
    after["replayPolicy"] = "Original";
    server_holds(a_stream_config().consumer(before));
    declare(a_stream_config().consumer(after));
    consumer("a").delivered = 30;
    consumer("a").unacknowledged = 10;
    holds_messages(100);
    const auto decision = approved();
    const auto& former = std::get<CreateConsumer>(decision.steps.at(2)).former;
    ASSERT_TRUE(former.has_value());
    EXPECT_EQ(former->deliver_policy, jetstream::DeliverPolicy::ByStartSequence);
    EXPECT_EQ(former->start_sequence, 1U);
    EXPECT_EQ(former->metadata.at("headgate.io/start"), "New");
}

TEST_F(Recreation, AtAnotherStartIsAsDeclaredAfterwards) {
    with("Limits");
    const auto made = created(approved(), 2);
    situation_.consumers = {{.settings = jetstream::as_stored(
                                 made, {}, situation_.desired.stream, situation_.server, kNow)}};
    EXPECT_THAT(decided().steps, IsEmpty());
    EXPECT_EQ(decided().report.reason, Reason::Applied);

    with("Limits", {{"ackWait", "5s"}});
    situation_.consumers = {{.settings = jetstream::as_stored(
                                 made, {}, situation_.desired.stream, situation_.server, kNow)}};
    ASSERT_THAT(words(decided().steps), ElementsAre("update consumer a"));
    const auto updated = std::get<UpdateConsumer>(decided().steps.front()).settings;
    EXPECT_EQ(updated.start_sequence, 21U) << "what it began with cannot be changed";
    EXPECT_EQ(updated.metadata.at("headgate.io/start"), "All");

    with("Limits", {{"deliverPolicy", "New"}});
    situation_.consumers = {{.settings = jetstream::as_stored(
                                 made, {}, situation_.desired.stream, situation_.server, kNow)}};
    situation_.consumers.front().delivered = 1;
    EXPECT_EQ(decided().report.reason, Reason::ApprovalRequired) << "another start is declared";
}

TEST_F(Recreation, GivesThePositionUpWhereAnotherStartIsDeclared) {
    with("Limits", {{"deliverPolicy", "New"}});
    EXPECT_THAT(decided().report.message, HasSubstr("lose its position (acknowledged up to 20)"));
    EXPECT_EQ(created(approved(), 1).deliver_policy, jetstream::DeliverPolicy::New);
}

TEST_F(Recreation, GivesThePositionUpOnAServerWithoutMetadata) {
    level(jetstream::kServer2_9);
    with("Limits");
    EXPECT_THAT(decided().report.message, HasSubstr("lose its position"));
    EXPECT_EQ(created(approved(), 1).deliver_policy, jetstream::DeliverPolicy::All);
}

TEST_F(Recreation, OnAnInterestStreamLosesNoMessage) {
    with("Interest");
    EXPECT_EQ(decided().report.plan->changes.at(0).lost, 0U);
    const auto decision = approved();
    ASSERT_THAT(words(decision.steps),
                ElementsAre("create consumer a-headgate-guard",
                            "delete consumer a",
                            "create consumer a",
                            "delete consumer a-headgate-guard"));
    EXPECT_EQ(created(decision, 0).start_sequence, 21U);
    EXPECT_EQ(created(decision, 2).start_sequence, 21U);
}

TEST_F(Recreation, ThatBrokeOffGoesOnWhereItWas) {
    with("Interest");
    const auto decision = approved();
    jetstream::ConsumerInfo guard{
        .settings = jetstream::as_stored(
            created(decision, 0), {}, situation_.desired.stream, situation_.server, kNow)};
    guard.acknowledged_to = 20;
    guard.pending = 80;

    situation_.consumers.push_back(guard);
    EXPECT_THAT(
        words(decided().steps),
        ElementsAre("delete consumer a", "create consumer a", "delete consumer a-headgate-guard"))
        << "the approval still holds";

    situation_.approvals.clear();
    situation_.consumers = {guard};
    ASSERT_THAT(words(decided().steps),
                ElementsAre("create consumer a", "delete consumer a-headgate-guard"))
        << "nothing is lost any more";
    EXPECT_EQ(created(decided(), 0).start_sequence, 21U);

    situation_.consumers = {
        guard,
        {.settings = jetstream::as_stored(
             created(decision, 2), {}, situation_.desired.stream, situation_.server, kNow)}};
    EXPECT_THAT(words(decided().steps), ElementsAre("delete consumer a-headgate-guard"));
}

TEST_F(Recreation, OfAnUntouchedConsumerAsksNothing) {
    with("Interest");
    consumer("a").delivered = 0;
    consumer("a").unacknowledged = 0;
    EXPECT_THAT(words(decided().steps),
                ElementsAre("create consumer a-headgate-guard",
                            "delete consumer a",
                            "create consumer a",
                            "delete consumer a-headgate-guard"));
}

TEST_F(Recreation, OnAWorkQueueBeginsWithWhatIsLeftAnyway) {
    with("WorkQueue");
    const auto decision = approved();
    ASSERT_THAT(words(decision.steps), ElementsAre("delete consumer a", "create consumer a"));
    EXPECT_EQ(created(decision, 1).deliver_policy, jetstream::DeliverPolicy::All);
}

TEST_F(Recreation, OfOneThatBeganLaterAndDeliveredNothingKeepsWhatWaits) {
    for (const auto* const policy : {"New", "Last"}) {
        const auto stream = [&](const char* replay) {
            return a_stream_config()
                .set("retention", "Interest")
                .consumer({{"name", "a"}, {"deliverPolicy", policy}, {"replayPolicy", replay}});
        };
        level(jetstream::kServer2_15);
        server_holds(stream("Instant"));
        declare(stream("Original"));
        holds_messages(100);
        consumer("a").pending = 100;
        ASSERT_EQ(words(decided().steps).size(), 4U);
        EXPECT_EQ(created(decided(), 2).start_sequence, 1U) << "not where new ones would begin";
        level(jetstream::kServer2_12);
        EXPECT_EQ(decided().report.reason, Reason::ApprovalRequired)
            << "it does not say where it is";
    }
}

TEST_F(Recreation, OfOneThatWasMadeAnewBeforeGoesOnFromThere) {
    with("Interest");
    auto made = created(approved(), 2);
    situation_.consumers = {{.settings = jetstream::as_stored(
                                 made, {}, situation_.desired.stream, situation_.server, kNow)}};
    situation_.consumers.front().pending = 80;
    level(jetstream::kServer2_12);
    declare(a_stream_config().set("retention", "Interest").consumer({{"name", "a"}}));
    EXPECT_EQ(created(decided(), 2).start_sequence, 21U) << "no acknowledged sequence is told yet";
}

TEST_F(Recreation, LeavesAConsumerOfAnotherByTheGuardsNameAlone) {
    with("Interest");
    jetstream::ConsumerInfo foreign;
    foreign.settings.name = jetstream::ConsumerName{"a-headgate-guard"};
    situation_.consumers.push_back(foreign);
    EXPECT_EQ(decided().report.reason, Reason::NotOwned);
    EXPECT_THAT(decided().steps, IsEmpty());
}

TEST_F(Recreation, OnAnInterestStreamWithoutMetadataLosesWhatANewStartSkips) {
    level(jetstream::kServer2_9);
    const auto stream = [](const char* replay) {
        return a_stream_config()
            .set("retention", "Interest")
            .consumer({{"name", "a"}, {"deliverPolicy", "New"}, {"replayPolicy", replay}});
    };
    server_holds(stream("Instant"));
    declare(stream("Original"));
    holds_messages(50);
    consumer("a").delivered = 50;
    consumer("a").acknowledged_to = 50;
    consumer("a").pending = 50;
    EXPECT_EQ(decided().report.plan->changes.at(0).lost, 50U);
}

TEST_F(Approval, ByTheAnnotationApprovesOnce) {
    const auto hash = waiting_hash();
    declaration_.annotations.approve = hash;
    situation_.spent = {hash};
    EXPECT_EQ(decided().report.reason, Reason::ApprovalRequired);
    situation_.approvals = {hash};
    EXPECT_EQ(decided().approved, hash) << "asked for again";
}

// --- what consumers keep ---

TEST_F(Recreation, RemovalOfOneOfTwoThatWaitForTheSameLosesNothing) {
    const auto two = [](const char* second) {
        return a_stream_config()
            .set("retention", "Interest")
            .consumer({{"name", "a"}, {"filterSubjects", {"orders.>"}}})
            .consumer({{"name", second}});
    };
    server_holds(two("b"));
    declare(a_stream_config().set("retention", "Interest").consumer({{"name", "b"}}));
    holds_messages(100);
    consumer("a").pending = 100;
    EXPECT_THAT(words(decided().steps), ElementsAre("delete consumer a"));
    consumer("b").acknowledged_to = 50;
    EXPECT_EQ(decided().report.plan->changes.at(0).lost, 100U);
}

TEST_F(Recreation, ANarrowerFilterIsCountedBySubject) {
    const auto with_filter = [](const char* filter) {
        return a_stream_config()
            .set("retention", "Interest")
            .consumer({{"name", "a"}, {"filterSubjects", {filter}}});
    };
    server_holds(with_filter("orders.>"));
    declare(with_filter("orders.new"));
    holds_messages(100);
    consumer("a").pending = 100;
    EXPECT_THAT(decided().open, ElementsAre(Question::SubjectCounts));
    situation_.evidence.subject_counts = {{"orders.new", 60}, {"orders.old", 40}, {"other", 9}};
    EXPECT_EQ(decided().report.plan->changes.at(0).lost, 40U);
    situation_.evidence.subject_counts = {{"orders.new", 60}};
    EXPECT_THAT(words(decided().steps), ElementsAre("update consumer a"));
}

TEST_F(Recreation, ConsumersThatChangeTooAreNotCountedOn) {
    const auto both = [](const char* filter) {
        return a_stream_config()
            .set("retention", "Interest")
            .consumer({{"name", "a"}, {"filterSubjects", {filter}}})
            .consumer({{"name", "b"}, {"filterSubjects", {filter}}});
    };
    server_holds(both("orders.>"));
    declare(both("orders.new"));
    holds_messages(200);
    consumer("a").pending = 200;
    consumer("b").pending = 200;
    situation_.evidence.subject_counts = {{"orders.new", 100}, {"orders.old", 100}};
    EXPECT_EQ(decided().report.reason, Reason::ApprovalRequired);
    EXPECT_EQ(decided().report.plan->changes.at(0).lost, 100U);
}

TEST_F(Recreation, OneThatAcknowledgedOutOfOrderOrMayExpireIsNotCountedOn) {
    server_holds(a_stream_config()
                     .set("retention", "Interest")
                     .consumer({{"name", "a"}})
                     .consumer({{"name", "b"}}));
    declare(a_stream_config().set("retention", "Interest").consumer({{"name", "b"}}));
    holds_messages(100);
    consumer("a").pending = 100;
    EXPECT_THAT(words(decided().steps), ElementsAre("delete consumer a"));
    consumer("b").unacknowledged = 1;
    EXPECT_EQ(decided().report.reason, Reason::ApprovalRequired);
    consumer("b").unacknowledged = 0;
    consumer("b").settings.inactive_threshold = std::chrono::seconds{1};
    EXPECT_EQ(decided().report.reason, Reason::ApprovalRequired);
}

TEST_F(Recreation, RetentionByInterestHoldsForTheConsumersOfTheSamePlan) {
    server_holds(a_stream_config().consumer({{"name", "a"}}).consumer({{"name", "b"}}));
    declare(a_stream_config().set("retention", "Interest").consumer({{"name", "b"}}));
    holds_messages(100);
    consumer("a").pending = 100;
    consumer("b").acknowledged_to = 100;
    consumer("b").delivered = 100;
    EXPECT_EQ(decided().report.reason, Reason::ApprovalRequired);
    EXPECT_THAT(decided().report.message, HasSubstr("100 of 100 messages"));
}

}  // namespace
}  // namespace headgate::reconcilers
