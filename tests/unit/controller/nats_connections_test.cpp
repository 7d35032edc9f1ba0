#include "controller/nats_connections.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "controller/kube_declarations.hpp"
#include "controller/reflector.hpp"
#include "tests/fakes/fake_kube.hpp"
#include "tests/support/eventually.hpp"

namespace headgate::controller {
namespace {

using core::Json;
using support::eventually;
using testing::HasSubstr;

const kube::ResourceType kSecrets{
    .group = {}, .version = "v1", .plural = "secrets", .kind = "Secret"};
const ConnectionKey kHub{"platform", "hub"};

// Remembers where each connection was told to lead.
class Port final : public ConnectionPort {
public:
    void use(const ConnectionKey& key, core::Result<resources::ConnectionTarget> target) override {
        const std::scoped_lock lock{mutex_};
        uses_.emplace_back(key, std::move(target));
    }

    void appeared(const ConnectionKey& key) override {
        if (on_appeared_) {
            on_appeared_();
        }
        const std::scoped_lock lock{mutex_};
        appeared_.push_back(key.second);
    }

    /// Before anything is put.
    void on_appeared(std::function<void()> hook) { on_appeared_ = std::move(hook); }

    void look_again(const ConnectionKey& /*key*/) override {
        const std::scoped_lock lock{mutex_};
        ++looks_;
    }

    ConnectionFacts facts(const ConnectionKey& /*key*/, const core::Call& /*call*/) override {
        const std::scoped_lock lock{mutex_};
        return facts_;
    }

    /// What the last target says; "error: ..." where it is none.
    std::string last() {
        const std::scoped_lock lock{mutex_};
        if (uses_.empty()) {
            return "none";
        }
        const auto& target = uses_.back().second;
        return target ? target->urls.front() + " " + target->token.reveal()
                      : "error: " + target.error().message;
    }

    std::size_t uses() {
        const std::scoped_lock lock{mutex_};
        return uses_.size();
    }

    int looks() {
        const std::scoped_lock lock{mutex_};
        return looks_;
    }

    void become(ConnectionFacts facts) {
        const std::scoped_lock lock{mutex_};
        facts_ = std::move(facts);
    }

private:
    std::mutex mutex_;
    std::vector<std::pair<ConnectionKey, core::Result<resources::ConnectionTarget>>> uses_;
    std::vector<std::string> appeared_;
    ConnectionFacts facts_;
    int looks_ = 0;
    std::function<void()> on_appeared_;
};

const ConnectionFacts kDown{.connected = false, .why_not = "nobody is there"};
const ConnectionFacts kUp{.connected = true,
                          .server = resources::ServerStatus{"n1", "2.15.2", "east"},
                          .account = "APP",
                          .jetstream = resources::JetStreamStatus{}};

class NatsConnectionsTest : public testing::Test {
protected:
    NatsConnectionsTest() { connections_.start(port_); }

    ~NatsConnectionsTest() override {
        reflector_.reset();
        connections_.stop();
    }

    void run() {
        reflector_.emplace(nats_connection_type(), kube::Scope{}, kube_, connections_, log_, [] {});
    }

    void declare(const Json& spec) {
        kube_.create(nats_connection_type(), kHub.first, kHub.second, spec);
    }

    std::string reason() {
        const auto object = kube_.object(nats_connection_type(), kHub.first, kHub.second);
        const auto& conditions = object->status.value("conditions", Json::array());
        return conditions.empty() ? "" : conditions.front().value("reason", "");
    }

    // ConnectionFailed, then Connected, and only the first comes back.
    void write_two_and_hear_of_the_first() {
        declare({{"urls", {"a"}}});
        run();
        ASSERT_TRUE(eventually([&] { return port_.uses() == 1; }));
        kube_.hold_events(true);
        port_.become(kDown);
        connections_.write_statuses(true);
        ASSERT_TRUE(eventually([&] { return reason() == "ConnectionFailed"; })) << reason();
        port_.become(kUp);
        connections_.moved();
        ASSERT_TRUE(eventually([&] { return reason() == "Connected"; })) << reason();
        // Written for good, not only in the fake: the other has its turn after it.
        ASSERT_TRUE(support::always([&] { return kube_.requests("apply") == 2U; },
                                    std::chrono::milliseconds{50}));
        const auto told = kube_.told();
        kube_.let_through(1);
        ASSERT_TRUE(eventually([&] { return kube_.told() == told + 1; }));
    }

    fakes::FakeKube kube_;
    Port port_;
    core::Log log_{core::LogFormat::Text, core::LogLevel::Off};
    std::atomic<bool> may_act_{true};
    NatsConnections connections_{kube_, log_, [this] {
                                     return may_act_ ? std::chrono::steady_clock::time_point::max()
                                                     : std::chrono::steady_clock::time_point::min();
                                 }};
    std::optional<Reflector> reflector_;
};

TEST_F(NatsConnectionsTest, LeadWhereTheirSecretsSayAndFollowThem) {
    kube_.create_data(kSecrets, "platform", "t", {{"token", "b25l"}});
    declare({{"urls", {"a"}}, {"token", {{"secret", "t"}}}});
    run();
    EXPECT_TRUE(eventually([&] { return port_.last() == "a one"; })) << port_.last();
    kube_.replace_data(kSecrets, "platform", "t", {{"token", "dHdv"}});
    EXPECT_TRUE(eventually([&] { return port_.last() == "a two"; })) << port_.last();
    kube_.erase(kSecrets, "platform", "t");
    EXPECT_TRUE(eventually([&] {
        return port_.last() == "error: NatsConnection platform/hub: Secret t does not exist";
    })) << port_.last();
    kube_.create_data(kSecrets, "platform", "t", {{"token", "b25l"}});
    EXPECT_TRUE(eventually([&] { return port_.last() == "a one"; })) << port_.last();
    EXPECT_EQ(port_.uses(), 4U);
}

TEST_F(NatsConnectionsTest, WhatChangesNothingOfWhereTheyLeadDisturbsNothing) {
    kube_.create_data(kSecrets, "platform", "t", {{"token", "b25l"}});
    declare({{"urls", {"a"}}, {"token", {{"secret", "t"}}}});
    run();
    ASSERT_TRUE(eventually([&] { return port_.uses() == 1; }));
    kube_.replace_data(kSecrets, "platform", "t", {{"token", "b25l"}, {"other", "dHdv"}});
    kube_.replace_spec(
        nats_connection_type(),
        "platform",
        "hub",
        {{"urls", {"a"}}, {"token", {{"secret", "t"}}}, {"allowedNamespaces", {"agents"}}});
    EXPECT_TRUE(eventually([&] { return port_.looks() == 1; })) << "who may use it has changed";
    EXPECT_EQ(port_.uses(), 1U);
    kube_.erase(nats_connection_type(), "platform", "hub");
    EXPECT_TRUE(eventually([&] { return port_.uses() == 2; }));
    EXPECT_EQ(port_.last(), "error: NatsConnection platform/hub does not exist");
}

TEST_F(NatsConnectionsTest, WithoutTheirDefinitionThereAreNoneAndNobodyWaits) {
    kube_.fail_before([](std::string_view verb, const std::string&) -> std::optional<core::Error> {
        return verb == "list" || verb == "watch"
                   ? std::optional{core::Error{core::ErrorCode::NotFound, "HTTP 404"}}
                   : std::nullopt;
    });
    std::atomic<bool> synced{false};
    reflector_.emplace(
        nats_connection_type(), kube::Scope{}, kube_, connections_, log_, [&] { synced = true; });
    EXPECT_TRUE(eventually([&] { return synced.load(); }));
    EXPECT_THAT(connections_.places(), testing::IsEmpty());
    reflector_.reset();
}

TEST_F(NatsConnectionsTest, AreForTheNamespacesTheyList) {
    declare({{"urls", {"a"}}, {"allowedNamespaces", {"agents"}}});
    run();
    ASSERT_TRUE(eventually([&] { return port_.uses() == 1; }));
    const auto from = [&](const std::string& ns) {
        return connections_.may_use(
            {.key = {resources::Kind::StreamConfig, ns, "orders"},
             .parsed =
                 resources::parse(resources::Kind::StreamConfig,
                                  {{"connection", {{"name", "hub"}, {"namespace", "platform"}}}},
                                  "orders")});
    };
    EXPECT_TRUE(from("agents"));
    EXPECT_TRUE(from("platform"));
    kube_.erase(nats_connection_type(), "platform", "hub");
    ASSERT_TRUE(eventually([&] { return port_.uses() == 2; }));
    EXPECT_EQ(
        from("agents").error(),
        (core::Error{core::ErrorCode::Unavailable, "NatsConnection platform/hub does not exist"}))
        << "nobody gets through in between";
    kube_.create(nats_connection_type(),
                 "platform",
                 "hub",
                 {{"urls", {"a"}}, {"allowedNamespaces", {"agents"}}});
    ASSERT_TRUE(eventually([&] { return port_.uses() == 3; }));
    const auto refused = from("others");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, core::ErrorCode::InvalidSpec);
    EXPECT_THAT(refused.error().message, HasSubstr("is not for namespace others"));
}

TEST_F(NatsConnectionsTest, NoStatusIsWrittenByWhoMayNotActAnyMore) {
    may_act_ = false;
    declare({{"urls", {"a"}}});
    run();
    port_.become(kDown);
    connections_.write_statuses(true);
    ASSERT_TRUE(eventually([&] { return kube_.requests("apply") > 0; }));
    EXPECT_EQ(reason(), "") << "refused before it was sent";
    may_act_ = true;
    connections_.moved();
    EXPECT_TRUE(eventually([&] { return reason() == "ConnectionFailed"; })) << reason();
}

TEST_F(NatsConnectionsTest, TheirStatusIsWrittenWhenItChangesAndByWhoLeadsOnly) {
    declare({{"urls", {"a"}}});
    run();
    ASSERT_TRUE(eventually([&] { return port_.uses() == 1; }));
    EXPECT_EQ(kube_.write_requests(), 0U) << "another one leads";
    port_.become(kDown);
    connections_.write_statuses(true);
    EXPECT_TRUE(eventually([&] { return reason() == "ConnectionFailed"; })) << reason();
    port_.become(kUp);
    connections_.moved();
    EXPECT_TRUE(eventually([&] { return reason() == "Connected"; })) << reason();
    // Looked at in order of their names: once the last has a status, the first was seen to be so.
    connections_.moved();
    kube_.create(nats_connection_type(), "platform", "zone", {{"urls", {"b"}}});
    EXPECT_TRUE(eventually([&] { return kube_.requests("apply") == 3U; }));
}

// What a watch tells late is older than what was written since.
TEST_F(NatsConnectionsTest, ALateEchoIsNoReasonToWriteAgainAndHidesNoChange) {
    ASSERT_NO_FATAL_FAILURE(write_two_and_hear_of_the_first());
    connections_.moved();
    EXPECT_TRUE(support::always([&] { return kube_.requests("apply") == 2U; },
                                std::chrono::milliseconds{300}))
        << "what is true is written already";
}

TEST_F(NatsConnectionsTest, ALateEchoHidesNoChange) {
    ASSERT_NO_FATAL_FAILURE(write_two_and_hear_of_the_first());
    port_.become(kDown);
    connections_.moved();
    EXPECT_TRUE(eventually([&] { return reason() == "ConnectionFailed"; }, std::chrono::seconds{5}))
        << reason();
}

// A look while it is being put.
TEST_F(NatsConnectionsTest, WithoutSecretsNoneAreBeingRead) {
    std::atomic<bool> wait{true};
    port_.on_appeared([&] {
        while (wait) {
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
        }
    });
    port_.become(kDown);
    connections_.write_statuses(true);
    declare({{"urls", {"a"}}});
    run();
    ASSERT_TRUE(eventually([&] { return !connections_.places().empty(); }));
    connections_.moved();
    EXPECT_TRUE(support::always([&] { return kube_.requests("apply") == 0U; },
                                std::chrono::milliseconds{300}))
        << kube_.object(nats_connection_type(), "platform", "hub")->status.dump();
    wait = false;
    EXPECT_TRUE(eventually([&] { return reason() == "ConnectionFailed"; })) << reason();
}

TEST_F(NatsConnectionsTest, AStatusThatARestoredEtcdBroughtBackIsPutRight) {
    declare({{"urls", {"a"}}});
    run();
    ASSERT_TRUE(eventually([&] { return port_.uses() == 1; }));
    port_.become(kDown);
    connections_.write_statuses(true);
    ASSERT_TRUE(eventually([&] { return reason() == "ConnectionFailed"; })) << reason();
    auto before = *kube_.object(nats_connection_type(), kHub.first, kHub.second);
    port_.become(kUp);
    connections_.moved();
    ASSERT_TRUE(eventually([&] { return reason() == "Connected"; })) << reason();
    ASSERT_TRUE(support::always([&] { return kube_.requests("apply") == 2U; },
                                std::chrono::milliseconds{50}));
    connections_.put(before);
    connections_.moved();
    EXPECT_TRUE(eventually([&] { return kube_.requests("apply") == 3U; }, std::chrono::seconds{3}));
}

}  // namespace
}  // namespace headgate::controller
