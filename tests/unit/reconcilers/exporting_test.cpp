// What a server holds, said in manifests that ask for nothing more.
#include "reconcilers/exporting.hpp"

#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "jetstream/compare.hpp"
#include "jetstream/requests.hpp"
#include "reconcilers/resources/tables.hpp"
#include "reconcilers/signature.hpp"
#include "tests/unit/reconcilers/field_variants.hpp"

namespace headgate::reconcilers {
namespace {

using namespace std::chrono_literals;
using core::Json;
using jetstream::ConsumerSettings;
using jetstream::StreamSettings;
using resources::Desired;
using resources::Kind;
using resources::ObjectKey;
using resources::StateBucketSpec;
using resources::StreamConfigSpec;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing_fields::each_variant;
using testing_fields::Where;

const core::Timestamp kNow = *core::parse_time("2026-01-01T12:00:00Z");
const jetstream::ServerInfo kServer{.level = jetstream::kServer2_15, .version = "2.15"};

Asset asset(const char* stream, const std::vector<const char*>& consumers = {}) {
    Asset made;
    made.stream =
        *jetstream::parse_stream_info(R"({"created": "c", "config": )" + std::string{stream} + "}");
    for (const auto* const consumer : consumers) {
        const auto config = Json::parse(consumer);
        made.consumers.push_back(*jetstream::parse_consumer_info(
            Json{{"name", config.at("name")}, {"created", "c"}, {"config", config}}.dump()));
    }
    return made;
}

/// As a server that has just made it tells of it.
Asset held(const Desired& desired) {
    Asset made;
    const auto stored = jetstream::as_stored(desired.stream, {}, kServer.level);
    made.stream =
        *jetstream::parse_stream_info(Json{{"config", jetstream::stream_to_wire(stored)}}.dump());
    for (const auto& consumer : desired.consumers) {
        made.consumers.push_back(*jetstream::parse_consumer_info(Json{
            {"name", consumer.name.value()},
            {"config",
             jetstream::consumer_to_wire(jetstream::as_stored(
                 consumer, {}, stored, kServer, kNow))}}.dump()));
    }
    return made;
}

Exported exported(const Asset& one, const std::string& instance = "headgate") {
    auto all = export_assets({{one}}, kServer, instance, kNow);
    EXPECT_EQ(all.size(), 1U);
    return all.front();
}

Json spec_of(const Exported& one) {
    return one.desired ? resources::manifest(one.key, *one.desired).at("spec") : Json{};
}

/// Exports what a server makes of a manifest with this spec, and reads that again.
template <class Spec>
void round_trip(Kind kind, const Spec& spec, const Where& where, std::set<std::string>& done) {
    if (!where.in_manifest) {
        return;
    }
    const auto declared =
        resources::parse(kind, fields::emit_fields(spec, fields::Dialect::Manifest), "x");
    if (!declared.desired) {
        return;  // Not valid by itself; another base makes it so.
    }
    const auto server = held(*declared.desired);
    const auto result = exported(server);
    ASSERT_TRUE(result.desired) << where.name << ": " << testing::PrintToString(result.notes);
    EXPECT_THAT(result.notes, IsEmpty()) << where.name;
    EXPECT_EQ(result.key.kind, kind) << where.name;
    const auto again = resources::as_read(kind, *result.desired, result.key.name).desired;
    ASSERT_TRUE(again) << where.name;
    EXPECT_EQ(held(*again).stream.settings, server.stream.settings) << where.name;
    ASSERT_EQ(again->consumers.size(), server.consumers.size()) << where.name;
    for (std::size_t i = 0; i < server.consumers.size(); ++i) {
        EXPECT_EQ(held(*again).consumers[i].settings, server.consumers[i].settings) << where.name;
    }
    done.insert(where.name);
}

template <class Spec>
std::set<std::string> fields_of(const Spec& base) {
    std::set<std::string> names;
    each_variant<Spec>(base, [&](const Where& where, const Spec&) {
        if (where.in_manifest) {
            names.insert(where.name);
        }
    });
    return names;
}

std::set<std::string> without(std::set<std::string> all, const std::set<std::string>& done) {
    std::erase_if(all, [&](const auto& name) { return done.contains(name); });
    return all;
}

/// From all subjects to a single one is no mapping.
template <class Mapping>
void from_something(Mapping& mapping) {
    if (mapping.source.empty()) {
        mapping.source = "from";
    }
}

/// What a source needs whatever else it has.
jetstream::StreamSource complete(jetstream::StreamSource source) {
    if (source.name.empty()) {
        source.name = "M";
    }
    if (source.external && source.external->api.empty()) {
        source.external->api = "a.API";
    }
    for (auto& transform : source.subject_transforms) {
        from_something(transform);
    }
    if (source.consumer && source.consumer->name.empty()) {
        source.consumer->name = "c";
    }
    if (source.consumer && source.consumer->deliver_subject.empty()) {
        source.consumer->deliver_subject = "d";
    }
    return source;
}

TEST(Exporting, EveryFieldOfAStreamComesBack) {
    StreamConfigSpec plain;
    plain.stream.name = jetstream::StreamName{"S"};
    StreamConfigSpec full = plain;
    full.stream.discard = jetstream::Discard::New;
    full.stream.max_messages_per_subject = 5;
    StreamConfigSpec mirror = plain;
    mirror.stream.mirror = jetstream::StreamSource{.name = "M"};
    StreamConfigSpec source = plain;
    source.stream.sources = {{.name = "A"}};
    std::set<std::string> done;
    for (const auto& base : {plain, full, mirror, source}) {
        each_variant<StreamConfigSpec>(base, [&](const Where& where, const StreamConfigSpec& spec) {
            auto valid = spec;
            if (valid.stream.subject_transform) {
                from_something(*valid.stream.subject_transform);
            }
            if (valid.stream.republish) {
                from_something(*valid.stream.republish);
            }
            if (valid.stream.mirror) {
                valid.stream.mirror = complete(*valid.stream.mirror);
            }
            for (auto& one : valid.stream.sources) {
                one = complete(one);
            }
            round_trip(Kind::StreamConfig, valid, where, done);
        });
    }
    auto missed = without(fields_of(plain), done);
    // All of their fields at once contradict each other; one by one they are there.
    std::erase_if(missed, [](const auto& name) { return name.starts_with("consumers."); });
    // No connection is without its name.
    EXPECT_THAT(missed, ElementsAre("connection.namespace", "consumers", "mirror", "sources"));
}

TEST(Exporting, EveryFieldOfAConsumerComesBack) {
    ConsumerSettings pull{.name = jetstream::ConsumerName{"c"}};
    auto push = pull;
    push.deliver_subject = "d";
    push.idle_heartbeat = 5s;
    auto from_sequence = pull;
    from_sequence.deliver_policy = jetstream::DeliverPolicy::ByStartSequence;
    from_sequence.start_sequence = 3;
    auto from_time = pull;
    from_time.deliver_policy = jetstream::DeliverPolicy::ByStartTime;
    from_time.start_time = *core::parse_time("2026-01-02T03:04:05Z");
    std::set<std::string> done;
    for (const auto& base : {pull, push, from_sequence, from_time}) {
        each_variant<ConsumerSettings>(base,
                                       [&](const Where& where, const ConsumerSettings& consumer) {
                                           StreamConfigSpec spec;
                                           spec.stream.name = jetstream::StreamName{"S"};
                                           spec.stream.replicas = 3;
                                           spec.consumers = {consumer};
                                           round_trip(Kind::StreamConfig, spec, where, done);
                                       });
    }
    EXPECT_GT(done.size(), 20U);
    auto missed = without(fields_of(pull), done);
    std::erase_if(missed, [](const auto& name) { return name.starts_with("priority"); });
    EXPECT_THAT(missed, IsEmpty());
}

TEST(Exporting, EveryFieldOfABucketComesBack) {
    StateBucketSpec base;
    base.bucket = "B";
    std::set<std::string> done;
    each_variant<StateBucketSpec>(base, [&](const Where& where, const StateBucketSpec& spec) {
        auto valid = spec;
        if (valid.mirror) {
            valid.mirror->name += "M";
        }
        for (auto& source : valid.sources) {
            source.name += "S";
        }
        round_trip(Kind::StateBucket, valid, where, done);
    });
    auto missed = without(fields_of(base), done);
    std::erase_if(missed, [](const auto& name) { return name.find('.') != std::string::npos; });
    EXPECT_THAT(missed, IsEmpty());
}

TEST(Exporting, SaysOnlyWhatIsNotADefaultAndNotDerived) {
    const auto result = exported(asset(
        R"({"name": "ORDERS", "subjects": ["orders.>"], "max_age": 0, "max_msgs": -1, "storage":
            "file", "num_replicas": 1, "duplicate_window": 120000000000, "compression": "none"})",
        {R"({"name": "w", "durable_name": "w", "ack_policy": "explicit", "ack_wait": 30000000000,
             "max_deliver": -1, "max_waiting": 512, "max_ack_pending": 1000})"}));
    EXPECT_EQ(result.key, (ObjectKey{Kind::StreamConfig, "default", "orders"}));
    EXPECT_EQ(spec_of(result), Json::parse(R"({"name": "ORDERS", "subjects": ["orders.>"],
        "adoptionPolicy": "IfMatching", "consumers": [{"name": "w"}]})"));
    EXPECT_THAT(result.notes, IsEmpty());
    EXPECT_THAT(result.remarks, IsEmpty());
}

TEST(Exporting, WhatAMirrorTakesOverFromItsOriginStaysOpen) {
    const auto mirror = [](const char* more) {
        return asset((R"({"name": "M", "mirror": {"name": "o")" + std::string{more} +
                      R"(}, "mirror_direct": true})")
                         .c_str());
    };
    const auto origin = asset(
        R"({"name": "o", "subjects": ["o"], "allow_direct": true, "duplicate_window": 120000000000})");
    const auto both = export_assets({{mirror(""), origin}}, kServer, "headgate", kNow);
    EXPECT_FALSE(both[0].desired->stream.mirror_direct);
    EXPECT_TRUE(exported(mirror("")).desired->stream.mirror_direct);
    const auto older = asset(R"({"name": "M", "mirror": {"name": "o"}, "mirror_direct": false})");
    const auto changed = export_assets({{older, origin}}, kServer, "headgate", kNow);
    EXPECT_THAT(changed[0].notes, ElementsAre(HasSubstr("mirrorDirect: false instead of true")));
    EXPECT_EQ(spec_of(exported(mirror(R"(, "external": {"api": "$JS.hub.API"})"))).at("mirror"),
              Json::parse(R"({"name": "o", "domain": "hub"})"));
}

const char* const kBucket =
    R"({"name": "KV_b", "subjects": ["$KV.b.>"], "max_msgs_per_subject": 1, "discard": "new",
        "allow_direct": true, "deny_delete": true, "allow_rollup_hdrs": true,
        "duplicate_window": 120000000000})";

TEST(Exporting, OnlyABucketInFullIsAStateBucket) {
    EXPECT_EQ(spec_of(exported(asset(kBucket))),
              Json::parse(R"({"adoptionPolicy": "IfMatching"})"));
    for (const auto& [key, value] :
         std::vector<std::pair<std::string, Json>>{{"allow_direct", false},
                                                   {"duplicate_window", 1000000000},
                                                   {"subjects", {"other"}},
                                                   {"max_msgs_per_subject", 65},
                                                   {"max_msgs_per_subject", -1},
                                                   {"max_msgs", 7}}) {
        auto config = Json::parse(kBucket);
        config[key] = value;
        const auto result = exported(asset(config.dump().c_str()));
        EXPECT_EQ(result.key, (ObjectKey{Kind::StreamConfig, "default", "kv-b"})) << key;
        EXPECT_TRUE(result.desired) << key;
        EXPECT_THAT(result.notes, IsEmpty()) << key;
    }
}

TEST(Exporting, TheConsumersOfABucketAreToldOf) {
    const auto result = exported(
        asset(kBucket, {R"({"name": "w", "durable_name": "w"})", R"({"name": "watcher"})"}));
    EXPECT_EQ(result.key.kind, Kind::StateBucket);
    EXPECT_THAT(result.notes, ElementsAre(testing::EndsWith("stay as they are: w")));
}

TEST(Exporting, ConsumersOfClientsAndServersAreLeftOut) {
    const auto result = exported(
        asset(R"({"name": "s", "subjects": ["s"], "duplicate_window": 120000000000})",
              {R"({"name": "ephemeral", "future": 1})",
               R"({"name": "m", "durable_name": "m", "metadata": {"_nats.mirror.id": "x"}})",
               R"({"name": "s", "durable_name": "s", "metadata": {"_nats.src.id": "x"}})"}));
    EXPECT_THAT(result.desired->consumers, IsEmpty());
    EXPECT_THAT(result.notes, IsEmpty());
    EXPECT_THAT(result.remarks, IsEmpty());
}

TEST(Exporting, NamesBecomeThoseOfKubernetesAndStayApart) {
    std::vector<Asset> assets;
    for (const auto* const name : {"a-b", "a_b", "A B", "___", "\xC3\x9C", "x$"}) {
        assets.push_back(asset(Json{{"name", name}, {"subjects", {name}}}.dump().c_str()));
    }
    std::vector<std::string> names;
    for (const auto& one : export_assets(assets, kServer, "headgate", kNow)) {
        names.push_back(one.key.name);
    }
    EXPECT_THAT(names, ElementsAre("a-b", "a-b-2", "a-b-3", "unnamed", "unnamed-2", "x"));
}

Asset signed_asset(const char* config, const Signature& signature, bool metadata = true) {
    auto made = asset(config);
    auto& settings = made.stream.settings;
    sign(settings.metadata, settings.description, signature, metadata);
    return made;
}

const char* const kOrders =
    R"({"name": "ORDERS", "subjects": ["o"], "duplicate_window": 120000000000})";

TEST(Exporting, WhatAnObjectSignedKeepsItsName) {
    const Signature own{"headgate", "StreamConfig", "agents/mine", "Delete", {}};
    for (const bool metadata : {true, false}) {
        // One by the same name that nobody signed gives way, though it comes first.
        const auto all = export_assets(
            {{asset(R"({"name": "x", "subjects": ["x"]})"), signed_asset(kOrders, own, metadata)}},
            kServer,
            "headgate",
            kNow);
        EXPECT_EQ(all[1].key, (ObjectKey{Kind::StreamConfig, "agents", "mine"}));
        EXPECT_THAT(all[1].notes, IsEmpty());
        EXPECT_EQ(spec_of(all[1]),
                  Json::parse(R"({"name": "ORDERS", "subjects": ["o"], "deletionPolicy": "Delete",
                                  "adoptionPolicy": "IfMatching"})"));
    }
}

TEST(Exporting, WhatAnUnsignedOneWouldTakeGoesToTheSigner) {
    const auto all = export_assets(
        {{asset(R"({"name": "orders", "subjects": ["x"], "duplicate_window": 120000000000})"),
          signed_asset(kOrders, {"headgate", "StreamConfig", "default/orders", "Retain", {}})}},
        kServer,
        "headgate",
        kNow);
    EXPECT_EQ(all[0].key.name, "orders-2");
    EXPECT_EQ(all[1].key.name, "orders");
}

TEST(Exporting, WhatAnotherInstanceSignedIsToldOf) {
    const auto result =
        exported(signed_asset(kOrders, {"blue", "StreamConfig", "agents/mine", "Retain", {}}));
    EXPECT_TRUE(result.desired);
    EXPECT_THAT(result.notes,
                ElementsAre(HasSubstr("NotOwned: stream ORDERS belongs to headgate instance "
                                      "\"blue\"")));
    EXPECT_THAT(spec_of(result).dump(), Not(HasSubstr("headgate.io/")));
}

TEST(Exporting, ASignedBucketThatIsNoneAnyMoreIsToldOf) {
    const auto result = exported(
        signed_asset(R"({"name": "KV_b", "subjects": ["s"], "duplicate_window": 120000000000})",
                     {"headgate", "StateBucket", "agents/b", "Retain", {}}));
    EXPECT_EQ(result.key, (ObjectKey{Kind::StreamConfig, "agents", "b"}));
    EXPECT_THAT(result.notes, ElementsAre(HasSubstr("Conflict: stream KV_b belongs to")));
}

TEST(Exporting, WhatNoManifestCanSayIsToldOfAndTheRestGoesOn) {
    const auto all = export_assets(
        {{asset(R"({"name": "bad", "subjects": ["b"], "metadata": {"headgate.io/other": "x"}})"),
          asset(R"({"name": "good", "subjects": ["g"], "duplicate_window": 120000000000})",
                {R"({"name": "bad", "durable_name": "bad", "max_expires": 1})",
                 R"({"name": "good", "durable_name": "good", "ack_policy": "none", "max_waiting":
                     512})"})}},
        kServer,
        "headgate",
        kNow);
    EXPECT_FALSE(all[0].desired);
    EXPECT_THAT(all[0].notes, ElementsAre(HasSubstr("spec.metadata.headgate.io/other")));
    ASSERT_TRUE(all[1].desired);
    EXPECT_EQ(all[1].desired->consumers.size(), 1U);
    EXPECT_THAT(all[1].notes, ElementsAre(HasSubstr("consumer bad is not in it")));
}

// Left out of the list it would be deleted: it carries this object's own signature.
TEST(Exporting, ASignedConsumerThatCannotBeSaidKeepsItsStreamOut) {
    const Signature own{"headgate", "StreamConfig", "agents/mine", "Retain", {}};
    auto made = signed_asset(kOrders, own);
    made.consumers =
        asset(kOrders, {R"({"name": "c", "durable_name": "c", "max_expires": 1})"}).consumers;
    sign(made.consumers[0].settings.metadata, made.consumers[0].settings.description, own, true);
    const auto result = exported(made);
    EXPECT_FALSE(result.desired);
    EXPECT_THAT(result.notes,
                ElementsAre(HasSubstr("consumer c is not in it"),
                            HasSubstr("no manifest leaves it as it is: consumers[c] Delete")));
}

TEST(Exporting, AConsumerMadeAnewAtItsPositionKeepsItsDeclaredStart) {
    for (const std::string start :
         {"All", "New", "ByStartSequence 5", "ByStartTime 2026-01-02T03:04:05Z"}) {
        Signature own{"headgate", "StreamConfig", "agents/mine", "Retain", {}};
        auto made = signed_asset(kOrders, own);
        made.consumers =
            asset(kOrders, {R"({"name": "c", "durable_name": "c", "ack_policy": "explicit",
                                "deliver_policy": "by_start_sequence", "opt_start_seq": 57,
                                "ack_wait": 30000000000, "max_waiting": 512,
                                "max_ack_pending": 1000})"})
                .consumers;
        own.start = start;
        sign(
            made.consumers[0].settings.metadata, made.consumers[0].settings.description, own, true);
        const auto result = exported(made);
        ASSERT_TRUE(result.desired) << start;
        EXPECT_THAT(result.notes, IsEmpty()) << start;
        EXPECT_EQ(start_of(result.desired->consumers.at(0)), start);
    }
}

TEST(Exporting, AConsumerOfAnotherSignerIsToldOf) {
    auto made = asset(kOrders,
                      {R"({"name": "c", "durable_name": "c", "ack_wait": 30000000000, "max_waiting":
                           512, "max_ack_pending": 1000, "ack_policy": "explicit"})"});
    sign(made.consumers[0].settings.metadata,
         made.consumers[0].settings.description,
         {"blue", "StreamConfig", "agents/mine", "Retain", {}},
         true);
    EXPECT_THAT(exported(made).notes, ElementsAre(HasSubstr("NotOwned: consumers of stream")));
}

TEST(Exporting, WhatIsUnknownIsARemark) {
    const auto result = exported(
        asset(R"({"name": "s", "subjects": ["s"], "future": "x"})",
              {R"({"name": "c", "durable_name": "c", "ack_policy": "explicit", "newer": 7})"}));
    EXPECT_THAT(result.remarks,
                ElementsAre(testing::EndsWith("future: \"x\"; consumers[c].newer: 7")));
}

}  // namespace
}  // namespace headgate::reconcilers
