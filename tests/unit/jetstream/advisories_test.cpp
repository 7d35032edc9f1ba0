#include "jetstream/advisories.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/json.hpp"

namespace headgate::jetstream {
namespace {

using core::Json;

const Listener kListener{.client_id = 7, .client_name = "headgate test", .domain = {}};

// As nats-server 2.15.2 writes it, shortened.
Json audit(const std::string& subject, const Json& response = {{"type", "reply"}}) {
    return {{"type", "io.nats.jetstream.advisory.v1.api_audit"},
            {"id", "x"},
            {"server", "srv"},
            {"client", {{"id", 6}, {"name", "NATS CLI"}, {"acc", "$G"}, {"server", "srv"}}},
            {"subject", subject},
            {"request", R"({"name":"A","subject":"$JS.API.STREAM.UPDATE.B"})"},
            {"response", response.dump()}};
}

std::optional<Advisory> parsed(const Json& json, const Listener& listener = kListener) {
    return parse_advisory(json.dump(), listener);
}

Advisory on_stream(std::string stream, Touched what, bool over = true) {
    return {.stream = StreamName{std::move(stream)},
            .consumer = std::nullopt,
            .what = what,
            .over = over};
}

Advisory on_consumer(std::string stream, std::string consumer, Touched what, bool over = true) {
    return {.stream = StreamName{std::move(stream)},
            .consumer = ConsumerName{std::move(consumer)},
            .what = what,
            .over = over};
}

TEST(Advisories, RequestsThatChangeAConfigurationNameWhatTheyChange) {
    EXPECT_EQ(parsed(audit("$JS.API.STREAM.CREATE.A")), on_stream("A", Touched::Created));
    EXPECT_EQ(parsed(audit("$JS.API.STREAM.UPDATE.A")), on_stream("A", Touched::Updated));
    EXPECT_EQ(parsed(audit("$JS.API.STREAM.DELETE.A")), on_stream("A", Touched::Deleted));
    EXPECT_EQ(parsed(audit("$JS.API.CONSUMER.CREATE.A.c")),
              on_consumer("A", "c", Touched::Updated));
    EXPECT_EQ(parsed(audit("$JS.API.CONSUMER.CREATE.A.c.orders.>")),
              on_consumer("A", "c", Touched::Updated));
    EXPECT_EQ(parsed(audit("$JS.API.CONSUMER.DURABLE.CREATE.A.c")),
              on_consumer("A", "c", Touched::Updated));
    EXPECT_EQ(parsed(audit("$JS.API.CONSUMER.DELETE.A.c")),
              on_consumer("A", "c", Touched::Deleted));
    EXPECT_EQ(parsed(audit("$JS.API.CONSUMER.PAUSE.A.c")), on_consumer("A", "c", Touched::Paused));
}

TEST(Advisories, OtherRequestsAreNothing) {
    for (const auto* const subject : {"$JS.API.INFO",
                                      "$JS.API.STREAM.INFO.A",
                                      "$JS.API.STREAM.LIST",
                                      "$JS.API.STREAM.NAMES",
                                      "$JS.API.STREAM.PURGE.A",
                                      "$JS.API.STREAM.MSG.GET.A",
                                      "$JS.API.CONSUMER.LIST.A",
                                      "$JS.API.CONSUMER.INFO.A.c",
                                      "$JS.API.STREAM.CREATE.",
                                      "$JS.API.CONSUMER.DELETE.A",
                                      "$JS.API",
                                      "STREAM.UPDATE.A",
                                      ""}) {
        EXPECT_EQ(parsed(audit(subject)), std::nullopt) << subject;
    }
}

TEST(Advisories, AnEphemeralConsumerWithoutANameIsNothing) {
    EXPECT_EQ(parsed(audit("$JS.API.CONSUMER.CREATE.A")), std::nullopt);
}

TEST(Advisories, ARestoreThatOnlyBeginsIsNothing) {
    EXPECT_EQ(parsed(audit("$JS.API.STREAM.RESTORE.A")), std::nullopt);
}

TEST(Advisories, WhatWasRefusedIsNothing) {
    EXPECT_EQ(parsed(audit("$JS.API.STREAM.UPDATE.A", {{"error", {{"err_code", 10058}}}})),
              std::nullopt);
}

TEST(Advisories, OwnRequestsAreNothing) {
    auto own = audit("$JS.API.STREAM.UPDATE.A");
    own["client"] = {{"id", 7}, {"name", "headgate test"}};
    EXPECT_EQ(parsed(own), std::nullopt);
}

TEST(Advisories, OneNumberOnAnotherServerIsSomebodyElse) {
    auto other = audit("$JS.API.STREAM.UPDATE.A");
    other["client"] = {{"id", 7}, {"name", "leaf"}};
    EXPECT_EQ(parsed(other), on_stream("A", Touched::Updated));
}

TEST(Advisories, WithoutANumberNobodyIsOneself) {
    auto nameless = audit("$JS.API.STREAM.UPDATE.A");
    nameless["client"] = {{"acc", "$G"}, {"rtt", 5}};  // nats-server 2.9
    EXPECT_EQ(parsed(nameless), on_stream("A", Touched::Updated));
    EXPECT_EQ(parsed(nameless, {}), on_stream("A", Touched::Updated));
    nameless.erase("client");
    EXPECT_EQ(parsed(nameless), on_stream("A", Touched::Updated));
}

TEST(Advisories, WhatHappensWithoutARequestIsToldToo) {
    const auto event = [](const std::string& type, Json more) {
        more["type"] = "io.nats.jetstream.advisory.v1." + type;
        return more;
    };
    EXPECT_EQ(parsed(event("stream_action", {{"stream", "A"}, {"action", "delete"}})),
              on_stream("A", Touched::Deleted, false));
    EXPECT_EQ(parsed(event("stream_action", {{"stream", "A"}, {"action", "modify"}})),
              on_stream("A", Touched::Updated, false));
    EXPECT_EQ(parsed(event("consumer_action",
                           {{"stream", "A"}, {"consumer", "c"}, {"action", "delete"}})),
              on_consumer("A", "c", Touched::Deleted, false));
    EXPECT_EQ(parsed(event("consumer_action",
                           {{"stream", "A"}, {"consumer", "c"}, {"action", "create"}})),
              on_consumer("A", "c", Touched::Created, false));
    EXPECT_EQ(
        parsed(event("consumer_pause", {{"stream", "A"}, {"consumer", "c"}, {"paused", false}})),
        on_consumer("A", "c", Touched::Paused));
    EXPECT_EQ(parsed(event("stream_action", {{"action", "delete"}})), std::nullopt);
    EXPECT_EQ(parsed(event("stream_action", {{"stream", "A"}, {"action", "dance"}})), std::nullopt);
    EXPECT_EQ(parsed(event("stream_leader_elected", {{"stream", "A"}})), std::nullopt);
}

TEST(Advisories, AnotherDomainIsElsewhere) {
    auto in_hub = audit("$JS.API.STREAM.UPDATE.A");
    in_hub["domain"] = "hub";
    const Listener hub{.client_id = 7, .client_name = "headgate test", .domain = "hub"};
    EXPECT_EQ(parsed(in_hub, hub), on_stream("A", Touched::Updated));
    EXPECT_EQ(parsed(in_hub), on_stream("A", Touched::Updated)) << "whatever is there";
    in_hub["domain"] = "leaf";
    EXPECT_EQ(parsed(in_hub, hub), std::nullopt);
    in_hub.erase("domain");
    EXPECT_EQ(parsed(in_hub, hub), std::nullopt);
}

TEST(Advisories, BytesThatAreNoAdvisoryAreNothing) {
    auto wrong_types = audit("$JS.API.STREAM.UPDATE.A");
    wrong_types["response"] = 5;
    auto wrong_client = audit("$JS.API.STREAM.UPDATE.A");
    wrong_client["client"] = "me";
    auto no_type = audit("$JS.API.STREAM.UPDATE.A");
    no_type["type"] = "io.nats.other";
    for (const auto& json : {wrong_types, wrong_client, no_type, Json::array(), Json{"text"}}) {
        EXPECT_EQ(parsed(json), std::nullopt) << json;
    }
    EXPECT_EQ(parse_advisory("", kListener), std::nullopt);
    EXPECT_EQ(parse_advisory(R"({"subject":"$JS.API.STREAM.UPDATE.A)", kListener), std::nullopt);
    EXPECT_EQ(parse_advisory(R"({"subject":"$JS.API.STREAM.UPDATE.A"} more)", kListener),
              std::nullopt);
}

}  // namespace
}  // namespace headgate::jetstream
