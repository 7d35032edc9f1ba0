#include "kube/rest/identity.hpp"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "tests/support/certificate.hpp"
#include "tests/support/temp_dir.hpp"

namespace headgate::kube::rest {
namespace {

using core::Error;
using core::ErrorCode;
using core::Secret;
using namespace std::chrono_literals;

class IdentityTest : public testing::Test {
protected:
    /// A certificate that signs itself, and its key.
    void make_certificate(const std::string& name) {
        support::make_certificate(name, file(name + ".crt"), file(name + ".key"));
    }

    [[nodiscard]] std::string file(const std::string& name) const { return (dir_ / name).string(); }

    [[nodiscard]] std::string text(const std::string& name) const {
        std::ifstream stream{dir_ / name};
        return {std::istreambuf_iterator<char>{stream}, {}};
    }

    void copy(const std::string& from, const std::string& to) const {
        std::ofstream{dir_ / to} << text(from);
    }

    [[nodiscard]] Identity identity(ConnectionSettings settings) {
        return Identity{std::move(settings),
                        {.now = [this] { return now_; }, .wall = [this] { return wall_; }}};
    }

    /// A plugin that gives these, one after the other.
    ConnectionSettings with_plugin(std::vector<core::Result<Credential>> credentials) {
        ConnectionSettings settings;
        settings.ask_credential = [this, credentials = std::move(credentials)] {
            return credentials.at(static_cast<std::size_t>(asked_++));
        };
        return settings;
    }

    static Credential token(const std::string& text) {
        return {.token = Secret{text}, .certificate_pem = {}, .key_pem = {}, .expires = {}};
    }

    support::TempDir dir_;
    Identity::TimePoint now_{1h};
    std::chrono::system_clock::time_point wall_{1h};
    int asked_ = 0;
};

TEST_F(IdentityTest, CertificatesAreReadAgainEachMinuteAndStayWhereTheyAreTheSame) {
    make_certificate("old");
    make_certificate("new");
    for (const auto* suffix : {".crt", ".key"}) {
        copy(std::string{"old"} + suffix, std::string{"client"} + suffix);
    }
    copy("old.crt", "ca.crt");
    ConnectionSettings settings;
    settings.ca_pem = text("ca.crt");
    settings.ca_file = file("ca.crt");
    settings.client_certificate_pem = text("client.crt");
    settings.client_certificate_file = file("client.crt");
    settings.client_key_pem = Secret{text("client.key")};
    settings.client_key_file = file("client.key");
    auto self = identity(settings);
    const auto first = self.settings();
    now_ += 61s;
    EXPECT_EQ(self.settings(), first);
    copy("new.crt", "ca.crt");
    copy("new.crt", "client.crt");
    EXPECT_EQ(self.settings(), first);
    now_ += 61s;
    // The key is still that of the old one: half of a rotation.
    EXPECT_EQ(self.settings(), first);
    copy("new.key", "client.key");
    now_ += 61s;
    const auto second = self.settings();
    EXPECT_EQ(second->ca_pem, text("new.crt"));
    EXPECT_EQ(second->client_certificate_pem, text("new.crt"));
    EXPECT_EQ(second->client_key_pem.reveal(), text("new.key"));
}

TEST_F(IdentityTest, DoubtReadsAtOnceAndWhatIsNoCertificateIsLeft) {
    make_certificate("old");
    make_certificate("new");
    copy("old.crt", "ca.crt");
    ConnectionSettings settings;
    settings.ca_pem = text("ca.crt");
    settings.ca_file = file("ca.crt");
    auto self = identity(settings);
    std::ofstream{dir_ / "ca.crt"} << "-----BEGIN CERTIFICATE-----\nhalf";
    self.doubt();
    EXPECT_EQ(self.settings()->ca_pem, text("old.crt"));
    copy("new.crt", "ca.crt");
    self.doubt();
    EXPECT_EQ(self.settings()->ca_pem, text("new.crt"));
}

TEST_F(IdentityTest, PluginIsAskedOnceUntilItsCredentialExpires) {
    auto first = token("a");
    first.expires = wall_ + 10min;
    auto self = identity(with_plugin({first, token("b")}));
    EXPECT_EQ(self.token()->reveal(), "a");
    wall_ += 9min;
    EXPECT_EQ(self.token()->reveal(), "a");
    EXPECT_EQ(asked_, 1);
    wall_ += 1min;
    EXPECT_EQ(self.token()->reveal(), "b");
    wall_ += 1000h;
    EXPECT_EQ(self.token()->reveal(), "b");
    EXPECT_EQ(asked_, 2);
}

TEST_F(IdentityTest, PluginIsAskedAgainWhenItsTokenIsRefused) {
    auto self = identity(with_plugin({token("a"), token("b"), token("b")}));
    const auto refused = *self.token();
    EXPECT_TRUE(self.renew(refused));
    EXPECT_EQ(self.token()->reveal(), "b");
    // Another request that was refused with the same one finds it renewed.
    EXPECT_TRUE(self.renew(refused));
    EXPECT_EQ(asked_, 2);
    EXPECT_FALSE(self.renew(Secret{"b"}));
    EXPECT_EQ(asked_, 3);
}

TEST_F(IdentityTest, PluginThatFailsIsAskedAgainAndSaysWhy) {
    auto self = identity(with_plugin({Error{ErrorCode::Forbidden, "log in first"}, token("a")}));
    const auto failed = self.token();
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().message, "log in first");
    EXPECT_EQ(self.token()->reveal(), "a");
}

TEST_F(IdentityTest, PluginMayGiveACertificate) {
    make_certificate("one");
    make_certificate("two");
    const auto certificate = [&](const std::string& name) {
        return Credential{.token = {},
                          .certificate_pem = text(name + ".crt"),
                          .key_pem = Secret{text(name + ".key")},
                          .expires = wall_ + 1min};
    };
    auto self = identity(with_plugin({certificate("one"), certificate("two")}));
    EXPECT_TRUE(self.token()->empty());
    const auto first = self.settings();
    EXPECT_EQ(first->client_certificate_pem, text("one.crt"));
    wall_ += 2min;
    EXPECT_TRUE(self.token()->empty());
    EXPECT_EQ(self.settings()->client_certificate_pem, text("two.crt"));
    EXPECT_NE(self.settings(), first);
}

}  // namespace
}  // namespace headgate::kube::rest
