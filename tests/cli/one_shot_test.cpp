// plan, apply, delete and get on a real server: what they do, what they print, how they end.
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/cli/fixture.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/paths.hpp"

namespace headgate::cli {
namespace {

using core::Json;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class OneShot : public CliTest {
protected:
    Json objects(const support::Output& output) {
        const auto json = Json::parse(output.out, nullptr, false);
        return json.is_object() ? json.at("objects") : Json{{"not JSON", output.out}};
    }
};

TEST_F(OneShot, PlanShowsWhatApplyThenDoesAndTheSecondApplyWritesNothing) {
    const auto file = manifest(
        "orders.yaml",
        stream_config(
            "orders",
            "{name: ORDERS, subjects: [orders], maxAge: 1h, consumers: [{name: worker}]}"));
    const auto planned = on_server({"plan", "-f", file});
    EXPECT_EQ(planned.exit_code, 2) << planned.err;
    EXPECT_EQ(planned.out,
              "StreamConfig default/orders  Reconciling\n  + create stream ORDERS\n  + create "
              "consumer worker\n\n"
              "1 to create, 0 to update, 0 wait for approval, 0 refused, 0 as declared\n");
    EXPECT_EQ(config_of("ORDERS"), Json{});

    const auto applied = on_server({"apply", "-f", file});
    EXPECT_EQ(applied.exit_code, 0) << applied.err;
    EXPECT_THAT(applied.out, ContainsRegex("StreamConfig +default +orders +True +Applied +ORDERS"));
    EXPECT_EQ(config_of("ORDERS").at("max_age"), 3600LL * 1000 * 1000 * 1000);

    count_writes();
    const auto again = on_server({"apply", "-f", file});
    EXPECT_EQ(again.exit_code, 0) << again.err;
    EXPECT_THAT(again.out, HasSubstr("1 Applied; nothing changed"));
    EXPECT_TRUE(support::always([&] { return writes() == 1; }, std::chrono::milliseconds{200}));
    const auto settled = on_server({"plan", "-f", file});
    EXPECT_EQ(settled.exit_code, 0);
    EXPECT_THAT(settled.out, HasSubstr("StreamConfig default/orders  Applied\n"));
    EXPECT_THAT(settled.out, HasSubstr("1 as declared"));
}

TEST_F(OneShot, WarningsAreToldByPlanAndApplyAndCostNothing) {
    ASSERT_EQ(
        nats_.request("$JS.API.STREAM.CREATE.OTHER", R"({"name":"OTHER","subjects":["orders.*"]})")
            .value("error", Json{}),
        Json{});
    const auto file =
        manifest("tasks.yaml",
                 stream_config("tasks", "{name: TASKS, subjects: [tasks], retention: Interest}") +
                     "---\n" + stream_config("orders", "{name: ORDERS, subjects: [orders.>]}"));
    const auto planned = on_server({"plan", "-f", file});
    EXPECT_THAT(planned.out,
                HasSubstr("  + create stream TASKS\n  warning retention-without-consumers: "
                          "retention is Interest and no durable consumer filters tasks: "));
    EXPECT_THAT(planned.out,
                HasSubstr("warning subjects-overlap: subject orders.> overlaps with "
                          "those of stream OTHER, which the server refuses\n"));
    const auto applied = on_server({"apply", "-f", file});
    EXPECT_EQ(applied.exit_code, 2);
    EXPECT_THAT(applied.out,
                HasSubstr("\nwarning StreamConfig default/tasks: retention-without-consumers: "));
    EXPECT_THAT(applied.out,
                HasSubstr("\nwarning StreamConfig default/orders: subjects-overlap: "));
    const auto json = on_server({"apply", "-f", file, "-o", "json"});
    EXPECT_THAT(objects(json).at(0).value("message", ""),
                HasSubstr("TASKS is as declared; warning retention-without-consumers: "));
    EXPECT_EQ(objects(json).at(0).size(), 6U);
}

TEST_F(OneShot, AnUpdateIsShownFieldByField) {
    const auto file = manifest(
        "orders.yaml", stream_config("orders", "{name: ORDERS, subjects: [orders], maxAge: 1h}"));
    ASSERT_EQ(on_server({"apply", "-f", file}).exit_code, 0);
    manifest("orders.yaml",
             stream_config("orders", "{name: ORDERS, subjects: [orders], maxAge: 30m}"));
    EXPECT_THAT(on_server({"plan", "-f", file}).out, HasSubstr("  ~ maxAge 1h -> 30m\n"));
}

TEST_F(OneShot, WhatWouldDropMessagesWaitsAndIsNotDone) {
    const auto file =
        manifest("orders.yaml", stream_config("orders", "{name: ORDERS, subjects: [orders]}"));
    ASSERT_EQ(on_server({"apply", "-f", file}).exit_code, 0);
    nats_.publish("orders", "hello", 20);
    manifest("orders.yaml",
             stream_config("orders", "{name: ORDERS, subjects: [orders], maxMessages: 5}"));
    for (const auto* const command : {"plan", "apply"}) {
        const auto output = on_server({command, "-f", file, "-o", "json"});
        EXPECT_EQ(output.exit_code, 2);
        const auto object = objects(output).at(0);
        EXPECT_EQ(object.at("reason"), "ApprovalRequired");
        EXPECT_EQ(object.at("plan").at("changes").at(0).at("lost"), 15);
    }
    EXPECT_EQ(config_of("ORDERS").at("max_msgs"), -1);
    EXPECT_THAT(on_server({"plan", "-f", file}).out,
                HasSubstr("    ! drops about 15 of 20 messages"));
}

TEST_F(OneShot, AForeignStreamIsLeftAloneUntilItIsAdopted) {
    ASSERT_FALSE(nats_
                     .request("$JS.API.STREAM.CREATE.ORDERS",
                              R"({"name": "ORDERS", "subjects": ["orders"]})")
                     .contains("error"));
    const auto file =
        manifest("orders.yaml",
                 stream_config("orders", "{name: ORDERS, subjects: [orders], description: mine}"));
    const auto refused = on_server({"apply", "-f", file});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.out, HasSubstr("NotOwned"));
    EXPECT_FALSE(config_of("ORDERS").contains("description"));
    EXPECT_EQ(on_server({"plan", "-f", file}).exit_code, 2);

    const auto adopted = on_server({"apply", "--adopt", "-f", file});
    EXPECT_EQ(adopted.exit_code, 0) << adopted.out;
    EXPECT_EQ(config_of("ORDERS").at("description"), "mine");
}

TEST_F(OneShot, StandardInputIsAManifest) {
    const auto applied = on_server({"apply", "-f", "-", "-o", "json"},
                                   stream_config("orders", "{subjects: [orders]}"));
    EXPECT_EQ(applied.exit_code, 0) << applied.err;
    EXPECT_EQ(objects(applied).at(0).at("name"), "orders");
    EXPECT_NE(config_of("orders"), Json{});
}

TEST_F(OneShot, AMirrorFindsItsOriginOfTheSameFile) {
    const auto applied = on_server({"apply", "-f", "-", "-o", "json"},
                                   stream_config("copy", "{mirror: {name: origin}}") +
                                       stream_config("origin", "{subjects: [o]}"));
    EXPECT_EQ(applied.exit_code, 0) << applied.out;
    EXPECT_EQ(objects(applied).at(0).at("name"), "copy");
}

TEST_F(OneShot, DeleteObeysTheDeletionPolicyAndTheSignature) {
    const auto file =
        manifest("all.yaml",
                 stream_config("gone", "{subjects: [g], deletionPolicy: Delete}") +
                     stream_config("kept", "{subjects: [k]}") +
                     stream_config("foreign", "{subjects: [f], deletionPolicy: Delete}"));
    ASSERT_FALSE(
        nats_.request("$JS.API.STREAM.CREATE.foreign", R"({"name": "foreign", "subjects": ["f"]})")
            .contains("error"));
    ASSERT_EQ(on_server({"apply", "-f", file}).exit_code, 2);

    const auto deleted = on_server({"delete", "-f", file});
    EXPECT_EQ(deleted.exit_code, 2) << deleted.out;
    EXPECT_EQ(config_of("gone"), Json{});
    EXPECT_NE(config_of("kept"), Json{});
    EXPECT_NE(config_of("foreign"), Json{});
    EXPECT_THAT(deleted.out, ContainsRegex("gone +- +Deleting +gone +stream gone is deleted"));
    EXPECT_THAT(deleted.out, ContainsRegex("kept +- +Deleting +kept +stream kept is kept"));
    EXPECT_THAT(deleted.out, ContainsRegex("foreign +False +NotOwned"));
}

TEST_F(OneShot, DeletingWhatIsGoneIsDone) {
    const auto file =
        manifest("gone.yaml", stream_config("gone", "{subjects: [g], deletionPolicy: Delete}"));
    ASSERT_EQ(on_server({"apply", "-f", file}).exit_code, 0);
    EXPECT_EQ(on_server({"delete", "-f", file}).exit_code, 0);
    const auto again = on_server({"delete", "-f", file});
    EXPECT_EQ(again.exit_code, 0);
    EXPECT_THAT(again.out, HasSubstr("stream gone does not exist"));
}

TEST_F(OneShot, GetShowsManifestsAndWhatThisInstanceSigned) {
    const auto file =
        manifest("orders.yaml", stream_config("orders", "{name: ORDERS, subjects: [orders]}"));
    const auto before = on_server({"get", "-f", file});
    EXPECT_EQ(before.exit_code, 0);
    EXPECT_THAT(before.out, HasSubstr("stream ORDERS does not exist yet"));
    EXPECT_THAT(on_server({"get"}).err, HasSubstr("has signed nothing"));
    ASSERT_EQ(on_server({"apply", "-f", file}).exit_code, 0);
    ASSERT_FALSE(
        nats_.request("$JS.API.STREAM.CREATE.OTHER", R"({"name": "OTHER", "subjects": ["other"]})")
            .contains("error"));

    EXPECT_THAT(on_server({"get", "-f", file}).out, ContainsRegex("True +Applied"));
    const auto all = on_server({"get", "-o", "json"});
    EXPECT_EQ(all.exit_code, 0);
    ASSERT_EQ(objects(all).size(), 1U);
    EXPECT_EQ(objects(all).at(0).at("name"), "orders");
    EXPECT_EQ(objects(on_server({"get", "-o", "json", "--instance", "other"})), Json::array());
}

TEST_F(OneShot, APausedObjectIsNotTouched) {
    const std::string paused =
        "apiVersion: headgate.io/v1alpha1\nkind: StreamConfig\nmetadata: {name: p, annotations: "
        "{headgate.io/paused: \"true\"}}\nspec: {subjects: [p], deletionPolicy: Delete}\n";
    for (const auto* const command : {"plan", "apply", "delete"}) {
        const auto output = on_server({command, "-f", "-"}, paused);
        EXPECT_EQ(output.exit_code, 2) << command;
        EXPECT_THAT(output.out, HasSubstr("Paused")) << command;
    }
    EXPECT_EQ(config_of("p"), Json{});
}

TEST_F(OneShot, ReplicasAreCappedAndEachObjectSaysSo) {
    const auto text =
        stream_config("big", "{subjects: [b], replicas: 3, placement: {cluster: c, tags: [t]}}");
    const auto planned = on_server({"plan", "-f", "-", "--replica-limit", "1"}, text);
    EXPECT_THAT(planned.out,
                HasSubstr("replicas 3 capped to 1, placement dropped by the replica limit"));
    const auto applied = on_server({"apply", "-f", "-", "--replica-limit", "1"}, text);
    EXPECT_EQ(applied.exit_code, 0) << applied.out;
    EXPECT_THAT(applied.out,
                HasSubstr("replicas 3 capped to 1, placement dropped by the replica limit"));
}

TEST_F(OneShot, ThreeReplicasOnOneServerAreInsufficientResources) {
    const auto applied = on_server({"apply", "-f", "-"},
                                   stream_config("big", "{subjects: [b], replicas: 3}") +
                                       stream_config("small", "{subjects: [s]}"));
    EXPECT_EQ(applied.exit_code, 2);
    EXPECT_THAT(applied.out, ContainsRegex("big +False +InsufficientResources"));
    EXPECT_THAT(applied.out, ContainsRegex("small +True +Applied"));
}

TEST_F(OneShot, TheSamplesAreAllAppliedOnOneServer) {
    const std::string samples = support::source_dir() / "manifests/samples";
    const auto applied = on_server({"apply", "-f", samples, "--replica-limit", "1", "-o", "json"});
    EXPECT_EQ(applied.exit_code, 0) << applied.out << applied.err;
    EXPECT_GE(objects(applied).size(), 7U);
    for (const auto& object : objects(applied)) {
        EXPECT_EQ(object.at("reason"), "Applied") << object;
    }
    count_writes();
    EXPECT_EQ(on_server({"apply", "-f", samples, "--replica-limit", "1"}).exit_code, 0);
    EXPECT_TRUE(support::always([&] { return writes() == 1; }, std::chrono::milliseconds{200}));
}

struct Bad {
    std::string name;
    std::string text;
    std::string says;

    friend std::ostream& operator<<(std::ostream& out, const Bad& bad) { return out << bad.says; }
};

class BadInput : public OneShot, public testing::WithParamInterface<Bad> {};

TEST_P(BadInput, IsToldByFileLineAndFieldAndLeavesTheOthersAlone) {
    const auto& [name, text, says] = GetParam();
    const auto bad = manifest("bad.yaml", text);
    const auto good = manifest("good.yaml", stream_config("good", "{subjects: [good]}"));
    const auto planned = on_server({"plan", "-f", bad, good});
    EXPECT_EQ(planned.exit_code, 1);
    EXPECT_THAT(planned.err, HasSubstr(bad + ":"));
    EXPECT_THAT(planned.err, HasSubstr(says));
    EXPECT_THAT(planned.out, HasSubstr("+ create stream good"));
    const auto applied = on_server({"apply", "-f", bad, good, "-o", "json"});
    EXPECT_EQ(applied.exit_code, 1);
    EXPECT_NE(config_of("good"), Json{});
    EXPECT_EQ(config_of("bad"), Json{});
    EXPECT_TRUE(Json::accept(applied.out));
}

INSTANTIATE_TEST_SUITE_P(
    All,
    BadInput,
    testing::Values(
        Bad{"UnknownField",
            stream_config("bad", "{subjects: [b], maxAgee: 1h}"),
            "did you mean maxAge"},
        Bad{"WrongEnum", stream_config("bad", "{subjects: [b], storage: Disk}"), "spec.storage"},
        Bad{"BadDuration",
            stream_config("bad", "\n  subjects: [b]\n  maxAge: 1 hour"),
            "bad.yaml:7: spec.maxAge: \"1 hour\" is not a duration"},
        Bad{"DuplicateKey",
            stream_config("bad", "\n  subjects: [b]\n  subjects: [c]"),
            "spec.subjects"},
        Bad{"SyntaxError", "apiVersion: headgate.io/v1alpha1\nkind: [StreamConfig\n", "bad.yaml:"},
        Bad{"RateLimitOnAPullConsumer",
            stream_config("bad", "{subjects: [b], consumers: [{name: c, rateLimitBps: 1000}]}"),
            "rateLimitBps"}),
    [](const auto& bad) { return bad.param.name; });

TEST_F(OneShot, APathThatIsNotThereIsAnError) {
    const auto planned = on_server({"plan", "-f", folder() + "/no-such-file.yaml"});
    EXPECT_EQ(planned.exit_code, 1);
    EXPECT_THAT(planned.err, HasSubstr("no-such-file.yaml"));
}

TEST_F(OneShot, TwoObjectsForOneStreamAreAConflictThatNamesTheHolder) {
    const auto applied = on_server({"apply", "-f", "-"},
                                   stream_config("first", "{name: ONE, subjects: [a]}") +
                                       stream_config("second", "{name: ONE, subjects: [b]}"));
    EXPECT_EQ(applied.exit_code, 2);
    EXPECT_THAT(applied.out, ContainsRegex("first +True +Applied"));
    EXPECT_THAT(applied.out, ContainsRegex("second +False +Conflict +ONE +.*first"));
}

TEST_F(OneShot, OneObjectDeclaredTwiceNamesBothPlaces) {
    const auto first = manifest("a.yaml", stream_config("twice", "{subjects: [a]}"));
    const auto second = manifest("b.yaml", stream_config("twice", "{subjects: [b]}"));
    const auto planned = on_server({"plan", "-f", first, second});
    EXPECT_EQ(planned.exit_code, 1);
    EXPECT_THAT(planned.err, HasSubstr(second + ":"));
    EXPECT_THAT(planned.err, HasSubstr(first + ":"));
}

TEST_F(OneShot, AnInvalidObjectIsInTheOutputToo) {
    const auto applied = on_server({"apply", "-f", "-", "-o", "json"},
                                   stream_config("bad", "{subjects: [b], replicas: 9}"));
    EXPECT_EQ(applied.exit_code, 1);
    EXPECT_EQ(objects(applied).at(0).at("reason"), "InvalidSpec");
    EXPECT_THAT(applied.err, HasSubstr("spec.replicas"));
}

TEST_F(OneShot, AServerThatAsksForAPasswordGetsItAndNobodyElseSeesIt) {
    const support::NatsServer guarded{
        {.extra = "authorization { user: app, password: \"hunter2-secret\" }"}};
    const auto password = manifest("password", "hunter2-secret\n");
    const auto good = headgate({"get",
                                "--server",
                                guarded.url(),
                                "--user",
                                "app",
                                "--password-file",
                                password,
                                "--log-level",
                                "debug"});
    EXPECT_EQ(good.exit_code, 0) << good.err;
    const auto wrong = headgate({"get",
                                 "--server",
                                 guarded.url(),
                                 "--user",
                                 "app",
                                 "--password-file",
                                 manifest("wrong", "swordfish-secret\n"),
                                 "--log-level",
                                 "debug"});
    EXPECT_EQ(wrong.exit_code, 1);
    EXPECT_THAT(wrong.err, HasSubstr("cannot connect to NATS at " + guarded.url()));
    const auto in_url =
        headgate({"get", "--server", "nats://app:swordfish-secret@" + guarded.url().substr(7)});
    EXPECT_EQ(in_url.exit_code, 1);
    for (const auto& output : {good, wrong, in_url}) {
        EXPECT_THAT(output.out + output.err, Not(HasSubstr("secret")));
    }
}

}  // namespace
}  // namespace headgate::cli
