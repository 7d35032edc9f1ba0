#include "kube/object.hpp"

#include <gtest/gtest.h>

namespace headgate::kube {
namespace {

using core::ErrorCode;
using core::Json;

const Json kFull = Json::parse(R"({
    "apiVersion": "headgate.io/v1alpha1", "kind": "StreamConfig",
    "metadata": {
        "name": "orders", "namespace": "agents", "uid": "u-1", "resourceVersion": "42", "generation": 3,
        "creationTimestamp": "2026-01-02T03:04:05Z", "deletionTimestamp": "2026-02-02T03:04:05Z",
        "finalizers": ["a/b", "headgate.io/cleanup"], "annotations": {"headgate.io/paused": "true"}
    },
    "spec": {"subjects": ["orders.>"]}, "status": {"observedGeneration": 2}})");

TEST(KubeObject, ReadsEveryMetadataFieldAndWritesItBack) {
    const auto object = parse_object(kFull);
    ASSERT_TRUE(object) << object.error().message;
    EXPECT_EQ(object->meta.name, "orders");
    EXPECT_EQ(object->meta.ns, "agents");
    EXPECT_EQ(object->meta.uid, "u-1");
    EXPECT_EQ(object->meta.resource_version, ResourceVersion{"42"});
    EXPECT_EQ(object->meta.generation, 3);
    EXPECT_EQ(object->meta.creation_timestamp, "2026-01-02T03:04:05Z");
    EXPECT_TRUE(is_deleting(object->meta));
    EXPECT_TRUE(has_finalizer(object->meta, "headgate.io/cleanup"));
    EXPECT_FALSE(has_finalizer(object->meta, "headgate.io"));
    EXPECT_EQ(object->meta.annotations.at("headgate.io/paused"), "true");
    EXPECT_EQ(to_json(*object), kFull);
}

TEST(KubeObject, SecretKeepsItsData) {
    const auto secret = Json::parse(R"({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "nats", "namespace": "agents"},
        "data": {"password": "czNjcjN0"}, "type": "Opaque"})");
    const auto object = parse_object(secret);
    ASSERT_TRUE(object) << object.error().message;
    EXPECT_EQ(object->data, (Json{{"password", "czNjcjN0"}}));
    EXPECT_EQ(to_json(*object)["data"], object->data);
}

TEST(KubeObject, DropsManagedFields) {
    auto json = kFull;
    json["metadata"]["managedFields"] = Json::array({{{"manager", "kubectl"}}});
    const auto object = parse_object(json);
    ASSERT_TRUE(object);
    EXPECT_EQ(to_json(*object), kFull);
}

TEST(KubeObject, MissingAndNullPartsAreEmptyOnes) {
    const auto object = parse_object(Json::parse(
        R"({"metadata": {"name": "x", "finalizers": null, "annotations": null, "deletionTimestamp": null},
            "spec": null})"));
    ASSERT_TRUE(object) << object.error().message;
    EXPECT_EQ(object->spec, Json::object());
    EXPECT_EQ(object->status, Json::object());
    EXPECT_EQ(object->data, Json::object());
    EXPECT_FALSE(is_deleting(object->meta));
}

TEST(KubeObject, RefusesWhatIsNoObject) {
    for (const auto* text : {"null",
                             "[]",
                             "5",
                             "{}",
                             R"({"metadata": []})",
                             R"({"metadata": {}})",
                             R"({"metadata": {"name": 5}})",
                             R"({"metadata": {"name": "x", "finalizers": "y"}})",
                             R"({"metadata": {"name": "x", "finalizers": [1]}})",
                             R"({"metadata": {"name": "x", "generation": "3"}})",
                             R"({"metadata": {"name": "x", "annotations": {"a": 1}}})"}) {
        const auto object = parse_object(Json::parse(text));
        ASSERT_FALSE(object) << text;
        EXPECT_EQ(object.error().code, ErrorCode::InvalidSpec) << text;
    }
}

TEST(ResourceType, CoreGroupHasNoSlash) {
    EXPECT_EQ((ResourceType{"", "v1", "pods", "Pod"}).api_version(), "v1");
    EXPECT_EQ(
        (ResourceType{"headgate.io", "v1alpha1", "statebuckets", "StateBucket"}).api_version(),
        "headgate.io/v1alpha1");
}

}  // namespace
}  // namespace headgate::kube
