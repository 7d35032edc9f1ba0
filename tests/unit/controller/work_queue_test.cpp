#include "controller/work_queue.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace headgate::controller {
namespace {

using namespace std::chrono_literals;

ObjectKey key(int number) {
    return {resources::Kind::StreamConfig, "default", std::to_string(number)};
}

TEST(WorkQueue, AnEarlierKeyWakesAWorkerThatSleepsForALaterOne) {
    WorkQueue queue{core::Backoff{}};
    queue.add(key(1), 1h);
    std::atomic<bool> taken{false};
    std::jthread worker{[&](const std::stop_token& stop) {
        if (const auto work = queue.take(stop)) {
            taken = work->key == key(2);
            queue.done(work->key);
        }
    }};
    queue.add(key(2));
    worker.join();
    EXPECT_TRUE(taken);
}

TEST(WorkQueue, AStopEndsAWait) {
    WorkQueue queue{core::Backoff{}};
    std::jthread worker{
        [&](const std::stop_token& stop) { EXPECT_FALSE(queue.take(stop).has_value()); }};
    worker.request_stop();
    worker.join();
}

TEST(WorkQueue, ARetryWaitsLongerEachTimeUntilForgotten) {
    WorkQueue queue{core::Backoff{.first = 1h, .longest = 1000h}};
    queue.retry(key(1));
    EXPECT_EQ(queue.figures().retries, 1U);
    EXPECT_EQ(queue.figures().depth, 0U);
    queue.forget(key(1));
    queue.add(key(1));
    EXPECT_EQ(queue.figures().depth, 1U);
}

TEST(WorkQueue, ManyWorkersNeverShareAKeyAndLoseNone) {
    WorkQueue queue{core::Backoff{}};
    std::mutex mutex;
    std::map<ObjectKey, int> in_work;
    std::map<ObjectKey, int> seen;
    bool shared = false;
    {
        std::vector<std::jthread> workers;
        for (int i = 0; i < 8; ++i) {
            workers.emplace_back([&](const std::stop_token& stop) {
                while (const auto work = queue.take(stop)) {
                    {
                        const std::scoped_lock lock{mutex};
                        shared = shared || ++in_work[work->key] > 1;
                        ++seen[work->key];
                    }
                    std::this_thread::yield();
                    {
                        const std::scoped_lock lock{mutex};
                        --in_work[work->key];
                    }
                    queue.done(work->key);
                }
            });
        }
        for (int round = 0; round < 50; ++round) {
            for (int i = 0; i < 20; ++i) {
                queue.add(key(i));
            }
        }
        EXPECT_TRUE(queue.wait_idle({}));
    }
    EXPECT_FALSE(shared);
    EXPECT_EQ(seen.size(), 20U);
}

TEST(Backoff, DoublesUpToItsLongestAndSpreadsByAFifth) {
    const core::Backoff backoff{.first = 10ms, .longest = 100ms};
    EXPECT_EQ(backoff.delay(1, 0.0), 10ms);
    EXPECT_EQ(backoff.delay(3, 0.0), 40ms);
    EXPECT_EQ(backoff.delay(9, 0.0), 100ms);
    EXPECT_EQ(backoff.delay(1000, 0.0), 100ms);
    EXPECT_EQ(backoff.delay(3, 0.5), 44ms);
}

}  // namespace
}  // namespace headgate::controller
