#include "reconcilers/drift.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headgate::reconcilers {
namespace {

using resources::Effect;
using resources::PlannedChange;
using testing::ElementsAre;
using testing::IsEmpty;

Decision decision(std::vector<PlannedChange> changes) {
    Decision decision;
    decision.report.stream = "ORDERS";
    decision.steps.emplace_back(UpdateStream{});
    decision.changes = std::move(changes);
    return decision;
}

TEST(DriftOf, NothingToDoIsNone) {
    auto idle = decision({{.field = "maxAge", .from = "2h", .to = "1h"}});
    idle.steps.clear();
    EXPECT_THAT(drift_of(idle), IsEmpty());
}

TEST(DriftOf, FieldsSaysFromWhatToWhat) {
    EXPECT_THAT(drift_of(decision({{.field = "maxAge", .from = "2h", .to = "1h"},
                                   {.field = "consumers[a].ackWait", .from = "", .to = "5s"}})),
                ElementsAre(Drift{"maxAge was changed", "maxAge 2h -> 1h"},
                            Drift{"consumers[a].ackWait was changed",
                                  "consumers[a].ackWait (none) -> 5s"}));
}

TEST(DriftOf, AStreamThatWasDeletedTookItsConsumersWithIt) {
    EXPECT_THAT(
        drift_of(decision({{.field = "stream", .to = "ORDERS", .effect = Effect::Create},
                           {.field = "consumers[a]", .to = "a", .effect = Effect::Create}})),
        ElementsAre(Drift{"stream ORDERS was deleted", "stream ORDERS was deleted; made again"}));
}

TEST(DriftOf, ConsumersThatCameOrWent) {
    EXPECT_THAT(
        drift_of(decision({{.field = "consumers[a]", .to = "a", .effect = Effect::Create},
                           {.field = "consumers[b]", .from = "b", .effect = Effect::Delete}})),
        ElementsAre(Drift{"consumer a was deleted", "consumer a was deleted; made again"},
                    Drift{"consumer b was made", "consumer b was made; deleted again"}));
}

TEST(DriftOf, StepsWithoutAChangeSignAgain) {
    EXPECT_THAT(drift_of(decision({})),
                ElementsAre(Drift{"the signature of stream ORDERS was removed",
                                  "the signature of stream ORDERS was removed; signed again"}));
    EXPECT_THAT(drift_of(decision({{.field = "consumers[a]", .effect = Effect::Adopt}})),
                ElementsAre(Drift{"the signature of consumer a was changed",
                                  "the signature of consumer a was changed; signed again"}));
}

}  // namespace
}  // namespace headgate::reconcilers
