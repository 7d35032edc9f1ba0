#include "reconcilers/resources/status.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace headgate::resources {
namespace {

using core::Json;

constexpr std::string_view kThen = "2026-01-01T00:00:00Z";
constexpr std::string_view kLater = "2026-01-01T01:00:00Z";

ObjectStatus status_of(Reason reason,
                       const ObjectStatus& before = {},
                       std::string_view now = kThen,
                       std::int64_t generation = 1) {
    Report report;
    report.reason = reason;
    report.message = "words";
    return to_status(report, before, generation, "token", now);
}

const Condition* condition(const ObjectStatus& status, std::string_view type) {
    for (const auto& one : status.conditions) {
        if (one.type == type) {
            return &one;
        }
    }
    return nullptr;
}

struct Says {
    Reason reason;
    Truth ready;
    bool reconciling;
    bool stalled;
};

// Contract section 3, and kstatus: Reconciling and Stalled are there only while True.
constexpr std::array kSays{
    Says{Reason::Applied, Truth::True, false, false},
    Says{Reason::Observed, Truth::True, false, false},
    Says{Reason::Reconciling, Truth::False, true, false},
    Says{Reason::ConnectionFailed, Truth::False, true, false},
    Says{Reason::InvalidSpec, Truth::False, false, true},
    Says{Reason::ImmutableField, Truth::False, false, true},
    Says{Reason::NotOwned, Truth::False, false, true},
    Says{Reason::Conflict, Truth::False, false, true},
    Says{Reason::ApprovalRequired, Truth::False, false, true},
    Says{Reason::Unsupported, Truth::False, false, true},
    Says{Reason::InsufficientResources, Truth::False, false, false},
    Says{Reason::Rejected, Truth::False, false, false},
    Says{Reason::Drifted, Truth::False, false, false},
    Says{Reason::Deleting, Truth::False, true, false},
    Says{Reason::DeletionBlocked, Truth::False, false, false},
    Says{Reason::Paused, Truth::Unknown, false, false},
};

TEST(Conditions, SayOfEachReasonWhatTheContractSays) {
    EXPECT_EQ(kSays.size(), core::Names<Reason>::kAll.size());
    for (const auto& says : kSays) {
        const auto status = status_of(says.reason);
        const auto name = std::string{core::name_of(says.reason)};
        ASSERT_NE(condition(status, "Ready"), nullptr) << name;
        EXPECT_EQ(condition(status, "Ready")->status, says.ready) << name;
        EXPECT_EQ(condition(status, "Ready")->reason, name);
        EXPECT_EQ(condition(status, "Reconciling") != nullptr, says.reconciling) << name;
        EXPECT_EQ(condition(status, "Stalled") != nullptr, says.stalled) << name;
        EXPECT_EQ(status.reason(), says.reason);
        EXPECT_EQ(status.message(), "words");
        EXPECT_EQ(status.last_handled_reconcile_at, "token");
    }
}

TEST(Conditions, KeepTheirTransitionTimeUntilTheStatusFlips) {
    const auto first = status_of(Reason::NotOwned);
    const auto second = status_of(Reason::Conflict, first, kLater, 2);
    EXPECT_EQ(condition(second, "Ready")->last_transition_time, kThen);
    EXPECT_EQ(condition(second, "Stalled")->last_transition_time, kThen);
    EXPECT_EQ(condition(second, "Ready")->observed_generation, 2);
    const auto third = status_of(Reason::Applied, second, kLater, 2);
    EXPECT_EQ(condition(third, "Ready")->last_transition_time, kLater);
    EXPECT_EQ(condition(third, "Stalled"), nullptr);
    EXPECT_EQ(status_of(Reason::Applied, third, kThen, 2), third)
        << "the same said again is the same status";
}

TEST(StatusJson, IsReadBackAsWritten) {
    Report report;
    report.reason = Reason::ApprovalRequired;
    report.message = "waits";
    report.stream = "S";
    report.created = "2026-01-01T00:00:00.123Z";
    report.plan =
        Plan{.hash = "h", .changes = {{"maxAge", "1h", "1m", Effect::LosesMessages, 12, "drops"}}};
    report.consumers = {{"c", true, "Applied"}, {"d", false, "NotOwned"}};
    const auto status = to_status(report, {}, 7, "t", kThen);
    EXPECT_EQ(status_from_json(to_json(status)), status);
}

TEST(StatusJson, AlwaysHasTheObservedGenerationAndNeverAnEmptyText) {
    const auto json = to_json(status_of(Reason::Applied, {}, kThen, 0));
    EXPECT_EQ(json["observedGeneration"], 0);
    EXPECT_EQ(json["conditions"].size(), 1U);
    EXPECT_FALSE(json.contains("stream"));
    EXPECT_FALSE(json.contains("plan"));
    EXPECT_EQ(to_json(ObjectStatus{})["observedGeneration"], -1);
}

TEST(StatusJson, OfAnotherProgramIsReadAsFarAsItGoes) {
    for (const auto* text : {"null",
                             "[]",
                             "{}",
                             R"({"conditions": 5, "observedGeneration": "x", "plan": []})",
                             R"({"conditions": [1, {"type": 3}], "future": {}})"}) {
        const auto status = status_from_json(Json::parse(text));
        EXPECT_EQ(status.reason(), std::nullopt) << text;
        EXPECT_EQ(status.observed_generation, -1) << text;
    }
    const auto status = status_from_json(Json::parse(
        R"({"observedGeneration": 3, "stream": "S", "conditions": [{"type": "Ready", "status": "Maybe", "reason": "Whatever"}]})"));
    EXPECT_EQ(status.observed_generation, 3);
    EXPECT_EQ(status.stream, "S");
    EXPECT_EQ(status.reason(), std::nullopt);
}

}  // namespace
}  // namespace headgate::resources
