// The agent platform through the operator, and what becomes of it when somebody edits either side.
#include <sstream>
#include <string>
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
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::UnorderedElementsAre;

const std::vector<std::string> kPlatform{"streamconfig/agent-state",
                                         "streamconfig/task-execution",
                                         "streamconfig/agent-messages",
                                         "statebucket/session-data",
                                         "statebucket/agent-state",
                                         "statebucket/agent-config",
                                         "statebucket/query-cache"};

// The cells of a line of a table; the last one, the age, differs from run to run.
std::vector<std::string> cells(const std::string& line) {
    std::vector<std::string> cells;
    std::istringstream words{line};
    for (std::string word; words >> word;) {
        cells.push_back(word);
    }
    return cells;
}

std::vector<std::string> cells_of(const std::string& table, const std::string& name) {
    std::istringstream lines{table};
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(name + " ")) {
            return cells(line);
        }
    }
    return {};
}

TEST(Platform, EveryFigureIsOnTheServersAndApplyingItAgainWritesNothingAnywhere) {
    auto& [kube, cluster, nats, recorder, program] = world();
    kube.make_namespace("agents");
    kube.apply(platform_manifest());
    for (const auto& object : kPlatform) {
        EXPECT_EQ(kube.wait_for("agents", object, "Applied"), "");
        EXPECT_EQ(kube.brief("agents", object).ready, "True");
    }
    expect_platform(nats);
    EXPECT_THAT(recorder.writes_to({"TASK_EXECUTION"}),
                ElementsAre("STREAM.CREATE.TASK_EXECUTION",
                            HasSubstr("CONSUMER.CREATE.TASK_EXECUTION.task-processor")));
    EXPECT_THAT(recorder.writes_to({"KV_AGENT_STATE"}),
                ElementsAre("STREAM.CREATE.KV_AGENT_STATE"));
    const auto kube_writes = kube.operator_writes();
    for (const auto& object : kPlatform) {
        const auto slash = object.find('/');
        const auto resource = object.substr(0, slash) + "s/agents" + object.substr(slash);
        ASSERT_TRUE(kube_writes.contains(resource)) << resource;
        EXPECT_LE(kube_writes.at(resource), 2) << resource;
    }
    EXPECT_EQ(kube.operator_answers(403), 0U);

    const auto versions = kube.versions();
    const auto writes = recorder.writes_to(streams_signed_in(nats, "agents"));
    ASSERT_THAT(writes, SizeIs(7 + 3));
    const auto said = kube.api().kubectl_ok({"apply", "-f", "-"}, platform_manifest());
    EXPECT_THAT(said, Not(HasSubstr("configured")));
    EXPECT_EQ(program.stop(), 0) << program.output();
    program.restart();
    ASSERT_TRUE(program.looks_at_all_again(versions.size()));
    EXPECT_EQ(kube.versions(), versions);
    EXPECT_EQ(recorder.writes_to(streams_signed_in(nats, "agents")), writes);
    EXPECT_EQ(kube.operator_writes(), kube_writes);
}

TEST(Platform, TheStatusSaysWhatTheServersHave) {
    auto& [kube, cluster, nats, recorder, program] = world();
    kube.make_namespace("status");
    kube.apply(stream("status",
                      "events",
                      "{name: EVENTS, subjects: [events.>], consumers: [{name: reader}, {name: "
                      "mailer}]}"));
    ASSERT_EQ(kube.wait_for("status", "streamconfig/events", "Applied"), "");
    const auto object = kube.get("status", "streamconfig/events");
    const auto& status = object.at("status");
    EXPECT_EQ(status.at("stream"), "EVENTS");
    EXPECT_EQ(status.at("created"), stream_info(nats, "EVENTS").at("created"));
    EXPECT_EQ(status.at("observedGeneration"), object.at("metadata").at("generation"));
    EXPECT_EQ(status.at("conditions").size(), 1U) << status;
    EXPECT_FALSE(status.contains("plan")) << status;
    EXPECT_THAT(
        status.at("consumers"),
        UnorderedElementsAre(Json{{"name", "reader"}, {"ready", true}, {"reason", "Applied"}},
                             Json{{"name", "mailer"}, {"ready", true}, {"reason", "Applied"}}));
    EXPECT_FALSE(object.at("metadata").contains("finalizers")) << "Retain needs none";

    kube.annotate("status", "streamconfig/events", "headgate.io/reconcile=token-7");
    EXPECT_TRUE(eventually([&] {
        return kube.get("status", "streamconfig/events")
                   .at("status")
                   .value("lastHandledReconcileAt", "") == "token-7";
    }));

    kube.annotate("status", "streamconfig/events", "headgate.io/paused=true");
    EXPECT_EQ(kube.wait_for("status", "streamconfig/events", "Paused"), "");
    EXPECT_EQ(kube.brief("status", "streamconfig/events").ready, "Unknown");
    kube.annotate("status", "streamconfig/events", "headgate.io/paused-");
    EXPECT_EQ(kube.wait_for("status", "streamconfig/events", "Applied"), "");
}

TEST(Platform, KubectlGetShowsWhatMattersUnderShortNamesAndTheCategory) {
    auto& [kube, cluster, nats, recorder, program] = world();
    kube.make_namespace("columns");
    kube.apply(stream("columns",
                      "jobs",
                      "{name: JOBS, subjects: [jobs.>], maxAge: 24h, replicas: 3, retention: "
                      "WorkQueue}") +
               bucket("columns", "cache", "{bucket: CACHE, ttl: 90s, history: 5}") +
               bucket("columns", "forever", "{}"));
    for (const auto* object : {"streamconfig/jobs", "statebucket/cache", "statebucket/forever"}) {
        ASSERT_EQ(kube.wait_for("columns", object, "Applied"), "");
    }
    const auto table = [&](std::vector<std::string> what) {
        what.insert(what.begin(), {"get", "-n", "columns"});
        return kube.api().kubectl_ok(what);
    };
    auto row = cells_of(table({"stc"}), "NAME");
    EXPECT_THAT(
        row,
        ElementsAre(
            "NAME", "READY", "REASON", "STREAM", "REPLICAS", "RETENTION", "MAX-AGE", "AGE"));
    row = cells_of(table({"stc"}), "jobs");
    row.resize(7);
    EXPECT_THAT(row, ElementsAre("jobs", "True", "Applied", "JOBS", "3", "WorkQueue", "24h"));
    row = cells_of(table({"sbkt"}), "NAME");
    EXPECT_THAT(
        row, ElementsAre("NAME", "READY", "REASON", "STREAM", "REPLICAS", "TTL", "HISTORY", "AGE"));
    row = cells_of(table({"sbkt"}), "cache");
    row.resize(7);
    EXPECT_THAT(row, ElementsAre("cache", "True", "Applied", "KV_CACHE", "1", "90s", "5"));
    EXPECT_THAT(table({"sbkt", "-o", "wide"}), HasSubstr("MESSAGE"));
    EXPECT_THAT(table({"headgate", "-o", "name"}),
                testing::AllOf(HasSubstr("streamconfig.headgate.io/jobs\n"),
                               HasSubstr("statebucket.headgate.io/cache\n"),
                               HasSubstr("statebucket.headgate.io/forever\n")));
}

TEST(Platform, AnEditReachesTheServersAndARemovedLineGoesBackToItsDefault) {
    auto& [kube, cluster, nats, recorder, program] = world();
    kube.make_namespace("edits");
    const auto object = std::string{"streamconfig/orders"};
    kube.apply(stream("edits", "orders", R"({
        name: ORDERS, description: Orders, subjects: [orders.new, orders.paid], maxAge: 1h,
        maxMessages: 500, duplicateWindow: 30s, allowDirect: true, metadata: {team: shop},
        consumers: [{name: worker, ackWait: 10s, maxAckPending: 7}, {name: audit, ackPolicy: None}]})"));
    ASSERT_EQ(kube.wait_for("edits", object, "Applied"), "");
    nats.publish("orders.paid", "kept", 3);

    kube.apply(stream("edits", "orders", R"({
        name: ORDERS, description: Orders, subjects: [orders.new, orders.shipped], maxAge: 2h,
        maxMessages: 500, duplicateWindow: 30s, allowDirect: true, metadata: {team: shop},
        consumers: [{name: worker, ackWait: 20s, maxAckPending: 7}, {name: mailer}]})"));
    ASSERT_EQ(kube.wait_for("edits", object, "Applied"), "");
    auto config = stream_config(nats, "ORDERS");
    EXPECT_EQ(config.at("max_age"), 7200000000000);
    EXPECT_THAT(config.at("subjects"), UnorderedElementsAre("orders.new", "orders.shipped"));
    EXPECT_EQ(consumer_config(nats, "ORDERS", "worker").at("ack_wait"), 20000000000);
    EXPECT_THAT(nats.request("$JS.API.CONSUMER.NAMES.ORDERS").at("consumers"),
                ElementsAre("mailer", "worker"));

    kube.apply(stream("edits", "orders", R"({
        name: ORDERS, subjects: [orders.new, orders.shipped],
        consumers: [{name: worker}, {name: mailer}]})"));
    ASSERT_EQ(kube.wait_for("edits", object, "Applied"), "");
    config = stream_config(nats, "ORDERS");
    EXPECT_EQ(config.at("max_age"), 0);
    EXPECT_EQ(config.at("max_msgs"), -1);
    EXPECT_EQ(config.at("duplicate_window"), 120000000000);
    EXPECT_EQ(config.at("allow_direct"), false);
    EXPECT_FALSE(config.contains("description")) << config;
    const auto info = stream_info(nats, "ORDERS");
    EXPECT_FALSE(info.at("config").at("metadata").contains("team")) << info;
    EXPECT_EQ(info.at("state").at("messages"), 3);
    const auto worker = consumer_config(nats, "ORDERS", "worker");
    EXPECT_EQ(worker.at("ack_wait"), 30000000000);
    EXPECT_EQ(worker.at("max_ack_pending"), 1000);
}

TEST(Platform, ABucketsEditReachesTheServersAndARemovedLineGoesBackToItsDefault) {
    auto& [kube, cluster, nats, recorder, program] = world();
    kube.make_namespace("bucket-edits");
    kube.apply(bucket("bucket-edits", "carts", R"({
        bucket: CARTS, ttl: 1h, history: 3, maxBytes: 1Mi, maxValueSize: 1Ki, limitMarkerTTL: 10m,
        republish: {source: ">", destination: "carts.>"}, description: Carts})"));
    ASSERT_EQ(kube.wait_for("bucket-edits", "statebucket/carts", "Applied"), "");
    auto config = stream_config(nats, "KV_CARTS");
    EXPECT_EQ(config.at("max_age"), 3600000000000);
    EXPECT_EQ(config.at("max_msgs_per_subject"), 3);
    EXPECT_EQ(config.at("max_bytes"), 1048576);
    EXPECT_EQ(config.at("max_msg_size"), 1024);
    EXPECT_EQ(config.at("allow_msg_ttl"), true);
    EXPECT_EQ(config.at("subject_delete_marker_ttl"), 600000000000);
    EXPECT_EQ(config.at("republish").at("dest"), "carts.>");
    nats.text({"kv", "put", "CARTS", "one", "value"});
    EXPECT_EQ(nats.text({"kv", "get", "CARTS", "one", "--raw"}), "value");

    kube.apply(bucket("bucket-edits", "carts", "{bucket: CARTS, history: 10}"));
    ASSERT_EQ(kube.wait_for("bucket-edits", "statebucket/carts", "Applied"), "");
    config = stream_config(nats, "KV_CARTS");
    EXPECT_EQ(config.at("max_age"), 0);
    EXPECT_EQ(config.at("max_msgs_per_subject"), 10);
    EXPECT_EQ(config.at("max_bytes"), -1);
    EXPECT_EQ(config.at("max_msg_size"), -1);
    EXPECT_EQ(config.value("subject_delete_marker_ttl", 0), 0);
    EXPECT_FALSE(config.contains("republish")) << config;
    EXPECT_EQ(nats.text({"kv", "get", "CARTS", "one", "--raw"}), "value");
}

TEST(Platform, DriftIsRepairedAtTheResync) {
    auto& [kube, cluster, nats, recorder, program] = world();
    kube.make_namespace("drift");
    kube.apply(stream("drift", "meters", R"({
        name: METERS, subjects: [meters.>], maxMessages: 1000,
        consumers: [{name: reader, ackWait: 10s}, {name: writer}]})"));
    ASSERT_EQ(kube.wait_for("drift", "streamconfig/meters", "Applied"), "");
    const auto config = stream_config(nats, "METERS");
    const auto metadata = stream_info(nats, "METERS").at("config").at("metadata");
    const auto repaired = [&] {
        return program.metric("headgate_drift_repaired_total{kind=\"StreamConfig\"");
    };
    const auto before = repaired();

    nats.text({"stream", "edit", "METERS", "--max-msgs=7", "--description=mine", "--force"});
    EXPECT_TRUE(eventually([&] { return stream_config(nats, "METERS") == config; }))
        << stream_config(nats, "METERS");
    EXPECT_TRUE(eventually([&] { return repaired() > before; }));

    edit_stream(nats, "METERS", {{"metadata", Json::object()}});
    EXPECT_TRUE(eventually([&] {
        return stream_info(nats, "METERS").at("config").at("metadata") == metadata;
    })) << "a signature that a tool dropped is written again";

    nats.text({"consumer", "edit", "METERS", "reader", "--wait=5s", "--force"});
    EXPECT_TRUE(eventually(
        [&] { return consumer_config(nats, "METERS", "reader").at("ack_wait") == 10000000000; }));

    nats.text({"consumer", "rm", "METERS", "writer", "--force"});
    EXPECT_TRUE(eventually(
        [&] { return !nats.request("$JS.API.CONSUMER.INFO.METERS.writer").contains("error"); }));
}

TEST(Platform, AStreamDeletedBehindItsBackComesBackWithItsConsumers) {
    auto& [kube, cluster, nats, recorder, program] = world();
    kube.make_namespace("lost");
    kube.apply(stream(
        "lost", "alarms", "{name: ALARMS, subjects: [alarms.>], consumers: [{name: pager}]}"));
    ASSERT_EQ(kube.wait_for("lost", "streamconfig/alarms", "Applied"), "");
    const auto config = stream_config(nats, "ALARMS");
    const auto created = stream_info(nats, "ALARMS").at("created");

    nats.text({"stream", "rm", "ALARMS", "--force"});
    ASSERT_TRUE(eventually(
        [&] { return !nats.request("$JS.API.CONSUMER.INFO.ALARMS.pager").contains("error"); }));
    EXPECT_EQ(stream_config(nats, "ALARMS"), config);
    const auto again = stream_info(nats, "ALARMS").at("created");
    EXPECT_NE(again, created);
    EXPECT_TRUE(eventually([&] {
        return kube.get("lost", "streamconfig/alarms").at("status").at("created") == again;
    }));
    EXPECT_EQ(kube.brief("lost", "streamconfig/alarms").reason, "Applied");
}

TEST(Platform, ALostServerOfTheClusterDoesNotStopIt) {
    auto& [kube, cluster, nats, recorder, program] = world();
    kube.make_namespace("failover");
    kube.apply(stream("failover", "edited", "{name: EDITED, subjects: [edited], replicas: 3}"));
    ASSERT_EQ(kube.wait_for("failover", "streamconfig/edited", "Applied"), "");
    nats.publish("edited", "message", 10);

    // The one that decides where streams go; the other two choose a successor.
    const int leader = cluster.meta_leader();
    ASSERT_GE(leader, 0);
    auto& lost = cluster.server(static_cast<std::size_t>(leader));
    const auto& left = cluster.server(leader == 0 ? 1 : 0);
    lost.kill();
    kube.apply(stream("failover",
                      "edited",
                      "{name: EDITED, subjects: [edited], replicas: 3, maxAge: 1h}") +
               stream("failover", "added", "{name: ADDED, subjects: [added]}"));
    EXPECT_EQ(kube.wait_for("failover", "streamconfig/edited", "Applied"), "") << program.output();
    EXPECT_EQ(kube.wait_for("failover", "streamconfig/added", "Applied"), "") << program.output();
    const support::NatsCli others{left.url()};
    EXPECT_EQ(stream_config(others, "EDITED").at("max_age"), 3600000000000);
    EXPECT_EQ(stream_info(others, "EDITED").at("state").at("messages"), 10);
    lost.start();
    cluster.wait_until_ready();
    EXPECT_TRUE(eventually([&] {
        const auto reasons = kube.reasons();
        return !reasons.contains("ConnectionFailed") && !reasons.contains("");
    }));
}

}  // namespace
}  // namespace headgate::e2e
