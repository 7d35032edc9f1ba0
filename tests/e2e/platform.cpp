#include "tests/e2e/platform.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/eventually.hpp"
#include "tests/support/process.hpp"

namespace headgate::e2e {

using core::Json;
using support::NatsCli;

namespace {

// nats-server 2.15.2 reports each of these, declared or not; what is declared is in the tables.
constexpr const char* kStreamDefaults = R"({
    "retention": "limits", "storage": "file", "num_replicas": 1,
    "max_consumers": -1, "max_msgs": -1, "max_bytes": -1, "max_age": 0,
    "max_msgs_per_subject": -1, "max_msg_size": -1,
    "discard": "old", "duplicate_window": 120000000000, "compression": "none",
    "allow_direct": false, "mirror_direct": false, "sealed": false,
    "deny_delete": false, "deny_purge": false, "allow_rollup_hdrs": false,
    "consumer_limits": {}, "allow_msg_ttl": false
})";

// A bucket is a stream with these, by ADR-8.
constexpr const char* kBucketDefaults = R"({
    "discard": "new", "allow_direct": true, "allow_rollup_hdrs": true, "deny_delete": true
})";

constexpr const char* kStreams = R"({
    "AGENT_STATE": {
        "description": "State changes, lifecycle events and heartbeats of agents",
        "subjects": ["agents.state.>", "agents.lifecycle.>", "agents.heartbeat.>"],
        "storage": "file", "retention": "limits", "max_age": 1800000000000,
        "max_msgs": 1000000, "max_bytes": 1073741824, "max_msg_size": 1048576,
        "num_replicas": 3, "placement": {"cluster": "nats-cluster", "tags": ["agent-state"]},
        "discard": "old", "duplicate_window": 300000000000,
        "allow_rollup_hdrs": true, "deny_delete": false, "deny_purge": false
    },
    "TASK_EXECUTION": {
        "description": "Life of a task, from created to completed, failed or cancelled",
        "subjects": ["tasks.created.>", "tasks.started.>", "tasks.completed.>", "tasks.failed.>",
                     "tasks.cancelled.>"],
        "storage": "file", "retention": "interest", "max_age": 86400000000000,
        "max_msgs": 10000000, "max_bytes": 10737418240, "max_msg_size": 5242880,
        "num_replicas": 3, "placement": {"cluster": "nats-cluster", "tags": ["task-execution"]}
    },
    "AGENT_MESSAGES": {
        "description": "Messages between agents, short-lived",
        "subjects": ["messages.direct.>", "messages.broadcast.>", "messages.notification.>"],
        "storage": "memory", "retention": "limits", "max_age": 300000000000,
        "max_msgs": 100000, "max_bytes": 104857600, "max_msg_size": 262144,
        "num_replicas": 1, "placement": {"cluster": "nats-cluster", "tags": ["messaging"]}
    }
})";

constexpr const char* kBuckets = R"({
    "SESSION_DATA": {
        "description": "Temporary user and agent sessions",
        "max_age": 3600000000000, "storage": "file", "max_msgs_per_subject": 1,
        "num_replicas": 3, "placement": {"cluster": "nats-cluster", "tags": ["session-data"]}
    },
    "AGENT_STATE": {
        "description": "Current state of each agent, with its last five values",
        "max_age": 1800000000000, "storage": "file", "max_msgs_per_subject": 5,
        "num_replicas": 3, "compression": "s2",
        "placement": {"cluster": "nats-cluster", "tags": ["agent-state"]}
    },
    "AGENT_CONFIG": {
        "description": "Configuration of agents; no ttl, so it never expires",
        "max_age": 0, "storage": "file", "max_msgs_per_subject": 10,
        "num_replicas": 3, "placement": {"cluster": "nats-cluster", "tags": ["configuration"]}
    },
    "QUERY_CACHE": {
        "description": "Results of queries, in memory",
        "max_age": 300000000000, "storage": "memory", "max_msgs_per_subject": 1,
        "num_replicas": 1, "placement": {"cluster": "nats-cluster", "tags": ["cache"]}
    }
})";

constexpr const char* kConsumerDefaults = R"({
    "deliver_policy": "all", "replay_policy": "instant", "max_waiting": 512, "num_replicas": 0
})";

constexpr const char* kConsumers = R"({
    "TASK_EXECUTION": {
        "task-processor": {
            "description": "Workers that carry out started tasks",
            "filter_subject": "tasks.started.>", "deliver_policy": "all",
            "replay_policy": "instant", "ack_policy": "explicit", "ack_wait": 30000000000,
            "max_deliver": 3, "max_ack_pending": 100
        }
    },
    "AGENT_STATE": {
        "monitoring": {
            "description": "Watches the newest state; what it misses is not delivered again",
            "deliver_policy": "last", "ack_policy": "none", "ack_wait": 5000000000,
            "max_deliver": 1, "inactive_threshold": 3600000000000
        }
    },
    "AGENT_MESSAGES": {
        "message-batch-processor": {
            "description": "Takes messages in batches",
            "deliver_policy": "all", "ack_policy": "explicit", "ack_wait": 60000000000,
            "max_deliver": 5, "max_ack_pending": 1000, "max_batch": 100, "max_expires": 30000000000, "max_bytes": 1048576
        }
    }
})";

Json with(Json base, const Json& own) {
    base.update(own);
    return base;
}

Json without_metadata(Json config) {
    config.erase("metadata");
    return config;
}

// A cluster that has just moved something may leave a question without an answer.
Json asked(const NatsCli& nats, const std::string& subject) {
    Json reply;
    std::string silence;
    const bool answered = support::eventually([&] {
        try {
            reply = nats.request(subject);
            return true;
        } catch (const std::runtime_error& nothing) {
            silence = nothing.what();
            return false;
        }
    });
    if (!answered) {
        throw std::runtime_error(silence);
    }
    return reply;
}

Json checked(const Json& reply) {
    if (reply.contains("error")) {
        throw std::runtime_error(reply.at("error").dump());
    }
    return reply;
}

void expect_consumers(const NatsCli& nats, const std::string& stream, const Json& expected) {
    const auto list = asked(nats, "$JS.API.CONSUMER.NAMES." + stream);
    std::vector<std::string> names;
    for (const auto& [name, settings] : expected.items()) {
        names.push_back(name);
        auto config = with(Json::parse(kConsumerDefaults), settings);
        config["name"] = config["durable_name"] = name;
        EXPECT_EQ(consumer_config(nats, stream, name), config) << stream << " " << name;
    }
    EXPECT_EQ(list.value("consumers", std::vector<std::string>{}), names) << stream;
}

}  // namespace

std::string platform_manifest() {
    return support::read_file(HEADGATE_SAMPLES "/agent-platform.yaml");
}

Json stream_info(const NatsCli& nats, std::string_view stream) {
    return asked(nats, "$JS.API.STREAM.INFO." + std::string{stream});
}

bool stream_exists(const NatsCli& nats, std::string_view stream) {
    return !stream_info(nats, stream).contains("error");
}

Json stream_config(const NatsCli& nats, std::string_view stream) {
    return without_metadata(checked(stream_info(nats, stream)).at("config"));
}

Json consumer_config(const NatsCli& nats, std::string_view stream, std::string_view consumer) {
    const auto reply =
        asked(nats, "$JS.API.CONSUMER.INFO." + std::string{stream} + "." + std::string{consumer});
    return without_metadata(checked(reply).at("config"));
}

std::vector<std::string> streams_signed_in(const NatsCli& nats, const std::string& ns) {
    const auto list = checked(asked(nats, "$JS.API.STREAM.LIST"));
    std::vector<std::string> names;
    for (const auto& stream : list.at("streams")) {
        const auto& config = stream.at("config");
        const auto signer = config.value(Json::json_pointer("/metadata/headgate.io~1object"), "");
        if (signer.starts_with(ns + "/")) {
            names.push_back(config.at("name"));
        }
    }
    return names;
}

void edit_stream(const NatsCli& nats, std::string_view stream, const Json& settings) {
    auto config = checked(stream_info(nats, stream)).at("config");
    config.update(settings);
    checked(nats.request("$JS.API.STREAM.UPDATE." + std::string{stream}, config.dump()));
}

void make_stream(const NatsCli& nats, const Json& config) {
    checked(nats.request("$JS.API.STREAM.CREATE." + config.at("name").get<std::string>(),
                         config.dump()));
}

void expect_platform(const NatsCli& nats) {
    const auto defaults = Json::parse(kStreamDefaults);
    const auto streams = Json::parse(kStreams);
    const auto consumers = Json::parse(kConsumers);
    std::vector<std::string> names;
    for (const auto& [name, settings] : streams.items()) {
        names.push_back(name);
        auto config = with(defaults, settings);
        config["name"] = name;
        EXPECT_EQ(stream_config(nats, name), config) << name;
        expect_consumers(nats, name, consumers.at(name));
    }
    const auto buckets = Json::parse(kBuckets);
    for (const auto& [bucket, settings] : buckets.items()) {
        names.push_back("KV_" + bucket);
        auto config = with(with(defaults, Json::parse(kBucketDefaults)), settings);
        config["name"] = names.back();
        config["subjects"] = {"$KV." + bucket + ".>"};
        EXPECT_EQ(stream_config(nats, names.back()), config) << names.back();
        expect_consumers(nats, names.back(), Json::object());
    }
    EXPECT_THAT(streams_signed_in(nats, "agents"), testing::UnorderedElementsAreArray(names));
}

}  // namespace headgate::e2e
