#include "controller/event_book.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/kube_declarations.hpp"

namespace headgate::controller {
namespace {

using kube::Event;
using reconcilers::Pass;
using resources::Reason;
using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;
using TimePoint = EventBook::TimePoint;

const resources::ObjectKey kOrders{resources::Kind::StreamConfig, "team", "orders"};
const kube::ResourceType kType = resource_type(resources::Kind::StreamConfig);
constexpr TimePoint kStart = TimePoint{} + 1h;

/// "Warning NotOwned Reconcile: note"
std::vector<std::string> told(const Pass& pass) {
    std::vector<std::string> texts;
    for (const auto& event : events_of(kOrders, pass)) {
        EXPECT_EQ(event.type, kType);
        EXPECT_EQ(event.ns, "team");
        EXPECT_EQ(event.name, "orders");
        texts.push_back(std::string{event.warning ? "Warning " : "Normal "} + event.reason + " " +
                        event.action + ": " + event.note);
    }
    return texts;
}

Pass changed(std::optional<Reason> before, Reason now, std::string message = "why") {
    return Pass{.reason = now,
                .message = std::move(message),
                .reason_changed = true,
                .reason_before = before};
}

TEST(EventsOfAPass, WhatIsInOrderAndWhatIsNewTellNothing) {
    EXPECT_THAT(told(Pass{.reason = Reason::Applied}), IsEmpty());
    EXPECT_THAT(told(changed(std::nullopt, Reason::Applied)), IsEmpty());
    EXPECT_THAT(told(Pass{.reason = Reason::Applied, .done = {"created stream orders"}}),
                IsEmpty());
    EXPECT_THAT(told(Pass{.reason = Reason::NotOwned, .message = "as before"}), IsEmpty());
}

TEST(EventsOfAPass, BecomingNotReadyIsAWarning) {
    EXPECT_THAT(told(changed(Reason::Applied, Reason::NotOwned)),
                ElementsAre("Warning NotOwned Reconcile: why"));
    EXPECT_THAT(told(changed(std::nullopt, Reason::InvalidSpec)),
                ElementsAre("Warning InvalidSpec Reconcile: why"));
    EXPECT_THAT(told(changed(Reason::Deleting, Reason::DeletionBlocked)),
                ElementsAre("Warning DeletionBlocked Reconcile: why"));
}

TEST(EventsOfAPass, BecomingReadyIsToldWhereNotReadyWas) {
    EXPECT_THAT(told(changed(Reason::ApprovalRequired, Reason::Applied)),
                ElementsAre("Normal Applied Reconcile: Ready, after ApprovalRequired"));
    EXPECT_THAT(told(changed(Reason::Drifted, Reason::Observed)),
                ElementsAre("Normal Observed Reconcile: Ready, after Drifted"));
    EXPECT_THAT(told(changed(Reason::Reconciling, Reason::Applied)), IsEmpty());
    EXPECT_THAT(told(changed(Reason::Observed, Reason::Applied)), IsEmpty());
}

TEST(EventsOfAPass, AnOutageIsOfTheConnection) {
    EXPECT_THAT(told(changed(Reason::Applied, Reason::ConnectionFailed)),
                ElementsAre("Warning ConnectionFailed Connect: why"));
    EXPECT_THAT(told(changed(Reason::ConnectionFailed, Reason::Applied)),
                ElementsAre("Normal Applied Connect: Ready, after ConnectionFailed"));
    EXPECT_THAT(told(changed(Reason::ConnectionFailed, Reason::NotOwned)),
                ElementsAre("Warning NotOwned Reconcile: why"));
}

TEST(EventsOfAPass, APauseIsToldOfWhatWasNotMadePaused) {
    EXPECT_THAT(told(changed(Reason::Applied, Reason::Paused)),
                ElementsAre("Normal Paused Reconcile: why"));
    EXPECT_THAT(told(changed(Reason::Paused, Reason::Applied)),
                ElementsAre("Normal Applied Reconcile: Ready, after Paused"));
    EXPECT_THAT(told(changed(std::nullopt, Reason::Paused)), IsEmpty());
}

TEST(EventsOfAPass, RepairsPlansAndDeletionsAreTold) {
    EXPECT_THAT(told(Pass{.reason = Reason::Applied,
                          .done = {"updated stream orders"},
                          .drift = {"maxAge 2h -> 1h", "subjects: x"}}),
                ElementsAre("Normal DriftRepaired Repair: maxAge 2h -> 1h; subjects: x"));
    EXPECT_THAT(told(Pass{.reason = Reason::Applied,
                          .done = {"updated stream orders"},
                          .approved = "plan ab12 (x)"}),
                ElementsAre("Normal PlanCarriedOut Update: plan ab12 (x): updated stream orders"));
    EXPECT_THAT(told(Pass{.reason = Reason::Deleting,
                          .done = {"delete stream orders with 5 messages"},
                          .dropped = 5}),
                ElementsAre("Normal Deleted Delete: delete stream orders with 5 messages"));
    EXPECT_THAT(told(Pass{.reason = Reason::Deleting, .done = {"delete stream orders"}}), IsEmpty())
        << "nothing that anybody could miss";
    EXPECT_THAT(told(Pass{.reason = Reason::Deleting, .message = "released"}), IsEmpty());
    EXPECT_THAT(told(changed(Reason::Applied, Reason::Deleting)),
                ElementsAre("Warning Deleting Reconcile: why"));
}

class EventBookTest : public testing::Test {
protected:
    static Event event(const std::string& note, const std::string& name = "orders") {
        return {.type = kType, .ns = "team", .name = name, .reason = "Drift", .note = note};
    }

    static Event outage(const std::string& name, bool over = false) {
        return {.type = kType,
                .ns = "team",
                .name = name,
                .warning = !over,
                .reason = over ? "Applied" : "ConnectionFailed",
                .action = "Connect",
                .note = name};
    }

    void add(const Event& event, std::chrono::milliseconds at) {
        book_.add(event, kStart + at, core::Timestamp{at});
    }

    /// "note x1" of all that is to be written at this time.
    std::vector<std::string> writes(std::chrono::milliseconds at) {
        std::vector<std::string> texts;
        while (const auto write = book_.next(kStart + at)) {
            texts.push_back((write->count == 1 ? write->event.note : "series ") + " x" +
                            std::to_string(write->count) + " #" + std::to_string(write->id));
        }
        return texts;
    }

    EventBook book_;
};

TEST_F(EventBookTest, WhatIsNewIsWrittenAtOnceInItsOrder) {
    EXPECT_EQ(book_.next_due(), std::nullopt);
    add(event("b"), 0ms);
    add(event("a"), 0ms);
    EXPECT_EQ(book_.next_due(), TimePoint::min());
    EXPECT_THAT(writes(0ms), ElementsAre("b x1 #1", "a x1 #2"));
    EXPECT_EQ(book_.next_due(), std::nullopt);
}

TEST_F(EventBookTest, WhatRepeatsIsASeriesWrittenOnceInSixMinutes) {
    add(event("a"), 0ms);
    EXPECT_THAT(writes(0ms), ElementsAre("a x1 #1"));
    for (int i = 1; i <= 100; ++i) {
        add(event("a"), i * 1s);
        EXPECT_THAT(writes(i * 1s), IsEmpty());
    }
    EXPECT_EQ(book_.next_due(), kStart + 6min);
    EXPECT_THAT(writes(6min), ElementsAre("series  x101 #1"));
    add(event("a"), 7min);
    EXPECT_THAT(writes(11min), IsEmpty());
    EXPECT_THAT(writes(12min), ElementsAre("series  x102 #1"));
    EXPECT_EQ(book_.next_due(), std::nullopt);
}

TEST_F(EventBookTest, ASeriesThatIsOverBeginsAnew) {
    add(event("a"), 0ms);
    EXPECT_THAT(writes(0ms), ElementsAre("a x1 #1"));
    add(event("b"), 10min);
    add(event("a"), 10min);
    EXPECT_THAT(writes(10min), ElementsAre("b x1 #2", "a x1 #3"));
}

TEST_F(EventBookTest, WhatCouldNotBeWrittenBeginsAnewAndCounts) {
    add(event("a"), 0ms);
    book_.give_up(*book_.next(kStart));
    EXPECT_EQ(book_.dropped(), 1U);
    add(event("a"), 1s);
    EXPECT_THAT(writes(1s), ElementsAre("a x1 #2"));
}

TEST_F(EventBookTest, OneObjectTellsTenThingsAtOnceAndThenOneInTwoMinutes) {
    for (int i = 0; i < 15; ++i) {
        add(event(std::to_string(i)), 0ms);
    }
    add(event("of another", "others"), 0ms);
    EXPECT_EQ(writes(0ms).size(), 11U);
    EXPECT_EQ(book_.dropped(), 5U);
    add(event("x"), 119s);
    EXPECT_THAT(writes(119s), IsEmpty());
    add(event("y"), 121s);
    EXPECT_EQ(writes(121s).size(), 1U);
}

TEST_F(EventBookTest, SomeTellOfAnOutageForAllAndTheSameTellItsEnd) {
    const std::vector<std::string> names{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"};
    for (const auto& name : names) {
        add(outage(name), 0ms);
    }
    EXPECT_EQ(writes(0ms).size(), 10U);
    for (auto name = names.rbegin(); name != names.rend(); ++name) {
        add(outage(*name, true), 1min);
    }
    const auto ends = writes(1min);
    EXPECT_EQ(ends.size(), 10U);
    EXPECT_THAT(ends, testing::Not(testing::Contains(testing::StartsWith("k"))));
    EXPECT_EQ(book_.dropped(), 0U) << "it is told";
    add(outage("a"), 2min);
    add(outage("a", true), 2min);
    EXPECT_THAT(writes(7min), ElementsAre("series  x2 #20", "series  x2 #1"));
    add(event("of another kind", "k"), 8min);
    EXPECT_EQ(writes(8min).size(), 1U);
}

TEST_F(EventBookTest, WhatIsKeptDoesNotGrowWithTheObjects) {
    for (std::size_t i = 0; i < 3 * EventBook::kMostKnown; ++i) {
        add(event("a", "o" + std::to_string(i)), 0ms);
        add(outage("o" + std::to_string(i)), 0ms);
        if (i % 400 == 0) {
            EXPECT_FALSE(writes(0ms).empty());
        }
        ASSERT_LE(book_.kept(), 3 * EventBook::kMostKnown);
    }
    EXPECT_EQ(book_.dropped(), 0U);
}

TEST_F(EventBookTest, OfALongNoteNoMoreIsKeptThanIsWritten) {
    add(event(std::string(1'000'000, 'x')), 0ms);
    const auto write = book_.next(kStart);
    ASSERT_TRUE(write);
    EXPECT_LT(write->event.note.size(), 2 * kube::kLongestNote);
    EXPECT_GT(write->event.note.size(), kube::kLongestNote) << "the cut is to be seen";
}

TEST_F(EventBookTest, WhatNobodyKeepsUpWithLosesTheOldest) {
    for (std::size_t i = 0; i < EventBook::kMostWaiting + 7; ++i) {
        add(event("a", "o" + std::to_string(i)), 0ms);
    }
    EXPECT_EQ(book_.dropped(), 7U);
    const auto first = book_.next(kStart);
    ASSERT_TRUE(first.has_value());
    EXPECT_EQ(first->event.name, "o7");
    EXPECT_EQ(writes(0ms).size(), EventBook::kMostWaiting - 1);
}

}  // namespace
}  // namespace headgate::controller
