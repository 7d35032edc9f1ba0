#include "controller/queue_state.hpp"

#include <chrono>
#include <map>
#include <string>

#include <gtest/gtest.h>

namespace headgate::controller {
namespace {

using namespace std::chrono_literals;

const ObjectKey kA{resources::Kind::StreamConfig, "default", "a"};
const ObjectKey kB{resources::Kind::StreamConfig, "default", "b"};
const QueueState::TimePoint kNow{1h};

TEST(QueueState, HandsOutInTheOrderOfBecomingReady) {
    QueueState queue;
    queue.add(kA, kNow + 2s);
    queue.add(kB, kNow + 1s);
    EXPECT_EQ(queue.take(kNow), std::nullopt);
    EXPECT_EQ(queue.take(kNow + 3s), kB);
    EXPECT_EQ(queue.take(kNow + 3s), kA);
    EXPECT_EQ(queue.take(kNow + 3s), std::nullopt);
}

TEST(QueueState, AKeyWaitsOnceAndItsEarliestTimeWins) {
    QueueState queue;
    EXPECT_TRUE(queue.add(kA, kNow + 5s));
    EXPECT_FALSE(queue.add(kA, kNow + 1s));
    EXPECT_FALSE(queue.add(kA, kNow + 9s));
    EXPECT_EQ(queue.next_ready(), kNow + 1s);
    EXPECT_EQ(queue.take(kNow + 1s), kA);
    queue.done(kA);
    EXPECT_EQ(queue.take(kNow + 10s), std::nullopt);
}

TEST(QueueState, AKeyIsNeverHandedOutTwiceAtATime) {
    QueueState queue;
    queue.add(kA, kNow);
    EXPECT_EQ(queue.take(kNow), kA);
    queue.add(kA, kNow);
    EXPECT_EQ(queue.take(kNow), std::nullopt);
    EXPECT_EQ(queue.next_ready(), std::nullopt);
    queue.done(kA);
    EXPECT_EQ(queue.take(kNow), kA);
}

TEST(QueueState, AnEarlierTimeForAKeyInWorkStillWins) {
    QueueState queue;
    queue.add(kA, kNow);
    ASSERT_EQ(queue.take(kNow), kA);
    queue.add(kA, kNow + 9s);
    queue.add(kA, kNow + 1s);
    queue.done(kA);
    EXPECT_EQ(queue.next_ready(), kNow + 1s);
    EXPECT_EQ(queue.take(kNow + 1s), kA);
    EXPECT_EQ(queue.next_ready(), std::nullopt);
}

TEST(QueueState, CountsWhatIsReadyAndWhatIsInWork) {
    QueueState queue;
    queue.add(kA, kNow);
    queue.add(kB, kNow + 1s);
    EXPECT_EQ(queue.depth(kNow), 1U);
    EXPECT_EQ(queue.depth(kNow + 1s), 2U);
    ASSERT_EQ(queue.take(kNow), kA);
    EXPECT_EQ(queue.in_work(), 1U);
    EXPECT_EQ(queue.oldest_work(), kNow);
    EXPECT_EQ(queue.depth(kNow + 1s), 1U);
}

ObjectKey numbered(int number) {
    return {resources::Kind::StreamConfig, "default", std::to_string(number)};
}

TEST(QueueState, DeletionsGoBeforeEditsAndEditsBeforeTheBacklog) {
    QueueState queue;
    queue.add(numbered(1), kNow, Priority::Backlog);
    queue.add(numbered(2), kNow + 1s, Priority::Fresh);
    queue.add(numbered(3), kNow + 2s, Priority::Deletion);
    queue.add(numbered(4), kNow + 2s, Priority::Fresh);
    EXPECT_EQ(queue.take(kNow + 2s), numbered(3));
    EXPECT_EQ(queue.priority(numbered(3)), Priority::Deletion);
    EXPECT_EQ(queue.take(kNow + 2s), numbered(2));
    EXPECT_EQ(queue.take(kNow + 2s), numbered(4));
    EXPECT_EQ(queue.take(kNow + 2s), numbered(1));
}

TEST(QueueState, PriorityIsNoReasonToTakeAKeyBeforeItsTime) {
    QueueState queue;
    queue.add(kA, kNow + 5s, Priority::Deletion);
    queue.add(kB, kNow + 1s, Priority::Backlog);
    EXPECT_EQ(queue.next_ready(), kNow + 1s);
    EXPECT_EQ(queue.take(kNow + 1s), kB);
    EXPECT_EQ(queue.take(kNow + 1s), std::nullopt);
    EXPECT_EQ(queue.next_ready(), kNow + 5s);
}

TEST(QueueState, AnEditLiftsAKeyOutOfTheBacklogAndAResyncDoesNotSinkIt) {
    QueueState queue;
    queue.add(kB, kNow, Priority::Backlog);
    queue.add(kA, kNow, Priority::Backlog);
    EXPECT_FALSE(queue.add(kA, kNow + 1s, Priority::Fresh));
    EXPECT_FALSE(queue.add(kA, kNow, Priority::Backlog));
    EXPECT_EQ(queue.take(kNow), kA);
    EXPECT_EQ(queue.depth(kNow), 1U);
    EXPECT_EQ(queue.take(kNow), kB);
}

TEST(QueueState, WhatIsAddedDuringTheWorkKeepsItsPriority) {
    QueueState queue;
    queue.add(kA, kNow, Priority::Backlog);
    ASSERT_EQ(queue.take(kNow), kA);
    queue.add(kA, kNow, Priority::Backlog);
    queue.add(kA, kNow, Priority::Deletion);
    queue.add(kB, kNow, Priority::Fresh);
    queue.done(kA);
    EXPECT_EQ(queue.take(kNow), kA);
    EXPECT_EQ(queue.priority(kA), Priority::Deletion);
}

TEST(QueueState, EditsWithoutEndDoNotStarveTheBacklogNorDeletionsTheEdits) {
    QueueState queue;
    queue.add(kA, kNow, Priority::Backlog);
    queue.add(kB, kNow + 1s, Priority::Fresh);
    int taken = 0;
    std::map<ObjectKey, int> at;
    while (at.size() < 2 && taken < 100) {
        queue.add(numbered(taken), kNow + 2s, Priority::Deletion);
        const auto key = queue.take(kNow + 2s);
        ASSERT_TRUE(key);
        ++taken;
        if (*key == kA || *key == kB) {
            at[*key] = taken;
        }
        queue.done(*key);
    }
    EXPECT_EQ(at[kA], QueueState::kFairShare);
    EXPECT_EQ(at[kB], 2 * QueueState::kFairShare);
}

}  // namespace
}  // namespace headgate::controller
