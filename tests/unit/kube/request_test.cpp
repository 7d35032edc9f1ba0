#include "kube/request.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace headgate::kube {
namespace {

using core::Json;

const ResourceType kStreams{"headgate.io", "v1alpha1", "streamconfigs", "StreamConfig"};
const ResourceType kConfigMaps{"", "v1", "configmaps", "ConfigMap"};

ObjectMeta orders() {
    ObjectMeta meta;
    meta.name = "orders";
    meta.ns = "agents";
    meta.uid = "u-1";
    meta.resource_version = ResourceVersion{"42"};
    return meta;
}

TEST(KubeRequest, FirstPageAsksWithoutAToken) {
    EXPECT_EQ(list_request(kStreams, {}, 500, ""),
              (Request{.verb = "list",
                       .path = "/apis/headgate.io/v1alpha1/streamconfigs",
                       .query = "limit=500"}));
}

TEST(KubeRequest, ContinueTokenIsEncoded) {
    EXPECT_EQ(list_request(kStreams, {}, 2, "a+b/c= &d").query,
              "limit=2&continue=a%2Bb%2Fc%3D%20%26d");
}

TEST(KubeRequest, CoreGroupLivesUnderApi) {
    EXPECT_EQ(list_request(kConfigMaps, {}, 1, "").path, "/api/v1/configmaps");
    EXPECT_EQ(get_request(kConfigMaps, "ns", "x").path, "/api/v1/namespaces/ns/configmaps/x");
}

TEST(KubeRequest, WatchBeginsAtAVersionAsksForBookmarksAndBoundsItsTime) {
    EXPECT_EQ(
        watch_request(kStreams, {}, {ResourceVersion{"42"}, std::chrono::seconds{300}}),
        (Request{
            .verb = "watch",
            .path = "/apis/headgate.io/v1alpha1/streamconfigs",
            .query = "watch=true&allowWatchBookmarks=true&resourceVersion=42&timeoutSeconds=300"}));
}

TEST(KubeRequest, ScopeIsANamespaceInThePathAndANameInTheQuery) {
    EXPECT_EQ(list_request(kStreams, {"agents", ""}, 5, "t").path,
              "/apis/headgate.io/v1alpha1/namespaces/agents/streamconfigs");
    const auto one = list_request(kConfigMaps, {"agents", "a&b"}, 5, "t");
    EXPECT_EQ(one.path, "/api/v1/namespaces/agents/configmaps");
    EXPECT_EQ(one.query, "limit=5&fieldSelector=metadata.name%3Da%26b&continue=t");
    const auto watched = watch_request(
        kConfigMaps, {"agents", "a"}, {ResourceVersion{"4"}, std::chrono::seconds{9}});
    EXPECT_EQ(watched.path, one.path);
    EXPECT_EQ(watched.query,
              "watch=true&allowWatchBookmarks=true&resourceVersion=4&timeoutSeconds=9"
              "&fieldSelector=metadata.name%3Da");
}

TEST(KubeRequest, WatchOfEverythingAsksForWhatThereIsFirst) {
    EXPECT_EQ(watch_request(kStreams, {}, {{}, std::chrono::seconds{300}, true}).query,
              "watch=true&allowWatchBookmarks=true&sendInitialEvents=true"
              "&resourceVersionMatch=NotOlderThan&timeoutSeconds=300");
}

TEST(KubeRequest, RightsAreNamedAsARoleHasThem) {
    EXPECT_EQ(right_to("list", kStreams, {}), "list streamconfigs.headgate.io in all namespaces");
    EXPECT_EQ(right_to("watch", kConfigMaps, {"agents", "a"}),
              "watch configmaps named \"a\" in namespace \"agents\"");
}

TEST(KubeRequest, ClusterScopedObjectsHaveNoNamespaceInTheirPath) {
    EXPECT_EQ(get_request(kStreams, "", "x").path, "/apis/headgate.io/v1alpha1/streamconfigs/x");
}

TEST(KubeRequest, NamesCannotBreakOutOfTheirPathSegment) {
    EXPECT_EQ(get_request(kStreams, "a/b", "../x?y").path,
              "/apis/headgate.io/v1alpha1/namespaces/a%2Fb/streamconfigs/..%2Fx%3Fy");
}

TEST(KubeRequest, ObjectIsCreatedInTheNamespaceThatItNames) {
    const Json object{{"metadata", {{"name", "x"}, {"namespace", "agents"}}}};
    EXPECT_EQ(create_request(kConfigMaps, object),
              (Request{.verb = "create",
                       .method = Method::Post,
                       .path = "/api/v1/namespaces/agents/configmaps",
                       .query = {},
                       .content_type = "application/json",
                       .body = object.dump()}));
}

TEST(KubeRequest, MergePatchCarriesTheVersionSeenWhereThereIsOne) {
    const Json patch{{"spec", {{"a", 1}}}};
    auto object = orders();
    const auto request = merge_patch_request(kStreams, object, patch);
    EXPECT_EQ(request.verb, "patch");
    EXPECT_EQ(request.method, Method::Patch);
    EXPECT_EQ(request.path, "/apis/headgate.io/v1alpha1/namespaces/agents/streamconfigs/orders");
    EXPECT_EQ(request.content_type, "application/merge-patch+json");
    EXPECT_EQ(Json::parse(request.body),
              (Json{{"metadata", {{"resourceVersion", "42"}}}, {"spec", {{"a", 1}}}}));
    object.resource_version = {};
    EXPECT_EQ(Json::parse(merge_patch_request(kStreams, object, patch).body), patch);
}

TEST(KubeRequest, StatusIsAppliedOnItsSubresourceByForceWithTheVersionSeen) {
    const auto request =
        apply_status_request(kStreams, orders(), {{"stream", "ORDERS"}}, "headgate");
    EXPECT_EQ(request.verb, "apply");
    EXPECT_EQ(request.method, Method::Patch);
    EXPECT_EQ(request.path,
              "/apis/headgate.io/v1alpha1/namespaces/agents/streamconfigs/orders/status");
    EXPECT_EQ(request.query, "fieldManager=headgate&force=true");
    EXPECT_EQ(request.content_type, "application/apply-patch+yaml");
    EXPECT_EQ(Json::parse(request.body), Json::parse(R"({
        "apiVersion": "headgate.io/v1alpha1", "kind": "StreamConfig",
        "metadata": {"name": "orders", "namespace": "agents", "resourceVersion": "42"},
        "status": {"stream": "ORDERS"}})"));
}

TEST(KubeRequest, UnknownVersionIsNoPrecondition) {
    auto meta = orders();
    meta.resource_version = {};
    const auto request = apply_status_request(kStreams, meta, Json::object(), "headgate");
    EXPECT_FALSE(Json::parse(request.body)["metadata"].contains("resourceVersion"));
}

TEST(KubeRequest, BytesThatAreNoUtf8AreReplacedAndDoNotThrow) {
    const auto request = apply_status_request(kStreams,
                                              orders(),
                                              {{"message",
                                                "a\xff"
                                                "b"}},
                                              "headgate");
    EXPECT_EQ(Json::parse(request.body)["status"]["message"],
              "a\xEF\xBF\xBD"
              "b");
}

TEST(KubeRequest, JsonPatchGoesToTheObjectItself) {
    EXPECT_EQ(json_patch_request(kStreams, orders(), Json::array({{{"op", "test"}}})),
              (Request{.verb = "patch",
                       .method = Method::Patch,
                       .path = "/apis/headgate.io/v1alpha1/namespaces/agents/streamconfigs/orders",
                       .query = "",
                       .content_type = "application/json-patch+json",
                       .body = R"([{"op":"test"}])"}));
}

TEST(KubeRequest, VersionIsAskedAtItsPath) {
    EXPECT_EQ(version_request(), (Request{.verb = "get", .path = "/version"}));
}

}  // namespace
}  // namespace headgate::kube
