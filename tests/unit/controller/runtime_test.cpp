#include "controller/runtime.hpp"

#include <atomic>
#include <future>
#include <utility>

#include <gtest/gtest.h>

#include "core/guarded.hpp"
#include "tests/unit/controller/running_loop.hpp"

namespace headgate::controller {
namespace {

using core::Json;
using support::eventually;

const kube::ResourceType kStreams = resource_type(resources::Kind::StreamConfig);

class RuntimeTest : public testing::Test {
protected:
    fakes::FakeKube kube_;
    fakes::FakeJetStream jetstream_;
};

TEST_F(RuntimeTest, TheResyncBringsBackAStreamDeletedBehindItsBack) {
    kube_.create(kStreams, "team", "orders", Json::object());
    RunningLoop loop{kube_, jetstream_, {.workers = 2, .resync = std::chrono::milliseconds{20}}};
    ASSERT_TRUE(loop.settles_on("orders", "Applied"));
    jetstream_.request("STREAM.DELETE.orders");
    EXPECT_TRUE(eventually([&] { return jetstream_.has_stream("orders"); }));
    EXPECT_TRUE(eventually([&] {
        return loop.metrics().text().find(
                   "headgate_drift_repaired_total{kind=\"StreamConfig\"} 1") != std::string::npos;
    }));
}

TEST_F(RuntimeTest, ALookAtAllAfterAnOutageMakesEverythingReadyAgain) {
    jetstream_.set_unavailable(true);
    kube_.create(kStreams, "team", "orders", Json::object());
    RunningLoop loop{
        kube_,
        jetstream_,
        {.workers = 2,
         .resync = std::chrono::hours{1},
         .backoff = {.first = std::chrono::hours{1}, .longest = std::chrono::hours{2}}}};
    ASSERT_TRUE(loop.settles_on("orders", "ConnectionFailed"));
    jetstream_.set_unavailable(false);
    loop.runtime().look_at_all();
    EXPECT_TRUE(loop.settles_on("orders", "Applied"));
}

TEST_F(RuntimeTest, ARivalTakesOverWhenTheHolderIsGone) {
    kube_.create(kStreams, "team", "first", {{"name", "SHARED"}, {"deletionPolicy", "Delete"}});
    RunningLoop loop{kube_, jetstream_};
    ASSERT_TRUE(loop.settles_on("first", "Applied"));
    kube_.create(kStreams, "team", "second", {{"name", "SHARED"}});
    ASSERT_TRUE(loop.settles_on("second", "Conflict"));
    kube_.erase(kStreams, "team", "first");
    EXPECT_TRUE(loop.settles_on("second", "Applied"));
    EXPECT_FALSE(kube_.object(kStreams, "team", "first").has_value());
}

TEST_F(RuntimeTest, ManyObjectsAreAllMadeSoWithOneWriteEach) {
    constexpr int kMany = 300;
    for (int i = 0; i < kMany; ++i) {
        kube_.create(kStreams, "team", "s" + std::to_string(i), Json::object());
    }
    RunningLoop loop{kube_, jetstream_, {.workers = 8, .resync = std::chrono::hours{1}}};
    for (int i = 0; i < kMany; ++i) {
        ASSERT_TRUE(loop.settles_on("s" + std::to_string(i), "Applied")) << i;
    }
    EXPECT_EQ(kube_.write_requests(), static_cast<std::size_t>(kMany));
    EXPECT_EQ(jetstream_.requests("stream_create"), static_cast<std::size_t>(kMany));
}

TEST_F(RuntimeTest, WhatIsBeingDeletedIsNotHeldUpByTheBacklog) {
    for (int i = 0; i < 50; ++i) {
        kube_.create(kStreams, "team", "s" + std::to_string(i), Json::object());
    }
    const auto late = kube_.create(kStreams, "team", "zz", Json::object());
    ASSERT_TRUE(kube_.add_finalizer(kStreams,
                                    late.meta,
                                    std::string{reconcilers::kFinalizer},
                                    core::Call::within(std::chrono::seconds{5})));
    kube_.erase(kStreams, "team", "zz");
    core::Guarded<std::vector<std::string>> written;
    kube_.fail_before([&](std::string_view verb, const std::string& name) {
        if (verb == "apply" || verb == "patch") {
            written.with_lock([&](auto& all) { all.push_back(name); });
        }
        return std::optional<core::Error>{};
    });
    RunningLoop loop{kube_, jetstream_, {.workers = 1, .resync = std::chrono::hours{1}}};
    ASSERT_TRUE(loop.settles_on("s49", "Applied"));
    EXPECT_EQ(written.with_lock([](const auto& all) { return all.front(); }), "zz");
}

TEST_F(RuntimeTest, StoppingFinishesThePassThatIsInProgress) {
    kube_.create(kStreams, "team", "orders", Json::object());
    {
        RunningLoop loop{kube_, jetstream_};
        ASSERT_TRUE(eventually([&] { return jetstream_.requests("stream_create") == 1; }));
    }
    EXPECT_TRUE(jetstream_.has_stream("orders"));
    EXPECT_EQ(kube_.requests("apply"), 1U);
}

TEST_F(RuntimeTest, StoppedItFollowsAndStartedAgainItPutsAllRight) {
    kube_.create(kStreams, "team", "orders", Json::object());
    RunningLoop loop{kube_, jetstream_};
    ASSERT_TRUE(loop.settles_on("orders", "Applied"));
    loop.runtime().stop();
    EXPECT_FALSE(loop.runtime().started());
    jetstream_.request("STREAM.DELETE.orders");
    kube_.create(kStreams, "team", "later", Json::object());
    ASSERT_TRUE(eventually([&] {
        return loop.declarations().find({resources::Kind::StreamConfig, "team", "later"}) !=
               nullptr;
    }));
    EXPECT_FALSE(jetstream_.has_stream("later"));
    loop.runtime().start();
    EXPECT_TRUE(loop.settles_on("later", "Applied"));
    EXPECT_TRUE(eventually([&] { return jetstream_.has_stream("orders"); }));
}

TEST_F(RuntimeTest, AbandonedItSendsNothingMoreNotEvenForThePassInProgress) {
    kube_.create(kStreams, "team", "orders", {{"deletionPolicy", "Delete"}});
    kube_.create(kStreams, "team", "others", {{"deletionPolicy", "Delete"}});
    std::promise<void> reached;
    std::promise<void> let_go;
    kube_.fail_after(
        [&, may_go = let_go.get_future().share(), told = false](
            std::string_view verb, const std::string&) mutable -> std::optional<core::Error> {
            if (verb == "patch" && !std::exchange(told, true)) {
                reached.set_value();
                may_go.wait();
            }
            return std::nullopt;
        });
    RunningLoop loop{kube_, jetstream_, {.workers = 1, .resync = std::chrono::hours{1}}};
    reached.get_future().wait();
    loop.runtime().abandon();
    let_go.set_value();
    loop.runtime().stop();
    EXPECT_EQ(kube_.requests("patch"), 1U) << "the other was not begun";
    EXPECT_FALSE(jetstream_.has_stream("orders") || jetstream_.has_stream("others"));
    for (const auto* name : {"orders", "others"}) {
        EXPECT_EQ(kube_.object(kStreams, "team", name)->status, Json::object());
    }
    loop.runtime().start();
    EXPECT_TRUE(loop.settles_on("orders", "Applied"));
    EXPECT_TRUE(loop.settles_on("others", "Applied"));
}

TEST_F(RuntimeTest, NothingIsDoneWhileItMayNotActAndEverythingAfter) {
    std::atomic<bool> may_act{false};
    std::atomic<int> asked{0};
    kube_.create(kStreams, "team", "orders", Json::object());
    RunningLoop loop{
        kube_, jetstream_, {.workers = 2, .resync = std::chrono::hours{1}, .may_act_until = [&] {
                                ++asked;
                                return may_act ? std::chrono::steady_clock::time_point::max()
                                               : std::chrono::steady_clock::time_point::min();
                            }}};
    ASSERT_TRUE(eventually([&] { return asked > 3; }));
    EXPECT_FALSE(jetstream_.has_stream("orders"));
    EXPECT_EQ(kube_.write_requests(), 0U);
    may_act = true;
    EXPECT_TRUE(loop.settles_on("orders", "Applied"));
}

}  // namespace
}  // namespace headgate::controller
