#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "reconcilers/resources/resource.hpp"

namespace headgate::resources {
namespace {

using core::Json;
using namespace std::chrono_literals;
using jetstream::StreamName;
using jetstream::StreamSettings;
using jetstream::StreamSource;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> problems(Kind kind,
                                  std::string_view spec,
                                  std::string_view name = "orders") {
    const auto parsed = parse(kind, Json::parse(spec), name);
    EXPECT_EQ(parsed.desired.has_value(), parsed.problems.empty());
    std::vector<std::string> texts;
    for (const auto& problem : parsed.problems) {
        texts.push_back(problem.path + ": " + problem.message);
    }
    return texts;
}

Desired wanted(Kind kind, std::string_view spec, std::string_view name = "orders") {
    const auto parsed = parse(kind, Json::parse(spec), name);
    EXPECT_THAT(problems(kind, spec, name), IsEmpty());
    return parsed.desired.value_or(Desired{});
}

struct Bad {
    std::string_view spec;
    std::string_view problem;
};

void PrintTo(const Bad& bad, std::ostream* out) {
    *out << bad.spec;
}

class BadStreamConfig : public ::testing::TestWithParam<Bad> {};

TEST_P(BadStreamConfig, IsToldByPathAndReason) {
    EXPECT_THAT(problems(Kind::StreamConfig, GetParam().spec), ElementsAre(GetParam().problem));
}

INSTANTIATE_TEST_SUITE_P(
    Rules,
    BadStreamConfig,
    ::testing::Values(
        Bad{R"({"discardNewPerSubject": true, "maxMessagesPerSubject": 1})",
            "spec.discardNewPerSubject: needs discard: New and maxMessagesPerSubject"},
        Bad{R"({"discardNewPerSubject": true, "discard": "New"})",
            "spec.discardNewPerSubject: needs discard: New and maxMessagesPerSubject"},
        Bad{R"({"duplicateWindow": "1h", "maxAge": "30m"})",
            "spec.duplicateWindow: must not be longer than maxAge"},
        Bad{R"({"allowRollup": true, "denyPurge": true})",
            "spec.denyPurge: cannot be combined with allowRollup: a rollup purges"},
        Bad{R"({"mirrorDirect": true})", "spec.mirrorDirect: needs mirror"},
        Bad{R"({"denyPurge": true, "allowMsgSchedules": true})",
            "spec.denyPurge: cannot be combined with allowMsgSchedules or subjectDeleteMarkerTTL, "
            "which purge"},
        Bad{R"({"denyPurge": true, "subjectDeleteMarkerTTL": "1m"})",
            "spec.denyPurge: cannot be combined with allowMsgSchedules or subjectDeleteMarkerTTL, "
            "which purge"},
        Bad{R"({"subjectDeleteMarkerTTL": "10ms"})",
            "spec.subjectDeleteMarkerTTL: 10ms is below the least allowed, 1s"},
        Bad{R"({"allowMsgCounter": true, "discard": "New"})",
            "spec.allowMsgCounter: cannot be combined with discard: New"},
        Bad{R"({"allowMsgCounter": true, "allowMsgTTL": true})",
            "spec.allowMsgCounter: cannot be combined with allowMsgTTL or subjectDeleteMarkerTTL"},
        Bad{R"({"allowMsgCounter": true, "subjectDeleteMarkerTTL": "1m"})",
            "spec.allowMsgCounter: cannot be combined with allowMsgTTL or subjectDeleteMarkerTTL"},
        Bad{R"({"allowMsgCounter": true, "allowMsgSchedules": true})",
            "spec.allowMsgCounter: cannot be combined with allowMsgSchedules"},
        Bad{R"({"allowMsgCounter": true, "retention": "Interest"})",
            "spec.allowMsgCounter: needs retention: Limits"},
        Bad{R"({"allowMsgSchedules": true, "discard": "New"})",
            "spec.allowMsgSchedules: cannot be combined with discard: New"},
        Bad{R"({"allowMsgSchedules": true, "sources": [{"name": "A"}]})",
            "spec.allowMsgSchedules: cannot be combined with sources"},
        Bad{R"({"persistMode": "Async", "storage": "Memory"})",
            "spec.persistMode: Async needs storage: File"},
        Bad{R"({"persistMode": "Async", "replicas": 3})",
            "spec.persistMode: Async needs replicas: 1"},
        Bad{R"({"persistMode": "Async", "allowAtomicPublish": true})",
            "spec.persistMode: Async cannot be combined with allowAtomicPublish"},
        Bad{R"({"mirror": {"name": "A"}, "allowMsgCounter": true})",
            "spec.allowMsgCounter: cannot be combined with mirror: nothing is published to it"},
        Bad{R"({"mirror": {"name": "A"}, "allowAtomicPublish": true})",
            "spec.allowAtomicPublish: cannot be combined with mirror: nothing is published to it"},
        Bad{R"({"mirror": {"name": "A"}, "allowBatchPublish": true})",
            "spec.allowBatchPublish: cannot be combined with mirror: nothing is published to it"},
        Bad{R"({"mirror": {"name": "A"}, "allowMsgSchedules": true})",
            "spec.allowMsgSchedules: cannot be combined with mirror: nothing is published to it"},
        Bad{R"({"mirror": {"name": "A"}, "subjectDeleteMarkerTTL": "1m"})",
            "spec.subjectDeleteMarkerTTL: cannot be combined with mirror: it has the sequences of "
            "its origin"},
        Bad{R"({"sources": [{"name": "A", "consumer": {"name": "c"}}]})",
            "spec.sources[0].consumer.deliverSubject: is required"},
        Bad{R"({"sources": [{"name": "A", "consumer": {"name": "c", "deliverSubject": "d.*"}}]})",
            "spec.sources[0].consumer.deliverSubject: \"d.*\" must match "
            "[^\\s.*>]+(\\.[^\\s.*>]+)*"},
        Bad{R"({"mirror": {"name": "A", "startSequence": 5, "consumer": {"name": "c", "deliverSubject": "d"}}})",
            "spec.mirror.consumer: cannot be combined with startSequence, startTime or "
            "filterSubject: the consumer decides"},
        Bad{R"({"sources": [{"name": "A", "filterSubject": "x", "consumer": {"name": "c", "deliverSubject": "d"}}]})",
            "spec.sources[0].consumer: cannot be combined with startSequence, startTime or "
            "filterSubject: the consumer decides"},
        Bad{R"({"subjects": ["a.*", "b", "a.c"]})",
            "spec.subjects[2]: \"a.c\" overlaps with \"a.*\" of the same list"},
        Bad{R"({"republish": {"destination": "copies"}})",
            "spec.republish.destination: must end in > like the source, which is > where it is "
            "left out"},
        Bad{R"({"subjects": ["a", "b.>"], "republish": {"source": "a", "destination": "b.c"}})",
            "spec.republish.destination: overlaps with \"b.>\", which the stream itself stores: "
            "that would never end"},
        Bad{R"({"mirror": {"name": "A", "external": {"api": "a.*"}}})",
            "spec.mirror.external.api: must not have wildcards"},
        Bad{R"({"republish": {"source": "a", "destination": "copies.>"}})",
            "spec.republish.destination: must not end in >, since the source does not"},
        Bad{R"({"subjectTransform": {"source": "a.*", "destination": "b.*"}})",
            "spec.subjectTransform.destination: must not have the wildcard *; {{wildcard(1)}} "
            "stands for the source's first"},
        Bad{R"({"mirror": {"name": "A", "subjectTransforms": [{"source": "a.>", "destination": "b"}]}})",
            "spec.mirror.subjectTransforms[0].destination: must end in > like the source, which is "
            "> where it is left out"},
        Bad{R"({"mirror": {"name": "A", "subjectTransforms": [{"source": "a"}, {"source": "*"}]}})",
            "spec.mirror.subjectTransforms[1].source: overlaps with the source of another "
            "transform of the list"},
        Bad{R"({"sources": [{"name": "A"}, {"name": "B"}, {"name": "A", "startSequence": 5}]})",
            "spec.sources[2]: copies the same as sources[0]"},
        Bad{R"({"subjects": ["a.*"], "consumers": [{"name": "c", "deliverSubject": "a.b"}]})",
            "spec.consumers[0].deliverSubject: is one of \"a.*\", which the stream stores: that "
            "would never end"},
        Bad{R"({"maxConsumers": 1, "consumers": [{"name": "a"}, {"name": "b"}]})",
            "spec.consumers: are more than maxConsumers allows"},
        Bad{R"({"consumers": [{"name": "a", "filterSubjects": ["x.>", "x.y"]}]})",
            "spec.consumers[0].filterSubjects[1]: \"x.y\" overlaps with \"x.>\" of the same "
            "list"},
        Bad{R"({"consumerLimits": {"maxAckPending": 5}, "consumers": [{"name": "a", "deliverSubject": "d", "ackPolicy": "None"}]})",
            "spec.consumers[0].ackPolicy: None cannot be combined with "
            "consumerLimits.maxAckPending, which the server gives this push consumer too"},
        Bad{R"({"mirror": {"name": "A"}, "subjects": ["a"]})",
            "spec.subjects: must be left out of a mirror: it has the subjects of its origin"},
        Bad{R"({"mirror": {"name": "A"}, "sources": [{"name": "B"}]})",
            "spec.sources: cannot be combined with mirror"},
        Bad{R"({"mirror": {"name": "A"}, "firstSequence": 5})",
            "spec.firstSequence: cannot be combined with mirror: it has the sequences of its "
            "origin"},
        Bad{R"({"mirror": {"name": "A", "startSequence": 1, "startTime": "2026-01-01T00:00:00Z"}})",
            "spec.mirror.startTime: cannot be combined with startSequence: the server would use "
            "only one"},
        Bad{R"({"sources": [{"name": "A"}, {"name": "B", "filterSubject": "x", "subjectTransforms": [{"source": "a", "destination": "b"}]}]})",
            "spec.sources[1].subjectTransforms: cannot be combined with filterSubject: put the "
            "filter into a transform's source"},
        Bad{R"({"sources": [{"name": "A", "domain": "hub", "external": {"api": "$JS.hub.API"}}]})",
            "spec.sources[0].domain: cannot be combined with external: a domain is short for "
            "external.api $JS.<domain>.API"},
        Bad{R"({"metadata": {"headgate.io/instance": "x"}})",
            "spec.metadata.headgate.io/instance: is a key that Headgate or the server writes; "
            "choose another"},
        Bad{R"({"metadata": {"_nats.ver": "2"}})",
            "spec.metadata._nats.ver: is a key that Headgate or the server writes; choose another"},
        Bad{R"({"maxAge": "1 hour"})",
            "spec.maxAge: \"1 hour\" is not a duration; write 90s, 1h30m or 7d"},
        Bad{R"({"maxAge": "10ms"})", "spec.maxAge: 10ms is below the least allowed, 100ms"},
        Bad{R"({"replicas": 6})", "spec.replicas: 6 is above the most allowed, 5"},
        Bad{R"({"retention": "Workqueue"})",
            "spec.retention: \"Workqueue\" is not one of Limits, Interest, WorkQueue; did you mean "
            "WorkQueue?"},
        Bad{R"({"maxMessags": 5})", "spec.maxMessags: unknown field; did you mean maxMessages?"},
        Bad{R"({"subjects": ["a b"]})",
            "spec.subjects[0]: \"a b\" must match [^\\s.]+(\\.[^\\s.]+)*"},
        Bad{R"({"subjects": ["a..b"]})",
            "spec.subjects[0]: \"a..b\" must match [^\\s.]+(\\.[^\\s.]+)*"},
        Bad{R"({"name": "a.b"})", "spec.name: \"a.b\" must match [^\\s.*>/\\\\]+"},
        Bad{R"({"sources": [{"filterSubject": "x"}]})", "spec.sources[0].name: is required"},
        Bad{R"({"consumerLimits": {"inactiveThreshold": "0s"}})",
            "spec.consumerLimits.inactiveThreshold: 0s is below the least allowed, 1ms"},
        Bad{R"({"republish": {"source": "a"}})", "spec.republish.destination: is required"}));

class BadConsumer : public ::testing::TestWithParam<Bad> {};

TEST_P(BadConsumer, IsToldByPathAndReason) {
    const auto spec = R"({"retention": "Limits", "consumers": [{"name": "first"}, )" +
                      std::string{GetParam().spec} + "]}";
    EXPECT_THAT(problems(Kind::StreamConfig, spec),
                ElementsAre("spec.consumers[1]" + std::string{GetParam().problem}));
}

INSTANTIATE_TEST_SUITE_P(
    Rules,
    BadConsumer,
    ::testing::Values(
        Bad{R"({"name": "first"})",
            R"(.name: "first" is already taken by another consumer of the list)"},
        Bad{R"({"ackWait": "5s"})", ".name: is required"},
        Bad{R"({"name": "c", "deliverPolicy": "ByStartSequence"})",
            ".startSequence: is required with deliverPolicy: ByStartSequence"},
        Bad{R"({"name": "c", "startSequence": 5})",
            ".startSequence: needs deliverPolicy: ByStartSequence"},
        Bad{R"({"name": "c", "deliverPolicy": "ByStartTime"})",
            ".startTime: is required with deliverPolicy: ByStartTime"},
        Bad{R"({"name": "c", "startTime": "2026-01-01T00:00:00Z"})",
            ".startTime: needs deliverPolicy: ByStartTime"},
        Bad{R"({"name": "c", "deliverPolicy": "LastPerSubject"})",
            ".filterSubjects: is required with deliverPolicy: LastPerSubject"},
        Bad{R"({"name": "c", "deliverSubject": "d", "maxWaiting": 5})",
            ".maxWaiting: is for pull consumers only, those without a deliverSubject"},
        Bad{R"({"name": "c", "deliverSubject": "d", "maxRequestBatch": 5})",
            ".maxRequestBatch: is for pull consumers only, those without a deliverSubject"},
        Bad{R"({"name": "c", "deliverSubject": "d", "maxRequestExpires": "5s"})",
            ".maxRequestExpires: is for pull consumers only, those without a deliverSubject"},
        Bad{R"({"name": "c", "deliverSubject": "d", "maxRequestMaxBytes": 5})",
            ".maxRequestMaxBytes: is for pull consumers only, those without a deliverSubject"},
        Bad{R"({"name": "c", "deliverSubject": "d", "flowControl": true})",
            ".flowControl: needs idleHeartbeat"},
        Bad{R"({"name": "c", "deliverSubject": "d.*"})",
            ".deliverSubject: must not have wildcards"},
        Bad{R"({"name": "c", "deliverSubject": "d", "ackPolicy": "None", "maxAckPending": 5})",
            ".maxAckPending: has no meaning with ackPolicy: None"},
        Bad{R"({"name": "c", "deliverGroup": "g"})",
            ".deliverGroup: is for push consumers only, those with a deliverSubject"},
        Bad{R"({"name": "c", "flowControl": true})",
            ".flowControl: is for push consumers only, those with a deliverSubject"},
        Bad{R"({"name": "c", "idleHeartbeat": "1s"})",
            ".idleHeartbeat: is for push consumers only, those with a deliverSubject"},
        Bad{R"({"name": "c", "rateLimitBps": 1000})",
            ".rateLimitBps: is for push consumers only, those with a deliverSubject"},
        Bad{R"({"name": "c", "backoff": ["1s", "2s"], "maxDeliver": 1})",
            ".maxDeliver: must not be below the number of backoff entries"},
        Bad{R"({"name": "c", "backoff": ["1s"], "maxDeliver": 5, "ackWait": "3s"})",
            ".ackWait: must be left out, or equal the first entry of backoff, which replaces it"},
        Bad{R"({"name": "c", "replicas": 3})", ".replicas: must not be above the stream's"},
        Bad{R"({"name": "c", "sampleFrequency": 101})",
            ".sampleFrequency: 101 is above the most allowed, 100"},
        Bad{R"({"name": "c", "maxAckPending": -2})",
            ".maxAckPending: -2 is below the least allowed, -1"},
        Bad{R"({"name": "c", "metadata": {"headgate.io/kind": "x"}})",
            ".metadata.headgate.io/kind: is a key that Headgate or the server writes; choose "
            "another"},
        Bad{R"({"name": "c", "priorityPolicy": "Overflow"})",
            ".priorityGroups: is required with a priorityPolicy"},
        Bad{R"({"name": "c", "priorityGroups": ["a"]})", ".priorityGroups: needs a priorityPolicy"},
        Bad{R"({"name": "c", "priorityTimeout": "1m"})",
            ".priorityTimeout: needs a priorityPolicy"},
        Bad{R"({"name": "c", "priorityPolicy": "Overflow", "priorityGroups": ["a b"]})",
            ".priorityGroups[0]: \"a b\" must match [a-zA-Z0-9/_=-]{1,16}"},
        Bad{R"({"name": "c", "deliverSubject": "d", "priorityPolicy": "Overflow", "priorityGroups": ["a"]})",
            ".priorityPolicy: is for pull consumers only, those without a deliverSubject"},
        Bad{R"({"name": "c", "priorityPolicy": "PinnedClients", "priorityGroups": ["a"]})",
            ".priorityPolicy: \"PinnedClients\" is not one of None, Overflow, PinnedClient, "
            "Prioritized; "
            "did you mean PinnedClient?"},
        Bad{R"({"name": "c", "pauseUntil": "tomorrow"})",
            ".pauseUntil: \"tomorrow\" is not a time; write RFC 3339, as 2026-01-02T03:04:05Z"}));

class BadConsumerOfAStream : public ::testing::TestWithParam<Bad> {};

TEST_P(BadConsumerOfAStream, IsToldByPathAndReason) {
    EXPECT_THAT(problems(Kind::StreamConfig, GetParam().spec),
                ElementsAre("spec.consumers[0]" + std::string{GetParam().problem}));
}

INSTANTIATE_TEST_SUITE_P(
    Rules,
    BadConsumerOfAStream,
    ::testing::Values(
        Bad{R"({"retention": "WorkQueue", "consumers": [{"name": "c", "ackPolicy": "None"}]})",
            ".ackPolicy: must be Explicit on a stream with retention: WorkQueue"},
        Bad{R"({"retention": "WorkQueue", "consumers": [{"name": "c", "deliverPolicy": "New"}]})",
            ".deliverPolicy: must be All on a stream with retention: WorkQueue"},
        Bad{R"({"retention": "Interest", "replicas": 3, "consumers": [{"name": "c", "replicas": 1}]})",
            ".replicas: must equal the stream's, or be left out, with retention Interest or "
            "WorkQueue"},
        Bad{R"({"consumerLimits": {"maxAckPending": 10}, "consumers": [{"name": "c", "maxAckPending": 11}]})",
            ".maxAckPending: is above the stream's consumerLimits"},
        Bad{R"({"consumerLimits": {"maxAckPending": 10}, "consumers": [{"name": "c", "maxAckPending": -1}]})",
            ".maxAckPending: is above the stream's consumerLimits"},
        Bad{R"({"consumerLimits": {"inactiveThreshold": "1m"}, "consumers": [{"name": "c", "inactiveThreshold": "2m"}]})",
            ".inactiveThreshold: is above the stream's consumerLimits"}));

class BadStateBucket : public ::testing::TestWithParam<Bad> {};

TEST_P(BadStateBucket, IsToldByPathAndReason) {
    EXPECT_THAT(problems(Kind::StateBucket, GetParam().spec), ElementsAre(GetParam().problem));
}

INSTANTIATE_TEST_SUITE_P(
    Rules,
    BadStateBucket,
    ::testing::Values(Bad{R"({"mirror": {"name": "A"}, "sources": [{"name": "B"}]})",
                          "spec.sources: cannot be combined with mirror"},
                      Bad{R"({"mirror": {"name": "A"}, "limitMarkerTTL": "1m"})",
                          "spec.limitMarkerTTL: cannot be set on a mirror"},
                      Bad{R"({"sources": [{"name": "orders"}]})",
                          "spec.sources[0].name: must not be the bucket itself"},
                      Bad{R"({"mirror": {"name": "orders"}})",
                          "spec.mirror.name: must not be the bucket itself"},
                      Bad{R"({"history": 65})", "spec.history: 65 is above the most allowed, 64"},
                      Bad{R"({"history": 0})", "spec.history: 0 is below the least allowed, 1"},
                      Bad{R"({"limitMarkerTTL": "500ms"})",
                          "spec.limitMarkerTTL: 500ms is below the least allowed, 1s"},
                      Bad{R"({"ttl": "0s"})", "spec.ttl: 0s is below the least allowed, 100ms"},
                      Bad{R"({"bucket": "a.b"})", "spec.bucket: \"a.b\" must match [A-Za-z0-9_-]+"},
                      Bad{R"({"metadata": {"headgate.io/object": "x"}})",
                          "spec.metadata.headgate.io/object: is a key that Headgate or the server "
                          "writes; choose another"},
                      Bad{R"({"consumers": []})", "spec.consumers: unknown field"},
                      Bad{R"({"maxAge": "1h"})", "spec.maxAge: unknown field"},
                      Bad{R"({"deletionPolicy": "delete"})",
                          "spec.deletionPolicy: \"delete\" is not one of Retain, DeleteIfEmpty, "
                          "Delete; did you mean Delete?"}));

TEST(Validation, TellsEveryBrokenRuleOfAValidSpec) {
    EXPECT_THAT(
        problems(
            Kind::StreamConfig,
            R"({"mirrorDirect": true, "allowRollup": true, "denyPurge": true, "consumers": [{"name": "c", "rateLimitBps": 5, "deliverGroup": "g"}]})")
            .size(),
        4U);
}

TEST(Validation, ABucketIsNotRepublishedIntoItself) {
    EXPECT_THAT(problems(Kind::StateBucket, R"({"republish": {"destination": "$KV.orders.>"}})"),
                ElementsAre("spec.republish.destination: overlaps with \"$KV.orders.>\", which the "
                            "stream itself stores: that would never end"));
    EXPECT_THAT(problems(Kind::StateBucket, R"({"republish": {"destination": "copies.>"}})"),
                IsEmpty());
}

TEST(Validation, ASelfSourceInAnotherDomainIsNoLoop) {
    EXPECT_THAT(
        problems(Kind::StateBucket, R"({"sources": [{"name": "orders", "domain": "hub"}]})"),
        IsEmpty());
    EXPECT_THAT(problems(Kind::StateBucket, R"({"mirror": {"name": "orders", "domain": "hub"}})"),
                IsEmpty());
}

TEST(Names, ComeFromMetadataWhereTheManifestHasNone) {
    EXPECT_EQ(wanted(Kind::StreamConfig, "{}", "orders").stream.name, StreamName{"orders"});
    EXPECT_EQ(wanted(Kind::StreamConfig, R"({"name": "ORDERS"})", "orders").stream.name,
              StreamName{"ORDERS"});
    EXPECT_EQ(wanted(Kind::StateBucket, "{}", "sessions").stream.name, StreamName{"KV_sessions"});
    EXPECT_EQ(wanted(Kind::StateBucket, R"({"bucket": "SESSIONS"})", "sessions").stream.name,
              StreamName{"KV_SESSIONS"});
}

TEST(Names, FromMetadataThatNoServerTakesAreToldAsSuch) {
    EXPECT_THAT(problems(Kind::StreamConfig, "{}", "my.orders"),
                ElementsAre("spec.name: is left out, and metadata.name \"my.orders\" cannot stand "
                            "in for it: it must match [^\\s.*>/\\\\]+"));
    EXPECT_THAT(problems(Kind::StateBucket, "{}", "my.orders"),
                ElementsAre("spec.bucket: is left out, and metadata.name \"my.orders\" cannot "
                            "stand in for it: it must match [A-Za-z0-9_-]+"));
}

TEST(Names, ABucketsChangesAreToldInTheBucketsWords) {
    EXPECT_EQ(field_name(Kind::StateBucket, {"maxAge", "max_age", "", "", 0}), "ttl");
    EXPECT_EQ(
        field_name(Kind::StateBucket, {"maxMessagesPerSubject", "max_msgs_per_subject", "", "", 0}),
        "history");
    EXPECT_EQ(field_name(Kind::StateBucket, {"denyPurge", "deny_purge", "", "", 0}), "denyPurge");
    EXPECT_EQ(field_name(Kind::StreamConfig, {"maxAge", "max_age", "", "", 0}), "maxAge");
}

TEST(DesiredBucket, IsTheStreamThatAdr8Prescribes) {
    const auto stream =
        wanted(
            Kind::StateBucket,
            R"({"description": "d", "history": 5, "ttl": "1h", "storage": "Memory", "replicas": 3, "maxBytes": "1Gi", "maxValueSize": "1Mi", "compression": "S2",
        "placement": {"cluster": "c", "tags": ["t"]}, "republish": {"source": ">", "destination": "s.>", "headersOnly": true}, "metadata": {"team": "a"}})",
            "b")
            .stream;
    StreamSettings expected{.name = StreamName{"KV_b"}};
    expected.description = "d";
    expected.subjects = {"$KV.b.>"};
    expected.storage = jetstream::Storage::Memory;
    expected.replicas = 3;
    expected.max_messages_per_subject = 5;
    expected.max_bytes = core::Bytes{1 << 30};
    expected.max_age = 1h;
    expected.max_message_size = core::Bytes{1 << 20};
    expected.discard = jetstream::Discard::New;
    expected.compression = jetstream::Compression::S2;
    expected.placement = jetstream::Placement{.cluster = "c", .tags = {"t"}};
    expected.republish =
        jetstream::Republish{.source = ">", .destination = "s.>", .headers_only = true};
    expected.allow_direct = true;
    expected.allow_rollup = true;
    expected.deny_delete = true;
    expected.metadata = {{"team", "a"}};
    EXPECT_EQ(stream, expected);
}

TEST(DesiredBucket, KeepsOneValueAKeyForEverByDefault) {
    const auto stream = wanted(Kind::StateBucket, "{}", "b").stream;
    EXPECT_EQ(stream.max_messages_per_subject, 1);
    EXPECT_FALSE(stream.max_age || stream.max_bytes || stream.max_message_size ||
                 stream.subject_delete_marker_ttl || stream.duplicate_window);
    EXPECT_FALSE(stream.allow_msg_ttl);
    EXPECT_FALSE(stream.deny_purge);
}

TEST(DesiredBucket, LimitMarkersAllowATtlForEachKey) {
    const auto stream = wanted(Kind::StateBucket, R"({"limitMarkerTTL": "10m"})", "b").stream;
    EXPECT_TRUE(stream.allow_msg_ttl);
    EXPECT_EQ(stream.subject_delete_marker_ttl, core::Duration{10min});
}

TEST(DesiredBucket, AMirrorHasNoSubjectsAndAnswersForItsOrigin) {
    const auto stream =
        wanted(Kind::StateBucket, R"({"mirror": {"name": "OTHER", "domain": "hub"}})", "b").stream;
    EXPECT_THAT(stream.subjects, IsEmpty());
    EXPECT_TRUE(stream.mirror_direct);
    ASSERT_TRUE(stream.mirror.has_value());
    EXPECT_EQ(
        *stream.mirror,
        (StreamSource{.name = "KV_OTHER",
                      .external = jetstream::ExternalStream{.api = "$JS.hub.API", .deliver = {}}}));
}

TEST(DesiredBucket, KeysCopiedFromAnotherBucketAreRenamed) {
    const auto stream =
        wanted(
            Kind::StateBucket,
            R"({"sources": [{"name": "A"}, {"name": "b", "domain": "hub"}, {"name": "A", "domain": "hub"}]})",
            "b")
            .stream;
    EXPECT_THAT(stream.subjects, ElementsAre("$KV.b.>"));
    ASSERT_EQ(stream.sources.size(), 3U);
    EXPECT_EQ(stream.sources[0],
              (StreamSource{.name = "KV_A", .subject_transforms = {{"$KV.A.>", "$KV.b.>"}}}));
    EXPECT_THAT(stream.sources[1].subject_transforms, IsEmpty())
        << "the same name in another domain fits as it is";
    EXPECT_EQ(stream.sources[2].subject_transforms.size(), 1U);
    EXPECT_EQ(stream.sources[2].external->api, "$JS.hub.API");
}

TEST(DesiredStream, ADomainIsShortForAnExternalApi) {
    const auto stream =
        wanted(Kind::StreamConfig, R"({"mirror": {"name": "A", "domain": "hub"}})").stream;
    EXPECT_EQ(stream.mirror->external,
              (jetstream::ExternalStream{.api = "$JS.hub.API", .deliver = {}}));
    EXPECT_EQ(stream.mirror->domain, "");
    const auto sourced =
        wanted(
            Kind::StreamConfig,
            R"({"sources": [{"name": "A", "domain": "x"}, {"name": "B", "external": {"api": "p", "deliver": "d"}}]})")
            .stream;
    EXPECT_EQ(sourced.sources[0].external->api, "$JS.x.API");
    EXPECT_EQ(sourced.sources[1].external, (jetstream::ExternalStream{.api = "p", .deliver = "d"}));
}

TEST(DesiredStream, WhatIsCopiedFromAllSubjectsSaysSo) {
    const auto stream =
        wanted(Kind::StreamConfig,
               R"({"sources": [{"name": "A", "subjectTransforms": [{"destination": "a.>"}]}]})")
            .stream;
    EXPECT_EQ(stream.sources.at(0).subject_transforms.at(0).source, ">");
}

TEST(DesiredStream, AcknowledgesExplicitlyByDefault) {
    const auto desired = wanted(Kind::StreamConfig, R"({"consumers": [{"name": "c"}]})");
    EXPECT_EQ(desired.consumers[0].ack_policy, jetstream::AckPolicy::Explicit);
    EXPECT_FALSE(desired.consumers[0].is_push());
    EXPECT_EQ(desired.policies, Policies{});
}

}  // namespace
}  // namespace headgate::resources
