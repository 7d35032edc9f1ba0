#include "jetstream/compare.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headgate::jetstream {
namespace {

using namespace std::chrono_literals;
using fields::Change;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

StreamSettings a_stream() {
    StreamSettings stream;
    stream.name = StreamName{"S"};
    stream.subjects = {"S"};
    return stream;
}

ConsumerSettings a_consumer() {
    ConsumerSettings consumer;
    consumer.name = ConsumerName{"c"};
    return consumer;
}

std::vector<std::string> differing(const fields::Changes& changes) {
    std::vector<std::string> names;
    for (const auto& change : changes) {
        names.push_back(change.field + ": " + change.from + " -> " + change.to);
    }
    return names;
}

// What remains to be done on a server that holds `observed`.
std::vector<std::string> left(const StreamSettings& observed,
                              const StreamSettings& desired,
                              ServerLevel level = kServer2_15) {
    return differing(differences(observed, as_stored(desired, observed, level)));
}

constexpr Timestamp kNow{std::chrono::seconds{1'767'225'600}};

ConsumerSettings at_server(const ConsumerSettings& desired,
                           const ConsumerSettings& observed = {},
                           const StreamSettings& stream = a_stream(),
                           const ServerInfo& server = {}) {
    return as_stored(desired, observed, stream, server, kNow);
}

std::vector<std::string> left(const ConsumerSettings& observed,
                              const ConsumerSettings& desired,
                              const StreamSettings& stream = a_stream()) {
    return differing(differences(observed, at_server(desired, observed, stream)));
}

TEST(StoredStream, WithoutSubjectsStoresItsOwnName) {
    auto desired = a_stream();
    desired.subjects.clear();
    EXPECT_THAT(as_stored(desired, {}, kServer2_15).subjects, ElementsAre("S"));
    desired.mirror = StreamSource{.name = "O"};
    EXPECT_THAT(as_stored(desired, {}, kServer2_15).subjects, IsEmpty());
    desired.mirror.reset();
    desired.sources = {{.name = "O"}};
    EXPECT_THAT(as_stored(desired, {}, kServer2_15).subjects, IsEmpty());
}

TEST(StoredStream, RemembersIdsForTwoMinutesOrAsLongAsMessagesLive) {
    auto desired = a_stream();
    EXPECT_EQ(as_stored(desired, {}, kServer2_10).duplicate_window, Duration{2min});
    desired.max_age = 90s;
    EXPECT_EQ(as_stored(desired, {}, kServer2_10).duplicate_window, Duration{90s});
    desired.max_age = 1h;
    EXPECT_EQ(as_stored(desired, {}, kServer2_10).duplicate_window, Duration{2min});
    desired.duplicate_window = 5s;
    EXPECT_EQ(as_stored(desired, {}, kServer2_10).duplicate_window, Duration{5s});
}

// Contract: removing a line puts the default back, and drift on it is repaired. Both ways.
TEST(StoredStream, ADuplicateWindowThatNobodyDeclaresGoesBackToTheDefault) {
    auto observed = a_stream();
    for (const auto drifted : {Duration{5s}, Duration{10min}}) {
        observed.duplicate_window = drifted;
        EXPECT_THAT(left(observed, a_stream()), ElementsAre(HasSubstr("duplicateWindow: ")))
            << drifted.count();
    }
    observed.duplicate_window = 2min;
    EXPECT_THAT(left(observed, a_stream()), IsEmpty());
}

TEST(StoredStream, AMirrorHasNoDuplicateWindowOfItsOwnButMayHaveTheUsualOne) {
    auto observed = a_stream();
    observed.mirror = StreamSource{.name = "O"};
    observed.subjects.clear();
    const auto desired = observed;
    EXPECT_THAT(left(observed, desired), IsEmpty());
    observed.duplicate_window = 2min;
    EXPECT_THAT(left(observed, desired), IsEmpty()) << "other clients set it on mirrors too";
    observed.duplicate_window = 7min;
    EXPECT_THAT(left(observed, desired), ElementsAre("duplicateWindow: 7m -> "));
}

TEST(StoredStream, SourcesHaveADefaultWindowOnlyBefore2_14) {
    auto observed = a_stream();
    observed.sources = {{.name = "O"}};
    const auto desired = observed;
    observed.duplicate_window = 2min;
    EXPECT_THAT(left(observed, desired, kServer2_12), IsEmpty());
    EXPECT_THAT(left(observed, desired, kServer2_14), IsEmpty())
        << "made by an older server, before an upgrade";
    observed.duplicate_window.reset();
    EXPECT_THAT(left(observed, desired, kServer2_14), IsEmpty());
    EXPECT_THAT(left(observed, desired, kServer2_12), ElementsAre("duplicateWindow:  -> 2m"));
    observed.duplicate_window = 1s;
    EXPECT_THAT(left(observed, desired, kServer2_14), ElementsAre("duplicateWindow: 1s -> "));
}

TEST(FollowedOrigin, IsThatOfAMirrorOfALocalStreamWithoutDirectReadsOfItsOwn) {
    auto stream = a_stream();
    EXPECT_EQ(followed_origin(stream), nullptr);
    stream.mirror = StreamSource{.name = "O"};
    ASSERT_NE(followed_origin(stream), nullptr);
    EXPECT_EQ(followed_origin(stream)->name, "O");
    stream.mirror_direct = true;
    EXPECT_EQ(followed_origin(stream), nullptr);
    stream.mirror_direct = false;
    stream.mirror->external = ExternalStream{.api = "$JS.hub.API", .deliver = {}};
    EXPECT_EQ(followed_origin(stream), nullptr);
}

TEST(StoredStream, AnEmptySourceMeansAllSubjects) {
    auto observed = a_stream();
    observed.duplicate_window = 2min;
    observed.republish = Republish{.source = ">", .destination = "r.>"};
    observed.subject_transform = SubjectTransform{.source = "", .destination = "t.>"};
    auto desired = observed;
    desired.republish->source.clear();
    desired.subject_transform->source.clear();
    EXPECT_THAT(left(observed, desired), IsEmpty());
    observed.subject_transform->source = ">";
    EXPECT_THAT(left(observed, desired), IsEmpty());
    observed.subject_transform->source = "other.>";
    EXPECT_THAT(left(observed, desired), ElementsAre(HasSubstr("subjectTransform: ")));
}

TEST(StoredStream, AnEmptySourceOfACopiedSubjectMeansAllOfThemToo) {
    const auto copying = [](std::string_view from) {
        return StreamSource{
            .name = "O",
            .subject_transforms = {{.source = std::string{from}, .destination = "copy.>"}}};
    };
    auto observed = a_stream();
    auto desired = a_stream();
    observed.sources = {copying("")};
    desired.sources = {copying(">")};
    EXPECT_THAT(left(observed, desired), IsEmpty());
    observed.sources = {copying("a.>")};
    EXPECT_EQ(left(observed, desired).size(), 1U);
    observed = desired = StreamSettings{.name = StreamName{"S"}};
    observed.mirror = copying("");
    desired.mirror = copying(">");
    EXPECT_THAT(left(observed, desired), IsEmpty());
    desired.mirror->subject_transforms[0].destination = "other.>";
    EXPECT_EQ(left(observed, desired).size(), 1U);
}

TEST(StoredStream, MarkersAndSchedulesPurgeByRollups) {
    auto desired = a_stream();
    desired.subject_delete_marker_ttl = 10min;
    auto observed = as_stored(desired, {}, kServer2_15);
    EXPECT_TRUE(observed.allow_msg_ttl);
    EXPECT_TRUE(observed.allow_rollup);
    EXPECT_THAT(left(observed, desired), IsEmpty());
    desired.subject_delete_marker_ttl.reset();
    EXPECT_THAT(left(observed, desired),
                ElementsAre("allowRollup: true -> false",
                            "allowMsgTTL: true -> false",
                            "subjectDeleteMarkerTTL: 10m -> "));
    desired.allow_msg_schedules = true;
    observed = as_stored(desired, {}, kServer2_15);
    EXPECT_TRUE(observed.allow_rollup);
    EXPECT_FALSE(observed.allow_msg_ttl);
    EXPECT_THAT(left(observed, desired), IsEmpty());
}

// What sealing forces is no drift, whatever the manifest says of it.
TEST(StoredStream, ASealedOneIsFullWhateverElseIsDeclared) {
    auto desired = a_stream();
    desired.max_age = 1min;
    desired.allow_rollup = true;
    auto observed = as_stored(desired, {}, kServer2_15);
    desired.sealed = true;
    EXPECT_THAT(left(observed, desired),
                ElementsAre("maxAge: 1m -> ",
                            "discard: Old -> New",
                            "allowRollup: true -> false",
                            "denyDelete: false -> true",
                            "denyPurge: false -> true",
                            "sealed: false -> true"));
    observed = as_stored(desired, observed, kServer2_15);
    EXPECT_EQ(observed.duplicate_window, Duration{1min}) << "as of before the seal";
    EXPECT_THAT(left(observed, desired), IsEmpty());
    desired.sealed = false;
    EXPECT_THAT(left(observed, desired), ElementsAre("sealed: true -> false"));
}

TEST(SentStream, RepeatsWhatTheSealForced) {
    auto desired = a_stream();
    desired.sealed = true;
    desired.allow_rollup = true;
    EXPECT_EQ(as_sent(desired, a_stream()), desired) << "sealing itself forces it";
    const auto sent = as_sent(desired, as_stored(desired, {}, kServer2_15));
    EXPECT_TRUE(sent.deny_delete);
    EXPECT_TRUE(sent.deny_purge);
    EXPECT_FALSE(sent.allow_rollup);
    EXPECT_EQ(sent.discard, Discard::Old) << "or a server refuses counters and schedules";
    desired.sealed = false;
    EXPECT_EQ(as_sent(desired, sent), desired);
}

TEST(StoredStream, DriftOfAnyPlainFieldIsSeen) {
    auto observed = a_stream();
    observed.duplicate_window = 2min;
    observed.max_messages = 5;
    observed.description = "theirs";
    observed.discard = Discard::New;
    EXPECT_THAT(
        left(observed, a_stream()),
        ElementsAre("description: theirs -> ", "maxMessages: 5 -> ", "discard: New -> Old"));
}

TEST(StoredStream, OrderOfSubjectsSourcesAndTagsIsNoDifference) {
    auto observed = a_stream();
    observed.duplicate_window = 2min;
    observed.subjects = {"a", "b"};
    observed.sources = {{.name = "X"}, {.name = "Y"}};
    observed.placement = Placement{.cluster = "c", .tags = {"x", "y"}};
    auto desired = observed;
    desired.subjects = {"b", "a"};
    desired.sources = {{.name = "Y"}, {.name = "X"}};
    desired.placement->tags = {"y", "x"};
    EXPECT_THAT(left(observed, desired, kServer2_12), IsEmpty());
}

TEST(StoredConsumer, HasTheServersDefaults) {
    const auto stored = at_server(a_consumer(), {}, a_stream());
    EXPECT_EQ(stored.ack_wait, Duration{30s});
    EXPECT_EQ(stored.max_ack_pending, 1000);
    EXPECT_EQ(stored.max_waiting, 512);
    EXPECT_FALSE(stored.inactive_threshold.has_value());
    EXPECT_FALSE(stored.max_deliver.has_value());
}

TEST(StoredConsumer, OfAPushHasNoWaitingPulls) {
    auto desired = a_consumer();
    desired.deliver_subject = "d";
    EXPECT_FALSE(at_server(desired, {}, a_stream()).max_waiting.has_value());
}

TEST(StoredConsumer, WithoutAcknowledgementsHasNeitherWaitNorPending) {
    auto desired = a_consumer();
    desired.ack_policy = AckPolicy::None;
    const auto stored = at_server(desired, {}, a_stream());
    EXPECT_FALSE(stored.ack_wait.has_value());
    EXPECT_FALSE(stored.max_ack_pending.has_value());
    auto observed = stored;
    observed.max_ack_pending = 7;
    EXPECT_THAT(left(observed, desired), ElementsAre("maxAckPending: 7 -> "));
}

TEST(StoredConsumer, TakesItsWaitFromTheBackoff) {
    auto desired = a_consumer();
    desired.backoff = {5s, 10s};
    EXPECT_EQ(at_server(desired, {}, a_stream()).ack_wait, Duration{5s});
}

TEST(StoredConsumer, InheritsTheLimitsOfItsStream) {
    auto stream = a_stream();
    stream.consumer_limits = ConsumerLimits{.inactive_threshold = 1h, .max_ack_pending = 50};
    const auto stored = at_server(a_consumer(), {}, stream);
    EXPECT_EQ(stored.max_ack_pending, 50);
    EXPECT_EQ(stored.inactive_threshold, Duration{1h});
    auto desired = a_consumer();
    desired.max_ack_pending = 10;
    desired.inactive_threshold = 5min;
    EXPECT_EQ(at_server(desired, {}, stream).max_ack_pending, 10);
    EXPECT_EQ(at_server(desired, {}, stream).inactive_threshold, Duration{5min});
    desired.ack_policy = AckPolicy::None;
    desired.max_ack_pending.reset();
    EXPECT_EQ(at_server(desired, {}, stream).max_ack_pending, 50);
}

TEST(StoredConsumer, WhatNobodyDeclaresGoesBackToTheDefault) {
    auto observed = at_server(a_consumer(), {}, a_stream());
    for (const std::int64_t drifted : {-1, 5, 5000}) {
        observed.max_ack_pending = drifted;
        EXPECT_THAT(left(observed, a_consumer()),
                    ElementsAre("maxAckPending: " + std::to_string(drifted) + " -> 1000"));
    }
    observed = at_server(a_consumer(), {}, a_stream());
    observed.ack_wait = 5s;
    observed.inactive_threshold = 1h;
    observed.max_waiting = 5;
    EXPECT_THAT(
        left(observed, a_consumer()),
        ElementsAre("ackWait: 5s -> 30s", "maxWaiting: 5 -> 512", "inactiveThreshold: 1h -> "));
}

TEST(StoredConsumer, OrderOfFiltersIsNoDifference) {
    auto observed = at_server(a_consumer(), {}, a_stream());
    observed.filter_subjects = {"a", "b"};
    auto desired = a_consumer();
    desired.filter_subjects = {"b", "a"};
    EXPECT_THAT(left(observed, desired), IsEmpty());
    desired.backoff = {1s, 2s};
    observed = at_server(desired, {}, a_stream());
    observed.backoff = {2s, 1s};
    EXPECT_THAT(left(observed, desired), ElementsAre(HasSubstr("backoff: ")));
}

TEST(StoredConsumer, HasNoMorePendingThanTheAccountMay) {
    ServerInfo server;
    server.limits.max_ack_pending = 10;
    EXPECT_EQ(at_server(a_consumer(), {}, a_stream(), server).max_ack_pending, 10);
    server.limits.max_ack_pending = 5000;
    EXPECT_EQ(at_server(a_consumer(), {}, a_stream(), server).max_ack_pending, 1000);
    server.tiers[3].max_ack_pending = 20;
    auto stream = a_stream();
    stream.replicas = 3;
    EXPECT_EQ(at_server(a_consumer(), {}, stream, server).max_ack_pending, 20);
    stream.consumer_limits = ConsumerLimits{.inactive_threshold = {}, .max_ack_pending = 50};
    EXPECT_EQ(at_server(a_consumer(), {}, stream, server).max_ack_pending, 50);
}

TEST(StoredConsumer, APinnedClientHasTwoMinutes) {
    auto desired = a_consumer();
    desired.priority_groups = {"g"};
    desired.priority_policy = PriorityPolicy::PinnedClient;
    EXPECT_EQ(at_server(desired).priority_timeout, Duration{2min});
    desired.priority_timeout = 5s;
    EXPECT_EQ(at_server(desired).priority_timeout, Duration{5s});
    desired.priority_timeout.reset();
    desired.priority_policy = PriorityPolicy::Overflow;
    EXPECT_EQ(at_server(desired).priority_timeout, std::nullopt);
}

// A server keeps a time that is past until someone clears it.
TEST(StoredConsumer, APauseThatIsOverIsNone) {
    auto observed = at_server(a_consumer());
    auto desired = a_consumer();
    observed.pause_until = kNow - 1h;
    EXPECT_THAT(left(observed, desired), IsEmpty());
    desired.pause_until = kNow - 2h;
    EXPECT_THAT(left(observed, desired), IsEmpty());
    desired.pause_until = kNow + 1h;
    EXPECT_THAT(left(observed, desired),
                ElementsAre("pauseUntil: 2025-12-31T23:00:00Z -> 2026-01-01T01:00:00Z"));
    observed.pause_until = kNow + 2h;
    EXPECT_THAT(left(observed, desired),
                ElementsAre("pauseUntil: 2026-01-01T02:00:00Z -> 2026-01-01T01:00:00Z"));
    desired.pause_until.reset();
    EXPECT_THAT(left(observed, desired), ElementsAre("pauseUntil: 2026-01-01T02:00:00Z -> "));
    desired.pause_until = kNow;
    EXPECT_THAT(left(observed, desired), ElementsAre(HasSubstr("pauseUntil: ")));
}

struct Refused {
    std::string_view what;
    void (*before)(StreamSettings&);
    void (*after)(StreamSettings&);
    ServerLevel level;
    std::string_view because;  // Empty: the server changes it.
};

void PrintTo(const Refused& refused, std::ostream* out) {
    *out << refused.what;
}

class Immutables : public ::testing::TestWithParam<Refused> {};

TEST_P(Immutables, AreTheServersByItsLevel) {
    auto observed = a_stream();
    observed.duplicate_window = 2min;
    auto desired = observed;
    GetParam().before(observed);
    GetParam().after(desired);
    const auto changes = differences(observed, as_stored(desired, observed, GetParam().level));
    ASSERT_EQ(changes.size(), 1U);
    const auto why = immutable_because(changes[0], observed, desired, GetParam().level);
    if (GetParam().because.empty()) {
        EXPECT_EQ(why, std::nullopt);
    } else {
        ASSERT_TRUE(why.has_value());
        EXPECT_THAT(*why, HasSubstr(std::string{GetParam().because}));
    }
}

void nothing(StreamSettings&) {}

void memory(StreamSettings& stream) {
    stream.storage = Storage::Memory;
}

void first_seven(StreamSettings& stream) {
    stream.first_sequence = 7;
}

void interest(StreamSettings& stream) {
    stream.retention = Retention::Interest;
}

void work_queue(StreamSettings& stream) {
    stream.retention = Retention::WorkQueue;
}

void few_consumers(StreamSettings& stream) {
    stream.max_consumers = 2;
}

void republished(StreamSettings& stream) {
    stream.republish = Republish{.source = ">", .destination = "r.>"};
}

void mirrored(StreamSettings& stream) {
    stream.mirror = StreamSource{.name = "O"};
}

void mirrored_elsewhere(StreamSettings& stream) {
    stream.mirror = StreamSource{.name = "P"};
}

void no_window(StreamSettings& stream) {
    stream.mirror = StreamSource{.name = "O"};
    stream.duplicate_window = 2min;
}

void no_deletes(StreamSettings& stream) {
    stream.deny_delete = true;
}

void no_purges(StreamSettings& stream) {
    stream.deny_purge = true;
}

void counting(StreamSettings& stream) {
    stream.allow_msg_counter = true;
}

void async(StreamSettings& stream) {
    stream.persist_mode = PersistMode::Async;
}

void sealed(StreamSettings& stream) {
    stream = as_stored(stream, {}, kServer2_15);
    stream.sealed = true;
    stream = as_stored(stream, {}, kServer2_15);
}

void scheduling(StreamSettings& stream) {
    stream.allow_msg_schedules = true;
    stream.allow_rollup = true;
}

void rollup(StreamSettings& stream) {
    stream.allow_rollup = true;
}

void per_message_ttl(StreamSettings& stream) {
    stream.allow_msg_ttl = true;
}

void batches(StreamSettings& stream) {
    stream.allow_atomic_publish = true;
}

void sealed_with_schedules(StreamSettings& stream) {
    scheduling(stream);
    sealed(stream);
}

void sealed_with_schedules_and_described(StreamSettings& stream) {
    sealed_with_schedules(stream);
    stream.description = "described";
}

void sealed_and_described(StreamSettings& stream) {
    sealed(stream);
    stream.description = "described";
}

void aged(StreamSettings& stream) {
    stream.max_age = 1h;
}

INSTANTIATE_TEST_SUITE_P(
    Streams,
    Immutables,
    ::testing::Values(
        Refused{"storage", nothing, memory, kServer2_15, "cannot change on an existing stream"},
        Refused{"first sequence set",
                nothing,
                first_seven,
                kServer2_15,
                "cannot change on an existing stream"},
        Refused{"first sequence removed",
                first_seven,
                nothing,
                kServer2_15,
                "cannot change on an existing stream"},
        Refused{"retention before 2.10",
                nothing,
                interest,
                kServer2_9,
                "cannot change before nats-server 2.10"},
        Refused{"retention from 2.10", nothing, interest, kServer2_10, ""},
        Refused{"retention back", interest, nothing, kServer2_10, ""},
        Refused{"to a work queue",
                nothing,
                work_queue,
                kServer2_15,
                "cannot change to or from WorkQueue"},
        Refused{"from a work queue",
                work_queue,
                interest,
                kServer2_15,
                "cannot change to or from WorkQueue"},
        Refused{"max consumers before 2.12.5",
                nothing,
                few_consumers,
                kServer2_12,
                "cannot change before nats-server 2.12.5"},
        Refused{"max consumers from 2.12.5", nothing, few_consumers, kServer2_12_5, ""},
        Refused{"republish before 2.10",
                nothing,
                republished,
                kServer2_9,
                "cannot change before nats-server 2.10"},
        Refused{"republish from 2.10", nothing, republished, kServer2_10, ""},
        Refused{"mirror changed",
                no_window,
                mirrored_elsewhere,
                kServer2_15,
                "cannot be added or changed"},
        Refused{"mirror removed before 2.12",
                no_window,
                nothing,
                kServer2_11,
                "cannot be removed before nats-server 2.12"},
        Refused{"mirror removed from 2.12", no_window, nothing, kServer2_12, ""},
        Refused{"deny delete set", nothing, no_deletes, kServer2_15, ""},
        Refused{"deny delete taken back", no_deletes, nothing, kServer2_15, "cannot be taken back"},
        Refused{"deny purge taken back", no_purges, nothing, kServer2_15, "cannot be taken back"},
        Refused{"counter set", nothing, counting, kServer2_15, "cannot change on an existing"},
        Refused{"counter removed", counting, nothing, kServer2_15, "cannot change on an existing"},
        Refused{"persist mode", nothing, async, kServer2_15, "cannot change on an existing"},
        Refused{"seal taken back", sealed, nothing, kServer2_15, "cannot be taken back"},
        Refused{"sealed and described", sealed, sealed_and_described, kServer2_15, ""},
        Refused{"sealed with schedules",
                sealed_with_schedules,
                sealed_with_schedules_and_described,
                kServer2_15,
                "the server refuses every update of a sealed stream"},
        Refused{"schedules taken back", scheduling, rollup, kServer2_15, "cannot be taken back"},
        Refused{"message TTL taken back",
                per_message_ttl,
                nothing,
                kServer2_15,
                "cannot be taken back"},
        Refused{"message TTL set", nothing, per_message_ttl, kServer2_11, ""},
        Refused{"batches", batches, nothing, kServer2_12, ""},
        Refused{"an age limit", nothing, aged, kServer2_9, ""}));

TEST(Immutable, AMirrorCannotBeAdded) {
    auto desired = a_stream();
    mirrored(desired);
    EXPECT_THAT(*immutable_because(
                    Change{"mirror", "mirror", "", "{}", 0}, a_stream(), desired, kServer2_15),
                HasSubstr("cannot be added or changed"));
}

TEST(ConsumerRecreation, IsForWhatNoUpdateChanges) {
    for (const auto* wire : {"deliver_policy",
                             "opt_start_seq",
                             "opt_start_time",
                             "ack_policy",
                             "replay_policy",
                             "max_waiting",
                             "flow_control",
                             "idle_heartbeat",
                             "mem_storage"}) {
        EXPECT_TRUE(needs_recreation(Change{"", wire, "a", "b", 0})) << wire;
    }
    for (const auto* wire : {"description",
                             "ack_wait",
                             "max_deliver",
                             "backoff",
                             "filter_subjects",
                             "sample_freq",
                             "max_ack_pending",
                             "max_batch",
                             "max_expires",
                             "max_bytes",
                             "inactive_threshold",
                             "headers_only",
                             "num_replicas",
                             "rate_limit_bps",
                             "pause_until",
                             "priority_groups",
                             "priority_policy",
                             "priority_timeout",
                             "metadata"}) {
        EXPECT_FALSE(needs_recreation(Change{"", wire, "a", "b", 0})) << wire;
    }
}

TEST(ConsumerRecreation, PushStaysPushAndPullStaysPull) {
    EXPECT_TRUE(needs_recreation(Change{"", "deliver_subject", "", "d", 0}));
    EXPECT_TRUE(needs_recreation(Change{"", "deliver_subject", "d", "", 0}));
    EXPECT_FALSE(needs_recreation(Change{"", "deliver_subject", "d", "e", 0}));
}

std::vector<std::string> needs(const std::vector<LevelNeed>& found) {
    std::vector<std::string> names;
    for (const auto& need : found) {
        names.push_back(need.field.field + " " + std::string{version_text(need.level)});
    }
    return names;
}

TEST(ServerLevels, NameWhatAnOlderServerWouldDrop) {
    auto stream = a_stream();
    EXPECT_THAT(needs(beyond(stream, kServer2_9)), IsEmpty());
    stream.compression = Compression::S2;
    stream.metadata = {{"a", "b"}};
    stream.consumer_limits = ConsumerLimits{.inactive_threshold = 1h, .max_ack_pending = {}};
    stream.first_sequence = 5;
    stream.subject_transform = SubjectTransform{.source = "a", .destination = "b"};
    EXPECT_THAT(needs(beyond(stream, kServer2_9)),
                ElementsAre("compression 2.10",
                            "subjectTransform 2.10",
                            "firstSequence 2.10",
                            "consumerLimits 2.10",
                            "metadata 2.10"));
    EXPECT_THAT(needs(beyond(stream, kServer2_10)), IsEmpty());
}

TEST(ServerLevels, LookIntoMirrorsAndSources) {
    auto stream = a_stream();
    stream.sources = {{.name = "A"}, {.name = "B", .subject_transforms = {{"a", "b"}}}};
    EXPECT_THAT(needs(beyond(stream, kServer2_9)),
                ElementsAre("sources[1].subjectTransforms 2.10"));
    EXPECT_THAT(needs(beyond(stream, kServer2_10)), IsEmpty());
    stream.mirror = StreamSource{
        .name = "A", .subject_transforms = {{"a", "b"}}, .consumer = SourceConsumer{"c", "d"}};
    stream.sources[0].consumer = SourceConsumer{"c", "d"};
    EXPECT_THAT(needs(beyond(stream, kServer2_9)),
                ElementsAre("mirror.subjectTransforms 2.10",
                            "mirror.consumer 2.14",
                            "sources[0].consumer 2.14",
                            "sources[1].subjectTransforms 2.10"));
    EXPECT_THAT(needs(beyond(stream, kServer2_12)),
                ElementsAre("mirror.consumer 2.14", "sources[0].consumer 2.14"));
    EXPECT_EQ(beyond(stream, kServer2_12)[1].field.wire, "sources");
    EXPECT_THAT(needs(beyond(stream, kServer2_14)), IsEmpty());
}

TEST(ServerLevels, OfWhatNewServersCanDo) {
    auto stream = a_stream();
    stream.allow_msg_ttl = true;
    stream.allow_msg_counter = true;
    stream.allow_atomic_publish = true;
    stream.allow_batch_publish = true;
    stream.allow_msg_schedules = true;
    stream.persist_mode = PersistMode::Async;
    stream.sealed = true;
    EXPECT_THAT(needs(beyond(stream, kServer2_10)),
                ElementsAre("allowMsgTTL 2.11",
                            "allowMsgCounter 2.12",
                            "allowAtomicPublish 2.12",
                            "allowBatchPublish 2.14",
                            "allowMsgSchedules 2.12",
                            "persistMode 2.12"));
    EXPECT_THAT(needs(beyond(stream, kServer2_12_5)), ElementsAre("allowBatchPublish 2.14"));
    auto consumer = a_consumer();
    consumer.pause_until = kNow;
    consumer.priority_groups = {"g"};
    consumer.priority_policy = PriorityPolicy::Overflow;
    consumer.priority_timeout = 1min;
    EXPECT_THAT(needs(beyond(consumer, kServer2_10)),
                ElementsAre("pauseUntil 2.11",
                            "priorityGroups 2.11",
                            "priorityPolicy 2.11",
                            "priorityTimeout 2.11"));
    EXPECT_THAT(needs(beyond(consumer, kServer2_11)), IsEmpty());
}

TEST(ServerLevels, OfValuesThatCameLaterThanTheirField) {
    auto stream = a_stream();
    stream.placement = Placement{.cluster = "c", .tags = {"ssd"}};
    EXPECT_THAT(needs(beyond(stream, kServer2_9)), IsEmpty());
    stream.placement->tags.emplace_back("!hdd");
    EXPECT_THAT(needs(beyond(stream, kServer2_11)), ElementsAre("placement.tags with \"!\" 2.12"));
    EXPECT_THAT(needs(beyond(stream, kServer2_12)), IsEmpty());
    auto consumer = a_consumer();
    consumer.priority_groups = {"g"};
    consumer.priority_policy = PriorityPolicy::Prioritized;
    EXPECT_THAT(needs(beyond(consumer, kServer2_11)),
                ElementsAre("priorityPolicy Prioritized 2.12"));
    EXPECT_THAT(needs(beyond(consumer, kServer2_10)),
                ElementsAre("priorityGroups 2.11", "priorityPolicy Prioritized 2.12"))
        << "once, by what it needs most";
    EXPECT_THAT(needs(beyond(consumer, kServer2_12)), IsEmpty());
}

// One line of a manifest, limitMarkerTTL, makes both: it is told once, by the name it has there.
TEST(ServerLevels, LimitMarkersAreOneNeed) {
    auto stream = a_stream();
    stream.allow_msg_ttl = true;
    stream.subject_delete_marker_ttl = 1min;
    EXPECT_THAT(needs(beyond(stream, kServer2_10)), ElementsAre("subjectDeleteMarkerTTL 2.11"));
    EXPECT_THAT(needs(beyond(stream, kServer2_11)), IsEmpty());
}

TEST(ServerLevels, ASecondFilterNeeds2_10) {
    auto consumer = a_consumer();
    consumer.filter_subjects = {"a"};
    EXPECT_THAT(needs(beyond(consumer, kServer2_9)), IsEmpty());
    consumer.filter_subjects = {"a", "b"};
    EXPECT_THAT(needs(beyond(consumer, kServer2_9)),
                ElementsAre("filterSubjects with more than one entry 2.10"));
}

TEST(Covers, EverythingOfTheNarrowOne) {
    EXPECT_TRUE(covers("", "a.b"));
    EXPECT_TRUE(covers(">", ""));
    EXPECT_TRUE(covers("", ""));
    EXPECT_TRUE(covers("a.>", "a.b"));
    EXPECT_TRUE(covers("a.>", "a.b.c"));
    EXPECT_TRUE(covers("a.>", "a.>"));
    EXPECT_TRUE(covers("a.>", "a.*"));
    EXPECT_TRUE(covers("a.*", "a.b"));
    EXPECT_TRUE(covers("a.*.c", "a.b.c"));
    EXPECT_TRUE(covers("*.>", "a.>"));
    EXPECT_TRUE(covers("a", "a"));
}

TEST(Covers, NothingLess) {
    EXPECT_FALSE(covers("a.b", ""));
    EXPECT_FALSE(covers("a.b", ">"));
    EXPECT_FALSE(covers("a.>", ">"));
    EXPECT_FALSE(covers("a.>", "a"));
    EXPECT_FALSE(covers("a.*", "a.>"));
    EXPECT_FALSE(covers("a.*", "a.b.c"));
    EXPECT_FALSE(covers("a.b", "a.*"));
    EXPECT_FALSE(covers("a.b.c", "a.b"));
    EXPECT_FALSE(covers("a.b", "a.bc"));
    EXPECT_FALSE(covers("*.>", ">"));
}

TEST(Overlap, SomeSubjectMatchesBoth) {
    EXPECT_TRUE(overlap("a.>", "a.b"));
    EXPECT_TRUE(overlap("a.*.c", "a.b.*"));
    EXPECT_TRUE(overlap("*.b", "a.>"));
    EXPECT_TRUE(overlap("", "a"));
    EXPECT_TRUE(overlap("a", "a"));
    EXPECT_FALSE(overlap("a.>", "a"));
    EXPECT_FALSE(overlap("a.*", "a.b.c"));
    EXPECT_FALSE(overlap("a.b", "a.c"));
    EXPECT_FALSE(overlap("*.b.*", "a.c.>"));
}

TEST(WithoutDerived, LeavesOpenWhatTheServerFillsIn) {
    StreamSettings observed{
        .name = StreamName{"S"}, .subjects = {"S"}, .max_age = 30s, .duplicate_window = 30s};
    auto open = without_derived(observed, {}, kServer2_15);
    EXPECT_EQ(open, (StreamSettings{.name = StreamName{"S"}, .max_age = 30s}));
    observed.duplicate_window = 10s;
    open = without_derived(observed, {}, kServer2_15);
    EXPECT_EQ(open.duplicate_window, 10s);
    EXPECT_EQ(open.subjects, std::vector<std::string>{});
}

TEST(WithoutDerived, KeepsWhatOnlyThisServerHas) {
    const StreamSettings observed{.name = StreamName{"S"},
                                  .mirror = StreamSource{.name = "M"},
                                  .mirror_direct = true,
                                  .allow_msg_ttl = true};
    EXPECT_EQ(without_derived(observed, {}, kServer2_15), observed);
}

TEST(WithoutDerived, LeavesAConsumersDefaultsOpen) {
    const ConsumerSettings observed{
        .name = ConsumerName{"c"}, .ack_wait = 30s, .max_ack_pending = 1000, .max_waiting = 512};
    EXPECT_EQ(without_derived(observed, StreamSettings{}, ServerInfo{}, kNow),
              (ConsumerSettings{.name = ConsumerName{"c"}}));
    auto limited = observed;
    limited.max_ack_pending = 50;
    EXPECT_EQ(without_derived(limited, StreamSettings{}, ServerInfo{}, kNow).max_ack_pending, 50);
    EXPECT_EQ(
        without_derived(limited,
                        StreamSettings{.consumer_limits = ConsumerLimits{.max_ack_pending = 50}},
                        ServerInfo{},
                        kNow)
            .max_ack_pending,
        std::nullopt);
}

TEST(WithoutDerived, KeepsAnAckWaitThatMeansNothingAsAnUpdateWouldDropIt) {
    const ConsumerSettings observed{.name = ConsumerName{"c"},
                                    .ack_policy = AckPolicy::None,
                                    .ack_wait = 1ns,
                                    .max_waiting = 512};
    EXPECT_EQ(without_derived(observed, StreamSettings{}, ServerInfo{}, kNow).ack_wait, 1ns);
    const ConsumerSettings declared{.name = ConsumerName{"c"}, .ack_policy = AckPolicy::None};
    EXPECT_THAT(differences(observed, at_server(declared, observed)), ::testing::IsEmpty());
}

TEST(WithoutDerived, APauseThatIsOverStaysOpen) {
    auto observed = at_server(a_consumer());
    observed.pause_until = kNow - 1h;
    const auto open = [&] {
        return without_derived(observed, a_stream(), ServerInfo{}, kNow).pause_until;
    };
    EXPECT_EQ(open(), std::nullopt);
    observed.pause_until = kNow + 1h;
    EXPECT_EQ(open(), kNow + 1h);
}

TEST(AsSent, KeepsTheUsualWindowThatAMirrorHasFromSomebodyElse) {
    auto desired = a_stream();
    auto observed = desired;
    observed.duplicate_window = 2min;
    EXPECT_EQ(as_sent(desired, observed).duplicate_window, std::nullopt);
    desired.sources = {{.name = "A"}};
    EXPECT_EQ(as_sent(desired, observed).duplicate_window, std::nullopt)
        << "it had that one before it copied anything";
    observed.sources = {{.name = "B"}};
    EXPECT_EQ(as_sent(desired, observed).duplicate_window, 2min);
    observed.duplicate_window = 1min;
    EXPECT_EQ(as_sent(desired, observed).duplicate_window, std::nullopt);
}

}  // namespace
}  // namespace headgate::jetstream
