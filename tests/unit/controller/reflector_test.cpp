#include "controller/reflector.hpp"

#include <set>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "core/guarded.hpp"
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

TEST_F(ReflectorTest, WhatHappensBetweenTheListAndTheWatchIsNotMissed) {
    kube_.stream_lists(false);
    declare("goes");
    std::atomic<bool> once{true};
    kube_.fail_before([&](std::string_view verb, const std::string&) {
        if (verb == "watch" && kube_.requests("list") > 0 && once.exchange(false)) {
            kube_.create(kStreams, "team", "comes", Json::object());
            kube_.erase(kStreams, "team", "goes");
        }
        return std::optional<core::Error>{};
    });
    RunningLoop loop{kube_, jetstream_};
    EXPECT_TRUE(loop.settles_on("comes", "Applied"));
    EXPECT_TRUE(eventually([&] { return !known(loop, "goes"); }));
    EXPECT_EQ(kube_.requests("list"), resources::kKinds.size());
}

TEST_F(ReflectorTest, RelistSaysNothingOfOtherNamespaces) {
    const core::Log log{core::LogFormat::Text, core::LogLevel::Off};

    /// Holds what it was told, and one place that somebody else put there.
    struct Sink final : ObjectSink {
        void put(const kube::Object& object) override {
            held.with_lock([&](auto& all) { all.emplace(object.meta.ns, object.meta.name); });
        }

        void remove(const ObjectPlace& place) override {
            held.with_lock([&](auto& all) { all.erase(place); });
        }

        [[nodiscard]] std::vector<ObjectPlace> places() const override {
            return held.with_lock(
                [](auto& all) { return std::vector<ObjectPlace>(all.begin(), all.end()); });
        }

        core::Guarded<std::set<ObjectPlace>> held{
            std::set<ObjectPlace>{{"team", "deleted-unseen"}, {"elsewhere", "stays"}}};
    } sink;

    declare("orders");
    kube_.create(kStreams, "third", "unseen", Json::object());
    const Reflector reflector{kStreams, {"team", ""}, kube_, sink, log, {}};
    EXPECT_TRUE(eventually([&] { return reflector.synced(); }));
    EXPECT_EQ(sink.places(),
              (std::vector<ObjectPlace>{{"elsewhere", "stays"}, {"team", "orders"}}));
}

/// The watch is late while this program writes.
class LateEventsTest : public ReflectorTest {
protected:
    void refuse_updates(bool refuse) {
        jetstream_.set_fault(
            [refuse](std::string_view operation, auto&&...) -> std::optional<core::Error> {
                if (refuse && operation == "stream_update") {
                    return core::Error{core::ErrorCode::Refused, "no"};
                }
                return std::nullopt;
            });
    }

    void drift() {
        auto config = jetstream_.stream_config("orders");
        config["max_age"] = 5'000'000'000;
        config["duplicate_window"] = 5'000'000'000;
        jetstream_.request("STREAM.UPDATE.orders", config);
    }

    // Between the question for all there is and the server's answer (a busy server asks to come
    // back later: Retry-After), this program writes a status, and then somebody edits.
    void edit_while_everything_is_asked_for(RunningLoop& loop, const std::function<void()>& edit) {
        ASSERT_TRUE(loop.settles_on("orders", "Applied"));
        ASSERT_TRUE(eventually([&] { return loop.own_writes().waiting() == 0; }));
        kube_.fail_before(
            [&](std::string_view verb, const std::string&) -> std::optional<core::Error> {
                thread_local int calls = 0;
                if (verb != "watch" || !busy_) {
                    return std::nullopt;
                }
                if (++calls == 1) {
                    return core::Error{core::ErrorCode::Gone, "HTTP 410"};
                }
                ++asked_;
                while (busy_) {
                    std::this_thread::sleep_for(std::chrono::milliseconds{5});
                }
                return std::nullopt;
            });
        kube_.end_watches();
        ASSERT_TRUE(
            eventually([&] { return asked_ == static_cast<int>(resources::kKinds.size()); }));
        drift();
        refuse_updates(true);
        loop.runtime().look_at({resources::Kind::StreamConfig, "team", "orders"});
        ASSERT_TRUE(eventually([&] {
            const auto object = kube_.object(kStreams, "team", "orders");
            return resources::status_from_json(object->status).reason() ==
                   resources::Reason::Rejected;
        }));
        refuse_updates(false);
        edit();
        busy_ = false;
    }

    std::atomic<bool> busy_{true};
    std::atomic<int> asked_{0};
};

TEST_F(LateEventsTest, AnOlderEventNeitherBringsBackAStatusNorCausesAWrite) {
    declare("orders");
    RunningLoop loop{kube_, jetstream_};
    ASSERT_TRUE(loop.settles_on("orders", "Applied"));
    ASSERT_TRUE(eventually([&] { return loop.own_writes().waiting() == 0; }));
    kube_.hold_events(true);
    // Its event shows the status Applied, and comes after Rejected was written.
    kube_.annotate(kStreams, "team", "orders", "headgate.io/approve", "0123456789abcdef");
    drift();
    refuse_updates(true);
    loop.runtime().look_at({resources::Kind::StreamConfig, "team", "orders"});
    ASSERT_TRUE(loop.settles_on("orders", "Rejected"));
    ASSERT_EQ(loop.own_writes().waiting(), 1U);
    const auto writes = kube_.write_requests();
    kube_.hold_events(false);
    ASSERT_TRUE(eventually([&] { return loop.own_writes().waiting() == 0; }));
    ASSERT_TRUE(loop.runtime().wait_idle({}));
    const auto now = loop.declarations().find({resources::Kind::StreamConfig, "team", "orders"});
    EXPECT_EQ(now->status.reason(), resources::Reason::Rejected);
    EXPECT_EQ(now->annotations.approve, "0123456789abcdef");
    EXPECT_EQ(kube_.write_requests(), writes);
}

TEST_F(LateEventsTest, AStatusIsNotSkippedForAnOlderOneThatCameLate) {
    declare("orders");
    RunningLoop loop{kube_, jetstream_};
    ASSERT_TRUE(loop.settles_on("orders", "Applied"));
    ASSERT_TRUE(eventually([&] { return loop.own_writes().waiting() == 0; }));
    kube_.hold_events(true);
    // Nothing that wakes the object; but its event shows the status Applied.
    kube_.annotate(kStreams, "team", "orders", "example.com/note", "x");
    drift();
    refuse_updates(true);
    loop.runtime().look_at({resources::Kind::StreamConfig, "team", "orders"});
    ASSERT_TRUE(loop.settles_on("orders", "Rejected"));
    const auto told = kube_.told();
    kube_.let_through(1);
    ASSERT_TRUE(eventually([&] { return kube_.told() == told + 1; }));
    refuse_updates(false);
    loop.runtime().look_at({resources::Kind::StreamConfig, "team", "orders"});
    EXPECT_TRUE(eventually([&] {
        const auto object = kube_.object(kStreams, "team", "orders");
        return resources::status_from_json(object->status).reason() == resources::Reason::Applied;
    }));
}

// Only the edit is told, and it is newer than our write.
TEST_F(LateEventsTest, AnEditAfterAWriteThatCameWhileEverythingWasAskedForIsNotLost) {
    declare("orders");
    RunningLoop loop{kube_, jetstream_};
    edit_while_everything_is_asked_for(loop, [&] {
        kube_.replace_spec(kStreams, "team", "orders", {{"maxAge", "1h"}});
    });
    const auto max_age_is = [&](std::int64_t hours) {
        return eventually(
            [&] {
                return jetstream_.stream_config("orders")["max_age"] == hours * 3'600'000'000'000;
            },
            std::chrono::seconds{5});
    };
    EXPECT_TRUE(max_age_is(1)) << "the edit is lost";
    kube_.replace_spec(kStreams, "team", "orders", {{"maxAge", "2h"}});
    EXPECT_TRUE(max_age_is(2)) << "and all that follow";
    EXPECT_EQ(loop.own_writes().waiting(), 0U);
}

// The same with what changes no generation.
TEST_F(LateEventsTest, AnAnnotationAfterAWriteThatCameWhileEverythingWasAskedForIsNotLost) {
    declare("orders");
    RunningLoop loop{kube_, jetstream_};
    ASSERT_NO_FATAL_FAILURE(edit_while_everything_is_asked_for(
        loop, [&] { kube_.annotate(kStreams, "team", "orders", "headgate.io/paused", "true"); }));
    EXPECT_TRUE(eventually(
        [&] {
            const auto object = kube_.object(kStreams, "team", "orders");
            return resources::status_from_json(object->status).reason() ==
                   resources::Reason::Paused;
        },
        std::chrono::seconds{5}));
}

TEST_F(ReflectorTest, AStatusThatSomebodyElseRewroteIsPutRightAtTheNextLook) {
    declare("orders");
    RunningLoop loop{kube_, jetstream_};
    ASSERT_TRUE(loop.settles_on("orders", "Applied"));
    auto object = *kube_.object(kStreams, "team", "orders");
    object.meta.resource_version = {};
    auto status = object.status;
    auto& message = status["conditions"][0]["message"];
    const auto right = std::exchange(message, "another");
    ASSERT_TRUE(kube_.apply_status(
        kStreams, object.meta, status, "somebody", core::Call::within(std::chrono::seconds{5})));
    const resources::ObjectKey key{resources::Kind::StreamConfig, "team", "orders"};
    ASSERT_TRUE(eventually([&] {
        return loop.declarations().find(key)->status.conditions.front().message == "another";
    }));
    loop.runtime().look_at(key);
    EXPECT_TRUE(eventually([&] {
        return kube_.object(kStreams, "team", "orders")->status["conditions"][0]["message"] ==
               right;
    }));
}

}  // namespace
}  // namespace headgate::controller
