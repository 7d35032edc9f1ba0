#include "kube/config/kubeconfig.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/json.hpp"
#include "tests/support/temp_dir.hpp"

namespace headgate::kube::config {
namespace {

using core::ErrorCode;
using testing::HasSubstr;

/// A kubeconfig of one context with these lines in its cluster and its user.
std::string kubeconfig(const std::string& cluster, const std::string& user) {
    return "apiVersion: v1\n"
           "kind: Config\n"
           "current-context: main\n"
           "contexts:\n"
           "- {name: main, context: {cluster: c, user: u, namespace: agents}}\n"
           "clusters:\n"
           "- {name: c, cluster: {" +
           cluster +
           "}}\n"
           "users:\n"
           "- {name: u, user: {" +
           user + "}}\n";
}

core::Result<std::string> content_of(const std::string& path) {
    return path == "missing.pem"
               ? core::Result<std::string>{core::Error{ErrorCode::NotFound, "cannot read " + path}}
               : "content of " + path;
}

core::Result<ConnectionSettings> parse(const std::string& text, std::string_view context = {}) {
    return parse_kubeconfigs(
        {{text, content_of, [](const std::string& path) { return "/home/" + path; }}}, context);
}

constexpr auto kServer = "server: https://h:6443";

TEST(Kubeconfig, TokenAndInlineCa) {
    const auto settings = parse(
        kubeconfig("server: 'https://h:6443', certificate-authority-data: cGVt", "token: t0ken"));
    ASSERT_TRUE(settings) << settings.error().message;
    EXPECT_EQ(settings->server, "https://h:6443");
    EXPECT_EQ(settings->ca_pem, "pem");
    EXPECT_EQ(settings->token.reveal(), "t0ken");
    EXPECT_EQ(settings->ns, "agents");
    EXPECT_TRUE(settings->token_file.empty());
    EXPECT_TRUE(settings->client_certificate_pem.empty());
}

TEST(Kubeconfig, FilesAreReadAndTheTokenFileIsOnlyNamed) {
    const auto settings = parse(kubeconfig(
        "server: 'https://h', certificate-authority: ca.crt, tls-server-name: kubernetes.default",
        "tokenFile: token, client-certificate: c.crt, client-key: c.key"));
    ASSERT_TRUE(settings) << settings.error().message;
    EXPECT_EQ(settings->ca_pem, "content of ca.crt");
    EXPECT_EQ(settings->tls_server_name, "kubernetes.default");
    EXPECT_EQ(settings->token_file, "/home/token");
    EXPECT_EQ(settings->client_certificate_pem, "content of c.crt");
    EXPECT_EQ(settings->client_key_pem.reveal(), "content of c.key");
    // They are read again from there.
    EXPECT_EQ(settings->ca_file, "/home/ca.crt");
    EXPECT_EQ(settings->client_certificate_file, "/home/c.crt");
    EXPECT_EQ(settings->client_key_file, "/home/c.key");
}

TEST(Kubeconfig, InlineDataGoesBeforeAFile) {
    const auto settings = parse(kubeconfig(
        "server: 'https://h', certificate-authority: missing.pem, certificate-authority-data: cGVt",
        ""));
    ASSERT_TRUE(settings) << settings.error().message;
    EXPECT_EQ(settings->ca_pem, "pem");
    EXPECT_EQ(settings->ca_file, "");
}

TEST(Kubeconfig, NamedContextGoesBeforeTheCurrentOne) {
    const auto text = kubeconfig(kServer, "token: a") +
                      "- {name: v, user: {token: b}}\n"
                      "preferences: {}\n";
    const auto two = "contexts:\n- {name: other, context: {cluster: c, user: v}}\n";
    auto with_other = text;
    with_other.replace(with_other.find("contexts:\n"), std::string{"contexts:\n"}.size(), two);
    EXPECT_EQ(parse(with_other)->token.reveal(), "a");
    EXPECT_EQ(parse(with_other, "other")->token.reveal(), "b");
    EXPECT_EQ(parse(with_other, "other")->ns, "");
}

TEST(Kubeconfig, UserMayBeMissingWhereTheServerNeedsNone) {
    const auto settings = parse(
        "current-context: a\n"
        "contexts: [{name: a, context: {cluster: c}}]\n"
        "clusters: [{name: c, cluster: {server: 'http://127.0.0.1:8001'}}]\n");
    ASSERT_TRUE(settings) << settings.error().message;
    EXPECT_EQ(settings->server, "http://127.0.0.1:8001");
    EXPECT_TRUE(settings->token.empty());
}

struct Refusal {
    std::string text;
    std::string message;
};

TEST(Kubeconfig, WhatCannotBeUsedIsNamed) {
    const std::vector<Refusal> refusals{
        {"", "no mapping at the top"},
        {"just text", "no mapping at the top"},
        {"a: [", "line"},
        {"kind: Config", "no current-context"},
        {"current-context: x", "there is no context \"x\""},
        {"current-context: x\ncontexts: 5", "there is no context \"x\""},
        {"current-context: x\ncontexts: [{name: x, context: {cluster: y}}]",
         "there is no cluster \"y\""},
        {"current-context: x\ncontexts: [{name: x, context: {cluster: y, user: z}}]\n"
         "clusters: [{name: y, cluster: {server: s}}]",
         "there is no user \"z\""},
        {kubeconfig("", ""), "cluster \"c\": no server"},
        {kubeconfig("server: 'https://h', insecure-skip-tls-verify: true", ""),
         "cluster \"c\": insecure-skip-tls-verify is not supported"},
        {kubeconfig("server: 'https://h', proxy-url: 'socks5://p'", ""),
         "cluster \"c\": proxy-url: proxy: scheme socks5 is not supported"},
        {kubeconfig("server: 'https://h', certificate-authority: missing.pem", ""),
         "cluster \"c\": certificate-authority: cannot read missing.pem"},
        {kubeconfig("server: 'https://h', certificate-authority-data: '***'", ""),
         "cluster \"c\": certificate-authority-data is not base64"},
        {kubeconfig(kServer, "exec: {command: aws}"),
         "user \"u\": exec: apiVersion \"\" is not supported"},
        {kubeconfig(kServer, "exec: {apiVersion: client.authentication.k8s.io/v1}"),
         "user \"u\": exec: no command"},
        {kubeconfig(kServer,
                    "exec: {apiVersion: client.authentication.k8s.io/v1, command: x, "
                    "interactiveMode: Always}"),
         "needs a terminal"},
        {kubeconfig(kServer, "auth-provider: {name: gcp}"), "user \"u\": auth-provider"},
        {kubeconfig(kServer, "username: a, password: b"),
         "user \"u\": username: basic authentication"},
        {kubeconfig(kServer, "token: t, as: admin"), "user \"u\": as: impersonation"},
        {kubeconfig(kServer, "client-certificate-data: cGVt"),
         "client-certificate and client-key are needed both"},
        {kubeconfig(kServer, "client-key-data: cGVt"),
         "client-certificate and client-key are needed both"},
    };
    for (const auto& [text, message] : refusals) {
        const auto settings = parse(text);
        ASSERT_FALSE(settings) << text;
        EXPECT_THAT(settings.error().message, HasSubstr(message)) << text;
    }
}

TEST(Kubeconfig, TlsVerificationMayBeAskedForInSoManyWords) {
    EXPECT_TRUE(parse(kubeconfig("server: 'https://h', insecure-skip-tls-verify: false", "")));
}

TEST(Kubeconfig, SecretsNeverShowUpInErrors) {
    const auto settings =
        parse(kubeconfig(kServer, "token: s3cret, password: s3cret, client-key-data: s3cret"));
    ASSERT_FALSE(settings);
    EXPECT_EQ(settings.error().message.find("s3cret"), std::string::npos);
}

TEST(Kubeconfig, PathsAreRelativeToTheFilesFolder) {
    const support::TempDir dir;
    std::ofstream{dir / "config"} << kubeconfig(
        "server: 'https://h', certificate-authority: ca.crt", "tokenFile: token");
    std::ofstream{dir / "ca.crt"} << "pem";
    const auto settings = load_kubeconfig(dir / "config");
    ASSERT_TRUE(settings) << settings.error().message;
    EXPECT_EQ(settings->ca_pem, "pem");
    EXPECT_EQ(settings->token_file, (dir / "token").string());
}

TEST(Kubeconfig, PluginIsRunWithWhatTheFileSaysWhereNothingElseIsThere) {
    const support::TempDir dir;
    std::ofstream{dir / "plugin"} << "#!/bin/sh\n"
                                     "printf '%s' \"$KUBERNETES_EXEC_INFO\" >\"$0.info\"\n"
                                     "echo '{\"apiVersion\": "
                                     "\"client.authentication.k8s.io/v1beta1\", \"kind\": "
                                     "\"ExecCredential\", \"status\": {\"token\": "
                                     "\"'$1$MODE'\"}}'\n";
    std::filesystem::permissions(dir / "plugin", std::filesystem::perms::owner_all);
    const std::string exec =
        "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: ./plugin, args: [one], "
        "env: [{name: MODE, value: two}], provideClusterInfo: true, interactiveMode: Never}";
    std::ofstream{dir / "config"} << kubeconfig(
        "server: 'https://h', certificate-authority-data: cGVt, tls-server-name: n, extensions: "
        "[{name: client.authentication.k8s.io/exec, extension: {audience: a, size: 5, text: '5'}}]",
        exec);
    const auto settings = load_kubeconfig(dir / "config");
    ASSERT_TRUE(settings) << settings.error().message;
    ASSERT_TRUE(settings->ask_credential);
    const auto credential = settings->ask_credential();
    ASSERT_TRUE(credential) << credential.error().message;
    EXPECT_EQ(credential->token.reveal(), "onetwo");
    EXPECT_EQ(core::Json::parse(std::ifstream{dir / "plugin.info"})["spec"]["cluster"],
              core::Json::parse(R"({"server": "https://h", "certificate-authority-data": "cGVt",
                                    "tls-server-name": "n",
                                    "config": {"audience": "a", "size": 5, "text": "5"}})"));
    // As kubectl has it: what is there goes before the plugin.
    EXPECT_FALSE(parse(kubeconfig(kServer, "token: t, " + exec))->ask_credential);
}

TEST(Kubeconfig, ProxyOfTheClusterIsTaken) {
    EXPECT_EQ(parse(kubeconfig("server: 'https://h', proxy-url: 'http://u:p@proxy:3128'", ""))
                  ->proxy.reveal(),
              "http://u:p@proxy:3128");
}

TEST(Kubeconfig, ListOfFilesIsMergedAndTheEarlierGoesFirst) {
    const support::TempDir dir;
    std::filesystem::create_directory(dir / "sub");
    std::ofstream{dir / "ca.crt"} << "outer";
    std::ofstream{dir / "sub/ca.crt"} << "inner";
    std::ofstream{dir / "one"} << "current-context: main\n"
                                  "contexts: [{name: main, context: {cluster: c, user: u}}]\n"
                                  "users: [{name: u, user: {token: first}}]\n";
    std::ofstream{dir / "sub/two"}
        << kubeconfig("server: 'https://h', certificate-authority: ca.crt", "token: second") +
               "- {name: v, user: {token: third}}\n";
    const auto list = (dir / "missing").string() + "::" + (dir / "one").string() + ":" +
                      (dir / "sub/two").string();
    const auto settings = load_kubeconfigs(list);
    ASSERT_TRUE(settings) << settings.error().message;
    EXPECT_EQ(settings->token.reveal(), "first");
    EXPECT_EQ(settings->ns, "");
    EXPECT_EQ(settings->ca_pem, "inner");
    EXPECT_EQ(settings->ca_file, (dir / "sub/ca.crt").string());
    const auto none = load_kubeconfigs((dir / "missing").string() + ":");
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, ErrorCode::NotFound);
}

TEST(Kubeconfig, FileThatIsNotThereIsNamed) {
    const support::TempDir dir;
    const auto settings = load_kubeconfig(dir / "config");
    ASSERT_FALSE(settings);
    EXPECT_EQ(settings.error().code, ErrorCode::NotFound);
    EXPECT_THAT(settings.error().message, HasSubstr((dir / "config").string()));
    EXPECT_FALSE(load_kubeconfig(dir.path()));
}

}  // namespace
}  // namespace headgate::kube::config
