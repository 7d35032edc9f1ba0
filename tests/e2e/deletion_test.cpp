// Objects that go, and objects that come back: DeleteIfEmpty, the way out of it, adoption by
// annotation, and a cluster restored from Git beside servers that kept everything.
#include <algorithm>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/e2e/operator_environment.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/temp_dir.hpp"

namespace headgate::e2e {
namespace {

using core::Json;
using support::eventually;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// `kubectl delete` without waiting for the finalizer.
void start_removal(ControlPlane& kube, const std::string& ns, const std::string& object) {
    kube.api().kubectl_ok({"delete", "-n", ns, object, "--wait=false"});
}

class Deletion : public testing::Test {
protected:
    Deletion() {
        const auto& nats = world().nats;
        if (!stream_exists(nats, "DELETION_BYSTANDER")) {
            make_stream(nats, {{"name", "DELETION_BYSTANDER"}, {"subjects", {"bystander"}}});
        }
        bystander_ = stream_info(nats, "DELETION_BYSTANDER");
    }

    ~Deletion() override {
        const auto now = stream_info(world().nats, "DELETION_BYSTANDER");
        EXPECT_EQ(now.at("config"), bystander_.at("config"));
        EXPECT_EQ(now.at("created"), bystander_.at("created"));
    }

    Deletion(const Deletion&) = delete;
    Deletion& operator=(const Deletion&) = delete;

private:
    Json bystander_;
};

TEST_F(Deletion, DeleteIfEmptyWaitsAndSaysForWhatOnce) {
    auto& [kube, cluster, nats, recorder, program] = world();
    kube.make_namespace("waits");
    kube.apply(
        stream("waits", "s", "{name: WAITS, subjects: [waits], deletionPolicy: DeleteIfEmpty}") +
        bucket("waits", "b", "{bucket: WAITS, deletionPolicy: DeleteIfEmpty}"));
    ASSERT_EQ(kube.wait_for("waits", "streamconfig/s", "Applied"), "");
    ASSERT_EQ(kube.wait_for("waits", "statebucket/b", "Applied"), "");
    nats.publish("waits", "message", 3);
    nats.publish("$KV.WAITS.key", "value");
    start_removal(kube, "waits", "streamconfig/s");
    start_removal(kube, "waits", "statebucket/b");
    ASSERT_EQ(kube.wait_for("waits", "streamconfig/s", "DeletionBlocked"), "");
    ASSERT_EQ(kube.wait_for("waits", "statebucket/b", "DeletionBlocked"), "");
    EXPECT_THAT(kube.brief("waits", "streamconfig/s").message, HasSubstr("holds 3 messages"));
    EXPECT_THAT(kube.brief("waits", "statebucket/b").message, HasSubstr("holds 1 live key"));

    nats.publish("waits", "message", 2);
    const auto versions = kube.versions();
    ASSERT_TRUE(program.looks_at_all_again(versions.size()));
    EXPECT_EQ(kube.versions(), versions) << "figures move, the status does not";
    EXPECT_TRUE(stream_exists(nats, "WAITS") && stream_exists(nats, "KV_WAITS"));

    nats.text({"stream", "purge", "WAITS", "--force"});
    nats.text({"kv", "del", "WAITS", "key", "--force"});
    EXPECT_TRUE(eventually([&] {
        return !kube.exists("waits", "streamconfig/s") && !kube.exists("waits", "statebucket/b");
    }));
    EXPECT_FALSE(stream_exists(nats, "WAITS") || stream_exists(nats, "KV_WAITS"));
}

TEST_F(Deletion, ForceReleaseLetsItGoAndLeavesTheServerAlone) {
    auto& [kube, cluster, nats, recorder, program] = world();
    kube.make_namespace("released");
    kube.apply(stream("released",
                      "s",
                      "{name: RELEASED, subjects: [released], deletionPolicy: DeleteIfEmpty}") +
               stream("released", "p", "{name: RELEASED_PAUSED, deletionPolicy: Delete}"));
    ASSERT_EQ(kube.wait_for("released", "streamconfig/s", "Applied"), "");
    ASSERT_EQ(kube.wait_for("released", "streamconfig/p", "Applied"), "");
    nats.publish("released", "message");
    kube.annotate("released", "streamconfig/p", "headgate.io/paused=true");
    ASSERT_EQ(kube.wait_for("released", "streamconfig/p", "Paused"), "");
    for (const auto* const object : {"streamconfig/s", "streamconfig/p"}) {
        start_removal(kube, "released", object);
    }
    ASSERT_EQ(kube.wait_for("released", "streamconfig/s", "DeletionBlocked"), "");
    for (const auto* const object : {"streamconfig/s", "streamconfig/p"}) {
        kube.annotate("released", object, "headgate.io/force-release=true");
        EXPECT_TRUE(eventually([&] { return !kube.exists("released", object); })) << object;
    }
    EXPECT_TRUE(stream_exists(nats, "RELEASED") && stream_exists(nats, "RELEASED_PAUSED"));
    EXPECT_THAT(recorder.writes_to({"RELEASED", "RELEASED_PAUSED"}), SizeIs(2)) << "their creation";
}

TEST_F(Deletion, AdoptionByAnnotationIsOnceForEachCreated) {
    auto& [kube, cluster, nats, recorder, program] = world();
    kube.make_namespace("once");
    const auto make = [&] { make_stream(nats, {{"name", "ONCE"}, {"subjects", {"once"}}}); };
    make();
    kube.apply(stream("once", "s", "{name: ONCE, subjects: [once]}"));
    ASSERT_EQ(kube.wait_for("once", "streamconfig/s", "NotOwned"), "");
    kube.annotate("once", "streamconfig/s", "headgate.io/adopt=true");
    ASSERT_EQ(kube.wait_for("once", "streamconfig/s", "Applied"), "");
    EXPECT_THAT(recorder.writes_to({"ONCE"}), SizeIs(2)) << "made, and adopted";
    ASSERT_TRUE(program.looks_at_all_again(kube.versions().size()));
    EXPECT_THAT(recorder.writes_to({"ONCE"}), SizeIs(2)) << "and left alone";
    EXPECT_EQ(kube.get("once", "streamconfig/s").at("status").at("created"),
              stream_info(nats, "ONCE").at("created"));
}

TEST_F(Deletion, AClusterRestoredFromGitFindsEverythingAsItWas) {
    support::NatsServer server;
    const support::NatsCli nats{server.url()};
    make_stream(nats, {{"name", "BYSTANDER"}, {"subjects", {"bystander"}}});
    const auto git =
        stream("git",
               "orders",
               "{name: ORDERS, subjects: [orders], maxAge: 1h, deletionPolicy: Delete, consumers: "
               "[{name: worker, ackWait: 5s}]}") +
        stream("git", "retained", "{name: RETAINED, subjects: [retained]}") +
        bucket("git", "sessions", "{history: 3, ttl: 1h, deletionPolicy: DeleteIfEmpty}");
    const auto all = {"streamconfig/orders", "streamconfig/retained", "statebucket/sessions"};
    const auto serve = [&](ControlPlane& kube) {
        auto program = std::make_unique<Program>(kube.controller(server.url(), {"--resync=1s"}));
        kube.make_namespace("git");
        kube.apply(git);
        for (const auto* const object : all) {
            EXPECT_EQ(kube.wait_for("git", object, "Applied"), "") << object;
        }
        return program;
    };
    {
        ControlPlane lost;
        const auto program = serve(lost);
        nats.publish("orders", "message", 5);
        EXPECT_EQ(program->stop(), 0);
    }
    const auto look = [&] {
        Json seen;
        for (const auto* const name : {"BYSTANDER", "ORDERS", "RETAINED", "KV_sessions"}) {
            const auto info = stream_info(nats, name);
            seen[name] = {info.at("config"), info.at("created"), info.at("state").at("messages")};
        }
        return seen;
    };
    const auto before = look();
    Recorder recorder{{server.url()}};
    ControlPlane restored;
    const auto program = serve(restored);
    EXPECT_TRUE(program->looks_at_all_again(all.size()));
    EXPECT_THAT(recorder.writes(), IsEmpty());
    EXPECT_EQ(look(), before);
    EXPECT_EQ(program->stop(), 0) << program->output();
}

}  // namespace
}  // namespace headgate::e2e
