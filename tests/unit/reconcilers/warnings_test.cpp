// What is said beside a plan, for each warning: when, when not, and that it does not come and go.
#include <string>
#include <vector>

#include "tests/unit/reconcilers/plan_fixture.hpp"

namespace headgate::reconcilers {
namespace {

using builders::a_state_bucket;
using builders::a_stream_config;
using builders::DeclarationBuilder;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

DeclarationBuilder tasks(const std::string& retention) {
    return a_stream_config("tasks").set("retention", retention).set("subjects", {"tasks.>", "x"});
}

class Warnings : public PlanFixture {
protected:
    std::vector<Warning> warned() { return warnings_of(situation_); }

    // Another program's, on the stream that the server holds.
    jetstream::ConsumerInfo& server_has_consumer(const std::string& name,
                                                 std::vector<std::string> filters) {
        jetstream::ConsumerInfo info;
        info.settings.name = jetstream::ConsumerName{name};
        info.settings.filter_subjects = std::move(filters);
        return situation_.consumers.emplace_back(std::move(info));
    }
};

auto says(std::string_view id, const std::string& text) {
    return AllOf(Field(&Warning::id, id), Field(&Warning::text, HasSubstr(text)));
}

TEST_F(Warnings, NoneWhereThereIsNothingToSay) {
    declare(a_stream_config().set("replicas", 3).set("storage", "Memory"));
    EXPECT_THAT(warned(), IsEmpty());
    EXPECT_EQ(as_suffix(warned()), "");
}

TEST_F(Warnings, InterestNamesTheSubjectsThatNobodyConsumes) {
    declare(
        tasks("Interest").consumer({{"name", "worker"}, {"filterSubjects", {"tasks.started.>"}}}));
    EXPECT_THAT(warned(),
                ElementsAre(Warning{"retention-without-consumers",
                                    "retention is Interest and no durable consumer filters x: "
                                    "what is published there is dropped at once"}));
    declare(tasks("Interest"));
    EXPECT_THAT(warned(), ElementsAre(says("retention-without-consumers", "filters tasks.>, x:")));
    declare(tasks("Interest").consumer({{"name", "all"}}));
    EXPECT_THAT(warned(), IsEmpty());
    declare(tasks("Limits"));
    EXPECT_THAT(warned(), IsEmpty());
}

TEST_F(Warnings, ManySubjectsAreNotAllNamed) {
    declare(a_stream_config().set("retention", "Interest").set("subjects", {"a", "b", "c", "d"}));
    EXPECT_THAT(warned(), ElementsAre(says("retention-without-consumers", "a, b, c and 1 more")));
}

TEST_F(Warnings, OtherProgramsDurableConsumersCountForInterest) {
    declare(tasks("Interest"));
    server_holds(tasks("Interest"));
    auto& theirs = server_has_consumer("theirs", {});
    EXPECT_THAT(warned(), IsEmpty());
    // It may be gone at the next look, and back at the one after: the warning stays.
    theirs.settings.inactive_threshold = std::chrono::seconds{5};
    EXPECT_THAT(warned(), ElementsAre(says("retention-without-consumers", "tasks.>, x")));
}

TEST_F(Warnings, AConsumerThatThePlanRemovesDoesNotCount) {
    server_holds(tasks("Interest").consumer({{"name", "old"}}));
    declare(tasks("Interest"));
    EXPECT_THAT(warned(), ElementsAre(says("retention-without-consumers", "tasks.>, x")));
}

TEST_F(Warnings, OverlappingSubjectsNameTheOtherStream) {
    declare(a_stream_config().set("subjects", {"orders.>"}));
    situation_.overlapping["orders.>"] = {jetstream::StreamName{"OLD"},
                                          jetstream::StreamName{"OLDER"}};
    EXPECT_THAT(warned(),
                ElementsAre(Warning{"subjects-overlap",
                                    "subject orders.> overlaps with those of stream OLD, OLDER, "
                                    "which the server refuses"}));
}

TEST_F(Warnings, WorkQueueConsumersMustNotShareMessages) {
    const auto with = [](const std::string& left, const std::string& right) {
        return tasks("WorkQueue")
            .consumer({{"name", "a"}, {"filterSubjects", {left}}})
            .consumer({{"name", "b"}, {"filterSubjects", {right}}});
    };
    declare(with("tasks.*.x", "tasks.y.*"));
    EXPECT_THAT(warned(), ElementsAre(says("workqueue-consumers-overlap", "(a with b)")));
    declare(with("tasks.x", "tasks.y"));
    EXPECT_THAT(warned(), IsEmpty());
    declare(tasks("WorkQueue")
                .consumer({{"name", "a"}})
                .consumer({{"name", "b"}, {"filterSubjects", {"x"}}}));
    EXPECT_THAT(warned(), ElementsAre(says("workqueue-consumers-overlap", "(a with b)")));
}

TEST_F(Warnings, AWorkQueuesOtherConsumersCountToo) {
    server_holds(tasks("WorkQueue"));
    server_has_consumer("theirs", {});
    declare(tasks("WorkQueue").consumer({{"name", "ours"}}));
    EXPECT_THAT(warned(), ElementsAre(says("workqueue-consumers-overlap", "(ours with theirs)")));
}

TEST_F(Warnings, StateInTheMemoryOfOneServer) {
    declare(a_state_bucket().set("storage", "Memory"));
    EXPECT_THAT(warned(), ElementsAre(says("memory-without-copy", "one replica")));
    declare(a_state_bucket().set("storage", "Memory").set("replicas", 3));
    EXPECT_THAT(warned(), IsEmpty());
    declare(a_state_bucket().set("storage", "Memory").set("mirror", {{"name", "origin"}}));
    EXPECT_THAT(warned(), IsEmpty());
}

TEST_F(Warnings, TheReplicaLimitIsNotTheManifestsFault) {
    declare(a_state_bucket().set("storage", "Memory").set("replicas", 3));
    situation_.limited = limit_replicas(situation_.desired, 1);
    ASSERT_EQ(situation_.desired.stream.replicas, 1);
    EXPECT_THAT(warned(), IsEmpty());
}

TEST_F(Warnings, NoMaxBytesWhereTheAccountHasALimit) {
    declare(a_state_bucket());
    situation_.server.limits.max_memory = 1000;
    EXPECT_THAT(warned(), IsEmpty());
    situation_.server.limits.max_file = 1000;
    EXPECT_THAT(warned(), ElementsAre(says("no-max-bytes", "the account's File storage")));
    // The text holds no figure: a limit that is raised rewrites no status.
    EXPECT_THAT(warned().front().text, Not(HasSubstr("1000")));
    declare(a_state_bucket().set("maxBytes", 500));
    EXPECT_THAT(warned(), IsEmpty());
}

TEST_F(Warnings, TheLimitIsTheTiers) {
    declare(a_state_bucket().set("replicas", 3));
    situation_.server.tiers[1].max_file = 1000;
    EXPECT_THAT(warned(), IsEmpty());
    situation_.server.tiers[3].max_file = 1000;
    EXPECT_THAT(warned(), ElementsAre(says("no-max-bytes", "")));
}

TEST_F(Warnings, TwoReplicas) {
    declare(a_stream_config().set("replicas", 2));
    EXPECT_THAT(warned(), ElementsAre(says("two-replicas", "use 3, or 1")));
}

TEST_F(Warnings, EndTheMessageOfTheReportWhateverItSays) {
    declare(a_stream_config().set("replicas", 2));
    EXPECT_THAT(decided().report.message,
                AllOf(HasSubstr("; warning two-replicas: "), EndsWith("use 3, or 1")));
    server_holds(a_stream_config().set("replicas", 2), "");
    const auto refused = decided();
    EXPECT_EQ(refused.report.reason, resources::Reason::NotOwned);
    EXPECT_THAT(refused.report.message, EndsWith("use 3, or 1"));
    EXPECT_THAT(refused.warnings, ElementsAre(says("two-replicas", "")));
}

TEST_F(Warnings, AWaitingPlanThatIsToldAgainRepeatsNone) {
    const auto declared = a_stream_config().set("replicas", 2).set("maxMessages", 10);
    server_holds(a_stream_config().set("replicas", 2));
    holds_messages(5'000);
    declare(declared);
    const auto first = decided();
    ASSERT_EQ(first.report.reason, resources::Reason::ApprovalRequired);
    declaration_.status = resources::to_status(first.report, {}, 1, {}, "2026-01-01T12:00:00Z");
    EXPECT_EQ(decided().report.message, first.report.message);
}

}  // namespace
}  // namespace headgate::reconcilers
