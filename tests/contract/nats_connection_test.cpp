// The NATS adapter against real servers: what a caller is told when a server is absent, dies,
// stalls or refuses, and every way to say who one is.
#include <atomic>
#include <filesystem>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/json.hpp"
#include "jetstream/api.hpp"
#include "jetstream/nats/connection.hpp"
#include "jetstream/nats/nats_api.hpp"
#include "jetstream/nats/user_info.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/nats_cli.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/process.hpp"
#include "tests/support/tools.hpp"

namespace headgate {
namespace {

using namespace std::chrono_literals;
using core::Call;
using core::ErrorCode;
using core::Json;
using core::Secret;
using jetstream::StreamName;
using jetstream::nats::Connection;
using jetstream::nats::ConnectionSettings;
using support::eventually;
using support::NatsOptions;
using support::NatsServer;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const StreamName kOrders{"ORDERS"};

Call call() {
    return Call::within(20s);
}

// A connection, its API, and what it said of its state.
struct Client {
    explicit Client(ConnectionSettings settings)
        : connection(*Connection::open(std::move(settings),
                                       [this](bool connected) {
                                           const std::scoped_lock lock{mutex};
                                           seen.push_back(connected);
                                       })),
          api(jetstream::nats::make_api(*connection)) {}

    std::vector<bool> states() {
        const std::scoped_lock lock{mutex};
        return seen;
    }

    [[nodiscard]] bool connects() { return connection->first_attempt(call()).has_value(); }

    [[nodiscard]] core::Error refusal() {
        const auto attempt = connection->first_attempt(call());
        return attempt ? core::Error{ErrorCode::Internal, "it connected"} : attempt.error();
    }

    [[nodiscard]] bool works() { return api->create_stream({.name = kOrders}, call()).has_value(); }

    std::mutex mutex;
    std::vector<bool> seen;
    std::unique_ptr<Connection> connection;
    std::unique_ptr<jetstream::Api> api;
};

NatsOptions with(std::string extra) {
    NatsOptions options;
    options.extra = std::move(extra);
    return options;
}

std::string shell(const std::filesystem::path& dir, const std::string& script) {
    const auto output = support::run({.argv = {"/bin/sh", "-ec", script}, .cwd = dir});
    if (output.exit_code != 0) {
        throw std::runtime_error(script + ": " + output.out + output.err);
    }
    return output.out;
}

TEST(NatsConnection, ManyThreadsShareOneConnection) {
    NatsServer server;
    Client client{{.urls = {server.url()}}};
    ASSERT_TRUE(client.connects());
    std::atomic<int> right{0};
    {
        std::vector<std::jthread> threads;
        for (int worker = 0; worker < 8; ++worker) {
            threads.emplace_back([&, worker] {
                const StreamName name{"S" + std::to_string(worker)};
                auto settings =
                    jetstream::StreamSettings{.name = name, .storage = jetstream::Storage::Memory};
                auto info = client.api->create_stream(settings, call());
                for (int i = 0; info && i < 200; ++i) {
                    settings.description = std::to_string(worker) + "." + std::to_string(i);
                    info = i % 2 == 0 ? client.api->update_stream(settings, info->beyond, call())
                                      : client.api->stream_info(name, call());
                    right +=
                        info && info->settings.name == name &&
                                info->settings.description.starts_with(std::to_string(worker) + ".")
                            ? 1
                            : 0;
                }
            });
        }
    }
    EXPECT_EQ(right, 8 * 200);
    EXPECT_EQ(client.connection->epoch(), 1U);
}

TEST(NatsConnection, AServerWithoutJetStreamHasNoResponders) {
    NatsServer server{{.jetstream = false}};
    Client client{{.urls = {server.url()}}};
    ASSERT_TRUE(client.connects());
    const auto reply = client.api->stream_info(kOrders, call());
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, ErrorCode::Unavailable);
    EXPECT_THAT(reply.error().message, HasSubstr("no JetStream API answers there"));
}

TEST(NatsConnection, ADomainAndAPrefixSayWhichJetStream) {
    NatsOptions options = with(R"(
        accounts {
          JS { jetstream: enabled, users: [{user: js, password: js}], exports: [{service: "$JS.API.>"}] }
          APP { users: [{user: app, password: app}], imports: [{service: {account: JS, subject: "$JS.API.>"}, to: "imported.js.>"}] }
        })");
    options.domain = "hub";
    NatsServer server{options};
    Client in_domain{
        {.urls = {server.url()}, .user = "js", .password = Secret{"js"}, .js_domain = "hub"}};
    ASSERT_TRUE(in_domain.connects());
    EXPECT_TRUE(in_domain.works());
    EXPECT_EQ(in_domain.api->server_info(call())->domain, "hub");
    Client elsewhere{
        {.urls = {server.url()}, .user = "js", .password = Secret{"js"}, .js_domain = "spoke"}};
    ASSERT_TRUE(elsewhere.connects());
    EXPECT_EQ(elsewhere.api->stream_info(kOrders, call()).error().code, ErrorCode::Unavailable);
    Client imported{{.urls = {server.url()},
                     .user = "app",
                     .password = Secret{"app"},
                     .js_api_prefix = "imported.js"}};
    ASSERT_TRUE(imported.connects());
    EXPECT_TRUE(imported.api->stream_info(kOrders, call()));
}

TEST(NatsConnection, WhileThereIsNoServerRequestsFailAtOnceAndAreNeverSentLater) {
    NatsServer server;
    server.stop();
    Client client{{.urls = {server.url()}}};
    const auto refusal = client.refusal();
    EXPECT_EQ(refusal.code, ErrorCode::Unavailable);
    EXPECT_THAT(refusal.message, HasSubstr("cannot connect to " + server.url() + ": "));
    EXPECT_FALSE(client.connection->connected());
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(client.api->create_stream({.name = kOrders}, call()).error().code,
              ErrorCode::Unavailable);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 4s);
    EXPECT_THAT(client.connection->last_error(), HasSubstr("cannot connect to"));
    server.restart();
    ASSERT_TRUE(eventually([&] { return client.connection->connected(); }));
    EXPECT_TRUE(client.api->list_streams(call())->empty());
    EXPECT_TRUE(client.works());
    EXPECT_EQ(client.connection->last_error(), "");
}

TEST(NatsConnection, ARestartedServerIsFoundAgainByTheSameObject) {
    NatsServer server;
    Client client{{.urls = {server.url()}}};
    ASSERT_TRUE(client.connects());
    ASSERT_TRUE(client.works());
    server.kill();
    ASSERT_TRUE(eventually([&] { return !client.connection->connected(); }));
    EXPECT_EQ(client.api->stream_info(kOrders, call()).error().code, ErrorCode::Unavailable);
    server.restart();
    ASSERT_TRUE(eventually([&] { return client.api->stream_info(kOrders, call()).has_value(); }));
    EXPECT_EQ(client.connection->epoch(), 2U);
    EXPECT_THAT(client.states(), ElementsAre(true, false, true));
}

TEST(NatsConnection, AServerThatDiesInTheMiddleLeavesTheOutcomeUnknown) {
    NatsServer server;
    Client client{{.urls = {server.url()}, .request_timeout = 60s}};
    ASSERT_TRUE(client.connects());
    server.pause();
    auto waiting = std::async(std::launch::async, [&] {
        return client.api->create_stream({.name = kOrders}, Call::within(60s));
    });
    EXPECT_EQ(waiting.wait_for(300ms), std::future_status::timeout) << "it waits for a reply";
    server.kill();
    ASSERT_EQ(waiting.wait_for(10s), std::future_status::ready)
        << "the end of the connection ends the wait";
    const auto reply = waiting.get();
    ASSERT_FALSE(reply);
    // Unavailable where this machine was too slow to have it sent by then.
    EXPECT_THAT(reply.error().code, AnyOf(ErrorCode::OutcomeUnknown, ErrorCode::Unavailable));
    server.restart();
    ASSERT_TRUE(eventually([&] { return client.connection->connected(); }));
    EXPECT_TRUE(client.works());
}

TEST(NatsConnection, ASilentServerLeavesTheOutcomeUnknownAtTheDeadline) {
    NatsServer server;
    Client client{{.urls = {server.url()}}};
    ASSERT_TRUE(client.connects());
    server.pause();
    const auto reply = client.api->create_stream({.name = kOrders}, Call::within(200ms));
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, ErrorCode::OutcomeUnknown);
    EXPECT_EQ(reply.error().message, "no reply to $JS.API.STREAM.CREATE.ORDERS in time");
    server.resume();
    EXPECT_TRUE(eventually([&] { return client.api->stream_info(kOrders, call()).has_value(); }))
        << "it was carried out all the same";
}

TEST(NatsConnection, AServerThatAnswersNoPingIsLeft) {
    NatsServer server;
    Client client{{.urls = {server.url()}, .ping_interval = 50ms}};
    ASSERT_TRUE(client.connects());
    server.pause();
    EXPECT_TRUE(eventually([&] { return !client.connection->connected(); }));
    server.resume();
    EXPECT_TRUE(eventually([&] { return client.connection->connected(); }));
    EXPECT_TRUE(client.works());
}

TEST(NatsConnection, AStopEndsTheWaitAtOnce) {
    NatsServer server;
    Client client{{.urls = {server.url()}, .request_timeout = 60s}};
    ASSERT_TRUE(client.connects());
    server.pause();
    std::stop_source stop;
    auto waiting = std::async(std::launch::async, [&] {
        return client.api->create_stream({.name = kOrders}, Call::within(60s, stop.get_token()));
    });
    EXPECT_EQ(waiting.wait_for(50ms), std::future_status::timeout);
    stop.request_stop();
    ASSERT_EQ(waiting.wait_for(10s), std::future_status::ready);
    EXPECT_EQ(waiting.get().error().code, ErrorCode::Cancelled);
    server.resume();
}

TEST(NatsConnection, ItsEndEndsItsWaits) {
    NatsServer server;
    Client client{{.urls = {server.url()}, .request_timeout = 60s}};
    ASSERT_TRUE(client.connects());
    server.pause();
    auto waiting = std::async(std::launch::async, [connection = client.connection.get()] {
        return connection->request("$JS.API.INFO", "", Call::within(60s));
    });
    EXPECT_EQ(waiting.wait_for(300ms), std::future_status::timeout);
    client.api.reset();
    client.connection.reset();
    ASSERT_EQ(waiting.wait_for(10s), std::future_status::ready);
    EXPECT_EQ(waiting.get().error().code, ErrorCode::OutcomeUnknown);
    server.resume();
}

TEST(NatsConnection, RefusedCredentialsAreToldAndTriedAgain) {
    const auto users = [](const std::string& password) {
        return with("authorization { user: app, password: \"" + password + "\" }");
    };
    NatsServer server{users("other")};
    Client client{{.urls = {server.url()}, .user = "app", .password = Secret{"the-secret"}}};
    const auto refusal = client.refusal();
    EXPECT_EQ(refusal.code, ErrorCode::Forbidden);
    EXPECT_THAT(refusal.message, HasSubstr("Authorization Violation"));
    EXPECT_THAT(refusal.message, Not(HasSubstr("the-secret")));
    EXPECT_EQ(client.api->stream_info(kOrders, call()).error().code, ErrorCode::Unavailable);
    server.restart(users("the-secret"));
    ASSERT_TRUE(eventually([&] { return client.connection->connected(); }));
    EXPECT_TRUE(client.works());
    server.restart(users("other"));
    ASSERT_TRUE(eventually([&] {
        return client.connection->last_error().find("Authorization Violation") != std::string::npos;
    }));
    server.restart(users("the-secret"));
    EXPECT_TRUE(eventually([&] { return client.api->stream_info(kOrders, call()).has_value(); }));
}

TEST(NatsConnection, ADeniedSubjectIsForbiddenAtOnceAndNamed) {
    NatsServer server{with(R"(authorization { users: [
        {user: reader, password: p, permissions: {publish: ["$JS.API.INFO", "$JS.API.STREAM.INFO.*"], subscribe: ["_INBOX.>"]}}] })")};
    Client client{{.urls = {server.url()},
                   .user = "reader",
                   .password = Secret{"p"},
                   .request_timeout = 60s}};
    ASSERT_TRUE(client.connects());
    const auto reply = client.api->create_stream({.name = kOrders}, Call::within(60s));
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error(),
              (core::Error{ErrorCode::Forbidden,
                           "the NATS user may not publish to $JS.API.STREAM.CREATE.ORDERS"}));
    EXPECT_EQ(client.api->stream_info(kOrders, call()).error().code, ErrorCode::NotFound)
        << "what is allowed goes on";
    const auto long_name =
        client.api->create_stream({.name = StreamName{std::string(250, 'x')}}, Call::within(60s));
    EXPECT_EQ(long_name.error().code, ErrorCode::Forbidden);
}

TEST(NatsConnection, ADeniedInboxIsForbiddenAndAPrivateOneWorks) {
    NatsServer server{with(R"(authorization { users: [
        {user: app, password: p, permissions: {publish: ["$JS.API.>"], subscribe: ["private.inbox.>"]}}] })")};
    ConnectionSettings settings{
        .urls = {server.url()}, .user = "app", .password = Secret{"p"}, .request_timeout = 60s};
    Client denied{settings};
    ASSERT_TRUE(denied.connects());
    const auto reply = denied.api->stream_info(kOrders, Call::within(60s));
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, ErrorCode::Forbidden);
    EXPECT_THAT(reply.error().message, HasSubstr("may not subscribe to _INBOX."));
    settings.inbox_prefix = "private.inbox";
    Client allowed{settings};
    ASSERT_TRUE(allowed.connects());
    EXPECT_TRUE(allowed.works());
}

TEST(NatsConnection, ARequestLargerThanTheServerAcceptsIsRefused) {
    NatsServer server{with("max_payload: 1024")};
    Client client{{.urls = {server.url()}}};
    ASSERT_TRUE(client.connects());
    const auto reply =
        client.api->create_stream({.name = kOrders, .description = std::string(2000, 'x')}, call());
    EXPECT_EQ(reply.error().code, ErrorCode::Refused);
    EXPECT_TRUE(client.works());
}

TEST(NatsConnection, EveryRequestIsObservedWithItsOutcome) {
    NatsServer server;
    auto connection = *Connection::open({.urls = {server.url()}});
    std::vector<std::pair<std::string, bool>> seen;
    const auto api = jetstream::nats::make_api(*connection,
                                               [&](std::string_view operation,
                                                   std::optional<ErrorCode> error,
                                                   std::chrono::nanoseconds took) {
                                                   EXPECT_GT(took.count(), 0);
                                                   seen.emplace_back(operation, error.has_value());
                                               });
    ASSERT_TRUE(connection->first_attempt(call()));
    EXPECT_TRUE(api->server_info(call()));
    EXPECT_TRUE(api->server_info(call()));
    EXPECT_FALSE(api->stream_info(kOrders, call()));
    EXPECT_FALSE(api->stream_info(kOrders, Call::within(0s)));
    EXPECT_THAT(seen,
                ElementsAre(std::pair{std::string{"account_info"}, false},
                            std::pair{std::string{"stream_info"}, false},
                            std::pair{std::string{"stream_info"}, true}));
}

TEST(NatsConnection, AClusterMemberNotNamedIsUsedWhenTheNamedOneDies) {
    support::NatsCluster cluster;
    Client client{{.urls = {cluster.server(0).url()}}};
    ASSERT_TRUE(client.connects());
    ASSERT_TRUE(client.api->create_stream({.name = kOrders, .replicas = 3}, call()));
    cluster.server(0).kill();
    EXPECT_TRUE(
        eventually([&] { return client.api->stream_info(kOrders, Call::within(2s)).has_value(); }));
    EXPECT_EQ(client.connection->epoch(), 2U);
}

TEST(NatsIdentity, Token) {
    NatsServer server{with("authorization { token: \"a-token\" }")};
    Client client{{.urls = {server.url()}, .token = Secret{"a-token"}}};
    ASSERT_TRUE(client.connects()) << client.connection->last_error();
    EXPECT_TRUE(client.works());
    Client other{{.urls = {server.url()}, .token = Secret{"other"}}};
    EXPECT_EQ(other.refusal().code, ErrorCode::Forbidden);
}

TEST(NatsIdentity, UserAndPasswordInTheUrlAreUsedAndNeverShown) {
    NatsServer server{with("authorization { user: app, password: the-secret }")};
    const auto address = server.url().substr(std::string{"nats://"}.size());
    Client client{{.urls = {"nats://app:the-secret@" + address}}};
    ASSERT_TRUE(client.connects()) << client.connection->last_error();
    EXPECT_TRUE(client.works());
    Client other{{.urls = {"nats://app:wrong-secret@" + address}}};
    const auto refusal = other.refusal();
    EXPECT_EQ(refusal.code, ErrorCode::Forbidden);
    EXPECT_THAT(refusal.message, HasSubstr("nats://" + address));
    EXPECT_THAT(refusal.message, Not(HasSubstr("wrong-secret")));
}

TEST(NatsSettings, ChangeWhileItRunsAndLeaveNothingBehind) {
    NatsServer first{{.name = "first"}};
    NatsServer second{{.name = "second"}};
    Client client{{.urls = {first.url()}}};
    Client bystander{{.urls = {first.url()}}};
    ASSERT_TRUE(client.connects() && bystander.connects());
    const auto server_of = [](Client& one) {
        const auto who = jetstream::nats::user_info(*one.connection, call());
        return who ? who->server : who.error().message;
    };
    EXPECT_EQ(server_of(client), "first");
    client.connection->use(ConnectionSettings{.urls = {second.url()}});
    EXPECT_TRUE(eventually([&] { return server_of(client) == "second"; }));

    client.connection->use(core::Error{ErrorCode::NotFound, "no such place"});
    EXPECT_TRUE(eventually([&] { return !client.connection->connected(); }));
    EXPECT_EQ(client.connection->request("a", {}, call()).error(),
              (core::Error{ErrorCode::Unavailable, "no such place"}));
    EXPECT_EQ(client.connection->settings(), nullptr);

    client.connection->use(ConnectionSettings{.urls = {"gopher://nowhere"}});
    EXPECT_THAT(client.connection->request("a", {}, call()).error().message,
                HasSubstr("scheme gopher"));
    client.connection->use(ConnectionSettings{.urls = {first.url()}});
    EXPECT_TRUE(eventually([&] { return server_of(client) == "first"; }));
    EXPECT_THAT(client.states(), testing::ElementsAre(true, false, true, false, true));
    EXPECT_THAT(bystander.states(), testing::ElementsAre(true));
}

TEST(NatsSettings, WhatWasDecidedOnOneServerIsNotSentToAnother) {
    NatsServer first;
    NatsServer second;
    Client client{{.urls = {first.url()}}};
    ASSERT_TRUE(client.connects());
    auto decided = call();
    decided.epoch = client.api->epoch();
    EXPECT_TRUE(client.api->server_info(decided));
    client.connection->use(ConnectionSettings{.urls = {second.url()}});
    ASSERT_TRUE(eventually([&] { return client.api->epoch() != *decided.epoch; }));
    const auto refused = client.api->delete_stream(kOrders, decided);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::Unavailable);
    EXPECT_THAT(refused.error().message, HasSubstr("nothing was sent"));
    EXPECT_EQ(client.api->delete_stream(kOrders, call()).error().code, ErrorCode::NotFound);
}

TEST(NatsSettings, LeadNowhereAtFirst) {
    NatsServer server;
    const auto connection = Connection::idle({ErrorCode::NotFound, "nothing is known yet"});
    EXPECT_EQ(connection->first_attempt(Call::within(1ms)).error().message, "nothing is known yet");
    EXPECT_EQ(connection->request("a", {}, call()).error(),
              (core::Error{ErrorCode::Unavailable, "nothing is known yet"}));
    connection->use(ConnectionSettings{.urls = {server.url()}});
    EXPECT_TRUE(connection->first_attempt(call()));
}

TEST(NatsIdentity, NKey) {
    support::TempDir dir;
    const auto nats = support::tool("nats").string();
    const auto key = [&](const std::string& name) {
        shell(dir.path(), "HOME=. " + nats + " auth nkey gen user > " + name);
        auto text = shell(dir.path(), "HOME=. " + nats + " auth nkey show " + name);
        return text.substr(0, text.find_last_not_of(" \r\n") + 1);
    };
    NatsServer server{with("authorization { users: [{nkey: " + key("known") + "}] }")};
    Client client{{.urls = {server.url()}, .nkey_seed_file = dir / "known"}};
    ASSERT_TRUE(client.connects()) << client.connection->last_error();
    EXPECT_TRUE(client.works());
    key("unknown");
    Client other{{.urls = {server.url()}, .nkey_seed_file = dir / "unknown"}};
    EXPECT_EQ(other.refusal().code, ErrorCode::Forbidden);
    Client in_memory{
        {.urls = {server.url()}, .nkey_seed = core::Secret{support::read_file(dir / "known")}}};
    EXPECT_TRUE(in_memory.connects()) << in_memory.connection->last_error();
    Client missing{{.urls = {server.url()}, .nkey_seed_file = dir / "missing"}};
    EXPECT_EQ(missing.refusal(),
              (core::Error{ErrorCode::InvalidSpec,
                           "nkey seed file " + (dir / "missing").string() + " cannot be read"}));
    std::filesystem::rename(dir / "known", dir / "missing");
    EXPECT_TRUE(eventually([&] { return missing.connection->connected(); }))
        << "files are read at every attempt";
}

TEST(NatsIdentity, CredentialsOfAnOperatorsAccount) {
    support::TempDir dir;
    const auto nats = "HOME=$PWD XDG_DATA_HOME=$PWD XDG_CONFIG_HOME=$PWD " +
                      support::tool("nats").string() + " auth ";
    shell(dir.path(),
          nats + "operator add OP && " + nats +
              "account add APP --operator OP --defaults --jetstream --js-disk 1GB --js-memory 1GB "
              "&& " +
              nats + "user add app APP --operator OP --defaults --credential app.creds");
    const auto preloaded = [&](const std::string& account) {
        const auto jwt = "nats/nsc/stores/OP/accounts/" + account + "/" + account + ".jwt";
        const auto claims = shell(
            dir.path(),
            "(cut -d. -f2 " + jwt + " | tr '_-' '/+'; echo ===) | base64 -d 2>/dev/null || true");
        return Json::parse(claims).at("sub").get<std::string>() + ": \"" +
               support::read_file(dir / jwt) + "\"\n";
    };
    NatsServer server{with("operator: \"" + (dir / "nats/nsc/stores/OP/OP.jwt").string() +
                           "\"\nresolver: MEMORY\nresolver_preload: {\n" + preloaded("SYSTEM") +
                           preloaded("APP") + "}")};
    Client client{{.urls = {server.url()}, .credentials_file = dir / "app.creds"}};
    ASSERT_TRUE(client.connects()) << client.connection->last_error();
    EXPECT_TRUE(client.works());
    const auto credentials = support::read_file(dir / "app.creds");
    Client in_memory{{.urls = {server.url()}, .credentials = core::Secret{credentials}}};
    EXPECT_TRUE(in_memory.connects()) << in_memory.connection->last_error();
    EXPECT_TRUE(in_memory.works());
    const auto who = jetstream::nats::user_info(*in_memory.connection, call());
    ASSERT_TRUE(who) << who.error().message;
    EXPECT_EQ(who->server, "nats-0");
    EXPECT_THAT(who->account, testing::StartsWith("A"));
    const auto seed = credentials.substr(credentials.find("-----BEGIN USER NKEY"));
    Client half{{.urls = {server.url()}, .credentials = core::Secret{seed}}};
    EXPECT_EQ(half.refusal().message, "credentials: holds no user JWT (\"eyJ...\")");
    Client missing{{.urls = {server.url()}, .credentials_file = dir / "missing"}};
    EXPECT_EQ(missing.refusal(),
              (core::Error{ErrorCode::InvalidSpec,
                           "credentials file " + (dir / "missing").string() + " cannot be read"}));
}

class NatsTls : public ::testing::Test {
protected:
    NatsTls() {
        const std::string make_key =
            "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 ";
        for (const auto* const ca : {"ca", "other-ca"}) {
            shell(dir_.path(),
                  "openssl req -x509 " + make_key + "-keyout " + ca + ".key -out " + ca +
                      ".pem -subj /CN=" + ca + " 2>&1");
        }
        for (const auto* const name : {"server", "client"}) {
            const std::string file = name;
            shell(dir_.path(),
                  "openssl req " + make_key + "-keyout " + file + ".key -out " + file +
                      ".csr -subj /CN=" + file +
                      " 2>&1 && printf 'subjectAltName=IP:127.0.0.1' > ext && openssl x509 -req "
                      "-days 2 -in " +
                      file + ".csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile ext -out " +
                      file + ".pem 2>&1");
        }
    }

    [[nodiscard]] std::string file(const char* name) const { return (dir_ / name).string(); }

    [[nodiscard]] NatsOptions options(const std::string& more = {}) const {
        return with("tls { cert_file: \"" + file("server.pem") + "\", key_file: \"" +
                    file("server.key") + "\", " + more + " }");
    }

private:
    support::TempDir dir_;
};

TEST_F(NatsTls, TheServerIsCheckedWithTheCaGiven) {
    NatsServer server{options()};
    Client client{{.urls = {server.url()}, .tls_ca_file = file("ca.pem")}};
    ASSERT_TRUE(client.connects()) << client.connection->last_error();
    EXPECT_TRUE(client.works());
    Client other{{.urls = {server.url()}, .tls_ca_file = file("other-ca.pem")}};
    EXPECT_EQ(other.refusal().code, ErrorCode::Unavailable);
    EXPECT_THAT(other.refusal().message, HasSubstr("SSL handshake error"));
    Client missing{{.urls = {server.url()}, .tls_ca_file = file("missing.pem")}};
    EXPECT_EQ(missing.refusal().code, ErrorCode::InvalidSpec);
    EXPECT_THAT(missing.refusal().message, HasSubstr(file("missing.pem")));
}

TEST_F(NatsTls, AServerNameThatTheCertificateLacksIsRefused) {
    NatsServer server{options()};
    const auto port = std::to_string(server.port());
    Client by_address{{.urls = {"tls://127.0.0.1:" + port}, .tls_ca_file = file("ca.pem")}};
    EXPECT_TRUE(by_address.connects()) << by_address.connection->last_error();
    Client by_name{{.urls = {"tls://localhost:" + port}, .tls_ca_file = file("ca.pem")}};
    EXPECT_THAT(by_name.refusal().message, HasSubstr("SSL handshake error"));
}

TEST_F(NatsTls, AClientCertificateIsPresented) {
    NatsServer server{options("verify: true, ca_file: \"" + file("ca.pem") + "\"")};
    Client client{{.urls = {server.url()},
                   .tls_ca_file = file("ca.pem"),
                   .tls_certificate_file = file("client.pem"),
                   .tls_key_file = file("client.key")}};
    ASSERT_TRUE(client.connects()) << client.connection->last_error();
    EXPECT_TRUE(client.works());
    Client in_memory{{.urls = {server.url()},
                      .tls_ca_pem = support::read_file(file("ca.pem")),
                      .tls_certificate_pem = support::read_file(file("client.pem")),
                      .tls_key_pem = core::Secret{support::read_file(file("client.key"))}}};
    EXPECT_TRUE(in_memory.connects()) << in_memory.connection->last_error();
    Client bare{{.urls = {server.url()}, .tls_ca_file = file("ca.pem")}};
    EXPECT_EQ(bare.refusal().code, ErrorCode::Unavailable);
}

TEST_F(NatsTls, TlsOrNothingIsNeverDowngraded) {
    NatsServer server;
    Client client{{.urls = {"tls://127.0.0.1:" + std::to_string(server.port())}}};
    EXPECT_EQ(client.refusal().code, ErrorCode::Unavailable);
}

}  // namespace
}  // namespace headgate
