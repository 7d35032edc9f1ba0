// Every setting of both kinds on real servers: what is declared arrives, what is taken out again
// goes back to its default, and neither is written a second time.
#include <algorithm>
#include <cctype>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/e2e/operator_environment.hpp"
#include "tests/support/eventually.hpp"

namespace headgate::e2e {
namespace {

using core::Json;
using support::eventually;
using testing::IsEmpty;

// What `actual` has other than `expected`, for the keys of `expected`; null stands for absence.
std::vector<std::string> differences(const Json& actual, const Json& expected) {
    std::vector<std::string> found;
    for (const auto& [key, value] : expected.items()) {
        const auto has = actual.value(key, Json());
        if (has != value) {
            found.push_back(key + ": " + has.dump() + " instead of " + value.dump());
        }
    }
    return found;
}

void expect_stream(const std::string& name, const char* expected) {
    EXPECT_THAT(differences(stream_config(world().nats, name), Json::parse(expected)), IsEmpty())
        << name;
}

void expect_consumer(const std::string& stream, const std::string& name, const char* expected) {
    EXPECT_THAT(differences(consumer_config(world().nats, stream, name), Json::parse(expected)),
                IsEmpty())
        << stream << " " << name;
}

// Neither by the operator that made them nor by one that knows nothing yet.
void expect_no_more_writes(const std::vector<std::string>& streams) {
    auto& [kube, cluster, nats, recorder, program] = world();
    const auto versions = kube.versions();
    const auto writes = recorder.writes_to(streams);
    EXPECT_TRUE(program.looks_at_all_again(versions.size()));
    EXPECT_EQ(program.stop(), 0) << program.output();
    program.restart();
    EXPECT_TRUE(program.looks_at_all_again(versions.size()));
    EXPECT_EQ(recorder.writes_to(streams), writes);
    EXPECT_EQ(kube.versions(), versions);
}

TEST(Settings, EveryOneOfAStreamAndItsConsumersArrivesAndGoesBack) {
    auto& [kube, cluster, nats, recorder, program] = world();
    kube.make_namespace("full");
    kube.apply(stream("full", "full", R"({
        name: FULL, description: Everything, subjects: [full.>], retention: Limits, storage: File,
        replicas: 1, maxMessages: 1000, maxMessagesPerSubject: 10, maxBytes: 1Mi, maxAge: 1h,
        maxMessageSize: 1Ki, maxConsumers: 20, discard: New, discardNewPerSubject: true, noAck: true,
        duplicateWindow: 1m, compression: S2, placement: {cluster: nats-cluster, tags: [cache]},
        subjectTransform: {source: "full.>", destination: "stored.>"},
        republish: {source: "stored.>", destination: "again.>", headersOnly: true},
        allowDirect: true, allowRollup: true, firstSequence: 100,
        consumerLimits: {inactiveThreshold: 1h, maxAckPending: 50}, metadata: {team: storage},
        consumers: [
          {name: pull, description: Pulls, deliverPolicy: ByStartSequence, startSequence: 5,
           ackPolicy: All, ackWait: 10s, maxDeliver: 5, backoff: [10s, 20s, 30s],
           filterSubjects: [stored.a, stored.b], maxAckPending: 20, maxWaiting: 64,
           maxRequestBatch: 10, maxRequestExpires: 5s, maxRequestMaxBytes: 64Ki,
           inactiveThreshold: 30m, headersOnly: true, replicas: 1, memoryStorage: true,
           replayPolicy: Original, sampleFrequency: 50, metadata: {team: pullers}},
          {name: push, deliverSubject: deliver.push, flowControl: true, idleHeartbeat: 5s,
           rateLimitBps: 64000, deliverPolicy: ByStartTime, startTime: "2026-01-01T00:00:00Z"},
          {name: group, deliverSubject: deliver.group, deliverGroup: workers, deliverPolicy: New},
          {name: last, deliverPolicy: LastPerSubject, filterSubjects: [stored.a]}]})"));
    ASSERT_EQ(kube.wait_for("full", "streamconfig/full", "Applied"), "");
    expect_stream("FULL", R"({
        "description": "Everything", "subjects": ["full.>"], "retention": "limits",
        "storage": "file", "num_replicas": 1, "max_msgs": 1000, "max_msgs_per_subject": 10,
        "max_bytes": 1048576, "max_age": 3600000000000, "max_msg_size": 1024, "max_consumers": 20,
        "discard": "new", "discard_new_per_subject": true, "no_ack": true,
        "duplicate_window": 60000000000, "compression": "s2",
        "placement": {"cluster": "nats-cluster", "tags": ["cache"]},
        "subject_transform": {"src": "full.>", "dest": "stored.>"},
        "republish": {"src": "stored.>", "dest": "again.>", "headers_only": true},
        "allow_direct": true, "allow_rollup_hdrs": true, "first_seq": 100,
        "consumer_limits": {"inactive_threshold": 3600000000000, "max_ack_pending": 50}})");
    expect_consumer("FULL", "pull", R"({
        "durable_name": "pull", "description": "Pulls", "deliver_policy": "by_start_sequence",
        "opt_start_seq": 5, "ack_policy": "all", "ack_wait": 10000000000, "max_deliver": 5,
        "backoff": [10000000000, 20000000000, 30000000000],
        "filter_subjects": ["stored.a", "stored.b"], "max_ack_pending": 20, "max_waiting": 64,
        "max_batch": 10, "max_expires": 5000000000, "max_bytes": 65536,
        "inactive_threshold": 1800000000000, "headers_only": true, "num_replicas": 1,
        "mem_storage": true, "replay_policy": "original", "sample_freq": "50"})");
    expect_consumer("FULL", "push", R"({
        "deliver_subject": "deliver.push", "flow_control": true, "idle_heartbeat": 5000000000,
        "rate_limit_bps": 64000, "deliver_policy": "by_start_time",
        "opt_start_time": "2026-01-01T00:00:00Z"})");
    expect_consumer("FULL", "group", R"({
        "deliver_subject": "deliver.group", "deliver_group": "workers", "deliver_policy": "new",
        "max_ack_pending": 50, "inactive_threshold": 3600000000000})");
    expect_consumer(
        "FULL", "last", R"({"deliver_policy": "last_per_subject", "filter_subject": "stored.a"})");
    expect_no_more_writes({"FULL"});

    kube.apply(stream("full", "full", R"({
        name: FULL, subjects: [full.>], firstSequence: 100,
        consumers: [{name: pull, memoryStorage: true}, {name: push, deliverSubject: deliver.push},
                    {name: group, deliverSubject: deliver.group}, {name: last}]})"));
    ASSERT_EQ(kube.wait_for("full", "streamconfig/full", "Applied"), "");
    expect_stream("FULL", R"({
        "description": null, "max_msgs": -1, "max_msgs_per_subject": -1, "max_bytes": -1,
        "max_age": 0, "max_msg_size": -1, "max_consumers": -1, "discard": "old",
        "discard_new_per_subject": null, "no_ack": null, "duplicate_window": 120000000000,
        "compression": "none", "placement": null, "subject_transform": null, "republish": null,
        "allow_direct": false, "allow_rollup_hdrs": false, "consumer_limits": {},
        "first_seq": 100})");
    expect_consumer("FULL", "pull", R"({
        "description": null, "deliver_policy": "all", "opt_start_seq": null,
        "ack_policy": "explicit", "ack_wait": 30000000000, "max_deliver": -1, "backoff": null,
        "filter_subjects": null, "filter_subject": null, "max_ack_pending": 1000,
        "max_waiting": 512, "max_batch": null, "max_expires": null, "max_bytes": null,
        "inactive_threshold": null, "headers_only": null, "num_replicas": 0,
        "replay_policy": "instant", "sample_freq": null})");
    expect_consumer("FULL", "push", R"({
        "deliver_subject": "deliver.push", "flow_control": null, "idle_heartbeat": null,
        "rate_limit_bps": null, "deliver_policy": "all", "opt_start_time": null})");
    expect_consumer("FULL", "group", R"({
        "deliver_subject": "deliver.group", "deliver_group": null, "deliver_policy": "all",
        "max_ack_pending": 1000, "inactive_threshold": null})");
    expect_consumer("FULL", "last", R"({"deliver_policy": "all", "filter_subject": null})");
    expect_no_more_writes({"FULL"});
}

TEST(Settings, WhatNewServersBroughtArrivesAndGoesBackWhereItCan) {
    auto& [kube, cluster, nats, recorder, program] = world();
    kube.make_namespace("newer");
    const std::vector<std::string> streams{"NEW-TTL",
                                           "NEW-BATCHES",
                                           "NEW-COUNTER",
                                           "NEW-SCHEDULES",
                                           "NEW-ASYNC",
                                           "NEW-SEALED",
                                           "NEW-SOURCED"};
    kube.apply(
        stream("newer", "ttl", "{name: NEW-TTL, allowMsgTTL: true, subjectDeleteMarkerTTL: 10m}") +
        stream("newer", "batches", R"({
            name: NEW-BATCHES, allowAtomicPublish: true, allowBatchPublish: true, consumers: [
              {name: paused, pauseUntil: "2099-01-01T00:00:00Z"},
              {name: over, pauseUntil: "2020-01-01T00:00:00Z"},
              {name: overflow, priorityPolicy: Overflow, priorityGroups: [a, b]},
              {name: pinned, priorityPolicy: PinnedClient, priorityGroups: [a]},
              {name: prioritized, priorityPolicy: Prioritized, priorityGroups: [a]}]})") +
        stream("newer", "counter", "{name: NEW-COUNTER, allowMsgCounter: true}") +
        stream("newer", "schedules", "{name: NEW-SCHEDULES, allowMsgSchedules: true}") +
        stream("newer", "async", "{name: NEW-ASYNC, persistMode: Async}") +
        stream("newer", "sealed", R"({
            name: NEW-SEALED, sealed: true, maxAge: 1h, allowRollup: true,
            consumers: [{name: reader}]})") +
        stream("newer", "sourced", R"({name: NEW-SOURCED, subjects: [new.sourced], sources: [
            {name: NEW-TTL, consumer: {name: copier, deliverSubject: deliver.copier}}]})"));
    for (const auto* object :
         {"ttl", "batches", "counter", "schedules", "async", "sealed", "sourced"}) {
        ASSERT_EQ(kube.wait_for("newer", std::string{"streamconfig/"} + object, "Applied"), "");
    }
    expect_stream("NEW-TTL", R"({
        "allow_msg_ttl": true, "subject_delete_marker_ttl": 600000000000,
        "allow_rollup_hdrs": true})");
    expect_stream("NEW-BATCHES", R"({"allow_atomic": true, "allow_batched": true})");
    expect_stream("NEW-COUNTER", R"({"allow_msg_counter": true})");
    expect_stream("NEW-SCHEDULES", R"({"allow_msg_schedules": true, "allow_rollup_hdrs": true})");
    expect_stream("NEW-ASYNC", R"({"persist_mode": "async"})");
    expect_stream("NEW-SEALED", R"({
        "sealed": true, "max_age": 0, "discard": "new", "deny_delete": true, "deny_purge": true,
        "allow_rollup_hdrs": false})");
    expect_stream("NEW-SOURCED", R"({"sources": [{"name": "NEW-TTL",
        "consumer": {"name": "copier", "deliver_subject": "deliver.copier"}}]})");
    expect_consumer("NEW-BATCHES", "paused", R"({"pause_until": "2099-01-01T00:00:00Z"})");
    expect_consumer("NEW-BATCHES", "overflow", R"({
        "priority_policy": "overflow", "priority_groups": ["a", "b"], "priority_timeout": null})");
    expect_consumer("NEW-BATCHES", "pinned", R"({
        "priority_policy": "pinned_client", "priority_groups": ["a"],
        "priority_timeout": 120000000000})");
    expect_consumer("NEW-BATCHES", "prioritized", R"({"priority_policy": "prioritized"})");
    expect_no_more_writes(streams);

    kube.apply(stream("newer", "ttl", "{name: NEW-TTL, allowMsgTTL: true}") +
               stream("newer", "batches", R"({
            name: NEW-BATCHES, consumers: [
              {name: paused}, {name: over}, {name: overflow}, {name: pinned}, {name: prioritized}]})") +
               stream("newer", "sealed", R"({
            name: NEW-SEALED, sealed: true, description: Full, consumers: [{name: reader}]})") +
               stream("newer", "sourced", R"({
            name: NEW-SOURCED, subjects: [new.sourced], sources: [{name: NEW-TTL}]})"));
    for (const auto* object : {"ttl", "batches", "sealed", "sourced"}) {
        ASSERT_EQ(kube.wait_for("newer", std::string{"streamconfig/"} + object, "Applied"), "");
    }
    expect_stream("NEW-TTL", R"({
        "allow_msg_ttl": true, "subject_delete_marker_ttl": null, "allow_rollup_hdrs": false})");
    expect_stream("NEW-BATCHES", R"({"allow_atomic": null, "allow_batched": null})");
    expect_stream("NEW-SEALED", R"({"sealed": true, "description": "Full"})");
    expect_stream("NEW-SOURCED", R"({"sources": [{"name": "NEW-TTL"}]})");
    for (const auto* consumer : {"paused", "overflow", "pinned", "prioritized"}) {
        expect_consumer("NEW-BATCHES", consumer, R"({
            "pause_until": null, "priority_policy": null, "priority_groups": null,
            "priority_timeout": null})");
    }
    expect_no_more_writes(streams);

    kube.apply(stream("newer", "ttl", "{name: NEW-TTL}") +
               stream("newer", "schedules", "{name: NEW-SCHEDULES}") +
               stream("newer", "sealed", "{name: NEW-SEALED, consumers: [{name: reader}]}"));
    for (const auto* object : {"ttl", "schedules", "sealed"}) {
        ASSERT_EQ(kube.wait_for("newer", std::string{"streamconfig/"} + object, "ImmutableField"),
                  "");
    }
}

TEST(Settings, MirrorsAndSourcesCopyAndSettle) {
    auto& [kube, cluster, nats, recorder, program] = world();
    kube.make_namespace("copies");
    // Origins last in the file: whoever is looked at first finds nothing to copy yet.
    kube.apply(stream("copies", "mirror", R"({
                   name: COPY, mirror: {name: ORIGIN, startSequence: 2, filterSubject: origin.a},
                   mirrorDirect: true})") +
               stream("copies", "sources", R"({
                   name: GATHERED, subjects: [gathered], sources: [
                     {name: ORIGIN, startTime: "2026-01-01T00:00:00Z"},
                     {name: SIDE, subjectTransforms: [{source: "side.>", destination: "kept.>"}]},
                     {name: FAR, external: {api: $JS.far.API, deliver: deliver.far}},
                     {name: HUB, domain: hub}]})") +
               bucket("copies", "mirror", "{bucket: COPY, mirror: {name: ORIGIN}}") +
               bucket("copies", "sources", "{bucket: GATHERED, sources: [{name: ORIGIN}]}") +
               bucket("copies", "origin", "{bucket: ORIGIN}") +
               stream("copies", "origin", "{name: ORIGIN, subjects: [origin.*]}") +
               stream("copies", "side", "{name: SIDE, subjects: [side.>]}"));
    for (const auto* object : {"streamconfig/mirror",
                               "streamconfig/sources",
                               "statebucket/mirror",
                               "statebucket/sources",
                               "statebucket/origin"}) {
        ASSERT_EQ(kube.wait_for("copies", object, "Applied"), "");
    }
    expect_stream("COPY", R"({
        "subjects": null, "mirror_direct": true,
        "mirror": {"name": "ORIGIN", "opt_start_seq": 2, "filter_subject": "origin.a"}})");
    EXPECT_EQ(stream_config(nats, "GATHERED").at("sources").size(), 4U);
    expect_stream("KV_COPY", R"({"mirror": {"name": "KV_ORIGIN"}, "mirror_direct": true})");
    nats.publish("origin.a", "message", 3);
    nats.publish("origin.b", "message", 2);
    nats.publish("side.x", "message", 4);
    nats.text({"kv", "put", "ORIGIN", "key", "value"});
    const auto messages = [&](const char* name) {
        return stream_info(nats, name).at("state").at("messages").get<int>();
    };
    EXPECT_TRUE(eventually([&] { return messages("COPY") == 2; })) << messages("COPY");
    // A source made before its origin waits longer and longer before it tries again.
    EXPECT_TRUE(eventually([&] { return messages("GATHERED") == 9; }, std::chrono::minutes{2}))
        << messages("GATHERED");
    EXPECT_TRUE(eventually([&] { return messages("KV_COPY") == 1; }));
    EXPECT_TRUE(eventually([&] {
        return nats.run({"kv", "get", "GATHERED", "key", "--raw"}).out == "value";
    }));
    expect_no_more_writes({"COPY", "GATHERED", "KV_COPY", "KV_GATHERED"});

    kube.apply(stream("copies", "mirror", "{name: COPY, subjects: [copy]}"));
    ASSERT_EQ(kube.wait_for("copies", "streamconfig/mirror", "Applied"), "");
    expect_stream("COPY", R"({"subjects": ["copy"], "mirror": null, "mirror_direct": false})");
    EXPECT_EQ(messages("COPY"), 2) << "promoted with what it had";
}

TEST(Settings, ABucketIsWhatTheOfficialToolMakesOfTheSame) {
    auto& [kube, cluster, nats, recorder, program] = world();
    kube.make_namespace("official");
    nats.text({"kv", "add", "THEIR-PLAIN"});
    nats.text({"kv",
               "add",
               "THEIR-FULL",
               "--history=5",
               "--ttl=90s",
               "--replicas=3",
               "--max-value-size=1024",
               "--max-bucket-size=1048576",
               "--storage=memory",
               "--description=Full",
               "--cluster=nats-cluster",
               "--tags=cache",
               "--republish-source=>",
               "--republish-destination=again.>",
               "--republish-headers"});
    nats.text({"kv", "add", "THEIR-MIRROR", "--mirror=THEIR-PLAIN"});
    nats.text({"kv", "add", "THEIR-SOURCES", "--source=THEIR-PLAIN"});
    nats.text({"kv", "add", "THEIR-MARKERS", "--marker-ttl=10m"});
    nats.text({"kv", "add", "THEIR-FAR", "--mirror=THEIR-PLAIN", "--mirror-domain=hub"});
    kube.apply(
        bucket("official", "plain", "{bucket: OUR-PLAIN}") + bucket("official", "full", R"({
                   bucket: OUR-FULL, history: 5, ttl: 90s, replicas: 3, maxValueSize: 1Ki,
                   maxBytes: 1Mi, storage: Memory, description: Full,
                   placement: {cluster: nats-cluster, tags: [cache]},
                   republish: {source: ">", destination: "again.>", headersOnly: true}})") +
        bucket("official", "mirror", "{bucket: OUR-MIRROR, mirror: {name: THEIR-PLAIN}}") +
        bucket("official", "sources", "{bucket: OUR-SOURCES, sources: [{name: THEIR-PLAIN}]}") +
        bucket("official", "markers", "{bucket: OUR-MARKERS, limitMarkerTTL: 10m}") +
        bucket("official", "far", "{bucket: OUR-FAR, mirror: {name: THEIR-PLAIN, domain: hub}}"));
    for (const std::string name : {"plain", "full", "mirror", "sources", "markers", "far"}) {
        ASSERT_EQ(kube.wait_for("official", "statebucket/" + name, "Applied"), "");
        std::string upper = name;
        std::ranges::transform(upper, upper.begin(), [](unsigned char letter) {
            return static_cast<char>(std::toupper(letter));
        });
        auto theirs = stream_config(nats, "KV_THEIR-" + upper);
        if (name == "sources" || name == "far") {
            // The tool asks for the two minutes that a server no longer gives such a stream itself.
            theirs.erase("duplicate_window");
        }
        auto text = theirs.dump();
        for (std::size_t at = 0; (at = text.find("THEIR-" + upper)) != std::string::npos;) {
            text.replace(at, std::string_view{"THEIR-"}.size(), "OUR-");
        }
        EXPECT_EQ(stream_config(nats, "KV_OUR-" + upper), Json::parse(text)) << name;
    }
}

TEST(Settings, AStreamMovesAndScalesWithItsMessages) {
    auto& [kube, cluster, nats, recorder, program] = world();
    kube.make_namespace("scale");
    const auto object = std::string{"streamconfig/scaled"};
    const auto declare = [&](const std::string& more) {
        kube.apply(
            stream("scale",
                   "scaled",
                   "{name: SCALED, subjects: [scaled], consumers: [{name: c}]" + more + "}"));
        EXPECT_EQ(kube.wait_for("scale", object, "Applied"), "");
    };
    declare("");
    nats.publish("scaled", "message", 100);
    declare(", replicas: 3");
    EXPECT_TRUE(eventually([&] {
        const auto peers =
            stream_info(nats, "SCALED").at("cluster").value("replicas", Json::array());
        return peers.size() == 2 && peers[0].value("current", false) &&
               peers[1].value("current", false);
    })) << stream_info(nats, "SCALED");
    declare(", replicas: 1, placement: {tags: [cache]}");
    expect_stream("SCALED", R"({"num_replicas": 1, "placement": {"tags": ["cache"]}})");
    declare(", replicas: 3, placement: {tags: [messaging]}");
    expect_stream("SCALED", R"({"num_replicas": 3, "placement": {"tags": ["messaging"]}})");
    EXPECT_EQ(stream_info(nats, "SCALED").at("state").at("messages"), 100);
}

}  // namespace
}  // namespace headgate::e2e
