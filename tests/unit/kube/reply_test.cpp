#include "kube/reply.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace headgate::kube {
namespace {

using core::ErrorCode;
using core::Json;

std::string status_body(int code,
                        const std::string& message,
                        const Json& details = Json::object()) {
    return Json{{"kind", "Status"},
                {"apiVersion", "v1"},
                {"status", "Failure"},
                {"message", message},
                {"details", details},
                {"code", code}}
        .dump();
}

struct Case {
    int code;
    std::string body;
    ErrorCode expected;
};

TEST(KubeReply, EveryStatusCodeHasItsError) {
    const std::vector<Case> cases{
        {400, status_body(400, "bad"), ErrorCode::InvalidSpec},
        {401, status_body(401, "Unauthorized"), ErrorCode::Forbidden},
        {403, status_body(403, "no"), ErrorCode::Forbidden},
        {404, status_body(404, "not found"), ErrorCode::NotFound},
        {405, status_body(405, "no such verb"), ErrorCode::Refused},
        {408, "", ErrorCode::Unavailable},
        {409, status_body(409, "modified"), ErrorCode::Conflict},
        {410, status_body(410, "too old"), ErrorCode::Gone},
        {415, status_body(415, "media type"), ErrorCode::Refused},
        {422,
         status_body(422, "invalid", {{"causes", Json::array({Json::object()})}}),
         ErrorCode::InvalidSpec},
        {429, status_body(429, "slow down"), ErrorCode::Unavailable},
        {500, status_body(500, "etcd"), ErrorCode::Unavailable},
        {503, "<html>", ErrorCode::Unavailable},
        {504, status_body(504, "timeout"), ErrorCode::Unavailable},
        {302, "", ErrorCode::Refused},
    };
    for (const auto& [code, body, expected] : cases) {
        EXPECT_EQ(error_of(Reply{.code = code, .body = body}).code, expected) << code;
    }
}

// As kube-apiserver 1.36 answered a JSON Patch whose test did not hold.
TEST(KubeReply, FailedTestOfAJsonPatchIsAConflict) {
    const auto error = error_of(Reply{
        .code = 422, .body = R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",
            "message":"the server rejected our request due to an error in our request",
            "reason":"Invalid","details":{},"code":422})"});
    EXPECT_EQ(error.code, ErrorCode::Conflict);
    EXPECT_EQ(error.message,
              "HTTP 422: the server rejected our request due to an error in our request");
}

// As kube-apiserver 1.36 answered with its feature WatchList turned off.
TEST(KubeReply, WatchThatTheServerCannotBeginWithEverythingIsItsRequestsFault) {
    const auto error = error_of(Reply{
        .code = 422, .body = R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",
            "message":"ListOptions.meta.k8s.io \"\" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled",
            "reason":"Invalid","details":{"group":"meta.k8s.io","kind":"ListOptions","causes":[
                {"reason":"FieldValueForbidden","message":"Forbidden","field":"sendInitialEvents"}]},
            "code":422})"});
    EXPECT_EQ(error.code, ErrorCode::InvalidSpec);
}

// As kube-apiserver 1.36 answered a status of another type than the schema's.
TEST(KubeReply, StatusThatDoesNotFitTheSchemaIsRefusedAndNotTriedForEver) {
    const auto error = error_of(Reply{
        .code = 500, .body = R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",
            "message":"failed to create typed patch object (/a; test.headgate.io/v1, Kind=Gadget): .status.text: expected string",
            "code":500})"});
    EXPECT_EQ(error.code, ErrorCode::Refused);
}

TEST(KubeReply, MessageIsTheServersOrTheBodysFirstLine) {
    EXPECT_EQ(
        error_of(Reply{.code = 404, .body = status_body(404, "gadget \"a\" not found")}).message,
        "HTTP 404: gadget \"a\" not found");
    EXPECT_EQ(error_of(Reply{.code = 502, .body = "Bad Gateway\nnginx"}).message,
              "HTTP 502: Bad Gateway");
    EXPECT_EQ(error_of(Reply{.code = 502}).message, "HTTP 502");
    EXPECT_EQ(error_of(Reply{.code = 500, .body = std::string(5000, 'x')}).message.size(), 210U);
}

TEST(KubeReply, StatusInsideAWatchIsReadByItsCode) {
    EXPECT_EQ(error_of_status(Json::parse(status_body(410, "too old resource version: 1 (5)"))),
              (core::Error{ErrorCode::Gone, "HTTP 410: too old resource version: 1 (5)"}));
    EXPECT_EQ(error_of_status(Json::object()).code, ErrorCode::Unavailable);
    EXPECT_EQ(error_of_status(Json{}).code, ErrorCode::Unavailable);
}

TEST(KubeReply, RetryAfterCountsWhereTheServerIsBusy) {
    using std::chrono::seconds;
    EXPECT_EQ(retry_after({.code = 429, .retry_after = "3"}), seconds{3});
    EXPECT_EQ(retry_after({.code = 503, .retry_after = "1"}), seconds{1});
    EXPECT_EQ(retry_after({.code = 429}), std::nullopt);
    EXPECT_EQ(retry_after({.code = 429, .retry_after = "Wed, 21 Oct 2026 07:28:00 GMT"}),
              std::nullopt);
    EXPECT_EQ(retry_after({.code = 200, .retry_after = "3"}), std::nullopt);
    EXPECT_EQ(retry_after({.code = 429, .retry_after = "-3"}), std::nullopt);
}

TEST(KubeReply, ObjectIsReadFromASuccessOnly) {
    const std::string body = R"({"metadata": {"name": "x"}})";
    EXPECT_EQ(object_of({.code = 200, .body = body})->meta.name, "x");
    EXPECT_EQ(object_of({.code = 201, .body = body})->meta.name, "x");
    EXPECT_EQ(object_of({.code = 404, .body = body}).error().code, ErrorCode::NotFound);
}

TEST(KubeReply, SuccessThatIsNoJsonIsSomebodyElseAnswering) {
    const auto reply = object_of({.code = 200, .body = "<html>login</html>"});
    EXPECT_EQ(reply.error().code, ErrorCode::Unavailable);
    EXPECT_NE(reply.error().message.find("<html>login</html>"), std::string::npos);
}

TEST(KubeReply, ListPageHasItsTokenAndVersion) {
    const auto page = list_page_of({.code = 200, .body = R"({
        "apiVersion": "v1", "kind": "ConfigMapList",
        "metadata": {"resourceVersion": "42", "continue": "abc"},
        "items": [{"metadata": {"name": "x"}}, {"apiVersion": "b/v1", "kind": "B", "metadata": {"name": "y"}}]})"});
    ASSERT_TRUE(page) << page.error().message;
    EXPECT_EQ(page->continue_token, "abc");
    EXPECT_EQ(page->resource_version, ResourceVersion{"42"});
    ASSERT_EQ(page->objects.size(), 2U);
    // Built-in kinds leave both out of their items.
    EXPECT_EQ(page->objects[0].kind, "ConfigMap");
    EXPECT_EQ(page->objects[0].api_version, "v1");
    EXPECT_EQ(page->objects[1].kind, "B");
}

TEST(KubeReply, EmptyListIsAnEmptyPage) {
    for (const auto* items : {"[]", "null"}) {
        const auto page = list_page_of(
            {.code = 200,
             .body =
                 std::string{R"({"metadata": {"resourceVersion": "7"}, "items": )"} + items + "}"});
        ASSERT_TRUE(page) << page.error().message;
        EXPECT_TRUE(page->objects.empty());
        EXPECT_TRUE(page->continue_token.empty());
    }
}

TEST(KubeReply, AnswerWithoutItemsIsNoList) {
    EXPECT_EQ(list_page_of({.code = 200, .body = "{}"}).error().code, ErrorCode::Unavailable);
    EXPECT_EQ(list_page_of({.code = 200, .body = R"({"items": 5})"}).error().code,
              ErrorCode::Unavailable);
    EXPECT_FALSE(list_page_of({.code = 200, .body = R"({"metadata": 5, "items": [{"x": 1}]})"}));
}

TEST(KubeReply, VersionIsReadWithAProvidersPlus) {
    const auto version = version_of(
        {.code = 200, .body = R"({"major": "1", "minor": "36+", "gitVersion": "v1.36.3-gke.1"})"});
    ASSERT_TRUE(version);
    EXPECT_EQ(*version, (ServerVersion{1, 36, "v1.36.3-gke.1"}));
}

TEST(KubeReply, SecretThatWasCutOffIsNotQuoted) {
    const auto object = object_of({.code = 200, .body = R"({"data": {"password": "czNjcjN0"}, )"});
    ASSERT_FALSE(object);
    EXPECT_EQ(object.error().code, ErrorCode::Unavailable);
    EXPECT_EQ(object.error().message.find("czNjcjN0"), std::string::npos);
}

}  // namespace
}  // namespace headgate::kube
