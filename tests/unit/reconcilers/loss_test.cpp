#include "reconcilers/loss.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "jetstream/compare.hpp"

namespace headgate::reconcilers {
namespace {

using namespace std::chrono_literals;
using jetstream::Discard;
using jetstream::Retention;
using jetstream::StreamInfo;
using jetstream::StreamSettings;

const core::Timestamp kNow = *core::parse_time("2026-01-01T12:00:00Z");

// 5,000 messages of 1 KiB over 100 subjects, one every 3.6 s for the last five hours.
StreamInfo full() {
    StreamInfo stream;
    stream.state.messages = 5000;
    stream.state.bytes = 5000 * 1024;
    stream.state.subjects = 100;
    stream.state.first_time = kNow - 5h;
    stream.state.last_time = kNow;
    return stream;
}

Loss lost(const StreamInfo& stream,
          const StreamSettings& desired,
          jetstream::ServerLevel level = jetstream::kServer2_15,
          const Evidence& evidence = {},
          const std::vector<jetstream::ConsumerInfo>& consumers = {}) {
    const auto changes = jetstream::differences(stream.settings, desired);
    EXPECT_EQ(changes.size(), 1U);
    return changes.empty() ? Loss{}
                           : loss_of(changes.front(),
                                     desired,
                                     {.stream = stream,
                                      .consumers = consumers,
                                      .evidence = evidence,
                                      .now = kNow,
                                      .level = level});
}

TEST(LossByCount, ComesOnServersBefore210WhateverIsDiscarded) {
    StreamSettings tight;
    tight.discard = jetstream::Discard::New;
    tight.max_messages = 1000;
    auto stream = full();
    stream.settings.discard = jetstream::Discard::New;
    EXPECT_EQ(lost(stream, tight).messages, 0U);
    EXPECT_EQ(lost(stream, tight, jetstream::kServer2_9).messages, 4000U);
}

TEST(LossByCount, IsWhatIsBeyondTheNewLimit) {
    StreamSettings desired;
    desired.max_messages = 3796;
    const auto loss = lost(full(), desired);
    EXPECT_EQ(loss.messages, 1204U);
    EXPECT_EQ(loss.consequence, "drops about 1,204 of 5,000 messages, the oldest beyond 3,796");
}

TEST(LossByCount, IsNoneWithinTheLimitOrWhereNewMessagesGiveWay) {
    StreamSettings desired;
    desired.max_messages = 5000;
    EXPECT_EQ(lost(full(), desired).messages, 0U);
    auto stream = full();
    stream.settings.discard = Discard::New;
    desired = stream.settings;
    desired.max_messages = 5;
    EXPECT_EQ(lost(stream, desired).messages, 0U);
}

TEST(LossByCount, IsNoneWhenALimitIsRaisedOrRemoved) {
    auto stream = full();
    stream.settings.max_messages = 5000;
    StreamSettings desired;
    desired.max_messages = 9000;
    EXPECT_EQ(lost(stream, desired).messages, 0U);
    desired.max_messages.reset();
    EXPECT_EQ(lost(stream, desired).messages, 0U);
}

TEST(LossByBytes, IsTheShareBeyondTheNewLimit) {
    StreamSettings desired;
    desired.max_bytes = core::Bytes{4000 * 1024};
    const auto loss = lost(full(), desired);
    EXPECT_EQ(loss.messages, 1000U);
    EXPECT_EQ(loss.consequence, "drops about 1,000 of 5,000 messages, the oldest beyond 4000Ki");
    desired.max_bytes = core::Bytes{5000 * 1024 - 1};
    EXPECT_EQ(lost(full(), desired).messages, 1U) << "never rounded to nothing";
    desired.max_bytes = core::Bytes{5000 * 1024};
    EXPECT_EQ(lost(full(), desired).messages, 0U);
}

TEST(LossByDiscard, ComesOfTheLimitsThatThereAre) {
    auto stream = full();
    stream.settings.discard = Discard::New;
    stream.settings.max_messages = 4000;
    auto desired = stream.settings;
    desired.discard = Discard::Old;
    EXPECT_EQ(lost(stream, desired).messages, 1000U);
    stream.settings.max_bytes = core::Bytes{1000 * 1024};
    desired.max_bytes = stream.settings.max_bytes;
    EXPECT_EQ(lost(stream, desired).messages, 4000U);
    stream.settings.max_messages.reset();
    stream.settings.max_bytes.reset();
    desired = stream.settings;
    desired.discard = Discard::Old;
    EXPECT_EQ(lost(stream, desired).messages, 0U);
    std::swap(stream.settings.discard, desired.discard);
    EXPECT_EQ(lost(stream, desired).messages, 0U);
}

TEST(LossByAge, IsTheShareOlderThanTheNewAge) {
    StreamSettings desired;
    desired.max_age = 4h;
    const auto loss = lost(full(), desired);
    EXPECT_EQ(loss.messages, 1000U);
    EXPECT_EQ(loss.consequence, "drops about 1,000 of 5,000 messages, those older than 4h");
}

TEST(LossByAge, IsEverythingWhenTheNewestIsTooOld) {
    auto stream = full();
    stream.state.last_time = kNow - 2h;
    StreamSettings desired;
    desired.max_age = 1h;
    EXPECT_EQ(lost(stream, desired).messages, 5000U);
    stream.state.first_time = stream.state.last_time;
    stream.state.messages = 1;
    EXPECT_EQ(lost(stream, desired).messages, 1U);
}

TEST(LossByAge, IsNoneWhereAllIsYoungerOrTheLimitGoes) {
    StreamSettings desired;
    desired.max_age = 6h;
    EXPECT_EQ(lost(full(), desired).messages, 0U);
    auto stream = full();
    stream.settings.max_age = 5h;
    desired.max_age.reset();
    EXPECT_EQ(lost(stream, desired).messages, 0U);
}

// A fifth of a second within five hours must still count as one message.
TEST(LossByAge, IsNeverRoundedToNothing) {
    StreamSettings desired;
    desired.max_age = 5h - 200ms;
    EXPECT_EQ(lost(full(), desired).messages, 1U);
}

TEST(LossBySubject, IsAsMuchAsTheSubjectsCanHold) {
    auto stream = full();
    StreamSettings desired;
    desired.max_messages_per_subject = 1;
    EXPECT_EQ(lost(stream, desired).messages, 4900U);
    stream.settings.max_messages_per_subject = 50;
    EXPECT_EQ(lost(stream, desired).messages, 4900U);
    desired.max_messages_per_subject = 40;
    EXPECT_EQ(lost(stream, desired).messages, 1000U)
        << "all hundred subjects are full, each loses ten";
    EXPECT_EQ(lost(stream, desired).consequence,
              "drops up to 1,000 of 5,000 messages, the oldest beyond 40 a subject");
}

TEST(LossBySubject, OfABucketWithOneValueAKeyIsNone) {
    auto stream = full();
    stream.state.subjects = 5000;
    stream.settings.max_messages_per_subject = 5;
    stream.settings.discard = Discard::New;
    auto desired = stream.settings;
    desired.max_messages_per_subject = 1;
    EXPECT_EQ(lost(stream, desired).messages, 0U);
}

TEST(LossBySubject, IsNoneWhenTheLimitIsRaisedOrRemoved) {
    auto stream = full();
    stream.settings.max_messages_per_subject = 50;
    StreamSettings desired;
    desired.max_messages_per_subject = 60;
    EXPECT_EQ(lost(stream, desired).messages, 0U);
    desired.max_messages_per_subject.reset();
    EXPECT_EQ(lost(stream, desired).messages, 0U);
}

TEST(LossBySubject, HoldsForOneSubjectAndForUnknownCounts) {
    auto stream = full();
    stream.state.subjects = 1;
    StreamSettings desired;
    desired.max_messages_per_subject = 10;
    EXPECT_EQ(lost(stream, desired).messages, 4990U);
    stream.state.subjects = 0;
    EXPECT_EQ(lost(stream, desired).messages, 4990U);
    desired.max_messages_per_subject = 5000;
    EXPECT_EQ(lost(stream, desired).messages, 0U);
}

TEST(LossByRetention, OfInterestIsWhatNobodyWaitsFor) {
    auto stream = full();
    StreamSettings desired;
    desired.retention = Retention::Interest;
    EXPECT_EQ(lost(stream, desired).messages, 5000U);
    stream.settings.retention = Retention::Interest;
    desired.retention = Retention::Limits;
    EXPECT_EQ(lost(stream, desired).messages, 0U);
}

TEST(Loss, OfAnEmptyStreamIsAlwaysNone) {
    StreamInfo stream;
    for (const auto change : {+[](StreamSettings& s) { s.max_messages = 1; },
                              +[](StreamSettings& s) { s.max_bytes = core::Bytes{1}; },
                              +[](StreamSettings& s) { s.max_age = 100ms; },
                              +[](StreamSettings& s) { s.max_messages_per_subject = 1; },
                              +[](StreamSettings& s) { s.retention = Retention::Interest; }}) {
        StreamSettings desired;
        change(desired);
        EXPECT_EQ(lost(stream, desired).messages, 0U);
    }
}

TEST(Loss, OfChangesThatDropNothingIsNone) {
    for (const auto change : {+[](StreamSettings& s) { s.description = "d"; },
                              +[](StreamSettings& s) { s.subjects = {"x"}; },
                              +[](StreamSettings& s) { s.replicas = 3; },
                              +[](StreamSettings& s) { s.max_message_size = core::Bytes{1}; },
                              +[](StreamSettings& s) { s.deny_purge = true; }}) {
        StreamSettings desired;
        change(desired);
        EXPECT_EQ(lost(full(), desired).messages, 0U);
    }
}

TEST(Figures, AreGroupedByThousands) {
    EXPECT_EQ(grouped(0), "0");
    EXPECT_EQ(grouped(999), "999");
    EXPECT_EQ(grouped(1204), "1,204");
    EXPECT_EQ(grouped(123456), "123,456");
    EXPECT_EQ(grouped(1234567), "1,234,567");
}

}  // namespace
}  // namespace headgate::reconcilers
