// What the operator may touch, and what it must leave alone.
#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/e2e/operator_environment.hpp"
#include "tests/support/eventually.hpp"

namespace headgate::e2e {
namespace {

using core::Json;
using support::eventually;
using testing::HasSubstr;
using testing::SizeIs;

TEST(Ownership, DeletionFollowsThePolicyAndARetainedStreamIsTakenBackWithItsMessages) {
    auto& [kube, cluster, nats, recorder, program] = world();
    kube.make_namespace("deletion");
    const auto kept = stream("deletion", "kept", "{name: KEPT, subjects: [kept]}");
    kube.apply(
        kept +
        stream("deletion", "gone", "{name: GONE, subjects: [gone], deletionPolicy: Delete}") +
        bucket("deletion", "gone", "{bucket: GONE, deletionPolicy: Delete}"));
    for (const auto* object : {"streamconfig/kept", "streamconfig/gone", "statebucket/gone"}) {
        ASSERT_EQ(kube.wait_for("deletion", object, "Applied"), "");
    }
    EXPECT_THAT(kube.get("deletion", "streamconfig/gone").at("metadata").at("finalizers"),
                testing::ElementsAre("headgate.io/cleanup"));
    nats.publish("kept", "message", 5);

    kube.remove("deletion", "streamconfig/gone");
    kube.remove("deletion", "statebucket/gone");
    kube.remove("deletion", "streamconfig/kept");
    EXPECT_FALSE(stream_exists(nats, "GONE")) << "the finalizer goes only after the stream";
    EXPECT_FALSE(stream_exists(nats, "KV_GONE"));
    const auto signature = stream_info(nats, "KEPT").at("config").at("metadata");
    EXPECT_EQ(signature.at("headgate.io/object"), "deletion/kept");

    kube.apply(kept);
    ASSERT_EQ(kube.wait_for("deletion", "streamconfig/kept", "Applied"), "");
    EXPECT_EQ(stream_info(nats, "KEPT").at("state").at("messages"), 5);
    EXPECT_THAT(recorder.writes_to({"KEPT"}), SizeIs(1)) << "it was as declared all the time";
}

TEST(Ownership, APolicyChangedToDeleteAndBackMovesTheFinalizerAndTheSignature) {
    auto& [kube, cluster, nats, recorder, program] = world();
    kube.make_namespace("policy");
    const auto policy = [&] {
        return stream_info(nats, "POLICY")
            .at("config")
            .at("metadata")
            .value("headgate.io/deletion-policy", "");
    };
    const auto finalizers = [&] {
        return kube.get("policy", "streamconfig/policy").at("metadata").value("finalizers", Json());
    };
    kube.apply(stream("policy", "policy", "{name: POLICY, deletionPolicy: Delete}"));
    ASSERT_EQ(kube.wait_for("policy", "streamconfig/policy", "Applied"), "");
    EXPECT_EQ(policy(), "Delete");
    kube.apply(stream("policy", "policy", "{name: POLICY}"));
    ASSERT_EQ(kube.wait_for("policy", "streamconfig/policy", "Applied"), "");
    EXPECT_EQ(policy(), "Retain");
    EXPECT_TRUE(finalizers().is_null()) << finalizers();
    kube.remove("policy", "streamconfig/policy");
    EXPECT_TRUE(stream_exists(nats, "POLICY"));
}

TEST(Ownership, AForeignStreamOfTheSameNameIsLeftAlone) {
    auto& [kube, cluster, nats, recorder, program] = world();
    kube.make_namespace("foreign");
    make_stream(nats, {{"name", "FOREIGN"}, {"subjects", {"foreign"}}, {"max_msgs", 9}});
    const auto before = stream_info(nats, "FOREIGN").at("config");
    kube.apply(
        stream("foreign",
               "theirs",
               "{name: FOREIGN, subjects: [foreign], maxMessages: 5, deletionPolicy: Delete, "
               "consumers: [{name: mine}]}"));
    ASSERT_EQ(kube.wait_for("foreign", "streamconfig/theirs", "NotOwned"), "");
    const auto status = kube.get("foreign", "streamconfig/theirs").at("status");
    EXPECT_THAT(kube.brief("foreign", "streamconfig/theirs").message, HasSubstr("FOREIGN"));
    EXPECT_FALSE(status.contains("created")) << status;
    ASSERT_TRUE(program.looks_at_all_again(kube.versions().size()));
    kube.remove("foreign", "streamconfig/theirs");
    EXPECT_EQ(stream_info(nats, "FOREIGN").at("config"), before);
    EXPECT_THAT(recorder.writes_to({"FOREIGN"}), SizeIs(1)) << "only the one that made it";
}

TEST(Ownership, AdoptionIsByPolicyOrByAnnotation) {
    auto& [kube, cluster, nats, recorder, program] = world();
    kube.make_namespace("adoption");
    for (const auto* name : {"SAME", "OTHER", "ANY", "ASKED"}) {
        const Json config{{"name", name}, {"subjects", {name}}, {"max_msgs", 9}};
        make_stream(nats, config);
        nats.publish(name, "message", 2);
    }
    const auto declare = [](const std::string& name,
                            const std::string& stream_name,
                            const std::string& more) {
        return stream("adoption",
                      name,
                      "{name: " + stream_name + ", subjects: [" + stream_name + "]" + more + "}");
    };
    kube.apply(declare("same", "SAME", ", maxMessages: 9, adoptionPolicy: IfMatching") +
               declare("other", "OTHER", ", maxMessages: 8, adoptionPolicy: IfMatching") +
               declare("any", "ANY", ", maxMessages: 7, adoptionPolicy: Always") +
               declare("asked", "ASKED", ", maxMessages: 7"));
    EXPECT_EQ(kube.wait_for("adoption", "streamconfig/same", "Applied"), "");
    EXPECT_EQ(kube.wait_for("adoption", "streamconfig/any", "Applied"), "");
    EXPECT_EQ(kube.wait_for("adoption", "streamconfig/other", "NotOwned"), "");
    EXPECT_EQ(kube.wait_for("adoption", "streamconfig/asked", "NotOwned"), "");
    EXPECT_THAT(kube.brief("adoption", "streamconfig/other").message, HasSubstr("maxMessages"));
    EXPECT_EQ(stream_config(nats, "ANY").at("max_msgs"), 7);
    EXPECT_EQ(stream_config(nats, "OTHER").at("max_msgs"), 9);
    EXPECT_EQ(stream_config(nats, "ASKED").at("max_msgs"), 9);

    kube.annotate("adoption", "streamconfig/asked", "headgate.io/adopt=true");
    EXPECT_EQ(kube.wait_for("adoption", "streamconfig/asked", "Applied"), "");
    EXPECT_EQ(stream_config(nats, "ASKED").at("max_msgs"), 7);
    for (const auto* name : {"SAME", "ANY", "ASKED"}) {
        const auto info = stream_info(nats, name);
        EXPECT_EQ(info.at("state").at("messages"), 2) << name;
        EXPECT_TRUE(info.at("config").at("metadata").contains("headgate.io/object")) << name;
    }
}

TEST(Ownership, AnotherInstancesStreamIsTakenOnlyByNamingItsSigner) {
    auto& [kube, cluster, nats, recorder, program] = world();
    kube.make_namespace("instances");
    make_stream(nats,
                {{"name", "THEIRS"},
                 {"subjects", {"theirs"}},
                 {"metadata",
                  {{"headgate.io/instance", "blue"},
                   {"headgate.io/kind", "StreamConfig"},
                   {"headgate.io/object", "shop/theirs"},
                   {"headgate.io/deletion-policy", "Retain"}}}});
    const auto object = std::string{"streamconfig/theirs"};
    kube.apply(stream(
        "instances", "theirs", "{name: THEIRS, subjects: [theirs], adoptionPolicy: Always}"));
    ASSERT_EQ(kube.wait_for("instances", object, "NotOwned"), "");
    EXPECT_THAT(kube.brief("instances", object).message, HasSubstr("blue"));
    kube.annotate("instances", object, "headgate.io/adopt=blue/StreamConfig/shop/theirs");
    EXPECT_EQ(kube.wait_for("instances", object, "Applied"), "");
    EXPECT_EQ(stream_info(nats, "THEIRS").at("config").at("metadata").at("headgate.io/object"),
              "instances/theirs");
}

TEST(Ownership, OfTwoObjectsForOneStreamTheLoserNamesTheHolderAndCanFollowIt) {
    auto& [kube, cluster, nats, recorder, program] = world();
    kube.make_namespace("rivals");
    kube.apply(stream("rivals", "first", "{name: SHARED, subjects: [shared], maxMessages: 10}"));
    ASSERT_EQ(kube.wait_for("rivals", "streamconfig/first", "Applied"), "");
    kube.apply(stream("rivals", "second", "{name: SHARED, subjects: [shared], maxMessages: 20}") +
               stream("rivals",
                      "third",
                      "{name: SHARED, subjects: [shared], maxMessages: 10, adoptionPolicy: "
                      "IfMatching}"));
    for (const auto* loser : {"streamconfig/second", "streamconfig/third"}) {
        ASSERT_EQ(kube.wait_for("rivals", loser, "Conflict"), "");
        EXPECT_THAT(kube.brief("rivals", loser).message, HasSubstr("rivals/first")) << loser;
    }
    EXPECT_EQ(kube.brief("rivals", "streamconfig/first").reason, "Applied");
    EXPECT_EQ(stream_config(nats, "SHARED").at("max_msgs"), 10);
    nats.publish("shared", "message", 4);

    // What a signer that is gone left behind counts as unsigned: the adoption policy decides.
    kube.remove("rivals", "streamconfig/first");
    ASSERT_EQ(kube.wait_for("rivals", "streamconfig/second", "NotOwned"), "");
    kube.remove("rivals", "streamconfig/second");
    ASSERT_EQ(kube.wait_for("rivals", "streamconfig/third", "Applied"), "");
    const auto info = stream_info(nats, "SHARED");
    EXPECT_EQ(info.at("config").at("metadata").at("headgate.io/object"), "rivals/third");
    EXPECT_EQ(info.at("config").at("max_msgs"), 10);
    EXPECT_EQ(info.at("state").at("messages"), 4);
}

TEST(Ownership, ABucketAndAStreamConfigAreRivalsForOneStream) {
    auto& [kube, cluster, nats, recorder, program] = world();
    kube.make_namespace("kinds");
    kube.apply(bucket("kinds", "ledger", "{bucket: LEDGER, deletionPolicy: Delete}"));
    ASSERT_EQ(kube.wait_for("kinds", "statebucket/ledger", "Applied"), "");
    kube.apply(stream("kinds", "ledger", "{name: KV_LEDGER, subjects: [ledger]}"));
    ASSERT_EQ(kube.wait_for("kinds", "streamconfig/ledger", "Conflict"), "");
    EXPECT_THAT(kube.brief("kinds", "streamconfig/ledger").message,
                HasSubstr("StateBucket kinds/ledger"));
    kube.remove("kinds", "statebucket/ledger");
    EXPECT_EQ(kube.wait_for("kinds", "streamconfig/ledger", "Applied"), "");
    EXPECT_THAT(stream_config(nats, "KV_LEDGER").at("subjects"), testing::ElementsAre("ledger"));
}

TEST(Ownership, AnUpdateThatWouldLoseMessagesWaitsAndLosesNone) {
    auto& [kube, cluster, nats, recorder, program] = world();
    kube.make_namespace("loss");
    const auto object = std::string{"streamconfig/journal"};
    const auto declared = stream("loss", "journal", "{name: JOURNAL, subjects: [journal]}");
    kube.apply(declared);
    ASSERT_EQ(kube.wait_for("loss", object, "Applied"), "");
    nats.publish("journal", "message", 500);
    ASSERT_TRUE(
        eventually([&] { return stream_info(nats, "JOURNAL").at("state").at("messages") == 500; }));
    const auto config = stream_config(nats, "JOURNAL");
    const auto writes = recorder.writes_to({"JOURNAL"});

    // The description rides along: nothing of a plan is done while a part of it waits.
    kube.apply(
        stream("loss",
               "journal",
               "{name: JOURNAL, subjects: [journal], maxMessages: 100, description: Short}"));
    ASSERT_EQ(kube.wait_for("loss", object, "ApprovalRequired"), "");
    const auto status = kube.get("loss", object).at("status");
    const auto changes = status.at("plan").at("changes");
    const auto limit = std::find_if(changes.begin(), changes.end(), [](const Json& change) {
        return change.at("field") == "maxMessages";
    });
    ASSERT_NE(limit, changes.end()) << changes;
    EXPECT_EQ(limit->at("lost"), 400);
    EXPECT_EQ(limit->at("to"), "100");
    EXPECT_THAT(limit->value("consequence", ""), HasSubstr("400 of 500 messages"));
    EXPECT_THAT(kube.brief("loss", object).message, HasSubstr("400 of 500 messages"));
    ASSERT_TRUE(program.looks_at_all_again(kube.versions().size()));
    EXPECT_EQ(stream_config(nats, "JOURNAL"), config);
    EXPECT_EQ(stream_info(nats, "JOURNAL").at("state").at("messages"), 500);
    EXPECT_EQ(recorder.writes_to({"JOURNAL"}), writes);

    kube.apply(declared);
    ASSERT_EQ(kube.wait_for("loss", object, "Applied"), "");
    EXPECT_FALSE(kube.get("loss", object).at("status").contains("plan"));
    EXPECT_EQ(stream_info(nats, "JOURNAL").at("state").at("messages"), 500);
}

TEST(Ownership, AConsumersPositionAndTheMessagesItHoldsAreNotLostUnasked) {
    auto& [kube, cluster, nats, recorder, program] = world();
    kube.make_namespace("position");
    const auto object = std::string{"streamconfig/tasks"};
    const auto declare = [&](const std::string& consumers) {
        kube.apply(stream("position",
                          "tasks",
                          "{name: TASKS, subjects: [work.>], retention: Interest, consumers: " +
                              consumers + "}"));
    };
    declare("[{name: one, filterSubjects: [work.a.>]}, {name: two, filterSubjects: [work.b.>]}]");
    ASSERT_EQ(kube.wait_for("position", object, "Applied"), "");
    nats.publish("work.a.x", "message", 10);
    nats.publish("work.b.x", "message", 20);
    ASSERT_TRUE(
        eventually([&] { return stream_info(nats, "TASKS").at("state").at("messages") == 30; }));

    declare("[{name: one, filterSubjects: [work.a.>]}]");
    ASSERT_EQ(kube.wait_for("position", object, "ApprovalRequired"), "");
    EXPECT_THAT(kube.brief("position", object).message, HasSubstr("20 messages"));
    declare(
        "[{name: one, filterSubjects: [work.a.>], deliverPolicy: New}, "
        "{name: two, filterSubjects: [work.b.>]}]");
    ASSERT_EQ(kube.wait_for("position", object, "ApprovalRequired"), "");
    EXPECT_THAT(kube.brief("position", object).message, HasSubstr("position"));
    EXPECT_EQ(stream_info(nats, "TASKS").at("state").at("messages"), 30);

    declare("[{name: one, filterSubjects: [work.a.>]}, {name: two, filterSubjects: [work.b.>]}]");
    ASSERT_EQ(kube.wait_for("position", object, "Applied"), "");
    EXPECT_EQ(stream_info(nats, "TASKS").at("state").at("messages"), 30);
}

TEST(Ownership, ObserveComparesAndTouchesNothing) {
    auto& [kube, cluster, nats, recorder, program] = world();
    kube.make_namespace("observe");
    make_stream(nats, {{"name", "WATCHED"}, {"subjects", {"watched"}}, {"max_msgs", 9}});
    kube.apply(stream("observe",
                      "same",
                      "{name: WATCHED, subjects: [watched], maxMessages: 9, managementPolicy: "
                      "Observe, deletionPolicy: Delete}") +
               stream("observe",
                      "other",
                      "{name: WATCHED, subjects: [watched], maxMessages: 8, managementPolicy: "
                      "Observe}"));
    EXPECT_EQ(kube.wait_for("observe", "streamconfig/same", "Observed"), "");
    EXPECT_EQ(kube.brief("observe", "streamconfig/same").ready, "True");
    EXPECT_EQ(kube.wait_for("observe", "streamconfig/other", "Drifted"), "");
    nats.text({"stream", "edit", "WATCHED", "--max-msgs=8", "--force"});
    EXPECT_EQ(kube.wait_for("observe", "streamconfig/other", "Observed"), "");
    EXPECT_EQ(kube.wait_for("observe", "streamconfig/same", "Drifted"), "");
    kube.remove("observe", "streamconfig/same");
    EXPECT_TRUE(stream_exists(nats, "WATCHED"));
    EXPECT_THAT(recorder.writes_to({"WATCHED"}), SizeIs(2)) << "the two of this test";
}

}  // namespace
}  // namespace headgate::e2e
