#include "cli/live_table.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headgate::cli {
namespace {

using resources::Kind;
using resources::Reason;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

ObjectState state(const std::string& name, Reason reason) {
    return ObjectState{.key = {Kind::StateBucket, "default", name},
                       .reason = reason,
                       .message = "of " + name,
                       .stream = "KV_" + name};
}

class LiveTableTest : public testing::Test {
protected:
    template <class F>
    static std::string printed(F function) {
        testing::internal::CaptureStdout();
        function();
        return testing::internal::GetCapturedStdout();
    }

    Console console_;
    LiveTable table_{console_};
};

TEST_F(LiveTableTest, WaitsForTheFirstLookAtEachAndPrintsOnce) {
    table_.expect(state("a", Reason::Applied).key);
    table_.expect(state("b", Reason::Applied).key);
    EXPECT_EQ(printed([&] {
                  table_.note(state("a", Reason::Applied), true);
                  table_.print_when_complete("closing");
              }),
              "");
    EXPECT_FALSE(table_.complete());
    const auto text = printed([&] {
        table_.note(state("b", Reason::NotOwned), true);
        table_.print_when_complete("closing");
        table_.print_when_complete("closing");
    });
    EXPECT_THAT(text, StartsWith("KIND"));
    EXPECT_THAT(text, testing::EndsWith("1 Applied, 1 NotOwned; closing\n"));
    EXPECT_EQ(text.find("KIND"), text.rfind("KIND"));
    EXPECT_TRUE(table_.settled());
}

TEST_F(LiveTableTest, ThenPrintsARowWhenAReasonChangesAndOnlyThen) {
    printed([&] {
        table_.note(state("a", Reason::Applied), true);
        table_.print_when_complete("closing");
    });
    EXPECT_EQ(printed([&] { table_.note(state("a", Reason::Applied), true); }), "");
    const auto row = printed([&] { table_.note(state("a", Reason::ConnectionFailed), false); });
    EXPECT_THAT(row, HasSubstr("ConnectionFailed"));
    EXPECT_THAT(row, Not(HasSubstr("KIND")));
    EXPECT_THAT(printed([&] { table_.note(state("new", Reason::Applied), true); }),
                HasSubstr("new"));
}

TEST_F(LiveTableTest, WhatIsGoneIsARowAndNoLongerAState) {
    printed([&] {
        table_.note(state("a", Reason::Applied), true);
        table_.print_when_complete("closing");
    });
    auto gone = state("a", Reason::Deleting);
    gone.over = true;
    EXPECT_THAT(printed([&] { table_.note_gone(gone); }), HasSubstr("Deleting"));
    EXPECT_TRUE(table_.states().empty());
}

TEST_F(LiveTableTest, WhatIsGoneBeforeTheTableIsThereHasALineInIt) {
    auto gone = state("a", Reason::Deleting);
    gone.over = true;
    EXPECT_EQ(printed([&] { table_.note_gone(gone); }), "");
    EXPECT_THAT(printed([&] { table_.print(); }), HasSubstr("Deleting"));
}

TEST_F(LiveTableTest, AnUnsettledLookIsCompleteAndNotSettled) {
    table_.expect(state("a", Reason::Applied).key);
    table_.note(state("a", Reason::ConnectionFailed), false);
    EXPECT_TRUE(table_.complete());
    EXPECT_FALSE(table_.settled());
    table_.note(state("a", Reason::Applied), true);
    EXPECT_TRUE(table_.settled());
}

}  // namespace
}  // namespace headgate::cli
