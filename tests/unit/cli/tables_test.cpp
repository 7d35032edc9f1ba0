#include "cli/tables.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace headgate::cli {
namespace {

using core::Json;
using resources::Kind;
using resources::Reason;
using testing::HasSubstr;

ObjectState state(Reason reason, const std::string& name = "orders", std::string message = "m") {
    return ObjectState{.key = {Kind::StreamConfig, "agents", name},
                       .reason = reason,
                       .message = std::move(message),
                       .stream = "ORDERS"};
}

std::vector<std::string> lines(const std::string& text) {
    std::vector<std::string> all;
    std::size_t begin = 0;
    for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
        all.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return all;
}

TEST(Table, ColumnsAreAsWideAsWhatStandsInThem) {
    const std::vector states{state(Reason::Applied),
                             state(Reason::ApprovalRequired, "a-much-longer-name")};
    EXPECT_THAT(
        lines(table_text(states, 0, false)),
        testing::ElementsAre(
            "KIND          NAMESPACE  NAME                READY  REASON            STREAM  MESSAGE",
            "StreamConfig  agents     orders              True   Applied           ORDERS  m",
            "StreamConfig  agents     a-much-longer-name  False  ApprovalRequired  ORDERS  m"));
}

TEST(Table, MessagesAreCutToTheTerminalAndOnlyThere) {
    const std::vector states{state(Reason::Applied, "orders", std::string(200, 'x'))};
    constexpr std::size_t kWidth = 100;
    EXPECT_EQ(display_length(lines(table_text(states, kWidth, false))[1]), kWidth);
    EXPECT_THAT(table_text(states, 0, false), HasSubstr(std::string(200, 'x')));
}

TEST(Table, ANarrowTerminalCutsGoodNewsAndWrapsBadNews) {
    constexpr std::size_t kNarrow = 70;
    const std::string message(200, 'x');
    const std::vector good{state(Reason::Applied, "orders", message)};
    const std::vector bad{state(Reason::NotOwned, "orders", message)};
    EXPECT_EQ(display_length(lines(table_text(good, kNarrow, false))[1]), kNarrow);
    EXPECT_THAT(table_text(bad, kNarrow, false), HasSubstr(message));
    EXPECT_EQ(table_text(good, 10, false).find('x'), std::string::npos);
}

TEST(Table, ColourDoesNotMoveColumns) {
    const std::vector states{state(Reason::Applied), state(Reason::NotOwned)};
    auto colored = table_text(states, 0, true);
    EXPECT_THAT(colored, HasSubstr("\x1B[32mApplied\x1B[0m"));
    EXPECT_THAT(colored, HasSubstr("\x1B[31mNotOwned\x1B[0m"));
    for (auto at = colored.find('\x1B'); at != std::string::npos; at = colored.find('\x1B')) {
        colored.erase(at, colored.find('m', at) + 1 - at);
    }
    EXPECT_EQ(colored, table_text(states, 0, false));
}

TEST(Table, NothingIsNoTable) {
    EXPECT_EQ(table_text({}, 0, false), "");
}

TEST(Table, AMessageStaysOnItsLine) {
    EXPECT_EQ(lines(table_text(std::vector{state(Reason::Applied, "o", "a\nb")}, 0, false)).size(),
              2U);
}

TEST(Table, EveryReasonIsPrintedLiterally) {
    for (const auto& reason : core::Names<Reason>::kAll) {
        EXPECT_THAT(table_text(std::vector{state(reason.value)}, 0, false),
                    HasSubstr(" " + std::string{reason.text} + " "));
    }
}

TEST(JsonText, HoldsTheContractsFields) {
    auto waiting = state(Reason::ApprovalRequired);
    waiting.plan = resources::Plan{.hash = "h",
                                   .changes = {{.field = "maxAge",
                                                .from = "1h",
                                                .to = "30m",
                                                .effect = resources::Effect::LosesMessages,
                                                .lost = 12,
                                                .consequence = "drops"}}};
    const auto json = Json::parse(json_text(std::vector{waiting, state(Reason::Applied, "b")}));
    EXPECT_EQ(
        json["objects"][0],
        Json::parse(
            R"({"kind": "StreamConfig", "namespace": "agents", "name": "orders", "reason": "ApprovalRequired", "message": "m",
                  "plan": {"hash": "h", "changes": [{"field": "maxAge", "from": "1h", "to": "30m", "effect": "LosesMessages", "lost": 12, "consequence": "drops"}]}})"));
    EXPECT_EQ(json["objects"][1]["plan"], Json{});
    EXPECT_EQ(json["objects"].size(), 2U);
}

TEST(JsonText, NothingIsAnEmptyList) {
    EXPECT_EQ(Json::parse(json_text({})), Json::parse(R"({"objects": []})"));
}

TEST(JsonText, BytesThatAreNoTextDoNotBreakIt) {
    EXPECT_TRUE(Json::accept(json_text(std::vector{state(Reason::Rejected, "o", "\xFF\xFE")})));
}

TEST(ExitCode, FollowsTheContract) {
    const std::vector good{state(Reason::Applied), state(Reason::Observed)};
    EXPECT_EQ(exit_code(good, false), 0);
    EXPECT_EQ(exit_code(good, true), 1);
    EXPECT_EQ(exit_code({}, false), 0);
    for (const auto reason : {Reason::ApprovalRequired,
                              Reason::NotOwned,
                              Reason::Conflict,
                              Reason::ImmutableField,
                              Reason::Unsupported,
                              Reason::InsufficientResources,
                              Reason::Rejected,
                              Reason::Drifted,
                              Reason::Paused,
                              Reason::Reconciling,
                              Reason::DeletionBlocked}) {
        EXPECT_EQ(exit_code(std::vector{state(Reason::Applied), state(reason)}, false), 2)
            << core::name_of(reason);
    }
    for (const auto reason : {Reason::InvalidSpec, Reason::ConnectionFailed}) {
        EXPECT_EQ(exit_code(std::vector{state(Reason::NotOwned), state(reason)}, false), 1)
            << core::name_of(reason);
    }
}

TEST(ExitCode, WhatWasDeletedIsDone) {
    auto deleted = state(Reason::Deleting);
    deleted.over = true;
    EXPECT_EQ(exit_code(std::vector{deleted}, false), 0);
}

TEST(CountText, SaysEachReasonTheMostFrequentFirst) {
    EXPECT_EQ(count_text(std::vector{
                  state(Reason::NotOwned), state(Reason::Applied), state(Reason::Applied)}),
              "2 Applied, 1 NotOwned");
}

TEST(Shortened, CutsBetweenCharacters) {
    EXPECT_EQ(shortened("äöü", 3), "äöü");
    EXPECT_EQ(shortened("äöüß", 3), "äö…");
    EXPECT_EQ(shortened("abc", 0), "");
}

}  // namespace
}  // namespace headgate::cli
