#include "controller/events.hpp"

#include <atomic>
#include <future>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "controller/kube_declarations.hpp"
#include "tests/fakes/fake_kube.hpp"
#include "tests/support/eventually.hpp"

namespace headgate::controller {
namespace {

using core::Error;
using core::ErrorCode;
using support::eventually;

class EventRecorderTest : public testing::Test {
protected:
    static kube::Event event(const std::string& name, const std::string& note = "why") {
        return {.type = resource_type(resources::Kind::StreamConfig),
                .ns = "team",
                .name = name,
                .warning = true,
                .reason = "NotOwned",
                .action = "Reconcile",
                .note = note};
    }

    [[nodiscard]] std::size_t written() const { return kube_.documents(kube::event_type()).size(); }

    fakes::FakeKube kube_;
    std::atomic<std::uint64_t> dropped_{0};
    core::Log log_{core::LogFormat::Text, core::LogLevel::Off};
    EventRecorder recorder_{
        kube_, {"headgate.io/controller", "pod"}, log_, [this](auto count) { dropped_ += count; }};
};

TEST_F(EventRecorderTest, WritesEachOnceUnderANameOfItsOwn) {
    recorder_.add(event("a"));
    recorder_.add(event("a"));
    recorder_.add(event("b"));
    ASSERT_TRUE(eventually([&] { return written() == 2; }));
    const auto events = kube_.documents(kube::event_type());
    EXPECT_EQ(events.at(0)["regarding"]["name"], "a");
    EXPECT_EQ(events.at(1)["regarding"]["name"], "b");
    EXPECT_TRUE(events.at(0)["metadata"]["name"].get<std::string>().starts_with("a."));
    EXPECT_EQ(kube_.requests("patch"), 0U);
}

TEST_F(EventRecorderTest, NobodyWaitsForAServerThatHangs) {
    std::promise<void> let_go;
    kube_.fail_before([may_go = let_go.get_future().share()](
                          std::string_view, const std::string&) -> std::optional<Error> {
        may_go.wait();
        return std::nullopt;
    });
    constexpr std::size_t kMany = 1200;
    for (std::size_t i = 0; i < kMany; ++i) {
        recorder_.add(event("o" + std::to_string(i)));
    }
    EXPECT_GE(dropped_, kMany - EventBook::kMostWaiting - 1);
    let_go.set_value();
    // Counting is cheaper than copying a thousand of them.
    EXPECT_TRUE(eventually([&] {
        return kube_.requests("create") + dropped_ == kMany && written() + dropped_ == kMany;
    }));
}

TEST_F(EventRecorderTest, WhatFailsForAMomentIsTriedAgainAndARefusalIsNot) {
    std::atomic<int> failures{2};
    kube_.fail_before([&](std::string_view, const std::string&) -> std::optional<Error> {
        return failures-- > 0 ? std::optional{Error{ErrorCode::Unavailable, "busy"}} : std::nullopt;
    });
    recorder_.add(event("a"));
    EXPECT_TRUE(eventually([&] { return written() == 1; }));
    EXPECT_EQ(dropped_, 0U);
    kube_.fail_before([](std::string_view, const std::string&) {
        return Error{ErrorCode::Forbidden, "no"};
    });
    const auto tries = kube_.requests("create");
    recorder_.add(event("b"));
    EXPECT_TRUE(eventually([&] { return dropped_ == 1; }));
    EXPECT_EQ(kube_.requests("create"), tries + 1);
}

TEST_F(EventRecorderTest, WhoeverDoesNotLeadWritesNothing) {
    std::atomic<bool> leads{false};
    std::atomic<std::uint64_t> dropped{0};
    EventRecorder recorder{kube_,
                           {"headgate.io/controller", "pod"},
                           log_,
                           [&](auto count) { dropped += count; },
                           [&] {
                               return leads ? std::chrono::steady_clock::time_point::max()
                                            : std::chrono::steady_clock::time_point::min();
                           }};
    recorder.add(event("a"));
    EXPECT_TRUE(eventually([&] { return dropped == 1; }));
    leads = true;
    recorder.add(event("b"));
    EXPECT_TRUE(eventually([&] { return written() == 1; }));
    EXPECT_EQ(kube_.requests("create"), 1U);
}

TEST_F(EventRecorderTest, ANameThatIsTooLongIsCutWhereItMayEnd) {
    recorder_.add(event(std::string(219, 'a') + "-" + std::string(33, 'b')));
    ASSERT_TRUE(eventually([&] { return written() == 1; }));
    const auto name =
        kube_.documents(kube::event_type()).at(0)["metadata"]["name"].get<std::string>();
    EXPECT_TRUE(name.starts_with(std::string(219, 'a') + ".")) << name;
}

TEST_F(EventRecorderTest, AReplyThatWasLostMakesNoSecondEvent) {
    std::atomic<int> lost{1};
    kube_.fail_after([&](std::string_view, const std::string&) -> std::optional<Error> {
        return lost-- > 0 ? std::optional{Error{ErrorCode::OutcomeUnknown, "lost"}} : std::nullopt;
    });
    recorder_.add(event("a"));
    EXPECT_TRUE(eventually([&] { return kube_.requests("create") == 2; }));
    recorder_.add(event("b"));
    EXPECT_TRUE(eventually([&] { return written() == 2; }));
    EXPECT_EQ(dropped_, 0U);
}

}  // namespace
}  // namespace headgate::controller
