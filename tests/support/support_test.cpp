// The fixtures keep their own promises; a fixture that lies makes every test above it worthless.
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/eventually.hpp"
#include "tests/support/free_port.hpp"
#include "tests/support/http.hpp"
#include "tests/support/kube_api_server.hpp"
#include "tests/support/nats_cli.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/tools.hpp"

namespace headgate::support {
namespace {

using core::Json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::string r3_stream(const std::string& name, const std::string& tag) {
    return Json{{"name", name},
                {"subjects", {name + ".>"}},
                {"storage", "file"},
                {"num_replicas", 3},
                {"max_bytes", 10LL << 30},
                {"placement", {{"cluster", "nats-cluster"}, {"tags", {tag}}}}}
        .dump();
}

TEST(ProcessSupport, RunGivesExitCodeAndBothOutputsAndPassesStdinEnvironmentAndFolder) {
    const TempDir dir;
    const auto output = run({.argv = {"sh", "-c", "cat; pwd; echo $WORD >&2; exit 3"},
                             .env = {{"WORD", "seen"}},
                             .cwd = dir.path()},
                            "in\n");
    EXPECT_EQ(output.exit_code, 3);
    EXPECT_EQ(output.out, "in\n" + std::filesystem::canonical(dir.path()).string() + "\n");
    EXPECT_EQ(output.err, "seen\n");
}

TEST(ProcessSupport, OutputFarLargerThanAPipeArrivesWhole) {
    const auto output = run({.argv = {"sh", "-c", "head -c 3000000 /dev/zero"}});
    EXPECT_EQ(output.out.size(), 3000000U);
}

TEST(ProcessSupport, AProgramThatIsNotThereThrowsWithItsName) {
    EXPECT_THAT([] { Process{{.argv = {"/no/such/program"}}}; },
                ThrowsMessage<std::runtime_error>(HasSubstr("/no/such/program: No such file")));
}

TEST(ProcessSupport, RunThrowsAndKillsWhatTakesTooLong) {
    EXPECT_THAT(
        [] {
            static_cast<void>(run({.argv = {"sleep", "600"}}, {}, milliseconds{50}));
        },
        ThrowsMessage<std::runtime_error>(HasSubstr("sleep still runs after 50 ms")));
}

TEST(ProcessSupport, TerminateEndsAChildThatIgnoresSigterm) {
    const TempDir dir;
    Process stubborn{{.argv = {"sh", "-c", "trap '' TERM; echo up; while :; do sleep 1; done"},
                      .out = dir / "out"}};
    ASSERT_TRUE(eventually([&] { return read_file(dir / "out") == "up\n"; }));
    EXPECT_EQ(stubborn.terminate(milliseconds{100}), 128 + SIGKILL);
    EXPECT_FALSE(stubborn.running());
}

TEST(ProcessSupport, TerminateLetsAChildEndByItself) {
    const TempDir dir;
    Process polite{
        {.argv = {"sh", "-c", "trap 'exit 7' TERM; echo up; while :; do sleep 0.05; done"},
         .out = dir / "out"}};
    ASSERT_TRUE(eventually([&] { return read_file(dir / "out") == "up\n"; }));
    EXPECT_EQ(polite.terminate(), 7);
}

TEST(ProcessSupport, AChildDiesWithAParentThatCrashes) {
    const TempDir dir;
    const pid_t parent = fork();
    if (parent == 0) {
        const Process child{{.argv = {"sleep", "600"}}};
        write_file(dir / "pid.new", std::to_string(child.pid()));
        std::filesystem::rename(dir / "pid.new", dir / "pid");
        ::kill(getpid(), SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(waitpid(parent, &status, 0), parent);
    const auto child = std::atoi(read_file(dir / "pid").c_str());
    ASSERT_GT(child, 0);
    // Dead, but a zombie for as long as whoever inherited it has not asked.
    const auto dead = [&] {
        const auto stat = read_file("/proc/" + std::to_string(child) + "/stat");
        return stat.empty() || stat.find(") Z ") != std::string::npos;
    };
    EXPECT_TRUE(eventually(dead));
}

TEST(TempDirSupport, TheFolderIsGoneWithItsOwner) {
    std::filesystem::path path;
    {
        const TempDir dir;
        path = dir.path();
        write_file(dir / "a/b", "text");
        EXPECT_EQ(read_file(path / "a/b"), "text");
    }
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(ToolSupport, AMissingToolNamesTheCommandThatBuildsIt) {
    EXPECT_THAT([] { static_cast<void>(tool("no-such-tool-1.2.3")); },
                ThrowsMessage<std::runtime_error>(
                    HasSubstr("no-such-tool-1.2.3 is missing: `make tools`")));
}

TEST(EventuallySupport, SaysFalseWhenTheTimeIsUpAndAsksAtLeastOnce) {
    int asked = 0;
    EXPECT_FALSE(eventually([&] { return ++asked < 0; }, milliseconds{0}));
    EXPECT_EQ(asked, 1);
    EXPECT_TRUE(eventually([&] { return ++asked > 3; }));
    EXPECT_FALSE(always([&] { return ++asked < 8; }, seconds{30}, milliseconds{1}));
}

TEST(FreePortSupport, APortIsKeptForItsHolderAndNeverGivenTwice) {
    std::vector<FreePort> ports(200);
    std::set<std::uint16_t> numbers;
    for (const auto& port : ports) {
        numbers.insert(port.number());
    }
    EXPECT_EQ(numbers.size(), ports.size());
    EXPECT_FALSE(http_get(ports.front().number(), "/")) << "somebody listens on a free port";
}

class NatsVersions : public testing::TestWithParam<std::string_view> {};

TEST_P(NatsVersions, AServerStoresThroughACrashAndKeepsItsAddress) {
    NatsServer server{{.version = std::string{GetParam()}}};
    const NatsCli cli{server.url()};
    const auto url = server.url();
    const auto varz = http_get(server.monitoring_port(), "/varz");
    ASSERT_TRUE(varz);
    EXPECT_EQ(Json::parse(varz->body).at("version"), GetParam());

    const auto made =
        cli.request("$JS.API.STREAM.CREATE.S", R"({"name":"S","subjects":["s"],"storage":"file"})");
    EXPECT_FALSE(made.contains("error")) << made;
    cli.publish("s", "hello", 3);
    server.kill();
    EXPECT_FALSE(server.healthy());
    server.restart();
    EXPECT_EQ(server.url(), url);
    EXPECT_EQ(cli.json({"stream", "info", "S", "--json"}).at("state").at("messages"), 3);
}

INSTANTIATE_TEST_SUITE_P(Pinned,
                         NatsVersions,
                         testing::Values(kNats, kNats210, kNats29),
                         [](const auto& version) {
                             std::string name{version.param};
                             std::ranges::replace(name, '.', '_');
                             return "V" + name;
                         });

TEST(NatsServerSupport, ExtraConfigurationIsUsedAndABadOneIsShown) {
    const NatsServer server{{.domain = "hub", .extra = "authorization { user: u, password: p }"}};
    EXPECT_NE(NatsCli{server.url()}.run({"account", "info"}).exit_code, 0);
    const NatsCli cli{server.url(), {"--user", "u", "--password", "p"}};
    EXPECT_EQ(cli.request("$JS.hub.API.INFO").at("domain"), "hub");

    EXPECT_THAT([] { NatsServer{{.extra = "no_such_setting: 1"}}; },
                ThrowsMessage<std::runtime_error>(HasSubstr("no_such_setting")));
}

TEST(NatsServerSupport, APausedServerAnswersNothingUntilResumed) {
    NatsServer server;
    server.pause();
    EXPECT_FALSE(http_get(server.monitoring_port(), "/healthz", milliseconds{200}));
    server.resume();
    EXPECT_TRUE(eventually([&] { return server.healthy(); }));
}

TEST(NatsClusterSupport, PlacesReplicatedStreamsByTagAtOnceAndAfterItsLeaderWasKilled) {
    NatsCluster cluster;
    const NatsCli cli{cluster.urls()};
    const auto made = cli.request("$JS.API.STREAM.CREATE.A", r3_stream("A", "agent-state"));
    EXPECT_FALSE(made.contains("error")) << made;
    EXPECT_EQ(made.at("cluster").at("name"), NatsCluster::kName);
    const auto refused = cli.request("$JS.API.STREAM.CREATE.B", r3_stream("B", "no-such-tag"));
    EXPECT_EQ(refused.at("error").at("err_code"), 10005) << refused;

    const auto leader = static_cast<std::size_t>(cluster.meta_leader());
    cluster.server(leader).kill();
    EXPECT_TRUE(eventually([&] { return cluster.meta_leader() >= 0; }));
    cluster.server(leader).restart();
    cluster.wait_until_ready();
    const auto again = cli.request("$JS.API.STREAM.CREATE.C", r3_stream("C", "session-data"));
    EXPECT_FALSE(again.contains("error")) << again;
    EXPECT_EQ(cli.request("$JS.API.STREAM.NAMES").at("streams"), Json({"A", "C"}));
}

TEST(NatsClusterSupport, TagsCanDifferByServer) {
    const NatsCluster cluster{{{"hot"}, {"hot"}, {"cold"}}};
    const NatsCli cli{cluster.urls()};
    EXPECT_TRUE(cli.request("$JS.API.STREAM.CREATE.A", r3_stream("A", "hot")).contains("error"));
    auto one = Json::parse(r3_stream("A", "cold"));
    one["num_replicas"] = 1;
    EXPECT_EQ(cli.request("$JS.API.STREAM.CREATE.A", one.dump()).at("cluster").at("leader"), "n3");
}

TEST(KubeApiServerSupport, RbacDecidesForAServiceAccountAndEverythingIsAudited) {
    KubeApiServer kube;
    kube.kubectl_ok({"create", "serviceaccount", "reader", "-n", "default"});
    kube.kubectl_ok(
        {"create", "clusterrole", "reader", "--verb=get,list", "--resource=configmaps"});
    kube.kubectl_ok({"create",
                     "clusterrolebinding",
                     "reader",
                     "--clusterrole=reader",
                     "--serviceaccount=default:reader"});
    kube.kubectl_ok(
        {"apply", "-f", "-"},
        R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"data":{"k":"v"}})");
    EXPECT_EQ(kube.kubectl_json({"get", "configmap", "c"}).at("data").at("k"), "v");

    const auto config = kube.kubeconfig("reader", kube.token_for("default", "reader")).string();
    EXPECT_EQ(kube.kubectl({"--kubeconfig", config, "get", "configmap", "c"}).exit_code, 0);
    const auto refused = kube.kubectl({"--kubeconfig", config, "delete", "configmap", "c"});
    EXPECT_NE(refused.exit_code, 0);
    EXPECT_THAT(refused.err, HasSubstr("Forbidden"));
    EXPECT_EQ(kube.writes_by("system:serviceaccount:default:reader"), 1U);

    const auto url = kube.url();
    kube.kill();
    EXPECT_NE(kube.kubectl({"get", "--raw", "/readyz"}).exit_code, 0);
    kube.restart();
    EXPECT_EQ(kube.url(), url);
    EXPECT_EQ(kube.kubectl_json({"get", "configmap", "c"}).at("data").at("k"), "v");
}

}  // namespace
}  // namespace headgate::support
