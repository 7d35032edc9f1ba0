#include "jetstream/nats/server_message.hpp"

#include <gtest/gtest.h>

namespace headgate::jetstream::nats {
namespace {

using What = PermissionViolation::What;

TEST(PermissionViolation, NamesTheSubjectThatMayNotBePublishedTo) {
    const auto violation =
        permission_violation(R"(Permissions Violation for Publish to "$JS.API.STREAM.CREATE.X")");
    ASSERT_TRUE(violation);
    EXPECT_EQ(violation->what, What::Publish);
    EXPECT_EQ(violation->subject, "$JS.API.STREAM.CREATE.X");
    EXPECT_FALSE(violation->cut);
}

TEST(PermissionViolation, NamesTheSubscription) {
    const auto violation = permission_violation(
        R"(permissions violation for subscription to "_INBOX.a.*" using queue "q")");
    ASSERT_TRUE(violation);
    EXPECT_EQ(violation->what, What::Subscribe);
    EXPECT_EQ(violation->subject, "_INBOX.a.*");
}

TEST(PermissionViolation, ASubjectIsNotReadAsTheKindOfViolation) {
    EXPECT_EQ(
        permission_violation(R"(Permissions Violation for Publish to "my.subscription")")->what,
        What::Publish);
}

TEST(PermissionViolation, KnowsThatALongSubjectWasCut) {
    const auto violation =
        permission_violation(R"(Permissions Violation for Publish to "$JS.API.STREAM.CREA)");
    ASSERT_TRUE(violation);
    EXPECT_EQ(violation->subject, "$JS.API.STREAM.CREA");
    EXPECT_TRUE(violation->cut);
}

TEST(PermissionViolation, OtherTextsAreNone) {
    EXPECT_FALSE(permission_violation(""));
    EXPECT_FALSE(permission_violation("Authorization Violation"));
    EXPECT_FALSE(permission_violation("Stale Connection \"x\""));
    EXPECT_FALSE(permission_violation("Permissions Violation"));
}

}  // namespace
}  // namespace headgate::jetstream::nats
