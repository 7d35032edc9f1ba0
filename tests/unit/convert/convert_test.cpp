// The official operator's resources as manifests: each field, and each thing that cannot carry
// over.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "convert/official.hpp"

namespace headgate::convert {
namespace {

using core::Json;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

Json object(const char* kind, const char* spec, const char* metadata = R"({"name": "x"})") {
    return Json{{"apiVersion", kOfficialVersion},
                {"kind", kind},
                {"metadata", Json::parse(metadata)},
                {"spec", Json::parse(spec)}};
}

struct Outcome {
    std::vector<Json> manifests;
    std::vector<std::string> problems;
    std::vector<std::string> notes;
    std::vector<Loose> loose;
};

Outcome outcome(const std::vector<Json>& objects) {
    std::vector<Source> sources;
    for (const auto& json : objects) {
        sources.push_back({&json, "f.yaml:" + std::to_string(sources.size() + 1)});
    }
    auto conversion = convert(sources);
    Outcome result;
    for (auto& [at, manifest] : conversion.manifests) {
        result.manifests.push_back(std::move(manifest));
    }
    const auto texts = [](const auto& findings) {
        std::vector<std::string> all;
        for (const auto& [at, path, message] : findings) {
            all.push_back(std::to_string(at) + " " + path + ": " + message);
        }
        return all;
    };
    result.problems = texts(conversion.problems);
    result.notes = texts(conversion.notes);
    result.loose = std::move(conversion.loose);
    return result;
}

/// The spec that comes of one object without a problem.
Json spec_of(const std::vector<Json>& objects) {
    const auto result = outcome(objects);
    EXPECT_THAT(result.problems, IsEmpty());
    return result.manifests.empty() ? Json{} : result.manifests.front().at("spec");
}

const char* const kKept = R"({"name": "x", "preventDelete": true, "storage": "file"})";

TEST(Convert, EveryFieldOfAStreamCarriesOver) {
    const auto spec = spec_of({object("Stream", R"({
        "name": "ORDERS", "description": "d", "subjects": ["a", "b.>"], "retention": "workqueue",
        "maxConsumers": 3, "maxMsgs": 4, "maxMsgsPerSubject": 5, "maxBytes": 1024, "maxAge": "1h0m0s",
        "maxMsgSize": 7, "storage": "memory", "discard": "new", "discardPerSubject": true,
        "replicas": 3, "noAck": true, "duplicateWindow": "30s",
        "placement": {"cluster": "c", "tags": ["t"]},
        "sources": [{"name": "s", "optStartSeq": 2, "filterSubject": "f",
                     "externalApiPrefix": "$JS.hub.API"},
                    {"name": "t", "optStartTime": "2026-01-02T03:04:05Z", "externalApiPrefix": "x.API",
                     "externalDeliverPrefix": "x.D",
                     "subjectTransforms": [{"source": "p", "dest": "q"}]}],
        "compression": "s2", "subjectTransform": {"source": "a", "dest": "c"},
        "republish": {"source": "a", "destination": "r", "headers_only": true},
        "denyDelete": true, "denyPurge": true, "allowDirect": true,
        "firstSequence": 9, "metadata": {"k": "v"},
        "consumerLimits": {"inactiveThreshold": "1h", "maxAckPending": 8},
        "preventDelete": true})")});
    EXPECT_EQ(spec, Json::parse(R"({
        "name": "ORDERS", "description": "d", "subjects": ["a", "b.>"], "retention": "WorkQueue",
        "maxConsumers": 3, "maxMessages": 4, "maxMessagesPerSubject": 5, "maxBytes": "1Ki",
        "maxAge": "1h", "maxMessageSize": "7", "storage": "Memory", "discard": "New",
        "discardNewPerSubject": true, "replicas": 3, "noAck": true, "duplicateWindow": "30s",
        "placement": {"cluster": "c", "tags": ["t"]},
        "sources": [{"name": "s", "startSequence": 2, "filterSubject": "f", "domain": "hub"},
                    {"name": "t", "startTime": "2026-01-02T03:04:05Z",
                     "external": {"api": "x.API", "deliver": "x.D"},
                     "subjectTransforms": [{"source": "p", "destination": "q"}]}],
        "compression": "S2", "subjectTransform": {"source": "a", "destination": "c"},
        "republish": {"source": "a", "destination": "r", "headersOnly": true},
        "denyDelete": true, "denyPurge": true, "allowDirect": true,
        "firstSequence": 9, "metadata": {"k": "v"},
        "consumerLimits": {"inactiveThreshold": "1h", "maxAckPending": 8},
        "adoptionPolicy": "IfMatching"})"));
    EXPECT_EQ(spec_of({object("Stream", R"({"name": "m", "storage": "file", "allowRollup": true,
                              "mirror": {"name": "o"}, "mirrorDirect": true})")}),
              Json::parse(R"({"name": "m", "allowRollup": true, "mirror": {"name": "o"},
                              "mirrorDirect": true, "adoptionPolicy": "IfMatching"})"));
}

// What `kubectl get -o yaml` prints: every default of the official schema, said.
TEST(Convert, WhatSaysNothingIsLeftOut) {
    EXPECT_EQ(spec_of({object("Stream", R"({"name": "x", "description": "", "subjects": ["rides.>"],
        "retention": "limits", "maxConsumers": -1, "maxMsgs": -1, "maxMsgsPerSubject": 0,
        "maxBytes": -1, "maxAge": "", "maxMsgSize": -1, "storage": "file", "discard": "old",
        "discardPerSubject": false, "replicas": 1, "noAck": false, "compression": "",
        "firstSequence": 0, "allowMsgTtl": false, "subjectDeleteMarkerTtl": "", "persistMode": "",
        "sealed": false, "creds": "", "nkey": "", "servers": [], "tlsFirst": false,
        "preventDelete": false, "preventUpdate": false})")}),
              Json::parse(R"({"subjects": ["rides.>"], "adoptionPolicy": "IfMatching"})"));
}

TEST(Convert, TheOfficialDefaultsHold) {
    const auto result = outcome(
        {object("Stream", R"({"name": "x", "preventDelete": true})"),
         object("Consumer", R"({"streamName": "x", "durableName": "c"})"),
         object("Consumer", R"({"streamName": "x", "durableName": "d", "ackPolicy": "explicit"})"),
         object("Consumer", R"({"streamName": "x", "durableName": "e", "ackPolicy": "all",
                                "ackWait": "1ns"})"),
         object("Consumer", R"({"streamName": "x", "durableName": "f", "ackPolicy": "all",
                                "ackWait": "5s"})")});
    ASSERT_EQ(result.manifests.size(), 1U);
    EXPECT_EQ(result.manifests[0].at("spec"),
              Json::parse(R"({"storage": "Memory", "adoptionPolicy": "IfMatching", "consumers": [
                  {"name": "c", "ackPolicy": "None"}, {"name": "d"}, {"name": "e", "ackPolicy":
                  "All"}, {"name": "f", "ackPolicy": "All", "ackWait": "5s"}]})"));
    EXPECT_THAT(result.notes,
                ElementsAre(testing::StartsWith("2 spec.ackWait: is left out"),
                            testing::StartsWith("3 spec.ackWait: is left out")));
}

TEST(Convert, EveryFieldOfAConsumerCarriesOver) {
    const auto spec = spec_of(
        {object("Stream", kKept),
         object("Consumer", R"({"streamName": "x", "durableName": "pull", "description": "d",
             "deliverPolicy": "byStartSequence", "optStartSeq": 3, "ackPolicy": "explicit",
             "ackWait": "5s", "maxDeliver": 4, "filterSubject": "f", "replayPolicy": "original",
             "sampleFreq": "50%", "maxAckPending": -1, "maxWaiting": 6, "maxRequestBatch": 7,
             "maxRequestExpires": "8s", "maxRequestMaxBytes": 9, "inactiveThreshold": "1h",
             "headersOnly": true, "replicas": 1, "memStorage": true, "metadata": {"k": "v"}})"),
         object("Consumer", R"({"streamName": "x", "durableName": "push", "deliverSubject": "p",
             "deliverPolicy": "byStartTime", "optStartTime": "2026-01-02T03:04:05Z",
             "deliverGroup": "g", "flowControl": true, "heartbeatInterval": "5s",
             "rateLimitBps": 10, "ackPolicy": "all", "backoff": ["1s", "2s"], "maxDeliver": -1,
             "filterSubjects": ["a", "b"], "sampleFreq": "7", "maxAckPending": 0})")});
    EXPECT_EQ(spec.at("consumers"), Json::parse(R"([
        {"name": "pull", "description": "d", "deliverPolicy": "ByStartSequence", "startSequence": 3,
         "ackWait": "5s", "maxDeliver": 4, "filterSubjects": ["f"], "replayPolicy": "Original",
         "sampleFrequency": 50, "maxAckPending": -1, "maxWaiting": 6, "maxRequestBatch": 7,
         "maxRequestExpires": "8s", "maxRequestMaxBytes": "9", "inactiveThreshold": "1h",
         "headersOnly": true, "replicas": 1, "memoryStorage": true, "metadata": {"k": "v"}},
        {"name": "push", "deliverSubject": "p", "deliverPolicy": "ByStartTime", "startTime":
         "2026-01-02T03:04:05Z", "deliverGroup": "g", "flowControl": true, "idleHeartbeat": "5s",
         "rateLimitBps": 10, "ackPolicy": "All", "backoff": ["1s", "2s"], "filterSubjects":
         ["a", "b"], "sampleFrequency": 7}])"));
}

TEST(Convert, EveryFieldOfAKeyValueCarriesOver) {
    const auto result = outcome(
        {object("KeyValue", R"({"bucket": "B", "description": "d", "maxValueSize": 5, "history": 6,
             "ttl": "1h", "limitMarkerTtl": 60000000000, "maxBytes": 1048576, "storage": "memory",
             "replicas": 3, "placement": {"tags": ["t"]}, "compression": true,
             "republish": {"source": ">", "destination": "r.>"},
             "sources": [{"name": "KV_a"}, {"name": "b", "externalApiPrefix": "$JS.hub.API"}],
             "preventDelete": true})"),
         object("KeyValue",
                R"({"bucket": "x", "compression": false, "preventDelete": true})",
                R"({"name": "other"})")});
    ASSERT_EQ(result.manifests.size(), 2U) << testing::PrintToString(result.problems);
    EXPECT_EQ(result.manifests[0].at("kind"), "StateBucket");
    EXPECT_EQ(result.manifests[0].at("spec"), Json::parse(R"({"bucket": "B", "description": "d",
        "maxValueSize": "5", "history": 6, "ttl": "1h", "limitMarkerTTL": "1m", "maxBytes": "1Mi",
        "storage": "Memory", "replicas": 3, "placement": {"tags": ["t"]}, "compression": "S2",
        "republish": {"source": ">", "destination": "r.>"},
        "sources": [{"name": "a"}, {"name": "b", "domain": "hub"}],
        "adoptionPolicy": "IfMatching"})"));
    EXPECT_EQ(spec_of({object("KeyValue", R"({"bucket": "x", "mirror": {"name": "KV_o"}})")}),
              Json::parse(R"({"mirror": {"name": "o"}, "adoptionPolicy": "IfMatching"})"));
}

TEST(Convert, WhatIsLostIsNotedByItsPlace) {
    const auto result = outcome(
        {object("Stream", R"({"name": "x", "account": "a", "creds": "/c", "nkey": "n",
             "servers": ["nats://a"], "tls": {"clientCert": "c"}, "tlsFirst": true, "jsDomain":
             "hub", "preventUpdate": true})"),
         object("KeyValue", R"({"bucket": "b", "preventDelete": true, "mirror": {"name": "o",
             "externalApiPrefix": "odd.API", "externalDeliverPrefix": "d", "optStartSeq": 3,
             "optStartTime": "t", "filterSubject": "f", "subjectTransforms": [{"source": "a"}]}})"),
         object("Consumer",
                R"({"streamName": "x", "durableName": "c", "account": "a",
             "preventDelete": true, "preventUpdate": true})",
                R"({"name": "c", "labels": {"team": "a"}})")});
    EXPECT_THAT(result.problems, IsEmpty());
    std::vector<std::string> places;
    for (const auto& note : result.notes) {
        places.push_back(note.substr(0, note.find(": ")));
    }
    EXPECT_THAT(places,
                testing::UnorderedElementsAre("0 spec.account",
                                              "0 spec.creds",
                                              "0 spec.nkey",
                                              "0 spec.servers",
                                              "0 spec.tls",
                                              "0 spec.tlsFirst",
                                              "0 spec.jsDomain",
                                              "0 spec.preventDelete",
                                              "0 spec.preventUpdate",
                                              "1 spec.mirror.externalApiPrefix",
                                              "1 spec.mirror.externalDeliverPrefix",
                                              "1 spec.mirror.optStartSeq",
                                              "1 spec.mirror.optStartTime",
                                              "1 spec.mirror.filterSubject",
                                              "1 spec.mirror.subjectTransforms",
                                              "2 spec.account",
                                              "2 spec.preventDelete",
                                              "2 spec.preventUpdate",
                                              "2 metadata.labels"));
    EXPECT_EQ(result.manifests[0].at("spec").at("managementPolicy"), "Observe");
}

TEST(Convert, MetadataGoesAlongWithoutWhatOtherProgramsKeepThere) {
    const auto result = outcome({object("Stream", kKept, R"({
        "name": "x", "namespace": "agents", "labels": {"team": "a"}, "uid": "u", "generation": 3,
        "annotations": {"note": "kept", "stream.nats.io/state": "{}",
                        "kubectl.kubernetes.io/last-applied-configuration": "{}"}})"),
                                 object("Stream", kKept)});
    ASSERT_EQ(result.manifests.size(), 2U);
    EXPECT_EQ(result.manifests[0].at("metadata"),
              Json::parse(R"({"name": "x", "namespace": "agents", "labels": {"team": "a"},
                              "annotations": {"note": "kept"}})"));
    EXPECT_EQ(result.manifests[1].at("metadata"), Json::parse(R"({"name": "x"})"));
}

TEST(Convert, AConsumerFindsTheStreamOfItsAccountAndNamespace) {
    const auto stream = [](const char* name, const char* ns, const char* account) {
        return object("Stream",
                      Json{{"name", "s"}, {"account", account}, {"storage", "file"}}.dump().c_str(),
                      Json{{"name", name}, {"namespace", ns}}.dump().c_str());
    };
    const auto consumer = [](const char* name, const char* ns, const char* account) {
        return object(
            "Consumer",
            Json{{"streamName", "s"}, {"durableName", name}, {"account", account}}.dump().c_str(),
            Json{{"name", name}, {"namespace", ns}}.dump().c_str());
    };
    const auto result = outcome({consumer("c1", "n", "a"),
                                 stream("first", "n", "a"),
                                 stream("second", "n", "b"),
                                 stream("third", "m", "a"),
                                 consumer("c2", "n", "b"),
                                 consumer("c3", "m", "a"),
                                 consumer("c4", "n", "c")});
    std::vector<std::string> names;
    for (const auto& manifest : result.manifests) {
        names.push_back(manifest.at("spec").at("consumers").at(0).at("name"));
    }
    EXPECT_THAT(names, ElementsAre("c1", "c2", "c3"));
    ASSERT_EQ(result.loose.size(), 1U);
    EXPECT_EQ(result.loose[0].object, 6U);
    EXPECT_EQ(result.loose[0].stream, "s");
    EXPECT_EQ(result.loose[0].consumer.at("name"), "c4");
}

TEST(Convert, MistakesAreNamedByTheOfficialField) {
    const auto problems = [](const std::vector<Json>& objects) {
        const auto result = outcome(objects);
        EXPECT_THAT(result.manifests, IsEmpty());
        return result.problems;
    };
    EXPECT_THAT(
        problems({object("Stream", R"({"name": "x", "maxmsgs": 5, "mirror": {"nme": "a"}})")}),
        testing::UnorderedElementsAre("0 spec.maxmsgs: unknown field; did you mean maxMsgs?",
                                      "0 spec.mirror.nme: unknown field; did you mean name?"));
    EXPECT_THAT(problems({object("Stream", R"({"name": "x", "maxMsgs": "many", "retention": "odd",
            "maxAge": "1 hour", "sources": [{"name": "a"}, {"optStartTime": "now"}], "subjects": 7})")}),
                testing::UnorderedElementsAre(
                    HasSubstr("0 spec.maxMsgs: must be a whole number"),
                    HasSubstr("0 spec.retention: \"odd\" is not one of Limits"),
                    HasSubstr("0 spec.maxAge: \"1 hour\" is not a duration"),
                    HasSubstr("0 spec.sources[1].optStartTime: \"now\" is not a time"),
                    HasSubstr("0 spec.sources[1]: is required"),
                    HasSubstr("0 spec.subjects: must be a list")));
    EXPECT_THAT(problems({object("Stream", R"({"subjects": ["a"]})")}),
                ElementsAre("0 spec.name: is required"));
    EXPECT_THAT(problems({object("KeyValue", R"({"ttl": "1h"})")}),
                ElementsAre("0 spec.bucket: is required"));
    EXPECT_THAT(problems({object("Stream", "[]")}),
                ElementsAre("0 spec: must be a mapping of fields"));
    EXPECT_THAT(problems({object("Stream", kKept, "{}")}),
                ElementsAre("0 metadata.name: is required"));
    EXPECT_THAT(problems({object("Consumer", R"({"durableName": "c"})")}),
                ElementsAre("0 spec.streamName: is required"));
    EXPECT_THAT(problems({object("Strem", "{}")}),
                ElementsAre(EndsWith("is none of jetstream.nats.io; did you mean Stream?")));
}

TEST(Convert, AConsumersMistakesKeepItsStreamOut) {
    for (
        const auto* const consumer :
        {R"({"streamName": "x", "durableName": "c", "maxDeliver": 1, "backoff": ["1s", "2s"]})",
         R"({"streamName": "x", "durableName": "c", "maxDelivr": 1})",
         R"({"streamName": "x"})",
         R"({"streamName": "x", "durableName": "c", "filterSubject": "a", "filterSubjects": ["b"]})"}) {
        const auto result = outcome({object("Stream", kKept), object("Consumer", consumer)});
        EXPECT_THAT(result.manifests, IsEmpty()) << consumer;
        EXPECT_THAT(result.problems, ElementsAre(testing::StartsWith("1 spec."))) << consumer;
        EXPECT_THAT(result.notes, testing::Contains(HasSubstr("0 : left out"))) << consumer;
    }
}

// The server replaces it without a word.
TEST(Convert, AnAckWaitBesideABackoffIsLeftOut) {
    const auto result =
        outcome({object("Stream", kKept),
                 object("Consumer",
                        R"({"streamName": "x", "durableName": "c", "ackPolicy": "explicit",
                    "ackWait": "30s", "backoff": ["1s", "5s"]})")});
    EXPECT_THAT(result.problems, IsEmpty());
    ASSERT_EQ(result.manifests.size(), 1U);
    EXPECT_FALSE(result.manifests.front().at("spec").at("consumers").at(0).contains("ackWait"));
    EXPECT_THAT(result.notes,
                testing::Contains("1 spec.ackWait: is left out: the first entry of backoff "
                                  "replaces it"));
}

TEST(Convert, AConsumerWithoutItsStreamIsReadAllTheSame) {
    const auto result = outcome(
        {object("Consumer", R"({"streamName": "s", "durableName": "c", "replicas": 3})"),
         object("Consumer", R"({"streamName": "s", "durableName": "c", "maxWaiting": "x"})")});
    EXPECT_EQ(result.loose.size(), 1U);
    EXPECT_THAT(result.problems, ElementsAre(HasSubstr("1 spec.maxWaiting: must be")));
}

TEST(Convert, WhatIsNotReadIsSaid) {
    auto old = object("Stream", kKept);
    old["apiVersion"] = "jetstream.nats.io/v1beta1";
    const auto result = outcome({object("Account", "{}"),
                                 object("ObjectStore", R"({"bucket": "b"})"),
                                 Json{{"apiVersion", "v1"}, {"kind", "ConfigMap"}},
                                 Json{{"config", 1}},
                                 Json("text"),
                                 old});
    EXPECT_THAT(result.manifests, IsEmpty());
    EXPECT_THAT(result.notes,
                ElementsAre(HasSubstr("0 : an Account is a connection"),
                            HasSubstr("1 : an ObjectStore has no kind"),
                            HasSubstr("2 : skipped, not of jetstream.nats.io: v1 ConfigMap"),
                            HasSubstr("3 : skipped"),
                            HasSubstr("4 : skipped")));
    EXPECT_THAT(result.problems, ElementsAre(HasSubstr("5 apiVersion: jetstream.nats.io/v1beta1")));
}

TEST(Convert, TheSameObjectTwiceIsAMistake) {
    const auto result =
        outcome({object("Stream", kKept),
                 object("KeyValue", R"({"bucket": "x"})"),
                 object("Stream", kKept, R"({"name": "x", "namespace": "default"})")});
    EXPECT_EQ(result.manifests.size(), 2U);
    EXPECT_THAT(result.problems,
                ElementsAre("2 : Stream default/x is there twice: here and at f.yaml:1"));
}

}  // namespace
}  // namespace headgate::convert
