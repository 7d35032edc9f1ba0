// What the fake offers beyond the port, and the watcher run against it. That its port behaves as a
// real server's is the contract suite's matter.
#include "tests/fakes/fake_kube.hpp"

#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "core/guarded.hpp"
#include "kube/watch_decoder.hpp"
#include "kube/watcher.hpp"
#include "tests/support/eventually.hpp"

namespace headgate::fakes {
namespace {

using core::Call;
using core::Error;
using core::ErrorCode;
using core::Json;
using support::eventually;

const kube::ResourceType kGadgets{"test.headgate.io", "v1", "gadgets", "Gadget"};
const kube::ResourceType kWidgets{"test.headgate.io", "v1", "widgets", "Widget"};

Call soon(std::stop_token stop = {}) {
    return Call::within(std::chrono::seconds{10}, std::move(stop));
}

TEST(FakeKube, FaultBeforeACallLeavesEverythingAsItWas) {
    FakeKube kube;
    const auto made = kube.create(kGadgets, "ns", "a", Json::object());
    kube.fail_before([](std::string_view verb, const std::string& name) {
        return verb == "apply" && name == "a" ? std::optional{Error{ErrorCode::Unavailable, "down"}}
                                              : std::nullopt;
    });
    EXPECT_FALSE(kube.apply_status(kGadgets, made.meta, {{"text", "x"}}, "m", soon()));
    EXPECT_EQ(kube.object(kGadgets, "ns", "a"), made);
    EXPECT_TRUE(kube.get_object(kGadgets, "ns", "a", soon()));
    EXPECT_EQ(kube.requests("apply"), 1U);
    EXPECT_EQ(kube.write_requests(), 1U);
}

TEST(FakeKube, FaultAfterACallLosesOnlyTheReply) {
    FakeKube kube;
    const auto made = kube.create(kGadgets, "ns", "a", Json::object());
    kube.fail_after([](std::string_view, const std::string&) {
        return std::optional{Error{ErrorCode::OutcomeUnknown, "lost"}};
    });
    const auto applied = kube.apply_status(kGadgets, made.meta, {{"text", "x"}}, "m", soon());
    EXPECT_EQ(applied.error().code, ErrorCode::OutcomeUnknown);
    EXPECT_EQ(kube.object(kGadgets, "ns", "a")->status, (Json{{"text", "x"}}));
}

TEST(FakeKube, ExpiredContinueTokenIsGone) {
    FakeKube kube;
    kube.create(kGadgets, "ns", "a", Json::object());
    kube.create(kGadgets, "ns", "b", Json::object());
    const auto first = kube.list_page(kGadgets, {}, 1, "", soon());
    ASSERT_TRUE(first);
    kube.compact();
    EXPECT_EQ(kube.list_page(kGadgets, {}, 1, first->continue_token, soon()).error().code,
              ErrorCode::Gone);
}

TEST(FakeKube, KindsDoNotSeeEachOther) {
    FakeKube kube;
    kube.create(kGadgets, "ns", "a", Json::object());
    EXPECT_TRUE(kube.list_page(kWidgets, {}, 500, "", soon())->objects.empty());
}

/// Runs a Watcher as the reflector does, with every wait cut short, and keeps a set of names.
class Follower {
public:
    explicit Follower(FakeKube& kube, bool streams = false)
        : kube_(kube),
          streams_(streams),
          thread_([this](const std::stop_token& stop) { run(stop); }) {}

    [[nodiscard]] bool comes_to(const std::set<std::string>& names) const {
        return eventually(
            [&] { return names_.with_lock([&](const auto& now) { return now == names; }); });
    }

private:
    void run(const std::stop_token& stop) {
        kube::Watcher watcher{streams_};
        auto step = watcher.start();
        while (!stop.stop_requested()) {
            publish(step);
            if (const auto* list = std::get_if<kube::ListNext>(&*step.command)) {
                step = watcher.listed(
                    kube_.list_page(kGadgets, {}, list->limit, list->continue_token, soon(stop)),
                    0);
            } else if (const auto* watch = std::get_if<kube::WatchNext>(&*step.command)) {
                step = follow(watcher, *watch, stop);
            } else {
                step = watcher.waited();
            }
        }
    }

    kube::WatcherStep follow(kube::Watcher& watcher,
                             const kube::WatchNext& next,
                             const std::stop_token& stop) {
        kube::WatchDecoder decoder;
        std::optional<kube::WatcherStep> ending;
        const auto sink = [&](std::string_view chunk) {
            for (auto& event : decoder.feed(chunk)) {
                auto step = watcher.observed(std::move(event), 0);
                if (step.command) {
                    ending = std::move(step);
                    return false;
                }
                publish(step);
            }
            return true;
        };
        const auto status = kube_.watch(
            kGadgets, {}, {next.from, std::chrono::seconds{60}, next.everything}, sink, soon(stop));
        return ending ? std::move(*ending) : watcher.ended(status, 0);
    }

    void publish(const kube::WatcherStep& step) {
        for (const auto& event : step.events) {
            if (std::holds_alternative<kube::InitStart>(event)) {
                gathered_.clear();
            } else if (const auto* found = std::get_if<kube::InitApply>(&event)) {
                gathered_.insert(found->object.meta.name);
            } else if (std::holds_alternative<kube::InitDone>(event)) {
                names_.with_lock([&](auto& names) { names = gathered_; });
            } else if (const auto* applied = std::get_if<kube::Apply>(&event)) {
                names_.with_lock([&](auto& names) { names.insert(applied->object.meta.name); });
            } else if (const auto* deleted = std::get_if<kube::Delete>(&event)) {
                gathered_.erase(deleted->object.meta.name);
                names_.with_lock([&](auto& names) { names.erase(deleted->object.meta.name); });
            }
        }
    }

    FakeKube& kube_;
    bool streams_;
    std::set<std::string> gathered_;
    core::Guarded<std::set<std::string>> names_;
    std::jthread thread_;
};

TEST(WatcherOnFakeKube, FollowsThroughEndsErrorsAndCompaction) {
    FakeKube kube;
    for (int i = 0; i < 3; ++i) {
        kube.create(kGadgets, "ns", "a" + std::to_string(i), Json::object());
    }
    const Follower follower{kube};
    ASSERT_TRUE(follower.comes_to({"a0", "a1", "a2"}));
    kube.erase(kGadgets, "ns", "a0");
    kube.create(kGadgets, "ns", "b", Json::object());
    ASSERT_TRUE(follower.comes_to({"a1", "a2", "b"}));
    kube.end_watches();
    kube.create(kGadgets, "ns", "c", Json::object());
    ASSERT_TRUE(follower.comes_to({"a1", "a2", "b", "c"}));
    kube.fail_before([](std::string_view, const std::string&) {
        return std::optional{Error{ErrorCode::Unavailable, "down"}};
    });
    kube.end_watches();
    kube.erase(kGadgets, "ns", "a1");
    kube.compact();
    kube.fail_before({});
    // The deletion is in no watch any more: only the new list shows it.
    EXPECT_TRUE(follower.comes_to({"a2", "b", "c"}));
}

TEST(WatcherOnFakeKube, StreamsWhatThereIsAndListsWhereItCannot) {
    FakeKube kube;
    kube.create(kGadgets, "ns", "a", Json::object());
    const Follower follower{kube, true};
    ASSERT_TRUE(follower.comes_to({"a"}));
    kube.create(kGadgets, "ns", "b", Json::object());
    ASSERT_TRUE(follower.comes_to({"a", "b"}));
    EXPECT_EQ(kube.requests("list"), 0U);
    kube.fail_before([](std::string_view, const std::string&) {
        return std::optional{Error{ErrorCode::Unavailable, "down"}};
    });
    kube.end_watches();
    kube.erase(kGadgets, "ns", "a");
    kube.compact();
    kube.stream_lists(false);
    kube.fail_before({});
    EXPECT_TRUE(follower.comes_to({"b"}));
    EXPECT_GE(kube.requests("list"), 1U);
}

TEST(WatcherOnFakeKube, BookmarkCarriesAQuietKindPastACompaction) {
    FakeKube kube;
    kube.create(kGadgets, "ns", "a", Json::object());
    const Follower follower{kube};
    ASSERT_TRUE(follower.comes_to({"a"}));
    ASSERT_TRUE(eventually([&] { return kube.watches() == 1; }));
    const auto watches = kube.requests("watch");
    kube.create(kWidgets, "ns", "w", Json::object());
    kube.send_bookmarks();
    kube.create(kGadgets, "ns", "b", Json::object());
    ASSERT_TRUE(follower.comes_to({"a", "b"}));
    kube.compact();
    kube.end_watches();
    ASSERT_TRUE(eventually([&] { return kube.requests("watch") == watches + 1; }));
    kube.create(kGadgets, "ns", "c", Json::object());
    EXPECT_TRUE(follower.comes_to({"a", "b", "c"}));
    EXPECT_EQ(kube.requests("list"), 1U);
}

}  // namespace
}  // namespace headgate::fakes
