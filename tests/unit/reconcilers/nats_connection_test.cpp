#include "reconcilers/resources/nats_connection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace headgate::resources {
namespace {

using core::ErrorCode;
using core::Json;
using core::Secret;
using testing::ElementsAre;
using testing::IsEmpty;

NatsConnectionSpec spec_of(const Json& json) {
    const auto parsed = parse_nats_connection(json);
    EXPECT_THAT(parsed.problems, IsEmpty()) << fields::describe(parsed.problems);
    return parsed.spec.value_or(NatsConnectionSpec{});
}

std::string problems_of(const Json& json) {
    const auto parsed = parse_nats_connection(json);
    EXPECT_FALSE(parsed.spec);
    return fields::describe(parsed.problems);
}

TEST(NatsConnectionSpec, IsReadWhole) {
    const auto spec = spec_of({{"urls", {"nats://a:4222", "b"}},
                               {"user", {{"secret", "s"}}},
                               {"tls",
                                {{"ca", {{"secret", "ca"}, {"key", "root.pem"}}},
                                 {"clientCertificate", {{"secret", "client"}}}}},
                               {"domain", "hub"},
                               {"allowedNamespaces", {"agents"}}});
    EXPECT_THAT(spec.urls, ElementsAre("nats://a:4222", "b"));
    EXPECT_THAT(secrets_of(spec), ElementsAre("ca", "client", "s"));
    EXPECT_EQ(spec.domain, "hub");
}

TEST(NatsConnectionSpec, EverythingWrongIsToldAtOnce) {
    EXPECT_EQ(problems_of(Json::object()), "spec.urls: is required");
    EXPECT_EQ(problems_of({{"urls", Json::array()}}), "spec.urls: must name at least one server");
    EXPECT_THAT(
        problems_of({{"urls", {"nats://user:secret@a"}}, {"colour", 1}}),
        testing::AllOf(testing::HasSubstr("spec.urls[0]"), testing::HasSubstr("spec.colour")));
    EXPECT_EQ(
        problems_of({{"urls", {"a"}}, {"token", {{"secret", "t"}}}, {"nkey", {{"secret", "n"}}}}),
        "spec.token: excludes nkey");
}

TEST(NatsConnectionSpec, IsForItsOwnNamespaceAndThoseItLists) {
    const auto own = spec_of({{"urls", {"a"}}});
    EXPECT_TRUE(allows(own, "hub", "hub"));
    EXPECT_FALSE(allows(own, "hub", "agents"));
    const auto some = spec_of({{"urls", {"a"}}, {"allowedNamespaces", {"agents"}}});
    EXPECT_TRUE(allows(some, "hub", "agents"));
    EXPECT_FALSE(allows(some, "hub", "others"));
    EXPECT_TRUE(allows(spec_of({{"urls", {"a"}}, {"allowedNamespaces", {"*"}}}), "hub", "anyone"));
}

TEST(NatsConnectionTarget, HoldsWhatTheSecretsHold) {
    const auto spec = spec_of({{"urls", {"a"}},
                               {"user", {{"secret", "s"}, {"passwordKey", "pw"}}},
                               {"tls", {{"ca", {{"secret", "ca"}}}}}});
    const auto data = read_secret_data({{"username", "YXBwCg=="}, {"pw", "c2VjcmV0"}});
    ASSERT_TRUE(data);
    std::map<std::string, SecretData> secrets{{"s", *data}};
    EXPECT_EQ(resolve(spec, secrets).error(),
              (core::Error{ErrorCode::NotFound, "Secret ca does not exist"}));
    secrets["ca"] = {{"tls.crt", Secret{"PEM"}}};
    EXPECT_EQ(resolve(spec, secrets).error().message, "Secret ca has no key ca.crt");
    secrets["ca"] = {{"ca.crt", Secret{"PEM"}}};
    const auto target = resolve(spec, secrets);
    ASSERT_TRUE(target);
    EXPECT_EQ(target->user, "app") << "without the line's end";
    EXPECT_EQ(target->password.reveal(), "secret");
    EXPECT_EQ(target->ca_pem, "PEM");
}

TEST(NatsConnectionStatus, KeepsTransitionTimesAndIgnoresUse) {
    ConnectionReport report{.reason = ConnectionReason::Connected,
                            .message = "connected",
                            .server = ServerStatus{"n1", "2.15.2", ""},
                            .account = "APP",
                            .jetstream = JetStreamStatus{.streams = {.used = 3, .limit = 10}}};
    const auto first = to_status(report, {}, 1, "2026-01-01T00:00:00Z");
    report.jetstream->streams.used = 4;
    const auto second = to_status(report, first, 1, "2026-01-01T00:00:09Z");
    EXPECT_NE(first, second);
    EXPECT_FALSE(differs(first, second));
    EXPECT_EQ(second.conditions.front().last_transition_time, "2026-01-01T00:00:00Z");
    report.jetstream->streams.limit = 5;
    EXPECT_TRUE(differs(first, to_status(report, first, 1, "2026-01-01T00:00:09Z")));
    EXPECT_EQ(connection_status_from_json(to_json(second)), second);
    report.reason = ConnectionReason::SecretMissing;
    const auto stalled = to_status(report, second, 2, "2026-01-01T00:01:00Z");
    ASSERT_EQ(stalled.conditions.size(), 2U);
    EXPECT_EQ(stalled.conditions.back().type, "Stalled");
}

}  // namespace
}  // namespace headgate::resources
