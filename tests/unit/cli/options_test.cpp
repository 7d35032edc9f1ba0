#include "cli/options.hpp"

#include <map>
#include <ostream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headgate::cli {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

using Variables = std::map<std::string, std::string>;

std::variant<Options, Finished> parse(const std::vector<std::string>& arguments,
                                      const Variables& variables = {}) {
    return parse_options(arguments, [&](const char* name) -> const char* {
        const auto found = variables.find(name);
        return found == variables.end() ? nullptr : found->second.c_str();
    });
}

Options accepted(const std::vector<std::string>& arguments, const Variables& variables = {}) {
    auto parsed = parse(arguments, variables);
    if (const auto* const finished = std::get_if<Finished>(&parsed)) {
        ADD_FAILURE() << finished->err << finished->out;
        return {};
    }
    return std::get<Options>(parsed);
}

Finished finished(const std::vector<std::string>& arguments, const Variables& variables = {}) {
    auto parsed = parse(arguments, variables);
    if (auto* const end = std::get_if<Finished>(&parsed)) {
        return *end;
    }
    ADD_FAILURE() << "was accepted";
    return {};
}

TEST(Options, LeftOutAreTheDocumentedDefaults) {
    const auto options = accepted({"run", "-f", "d"});
    EXPECT_EQ(options.command, Command::Run);
    EXPECT_THAT(options.nats.servers, ElementsAre("nats://127.0.0.1:4222"));
    EXPECT_EQ(options.instance, "headgate");
    EXPECT_EQ(options.replica_limit, 0);
    EXPECT_EQ(options.listen, ":8080");
    EXPECT_EQ(options.resync, milliseconds{30'000});
    EXPECT_EQ(options.outage_grace, milliseconds{30'000});
    EXPECT_EQ(options.log_format, core::LogFormat::Text);
    EXPECT_FALSE(options.once);
}

TEST(Options, GlobalFlagsMayStandBeforeAndAfterTheCommand) {
    const auto before = accepted({"--server", "nats://a:1", "--instance=blue", "plan", "-f", "x"});
    const auto after = accepted({"plan", "-f", "x", "--server", "nats://a:1", "--instance=blue"});
    for (const auto& options : {before, after}) {
        EXPECT_THAT(options.nats.servers, ElementsAre("nats://a:1"));
        EXPECT_EQ(options.instance, "blue");
        EXPECT_THAT(options.files, ElementsAre("x"));
    }
}

TEST(Options, ManifestsAreWrittenAsYamlUnlessAsked) {
    EXPECT_EQ(accepted({"export"}).output, Output::Text);
    EXPECT_EQ(accepted({"export", "-o", "yaml"}).output, Output::Text);
    EXPECT_EQ(accepted({"convert", "-f", "x", "-o", "json"}).output, Output::Json);
    EXPECT_EQ(accepted({"export"}).streams, "*");
    EXPECT_EQ(accepted({"export", "--streams", "KV_*"}).streams, "KV_*");
}

TEST(Options, NamespacesAreEachNamedOnceAndAllByDefault) {
    EXPECT_THAT(accepted({"controller"}).kube.namespaces, ElementsAre());
    EXPECT_THAT(accepted({"controller", "--namespaces", "team-a, b,team-a"}).kube.namespaces,
                ElementsAre("team-a", "b"));
    EXPECT_THAT(accepted({"controller"}, {{"HEADGATE_NAMESPACES", "a,b"}}).kube.namespaces,
                ElementsAre("a", "b"));
}

TEST(Options, VariablesThatOtherProgramsReadAreReadToo) {
    const auto options = accepted({"controller"},
                                  {{"KUBECONFIG", "/a:/b"},
                                   {"HTTPS_PROXY", "http://one"},
                                   {"https_proxy", "http://two"},
                                   {"http_proxy", "http://three"},
                                   {"no_proxy", "10.0.0.0/8"}});
    EXPECT_EQ(options.kube.kubeconfig, "");
    EXPECT_EQ(options.kube.kubeconfigs, "/a:/b");
    EXPECT_EQ(options.kube.https_proxy, "http://one");
    EXPECT_EQ(options.kube.http_proxy, "http://three");
    EXPECT_EQ(options.kube.no_proxy, "10.0.0.0/8");
}

TEST(Options, NamespacesThatAreNoneAreToldAndNeverBecomeAll) {
    const auto error = finished({"controller", "--namespaces", "a,Team,-b"}).err;
    EXPECT_THAT(error, HasSubstr("--namespaces: \"Team\" is not a namespace"));
    EXPECT_THAT(error, HasSubstr("--namespaces: \"-b\" is not a namespace"));
    EXPECT_THAT(finished({"controller", "--namespaces", ","}).err, HasSubstr("names none"));
}

TEST(Options, ServersAreSeparatedByCommas) {
    EXPECT_THAT(accepted({"get", "--server", "nats://a:1,nats://b:2"}).nats.servers,
                ElementsAre("nats://a:1", "nats://b:2"));
}

TEST(Options, AFlagGoesBeforeItsVariableAndThatBeforeNatsUrl) {
    const Variables both{{"NATS_URL", "nats://url:1"}, {"HEADGATE_SERVER", "nats://variable:2"}};
    EXPECT_THAT(accepted({"get"}, {{"NATS_URL", "nats://url:1"}}).nats.servers,
                ElementsAre("nats://url:1"));
    EXPECT_THAT(accepted({"get"}, both).nats.servers, ElementsAre("nats://variable:2"));
    EXPECT_THAT(accepted({"get", "--server", "nats://flag:3"}, both).nats.servers,
                ElementsAre("nats://flag:3"));
}

TEST(Options, EveryFlagReadsItsVariable) {
    const auto options = accepted({"run"},
                                  {{"HEADGATE_CREDS", "c"},
                                   {"HEADGATE_NKEY", "k"},
                                   {"HEADGATE_USER", "u"},
                                   {"HEADGATE_PASSWORD_FILE", "p"},
                                   {"HEADGATE_TOKEN_FILE", "t"},
                                   {"HEADGATE_TLS_CA", "ca"},
                                   {"HEADGATE_TLS_CERT", "cert"},
                                   {"HEADGATE_TLS_KEY", "key"},
                                   {"HEADGATE_TLS_FIRST", "true"},
                                   {"HEADGATE_JS_DOMAIN", "hub"},
                                   {"HEADGATE_JS_API_PREFIX", "JS.hub.API"},
                                   {"HEADGATE_INSTANCE", "blue"},
                                   {"HEADGATE_REPLICA_LIMIT", "1"},
                                   {"HEADGATE_LOG_LEVEL", "debug"},
                                   {"HEADGATE_LOG_FORMAT", "json"},
                                   {"HEADGATE_FILE", "dir"},
                                   {"HEADGATE_ONCE", "1"},
                                   {"HEADGATE_LISTEN", ":1"},
                                   {"HEADGATE_RESYNC", "5s"},
                                   {"HEADGATE_OUTAGE_GRACE", "1m"},
                                   {"HEADGATE_WORKERS", "3"}});
    const auto& nats = options.nats;
    EXPECT_THAT((std::vector{nats.creds,
                             nats.nkey,
                             nats.user,
                             nats.password_file,
                             nats.token_file,
                             nats.tls_ca,
                             nats.tls_cert,
                             nats.tls_key,
                             nats.js_domain,
                             nats.js_api_prefix}),
                ElementsAre("c", "k", "u", "p", "t", "ca", "cert", "key", "hub", "JS.hub.API"));
    EXPECT_TRUE(nats.tls_first);
    EXPECT_EQ(options.instance, "blue");
    EXPECT_EQ(options.replica_limit, 1);
    EXPECT_EQ(options.log_level, core::LogLevel::Debug);
    EXPECT_EQ(options.log_format, core::LogFormat::JsonLines);
    EXPECT_THAT(options.files, ElementsAre("dir"));
    EXPECT_TRUE(options.once);
    EXPECT_EQ(options.listen, ":1");
    EXPECT_EQ(options.resync, milliseconds{5'000});
    EXPECT_EQ(options.outage_grace, milliseconds{60'000});
    EXPECT_EQ(options.workers, 3U);
}

TEST(Options, TheControllersFlagsReadTheirVariables) {
    const auto options = accepted({"controller"},
                                  {{"HEADGATE_KUBECONFIG", "file"},
                                   {"HEADGATE_CONTEXT", "dev"},
                                   {"KUBERNETES_SERVICE_HOST", "10.0.0.1"},
                                   {"KUBERNETES_SERVICE_PORT", "443"}});
    EXPECT_EQ(options.kube.kubeconfig, "file");
    EXPECT_EQ(options.kube.context, "dev");
    EXPECT_EQ(options.kube.service_host, "10.0.0.1");
    EXPECT_EQ(options.kube.service_port, "443");
}

TEST(Options, AnEmptyVariableCountsAsNotSet) {
    EXPECT_EQ(accepted({"get"}, {{"HEADGATE_INSTANCE", ""}, {"NO_COLOR", ""}}).instance,
              "headgate");
}

TEST(Options, AVariableWithAFlagsFlawIsNamedAsTheFlag) {
    EXPECT_THAT(finished({"run", "-f", "d"}, {{"HEADGATE_RESYNC", "soon"}}).err,
                HasSubstr("--resync"));
}

TEST(Options, ManifestsMayBeGivenAsAListAndAgain) {
    EXPECT_THAT(accepted({"plan", "-f", "a", "b", "-f", "-", "-o", "json"}).files,
                ElementsAre("a", "b", "-"));
    EXPECT_THAT(accepted({"plan"}, {{"HEADGATE_FILE", "a:b"}}).files, ElementsAre("a", "b"));
}

TEST(Options, TheLastOfARepeatedFlagHolds) {
    EXPECT_EQ(accepted({"get", "--instance", "a", "--instance", "b"}).instance, "b");
    EXPECT_TRUE(accepted({"plan", "-f", "x", "--prune", "--instance", "a"}).prune);
    EXPECT_TRUE(accepted({"run", "-f", "x", "--prune"}, {{"HEADGATE_INSTANCE", "a"}}).prune);
}

struct Wrong {
    std::vector<std::string> arguments;
    std::string says;

    friend std::ostream& operator<<(std::ostream& out, const Wrong& wrong) {
        return out << wrong.says;
    }
};

class WrongOptions : public testing::TestWithParam<Wrong> {};

TEST_P(WrongOptions, AreErrorsThatSayWhatWasMeant) {
    const auto end = finished(GetParam().arguments);
    EXPECT_EQ(end.exit_code, 1);
    EXPECT_THAT(end.err, HasSubstr(GetParam().says));
    EXPECT_EQ(end.out, "");
}

INSTANTIATE_TEST_SUITE_P(
    All,
    WrongOptions,
    testing::Values(
        Wrong{{"plan", "-f", "x", "--sever", "a"},
              "headgate plan has no flag --sever; did you mean --server?"},
        Wrong{{"plan", "-f", "x", "--sever=a"}, "has no flag --sever; did you mean --server?"},
        Wrong{{"--instanse", "a", "plan", "-f", "x"}, "--instance?"},
        Wrong{{"plan", "-f", "x", "--once"},
              "headgate plan has no flag --once; it is one of headgate run"},
        Wrong{{"aply", "-f", "x"}, "there is no command \"aply\"; did you mean apply?"},
        Wrong{
            {"frobnicate"},
            "there are run, apply, plan, delete, get, export, convert, crds, version, controller"},
        Wrong{{"convert"}, "headgate convert needs -f"},
        Wrong{{"export", "-o", "text"}, "--output: \"text\" is not one of yaml, json"},
        Wrong{{"plan", "-f", "x", "--streams", "A*"},
              "headgate plan has no flag --streams; it is one of headgate export"},
        Wrong{{"apply", "-f", "x", "--approves", "h"}, "headgate apply has no flag --approve"},
        Wrong{{"plan", "x.yaml"}, "manifests are given with -f"},
        Wrong{{"plan", "-f", "x", "--once", "apply"}, "headgate run"},
        Wrong{{"crds", "plan"}, "headgate crds does not expect \"plan\""},
        Wrong{{"plan"}, "headgate plan needs -f"},
        Wrong{{"run"}, "headgate run needs -f: a directory"},
        Wrong{{"plan", "-f"}, "--file"},
        Wrong{{"plan", "-f", "x", "-o", "jsn"},
              "--output: \"jsn\" is not one of text, json; did you mean json?"},
        Wrong{{"apply", "-f", "x", "--prune"}, "--prune needs --instance"},
        Wrong{{"get", "--instance", "a/b"}, "--instance: \"a/b\" is not a name"},
        Wrong{{"get", "--replica-limit", "0"},
              "--replica-limit: \"0\" is not a number from 1 to 5"},
        Wrong{{"get", "--replica-limit", "1x"}, "--replica-limit: \"1x\""},
        Wrong{{"get", "--log-level", "inf"},
              "--log-level: \"inf\" is not one of debug, info, warning, error, off; did you mean "
              "info?"},
        Wrong{{"run", "-f", "d", "--resync", "1 hour"}, "--resync: \"1 hour\" is not a duration"},
        Wrong{{"run", "-f", "d", "--resync", "0s"}, "--resync: 0s is less than 100ms"},
        Wrong{{"run", "-f", "d", "--workers", "0"}, "--workers"}));

TEST(Options, AllFlawsAreToldAtOnce) {
    const auto end = finished({"run", "--resync", "x", "--workers", "y", "--instance", "!"});
    for (const auto* const flag : {"--resync", "--workers", "--instance", "needs -f"}) {
        EXPECT_THAT(end.err, HasSubstr(flag));
    }
}

TEST(Options, WithoutACommandTheHelpIsAnError) {
    const auto end = finished({});
    EXPECT_EQ(end.exit_code, 1);
    EXPECT_THAT(end.err, HasSubstr("Usage"));
}

TEST(Options, HelpIsOutputAndTellsWhatMatters) {
    const auto end = finished({"--help"});
    EXPECT_EQ(end.exit_code, 0);
    for (const auto* const text : {"run",
                                   "apply",
                                   "plan",
                                   "delete",
                                   "get",
                                   "export",
                                   "convert",
                                   "crds",
                                   "version",
                                   "controller",
                                   "NATS connection",
                                   "--token-file",
                                   "HEADGATE_<FLAG>",
                                   "NATS_URL",
                                   "Examples",
                                   "Exit codes"}) {
        EXPECT_THAT(end.out, HasSubstr(text));
    }
}

TEST(Options, LeaderElectionIsOffAndNamedByTheInstance) {
    const auto usual = accepted({"controller"}).leader;
    EXPECT_FALSE(usual.elect);
    EXPECT_EQ(usual.ns, "");
    EXPECT_EQ(usual.name, "headgate-headgate");
    EXPECT_EQ(usual.lease_duration, std::chrono::seconds{15});
    EXPECT_EQ(usual.renew_deadline, std::chrono::seconds{10});
    EXPECT_EQ(usual.retry_period, std::chrono::seconds{2});
    const auto given = accepted({"controller",
                                 "--leader-elect",
                                 "--leader-elect-namespace=ops",
                                 "--leader-elect-name=one",
                                 "--lease-duration=3s",
                                 "--renew-deadline=2s",
                                 "--retry-period=500ms"},
                                {{"HOSTNAME", "headgate-6f7c"}})
                           .leader;
    EXPECT_TRUE(given.elect);
    EXPECT_EQ(given.ns, "ops");
    EXPECT_EQ(given.name, "one");
    EXPECT_EQ(given.host, "headgate-6f7c");
    EXPECT_EQ(given.lease_duration, std::chrono::seconds{3});
    EXPECT_EQ(given.retry_period, std::chrono::milliseconds{500});
    EXPECT_TRUE(accepted({"controller"}, {{"HEADGATE_LEADER_ELECT", "true"}}).leader.elect);
    // Instances may have names that objects of Kubernetes cannot have.
    EXPECT_EQ(accepted({"controller", "--instance=Team_A.b"}).leader.name, "headgate-team-a.b");
}

TEST(Options, EventsAreWrittenUnlessTurnedOff) {
    EXPECT_TRUE(accepted({"controller"}).events);
    EXPECT_TRUE(accepted({"controller", "--events=true"}).events);
    EXPECT_FALSE(accepted({"controller", "--events=false"}).events);
    EXPECT_FALSE(accepted({"controller"}, {{"HEADGATE_EVENTS", "false"}}).events);
    EXPECT_THAT(finished({"controller", "--events=no"}).err,
                HasSubstr("--events: \"no\" is not one of true, false"));
}

TEST(Options, TimesOfTheLeaseThatLetTwoLeadAreRefused) {
    const auto problems = [](const std::vector<std::string>& more) {
        std::vector<std::string> arguments{"controller", "--leader-elect"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return finished(arguments).err;
    };
    EXPECT_THAT(problems({"--lease-duration=10s"}), HasSubstr("longer than --renew-deadline"));
    EXPECT_THAT(problems({"--renew-deadline=15s"}), HasSubstr("longer than --renew-deadline"));
    EXPECT_THAT(problems({"--retry-period=9s"}), HasSubstr("1.2 times --retry-period"));
    EXPECT_THAT(problems({"--retry-period=0s"}), HasSubstr("0s is less than 100ms"));
    EXPECT_THAT(problems({"--leader-elect-name=No_Name"}),
                HasSubstr("--leader-elect-name: \"No_Name\" is not a name"));
}

TEST(Options, HelpOfACommandListsItsFlags) {
    const auto end = finished({"run", "--help"});
    EXPECT_EQ(end.exit_code, 0);
    for (const auto* const text :
         {"--once", "--listen", "--resync", "--outage-grace", "-f,--file"}) {
        EXPECT_THAT(end.out, HasSubstr(text));
    }
    EXPECT_THAT(finished({"crds", "--help"}).out, Not(HasSubstr("--reference")));
}

TEST(Options, VersionIsOneLine) {
    const auto end = finished({"--version"});
    EXPECT_EQ(end.exit_code, 0);
    EXPECT_THAT(end.out, testing::MatchesRegex("headgate [0-9.]+\n"));
}

}  // namespace
}  // namespace headgate::cli
