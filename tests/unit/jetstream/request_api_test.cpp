#include "jetstream/request_api.hpp"

#include <deque>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/fakes/fake_jetstream.hpp"

namespace headgate::jetstream {
namespace {

using namespace std::chrono_literals;
using core::Call;
using core::Error;
using core::ErrorCode;
using core::Result;
using Phase = fakes::FakeJetStream::Phase;

const StreamName kOrders{"ORDERS"};

Call call() {
    return Call::within(1min);
}

/// Answers what the test wrote down, in that order.
struct Script {
    std::deque<Result<std::string>> replies;
    std::vector<std::string> asked;
    std::uint64_t epoch = 1;

    template <class... Replies>
    void answer(Replies&&... next) {
        replies.clear();
        (replies.push_back(reply(std::forward<Replies>(next))), ...);
    }

private:
    static Result<std::string> reply(std::string text) { return text; }

    static Result<std::string> reply(Error error) { return error; }
};

class Scripted final : public Transport {
public:
    explicit Scripted(Script& script) : script_(script) {}

    Result<std::string> send(const Request& request, const Call&) override {
        script_.asked.push_back(request.subject + request.payload);
        if (script_.replies.empty()) {
            return Error{ErrorCode::Internal, "asked more often than expected"};
        }
        auto reply = script_.replies.front();
        script_.replies.pop_front();
        return reply;
    }

    [[nodiscard]] std::uint64_t epoch() const override { return script_.epoch; }

private:
    Script& script_;
};

class RequestApiTest : public ::testing::Test {
protected:
    Script script_;
    RequestApi api_{std::make_unique<Scripted>(script_)};

    static std::string page(int total, int offset, const std::vector<std::string>& names) {
        auto json = core::Json{
            {"total", total}, {"offset", offset}, {"limit", 2}, {"streams", core::Json::array()}};
        for (const auto& name : names) {
            json["streams"].push_back(core::Json{{"config", {{"name", name}}}});
        }
        return json.dump();
    }
};

TEST_F(RequestApiTest, TheServersDescriptionIsAskedForOncePerConnection) {
    script_.answer(R"({"api":{"level":1}})", R"({"api":{"level":4}})");
    EXPECT_EQ(api_.server_info(call())->level, kServer2_11);
    EXPECT_EQ(api_.server_info(call())->level, kServer2_11);
    EXPECT_EQ(script_.asked.size(), 1U);
    script_.epoch = 2;
    EXPECT_EQ(api_.server_info(call())->level, kServer2_14);
}

TEST_F(RequestApiTest, AFailureIsNotRemembered) {
    script_.answer(Error{ErrorCode::Unavailable, "no"}, R"({"api":{"level":1}})");
    EXPECT_EQ(api_.server_info(call()).error().code, ErrorCode::Unavailable);
    EXPECT_TRUE(api_.server_info(call()));
}

TEST_F(RequestApiTest, PagesArePutTogether) {
    script_.answer(page(3, 0, {"A", "B"}), page(3, 2, {"C"}));
    EXPECT_EQ(api_.list_streams(call())->size(), 3U);
    EXPECT_EQ(script_.asked,
              (std::vector<std::string>{"STREAM.LIST{}", "STREAM.LIST{\"offset\":2}"}));
}

TEST_F(RequestApiTest, AListThatChangedBetweenItsPagesIsReadAgain) {
    script_.answer(
        page(4, 0, {"A", "B"}), page(3, 2, {"D"}), page(3, 0, {"B", "C"}), page(3, 2, {"D"}));
    EXPECT_EQ(api_.list_streams(call())->size(), 3U);
}

TEST_F(RequestApiTest, AListThatGrewBetweenItsPagesHasEachOnce) {
    script_.answer(page(4, 0, {"B", "C"}), page(5, 2, {"C", "D"}), page(5, 4, {"E"}));
    const auto streams = api_.list_streams(call());
    ASSERT_TRUE(streams);
    std::vector<std::string> names;
    for (const auto& stream : *streams) {
        names.push_back(stream.settings.name.value());
    }
    EXPECT_EQ(names, (std::vector<std::string>{"B", "C", "D", "E"}));
    EXPECT_EQ(script_.asked.size(), 3U);
}

TEST_F(RequestApiTest, StreamsAreVisitedAPageAtATime) {
    script_.answer(page(3, 0, {"A", "B"}), page(3, 2, {"C"}));
    std::vector<std::size_t> pages;
    EXPECT_TRUE(api_.visit_streams(
        {}, [&](const std::vector<StreamInfo>& page) { pages.push_back(page.size()); }, call()));
    EXPECT_EQ(pages, (std::vector<std::size_t>{2, 1}));
}

TEST_F(RequestApiTest, AListThatNeverHoldsStillIsUnavailableNotShort) {
    script_.answer(page(4, 0, {"A", "B"}),
                   page(3, 2, {"D"}),
                   page(3, 0, {"B"}),
                   page(2, 1, {}),
                   page(9, 0, {}));
    EXPECT_EQ(api_.list_streams(call()).error().code, ErrorCode::Unavailable);
}

TEST_F(RequestApiTest, WhatCouldNotBeGatheredIsUnavailableAndNamed) {
    script_.answer(R"({"total":2,"offset":0,"streams":[],"missing":["A","B"]})");
    EXPECT_EQ(api_.list_streams(call()).error(),
              (Error{ErrorCode::Unavailable, "the server could not gather the details of A, B"}));
}

TEST_F(RequestApiTest, AFailedPageFailsTheList) {
    script_.answer(page(3, 0, {"A", "B"}), Error{ErrorCode::OutcomeUnknown, "lost"});
    EXPECT_EQ(api_.list_streams(call()).error().code, ErrorCode::OutcomeUnknown);
}

TEST(FakeJetStream, AFaultBeforeLeavesNothingAndAFaultAfterLosesTheReply) {
    fakes::FakeJetStream fake;
    auto at = Phase::Before;
    fake.set_fault([&](std::string_view operation,
                       std::string_view name,
                       Phase phase) -> std::optional<Error> {
        EXPECT_EQ(name, "ORDERS");
        return operation == "stream_create" && phase == at
                   ? std::optional{Error{ErrorCode::OutcomeUnknown, "lost"}}
                   : std::nullopt;
    });
    EXPECT_EQ(fake.create_stream({.name = kOrders}, call()).error().code,
              ErrorCode::OutcomeUnknown);
    EXPECT_FALSE(fake.has_stream("ORDERS"));
    at = Phase::After;
    EXPECT_EQ(fake.create_stream({.name = kOrders}, call()).error().code,
              ErrorCode::OutcomeUnknown);
    EXPECT_TRUE(fake.has_stream("ORDERS"));
    EXPECT_TRUE(fake.stream_info(kOrders, call()));
}

TEST(FakeJetStream, CountsRequestsAndWrites) {
    fakes::FakeJetStream fake;
    const auto made = fake.create_stream({.name = kOrders}, call());
    EXPECT_TRUE(fake.update_stream(made->settings, made->beyond, call()));
    EXPECT_TRUE(fake.create_consumer(kOrders, {.name = ConsumerName{"c"}}, call()));
    EXPECT_TRUE(fake.list_streams(call()));
    EXPECT_EQ(fake.requests("stream_update"), 1U);
    EXPECT_EQ(fake.requests(), 4U);
    EXPECT_EQ(fake.writes(), 3U);
    fake.forget_requests();
    EXPECT_EQ(fake.requests(), 0U);
}

TEST(FakeJetStream, UnavailableUntilSetBackWhichIsANewEpoch) {
    fakes::FakeJetStream fake{{.level = kServer2_9}};
    EXPECT_EQ(fake.server_info(call())->level, kServer2_9);
    fake.set_unavailable(true);
    EXPECT_EQ(fake.stream_info(kOrders, call()).error().code, ErrorCode::Unavailable);
    fake.set_unavailable(false);
    EXPECT_EQ(fake.server_info(call())->level, kServer2_9);
    EXPECT_EQ(fake.requests("account_info"), 2U);
    fake.become(kServer2_15);
    EXPECT_EQ(fake.server_info(call())->level, kServer2_15);
}

TEST(FakeJetStream, ShowsPlantedFieldsStateAndPositions) {
    fakes::FakeJetStream fake;
    ASSERT_TRUE(fake.create_stream({.name = kOrders}, call()));
    ASSERT_TRUE(fake.create_consumer(kOrders, {.name = ConsumerName{"c"}}, call()));
    fake.plant("ORDERS", "allow_atomic", true);
    fake.plant("ORDERS", "description", "drifted");
    fake.plant("ORDERS", "c", "headers_only", true);
    fake.set_state("ORDERS",
                   {.messages = 5,
                    .bytes = 100,
                    .first_sequence = 1,
                    .last_sequence = 5,
                    .first_time = Timestamp{1s},
                    .subjects = 2});
    fake.set_position(
        "ORDERS", "c", {.delivered = 4, .acknowledged_to = 3, .pending = 1, .unacknowledged = 1});
    const auto stream = *fake.stream_info(kOrders, call());
    EXPECT_EQ(stream.settings.description, "drifted");
    EXPECT_EQ(stream.beyond->at("allow_atomic"), true);
    EXPECT_EQ(stream.state.messages, 5U);
    EXPECT_EQ(stream.state.first_time, Timestamp{1s});
    EXPECT_EQ(stream.state.last_time, std::nullopt);
    EXPECT_EQ(stream.state.consumers, 1);
    const auto consumer = *fake.consumer_info(kOrders, ConsumerName{"c"}, call());
    EXPECT_TRUE(consumer.settings.headers_only);
    EXPECT_EQ(consumer.delivered, 4U);
    EXPECT_EQ(consumer.acknowledged_to, 3U);
    EXPECT_EQ(consumer.pending, 1U);
    EXPECT_EQ(consumer.unacknowledged, 1U);
    fake.plant("ORDERS", "allow_atomic", nullptr);
    EXPECT_FALSE(fake.stream_config("ORDERS").contains("allow_atomic"));
}

TEST(FakeJetStream, AClusterRefusesMoreReplicasThanServers) {
    fakes::FakeJetStream fake{{.servers = 3}};
    EXPECT_TRUE(fake.create_stream({.name = kOrders, .replicas = 3}, call()));
    const auto refused = fake.create_stream({.name = StreamName{"FIVE"}, .replicas = 5}, call());
    EXPECT_EQ(refused.error(),
              (Error{ErrorCode::Insufficient, "no suitable peers for placement (10005)"}));
}

TEST(FakeJetStream, AMissingStreamMakesTheListUnavailable) {
    fakes::FakeJetStream fake;
    ASSERT_TRUE(fake.create_stream({.name = kOrders}, call()));
    fake.set_missing("ORDERS", true);
    EXPECT_EQ(fake.list_streams(call()).error().code, ErrorCode::Unavailable);
    fake.set_missing("ORDERS", false);
    EXPECT_TRUE(fake.list_streams(call()));
}

}  // namespace
}  // namespace headgate::jetstream
