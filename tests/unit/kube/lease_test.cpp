#include "kube/lease.hpp"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace headgate::kube {
namespace {

using core::Error;
using core::ErrorCode;
using core::Json;
using core::Result;
using namespace std::chrono_literals;
using TimePoint = LeaseElection::TimePoint;

// Times of this file: monotonic since an arbitrary start, and the day they fall on.
constexpr TimePoint at(std::chrono::milliseconds since) {
    return TimePoint{} + 1h + since;
}

const core::Timestamp kWall =
    core::Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 3 / 4}} + 1500us;
constexpr auto kWallText = "2026-03-04T00:00:00.001500Z";

std::string text_of(const LeaseCommand& command) {
    struct Visitor {
        std::string operator()(const LookAtLease&) const { return "look"; }

        std::string operator()(const CreateLease& create) const {
            return "create for " + create.record.holder;
        }

        std::string operator()(const ChangeLease& change) const {
            return "change " + change.version.value() + " to " + change.record.holder;
        }

        std::string operator()(const WaitForLease& wait) const {
            const auto time = wait.until - at(0ms);
            return "wait until " +
                   std::to_string(
                       std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
        }
    };

    return std::visit(Visitor{}, command);
}

LeaseRecord held_by(const std::string& holder, std::chrono::seconds duration = 15s) {
    return {.holder = holder,
            .duration = duration,
            .acquired = "2001-01-01T00:00:00.000000Z",
            .renewed = "2001-01-01T00:00:00.000000Z",
            .transitions = 7};
}

Result<Object> lease(const LeaseRecord& record, const std::string& version = "1") {
    Object object;
    object.meta.name = "headgate";
    object.meta.resource_version = ResourceVersion{version};
    object.spec = to_json(record);
    return object;
}

Result<Object> failed(ErrorCode code) {
    return Error{code, "as the test says"};
}

/// "me", who looks for the first time at 0 and finds what the test says.
class LeaseElectionTest : public testing::Test {
protected:
    std::string next(std::chrono::milliseconds now) {
        return text_of(election_.next(at(now), kWall, 0.5));
    }

    void looked(std::chrono::milliseconds now, const Result<Object>& lease) {
        election_.looked(lease, at(now), 0.5);
    }

    void wrote(std::chrono::milliseconds sent,
               std::chrono::milliseconds now,
               const Result<Object>& lease) {
        election_.wrote(lease, at(sent), at(now), 0.5);
    }

    /// Holds it since 0, at version 2.
    void lead() {
        looked(0ms, lease(held_by("")));
        ASSERT_EQ(next(0ms), "change 1 to me");
        wrote(0ms, 0ms, lease(held_by("me"), "2"));
        ASSERT_TRUE(election_.leads());
    }

    LeaseElection election_{"me", {}};
};

TEST_F(LeaseElectionTest, LooksFirstAndCreatesWhatIsMissing) {
    EXPECT_EQ(next(0ms), "look");
    EXPECT_FALSE(election_.leads());
    looked(10ms, failed(ErrorCode::NotFound));
    EXPECT_EQ(next(10ms), "create for me");
    wrote(10ms, 30ms, lease(held_by("me")));
    EXPECT_TRUE(election_.leads());
    EXPECT_EQ(election_.holder(), "me");
}

TEST_F(LeaseElectionTest, LeadsForTheRenewDeadlineFromWhenTheRequestWasSent) {
    looked(0ms, failed(ErrorCode::NotFound));
    wrote(10ms, 900ms, lease(held_by("me")));
    EXPECT_EQ(election_.held_until(), at(10'010ms));
}

TEST_F(LeaseElectionTest, RenewsEachRetryPeriodWithoutLookingFirst) {
    lead();
    EXPECT_EQ(next(0ms), "wait until 2000");
    EXPECT_EQ(next(2'000ms), "change 2 to me");
    wrote(2'000ms, 2'100ms, lease(held_by("me"), "3"));
    EXPECT_EQ(election_.held_until(), at(12'000ms));
    EXPECT_EQ(next(2'100ms), "wait until 4100");
    EXPECT_EQ(next(4'100ms), "change 3 to me");
}

TEST_F(LeaseElectionTest, LosesItWhenTheDeadlinePassesWithoutARenewal) {
    lead();
    ASSERT_EQ(next(2'000ms), "change 2 to me");
    wrote(2'000ms, 9'000ms, failed(ErrorCode::Unavailable));
    EXPECT_EQ(next(9'000ms), "wait until 10000") << "not beyond what is held";
    EXPECT_TRUE(election_.leads());
    next(10'000ms);
    EXPECT_FALSE(election_.leads());
    EXPECT_EQ(election_.held_until(), std::nullopt);
}

TEST_F(LeaseElectionTest, WakesFromALongPauseAsAStandbyThatLooksFirst) {
    lead();
    EXPECT_EQ(next(60'000ms), "look");
    EXPECT_FALSE(election_.leads());
    looked(60'000ms, lease(held_by("other"), "9"));
    EXPECT_EQ(next(60'000ms), "wait until 63200");
    EXPECT_EQ(election_.holder(), "other");
}

TEST_F(LeaseElectionTest, AnAnswerThatCameAfterALongPauseCountsFromItsRequest) {
    lead();
    ASSERT_EQ(next(2'000ms), "change 2 to me");
    wrote(2'000ms, 60'000ms, lease(held_by("me"), "3"));
    next(60'000ms);
    EXPECT_FALSE(election_.leads());
}

TEST_F(LeaseElectionTest, AnotherHolderIsLeftAloneWhileItsRecordChanges) {
    looked(0ms, lease(held_by("other"), "1"));
    EXPECT_EQ(next(0ms), "wait until 3200");
    for (auto now = 3'200ms; now < 60'000ms; now += 3'200ms) {
        ASSERT_EQ(next(now), "look");
        auto record = held_by("other");
        record.renewed = std::to_string(now.count());
        looked(now, lease(record, std::to_string(now.count())));
        ASSERT_EQ(next(now), "wait until " + std::to_string((now + 3'200ms).count()));
    }
    EXPECT_FALSE(election_.leads());
}

TEST_F(LeaseElectionTest, ExpiryIsJudgedByTheLocalClockFromTheLastChangeSeen) {
    looked(0ms, lease(held_by("other"), "1"));
    EXPECT_EQ(next(0ms), "wait until 3200");
    EXPECT_EQ(next(14'000ms), "look");
    // Its times are 25 years old: they are not looked at, only that nothing changed.
    looked(14'000ms, lease(held_by("other"), "1"));
    EXPECT_EQ(next(14'999ms), "wait until 18199");
    EXPECT_EQ(next(18'199ms), "look");
    looked(18'199ms, lease(held_by("other"), "1"));
    EXPECT_EQ(next(18'199ms), "change 1 to me");
}

TEST_F(LeaseElectionTest, WhatTheHolderPromisedCountsNotWhatThisOneWould) {
    looked(0ms, lease(held_by("other", 60s), "1"));
    next(0ms);
    ASSERT_EQ(next(59'000ms), "look");
    looked(59'000ms, lease(held_by("other", 60s), "1"));
    EXPECT_EQ(next(59'999ms), "wait until 63199");
    LeaseElection silent{"me", {}};
    silent.looked(lease(held_by("other", 0s), "1"), at(0ms), 0);
    EXPECT_EQ(text_of(silent.next(at(14'999ms), kWall, 0)), "wait until 16999");
}

TEST_F(LeaseElectionTest, AChangeOfTheObjectThatIsNoneOfTheRecordIsNoRenewal) {
    looked(0ms, lease(held_by("other"), "1"));
    next(0ms);
    ASSERT_EQ(next(15'000ms), "look");
    looked(15'000ms, lease(held_by("other"), "2"));
    EXPECT_EQ(next(15'000ms), "change 2 to me");
}

TEST_F(LeaseElectionTest, AReleasedLeaseIsTakenAtOnce) {
    looked(0ms, lease(held_by("other"), "1"));
    next(0ms);
    ASSERT_EQ(next(3'200ms), "look");
    looked(3'200ms, lease(held_by("", 1s), "2"));
    EXPECT_EQ(next(3'200ms), "change 2 to me");
}

TEST_F(LeaseElectionTest, WhoeverComesFirstWins) {
    looked(0ms, lease(held_by(""), "1"));
    ASSERT_EQ(next(0ms), "change 1 to me");
    wrote(0ms, 0ms, failed(ErrorCode::Conflict));
    EXPECT_FALSE(election_.leads());
    EXPECT_EQ(next(0ms), "wait until 3200");
    EXPECT_EQ(next(3'200ms), "look");

    LeaseElection creates{"me", {}};
    creates.looked(failed(ErrorCode::NotFound), at(0ms), 0);
    creates.wrote(failed(ErrorCode::AlreadyExists), at(0ms), at(0ms), 0);
    EXPECT_FALSE(creates.leads());
    EXPECT_EQ(text_of(creates.next(at(2'000ms), kWall, 0)), "look");
}

TEST_F(LeaseElectionTest, AHolderWhoseLeaseIsAnothersStopsAsSoonAsItSees) {
    lead();
    ASSERT_EQ(next(2'000ms), "change 2 to me");
    wrote(2'000ms, 2'000ms, failed(ErrorCode::Conflict));
    EXPECT_TRUE(election_.leads());
    EXPECT_EQ(next(2'000ms), "look") << "at once";
    looked(2'001ms, lease(held_by("other"), "5"));
    EXPECT_FALSE(election_.leads());
    EXPECT_EQ(next(2'001ms), "wait until 5201");
}

TEST_F(LeaseElectionTest, AHolderWhoseLeaseWasTouchedGoesOn) {
    lead();
    wrote(2'000ms, 2'000ms, failed(ErrorCode::Conflict));
    ASSERT_EQ(next(2'000ms), "look");
    looked(2'001ms, lease(held_by("me"), "5"));
    EXPECT_EQ(next(2'001ms), "change 5 to me");
    wrote(2'001ms, 2'002ms, lease(held_by("me"), "6"));
    EXPECT_EQ(election_.held_until(), at(12'001ms));
}

TEST_F(LeaseElectionTest, AHolderWhoseLeaseWasDeletedMakesItAgain) {
    lead();
    wrote(2'000ms, 2'000ms, failed(ErrorCode::NotFound));
    ASSERT_EQ(next(2'000ms), "look");
    looked(2'001ms, failed(ErrorCode::NotFound));
    EXPECT_EQ(next(2'001ms), "create for me");
    wrote(2'001ms, 2'002ms, lease(held_by("me"), "9"));
    EXPECT_TRUE(election_.leads());
}

TEST_F(LeaseElectionTest, AStandbyDoesNotTakeADeletedLeaseForAFreeOne) {
    looked(0ms, lease(held_by("other"), "1"));
    next(0ms);
    ASSERT_EQ(next(3'200ms), "look");
    looked(3'200ms, failed(ErrorCode::NotFound));
    EXPECT_EQ(next(3'200ms), "wait until 6400") << "its holder has not noticed yet";
    ASSERT_EQ(next(15'000ms), "look");
    looked(15'000ms, failed(ErrorCode::NotFound));
    EXPECT_EQ(next(15'000ms), "create for me");
}

TEST_F(LeaseElectionTest, AnUnknownOutcomeIsLookedAtAfterTheRetryPeriod) {
    lead();
    wrote(2'000ms, 7'000ms, failed(ErrorCode::OutcomeUnknown));
    EXPECT_EQ(next(7'000ms), "wait until 9000");
    EXPECT_EQ(next(9'000ms), "look");
    looked(9'000ms, lease(held_by("me"), "3"));
    EXPECT_EQ(election_.held_until(), at(10'000ms)) << "when it was written nobody knows";
    EXPECT_EQ(next(9'000ms), "change 3 to me");
}

TEST_F(LeaseElectionTest, WhatCannotBeReadIsTriedAgainLater) {
    looked(0ms, failed(ErrorCode::Forbidden));
    EXPECT_EQ(next(0ms), "wait until 3200");
    EXPECT_EQ(next(3'200ms), "look");
}

TEST_F(LeaseElectionTest, TimesAndTransitionsAreKeptAsClientGoDoes) {
    LeaseElection first{"me", {.duration = 1'500ms}};
    first.looked(failed(ErrorCode::NotFound), at(0ms), 0);
    const auto created = std::get<CreateLease>(first.next(at(0ms), kWall, 0)).record;
    EXPECT_EQ(created,
              (LeaseRecord{.holder = "me",
                           .duration = 2s,
                           .acquired = kWallText,
                           .renewed = kWallText,
                           .transitions = 0}));
    first.wrote(lease(created, "1"), at(0ms), at(0ms), 0);
    const auto renewed = std::get<ChangeLease>(first.next(at(2s), kWall + 1s, 0)).record;
    EXPECT_EQ(renewed.acquired, kWallText);
    EXPECT_EQ(renewed.renewed, "2026-03-04T00:00:01.001500Z");
    EXPECT_EQ(renewed.transitions, 0);

    looked(0ms, lease(held_by("other", 1s), "1"));
    const auto taken = std::get<ChangeLease>(election_.next(at(1s), kWall, 0)).record;
    EXPECT_EQ(taken.acquired, kWallText);
    EXPECT_EQ(taken.transitions, 8);
}

TEST_F(LeaseElectionTest, ReleaseNamesNobodyAndEndsLeading) {
    EXPECT_FALSE(election_.release(kWall).has_value());
    lead();
    const auto release = election_.release(kWall);
    ASSERT_TRUE(release.has_value());
    EXPECT_EQ(release->version.value(), "2");
    EXPECT_EQ(release->record,
              (LeaseRecord{.holder = "",
                           .duration = 1s,
                           .acquired = kWallText,
                           .renewed = kWallText,
                           .transitions = 7}));
    EXPECT_FALSE(election_.leads());
    EXPECT_FALSE(election_.release(kWall).has_value());
}

TEST_F(LeaseElectionTest, JitterSpreadsTheLooksOfStandbys) {
    for (const auto& [jitter, until] :
         std::vector<std::pair<double, std::string>>{{0, "2000"}, {0.5, "3200"}, {0.999, "4397"}}) {
        LeaseElection standby{"me", {}};
        standby.looked(lease(held_by("other"), "1"), at(0ms), jitter);
        EXPECT_EQ(text_of(standby.next(at(0ms), kWall, jitter)), "wait until " + until);
    }
}

TEST(LeaseRecord, OfOtherTypesOrMissingIsNothing) {
    EXPECT_EQ(lease_record(Json::object()), LeaseRecord{});
    EXPECT_EQ(lease_record(nullptr), LeaseRecord{});
    EXPECT_EQ(lease_record({{"holderIdentity", nullptr}, {"leaseDurationSeconds", "15"}}),
              LeaseRecord{});
    EXPECT_EQ(lease_record(to_json(held_by("x"))), held_by("x"));
}

}  // namespace
}  // namespace headgate::kube
