// Advisories of real servers: what others do is heard within moments, what a connection does itself
// is not, and a user who may not listen can do everything else.
#include <algorithm>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "jetstream/api.hpp"
#include "jetstream/nats/advisory_listener.hpp"
#include "jetstream/nats/connection.hpp"
#include "jetstream/nats/nats_api.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/free_port.hpp"
#include "tests/support/nats_cli.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/tools.hpp"

namespace headgate {
namespace {

using namespace std::chrono_literals;
using core::Call;
using core::Secret;
using jetstream::Advisory;
using jetstream::ConsumerName;
using jetstream::StreamName;
using jetstream::Touched;
using jetstream::nats::Connection;
using jetstream::nats::ConnectionSettings;
using support::eventually;
using support::NatsCli;
using support::NatsOptions;
using support::NatsServer;
using testing::ElementsAre;
using testing::IsEmpty;

Call call() {
    return Call::within(20s);
}

Advisory on_stream(std::string stream, Touched what) {
    return {.stream = StreamName{std::move(stream)}, .consumer = std::nullopt, .what = what};
}

Advisory on_consumer(std::string stream, std::string consumer, Touched what, bool over = true) {
    return {.stream = StreamName{std::move(stream)},
            .consumer = ConsumerName{std::move(consumer)},
            .what = what,
            .over = over};
}

void ask(const NatsCli& as, std::string_view subject, std::string_view payload = {}) {
    const auto reply = as.request(subject, payload);
    EXPECT_FALSE(reply.contains("error")) << reply;
}

// A connection that listens, and all that it has heard.
class Hearing {
public:
    explicit Hearing(ConnectionSettings settings) {
        settings.name = "hearing";
        const auto listening = [this](const ConnectionSettings& used) {
            return jetstream::nats::listen_to_advisories(
                used,
                [this](const Advisory& advisory) {
                    const std::scoped_lock lock{mutex_};
                    heard_.push_back(advisory);
                },
                [this](const std::string& subject) {
                    const std::scoped_lock lock{mutex_};
                    denied_.insert(subject);
                });
        };
        connection_ = *Connection::open(std::move(settings), {}, listening);
        api_ = jetstream::nats::make_api(*connection_);
    }

    [[nodiscard]] bool connects() { return connection_->first_attempt(call()).has_value(); }

    [[nodiscard]] Connection& connection() { return *connection_; }

    [[nodiscard]] jetstream::Api& api() { return *api_; }

    [[nodiscard]] std::vector<Advisory> heard() const {
        const std::scoped_lock lock{mutex_};
        return heard_;
    }

    [[nodiscard]] bool hears(const Advisory& advisory) const {
        return eventually([&] {
            const auto all = heard();
            return std::find(all.begin(), all.end(), advisory) != all.end();
        });
    }

    [[nodiscard]] std::set<std::string> denied() const {
        const std::scoped_lock lock{mutex_};
        return denied_;
    }

private:
    mutable std::mutex mutex_;
    std::vector<Advisory> heard_;
    std::set<std::string> denied_;
    std::unique_ptr<Connection> connection_;
    std::unique_ptr<jetstream::Api> api_;
};

class Advisories : public testing::TestWithParam<std::string_view> {
protected:
    NatsServer server_{{.version = std::string{GetParam()}}};
    NatsCli other_{server_.url()};
};

INSTANTIATE_TEST_SUITE_P(Servers,
                         Advisories,
                         testing::Values(support::kNats, support::kNats210, support::kNats29),
                         [](const auto& server) {
                             std::string name{server.param};
                             std::replace(name.begin(), name.end(), '.', '_');
                             return name;
                         });

TEST_P(Advisories, WhatOthersDoIsHeard) {
    Hearing hearing{{.urls = {server_.url()}}};
    ASSERT_TRUE(hearing.connects());
    ask(other_, "$JS.API.STREAM.CREATE.A", R"({"name": "A", "subjects": ["a"]})");
    EXPECT_TRUE(hearing.hears(on_stream("A", Touched::Created)));
    ask(other_, "$JS.API.STREAM.UPDATE.A", R"({"name": "A", "subjects": ["a"], "max_msgs": 5})");
    EXPECT_TRUE(hearing.hears(on_stream("A", Touched::Updated)));
    const auto consumer = [&](const std::string& more) {
        ask(other_,
            "$JS.API.CONSUMER.CREATE.A.c",
            R"({"stream_name": "A", "config": {"name": "c", "durable_name": "c",
                           "ack_policy": "explicit")" +
                more + "}}");
    };
    consumer("");
    EXPECT_TRUE(hearing.hears(on_consumer("A", "c", Touched::Updated)));
    const auto before = hearing.heard().size();
    consumer(R"(, "max_deliver": 4)");
    EXPECT_TRUE(eventually([&] { return hearing.heard().size() > before; }));
    ask(other_, "$JS.API.CONSUMER.DELETE.A.c");
    EXPECT_TRUE(hearing.hears(on_consumer("A", "c", Touched::Deleted)));
    ask(other_, "$JS.API.STREAM.DELETE.A");
    EXPECT_TRUE(hearing.hears(on_stream("A", Touched::Deleted)));
}

TEST_P(Advisories, AConsumerThatExpiresIsHeard) {
    Hearing hearing{{.urls = {server_.url()}}};
    ASSERT_TRUE(hearing.connects());
    ask(other_, "$JS.API.STREAM.CREATE.A", R"({"name": "A", "subjects": ["a"]})");
    ask(other_,
        "$JS.API.CONSUMER.DURABLE.CREATE.A.c",
        R"({"stream_name": "A", "config": {"durable_name": "c",
                       "ack_policy": "explicit", "inactive_threshold": 100000000}})");
    EXPECT_TRUE(hearing.hears(on_consumer("A", "c", Touched::Deleted, false)));
}

TEST_P(Advisories, OwnWritesAreNotHeardWhereTheServerSaysWhoseTheyWere) {
    Hearing hearing{{.urls = {server_.url()}}};
    ASSERT_TRUE(hearing.connects());
    const auto made = hearing.api().create_stream({.name = StreamName{"A"}}, call());
    ASSERT_TRUE(made) << made.error().message;
    auto settings = made->settings;
    settings.description = "changed";
    ASSERT_TRUE(hearing.api().update_stream(settings, made->beyond, call()));
    ASSERT_TRUE(
        hearing.api().create_consumer(StreamName{"A"}, {.name = ConsumerName{"c"}}, call()));
    // In the order in which they were sent: what would be heard of the above has been by then.
    ask(other_, "$JS.API.STREAM.CREATE.MARK", R"({"name": "MARK", "subjects": ["mark"]})");
    ASSERT_TRUE(hearing.hears(on_stream("MARK", Touched::Created)));
    if (GetParam() == support::kNats29) {
        EXPECT_TRUE(hearing.hears(on_stream("A", Touched::Updated)));
    } else {
        EXPECT_THAT(hearing.heard(), ElementsAre(on_stream("MARK", Touched::Created)));
    }
}

TEST_P(Advisories, AreHeardAgainAfterAReconnect) {
    Hearing hearing{{.urls = {server_.url()}}};
    ASSERT_TRUE(hearing.connects());
    server_.kill();
    ASSERT_TRUE(eventually([&] { return !hearing.connection().connected(); }));
    server_.restart();
    ASSERT_TRUE(eventually([&] { return hearing.connection().connected(); }));
    ask(other_, "$JS.API.STREAM.CREATE.A", R"({"name": "A", "subjects": ["a"]})");
    EXPECT_TRUE(hearing.hears(on_stream("A", Touched::Created)));
}

TEST(AdvisoriesOf, AUserWhoMayNotListenAreDeniedAndTheRestWorks) {
    const NatsServer server{{.extra = R"(authorization { users: [
        {user: boss, password: boss}
        {user: deaf, password: deaf, permissions: {
            publish: ["$JS.API.>"], subscribe: ["_INBOX.>"]}}]})"}};
    Hearing hearing{{.urls = {server.url()}, .user = "deaf", .password = Secret{"deaf"}}};
    ASSERT_TRUE(hearing.connects());
    EXPECT_TRUE(eventually([&] {
        return hearing.denied() == std::set<std::string>{jetstream::kAdvisorySubjects.begin(),
                                                         jetstream::kAdvisorySubjects.end()};
    }));
    EXPECT_TRUE(hearing.api().create_stream({.name = StreamName{"A"}}, call()));
    EXPECT_EQ(hearing.connection().last_error(), "");
    const NatsCli boss{server.url(), {"--user", "boss", "--password", "boss"}};
    ask(boss, "$JS.API.STREAM.DELETE.A");
    EXPECT_TRUE(hearing.connection().connected());
    EXPECT_THAT(hearing.heard(), IsEmpty());
}

TEST(AdvisoriesOf, OneDomainAreToldFromThoseOfAnother) {
    NatsOptions hub{.name = "hub", .domain = "hub"};
    const support::FreePort leafnodes;
    hub.extra = "leafnodes { listen: \"" + leafnodes.address() + "\" }";
    const NatsServer server{hub};
    const NatsServer leaf{
        {.name = "leaf",
         .domain = "leaf",
         .extra = "leafnodes { remotes: [{url: \"nats://" + leafnodes.address() + "\"}] }"}};
    Hearing hearing{{.urls = {leaf.url()}, .js_domain = "hub"}};
    ASSERT_TRUE(hearing.connects());
    // Until the leaf node's connection stands.
    ASSERT_TRUE(eventually([&] { return hearing.api().server_info(call()).has_value(); }));
    const NatsCli at_leaf{leaf.url()};
    ask(at_leaf, "$JS.API.STREAM.CREATE.LEAF", R"({"name": "LEAF", "subjects": ["leaf"]})");
    ask(at_leaf, "$JS.hub.API.STREAM.CREATE.HUB", R"({"name": "HUB", "subjects": ["hub"]})");
    EXPECT_TRUE(hearing.hears(on_stream("HUB", Touched::Created)));
    for (const auto& advisory : hearing.heard()) {
        EXPECT_EQ(advisory.stream, StreamName{"HUB"});
    }
}

}  // namespace
}  // namespace headgate
