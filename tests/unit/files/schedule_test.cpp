#include "files/schedule.hpp"

#include <chrono>

#include <gtest/gtest.h>

namespace headgate::files {
namespace {

using namespace std::chrono_literals;

const Schedule::Time kStart{1000s};

Schedule after_first_read() {
    Schedule schedule{300ms, 30s, kStart};
    schedule.note_read(kStart, false);
    return schedule;
}

TEST(Schedule, TheFirstReadIsDueAtOnceAndSettled) {
    const Schedule schedule{300ms, 30s, kStart};
    EXPECT_EQ(schedule.due(), kStart);
    EXPECT_EQ(schedule.certainty(kStart), Certainty::Settled);
}

TEST(Schedule, WithoutEventsItPolls) {
    EXPECT_EQ(after_first_read().due(), kStart + 30s);
}

TEST(Schedule, EveryEventPutsTheReadOff) {
    auto schedule = after_first_read();
    schedule.note_event(kStart + 1s);
    EXPECT_EQ(schedule.due(), kStart + 1300ms);
    schedule.note_event(kStart + 1200ms);
    EXPECT_EQ(schedule.due(), kStart + 1500ms);
    EXPECT_EQ(schedule.certainty(kStart + 1500ms), Certainty::Settled);
}

TEST(Schedule, ADirectoryThatNeverRestsIsReadButNothingIsMissedInIt) {
    auto schedule = after_first_read();
    auto now = kStart;
    for (int i = 0; i < 100 && schedule.due() > now; ++i) {
        schedule.note_event(now);
        now += 100ms;
    }
    EXPECT_EQ(now, kStart + 3s);
    EXPECT_EQ(schedule.certainty(now), Certainty::Moving);
}

TEST(Schedule, WhatIsMissingIsLookedAtAgainSoon) {
    auto schedule = after_first_read();
    schedule.note_read(kStart + 5s, true);
    EXPECT_EQ(schedule.due(), kStart + 5300ms);
}

}  // namespace
}  // namespace headgate::files
