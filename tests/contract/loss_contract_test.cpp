// Every change that throws something away, on real servers of every generation and streams of
// 100,000 messages: nothing goes without approval, and what the plan says goes is what goes.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "files/memory_writer.hpp"
#include "jetstream/nats/connection.hpp"
#include "jetstream/nats/nats_api.hpp"
#include "reconcilers/reconciler.hpp"
#include "tests/builders/declaration_builder.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/nats_cli.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/publisher.hpp"

namespace headgate::reconcilers {
namespace {

using namespace std::chrono_literals;
using builders::a_state_bucket;
using builders::a_stream_config;
using builders::DeclarationBuilder;
using core::Call;
using core::Json;
using jetstream::StreamName;
using resources::Reason;
using support::eventually;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int kMany = 100'000;

struct Backend {
    std::string_view version;
    jetstream::ServerLevel level;
};

class Losses : public ::testing::TestWithParam<Backend> {
protected:
    Losses()
        : server_(support::NatsOptions{.version = std::string{GetParam().version}}),
          connection_(*jetstream::nats::Connection::open({.urls = {server_.url()}})),
          api_(jetstream::nats::make_api(*connection_)),
          publisher_(server_.url()) {
        EXPECT_TRUE(connection_->first_attempt(call()));
        EXPECT_TRUE(
            api_->create_stream({.name = StreamName{"BYSTANDER"}, .subjects = {"by"}}, call()));
        EXPECT_TRUE(connection_->request("by", "message", call())) << "stored, as the reply says";
        bystander_ = raw_info("BYSTANDER");
    }

    ~Losses() override {
        // Nothing unsigned was changed.
        EXPECT_EQ(raw_info("BYSTANDER"), bystander_);
    }

    static Call call() { return Call::within(60s); }

    Json raw_info(const std::string& stream) {
        publisher_.flush();
        const auto reply = connection_->request("$JS.API.STREAM.INFO." + stream, "", call());
        auto json = reply ? Json::parse(*reply) : Json{};
        json.erase("ts");
        return json;
    }

    jetstream::StreamInfo info(const std::string& stream) {
        auto found = api_->stream_info(StreamName{stream}, call());
        return found ? *found : jetstream::StreamInfo{};
    }

    /// Declares, reconciles once, and gives what the pass said.
    Pass apply(const DeclarationBuilder& builder, std::set<std::string> approvals = {}) {
        auto declaration = builder.build();
        const auto key = declaration.key;
        if (const auto before = declarations_.find(key)) {
            declaration.status = before->status;
        }
        declarations_.put(std::move(declaration));
        Reconciler reconciler{*api_, declarations_, writer_, {.approvals = std::move(approvals)}};
        return reconciler.reconcile(key, call());
    }

    const resources::ObjectStatus& status(const DeclarationBuilder& builder) {
        kept_ = declarations_.find(builder.build().key);
        return kept_->status;
    }

    void published(const std::string& stream, std::uint64_t count) {
        publisher_.flush();
        EXPECT_TRUE(eventually([&] { return info(stream).state.messages == count; }))
            << info(stream).state.messages;
    }

    /// The stream's messages, once they have stopped changing.
    std::uint64_t settled(const std::string& stream) {
        auto held = info(stream).state.messages;
        int quiet = 0;
        EXPECT_TRUE(eventually(
            [&] {
                const auto now = info(stream).state.messages;
                quiet = std::exchange(held, now) == now ? quiet + 1 : 0;
                return quiet == 5;
            },
            support::kPatience,
            100ms));
        return held;
    }

    /// What waits for approval loses nothing; approved, it loses what the plan said, within one in
    /// a hundred. Gives what was lost.
    std::uint64_t waits_and_then_loses_what_it_said(const DeclarationBuilder& wanted,
                                                    const std::string& stream) {
        const auto before = raw_info(stream);
        const auto waiting = apply(wanted);
        EXPECT_EQ(waiting.reason, Reason::ApprovalRequired) << waiting.message;
        if (waiting.reason != Reason::ApprovalRequired) {
            return 0;
        }
        EXPECT_EQ(raw_info(stream), before) << "not approved";
        const auto plan = *status(wanted).plan;
        std::uint64_t told = 0;
        for (const auto& change : plan.changes) {
            told += change.lost;
        }
        const auto held = info(stream).state.messages;

        const auto done = apply(wanted, {plan.hash});
        EXPECT_EQ(done.reason, Reason::Applied) << done.message;
        EXPECT_THAT(done.message, HasSubstr("approved plan " + plan.hash + " was carried out"));
        const auto lost = held - settled(stream);
        EXPECT_LE(std::fabs(static_cast<double>(told) - static_cast<double>(lost)),
                  static_cast<double>(lost) / 100)
            << "told " << told << ", lost " << lost;
        RecordProperty("told", std::to_string(told));
        RecordProperty("lost", std::to_string(lost));
        std::cout << "told " << told << ", lost " << lost << "\n";

        EXPECT_THAT(apply(wanted).done, IsEmpty());
        EXPECT_EQ(status(wanted).message(), done.message) << "what was done stays told";
        return lost;
    }

    /// Lets the consumer "a" deliver some.
    void take(const std::string& stream, int count, bool acknowledge) {
        support::NatsCli{server_.url()}.text({"consumer",
                                              "next",
                                              stream,
                                              "a",
                                              "--count",
                                              std::to_string(count),
                                              acknowledge ? "--ack" : "--no-ack"});
    }

    void fill(const std::string& subject, int count, std::size_t size = 10) {
        for (int i = 0; i < count; ++i) {
            publisher_.publish(subject, size);
        }
    }

    support::NatsServer server_;
    std::unique_ptr<jetstream::nats::Connection> connection_;
    std::unique_ptr<jetstream::Api> api_;
    support::Publisher publisher_;
    Declarations declarations_;
    files::MemoryWriter writer_;
    DeclarationPtr kept_;
    Json bystander_;
};

DeclarationBuilder orders() {
    return a_stream_config().set("name", "ORDERS").set("subjects", {"orders.>"});
}

TEST_P(Losses, ByCount) {
    apply(orders());
    fill("orders.a", kMany);
    published("ORDERS", kMany);
    EXPECT_EQ(waits_and_then_loses_what_it_said(orders().set("maxMessages", 30'000), "ORDERS"),
              70'000U);
}

TEST_P(Losses, ByDiscardingOldOnesFromNowOn) {
    const auto full = orders().set("maxMessages", kMany).set("discard", "New");
    apply(full);
    fill("orders.a", kMany);
    published("ORDERS", kMany);
    if (GetParam().level >= jetstream::kServer2_10) {
        EXPECT_EQ(apply(orders().set("maxMessages", 60'000).set("discard", "New")).reason,
                  Reason::Applied);
        EXPECT_EQ(settled("ORDERS"), static_cast<std::uint64_t>(kMany)) << "new ones give way";
    }
    EXPECT_EQ(waits_and_then_loses_what_it_said(orders().set("maxMessages", 60'000), "ORDERS"),
              40'000U);
}

// Two bursts a while apart: as if messages had come in evenly would be far off.
TEST_P(Losses, ByAge) {
    apply(orders());
    fill("orders.a", kMany * 9 / 10);
    published("ORDERS", kMany * 9 / 10);
    const auto gap = std::chrono::steady_clock::now() + 4s;
    ASSERT_TRUE(eventually([&] { return std::chrono::steady_clock::now() >= gap; }));
    fill("orders.a", kMany / 10);
    published("ORDERS", kMany);
    // Looked at and approved within the gap, which moves into the past meanwhile.
    const auto since = info("ORDERS");
    const auto youngest =
        std::chrono::time_point_cast<core::Duration>(std::chrono::system_clock::now()) -
        *since.state.last_time;
    const auto age = std::chrono::ceil<std::chrono::milliseconds>(youngest) + 3s;
    EXPECT_EQ(waits_and_then_loses_what_it_said(
                  orders().set("maxAge", std::to_string(age.count()) + "ms"), "ORDERS"),
              90'000U);
}

TEST_P(Losses, ByBytes) {
    apply(orders());
    std::mt19937 random{7};
    std::uniform_int_distribution<std::size_t> size{50, 450};
    for (int i = 0; i < kMany; ++i) {
        publisher_.publish("orders.a", size(random));
    }
    published("ORDERS", kMany);
    const auto bytes = info("ORDERS").state.bytes;
    waits_and_then_loses_what_it_said(orders().set("maxBytes", bytes * 4 / 10), "ORDERS");
}

// From no limit at all, servers before 2.12.10 drop them only as new ones come in.
TEST_P(Losses, BySubject) {
    apply(orders().set("maxMessagesPerSubject", kMany));
    for (int i = 0; i < kMany; ++i) {
        // One subject has half of them, the others share the rest unevenly.
        publisher_.publish("orders." + std::to_string(i % 2 == 0 ? 0 : i % 997));
    }
    published("ORDERS", kMany);
    waits_and_then_loses_what_it_said(orders().set("maxMessagesPerSubject", 40), "ORDERS");
}

TEST_P(Losses, ByHistoryOfABucket) {
    const auto bucket = [] { return a_state_bucket().set("bucket", "SESSIONS"); };
    apply(bucket().set("history", 8));
    for (int i = 0; i < kMany; ++i) {
        publisher_.publish("$KV.SESSIONS.key" + std::to_string(i % 20'000));
    }
    published("KV_SESSIONS", kMany);
    EXPECT_EQ(waits_and_then_loses_what_it_said(bucket().set("history", 2), "KV_SESSIONS"),
              60'000U);
}

TEST_P(Losses, ByTheTtlOfABucket) {
    const auto bucket = [] { return a_state_bucket().set("bucket", "SESSIONS"); };
    apply(bucket());
    for (int i = 0; i < kMany; ++i) {
        publisher_.publish("$KV.SESSIONS.key" + std::to_string(i));
    }
    published("KV_SESSIONS", kMany);
    ASSERT_TRUE(eventually([&] {
        const auto now =
            std::chrono::time_point_cast<core::Duration>(std::chrono::system_clock::now());
        return now - *info("KV_SESSIONS").state.last_time > 200ms;
    }));
    EXPECT_EQ(waits_and_then_loses_what_it_said(bucket().set("ttl", "100ms"), "KV_SESSIONS"),
              static_cast<std::uint64_t>(kMany));
}

TEST_P(Losses, OfAConsumerThatAnInterestStreamKeepsMessagesFor) {
    const auto with = [](const Json& consumers) {
        return orders().set("retention", "Interest").set("consumers", consumers);
    };
    apply(with({{{"name", "a"}, {"filterSubjects", {"orders.a"}}},
                {{"name", "b"}, {"filterSubjects", {"orders.b"}}}}));
    fill("orders.a", kMany / 4);
    fill("orders.b", kMany * 3 / 4);
    published("ORDERS", kMany);
    EXPECT_EQ(waits_and_then_loses_what_it_said(
                  with({{{"name", "a"}, {"filterSubjects", {"orders.a"}}}}), "ORDERS"),
              75'000U);
}

TEST_P(Losses, OfAFilterThatGetsNarrower) {
    if (GetParam().level < jetstream::kServer2_10) {
        GTEST_SUCCEED() << "2.9 keeps them until the consumer has acknowledged later ones";
        return;
    }
    const auto with = [](const char* filter) {
        return orders()
            .set("retention", "Interest")
            .set("consumers", {{{"name", "a"}, {"filterSubjects", {filter}}}});
    };
    apply(with("orders.>"));
    fill("orders.a", kMany / 4);
    fill("orders.b", kMany * 3 / 4);
    published("ORDERS", kMany);
    EXPECT_EQ(waits_and_then_loses_what_it_said(with("orders.a"), "ORDERS"), 75'000U);
}

TEST_P(Losses, NoneOnAWorkQueueThatLosesItsConsumer) {
    const auto queue = [] { return orders().set("retention", "WorkQueue"); };
    apply(queue().consumer({{"name", "a"}}));
    fill("orders.a", kMany);
    published("ORDERS", kMany);
    EXPECT_EQ(waits_and_then_loses_what_it_said(queue(), "ORDERS"), 0U);
    EXPECT_EQ(info("ORDERS").state.messages, static_cast<std::uint64_t>(kMany));
}

TEST_P(Losses, OfRetentionByInterest) {
    if (GetParam().level < jetstream::kServer2_15) {
        GTEST_SUCCEED() << "older servers drop them later, or refuse";
        return;
    }
    apply(orders());
    fill("orders.a", kMany);
    published("ORDERS", kMany);
    EXPECT_EQ(waits_and_then_loses_what_it_said(orders().set("retention", "Interest"), "ORDERS"),
              static_cast<std::uint64_t>(kMany));
}

TEST_P(Losses, NoneOfASubjectThatIsNoLongerStored) {
    for (const auto* const retention : {"Limits", "Interest", "WorkQueue"}) {
        const auto name = std::string{retention};
        const auto stream = [&](const Json& subjects) {
            return a_stream_config(name)
                .set("retention", retention)
                .set("subjects", subjects)
                .consumer({{"name", "a"}});
        };
        apply(stream({name + ".a", name + ".b"}));
        fill(name + ".a", 1000);
        published(name, 1000);
        EXPECT_EQ(apply(stream({name + ".b"})).reason, Reason::Applied);
        EXPECT_EQ(settled(name), 1000U) << retention;
    }
}

// Thirty of a hundred thousand delivered and acknowledged, ten more only delivered.
TEST_P(Losses, NoneOfAConsumerThatIsMadeAnewOnAnyRetention) {
    for (const auto* const retention : {"Limits", "Interest", "WorkQueue"}) {
        const auto name = std::string{retention};
        const auto stream = [&](const char* replay) {
            return a_stream_config(name)
                .set("retention", retention)
                .set("subjects", {name + ".>"})
                .consumer({{"name", "a"}, {"replayPolicy", replay}});
        };
        apply(stream("Instant"));
        fill(name + ".x", kMany / 4);
        published(name, kMany / 4);
        take(name, 30, true);
        take(name, 10, false);
        const auto floor = [&] {
            return api_->consumer_info(StreamName{name}, jetstream::ConsumerName{"a"}, call())
                ->acknowledged_to;
        };
        ASSERT_TRUE(eventually([&] { return floor() == 30; }));
        EXPECT_EQ(waits_and_then_loses_what_it_said(stream("Original"), name), 0U);
        const auto anew =
            *api_->consumer_info(StreamName{name}, jetstream::ConsumerName{"a"}, call());
        const auto kept = GetParam().level >= jetstream::kServer2_10 || name != "Limits";
        EXPECT_EQ(anew.pending, kMany / 4 - (kept ? 30U : 0U)) << retention;
        EXPECT_EQ(api_->list_consumers(StreamName{name}, call())->size(), 1U) << "no guard is left";
    }
}

std::string version_name(const ::testing::TestParamInfo<Backend>& info) {
    std::string name{info.param.version};
    std::replace(name.begin(), name.end(), '.', '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(Servers,
                         Losses,
                         ::testing::Values(Backend{support::kNats29, jetstream::kServer2_9},
                                           Backend{support::kNats210, jetstream::kServer2_10},
                                           Backend{support::kNats, jetstream::kServer2_15}),
                         version_name);

}  // namespace
}  // namespace headgate::reconcilers
