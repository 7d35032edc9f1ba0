// Figures of a loss against a server that holds known messages.
#include "reconcilers/evidence.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "tests/fakes/fake_jetstream.hpp"

namespace headgate::reconcilers {
namespace {

using namespace std::chrono_literals;
using core::Call;
using jetstream::MessageInfo;
using jetstream::StreamName;
using jetstream::StreamSettings;

const core::Timestamp kNow = *core::parse_time("2026-01-01T12:00:00Z");
const StreamName kOrders{"ORDERS"};

class Gathering : public ::testing::Test {
protected:
    Gathering() { EXPECT_TRUE(server_.create_stream(settings_, Call::within(1s))); }

    // `count` messages, `age_of(i)` old and `size_of(i)` bytes large; oldest first.
    template <class Age, class Size>
    void fill(std::uint64_t count, Age age_of, Size size_of) {
        messages_.clear();
        for (std::uint64_t i = 0; i < count; ++i) {
            messages_.push_back({.sequence = i + 1,
                                 .subject = "orders." + std::to_string(i % 10),
                                 .time = kNow - age_of(i),
                                 .body = size_of(i)});
        }
        server_.set_messages("ORDERS", messages_);
    }

    Evidence ask(const StreamSettings& desired, Question question) {
        const auto info = server_.stream_info(kOrders, Call::within(1s));
        EXPECT_TRUE(info);
        server_.forget_requests();
        const auto evidence = gather(server_,
                                     {.stream = *info, .desired = desired, .now = kNow},
                                     {question},
                                     Call::within(5s));
        EXPECT_TRUE(evidence) << evidence.error().message;
        return evidence ? *evidence : Evidence{};
    }

    std::uint64_t older_than(core::Duration age) {
        auto desired = settings_;
        desired.max_age = age;
        return ask(desired, Question::Older).older.value();
    }

    std::uint64_t beyond(std::int64_t bytes) {
        auto desired = settings_;
        desired.max_bytes = core::Bytes{bytes};
        return ask(desired, Question::BeyondBytes).beyond_bytes.value();
    }

    StreamSettings settings_{.name = kOrders, .subjects = {"orders.>"}};
    fakes::FakeJetStream server_;
    std::vector<MessageInfo> messages_;
};

TEST_F(Gathering, AgesAreFoundHoweverUnevenMessagesCameIn) {
    // Nine tenths came in the last minute.
    fill(
        1000,
        [](std::uint64_t i) { return i < 100 ? 10h - std::chrono::minutes{i} : 50s; },
        [](std::uint64_t) { return 10U; });
    EXPECT_EQ(older_than(1h), 100U);
    EXPECT_LE(server_.requests("message_get"), 11U);
    EXPECT_EQ(older_than(9h), 60U);
    EXPECT_EQ(older_than(10s), 1000U);
    EXPECT_EQ(older_than(11h), 0U);
}

TEST_F(Gathering, GapsAreNoMessages) {
    fill(
        1000,
        [](std::uint64_t i) { return std::chrono::minutes{1000 - i}; },
        [](std::uint64_t) { return 10U; });
    std::erase_if(messages_, [](const auto& one) {
        return one.sequence > 1 && one.sequence <= 300 && one.sequence % 3 != 0;
    });
    server_.set_messages("ORDERS", messages_);
    EXPECT_EQ(older_than(std::chrono::minutes{700}), 101U)
        << "a hundred of the first three hundred, and the first";
}

TEST_F(Gathering, SizesThatAreAlikeNeedFewSamples) {
    fill(
        10'000, [](std::uint64_t) { return 1h; }, [](std::uint64_t) { return 100U; });
    // 100 bytes, a subject of 8 and 30 around them.
    EXPECT_EQ(beyond(138 * 4000), 6000U);
    EXPECT_LE(server_.requests("message_get"), 64U);
}

TEST_F(Gathering, SizesThatGrewAreFollowed) {
    fill(
        10'000, [](std::uint64_t) { return 1h; }, [](std::uint64_t i) { return i / 10; });
    std::uint64_t bytes = 0;
    std::uint64_t expected = 0;
    const auto half =
        static_cast<std::uint64_t>(server_.stream_info(kOrders, Call::within(1s))->state.bytes) / 2;
    for (const auto& message : messages_) {
        if (bytes >= half) {
            break;
        }
        bytes += message.subject.size() + message.body + 30;
        ++expected;
    }
    const auto found = beyond(static_cast<std::int64_t>(half));
    EXPECT_NEAR(static_cast<double>(found),
                static_cast<double>(expected),
                static_cast<double>(expected) / 100);
}

TEST_F(Gathering, SubjectsAreCounted) {
    fill(
        1000, [](std::uint64_t) { return 1h; }, [](std::uint64_t) { return 1U; });
    const auto counts = ask(settings_, Question::SubjectCounts).subject_counts.value();
    EXPECT_EQ(counts.size(), 10U);
    EXPECT_EQ(counts.at("orders.3"), 100U);
}

TEST_F(Gathering, TtlsAreCountedInAFewMessagesAndMetInMany) {
    const auto ttl_at = [this](std::uint64_t count, std::uint64_t every) {
        fill(
            count, [](auto) { return 1s; }, [](auto) { return 10U; });
        for (std::uint64_t i = 0; every > 0 && i < count; i += every) {
            messages_[i].headers = "NATS/1.0\r\nNats-TTL: 1s\r\n\r\n";
        }
        server_.set_messages("ORDERS", messages_);
        return ask(settings_, Question::WithTtl).with_ttl;
    };
    EXPECT_EQ(ttl_at(500, 5), 100U);
    EXPECT_EQ(ttl_at(500, 0), 0U);
    EXPECT_EQ(ttl_at(20'000, 7), 20'000U) << "some, and nobody knows how many";
    EXPECT_EQ(ttl_at(20'000, 0), 0U);
    EXPECT_LE(server_.requests(), 1'001U);
}

TEST_F(Gathering, AServerThatFailsIsAnErrorAndNoFigure) {
    fill(
        100,
        [](std::uint64_t i) { return std::chrono::minutes{100 - i}; },
        [](std::uint64_t) { return 1U; });
    const auto info = server_.stream_info(kOrders, Call::within(1s));
    ASSERT_TRUE(info);
    auto desired = settings_;
    desired.max_age = 50min;
    desired.max_bytes = core::Bytes{1000};
    server_.set_unavailable(true);
    for (const auto question : {Question::Older, Question::BeyondBytes, Question::SubjectCounts}) {
        const auto evidence = gather(server_,
                                     {.stream = *info, .desired = desired, .now = kNow},
                                     {question},
                                     Call::within(1s));
        ASSERT_FALSE(evidence);
        EXPECT_EQ(evidence.error().code, core::ErrorCode::Unavailable);
    }
}

}  // namespace
}  // namespace headgate::reconcilers
