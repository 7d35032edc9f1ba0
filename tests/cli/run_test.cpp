// `headgate run`: a directory kept true, its table, its endpoints, its end.
#include <csignal>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/cli/fixture.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/http.hpp"

namespace headgate::cli {
namespace {

using core::Json;
using support::always;
using support::eventually;
using support::http_get;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

constexpr std::chrono::seconds kShutdown{2};

class Run : public CliTest {
protected:
    [[nodiscard]] std::vector<std::string> args(std::vector<std::string> more = {}) const {
        std::vector<std::string> all{
            "run", "-f", folder(), "--server", server_.url(), "--resync", "500ms"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }

    [[nodiscard]] bool exists(const std::string& stream) const {
        return config_of(stream) != Json{};
    }
};

TEST_F(Run, OnceEndsAfterTheFirstPassLikeApply) {
    manifest("a.yaml", stream_config("a", "{subjects: [a]}"));
    const auto good = headgate(args({"--once"}));
    EXPECT_EQ(good.exit_code, 0) << good.err;
    EXPECT_THAT(good.out, ContainsRegex("a +True +Applied"));
    EXPECT_TRUE(exists("a"));

    manifest("b.yaml", stream_config("b", "{subjects: [b], replicas: 3}"));
    EXPECT_EQ(headgate(args({"--once"})).exit_code, 2);
    manifest("b.yaml", stream_config("b", "{subjects: [b], replicas: 9}"));
    const auto bad = headgate(args({"--once"}));
    EXPECT_EQ(bad.exit_code, 1);
    EXPECT_THAT(bad.out, ContainsRegex("b +False +InvalidSpec"));
    EXPECT_THAT(bad.err, ContainsRegex("b.yaml:[0-9]+: spec.replicas"));
}

TEST_F(Run, NobodyCountsAsGoneWhileAFileCannotBeRead) {
    const auto owner = stream_config("owner", "{name: SHARED, subjects: [shared]}");
    manifest("a.yaml", owner);
    ASSERT_EQ(headgate(args({"--once"})).exit_code, 0);
    manifest("a.yaml", owner + "  : [broken");
    manifest("b.yaml",
             stream_config("other",
                           "{name: SHARED, subjects: [shared], maxAge: 1h, adoptionPolicy: Always, "
                           "deletionPolicy: Delete}"));
    const auto output = headgate(args({"--once"}));
    EXPECT_EQ(output.exit_code, 1);
    EXPECT_THAT(output.out, ContainsRegex("other +False +Conflict"));
    EXPECT_EQ(config_of("SHARED").at("max_age"), 0);
}

TEST_F(Run, OnceGivesUpOnAServerThatIsNotThere) {
    manifest("a.yaml", stream_config("a", "{subjects: [a]}"));
    const auto output = headgate({"run",
                                  "--once",
                                  "-f",
                                  folder(),
                                  "--server",
                                  "nats://127.0.0.1:1",
                                  "--outage-grace",
                                  "100ms"});
    EXPECT_EQ(output.exit_code, 1);
    EXPECT_THAT(output.out, ContainsRegex("a +False +ConnectionFailed"));
}

TEST_F(Run, ADirectoryThatIsNotThereIsFatal) {
    const auto output = headgate({"run", "-f", folder() + "/nowhere", "--server", server_.url()});
    EXPECT_EQ(output.exit_code, 1);
    EXPECT_THAT(output.err, HasSubstr("nowhere"));
}

TEST_F(Run, AnEmptyDirectoryIsWaitedWith) {
    RunningProgram running{args()};
    ASSERT_TRUE(running.prints("no objects; watching"));
    EXPECT_THAT(running.err(), HasSubstr("nothing is declared"));
    EXPECT_EQ(http_get(running.port(), "/readyz")->status, 200);
    manifest("a.yaml", stream_config("a", "{subjects: [a]}"));
    EXPECT_TRUE(eventually([&] { return exists("a"); }));
}

TEST_F(Run, KeepsTheDirectoryTrueAndSaysWhatChanges) {
    manifest("a.yaml", stream_config("a", "{subjects: [a], deletionPolicy: Delete}"));
    RunningProgram running{args()};
    ASSERT_TRUE(running.prints("1 Applied; watching"));
    EXPECT_TRUE(exists("a"));

    manifest("b.yaml", stream_config("b", "{subjects: [b]}"));
    EXPECT_TRUE(running.prints("stream b is as declared"));

    ASSERT_FALSE(nats_.request("$JS.API.STREAM.DELETE.b").contains("error"));
    EXPECT_TRUE(eventually([&] { return exists("b"); }));

    std::filesystem::remove(folder() + "/b.yaml");
    EXPECT_TRUE(running.prints("no longer declared; stream b is kept"));
    manifest("c.yaml", stream_config("c", "{subjects: [c]}"));
    std::filesystem::remove(folder() + "/a.yaml");
    EXPECT_TRUE(eventually([&] { return !exists("a"); })) << running.err();
    EXPECT_TRUE(running.prints("no longer declared; delete stream a"));
    EXPECT_TRUE(exists("b"));
    EXPECT_EQ(running.process().terminate(), 0);
}

TEST_F(Run, ABrokenFileKeepsWhatItDeclaredAndIsTold) {
    manifest("a.yaml", stream_config("a", "{subjects: [a], deletionPolicy: Delete}"));
    RunningProgram running{args()};
    ASSERT_TRUE(running.prints("1 Applied"));
    const auto created = nats_.request("$JS.API.STREAM.INFO.a").at("created");
    manifest("a.yaml", "kind: [");
    ASSERT_TRUE(eventually([&] { return running.err().find("a.yaml:") != std::string::npos; }));
    manifest("new.yaml",
             stream_config("new", "{subjects: [new]}") + stream_config("bad", "{replicas: 9}"));
    EXPECT_TRUE(eventually([&] { return exists("new"); }));
    EXPECT_TRUE(running.prints("InvalidSpec"));
    EXPECT_EQ(nats_.request("$JS.API.STREAM.INFO.a").at("created"), created);
}

TEST_F(Run, EndsWithinTwoSecondsOfASignalAndLeavesNoChild) {
    manifest("a.yaml", stream_config("a", "{subjects: [a]}"));
    for (const int signal : {SIGTERM, SIGINT}) {
        RunningProgram running{args()};
        ASSERT_TRUE(running.prints("Applied"));
        EXPECT_TRUE(support::read_file("/proc/" + std::to_string(running.process().pid()) +
                                       "/task/" + std::to_string(running.process().pid()) +
                                       "/children")
                        .empty());
        running.process().signal(signal);
        EXPECT_EQ(running.process().wait(kShutdown), 0) << running.err();
    }
}

TEST_F(Run, EndsAsFastWhileTheServerIsAway) {
    manifest("a.yaml", stream_config("a", "{subjects: [a]}"));
    RunningProgram running{args()};
    ASSERT_TRUE(running.prints("Applied"));
    server_.stop();
    ASSERT_TRUE(eventually(
        [&] { return running.err().find("connection to NATS lost") != std::string::npos; }));
    running.process().signal(SIGTERM);
    EXPECT_EQ(running.process().wait(kShutdown), 0);
}

TEST_F(Run, RecoversFromAnOutageByItself) {
    manifest("a.yaml", stream_config("a", "{subjects: [a]}"));
    RunningProgram running{args({"--outage-grace", "0s"})};
    ASSERT_TRUE(running.prints("Applied"));
    server_.stop();
    ASSERT_TRUE(running.prints("ConnectionFailed"));
    server_.restart();
    const auto recovered = [&] {
        const auto out = running.out();
        return out.rfind("Applied") > out.rfind("ConnectionFailed");
    };
    EXPECT_TRUE(eventually(recovered)) << running.out();
}

TEST_F(Run, StartsBeforeItsServerDoes) {
    manifest("a.yaml", stream_config("a", "{subjects: [a]}"));
    server_.stop();
    RunningProgram running{args()};
    ASSERT_TRUE(running.prints("ConnectionFailed"));
    EXPECT_EQ(http_get(running.port(), "/readyz")->status, 503);
    EXPECT_EQ(http_get(running.port(), "/healthz")->status, 200);
    server_.restart();
    EXPECT_TRUE(running.prints("Applied"));
    EXPECT_TRUE(eventually([&] { return http_get(running.port(), "/readyz")->status == 200; }));
}

TEST_F(Run, ServesItsEndpointsAndNothingElse) {
    manifest("a.yaml", stream_config("a", "{subjects: [a]}"));
    RunningProgram running{args()};
    ASSERT_TRUE(running.prints("Applied"));
    EXPECT_EQ(http_get(running.port(), "/readyz")->status, 200);
    EXPECT_EQ(http_get(running.port(), "/healthz")->status, 200);
    EXPECT_EQ(http_get(running.port(), "/nothing")->status, 404);
    EXPECT_EQ(http_get(running.port(), "/metrics", std::chrono::seconds{5}, "POST")->status, 405);
    const auto metrics = http_get(running.port(), "/metrics")->body;
    for (const auto* const line :
         {"headgate_objects{kind=\"StreamConfig\",reason=\"Applied\"} 1",
          "headgate_objects{kind=\"StateBucket\",reason=\"Conflict\"} 0",
          "headgate_nats_connected{connection=\"default\"} 1",
          "headgate_reconcile_total{kind=\"StateBucket\",result=\"success\"} 0",
          "headgate_reconcile_errors_total{kind=\"StateBucket\",reason=\"Rejected\"} 0",
          "headgate_drift_repaired_total{kind=\"StreamConfig\"} 0",
          "headgate_nats_requests_total{operation=\"stream_delete\",result=\"answered\"} 0",
          "workqueue_depth{",
          "process_resident_memory_bytes",
          "headgate_build_info{",
          "leader_election_master_status{",
          "headgate_plan_waiting{kind=\"StateBucket\"} 0",
          "headgate_kube_requests_total{",
          "headgate_reconcile_duration_seconds_bucket{kind=\"StateBucket\""}) {
        EXPECT_THAT(metrics, HasSubstr(line));
    }
}

TEST_F(Run, APortInUseIsToldClearly) {
    RunningProgram first{args()};
    ASSERT_TRUE(eventually([&] { return http_get(first.port(), "/healthz").has_value(); }));
    const auto second = headgate(args({"--listen", "127.0.0.1:" + std::to_string(first.port())}));
    EXPECT_EQ(second.exit_code, 1);
    EXPECT_THAT(second.err, HasSubstr("127.0.0.1:" + std::to_string(first.port())));
    EXPECT_THAT(second.err, HasSubstr("--listen"));
}

TEST_F(Run, TwoInstancesLeaveEachOthersStreamsAlone) {
    manifest("a.yaml", stream_config("a", "{subjects: [a]}"));
    ASSERT_EQ(headgate(args({"--once", "--instance", "blue"})).exit_code, 0);
    const auto other = headgate(args({"--once", "--instance", "green"}));
    EXPECT_EQ(other.exit_code, 2);
    EXPECT_THAT(other.out, HasSubstr("NotOwned"));
    EXPECT_EQ(config_of("a").at("metadata").at("headgate.io/instance"), "blue");
}

TEST_F(Run, JsonLogsAreJsonLinesAndHoldNoSecret) {
    const support::NatsServer guarded{{.extra = "authorization { token: \"s3cr3t-token\" }"}};
    manifest("a.yaml", stream_config("a", "{subjects: [a]}"));
    const support::TempDir secrets;
    support::write_file(secrets / "token", "s3cr3t-token\n");
    RunningProgram running{{"run",
                            "-f",
                            folder(),
                            "--server",
                            guarded.url(),
                            "--token-file",
                            (secrets / "token").string(),
                            "--log-format",
                            "json",
                            "--log-level",
                            "debug"}};
    ASSERT_TRUE(running.prints("Applied"));
    EXPECT_EQ(running.process().terminate(), 0);
    const auto log = running.err();
    EXPECT_FALSE(log.empty());
    EXPECT_THAT(log + running.out(), Not(HasSubstr("s3cr3t")));
    for (std::size_t begin = 0; begin < log.size(); begin = log.find('\n', begin) + 1) {
        const auto line = log.substr(begin, log.find('\n', begin) - begin);
        EXPECT_TRUE(Json::accept(line)) << line;
    }
}

}  // namespace
}  // namespace headgate::cli
