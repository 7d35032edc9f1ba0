#include "kube/patch.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace headgate::kube {
namespace {

using core::Json;

ObjectMeta with_finalizers(std::vector<std::string> finalizers) {
    ObjectMeta meta;
    meta.name = "orders";
    meta.uid = "u-1";
    meta.finalizers = std::move(finalizers);
    return meta;
}

TEST(FinalizerPatch, FirstOneTestsThatThereIsNoList) {
    EXPECT_EQ(add_finalizer_patch(with_finalizers({}), "headgate.io/cleanup"), Json::parse(R"([
        {"op": "test", "path": "/metadata/uid", "value": "u-1"},
        {"op": "test", "path": "/metadata/finalizers", "value": null},
        {"op": "add", "path": "/metadata/finalizers", "value": ["headgate.io/cleanup"]}])"));
}

TEST(FinalizerPatch, AnotherOneKeepsThoseOfOthers) {
    EXPECT_EQ(add_finalizer_patch(with_finalizers({"a/b"}), "headgate.io/cleanup"), Json::parse(R"([
        {"op": "test", "path": "/metadata/uid", "value": "u-1"},
        {"op": "test", "path": "/metadata/finalizers", "value": ["a/b"]},
        {"op": "add", "path": "/metadata/finalizers", "value": ["a/b", "headgate.io/cleanup"]}])"));
}

TEST(FinalizerPatch, RemovalTestsTheWholeListAndKeepsTheRest) {
    EXPECT_EQ(remove_finalizer_patch(with_finalizers({"a/b", "headgate.io/cleanup", "c/d"}),
                                     "headgate.io/cleanup"),
              Json::parse(R"([
        {"op": "test", "path": "/metadata/uid", "value": "u-1"},
        {"op": "test", "path": "/metadata/finalizers", "value": ["a/b", "headgate.io/cleanup", "c/d"]},
        {"op": "replace", "path": "/metadata/finalizers", "value": ["a/b", "c/d"]}])"));
}

TEST(FinalizerPatch, NothingToDoIsNoPatch) {
    EXPECT_FALSE(add_finalizer_patch(with_finalizers({"a/b"}), "a/b"));
    EXPECT_FALSE(remove_finalizer_patch(with_finalizers({"a/b"}), "c/d"));
}

}  // namespace
}  // namespace headgate::kube
