// `--namespaces`: an operator whose rights end at its namespaces.
#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/e2e/control_plane.hpp"
#include "tests/e2e/manifest.hpp"
#include "tests/e2e/platform.hpp"
#include "tests/e2e/program.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/nats_cli.hpp"
#include "tests/support/nats_server.hpp"

namespace headgate::e2e {
namespace {

using support::eventually;
using testing::HasSubstr;

/// Two namespaces with a Role for the operator "narrow", and one without.
class Namespaces : public testing::Test {
protected:
    Namespaces() {
        for (const auto* ns : {"red", "blue", "green"}) {
            plane_.make_namespace(ns);
        }
        plane_.api().kubectl_ok({"create", "serviceaccount", "-n", "red", "narrow"});
        kubeconfig_ = plane_.api().kubeconfig("narrow", plane_.api().token_for("red", "narrow"));
        allow("red");
    }

    /// `more`: rules beside those that declarations need.
    void allow(const std::string& ns, const std::string& more = {}) {
        plane_.apply(R"({"apiVersion": "v1", "kind": "List", "items": [
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
             "metadata": {"name": "headgate", "namespace": ")" +
                     ns + R"("}, "rules": [
                {"apiGroups": ["headgate.io"], "resources": ["statebuckets", "streamconfigs"],
                 "verbs": ["get", "list", "watch", "patch"]},
                {"apiGroups": ["headgate.io"], "resources": ["statebuckets/status", "streamconfigs/status"],
                 "verbs": ["patch"]},
                {"apiGroups": ["headgate.io"], "resources": ["natsconnections"],
                 "verbs": ["list", "watch"]})" +
                     more + R"(]},
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
             "metadata": {"name": "headgate", "namespace": ")" +
                     ns + R"("},
             "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "headgate"},
             "subjects": [{"kind": "ServiceAccount", "name": "narrow", "namespace": "red"}]}]})");
    }

    [[nodiscard]] Program start() const {
        return Program{{"controller",
                        "--kubeconfig=" + kubeconfig_.string(),
                        "--server=" + nats_.url(),
                        "--namespaces=red,blue"}};
    }

    ControlPlane plane_;
    support::NatsServer nats_;
    support::NatsCli cli_{nats_.url()};

private:
    std::filesystem::path kubeconfig_;
};

TEST_F(Namespaces, RolesSufficeAndOnlyTheNamedOnesAreLookedAt) {
    for (const auto* ns : {"red", "blue", "green"}) {
        plane_.apply(
            stream(ns, std::string{ns} + "-before", "{subjects: [" + std::string{ns} + "]}"));
    }
    auto program = start();
    // Nothing is decided before all is known, and what is missing is told.
    EXPECT_TRUE(eventually([&] {
        return program.output().find(
                   "may not watch streamconfigs.headgate.io in namespace \\\"blue\\\"") !=
               std::string::npos;
    })) << program.output();
    EXPECT_FALSE(program.ready());
    EXPECT_FALSE(stream_exists(cli_, "red-before"));
    allow("blue");
    EXPECT_EQ(plane_.wait_for("red", "streamconfig/red-before", "Applied"), "") << program.output();
    EXPECT_EQ(plane_.wait_for("blue", "streamconfig/blue-before", "Applied"), "");
    EXPECT_TRUE(eventually([&] { return program.ready(); }));
    plane_.apply(bucket("blue", "later", "{}"));
    EXPECT_EQ(plane_.wait_for("blue", "statebucket/later", "Applied"), "");
    plane_.remove("red", "streamconfig/red-before");
    EXPECT_TRUE(eventually([&] { return program.metric("headgate_objects{") == 2; }))
        << program.output();
    EXPECT_TRUE(stream_exists(cli_, "blue-before"));
    EXPECT_FALSE(stream_exists(cli_, "green-before"));
    EXPECT_EQ(plane_.brief("green", "streamconfig/green-before").ready, "");
    EXPECT_EQ(program.stop(), 0) << program.output();
}

TEST_F(Namespaces, EventsAreWrittenWhereARoleAllowsThemAndNothingElseNeedsTheRight) {
    const auto declare = [&](const std::string& subjects) {
        plane_.apply(stream("red", "orders", "{subjects: [" + subjects + "]}"));
    };
    allow("blue");
    auto program = start();
    declare("orders.>, orders.a");
    EXPECT_EQ(plane_.wait_for("red", "streamconfig/orders", "InvalidSpec"), "");
    EXPECT_TRUE(eventually([&] { return program.metric("headgate_events_dropped_total") == 1; }));
    EXPECT_THAT(program.output(), HasSubstr("an event is lost"));
    allow("red",
          R"(, {"apiGroups": ["events.k8s.io"], "resources": ["events"],
                "verbs": ["create", "patch"]})");
    declare("orders.>");
    EXPECT_EQ(plane_.wait_for("red", "streamconfig/orders", "Applied"), "");
    EXPECT_TRUE(eventually([&] {
        return plane_.api()
                   .kubectl_json({"get", "events.events.k8s.io", "-n", "red"})["items"]
                   .size() == 1;
    })) << program.output();
    EXPECT_EQ(program.metric("headgate_events_dropped_total"), 1);
    EXPECT_EQ(program.stop(), 0) << program.output();
}

}  // namespace
}  // namespace headgate::e2e
