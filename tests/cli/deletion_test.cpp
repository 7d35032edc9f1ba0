// What goes, what stays and what is handed over when manifests go, on a real server: DeleteIfEmpty,
// --prune, renamed declarations, changed names. A stream of nobody's stands by in every test.
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/cli/fixture.hpp"
#include "tests/support/eventually.hpp"

namespace headgate::cli {
namespace {

using core::Json;
using support::always;
using support::eventually;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

std::string bucket(std::string_view name, std::string_view spec) {
    return "---\napiVersion: headgate.io/v1alpha1\nkind: StateBucket\nmetadata: {name: " +
           std::string{name} + "}\nspec: " + std::string{spec} + "\n";
}

class Deletion : public CliTest {
protected:
    Deletion() {
        ask("STREAM.CREATE.BYSTANDER", R"({"name": "BYSTANDER", "subjects": ["bystander"]})");
        nats_.publish("bystander", "message", 3);
        bystander_ = nats_.request("$JS.API.STREAM.INFO.BYSTANDER");
    }

    ~Deletion() override {
        const auto now = nats_.request("$JS.API.STREAM.INFO.BYSTANDER");
        for (const auto* const part : {"config", "created", "state"}) {
            EXPECT_EQ(now.at(part), bystander_.at(part));
        }
    }

    Deletion(const Deletion&) = delete;
    Deletion& operator=(const Deletion&) = delete;

    void ask(const std::string& subject, std::string_view payload = {}) const {
        const auto reply = nats_.request("$JS.API." + subject, payload);
        EXPECT_FALSE(reply.contains("error")) << reply;
    }

    [[nodiscard]] bool exists(const std::string& stream) const {
        return config_of(stream) != Json{};
    }

    [[nodiscard]] std::string signer(const std::string& stream) const {
        return config_of(stream).at("metadata").value("headgate.io/object", "");
    }

    [[nodiscard]] int messages(const std::string& stream) const {
        return nats_.request("$JS.API.STREAM.INFO." + stream).at("state").at("messages").get<int>();
    }

    [[nodiscard]] support::Output apply(std::vector<std::string> more = {}) const {
        std::vector<std::string> args{"apply", "-f", folder()};
        args.insert(args.end(), more.begin(), more.end());
        return on_server(args);
    }

    [[nodiscard]] std::vector<std::string> run(std::vector<std::string> more = {}) const {
        std::vector<std::string> args{
            "run", "-f", folder(), "--server", server_.url(), "--resync", "500ms"};
        args.insert(args.end(), more.begin(), more.end());
        return args;
    }

    void forget(const std::string& name) const { std::filesystem::remove(folder() + "/" + name); }

    const std::vector<std::string> prune_{"--prune", "--instance", "edge"};

private:
    Json bystander_;
};

// --- delete ---

TEST_F(Deletion, DeleteIfEmptyWaitsForMessagesAndLiveKeys) {
    const auto file =
        manifest("all.yaml",
                 stream_config("s", "{subjects: [s], deletionPolicy: DeleteIfEmpty}") +
                     bucket("b", "{history: 3, deletionPolicy: DeleteIfEmpty}"));
    ASSERT_EQ(apply().exit_code, 0);
    nats_.publish("s", "message", 2);
    nats_.publish("$KV.b.key", "value", 1);
    const auto blocked = on_server({"delete", "-f", file});
    EXPECT_EQ(blocked.exit_code, 2);
    EXPECT_THAT(blocked.out, ContainsRegex("s +False +DeletionBlocked +s +.*holds 2 messages"));
    EXPECT_THAT(blocked.out, ContainsRegex("b +False +DeletionBlocked +KV_b +.*holds 1 live key"));
    EXPECT_TRUE(exists("s") && exists("KV_b"));

    nats_.text({"kv", "del", "b", "key", "--force"});
    ask("STREAM.PURGE.s");
    ASSERT_EQ(messages("KV_b"), 2) << "the value and what says that it is deleted";
    const auto deleted = on_server({"delete", "-f", file});
    EXPECT_EQ(deleted.exit_code, 0) << deleted.out;
    EXPECT_FALSE(exists("s") || exists("KV_b"));
}

TEST_F(Deletion, KeysThatWerePurgedOrExpiredLeaveABucketEmpty) {
    const auto file =
        manifest("b.yaml", bucket("b", "{limitMarkerTTL: 1h, deletionPolicy: DeleteIfEmpty}"));
    ASSERT_EQ(apply().exit_code, 0);
    nats_.publish("$KV.b.purged", "value");
    nats_.text({"kv", "purge", "b", "purged", "--force"});
    nats_.text({"pub", "$KV.b.expiring", "value", "-H", "Nats-TTL:1s"});
    EXPECT_THAT(on_server({"delete", "-f", file}).out, HasSubstr("holds 1 live key"));
    EXPECT_TRUE(eventually([&] { return on_server({"delete", "-f", file}).exit_code == 0; }));
    EXPECT_FALSE(exists("KV_b"));
}

TEST_F(Deletion, RunWaitsUntilWhatWentIsEmpty) {
    manifest("s.yaml", stream_config("s", "{subjects: [s], deletionPolicy: DeleteIfEmpty}"));
    manifest("other.yaml", stream_config("other", "{subjects: [other]}"));
    RunningProgram running{run()};
    ASSERT_TRUE(running.prints("2 Applied; watching"));
    nats_.publish("s", "message", 2);
    forget("s.yaml");
    ASSERT_TRUE(running.prints("DeletionBlocked"));
    EXPECT_TRUE(exists("s"));
    ask("STREAM.PURGE.s");
    EXPECT_TRUE(eventually([&] { return !exists("s"); })) << "at the next resync";
    EXPECT_TRUE(running.prints("no longer declared; delete stream s"));
    EXPECT_EQ(running.process().terminate(), 0);
}

// --- prune ---

TEST_F(Deletion, PruneNeedsAnInstanceByName) {
    for (const auto* const command : {"plan", "apply", "run"}) {
        const auto output = on_server({command, "-f", folder(), "--prune"});
        EXPECT_EQ(output.exit_code, 1) << command;
        EXPECT_THAT(output.err, HasSubstr("--prune needs --instance")) << command;
    }
}

TEST_F(Deletion, PruneHandlesWhatNobodyDeclaresByThePolicyInItsSignature) {
    manifest("kept.yaml", stream_config("kept", "{subjects: [kept], deletionPolicy: Delete}"));
    manifest("old.yaml",
             stream_config("deleted", "{subjects: [d], deletionPolicy: Delete}") +
                 stream_config("retained", "{subjects: [r]}") +
                 stream_config("empty", "{subjects: [e], deletionPolicy: DeleteIfEmpty}") +
                 stream_config("full", "{subjects: [f], deletionPolicy: DeleteIfEmpty}"));
    ASSERT_EQ(apply({"--instance", "edge"}).exit_code, 0);
    const auto theirs =
        manifest("other-instance.txt", stream_config("x", "{deletionPolicy: Delete}"));
    ASSERT_EQ(on_server({"apply", "-f", theirs, "--instance", "blue"}).exit_code, 0);
    nats_.publish("d", "message", 5);
    nats_.publish("f", "message", 1);
    forget("old.yaml");

    auto plan = std::vector<std::string>{"plan", "-f", folder()};
    plan.insert(plan.end(), prune_.begin(), prune_.end());
    const auto planned = on_server(plan);
    EXPECT_EQ(planned.exit_code, 2) << planned.out << planned.err;
    EXPECT_THAT(
        planned.out,
        HasSubstr("StreamConfig default/deleted  Deleting\n  - delete stream deleted\n    ! "
                  "drops all 5 messages\n"));
    EXPECT_THAT(planned.out, HasSubstr("stream retained is kept (deletionPolicy Retain)"));
    EXPECT_THAT(planned.out, HasSubstr("  - delete stream empty\n"));
    EXPECT_THAT(planned.out,
                HasSubstr("DeletionBlocked\n  no longer declared; stream full holds 1"));
    EXPECT_THAT(planned.out, HasSubstr(", 2 to delete, 1 kept"));
    EXPECT_TRUE(exists("deleted") && exists("empty"));

    const auto applied = apply(prune_);
    EXPECT_EQ(applied.exit_code, 2) << applied.out << "one is blocked";
    EXPECT_THAT(applied.out,
                HasSubstr("StreamConfig default/deleted: delete stream deleted with "));
    EXPECT_FALSE(exists("deleted") || exists("empty"));
    for (const auto* const stream : {"kept", "retained", "full", "x"}) {
        EXPECT_TRUE(exists(stream)) << stream;
    }
    ask("STREAM.PURGE.full");
    EXPECT_EQ(apply(prune_).exit_code, 0);
    EXPECT_FALSE(exists("full"));
}

TEST_F(Deletion, WithoutPruneNothingOfItHappens) {
    manifest("kept.yaml", stream_config("kept", "{subjects: [kept]}"));
    manifest("old.yaml", stream_config("old", "{subjects: [old], deletionPolicy: Delete}"));
    ASSERT_EQ(apply({"--instance", "edge"}).exit_code, 0);
    forget("old.yaml");
    ASSERT_EQ(apply({"--instance", "edge"}).exit_code, 0);
    EXPECT_TRUE(exists("old"));
}

TEST_F(Deletion, WhatCannotBeReadPrunesNothing) {
    manifest("kept.yaml", stream_config("kept", "{subjects: [kept]}"));
    manifest("old.yaml", stream_config("old", "{subjects: [old], deletionPolicy: Delete}"));
    ASSERT_EQ(apply({"--instance", "edge"}).exit_code, 0);
    const auto expect_refusal = [&](const std::string& why, int code) {
        const auto output = apply(prune_);
        EXPECT_EQ(output.exit_code, code) << output.out;
        EXPECT_THAT(output.err, HasSubstr("nothing is pruned: " + why));
        auto once = run(prune_);
        once.emplace_back("--once");
        EXPECT_EQ(headgate(once).exit_code, code);
        EXPECT_TRUE(exists("old")) << why;
    };
    manifest("old.yaml", "kind: [StreamConfig");
    expect_refusal("what cannot be read", 1);
    manifest("old.yaml", stream_config("renamed", "{subjects: [r], replicas: 9}"));
    expect_refusal("what cannot be read", 1);
    manifest("old.yaml", "");
    expect_refusal(folder() + "/old.yaml is empty", 0);
    forget("old.yaml");
    forget("kept.yaml");
    expect_refusal(folder() + " is empty", 0);
    manifest("other.yaml", "kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\n");
    expect_refusal("nothing is declared", 0);
    manifest("kept.yaml", stream_config("kept", "{subjects: [kept]}"));
    EXPECT_EQ(apply(prune_).exit_code, 0);
    EXPECT_FALSE(exists("old"));
}

TEST_F(Deletion, RunPrunesWhatVanishedWhileNothingRan) {
    manifest("kept.yaml", stream_config("kept", "{subjects: [kept], deletionPolicy: Delete}"));
    manifest("old.yaml",
             stream_config("old", "{subjects: [old], deletionPolicy: Delete}") +
                 stream_config("retained", "{subjects: [r]}"));
    ASSERT_EQ(apply({"--instance", "edge"}).exit_code, 0);
    forget("old.yaml");
    {
        RunningProgram running{run({"--instance", "edge"})};
        ASSERT_TRUE(running.prints("1 Applied; watching"));
        EXPECT_TRUE(always([&] { return exists("old"); }, std::chrono::milliseconds{1'000}));
        EXPECT_EQ(running.process().terminate(), 0);
    }
    RunningProgram running{run(prune_)};
    EXPECT_TRUE(running.prints("no longer declared; stream old is deleted")) << running.err();
    EXPECT_TRUE(running.prints("no longer declared; stream retained is kept"));
    EXPECT_FALSE(exists("old"));
    EXPECT_TRUE(exists("kept") && exists("retained"));
    EXPECT_EQ(running.process().terminate(), 0);
}

TEST_F(Deletion, OncePrunesToo) {
    manifest("kept.yaml", stream_config("kept", "{subjects: [kept]}"));
    manifest("old.yaml", stream_config("old", "{subjects: [old], deletionPolicy: Delete}"));
    ASSERT_EQ(apply({"--instance", "edge"}).exit_code, 0);
    forget("old.yaml");
    auto once = run(prune_);
    once.emplace_back("--once");
    const auto output = headgate(once);
    EXPECT_EQ(output.exit_code, 0) << output.err;
    EXPECT_THAT(output.out, ContainsRegex("old +- +Deleting +old +no longer declared"));
    EXPECT_FALSE(exists("old"));
}

// --- handing over ---

constexpr const char* kShared =
    "{name: SHARED, subjects: [shared], deletionPolicy: Delete, consumers: [{name: worker}]}";

TEST_F(Deletion, ARenamedDeclarationTakesItsStreamWithIt) {
    for (const auto* const policy : {"Delete", "Retain", "DeleteIfEmpty"}) {
        const auto spec = "{name: " + std::string{policy} + ", subjects: [" + policy +
                          "], deletionPolicy: " + policy + ", consumers: [{name: worker}]}";
        const auto name = [&](const std::string& first) {
            return first + "-" +
                   (policy == std::string{"Delete"}   ? "d"
                    : policy == std::string{"Retain"} ? "r"
                                                      : "e");
        };
        manifest("a.yaml", stream_config(name("old"), spec));
        manifest("other.yaml", stream_config("other", "{subjects: [other]}"));
        RunningProgram running{run()};
        ASSERT_TRUE(running.prints("2 Applied; watching"));
        nats_.publish(policy, "message", 4);
        const auto created = nats_.request("$JS.API.STREAM.INFO." + std::string{policy})["created"];
        manifest("a.yaml", stream_config(name("renamed"), spec));
        EXPECT_TRUE(eventually([&] { return signer(policy) == "default/" + name("renamed"); }))
            << policy << running.out() << running.err();
        EXPECT_EQ(messages(policy), 4);
        EXPECT_EQ(nats_.request("$JS.API.STREAM.INFO." + std::string{policy})["created"], created);
        EXPECT_EQ(running.process().terminate(), 0);
        EXPECT_THAT(running.out(), ContainsRegex("renamed-. +True +Applied")) << running.out();
        const auto settled = on_server({"plan", "-f", folder()});
        EXPECT_EQ(settled.exit_code, 0) << settled.out;
    }
}

TEST_F(Deletion, ARenamingWhileNothingRanIsNoticedWithPrune) {
    manifest("a.yaml", stream_config("old", kShared));
    ASSERT_EQ(apply({"--instance", "edge"}).exit_code, 0);
    nats_.publish("shared", "message", 4);
    manifest("a.yaml", stream_config("second", kShared));
    const auto refused = apply({"--instance", "edge"});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.out, HasSubstr("Conflict")) << "a signer outside the given files exists";

    auto plan = std::vector<std::string>{"plan", "-f", folder()};
    plan.insert(plan.end(), prune_.begin(), prune_.end());
    EXPECT_THAT(on_server(plan).out,
                HasSubstr("adopt stream (edge/StreamConfig/default/old until now)"));
    EXPECT_EQ(apply(prune_).exit_code, 0);
    EXPECT_EQ(signer("SHARED"), "default/second");

    manifest("a.yaml", stream_config("third", kShared));
    RunningProgram running{run(prune_)};
    ASSERT_TRUE(running.prints("1 Applied; watching")) << running.out();
    EXPECT_EQ(signer("SHARED"), "default/third");
    EXPECT_EQ(running.process().terminate(), 0);
    EXPECT_EQ(messages("SHARED"), 4);
    EXPECT_EQ(apply({"--instance", "edge"}).exit_code, 0) << "consumers too";
}

// --- another stream's name ---

TEST_F(Deletion, AChangedNameIsRefusedAndMakesNoSecondStream) {
    manifest("a.yaml", stream_config("orders", "{name: OLD, subjects: [orders]}"));
    {
        RunningProgram running{run()};
        ASSERT_TRUE(running.prints("1 Applied; watching"));
        manifest("a.yaml", stream_config("orders", "{name: NEW, subjects: [orders.new]}"));
        EXPECT_TRUE(running.prints("ImmutableField"));
        EXPECT_TRUE(running.prints("name cannot change: this object made stream OLD, not NEW"));
        EXPECT_TRUE(always([&] { return !exists("NEW"); }, std::chrono::milliseconds{1'000}));
        manifest("a.yaml", stream_config("orders", "{name: OLD, subjects: [orders]}"));
        EXPECT_TRUE(running.prints("True   Applied"));
        manifest("a.yaml", stream_config("orders", "{name: NEW, subjects: [orders.new]}"));
        EXPECT_EQ(running.process().terminate(), 0);
    }
    for (const auto* const command : {"plan", "apply"}) {
        const auto output = on_server({command, "-f", folder()});
        EXPECT_EQ(output.exit_code, 2) << command;
        EXPECT_THAT(output.out, HasSubstr("ImmutableField")) << command;
    }
    RunningProgram running{run()};
    ASSERT_TRUE(running.prints("1 ImmutableField; watching")) << running.out();
    EXPECT_FALSE(exists("NEW"));
    EXPECT_TRUE(exists("OLD"));
    EXPECT_EQ(running.process().terminate(), 0);
}

}  // namespace
}  // namespace headgate::cli
