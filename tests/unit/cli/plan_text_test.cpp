#include "cli/plan_text.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/pruning.hpp"

namespace headgate::cli {
namespace {

using reconcilers::Decision;
using resources::Effect;
using resources::Kind;
using resources::PlannedChange;
using resources::Reason;
using testing::HasSubstr;
using testing::Not;

const resources::ObjectKey kOrders{Kind::StreamConfig, "agents", "orders"};

Decision decision(Reason reason,
                  std::string message,
                  std::vector<PlannedChange> changes,
                  bool acts) {
    Decision made{.report = {.reason = reason, .message = std::move(message), .stream = "ORDERS"},
                  .changes = std::move(changes)};
    if (acts) {
        made.steps.emplace_back(reconcilers::DeleteConsumer{jetstream::ConsumerName{"x"}});
    } else if (reason == Reason::ApprovalRequired) {
        made.report.plan = resources::Plan{.hash = "cafe", .changes = made.changes};
    }
    return made;
}

const PlannedChange kCreateStream{.field = "stream", .to = "ORDERS", .effect = Effect::Create};
const PlannedChange kShorter{
    .field = "maxAge",
    .from = "1h",
    .to = "30m",
    .effect = Effect::LosesMessages,
    .lost = 1204,
    .consequence = "drops about 1,204 of 5,000 messages, those older than 30m"};

std::string text_of(const Decision& made) {
    return plan_text(std::vector{planned_state(kOrders, made, {})}, false);
}

TEST(PlannedState, AnObjectWithStepsAheadIsNotAsDeclaredYet) {
    const auto state = planned_state(
        kOrders,
        decision(Reason::Applied, "stream ORDERS is as declared", {kCreateStream}, true),
        "replicas 3 capped to 1 by the replica limit");
    EXPECT_EQ(state.reason, Reason::Reconciling);
    EXPECT_EQ(state.message,
              "stream ORDERS does not exist yet; replicas 3 capped to 1 by the replica limit");
    ASSERT_TRUE(state.plan);
    EXPECT_EQ(state.plan->changes, std::vector{kCreateStream});
}

TEST(PlannedState, WithoutStepsItIsWhatWasDecided) {
    const auto state = planned_state(
        kOrders, decision(Reason::Applied, "stream ORDERS is as declared", {}, false), {});
    EXPECT_EQ(state.reason, Reason::Applied);
    EXPECT_EQ(state.message, "stream ORDERS is as declared");
    EXPECT_FALSE(state.plan);
}

TEST(PlannedState, ARefusalHasNoPlan) {
    EXPECT_FALSE(
        planned_state(kOrders, decision(Reason::NotOwned, "foreign", {kShorter}, false), {}).plan);
}

TEST(PlannedState, ASignatureAloneIsAChangeToo) {
    const auto text = text_of(decision(Reason::Applied, "", {}, true));
    EXPECT_THAT(text, HasSubstr("~ sign stream again"));
    EXPECT_THAT(text, HasSubstr("0 to create, 1 to update"));
}

TEST(PlanText, ShowsEachKindOfChange) {
    const auto text =
        text_of(decision(Reason::Applied,
                         "",
                         {kCreateStream,
                          {.field = "consumers[a]", .to = "a", .effect = Effect::Create},
                          {.field = "consumers[b]", .from = "b", .effect = Effect::Delete},
                          {.field = "maxAge", .from = "1h", .to = "30m", .effect = Effect::Update},
                          {.field = "description", .to = "new", .effect = Effect::Update},
                          {.field = "consumers[c].deliverPolicy",
                           .from = "All",
                           .to = "New",
                           .effect = Effect::Recreate},
                          {.field = "stream",
                           .from = "unsigned",
                           .to = "headgate/StreamConfig/agents/orders",
                           .effect = Effect::Adopt}},
                         true));
    for (const auto* const line :
         {"StreamConfig agents/orders  Reconciling\n",
          "  + create stream ORDERS\n",
          "  + create consumer a\n",
          "  - delete consumer b\n",
          "  ~ maxAge 1h -> 30m\n",
          "  ~ description (none) -> new\n",
          "  ~ consumers[c].deliverPolicy All -> New (makes the consumer anew)\n",
          "  ~ adopt stream (unsigned until now)\n"}) {
        EXPECT_THAT(text, HasSubstr(line));
    }
}

TEST(PlanText, WhatWaitsSaysWhatItWouldCost) {
    const auto text =
        text_of(decision(Reason::ApprovalRequired, "the same again", {kShorter}, false));
    EXPECT_EQ(text,
              "StreamConfig agents/orders  ApprovalRequired\n"
              "  ~ maxAge 1h -> 30m\n"
              "    ! drops about 1,204 of 5,000 messages, those older than 30m\n"
              "  nothing is done unless it is approved: headgate apply --approve cafe\n"
              "\n"
              "0 to create, 0 to update, 1 waits for approval, 0 refused, 0 as declared\n");
}

TEST(PlanText, AConsumerThatHoldsMessagesIsDeletedInRed) {
    const auto made = decision(Reason::ApprovalRequired,
                               "",
                               {{.field = "consumers[b]",
                                 .from = "b",
                                 .effect = Effect::LosesMessages,
                                 .lost = 3,
                                 .consequence = "drops up to 3"}},
                               false);
    EXPECT_THAT(plan_text(std::vector{planned_state(kOrders, made, {})}, true),
                HasSubstr("\x1B[31m- delete consumer b\x1B[0m"));
}

TEST(PlanText, ARefusalSaysWhy) {
    EXPECT_THAT(
        text_of(decision(
            Reason::NotOwned, "stream ORDERS exists and headgate did not make it", {}, false)),
        HasSubstr("NotOwned\n  stream ORDERS exists and headgate did not make it\n"));
}

TEST(PlanText, HasNoColourUnlessAsked) {
    EXPECT_THAT(text_of(decision(Reason::Applied, "", {kCreateStream}, true)),
                Not(HasSubstr("\x1B")));
}

TEST(PlanSummary, CountsEveryObjectOnce) {
    const auto of = [](const Decision& made) { return planned_state(kOrders, made, {}); };
    const std::vector states{
        of(decision(Reason::Applied, "", {kCreateStream}, true)),
        of(decision(Reason::Applied, "", {{.field = "maxAge", .from = "1h", .to = "2h"}}, true)),
        of(decision(Reason::ApprovalRequired, "", {kShorter}, false)),
        of(decision(Reason::ApprovalRequired, "", {kShorter}, false)),
        of(decision(Reason::NotOwned, "", {}, false)),
        of(decision(Reason::Applied, "", {}, false)),
        of(decision(Reason::Drifted, "", {}, false)),
        of(decision(Reason::InvalidSpec, "", {}, false))};
    EXPECT_EQ(plan_summary(states),
              "1 to create, 1 to update, 2 wait for approval, 1 refused, 1 as declared, 1 "
              "InvalidSpec, 1 Drifted");
}

TEST(PlanSummary, CountsWhatIsPrunedAndWhatIsKept) {
    auto doomed = decision(Reason::Deleting,
                           "stream ORDERS is deleted",
                           {{.field = "stream",
                             .from = "ORDERS",
                             .effect = Effect::Delete,
                             .lost = 5,
                             .consequence = "drops all 5 messages"}},
                           false);
    const std::vector states{
        orphan_state(kOrders, doomed),
        orphan_state(kOrders, decision(Reason::Deleting, "stream ORDERS is kept", {}, false)),
        orphan_state(kOrders, decision(Reason::DeletionBlocked, "holds 1 message", {}, false))};
    EXPECT_THAT(plan_summary(states),
                HasSubstr("0 as declared, 1 to delete, 1 kept, 1 DeletionBlocked"));
    EXPECT_EQ(exit_code(std::vector{states[1]}, false), 0);
    EXPECT_EQ(exit_code(std::vector{states[0]}, false), 2);
    EXPECT_EQ(exit_code(std::vector{states[2]}, false), 2);
    EXPECT_THAT(plan_text(states, false),
                HasSubstr("Deleting\n  - delete stream ORDERS\n    ! drops all 5 messages\n"));
}

TEST(PlanText, AWarningStandsOnALineOfItsOwnAndInTheMessage) {
    auto made = decision(Reason::NotOwned, "foreign; warning two-replicas: use 3", {}, false);
    made.warnings = {{"two-replicas", "use 3"}};
    EXPECT_THAT(text_of(made), HasSubstr("NotOwned\n  warning two-replicas: use 3\n  foreign\n"));
    auto planned = decision(Reason::Applied, "", {kCreateStream}, true);
    planned.warnings = made.warnings;
    EXPECT_EQ(planned_state(kOrders, planned, {}).message,
              "stream ORDERS does not exist yet; warning two-replicas: use 3");
}

const PlannedChange kAdoptStream{
    .field = "stream", .from = "unsigned", .to = "headgate/x", .effect = Effect::Adopt};
const PlannedChange kAdoptConsumer{
    .field = "consumers[worker]", .from = "unsigned", .to = "headgate/x", .effect = Effect::Adopt};

TEST(PlannedState, WhatIsOnlyAdoptedIsAsDeclared) {
    const auto state = planned_state(
        kOrders, decision(Reason::Applied, "", {kAdoptStream, kAdoptConsumer}, true), "");
    EXPECT_EQ(state.reason, Reason::Applied);
    EXPECT_EQ(state.message, "stream ORDERS is as declared, and would be taken over");
    ASSERT_TRUE(state.plan);
    EXPECT_EQ(state.plan->changes.size(), 2U);
    EXPECT_EQ(plan_text({{state}}, false),
              "StreamConfig agents/orders  Applied\n  ~ adopt stream (unsigned until now)\n"
              "  ~ adopt consumer worker (unsigned until now)\n\n"
              "0 to create, 0 to update, 1 to adopt, 0 wait for approval, 0 refused, 0 as "
              "declared\n");
    EXPECT_EQ(exit_code({{state}}, false), 0);
}

TEST(PlannedState, WhatIsAdoptedAndChangedIsNot) {
    const auto state =
        planned_state(kOrders, decision(Reason::Applied, "", {kAdoptStream, kShorter}, true), "");
    EXPECT_EQ(state.reason, Reason::Reconciling);
    EXPECT_EQ(exit_code({{state}}, false), 2);
}

}  // namespace
}  // namespace headgate::cli
