// Servers that go away and come back, an operator that is ended in the middle of its work: nothing
// is lost, nothing is done twice, and nobody has to restart anything.
#include <algorithm>
#include <cctype>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/e2e/control_plane.hpp"
#include "tests/e2e/manifest.hpp"
#include "tests/e2e/platform.hpp"
#include "tests/e2e/program.hpp"
#include "tests/e2e/recorder.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/nats_cli.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/tools.hpp"

namespace headgate::e2e {
namespace {

using support::eventually;
using support::NatsCli;
using support::NatsServer;
using testing::HasSubstr;

using Reasons = std::map<std::string, std::size_t>;

// One Kubernetes API for all tests, which leave it empty; NATS and the operator are each test's
// own.
class Outage : public testing::Test {
protected:
    static void SetUpTestSuite() { plane_ = std::make_unique<ControlPlane>(); }

    static void TearDownTestSuite() { plane_.reset(); }

    void SetUp() override { kube().make_namespace(ns()); }

    void TearDown() override {
        for (const auto* kind : {"streamconfigs", "statebuckets"}) {
            kube().api().kubectl_ok(
                {"delete", "--raw", "/apis/headgate.io/v1alpha1/namespaces/" + ns() + "/" + kind});
        }
    }

    static ControlPlane& kube() { return *plane_; }

    // Of this test.
    static std::string ns() {
        std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
        std::transform(name.begin(), name.end(), name.begin(), [](unsigned char letter) {
            return static_cast<char>(std::tolower(letter));
        });
        return name.substr(0, 60);
    }

    [[nodiscard]] Program start(std::vector<std::string> more = {}) const {
        return Program{kube().controller(nats_.url(), std::move(more))};
    }

    static bool all_are(const std::string& reason, std::size_t count) {
        return eventually(
            [&] {
                return kube().reasons() == Reasons{{reason, count}};
            },
            std::chrono::seconds{60},
            std::chrono::milliseconds{100});
    }

    NatsServer nats_;
    NatsCli cli_{nats_.url()};

private:
    static inline std::unique_ptr<ControlPlane> plane_;
};

TEST_F(Outage, NatsThatIsDownAtTheStartIsWaitedFor) {
    kube().apply(stream(ns(), "one", "{subjects: [one]}") + bucket(ns(), "two", "{}"));
    nats_.stop();
    auto program = start({"--outage-grace=1s"});
    EXPECT_TRUE(all_are("ConnectionFailed", 2)) << program.output();
    EXPECT_FALSE(program.ready());
    nats_.restart();
    EXPECT_TRUE(all_are("Applied", 2)) << program.output();
    EXPECT_TRUE(stream_exists(cli_, "one"));
    EXPECT_TRUE(stream_exists(cli_, "KV_two"));
    EXPECT_TRUE(eventually([&] { return program.ready(); }));
    EXPECT_EQ(program.stop(), 0) << program.output();
}

TEST_F(Outage, AShortOutageRewritesNothing) {
    kube().apply(stream(ns(), "one", "{subjects: [one]}") + bucket(ns(), "two", "{}"));
    auto program = start({"--resync=500ms", "--outage-grace=1h"});
    ASSERT_TRUE(all_are("Applied", 2)) << program.output();
    const auto versions = kube().versions();
    const auto failures = [&] {
        return program.metric("headgate_reconcile_total{") -
               program.metric("headgate_reconcile_total{kind=\"StreamConfig\",result=\"success\"") -
               program.metric("headgate_reconcile_total{kind=\"StateBucket\",result=\"success\"");
    };
    nats_.kill();
    EXPECT_TRUE(eventually([&] { return program.metric("headgate_nats_connected{") == 0; }));
    const auto before = failures();
    EXPECT_TRUE(eventually([&] { return failures() >= before + 4; })) << program.output();
    EXPECT_EQ(kube().versions(), versions);
    nats_.restart();
    EXPECT_TRUE(eventually([&] { return program.metric("headgate_nats_connected{") == 1; }));
    ASSERT_TRUE(program.looks_at_all_again(2));
    EXPECT_EQ(kube().versions(), versions);
    EXPECT_EQ(kube().reasons(), (Reasons{{"Applied", 2}}));
}

TEST_F(Outage, ALongerOneIsSaidAndEndsByItself) {
    kube().apply(stream(ns(), "one", "{subjects: [one]}") + bucket(ns(), "two", "{}"));
    auto program = start({"--outage-grace=2s", "--resync=1s"});
    ASSERT_TRUE(all_are("Applied", 2)) << program.output();
    nats_.kill();
    EXPECT_TRUE(all_are("ConnectionFailed", 2)) << program.output();
    EXPECT_EQ(kube().brief(ns(), "streamconfig/one").ready, "False");
    const auto began = std::chrono::steady_clock::now();
    nats_.restart();
    EXPECT_TRUE(all_are("Applied", 2)) << program.output();
    RecordProperty(
        "seconds_until_ready",
        std::to_string(
            std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count()));
}

TEST_F(Outage, AServerThatAnswersNothingIsAnOutageToo) {
    kube().apply(stream(ns(), "one", "{subjects: [one]}"));
    auto program = start({"--outage-grace=1s", "--resync=1s"});
    ASSERT_TRUE(all_are("Applied", 1)) << program.output();
    nats_.pause();
    EXPECT_TRUE(all_are("ConnectionFailed", 1)) << program.output();
    nats_.resume();
    EXPECT_TRUE(all_are("Applied", 1)) << program.output();
}

TEST_F(Outage, ASignalEndsItInTimeEvenWhileNobodyAnswers) {
    kube().apply(stream(ns(), "one", "{subjects: [one]}"));
    auto program = start({"--resync=200ms"});
    ASSERT_TRUE(all_are("Applied", 1)) << program.output();
    const auto requests = [&] {
        return program.metric("headgate_nats_requests_total{operation=\"stream_info\"");
    };
    nats_.pause();
    kube().api().pause();
    const auto before = requests();
    // Whatever was answered before the pause is counted by now, and a pass waits for a reply.
    EXPECT_TRUE(support::always([&] { return requests() <= before + 1; }, std::chrono::seconds{1}));
    EXPECT_EQ(program.stop(), 0) << program.output();
    kube().api().resume();
    nats_.resume();
}

TEST_F(Outage, ADeletionWaitsForTheServerAndIsThenCarriedOut) {
    kube().apply(stream(ns(), "goes", "{subjects: [goes], deletionPolicy: Delete}") +
                 stream(ns(), "stays", "{subjects: [stays]}"));
    auto program = start({"--outage-grace=1s"});
    ASSERT_TRUE(all_are("Applied", 2)) << program.output();
    nats_.kill();
    kube().remove(ns(), "streamconfig/stays");
    kube().api().kubectl_ok({"delete", "-n", ns(), "streamconfig/goes", "--wait=false"});
    EXPECT_TRUE(all_are("Deleting", 1)) << program.output();
    nats_.restart();
    EXPECT_TRUE(eventually([&] { return !kube().exists(ns(), "streamconfig/goes"); }))
        << program.output();
    EXPECT_FALSE(stream_exists(cli_, "goes"));
    EXPECT_TRUE(stream_exists(cli_, "stays"));
}

TEST_F(Outage, AServerThatLostItsStoreIsProvisionedAnew) {
    kube().apply(stream(ns(), "one", "{subjects: [one], storage: Memory, consumers: [{name: c}]}"));
    auto program = start();
    ASSERT_TRUE(all_are("Applied", 1)) << program.output();
    nats_.kill();
    nats_.restart();
    EXPECT_TRUE(eventually([&] {
        return !cli_.request("$JS.API.CONSUMER.INFO.one.c").contains("error");
    })) << "well before the next resync in half a minute: "
        << program.output();
}

TEST_F(Outage, WhatHappensWhileTheKubernetesApiIsAwayIsNoticed) {
    kube().apply(stream(ns(), "stays", "{subjects: [stays]}") +
                 stream(ns(), "again", "{subjects: [again]}") +
                 stream(ns(), "goes", "{subjects: [goes], deletionPolicy: Delete}"));
    auto program = start();
    ASSERT_TRUE(all_are("Applied", 3)) << program.output();
    const auto restarts = program.metric("process_start_time_seconds");

    // The operator sleeps through it, so that whatever it hears later is about the past.
    program.pause();
    kube().api().restart();
    kube().apply(stream(ns(), "comes", "{subjects: [comes]}"));
    kube().apply(stream(ns(), "stays", "{subjects: [stays], maxMessages: 5}"));
    kube().remove(ns(), "streamconfig/again");
    kube().apply(stream(ns(), "again", "{subjects: [again], maxMessages: 7}"));
    kube().api().kubectl_ok({"delete", "-n", ns(), "streamconfig/goes", "--wait=false"});
    program.resume();
    EXPECT_TRUE(all_are("Applied", 3)) << program.output();
    EXPECT_EQ(stream_config(cli_, "again").at("max_msgs"), 7);
    EXPECT_TRUE(stream_exists(cli_, "comes"));
    EXPECT_TRUE(eventually([&] { return stream_config(cli_, "stays").at("max_msgs") == 5; }));
    EXPECT_TRUE(eventually([&] { return !stream_exists(cli_, "goes"); }));

    // And once more while it is awake.
    kube().api().kill();
    kube().api().restart();
    kube().apply(stream(ns(), "late", "{subjects: [late]}"));
    EXPECT_TRUE(all_are("Applied", 4)) << program.output();
    EXPECT_EQ(program.metric("process_start_time_seconds"), restarts);
}

TEST_F(Outage, TheKubernetesApiDownAtTheStartIsWaitedFor) {
    kube().apply(stream(ns(), "one", "{subjects: [one]}"));
    kube().api().stop();
    auto program = start();
    EXPECT_TRUE(eventually([&] { return program.metric("headgate_nats_connected{") == 1; }))
        << program.output();
    EXPECT_FALSE(program.ready());
    kube().api().restart();
    EXPECT_TRUE(all_are("Applied", 1)) << program.output();
    EXPECT_TRUE(eventually([&] { return program.ready(); }));
}

TEST_F(Outage, DefinitionsThatComeLateAreWaitedForAndMayGoAndComeBack) {
    const auto remove_definitions = [&] {
        kube().api().kubectl_ok({"delete",
                                 "customresourcedefinition",
                                 "statebuckets.headgate.io",
                                 "streamconfigs.headgate.io",
                                 "--timeout=120s"});
    };
    remove_definitions();
    auto program = start();
    EXPECT_TRUE(eventually([&] { return program.metric("headgate_nats_connected{") == 1; }));
    EXPECT_FALSE(program.ready());
    kube().install_definitions();
    kube().apply(stream(ns(), "one", "{subjects: [one]}"));
    EXPECT_TRUE(all_are("Applied", 1)) << program.output();
    EXPECT_TRUE(program.ready());

    cli_.publish("one", "message", 3);
    remove_definitions();
    kube().install_definitions();
    kube().apply(stream(ns(), "two", "{subjects: [two]}"));
    EXPECT_TRUE(all_are("Applied", 1)) << program.output();
    EXPECT_EQ(stream_info(cli_, "one").at("state").at("messages"), 3) << "it was to be retained";
}

TEST_F(Outage, ThreeReplicasOnOneServerAreInsufficientResourcesUnlessCapped) {
    kube().apply(stream(ns(), "three", "{subjects: [three], replicas: 3}") +
                 stream(ns(), "one", "{subjects: [one]}"));
    auto program = start();
    EXPECT_EQ(kube().wait_for(ns(), "streamconfig/three", "InsufficientResources"), "");
    EXPECT_EQ(kube().wait_for(ns(), "streamconfig/one", "Applied"), "");
    EXPECT_EQ(program.stop(), 0);

    auto capped = start({"--replica-limit=1"});
    EXPECT_EQ(kube().wait_for(ns(), "streamconfig/three", "Applied"), "");
    EXPECT_THAT(kube().brief(ns(), "streamconfig/three").message,
                HasSubstr("replicas 3 capped to 1"));
    EXPECT_EQ(stream_config(cli_, "three").at("num_replicas"), 1);
}

TEST_F(Outage, EndedInTheMiddleOfItsWorkItFinishesAfterARestartAndDoesNothingTwice) {
    constexpr std::size_t kObjects = 200;
    Recorder recorder{{nats_.url()}};
    std::string declared;
    for (std::size_t i = 0; i < kObjects; ++i) {
        const auto name = "s" + std::to_string(i);
        declared += stream(ns(), name, "{subjects: [" + name + "]}");
    }
    const support::TempDir dir;
    support::write_file(dir / "declared.yaml", declared);
    auto program = start();
    const auto applied = [&] {
        return program.metric("headgate_objects{kind=\"StreamConfig\",reason=\"Applied\"");
    };
    support::Process creating{{.argv = {support::tool("kubectl"),
                                        "--kubeconfig=" + kube().api().admin_kubeconfig().string(),
                                        "--cache-dir=" + (dir / "cache").string(),
                                        "create",
                                        "-f",
                                        dir / "declared.yaml"},
                               .out = dir / "created"}};
    ASSERT_TRUE(eventually([&] { return applied() >= 10; })) << program.output();
    EXPECT_EQ(program.stop(), 0) << program.output();
    program.restart();
    ASSERT_TRUE(eventually([&] { return applied() >= 40; })) << program.output();
    program.kill();
    program.restart();
    ASSERT_EQ(creating.wait(std::chrono::seconds{180}), 0) << support::read_file(dir / "created");
    EXPECT_TRUE(all_are("Applied", kObjects)) << program.output();

    const auto creations = recorder.writes();
    EXPECT_EQ(creations.size(), kObjects);
    EXPECT_EQ(std::set(creations.begin(), creations.end()).size(), kObjects);
    for (const auto& [object, writes] : kube().operator_writes()) {
        if (object.starts_with("streamconfigs/" + ns() + "/")) {
            EXPECT_LE(writes, 2) << object;
        }
    }
}

}  // namespace
}  // namespace headgate::e2e
