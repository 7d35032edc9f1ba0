#include "kube/patch.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace headgate::kube {

namespace {

using core::Json;

constexpr auto kListPath = "/metadata/finalizers";

/// The list as a patch sees it: the API server leaves an empty one out, and a `test` for null is
/// what an absent member passes.
Json list_or_null(const std::vector<std::string>& finalizers) {
    return finalizers.empty() ? Json(nullptr) : Json(finalizers);
}

Json guarded(const ObjectMeta& object, Json operation) {
    auto patch = Json::array();
    if (!object.uid.empty()) {
        patch.push_back({{"op", "test"}, {"path", "/metadata/uid"}, {"value", object.uid}});
    }
    patch.push_back(
        {{"op", "test"}, {"path", kListPath}, {"value", list_or_null(object.finalizers)}});
    patch.push_back(std::move(operation));
    return patch;
}

}  // namespace

std::optional<Json> add_finalizer_patch(const ObjectMeta& object, const std::string& finalizer) {
    if (has_finalizer(object, finalizer)) {
        return std::nullopt;
    }
    auto list = object.finalizers;
    list.push_back(finalizer);
    return guarded(object, {{"op", "add"}, {"path", kListPath}, {"value", std::move(list)}});
}

std::optional<Json> remove_finalizer_patch(const ObjectMeta& object, const std::string& finalizer) {
    if (!has_finalizer(object, finalizer)) {
        return std::nullopt;
    }
    auto list = object.finalizers;
    std::erase(list, finalizer);
    return guarded(object, {{"op", "replace"}, {"path", kListPath}, {"value", std::move(list)}});
}

}  // namespace headgate::kube
