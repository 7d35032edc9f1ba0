#include "kube/config/exec_plugin.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/temp_dir.hpp"

namespace headgate::kube::config {
namespace {

using core::ErrorCode;
using core::Json;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

constexpr auto kVersion = "client.authentication.k8s.io/v1";

std::string printed(const std::string& status) {
    return std::string{R"({"apiVersion": "client.authentication.k8s.io/v1", "kind": )"} +
           R"("ExecCredential", "status": )" + status + "}";
}

/// Programs that a test writes.
class ExecPluginTest : public testing::Test {
protected:
    ExecPlugin plugin(const std::string& script) {
        const auto path = dir_ / "plugin";
        std::ofstream{path} << "#!/bin/sh\n" << script << "\n";
        std::filesystem::permissions(path, std::filesystem::perms::owner_all);
        return {.api_version = kVersion, .command = path.string()};
    }

    support::TempDir dir_;
};

TEST_F(ExecPluginTest, ArgumentsAndVariablesArriveAsTheyAreWithoutAShell) {
    auto given = plugin("printf '%s' \"$1|$2|$PLUGIN_MODE\" >\"$0.args\"; cat <<EOT\n" +
                        printed(R"({"token": "t0ken"})") + "\nEOT");
    given.args = {"$(touch nothing); *", "two words"};
    given.env = {{"PLUGIN_MODE", "a=b"}};
    const auto credential = run(given);
    ASSERT_TRUE(credential) << credential.error().message;
    EXPECT_EQ(credential->token.reveal(), "t0ken");
    EXPECT_FALSE(credential->expires);
    std::string args;
    std::getline(std::ifstream{given.command + ".args"}, args);
    EXPECT_EQ(args, "$(touch nothing); *|two words|a=b");
}

TEST_F(ExecPluginTest, ItIsToldTheVersionThatThereIsNoTerminalAndTheClusterIfItAsks) {
    auto given = plugin("printf '%s' \"$KUBERNETES_EXEC_INFO\" >\"$0.info\"; cat <<EOT\n" +
                        printed(R"({"token": "t"})") + "\nEOT");
    const auto told = [&] {
        EXPECT_TRUE(run(given));
        return Json::parse(std::ifstream{given.command + ".info"});
    };
    EXPECT_EQ(told(),
              (Json{{"apiVersion", kVersion},
                    {"kind", "ExecCredential"},
                    {"spec", {{"interactive", false}}}}));
    given.cluster = {{"server", "https://h"}};
    EXPECT_EQ(told()["spec"]["cluster"]["server"], "https://h");
}

TEST_F(ExecPluginTest, StandardInputIsEmpty) {
    EXPECT_TRUE(run(plugin("cat; cat <<EOT\n" + printed(R"({"token": "t"})") + "\nEOT"), 20s));
}

TEST_F(ExecPluginTest, FailureHasItsExitCodeAndWhatItSaid) {
    const auto credential = run(plugin("echo s3cret; echo 'log in first' >&2; exit 3"));
    ASSERT_FALSE(credential);
    EXPECT_EQ(credential.error().code, ErrorCode::Forbidden);
    EXPECT_THAT(credential.error().message, HasSubstr("exit code 3: log in first"));
    EXPECT_THAT(credential.error().message, Not(HasSubstr("s3cret")));
}

TEST_F(ExecPluginTest, ProgramThatIsNotThereIsNamedWithItsHint) {
    const auto credential = run({.api_version = kVersion,
                                 .command = "headgate-no-such-plugin",
                                 .install_hint = "get it from example.com"});
    ASSERT_FALSE(credential);
    EXPECT_EQ(credential.error().code, ErrorCode::Forbidden);
    EXPECT_THAT(credential.error().message,
                HasSubstr("\"headgate-no-such-plugin\": cannot be run: No such file"));
    EXPECT_THAT(credential.error().message, HasSubstr("get it from example.com"));
}

TEST_F(ExecPluginTest, ProgramThatHangsIsEndedWithWhatItStarted) {
    const auto began = std::chrono::steady_clock::now();
    const auto credential = run(plugin("echo waiting >&2; sleep 600 & wait"), 300ms);
    ASSERT_FALSE(credential);
    EXPECT_THAT(credential.error().message, HasSubstr("did not end within 300ms: waiting"));
    EXPECT_LT(std::chrono::steady_clock::now() - began, 20s);
}

TEST_F(ExecPluginTest, MuchOutputOnBothEndsIsTaken) {
    const auto credential = run(plugin(
        "i=0; while [ $i -lt 3000 ]; do echo noise-noise-noise-noise-noise >&2; i=$((i+1)); done; "
        "cat <<EOT\n" +
        printed(R"({"token": "t"})") + "\nEOT"));
    EXPECT_TRUE(credential) << credential.error().message;
}

TEST(ExecCredential, HasATokenOrACertificateAndMayExpire) {
    const auto whole = parse_credential(
        printed(R"({"token": "t", "clientCertificateData": "c", "clientKeyData": "k",
                    "expirationTimestamp": "2026-01-02T03:04:05Z"})"),
        kVersion);
    ASSERT_TRUE(whole) << whole.error().message;
    EXPECT_EQ(whole->certificate_pem, "c");
    EXPECT_EQ(whole->key_pem.reveal(), "k");
    EXPECT_EQ(whole->expires,
              std::chrono::sys_days{std::chrono::year{2026} / 1 / 2} + 3h + 4min + 5s);
}

TEST(ExecCredential, AnythingElseIsRefusedWithoutQuotingIt) {
    const std::vector<std::pair<std::string, std::string>> refusals{
        {"s3cret", "no ExecCredential"},
        {R"({"kind": "s3cret"})", "no ExecCredential"},
        {R"({"kind": "ExecCredential", "apiVersion": "v0"})", "apiVersion \"v0\""},
        {printed("{}"), "neither a token nor"},
        {printed(R"({"clientKeyData": "s3cret"})"), "one of clientCertificateData"},
        {printed(R"({"token": {"s3cret": 5}})"), "other types"},
        {printed(R"({"token": "s3cret", "expirationTimestamp": "soon"})"), "expirationTimestamp"},
    };
    for (const auto& [text, message] : refusals) {
        const auto credential = parse_credential(text, kVersion);
        ASSERT_FALSE(credential) << text;
        EXPECT_EQ(credential.error().code, ErrorCode::Forbidden);
        EXPECT_THAT(credential.error().message, HasSubstr(message)) << text;
        EXPECT_THAT(credential.error().message, Not(HasSubstr("s3cret"))) << text;
    }
}

}  // namespace
}  // namespace headgate::kube::config
