// One declaration after the other, as somebody found them to go wrong: on real servers, with what
// only they do.
#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/matrix/workbench.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/nats_cli.hpp"
#include "tests/support/tools.hpp"

namespace headgate::matrix {
namespace {

using core::Json;
using resources::Kind;
using resources::Reason;
using support::eventually;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Json stream(const Json& more) {
    Json spec{{"subjects", {"s.>"}}};
    spec.update(more);
    return spec;
}

Json consumer(const std::string& name, const Json& more = Json::object()) {
    Json spec{{"name", name}};
    spec.update(more);
    return spec;
}

class Chains : public ::testing::TestWithParam<std::string_view> {
protected:
    Workbench::Result apply(const Json& spec) { return bench_.apply(stream(spec)); }

    // The last of them is applied, and the server as if it had been the first.
    void end_as_the_last_alone(const std::vector<Json>& specs) {
        Workbench::Result result{};
        for (const auto& spec : specs) {
            result = apply(spec);
        }
        EXPECT_EQ(result.reason, Reason::Applied) << result.message;
        EXPECT_EQ(bench_.again().writes, 0U);
        const auto evolved = bench_.held();
        EXPECT_FALSE(evolved.is_null());
        bench_.wipe();
        Workbench anew{server_, Kind::StreamConfig, "chain"};
        const auto fresh = anew.apply(stream(specs.back()));
        EXPECT_EQ(fresh.reason, Reason::Applied) << fresh.message;
        EXPECT_EQ(evolved, anew.held());
    }

    std::uint64_t messages() { return server_.must("STREAM.INFO.chain")["state"]["messages"]; }

    void publish(int count) {
        for (int i = 0; i < count; ++i) {
            server_.publish("s.a");
        }
    }

    Server server_{GetParam()};
    Workbench bench_{server_, Kind::StreamConfig, "chain"};
};

TEST_P(Chains, FiltersOfAWorkQueueMoveAlong) {
    const auto spec = [](const char* first, const char* second) {
        return Json{{"retention", "WorkQueue"},
                    {"consumers",
                     {consumer("a", {{"filterSubjects", {first}}}),
                      consumer("b", {{"filterSubjects", {second}}})}}};
    };
    end_as_the_last_alone({spec("s.a", "s.b"), spec("s.b", "s.c")});
}

// Servers before 2.15 tell no position of a consumer that has delivered nothing.
TEST_P(Chains, AConsumerThatBeganLaterDoesNotWaitForWhatCameBefore) {
    const auto spec = [](const std::vector<Json>& consumers) {
        return Json{{"retention", "Interest"}, {"consumers", consumers}};
    };
    for (const auto& later :
         {consumer("b", {{"deliverPolicy", "New"}}),
          consumer("b", {{"deliverPolicy", "ByStartSequence"}, {"startSequence", 11}})}) {
        apply(spec({consumer("a")}));
        publish(10);
        apply(spec({consumer("a"), later}));
        const auto result = apply(spec({later}));
        EXPECT_EQ(result.reason, Reason::ApprovalRequired) << later;
        EXPECT_EQ(messages(), 10U);
        bench_.wipe();
    }
}

TEST_P(Chains, TheFirstUpdateAfterAStartOfTheServerIsSeenAsItIs) {
    apply({{"consumers", {consumer("a", {{"description", "before"}})}}});
    server_.restart();
    const auto result = apply({{"consumers", {consumer("a", {{"description", "after"}})}}});
    EXPECT_EQ(result.reason, Reason::Applied) << result.message;
}

TEST_P(Chains, AConsumerThatTheServerDoesNotMakeAnewIsAsItWas) {
    const auto spec = [](const Json& consumer) {
        return Json{{"retention", "WorkQueue"}, {"consumers", {consumer}}};
    };
    apply(spec(consumer("a", {{"filterSubjects", {"s.a"}}})));
    server_.must(
        "CONSUMER.DURABLE.CREATE.chain.foreign",
        {{"stream_name", "chain"},
         {"config",
          {{"durable_name", "foreign"}, {"ack_policy", "explicit"}, {"filter_subject", "s.b"}}}});
    const auto before = bench_.held();
    const auto refused = apply(spec(consumer("a", {{"replayPolicy", "Original"}})));
    EXPECT_EQ(refused.reason, Reason::Rejected);
    EXPECT_THAT(refused.message, HasSubstr("the consumer is again as it was"));
    EXPECT_EQ(bench_.held(), before);
    const auto again = bench_.again();
    EXPECT_EQ(again.reason, Reason::Rejected);
    EXPECT_THAT(again.message, HasSubstr("annotate headgate.io/reconcile"));
    EXPECT_EQ(again.writes, 0U);
    bench_.annotations["headgate.io/reconcile"] = "once more";
    EXPECT_GT(bench_.again().writes, 0U);
    EXPECT_EQ(bench_.held(), before);
    server_.must("CONSUMER.DELETE.chain.foreign");
    EXPECT_EQ(apply(spec(consumer("a", {{"ackWait", "1m"}, {"replayPolicy", "Original"}}))).reason,
              Reason::Applied);
}

std::string version_name(const ::testing::TestParamInfo<std::string_view>& info) {
    std::string name{info.param};
    std::replace(name.begin(), name.end(), '.', '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(Servers,
                         Chains,
                         ::testing::Values(support::kNats29, support::kNats210, support::kNats),
                         version_name);

class ChainsOnTheNewest : public Chains {};

TEST_P(ChainsOnTheNewest, ARefusedUpdateThatNothingMakesRoomForIsAskedForOnce) {
    const auto spec = [](const char* first, const char* second) {
        return Json{{"retention", "WorkQueue"},
                    {"consumers",
                     {consumer("a", {{"filterSubjects", {first}}}),
                      consumer("b", {{"filterSubjects", {second}}})}}};
    };
    apply(spec("s.a", "s.b"));
    const auto result = apply(spec("s.b", "s.a"));
    EXPECT_EQ(result.reason, Reason::Rejected) << result.message;
    EXPECT_EQ(result.writes, 2U);
    EXPECT_THAT(bench_.changed_by_refused(), IsEmpty());
}

TEST_P(ChainsOnTheNewest, ConsumerLimitsBecomeOthers) {
    const auto limits = [](const Json& allowed) {
        return Json{{"consumerLimits", allowed}, {"consumers", {consumer("a")}}};
    };
    end_as_the_last_alone(
        {limits({{"maxAckPending", 500}}), limits({{"inactiveThreshold", "2h"}})});
}

TEST_P(ChainsOnTheNewest, OneConsumerLimitGetsNarrowerAndTheOtherWider) {
    end_as_the_last_alone(
        {{{"consumerLimits", {{"maxAckPending", 10}, {"inactiveThreshold", "3h"}}},
          {"consumers", {consumer("a"), consumer("b")}}},
         {{"consumerLimits", {{"maxAckPending", 500}, {"inactiveThreshold", "2h"}}},
          {"consumers", {consumer("a"), consumer("b"), consumer("c", {{"maxAckPending", 500}})}}}});
}

// From where they were allowed: they expire once they are here too.
TEST_P(ChainsOnTheNewest, CopiedMessagesWithATtlExpireByApprovalOnly) {
    server_.must("STREAM.CREATE.ORIGIN",
                 {{"name", "ORIGIN"}, {"subjects", {"o.>"}}, {"allow_msg_ttl", true}});
    const Json copy{{"sources", {{{"name", "ORIGIN"}}}}};
    EXPECT_EQ(bench_.apply(copy).reason, Reason::Applied);
    support::NatsCli{server_.url()}.text(
        {"pub", "o.a", "message", "--count", "5", "-H", "Nats-TTL:1s", "--jetstream"});
    server_.must("STREAM.INFO.ORIGIN");
    const auto expired = [&] {
        return server_.must("STREAM.INFO.ORIGIN")["state"]["messages"] == 0 && messages() == 5;
    };
    ASSERT_TRUE(eventually(expired));
    auto wanted = copy;
    wanted["allowMsgTTL"] = true;
    const auto waiting = bench_.apply(wanted);
    EXPECT_EQ(waiting.reason, Reason::ApprovalRequired);
    EXPECT_THAT(waiting.message,
                HasSubstr("drops up to 5 of 5 messages, those that carry a TTL (Nats-TTL)"));
    EXPECT_EQ(messages(), 5U);
    bench_.annotations["headgate.io/approve"] = bench_.status().plan->hash;
    EXPECT_EQ(bench_.again().reason, Reason::Applied);
    EXPECT_TRUE(eventually([&] { return messages() == 0; }));
}

TEST_P(ChainsOnTheNewest, AStreamWithoutMessagesOfATtlAllowsThemUnasked) {
    apply(Json::object());
    publish(20);
    EXPECT_EQ(apply({{"allowMsgTTL", true}}).reason, Reason::Applied);
    EXPECT_EQ(messages(), 20U);
}

INSTANTIATE_TEST_SUITE_P(Servers,
                         ChainsOnTheNewest,
                         ::testing::Values(support::kNats),
                         version_name);

}  // namespace
}  // namespace headgate::matrix
