#include "controller/reflector.hpp"

#include <gtest/gtest.h>

#include "tests/unit/controller/running_loop.hpp"

namespace headgate::controller {
namespace {

using core::Json;
using support::eventually;

const kube::ResourceType kStreams = resource_type(resources::Kind::StreamConfig);

class ReflectorTest : public testing::Test {
protected:
    void declare(const std::string& name, Json spec = Json::object()) {
        kube_.create(kStreams, "team", name, spec);
    }

    bool known(RunningLoop& loop, const std::string& name) {
        return loop.declarations().find({resources::Kind::StreamConfig, "team", name}) != nullptr;
    }

    fakes::FakeKube kube_;
    fakes::FakeJetStream jetstream_;
};

TEST_F(ReflectorTest, WhatExistsBeforeTheStartAndWhatComesLaterIsMadeSo) {
    declare("before");
    RunningLoop loop{kube_, jetstream_};
    EXPECT_TRUE(loop.settles_on("before", "Applied"));
    declare("later");
    EXPECT_TRUE(loop.settles_on("later", "Applied"));
    EXPECT_TRUE(jetstream_.has_stream("before"));
    EXPECT_TRUE(jetstream_.has_stream("later"));
}

TEST_F(ReflectorTest, AnObjectCostsOneStatusWriteAndItsEchoWakesNobody) {
    RunningLoop loop{kube_, jetstream_};
    declare("orders");
    ASSERT_TRUE(loop.settles_on("orders", "Applied"));
    kube_.send_bookmarks();
    declare("other");
    ASSERT_TRUE(loop.settles_on("other", "Applied"));
    EXPECT_EQ(kube_.write_requests(), 2U);
    EXPECT_EQ(jetstream_.requests("stream_info"), 2U);
}

TEST_F(ReflectorTest, DeletionsMissedWhileTheWatchWasBrokenAreFoundByTheNextList) {
    declare("orders");
    declare("stays");
    RunningLoop loop{kube_, jetstream_};
    ASSERT_TRUE(loop.settles_on("orders", "Applied"));
    ASSERT_TRUE(loop.settles_on("stays", "Applied"));
    std::atomic<bool> broken{true};
    kube_.fail_before([&](std::string_view verb, const std::string&) -> std::optional<core::Error> {
        if (broken && (verb == "watch" || verb == "list")) {
            return core::Error{core::ErrorCode::Unavailable, "away"};
        }
        return std::nullopt;
    });
    kube_.end_watches();
    kube_.erase(kStreams, "team", "orders");
    kube_.compact();
    broken = false;
    EXPECT_TRUE(eventually([&] { return !known(loop, "orders"); }));
    EXPECT_TRUE(known(loop, "stays"));
}

TEST_F(ReflectorTest, AnEditOfTheSpecAndOfOurAnnotationsWakesTheObject) {
    declare("orders");
    RunningLoop loop{kube_, jetstream_};
    ASSERT_TRUE(loop.settles_on("orders", "Applied"));
    kube_.replace_spec(kStreams, "team", "orders", {{"maxAge", "1h"}});
    EXPECT_TRUE(eventually(
        [&] { return jetstream_.stream_config("orders")["max_age"] == 3'600'000'000'000; }));
    kube_.annotate(kStreams, "team", "orders", "headgate.io/paused", "true");
    EXPECT_TRUE(loop.settles_on("orders", "Paused"));
}

}  // namespace
}  // namespace headgate::controller
