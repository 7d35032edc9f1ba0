// What a server was filled with by other clients, exported: the plan of it is to take all over, and
// taking it over changes nothing but the signature.
#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/cli/fixture.hpp"

namespace headgate::cli {
namespace {

using core::Json;
using support::NatsCli;
using support::NatsServer;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using Arguments = std::vector<std::string>;

// Of the nats CLI: with every prompt's default.
const std::vector<Arguments> kStreams{
    {"plain", "--subjects", "plain"},
    {"ORDERS_2024", "--subjects", "orders.>", "--max-age", "1h", "--dupe-window", "30s"},
    {"ShortAge", "--subjects", "short", "--max-age", "30s"},
    {"WORK", "--subjects", "work.*", "--retention", "work"},
    {"INT",
     "--subjects",
     "int.*",
     "--retention",
     "interest",
     "--storage",
     "memory",
     "--description",
     "some text: # odd"},
    {"LIM",
     "--subjects",
     "lim.a",
     "--subjects",
     "lim.b",
     "--max-msgs",
     "1000",
     "--max-bytes",
     "1MB",
     "--max-msg-size",
     "1024",
     "--max-msgs-per-subject",
     "5",
     "--discard",
     "new",
     "--discard-per-subject",
     "--max-consumers",
     "7"},
    {"FLAGS", "--subjects", "flags", "--allow-rollup", "--deny-delete", "--no-ack"},
    {"PURGE", "--subjects", "purge", "--deny-purge"},
    {"NODIRECT", "--subjects", "nodirect", "--no-allow-direct"},
    {"REP",
     "--subjects",
     "rep.>",
     "--republish-source",
     "rep.>",
     "--republish-destination",
     "out.>",
     "--republish-headers"},
    {"we_ird$name", "--subjects", "weird1"},
    {"we-ird-name", "--subjects", "weird2"},
    {"\xC3\x9C"
     "ber",
     "--subjects",
     "weird3"},
    {"___", "--subjects", "weird4"},
};
const std::vector<Arguments> kStreamsOf210{
    {"CMP", "--subjects", "cmp", "--compression", "s2"},
    {"META", "--subjects", "meta", "--metadata", "team=x", "--metadata", "a.b/c=d"},
    {"TR", "--subjects", "tr.>", "--transform-source", "tr.>", "--transform-destination", "tx.>"},
    {"CL",
     "--subjects",
     "cl",
     "--limit-consumer-inactive",
     "1h",
     "--limit-consumer-max-pending",
     "50"},
    {"FIRST", "--subjects", "first", "--first-sequence", "100"},
};
const std::vector<Arguments> kStreamsOf215{
    {"TTL", "--subjects", "ttl", "--allow-msg-ttl"},
    {"MARK", "--subjects", "mark", "--allow-msg-ttl", "--subject-del-markers-ttl", "1m"},
    {"BATCH", "--subjects", "batch", "--allow-batch"},
    {"COUNT", "--subjects", "count", "--allow-counter"},
    {"SCHED", "--subjects", "sched", "--allow-schedules"},
    {"ASYNC", "--subjects", "async", "--persist-mode", "async"},
};
const std::vector<Arguments> kBuckets{
    {"B1"},
    {"b-2",
     "--history",
     "5",
     "--ttl",
     "1h",
     "--storage",
     "memory",
     "--max-value-size",
     "1024",
     "--max-bucket-size",
     "10MB",
     "--description",
     "kv"},
    {"B4", "--republish-source", ">", "--republish-destination", "kvout.>"},
    {"B5", "--mirror", "B1"},
    {"B7", "--ttl", "30s"},
};
const std::vector<Arguments> kBucketsOf210{{"B3", "--compress"}, {"B6", "--source", "B1"}};
const std::vector<Arguments> kBucketsOf215{{"B8", "--marker-ttl", "1m"}};
const std::vector<Arguments> kObjectStores{
    {"O1"}, {"O2", "--ttl", "1h", "--storage", "memory", "--description", "obj"}};
const std::vector<Arguments> kConsumers{
    {"plain", "pull1", "--pull"},
    {"plain",    "pull2",
     "--pull",   "--ack",
     "all",      "--max-pending",
     "10",       "--max-waiting",
     "3",        "--wait",
     "5s",       "--max-deliver",
     "4",        "--filter",
     "plain",    "--replay",
     "original", "--deliver",
     "new",      "--max-pull-batch",
     "10",       "--max-pull-expire",
     "5s",       "--max-pull-bytes",
     "1000",     "--inactive-threshold",
     "1h",       "--memory",
     "--sample", "50"},
    {"plain",
     "push1",
     "--target",
     "p.one",
     "--ack",
     "none",
     "--heartbeat",
     "5s",
     "--flow-control",
     "--deliver",
     "last"},
    {"plain",
     "push2",
     "--target",
     "p.two",
     "--deliver-group",
     "g",
     "--ack",
     "explicit",
     "--no-headers-only",
     "--bps",
     "1000"},
    {"plain",
     "back",
     "--pull",
     "--backoff",
     "linear",
     "--backoff-steps",
     "3",
     "--backoff-min",
     "1s",
     "--backoff-max",
     "10s",
     "--max-deliver",
     "5"},
    {"plain", "seq", "--pull", "--deliver", "5"},
    {"WORK", "w1", "--pull", "--filter", "work.a"},
    {"plain",
     "ephemeral",
     "--target",
     "p.e",
     "--ephemeral",
     "--ack",
     "none",
     "--inactive-threshold",
     "1h"},
};
const std::vector<Arguments> kConsumersOf210{
    // Before 2.10.12 no update of it is taken, so that it cannot be signed.
    {"plain", "since", "--pull", "--deliver", "1h"},
    {"INT", "i1", "--pull", "--filter", "int.a", "--filter", "int.b", "--headers-only"},
    {"CL", "cl1", "--pull", "--max-pending", "10", "--inactive-threshold", "10m"},
};
const std::vector<Arguments> kConsumersOf215{
    {"plain", "pinned", "--pull", "--pinned-groups", "a", "--pinned-ttl", "1m"},
    {"plain", "paused", "--pull", "--pause", "1h"},
};
// What that tool does not make.
const std::map<std::string, std::string> kRequests{
    {"STREAM.CREATE.MIRROR", R"({"name": "MIRROR", "mirror": {"name": "plain"}})"},
    {"STREAM.CREATE.FILTERED",
     R"({"name": "FILTERED", "mirror": {"name": "NODIRECT", "filter_subject": "nodirect"}})"},
    {"STREAM.CREATE.DOMAIN",
     R"({"name": "DOMAIN", "mirror": {"name": "x", "external": {"api": "$JS.hub.API"}},
         "mirror_direct": true})"},
    {"STREAM.CREATE.SOURCES",
     R"({"name": "SOURCES", "subjects": ["src"], "sources": [{"name": "plain", "opt_start_seq": 3},
         {"name": "y", "external": {"api": "foo.API", "deliver": "foo.DEL"}}]})"},
    {"STREAM.CREATE.KV_odd",
     R"({"name": "KV_odd", "subjects": ["kvodd"], "duplicate_window": 1000000000})"},
    {"STREAM.CREATE.KV_old",
     R"({"name": "KV_old", "subjects": ["$KV.old.>"], "max_msgs_per_subject": 1, "discard": "new",
         "deny_delete": true, "allow_rollup_hdrs": true})"},
    {"STREAM.CREATE.bare", R"({"name": "bare"})"},
    {"CONSUMER.CREATE.bare.nano",
     R"({"stream_name": "bare", "config": {"durable_name": "nano", "name": "nano", "ack_policy":
         "explicit", "ack_wait": 1}})"},
    {"CONSUMER.CREATE.bare.none",
     R"({"stream_name": "bare", "config": {"durable_name": "none", "name": "none", "ack_policy":
         "none", "ack_wait": 1}})"},
    {"CONSUMER.CREATE.bare.zero",
     R"({"stream_name": "bare", "config": {"durable_name": "zero", "name": "zero", "ack_policy":
         "none"}})"},
};

void make(const NatsCli& nats, const std::string& what, const std::vector<Arguments>& all) {
    for (const auto& one : all) {
        Arguments arguments{what, "add"};
        arguments.insert(arguments.end(), one.begin(), one.end());
        if (what == "stream" || what == "consumer") {
            arguments.emplace_back("--defaults");
        }
        nats.text(arguments);
    }
}

/// Fills a server with all that it can hold of the above.
void fill(const NatsCli& nats, std::string_view version) {
    make(nats, "stream", kStreams);
    make(nats, "kv", kBuckets);
    make(nats, "object", kObjectStores);
    if (version != support::kNats29) {
        make(nats, "stream", kStreamsOf210);
        make(nats, "kv", kBucketsOf210);
    }
    if (version == support::kNats) {
        make(nats, "stream", kStreamsOf215);
        make(nats, "kv", kBucketsOf215);
    }
    make(nats, "consumer", kConsumers);
    if (version != support::kNats29) {
        make(nats, "consumer", kConsumersOf210);
    }
    if (version == support::kNats) {
        make(nats, "consumer", kConsumersOf215);
    }
    // Mirrors after what they copy, consumers after their stream.
    for (const std::string_view kind : {"STREAM", "CONSUMER"}) {
        for (const auto& [subject, body] : kRequests) {
            if (subject.starts_with(kind)) {
                const auto reply = nats.request("$JS.API." + subject, body);
                ASSERT_FALSE(reply.contains("error")) << subject << reply;
            }
        }
    }
}

/// A configuration but for who signed it, and what the server writes into it.
Json unsigned_config(Json config) {
    constexpr std::string_view kSuffix = "[headgate.io ";
    if (const auto metadata = config.find("metadata"); metadata != config.end()) {
        Json own = Json::object();
        for (const auto& [key, value] : metadata->items()) {
            if (!key.starts_with("headgate.io/") && !key.starts_with("_nats.")) {
                own[key] = value;
            }
        }
        own.empty() ? void(config.erase("metadata")) : void(*metadata = own);
    }
    // To a server the same as none.
    if (const auto placement = config.find("placement");
        placement != config.end() && placement->value("cluster", std::string{}).empty() &&
        !placement->contains("tags")) {
        config.erase("placement");
    }
    if (config.value("pause_until", std::string{}) == "0001-01-01T00:00:00Z") {
        config.erase("pause_until");
    }
    auto text = config.value("description", std::string{});
    if (const auto at = text.find(kSuffix); at != std::string::npos) {
        text.erase(at > 0 ? at - 1 : at);
    }
    text.empty() ? void(config.erase("description")) : void(config["description"] = text);
    return config;
}

using Configs = std::map<std::string, Json>;

/// Every stream and consumer by name, with its configuration.
Configs configs(const NatsCli& nats) {
    Configs all;
    const auto streams = nats.request("$JS.API.STREAM.LIST", "{}");
    for (const auto& stream : streams.at("streams")) {
        const std::string name = stream.at("config").at("name");
        all[name] = stream.at("config");
        const auto list = nats.request("$JS.API.CONSUMER.LIST." + name, "{}");
        for (const auto& consumer : list.value("consumers", Json::array())) {
            // An ephemeral one has a name that the server made up.
            all[name + "/" + consumer.at("name").get<std::string>()] = consumer.at("config");
        }
    }
    return all;
}

/// What differs but for signatures, asset by asset.
std::vector<std::string> differences(const Configs& before, const Configs& after) {
    std::vector<std::string> found;
    for (const auto& [name, config] : before) {
        const auto now = after.find(name);
        if (now == after.end()) {
            found.push_back(name + " is gone");
        } else if (const auto diff =
                       Json::diff(unsigned_config(config), unsigned_config(now->second));
                   !diff.empty()) {
            found.push_back(name + ": " + diff.dump());
        }
    }
    if (after.size() > before.size()) {
        found.emplace_back("there are more than before");
    }
    return found;
}

std::vector<std::string> effects(const std::string& plan) {
    const auto parsed = Json::parse(plan, nullptr, false);
    std::vector<std::string> found;
    for (const auto& object : parsed.value("objects", Json::array())) {
        for (const auto& change :
             object.at("plan").is_null() ? Json::array() : object.at("plan").at("changes")) {
            found.push_back(change.at("effect"));
        }
    }
    return found;
}

class Export : public testing::TestWithParam<std::string_view> {
protected:
    [[nodiscard]] support::Output on_server(Arguments args, std::string_view input = {}) const {
        args.insert(args.end(), {"--server", server_.url()});
        return headgate(args, input);
    }

    NatsServer server_{{.version = std::string{GetParam()}}};
    NatsCli nats_{server_.url()};
};

TEST_P(Export, OfAFilledServerPlansOnlyAdoptionsAndChangesOnlySignatures) {
    ASSERT_NO_FATAL_FAILURE(fill(nats_, GetParam()));
    const auto before = configs(nats_);
    EXPECT_GE(before.size(), GetParam() == support::kNats ? 50U : 35U);

    const auto written = on_server({"export"});
    ASSERT_EQ(written.exit_code, 0) << written.err;
    EXPECT_EQ(written.err, "");
    EXPECT_THAT(written.out, Not(HasSubstr("headgate.io/instance")));
    const auto plan = on_server({"plan", "-f", "-", "-o", "json"}, written.out);
    EXPECT_EQ(plan.exit_code, 0) << plan.err << plan.out;
    const auto found = effects(plan.out);
    // All but the ephemeral one.
    EXPECT_EQ(found.size(), before.size() - 1);
    EXPECT_THAT(found, testing::Each("Adopt"));
    EXPECT_EQ(configs(nats_), before);

    const auto applied = on_server({"apply", "--adopt", "-f", "-"}, written.out);
    EXPECT_EQ(applied.exit_code, 0) << applied.err << applied.out;
    EXPECT_THAT(differences(before, configs(nats_)), IsEmpty());

    const auto settled = on_server({"plan", "-f", "-", "-o", "json"}, written.out);
    EXPECT_EQ(settled.exit_code, 0) << settled.err << settled.out;
    EXPECT_THAT(effects(settled.out), IsEmpty());
    // What is signed is exported under the same names, and still without its signature.
    EXPECT_EQ(on_server({"export"}).out, written.out);
}

INSTANTIATE_TEST_SUITE_P(Servers,
                         Export,
                         testing::Values(support::kNats, support::kNats210, support::kNats29),
                         [](const auto& server) {
                             auto name = std::string{server.param};
                             std::replace(name.begin(), name.end(), '.', '_');
                             return name;
                         });

using ExportTest = CliTest;

TEST_F(ExportTest, AListAsJsonIsReadLikeYaml) {
    nats_.text({"stream", "add", "A", "--subjects", "a", "--defaults"});
    const auto written = on_server({"export", "-o", "json"});
    EXPECT_EQ(written.exit_code, 0);
    EXPECT_EQ(Json::parse(written.out).at("kind"), "List");
    EXPECT_EQ(on_server({"plan", "-f", "-"}, written.out).exit_code, 0);
}

TEST_F(ExportTest, OnlyStreamsThatMatchAreWritten) {
    for (const auto* const name : {"A1", "A2", "B1"}) {
        nats_.text({"stream", "add", name, "--subjects", name, "--defaults"});
    }
    const auto some = on_server({"export", "--streams", "A*", "-o", "json"});
    EXPECT_EQ(Json::parse(some.out).at("items").size(), 2U);
    const auto none = on_server({"export", "--streams", "C*"});
    EXPECT_EQ(none.exit_code, 0);
    EXPECT_EQ(none.out, "");
    EXPECT_EQ(none.err, "note: no stream matches C*\n");
}

TEST_F(ExportTest, AnEmptyServerIsAnEmptyExport) {
    const auto written = on_server({"export"});
    EXPECT_EQ(written.exit_code, 0);
    EXPECT_EQ(written.out, "");
    EXPECT_EQ(written.err, "note: there are no streams\n");
}

TEST_F(ExportTest, WhatNoManifestCanSayIsACommentAndANote) {
    for (const auto* const config :
         {R"({"name": "BAD", "metadata": {"headgate.io/other": "x"}})", R"({"name": "GOOD"})"}) {
        const std::string name = Json::parse(config).at("name");
        ASSERT_FALSE(nats_.request("$JS.API.STREAM.CREATE." + name, config).contains("error"));
    }
    const auto written = on_server({"export"});
    EXPECT_EQ(written.exit_code, 0);
    EXPECT_THAT(written.err,
                HasSubstr("note: stream BAD: no manifest can say it: "
                          "spec.metadata.headgate.io/other"));
    EXPECT_THAT(written.out, HasSubstr("# stream BAD: no manifest can say it"));
    const auto plan = on_server({"plan", "-f", "-"}, written.out);
    EXPECT_EQ(plan.exit_code, 0) << plan.err;
    EXPECT_THAT(plan.out, HasSubstr("1 to adopt"));
}

TEST_F(ExportTest, WhatAnotherInstanceSignedIsWrittenAndRefused) {
    const auto file = manifest("a.yaml", stream_config("a", "{subjects: [a]}"));
    ASSERT_EQ(on_server({"apply", "-f", file, "--instance", "blue"}).exit_code, 0);
    const auto written = on_server({"export"});
    EXPECT_EQ(written.exit_code, 0);
    EXPECT_THAT(written.err, HasSubstr("note: stream a: NotOwned"));
    EXPECT_EQ(on_server({"plan", "-f", "-"}, written.out).exit_code, 2);
    EXPECT_EQ(on_server({"plan", "-f", "-", "--instance", "blue"}, written.out).exit_code, 0);
}

TEST_F(ExportTest, AServerThatIsNotThereIsAnError) {
    const auto url = server_.url();
    server_.stop();
    const auto written = headgate({"export", "--server", url});
    EXPECT_EQ(written.exit_code, 1);
    EXPECT_EQ(written.out, "");
    EXPECT_THAT(written.err, HasSubstr("cannot connect to NATS"));
}

}  // namespace
}  // namespace headgate::cli
