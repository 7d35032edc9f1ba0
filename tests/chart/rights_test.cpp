// The rights that the chart gives are those that the code can use, no more and no less: every
// request that kube/request.hpp can build, with every resource it is built for.
#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "controller/kube_declarations.hpp"
#include "controller/nats_connections.hpp"
#include "controller/secret_watch.hpp"
#include "kube/event.hpp"
#include "kube/lease.hpp"
#include "kube/request.hpp"
#include "tests/chart/chart.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

namespace headgate::chart {
namespace {

using kube::Request;

/// "headgate.io/streamconfigs/status patch"
using Rights = std::set<std::string>;

std::vector<std::string> segments(const std::string& path) {
    std::vector<std::string> parts;
    std::istringstream text{path};
    for (std::string part; std::getline(text, part, '/');) {
        if (!part.empty()) {
            parts.push_back(part);
        }
    }
    return parts;
}

/// As the API server reads a request (RequestInfo); empty for what is no resource.
std::string right_of(const Request& request) {
    auto parts = segments(request.path);
    if (parts.empty() || (parts[0] != "api" && parts[0] != "apis")) {
        return {};
    }
    const bool core = parts[0] == "api";
    const auto group = core ? std::string{} : parts.at(1);
    parts.erase(parts.begin(), parts.begin() + (core ? 2 : 3));
    if (parts.size() > 2 && parts[0] == "namespaces") {
        parts.erase(parts.begin(), parts.begin() + 2);
    }
    const bool one = parts.size() > 1;
    const bool watch = request.query.find("watch=true") != std::string::npos;
    const auto verb = request.method == kube::Method::Patch  ? "patch"
                      : request.method == kube::Method::Post ? "create"
                      : watch                                ? "watch"
                      : one                                  ? "get"
                                                             : "list";
    return group + "/" + parts.at(0) + (parts.size() > 2 ? "/" + parts[2] : "") + " " + verb;
}

/// By the name of the function that builds it.
using Requests = std::multimap<std::string, Request>;

/// What is asked where declarations count: of themselves, of the connections that they name, and of
/// the Events about them.
Requests requests_about_declarations(const kube::Scope& scope = {}) {
    Requests all;
    const kube::ObjectMeta object{.name = "a", .ns = "team"};
    for (const auto kind : resources::kKinds) {
        const auto type = controller::resource_type(kind);
        all.emplace("list_request", kube::list_request(type, scope, 500, ""));
        all.emplace("watch_request", kube::watch_request(type, scope, {}));
        all.emplace("get_request", kube::get_request(type, "team", "a"));
        all.emplace("json_patch_request", kube::json_patch_request(type, object, {}));
        all.emplace("apply_status_request",
                    kube::apply_status_request(type, object, {}, "headgate"));
    }
    const auto connections = controller::nats_connection_type();
    all.emplace("list_request", kube::list_request(connections, scope, 500, ""));
    all.emplace("watch_request", kube::watch_request(connections, scope, {}));
    all.emplace("apply_status_request",
                kube::apply_status_request(connections, object, {}, "headgate"));
    const auto events = kube::event_type();
    all.emplace("create_request",
                kube::create_request(events, {{"metadata", {{"namespace", "team"}}}}));
    all.emplace("merge_patch_request", kube::merge_patch_request(events, object, {}));
    all.emplace("version_request", kube::version_request());
    return all;
}

/// Of one Secret of a NatsConnection, by its name.
Requests requests_about_secrets() {
    const kube::Scope scope{.ns = "team", .name = "creds"};
    const auto type = controller::secret_type();
    Requests all;
    all.emplace("get_request", kube::get_request(type, scope.ns, scope.name));
    all.emplace("watch_request", kube::watch_request(type, scope, {}));
    return all;
}

/// Who leads, asked in the operator's own namespace.
Requests requests_about_leases() {
    const auto type = kube::lease_type();
    const kube::ObjectMeta lease{.name = "headgate", .ns = kNamespace};
    Requests all;
    all.emplace("get_request", kube::get_request(type, kNamespace, "headgate"));
    all.emplace("create_request",
                kube::create_request(type, {{"metadata", {{"namespace", kNamespace}}}}));
    all.emplace("merge_patch_request", kube::merge_patch_request(type, lease, {}));
    return all;
}

/// As they are where a rule names the one object: all but what creates it.
Rights of(const std::string& name, const Rights& rights) {
    Rights named;
    for (const auto& right : rights) {
        named.insert(right.ends_with(" create") ? right : right + " of " + name);
    }
    return named;
}

Rights rights_of(const Requests& requests) {
    Rights rights;
    for (const auto& [name, request] : requests) {
        if (auto right = right_of(request); !right.empty()) {
            rights.insert(std::move(right));
        }
    }
    return rights;
}

std::vector<std::string> texts(const YAML::Node& list) {
    return list ? list.as<std::vector<std::string>>() : std::vector<std::string>{};
}

Rights rights_of(const YAML::Node& role) {
    Rights rights;
    for (const auto& rule : role["rules"]) {
        const auto names = texts(rule["resourceNames"]);
        for (const auto& group : texts(rule["apiGroups"])) {
            for (const auto& resource : texts(rule["resources"])) {
                for (const auto& verb : texts(rule["verbs"])) {
                    auto right = group;
                    right += "/" + resource + " " + verb;
                    for (const auto& name : names) {
                        rights.insert(right + " of " + name);
                    }
                    if (names.empty()) {
                        rights.insert(right);
                    }
                }
            }
        }
    }
    return rights;
}

/// "Role operators/headgate" by what its bindings give the operator's ServiceAccount.
std::map<std::string, Rights> given(const std::vector<YAML::Node>& objects) {
    const auto name_of = [](const YAML::Node& object, const std::string& kind) {
        const auto ns = object["metadata"]["namespace"];
        return kind + " " + (ns ? ns.as<std::string>() + "/" : "");
    };
    std::map<std::string, Rights> roles;
    std::map<std::string, Rights> bound;
    for (const auto& object : objects) {
        const auto kind = object["kind"].as<std::string>();
        if (kind == "Role" || kind == "ClusterRole") {
            roles[name_of(object, kind) + object["metadata"]["name"].as<std::string>()] =
                rights_of(object);
        }
    }
    for (const auto& object : objects) {
        const auto kind = object["kind"].as<std::string>();
        if (kind != "RoleBinding" && kind != "ClusterRoleBinding") {
            continue;
        }
        const auto role = name_of(object, object["roleRef"]["kind"].as<std::string>()) +
                          object["roleRef"]["name"].as<std::string>();
        EXPECT_EQ(object["subjects"].size(), 1U);
        EXPECT_EQ(object["subjects"][0]["name"].as<std::string>(), "headgate");
        EXPECT_EQ(object["subjects"][0]["namespace"].as<std::string>(), kNamespace);
        EXPECT_TRUE(roles.contains(role)) << role;
        bound[role] = roles[role];
    }
    return bound;
}

TEST(Rights, EveryRequestThatCanBeBuiltIsLookedAt) {
    const auto header = support::read_file(support::source_dir() / "kube/request.hpp");
    const std::regex declared{R"(\[\[nodiscard\]\] Request (\w+)\()"};
    std::set<std::string> functions;
    for (std::sregex_iterator match{header.begin(), header.end(), declared};
         match != std::sregex_iterator{};
         ++match) {
        functions.insert((*match)[1]);
    }
    std::set<std::string> looked_at;
    for (const auto& requests :
         {requests_about_declarations(), requests_about_leases(), requests_about_secrets()}) {
        for (const auto& [name, request] : requests) {
            looked_at.insert(name);
        }
    }
    EXPECT_EQ(functions, looked_at);
}

TEST(Rights, AreThoseThatTheCodeCanUse) {
    EXPECT_EQ(given(render()),
              (std::map<std::string, Rights>{
                  {"ClusterRole headgate", rights_of(requests_about_declarations())},
                  {"Role operators/headgate-leader",
                   of("headgate", rights_of(requests_about_leases()))}}));
}

TEST(Rights, AreTheSameInEachNamespaceThatIsWatchedAndNoneElsewhere) {
    const auto objects = render({"watchNamespaces={blue,green}"});
    const auto asked = rights_of(requests_about_declarations({.ns = "blue"}));
    EXPECT_EQ(
        given(objects),
        (std::map<std::string, Rights>{{"Role blue/headgate", asked},
                                       {"Role green/headgate", asked},
                                       {"Role operators/headgate-leader",
                                        of("headgate", rights_of(requests_about_leases()))}}));
    for (const auto& object : objects) {
        EXPECT_THAT(object["kind"].as<std::string>(), testing::Not(testing::StartsWith("Cluster")));
    }
}

TEST(Rights, AreNoneOnEventsWhereNoneAreWritten) {
    for (const auto& [role, rights] : given(render({"events=false"}))) {
        EXPECT_THAT(rights, testing::Each(testing::Not(testing::HasSubstr("events")))) << role;
    }
}

TEST(Rights, AreNoneOnLeasesWhereNobodyIsElected) {
    EXPECT_EQ(given(render({"replicas=1", "leaderElection.enabled=false"})).size(), 1U);
}

TEST(Rights, OnSecretsAreForThoseThatAreListed) {
    const auto bound = given(render({"natsConnections.secrets[0].namespace=team",
                                     "natsConnections.secrets[0].names={creds}",
                                     "natsConnections.secrets[1].namespace=team",
                                     "natsConnections.secrets[1].names={creds,ca}"}));
    auto both = of("creds", rights_of(requests_about_secrets()));
    both.merge(of("ca", rights_of(requests_about_secrets())));
    EXPECT_EQ(bound.at("Role team/headgate-secrets"), both);
}

TEST(Rights, OnAllSecretsAreGivenOnlyWhenAskedFor) {
    auto asked = rights_of(requests_about_declarations());
    asked.merge(rights_of(requests_about_secrets()));
    EXPECT_EQ(given(render({"natsConnections.allSecrets=true"})).at("ClusterRole headgate"), asked);
}

TEST(Rights, UsersMayReadAndChangeEveryKind) {
    std::map<std::string, std::string> roles;
    for (const auto& object : render()) {
        if (object["metadata"]["labels"]["rbac.authorization.k8s.io/aggregate-to-admin"]) {
            for (const auto& right : rights_of(object)) {
                roles[right] = object["metadata"]["name"].as<std::string>();
            }
        }
    }
    std::vector<std::string> plurals{controller::nats_connection_type().plural};
    for (const auto kind : resources::kKinds) {
        plurals.push_back(controller::resource_type(kind).plural);
    }
    for (const auto& plural : plurals) {
        const auto resource = "headgate.io/" + plural;
        for (const auto* verb : {"get", "list", "watch"}) {
            EXPECT_EQ(roles[resource + " " + verb], "headgate-view");
            EXPECT_EQ(roles[resource + "/status " + verb], "headgate-view");
        }
        for (const auto* verb : {"create", "update", "patch", "delete", "deletecollection"}) {
            EXPECT_EQ(roles[resource + " " + verb], "headgate-edit");
        }
    }
}

}  // namespace
}  // namespace headgate::chart
