#include "jetstream/nats/connection_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jetstream/nats/connection.hpp"
#include "jetstream/nats/library.hpp"

namespace headgate::jetstream::nats {
namespace {

using core::ErrorCode;
using core::Secret;
using ::testing::HasSubstr;

std::string refused(const ConnectionSettings& settings) {
    const auto checked = check(settings);
    return checked ? std::string{} : checked.error().message;
}

TEST(ConnectionSettings, DefaultsAndOrdinaryUrlsAreFine) {
    EXPECT_EQ(refused({}), "");
    EXPECT_EQ(refused({.urls = {"nats://a:4222", "tls://user:p@ss@b", "c:4222", "[::1]:4222"}}),
              "");
}

TEST(ConnectionSettings, AUrlThatCanNeverWorkIsRefusedWithoutItsPassword) {
    EXPECT_EQ(refused({.urls = {}}), "no server URL");
    EXPECT_EQ(refused({.urls = {"ws://user:secret@host"}}),
              "server URL ws://host: scheme ws is not one of nats, tls");
    EXPECT_EQ(refused({.urls = {"nats://"}}), "server URL \"nats://\" names no host");
    EXPECT_EQ(refused({.urls = {"nats://user:secret@:4222"}}),
              "server URL \"nats://:4222\" names no host");
    EXPECT_EQ(refused({.urls = {"nats://a", "nats://b c"}}),
              "server URL \"nats://b c\" names no host");
}

TEST(ConnectionSettings, TheApiPrefixComesFromDomainOrPrefix) {
    EXPECT_EQ(api_prefix({}), "$JS.API");
    EXPECT_EQ(api_prefix({.js_domain = "hub"}), "$JS.hub.API");
    EXPECT_EQ(api_prefix({.js_api_prefix = "imported.js"}), "imported.js");
}

TEST(ConnectionSettings, SubjectPartsMustBeLiteralSubjects) {
    EXPECT_THAT(refused({.js_domain = "hub", .js_api_prefix = "x"}),
                HasSubstr("exclude each other"));
    EXPECT_THAT(refused({.js_domain = "a.b"}), HasSubstr("is not one word"));
    EXPECT_THAT(refused({.js_domain = "*"}), HasSubstr("is not one word"));
    EXPECT_THAT(refused({.js_api_prefix = "js."}), HasSubstr("is not a subject"));
    EXPECT_THAT(refused({.inbox_prefix = "a..b"}), HasSubstr("is not a subject"));
    EXPECT_THAT(refused({.inbox_prefix = ""}), HasSubstr("is not a subject"));
}

TEST(ConnectionSettings, OneWayToSayWhoItIs) {
    EXPECT_THAT(refused({.user = "u", .token = Secret{"t"}}), HasSubstr("exclude each other"));
    EXPECT_THAT(refused({.credentials_file = "c", .nkey_seed_file = "n"}),
                HasSubstr("exclude each other"));
    EXPECT_EQ(refused({.password = Secret{"p"}}), "a password without a user");
    EXPECT_EQ(refused({.user = "u", .password = Secret{"p"}}), "");
}

TEST(ConnectionSettings, AClientCertificateNeedsItsKey) {
    EXPECT_THAT(refused({.tls_certificate_file = "c"}), HasSubstr("go together"));
    EXPECT_THAT(refused({.tls_key_file = "k"}), HasSubstr("go together"));
    EXPECT_EQ(refused({.tls_certificate_file = "c", .tls_key_file = "k"}), "");
}

TEST(ConnectionSettings, TlsFirstSaysWhatItNeedsWhereTheLibraryIsTooOld) {
    const auto checked = check({.tls_first = true});
    EXPECT_EQ(checked.has_value(), has_tls_first());
    if (!checked) {
        EXPECT_EQ(checked.error().code, ErrorCode::Unsupported);
        EXPECT_THAT(checked.error().message,
                    HasSubstr("needs cnats 3.9 or newer; this program was built with " +
                              library_version()));
    }
}

TEST(ConnectionSettings, AShownUrlHoldsNoSecret) {
    EXPECT_EQ(shown_url("nats://host:4222"), "nats://host:4222");
    EXPECT_EQ(shown_url("tls://user:p@ss@host:4222"), "tls://host:4222");
    EXPECT_EQ(shown_url("token@host"), "host");
}

TEST(Connection, IsNotOpenedWithSettingsThatCanNeverWork) {
    const auto opened = Connection::open({.urls = {"http://host"}});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::InvalidSpec);
}

}  // namespace
}  // namespace headgate::jetstream::nats
