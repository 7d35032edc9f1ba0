// What needs no server, and what is said where there is none.
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/cli/fixture.hpp"

namespace headgate::cli {
namespace {

using core::Json;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kNoServer = "nats://127.0.0.1:1";

TEST(Unreachable, IsToldClearlyAndEndsWithOne) {
    const auto text = stream_config("orders", "{subjects: [orders]}");
    const std::string server{kNoServer};
    for (const auto* const command : {"plan", "apply", "delete", "get"}) {
        const auto output = headgate({command, "-f", "-", "--server", server}, text);
        EXPECT_EQ(output.exit_code, 1) << command;
        EXPECT_THAT(output.err, HasSubstr("cannot connect to NATS at " + server)) << command;
        EXPECT_THAT(output.out, IsEmpty()) << command;
    }
    EXPECT_EQ(headgate({"get", "--server", server}).exit_code, 1);
}

TEST(Unreachable, JsonStaysJsonAndInputProblemsAreToldToo) {
    const auto output =
        headgate({"apply", "-o", "json", "-f", "-", "--server", std::string{kNoServer}},
                 stream_config("a", "{subjects: [a]}") + stream_config("b", "{replicas: 9}"));
    EXPECT_EQ(output.exit_code, 1);
    const auto objects = Json::parse(output.out).at("objects");
    EXPECT_EQ(objects.at(0).at("reason"), "ConnectionFailed");
    EXPECT_EQ(objects.at(1).at("reason"), "InvalidSpec");
    EXPECT_THAT(output.err, HasSubstr("spec.replicas"));
}

TEST(Settings, ThatCannotWorkAreErrors) {
    for (const auto& [args, says] : std::vector<std::pair<std::vector<std::string>, std::string>>{
             {{"get", "--server", "http://x"}, "scheme http"},
             {{"get", "--token-file", "/no/such/token"}, "/no/such/token"},
             {{"get", "--js-domain", "a", "--js-api-prefix", "b"}, "exclude"},
             {{"controller"}, "--kubeconfig"},
             {{"controller", "--kubeconfig", "/no/such/file"}, "/no/such/file"}}) {
        const auto output = headgate(args);
        EXPECT_EQ(output.exit_code, 1) << says;
        EXPECT_THAT(output.err, HasSubstr(says));
    }
}

TEST(Offline, CrdsAreYamlForKubectl) {
    const auto output = headgate({"crds"});
    EXPECT_EQ(output.exit_code, 0);
    EXPECT_THAT(output.out, HasSubstr("name: statebuckets.headgate.io"));
    EXPECT_THAT(output.out, HasSubstr("name: streamconfigs.headgate.io"));
    EXPECT_THAT(output.err, IsEmpty());
}

TEST(Offline, CrdsAndReferencePagesAreWrittenWhereAsked) {
    const support::TempDir dir;
    const auto output = headgate(
        {"crds", "--dir", (dir / "crds").string(), "--reference", (dir / "pages").string()});
    EXPECT_EQ(output.exit_code, 0) << output.err;
    EXPECT_THAT(output.out, IsEmpty());
    EXPECT_THAT(support::read_file(dir / "crds/headgate.io_statebuckets.yaml"),
                HasSubstr("kind: CustomResourceDefinition"));
    EXPECT_THAT(support::read_file(dir / "pages/streamconfig.md"), HasSubstr("`spec.subjects[]`"));
    EXPECT_EQ(headgate({"crds", "--dir", "/proc/nothing"}).exit_code, 1);
}

TEST(Offline, VersionNamesCommitAndLibraries) {
    const auto output = headgate({"version"});
    EXPECT_EQ(output.exit_code, 0);
    for (const auto* const name : {"headgate ",
                                   "commit ",
                                   "cnats 3",
                                   "cpprestsdk 2",
                                   "yaml-cpp 0",
                                   "nlohmann_json 3",
                                   "prometheus-cpp ",
                                   "OpenSSL 3",
                                   "spdlog 1"}) {
        EXPECT_THAT(output.out, HasSubstr(name));
    }
}

}  // namespace
}  // namespace headgate::cli
