#include "controller/queue_state.hpp"

#include <chrono>

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

}  // namespace
}  // namespace headgate::controller
