#include "jetstream/nats/reply_table.hpp"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace headgate::jetstream::nats {
namespace {

using namespace std::chrono_literals;
using core::Error;
using core::ErrorCode;
using core::Result;

std::chrono::steady_clock::time_point in(std::chrono::milliseconds time) {
    return std::chrono::steady_clock::now() + time;
}

TEST(ReplyTable, GivesEachReplyToTheOneThatExpectsIt) {
    ReplyTable table;
    auto first = table.expect("a");
    auto second = table.expect("a");
    table.deliver(second.token(), std::string{"two"});
    table.deliver(first.token(), std::string{"one"});
    EXPECT_EQ(*first.wait(in(1min), {}), "one");
    EXPECT_EQ(*second.wait(in(1min), {}), "two");
}

TEST(ReplyTable, WakesAWaitThatBeganBeforeTheReply) {
    ReplyTable table;
    auto ticket = table.expect("a");
    const auto token = ticket.token();
    std::jthread sender{[&] { table.deliver(token, std::string{"late"}); }};
    EXPECT_EQ(*ticket.wait(in(1min), {}), "late");
}

TEST(ReplyTable, OnlyTheFirstReplyCounts) {
    ReplyTable table;
    auto ticket = table.expect("a");
    table.deliver(ticket.token(), std::string{"first"});
    table.deliver(ticket.token(), std::string{"second"});
    table.close(Error{ErrorCode::OutcomeUnknown, "closed"});
    EXPECT_EQ(*ticket.wait(in(1min), {}), "first");
}

TEST(ReplyTable, AReplyNobodyWaitsForIsDropped) {
    ReplyTable table;
    std::uint64_t gone = 0;
    {
        auto ticket = table.expect("a");
        gone = ticket.token();
    }
    table.deliver(gone, std::string{"stale"});
    auto next = table.expect("a");
    EXPECT_NE(next.token(), gone);
    EXPECT_FALSE(next.wait(in(0ms), {}));
}

TEST(ReplyTable, NoReplyInTimeIsAnUnknownOutcomeNamingTheSubject) {
    ReplyTable table;
    auto ticket = table.expect("$JS.API.STREAM.CREATE.X");
    const auto reply = ticket.wait(in(1ms), {});
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error(),
              (Error{ErrorCode::OutcomeUnknown, "no reply to $JS.API.STREAM.CREATE.X in time"}));
}

TEST(ReplyTable, AStopEndsTheWaitAtOnce) {
    ReplyTable table;
    auto ticket = table.expect("a");
    std::stop_source stop;
    std::jthread stopper{[&] { stop.request_stop(); }};
    const auto reply = ticket.wait(in(10min), stop.get_token());
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, ErrorCode::Cancelled);
}

TEST(ReplyTable, ClosingEndsAllWaitsAndThoseToCome) {
    ReplyTable table;
    const Error lost{ErrorCode::OutcomeUnknown, "lost"};
    std::vector<Result<std::string>> replies(4, Result<std::string>{std::string{}});
    {
        std::vector<std::jthread> waiting;
        for (auto& reply : replies) {
            waiting.emplace_back([&] {
                auto ticket = table.expect("a");
                reply = ticket.wait(in(10min), {});
            });
        }
        table.close(lost);
    }
    for (const auto& reply : replies) {
        ASSERT_FALSE(reply);
        EXPECT_EQ(reply.error(), lost);
    }
    EXPECT_EQ(table.expect("later").wait(in(10min), {}).error(), lost);
}

TEST(ReplyTable, DenyingASubjectEndsItsWaitsOnly) {
    ReplyTable table;
    auto meant = table.expect("a.b");
    auto longer = table.expect("a.b.c");
    table.deny("a.b", false, Error{ErrorCode::Forbidden, "no"});
    EXPECT_EQ(meant.wait(in(1min), {}).error().code, ErrorCode::Forbidden);
    EXPECT_EQ(longer.wait(in(1ms), {}).error().code, ErrorCode::OutcomeUnknown);
    table.deny("a.b", true, Error{ErrorCode::Forbidden, "no"});
    EXPECT_EQ(longer.wait(in(1min), {}).error().code, ErrorCode::Forbidden);
}

}  // namespace
}  // namespace headgate::jetstream::nats
