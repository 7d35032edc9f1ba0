// NatsConnections: objects on several NATS systems, with credentials from Secrets, and none of them
// held up by another.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/e2e/control_plane.hpp"
#include "tests/e2e/manifest.hpp"
#include "tests/e2e/program.hpp"
#include "tests/support/certificate.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/nats_cli.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/temp_dir.hpp"

namespace headgate::e2e {
namespace {

using core::Json;
using support::eventually;
using support::NatsCli;
using support::NatsServer;
using testing::HasSubstr;
using testing::Not;

constexpr auto kPassword = "first-password";
constexpr auto kOtherPassword = "second-password";

support::NatsOptions with_password(const std::string& password) {
    return {
        .name = "hub",
        .extra = "accounts { HUB { jetstream: {max_streams: 100}, users: [{user: app, password: " +
                 password + "}] } }"};
}

std::string secret(const std::string& password) {
    return "---\napiVersion: v1\nkind: Secret\nmetadata: {namespace: platform, name: hub}\n"
           "stringData: {username: app, password: " +
           password + "}\n";
}

/// On the hub, and from everywhere in `namespaces`.
std::string hub(const std::string& url, const std::string& namespaces = "agents") {
    return manifest(
        "NatsConnection",
        "platform",
        "hub",
        "{urls: [\"" + url + "\"], user: {secret: hub}, allowedNamespaces: [" + namespaces + "]}");
}

std::string on_hub(const std::string& ns, const std::string& name) {
    return stream(
        ns, name, "{subjects: [" + name + "], connection: {name: hub, namespace: platform}}");
}

class Connections : public testing::Test {
protected:
    Connections() {
        for (const auto* ns : {"platform", "agents", "others"}) {
            kube_.make_namespace(ns);
        }
        kube_.apply(R"({"apiVersion": "v1", "kind": "List", "items": [
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
             "metadata": {"name": "hub", "namespace": "platform"}, "rules": [
                {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["hub"],
                 "verbs": ["get", "watch"]}]},
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
             "metadata": {"name": "hub", "namespace": "platform"},
             "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "hub"},
             "subjects": [{"kind": "ServiceAccount", "name": "headgate",
                           "namespace": "headgate-system"}]}]})");
        kube_.apply(secret(kPassword) + hub(hub_.url()));
    }

    /// The reason of a NatsConnection's Ready.
    std::string reason(const std::string& name) {
        return kube_.brief("platform", "natsconnection/" + name).reason;
    }

    bool becomes(const std::string& name, const std::string& wanted) {
        return eventually([&] { return reason(name) == wanted; });
    }

    [[nodiscard]] bool has_stream(NatsServer& server,
                                  const std::string& name,
                                  const std::string& password) {
        const NatsCli cli{server.url(),
                          password.empty()
                              ? std::vector<std::string>{}
                              : std::vector<std::string>{"--user", "app", "--password", password}};
        return !cli.request("$JS.API.STREAM.INFO." + name).contains("error");
    }

    ControlPlane kube_;
    NatsServer main_{{.name = "main"}};
    NatsServer hub_{with_password(kPassword)};
};

TEST_F(Connections, EachObjectGoesWhereItsConnectionLeads) {
    kube_.apply(stream("agents", "here", "{subjects: [here]}") + on_hub("agents", "there"));
    Program program{kube_.controller(main_.url())};
    EXPECT_EQ(kube_.wait_for("agents", "streamconfig/here", "Applied"), "") << program.output();
    EXPECT_EQ(kube_.wait_for("agents", "streamconfig/there", "Applied"), "") << program.output();
    EXPECT_TRUE(has_stream(main_, "here", ""));
    EXPECT_FALSE(has_stream(main_, "there", ""));
    EXPECT_TRUE(has_stream(hub_, "there", kPassword));
    EXPECT_FALSE(has_stream(hub_, "here", kPassword));

    ASSERT_TRUE(becomes("hub", "Connected")) << program.output();
    const auto status = kube_.get("platform", "natsconnection/hub").at("status");
    EXPECT_EQ(status.at("server").at("name"), "hub");
    EXPECT_THAT(status.at("server").at("version"), testing::StartsWith("2."));
    EXPECT_EQ(status.at("account"), "HUB");
    EXPECT_EQ(status.at("jetstream").at("streams").at("limit"), 100) << status;
    EXPECT_EQ(program.metric("headgate_nats_connected{connection=\"platform/hub\"}"), 1);
    EXPECT_EQ(kube_.operator_writes().at("streamconfigs/agents/there"), 1);

    // Deleted and drifted like any other, over its own connection.
    kube_.apply(stream("agents",
                       "there",
                       "{subjects: [there], maxAge: 1h, deletionPolicy: Delete, "
                       "connection: {name: hub, namespace: platform}}"));
    EXPECT_EQ(kube_.wait_for("agents", "streamconfig/there", "Applied"), "") << program.output();
    kube_.remove("agents", "streamconfig/there");
    EXPECT_TRUE(eventually([&] { return !has_stream(hub_, "there", kPassword); }));
    EXPECT_TRUE(eventually([&] { return !kube_.exists("agents", "streamconfig/there"); }));
    EXPECT_EQ(program.stop(), 0) << program.output();
    EXPECT_THAT(program.output(), Not(HasSubstr(kPassword)));
    EXPECT_EQ(kube_.operator_answers(403), 0U);
}

TEST_F(Connections, TheSampleIsAccepted) {
    kube_.apply(
        support::read_file(support::source_dir() / "manifests/samples-connections/hub.yaml"));
    EXPECT_TRUE(kube_.exists("platform", "natsconnection/hub"));
    EXPECT_TRUE(kube_.exists("agents", "streamconfig/orders"));
}

TEST_F(Connections, ANamespaceThatIsNotListedIsRefusedUntilItIs) {
    Program program{kube_.controller(main_.url())};
    kube_.apply(on_hub("others", "mine"));
    EXPECT_EQ(kube_.wait_for("others", "streamconfig/mine", "InvalidSpec"), "") << program.output();
    EXPECT_THAT(kube_.brief("others", "streamconfig/mine").message,
                HasSubstr("NatsConnection platform/hub is not for namespace others"));
    EXPECT_FALSE(has_stream(hub_, "mine", kPassword));
    kube_.apply(hub(hub_.url(), "others"));
    EXPECT_EQ(kube_.wait_for("others", "streamconfig/mine", "Applied"), "") << program.output();
    EXPECT_TRUE(has_stream(hub_, "mine", kPassword));
    EXPECT_EQ(program.stop(), 0) << program.output();
}

TEST_F(Connections, ANewPasswordIsTakenOnWithoutTouchingTheOthers) {
    kube_.apply(stream("agents", "here", "{subjects: [here]}") + on_hub("agents", "there"));
    Program program{kube_.controller(main_.url())};
    ASSERT_EQ(kube_.wait_for("agents", "streamconfig/there", "Applied"), "") << program.output();
    ASSERT_TRUE(becomes("hub", "Connected")) << program.output();
    hub_.restart(with_password(kOtherPassword));
    EXPECT_TRUE(becomes("hub", "ConnectionFailed")) << program.output();
    kube_.apply(secret(kOtherPassword));
    EXPECT_TRUE(becomes("hub", "Connected")) << program.output();
    kube_.apply(on_hub("agents", "later"));
    EXPECT_EQ(kube_.wait_for("agents", "streamconfig/later", "Applied"), "") << program.output();
    kube_.api().kubectl_ok({"delete", "secret", "-n", "platform", "hub"});
    EXPECT_TRUE(becomes("hub", "SecretMissing")) << program.output();
    kube_.apply(secret(kOtherPassword));
    EXPECT_TRUE(becomes("hub", "Connected")) << program.output();
    EXPECT_EQ(program.stop(), 0);
    const auto output = program.output();
    EXPECT_THAT(output, Not(HasSubstr("connection to NATS lost; trying again connection=default")));
    for (const auto* const password : {kPassword, kOtherPassword}) {
        EXPECT_THAT(output, Not(HasSubstr(password)));
        EXPECT_THAT(kube_.get("platform", "natsconnection/hub").dump(), Not(HasSubstr(password)));
    }
}

TEST_F(Connections, AServerThatAnswersNothingHoldsUpNobodyElse) {
    constexpr int kMany = 40;
    Program program{kube_.controller(main_.url(), {"--outage-grace=1s"})};
    kube_.apply(on_hub("agents", "before"));
    ASSERT_EQ(kube_.wait_for("agents", "streamconfig/before", "Applied"), "") << program.output();
    hub_.pause();
    std::string stuck;
    for (int i = 0; i < kMany; ++i) {
        stuck += on_hub("agents", "stuck-" + std::to_string(i));
    }
    kube_.apply(stuck);
    std::string fine;
    for (int i = 0; i < kMany; ++i) {
        const auto name = "fine-" + std::to_string(i);
        fine += stream("agents", name, "{subjects: [" + name + "]}");
    }
    kube_.apply(fine);
    // None of the stuck ones is Applied by then: the servers' answers are what they wait for.
    EXPECT_TRUE(eventually([&] {
        return program.metric("headgate_objects{kind=\"StreamConfig\",reason=\"Applied\"") ==
               kMany + 1;
    })) << program.output();
    EXPECT_TRUE(program.ready());
    hub_.resume();
    EXPECT_TRUE(eventually([&] {
        return program.metric("headgate_objects{kind=\"StreamConfig\",reason=\"Applied\"") ==
               2 * kMany + 1;
    })) << program.output();
    EXPECT_EQ(program.stop(), 0) << program.output();
}

TEST_F(Connections, OneThatIsMissingIsWaitedFor) {
    kube_.apply(stream("agents", "orders", "{connection: {name: nowhere}}"));
    Program program{kube_.controller(main_.url())};
    EXPECT_EQ(kube_.wait_for("agents", "streamconfig/orders", "ConnectionFailed"), "")
        << program.output();
    EXPECT_THAT(kube_.brief("agents", "streamconfig/orders").message,
                HasSubstr("NatsConnection agents/nowhere does not exist"));
    kube_.apply(
        manifest("NatsConnection", "agents", "nowhere", "{urls: [\"" + main_.url() + "\"]}"));
    EXPECT_EQ(kube_.wait_for("agents", "streamconfig/orders", "Applied"), "") << program.output();
    EXPECT_THAT(kube_.refusal(stream("agents", "orders", "{connection: {name: other}}")),
                HasSubstr("spec.connection cannot change"));
    EXPECT_THAT(
        kube_.refusal(manifest("NatsConnection",
                               "agents",
                               "both",
                               "{urls: [a], token: {secret: some}, nkey: {secret: other}}")),
        HasSubstr("spec.nkey and spec.token exclude each other"));
    EXPECT_EQ(program.stop(), 0) << program.output();
}

TEST_F(Connections, OverTlsTheEndIsAsOrderly) {
    const support::TempDir dir;
    const auto key = (dir / "key").string();
    const auto certificate = (dir / "certificate").string();
    support::make_certificate("nats", certificate, key);
    const NatsServer server{
        {.name = "tls",
         .extra = "tls { cert_file: \"" + certificate + "\", key_file: \"" + key + "\" }"}};
    Program program{kube_.controller(server.url(), {"--tls-ca=" + certificate})};
    kube_.apply(stream("agents", "safe", "{subjects: [safe]}"));
    EXPECT_EQ(kube_.wait_for("agents", "streamconfig/safe", "Applied"), "") << program.output();
    EXPECT_EQ(program.stop(), 0) << program.output();
}

}  // namespace
}  // namespace headgate::e2e
