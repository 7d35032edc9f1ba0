#include "kube/config/in_cluster.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "tests/support/temp_dir.hpp"

namespace headgate::kube::config {
namespace {

using core::ErrorCode;

class InCluster : public testing::Test {
protected:
    void SetUp() override {
        std::ofstream{dir_ / "ca.crt"} << "pem";
        std::ofstream{dir_ / "token"} << "t0ken";
        std::ofstream{dir_ / "namespace"} << "headgate-system";
    }

    support::TempDir dir_;
};

TEST_F(InCluster, TakesAddressCaNamespaceAndTheTokensPath) {
    const auto settings = in_cluster_settings("10.96.0.1", "443", dir_.path());
    ASSERT_TRUE(settings) << settings.error().message;
    EXPECT_EQ(settings->server, "https://10.96.0.1:443");
    EXPECT_EQ(settings->ca_pem, "pem");
    EXPECT_EQ(settings->ca_file, (dir_ / "ca.crt").string());
    EXPECT_EQ(settings->token_file, (dir_ / "token").string());
    EXPECT_TRUE(settings->token.empty());
    EXPECT_EQ(settings->ns, "headgate-system");
}

TEST_F(InCluster, Ipv6AddressIsBracketed) {
    EXPECT_EQ(in_cluster_settings("fd00::1", "443", dir_.path())->server, "https://[fd00::1]:443");
}

TEST_F(InCluster, OutsideAPodIsNotFound) {
    EXPECT_EQ(in_cluster_settings("", "443", dir_.path()).error().code, ErrorCode::NotFound);
    EXPECT_EQ(in_cluster_settings("10.96.0.1", "", dir_.path()).error().code, ErrorCode::NotFound);
}

TEST_F(InCluster, MissingFileOfTheServiceAccountIsNamed) {
    std::filesystem::remove(dir_ / "token");
    const auto settings = in_cluster_settings("10.96.0.1", "443", dir_.path());
    ASSERT_FALSE(settings);
    EXPECT_EQ(settings.error(),
              (core::Error{ErrorCode::NotFound,
                           "service account: cannot read " + (dir_ / "token").string()}));
}

TEST_F(InCluster, NamespaceFileMayBeMissing) {
    std::filesystem::remove(dir_ / "namespace");
    EXPECT_EQ(in_cluster_settings("10.96.0.1", "443", dir_.path())->ns, "");
}

}  // namespace
}  // namespace headgate::kube::config
