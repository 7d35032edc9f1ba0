// What others change on the server is put right at once, at no cost while nobody changes anything,
// and without a fight. The figures are printed, not judged: they say something only of a machine
// that does nothing else.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "jetstream/nats/connection.hpp"
#include "tests/e2e/control_plane.hpp"
#include "tests/e2e/manifest.hpp"
#include "tests/e2e/program.hpp"
#include "tests/e2e/recorder.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/temp_dir.hpp"

namespace headgate::e2e {
namespace {

using namespace std::chrono_literals;
using core::Call;
using core::Json;
using jetstream::nats::Connection;
using std::chrono::steady_clock;
using support::eventually;
using support::NatsServer;
using support::TempDir;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::size_t kTries = 50;

// Another program on the same account, fast enough to be measured against.
class Other {
public:
    explicit Other(const NatsServer& server, const std::string& user = {})
        : connection_(*Connection::open({.urls = {server.url()},
                                         .name = "other",
                                         .user = user,
                                         .password = core::Secret{user}})) {
        EXPECT_TRUE(connection_->first_attempt(Call::within(20s)));
    }

    Json request(const std::string& subject, const Json& payload = nullptr) {
        const auto reply = connection_->request("$JS.API." + subject,
                                                payload.is_null() ? std::string{} : payload.dump(),
                                                Call::within(20s));
        EXPECT_TRUE(reply) << subject << ": " << reply.error().message;
        return reply ? Json::parse(*reply) : Json::object();
    }

    [[nodiscard]] Json config(const std::string& what) {
        return request(what).value("config", Json::object());
    }

    void edit_stream(const std::string& name, const Json& settings) {
        auto config = this->config("STREAM.INFO." + name);
        config.update(settings);
        const auto reply = request("STREAM.UPDATE." + name, config);
        EXPECT_FALSE(reply.contains("error")) << name << ": " << reply;
    }

    void edit_consumer(const std::string& stream, const std::string& name, const Json& settings) {
        auto config = this->config("CONSUMER.INFO." + stream + "." + name);
        config.update(settings);
        EXPECT_FALSE(request("CONSUMER.DURABLE.CREATE." + stream + "." + name,
                             {{"stream_name", stream}, {"config", config}})
                         .contains("error"));
    }

private:
    std::unique_ptr<Connection> connection_;
};

std::string name(std::size_t i) {
    return "s" + std::to_string(i);
}

std::string declared(std::size_t count, const std::string& ns = "drift") {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) {
        all += stream(
            ns,
            name(i),
            "{subjects: [" + name(i) + "], maxAge: 1h, consumers: [{name: c, ackWait: 20s}]}");
    }
    return all;
}

double applied(const Program& program) {
    return program.metric("headgate_objects{kind=\"StreamConfig\",reason=\"Applied\"");
}

double drift_repaired(const Program& program) {
    return program.metric("headgate_drift_repaired_total{kind=\"StreamConfig\"");
}

void print(std::string_view what, std::vector<double> milliseconds) {
    std::sort(milliseconds.begin(), milliseconds.end());
    std::printf("[ FIGURES  ] %-24s median %6.1f ms, p99 %6.1f ms, of %zu\n",
                std::string{what}.c_str(),
                milliseconds.at(milliseconds.size() / 2),
                milliseconds.at((milliseconds.size() * 99 - 1) / 100),
                milliseconds.size());
}

// Each object is interfered with once in each way: more often within a minute is a rival's.
void measure(const NatsServer& server, const Program& program) {
    Other other{server};

    struct Way {
        std::string_view what;
        std::function<void(const std::string&)> interfere;
        std::function<bool(const std::string&)> is_repaired;
    };

    const std::vector<Way> ways{
        {"stream deleted",
         [&](const std::string& stream) { other.request("STREAM.DELETE." + stream); },
         [&](const std::string& stream) {
             return other.config("CONSUMER.INFO." + stream + ".c").contains("durable_name");
         }},
        {"stream updated",
         [&](const std::string& stream) {
             other.edit_stream(stream, {{"max_age", 7200000000000}});
         },
         [&](const std::string& stream) {
             return other.config("STREAM.INFO." + stream).value("max_age", Json()) == 3600000000000;
         }},
        {"consumer deleted",
         [&](const std::string& stream) { other.request("CONSUMER.DELETE." + stream + ".c"); },
         [&](const std::string& stream) {
             return other.config("CONSUMER.INFO." + stream + ".c").contains("durable_name");
         }},
        {"consumer updated",
         [&](const std::string& stream) {
             other.edit_consumer(stream, "c", {{"ack_wait", 5000000000}});
         },
         [&](const std::string& stream) {
             return other.config("CONSUMER.INFO." + stream + ".c").value("ack_wait", Json()) ==
                    20000000000;
         }},
    };
    double repaired = drift_repaired(program);
    for (const auto& way : ways) {
        std::vector<double> took;
        for (std::size_t i = 0; i < kTries; ++i) {
            way.interfere(name(i));
            const auto began = steady_clock::now();
            ASSERT_TRUE(eventually([&] { return way.is_repaired(name(i)); }, 30s, 1ms))
                << way.what << " " << name(i) << "\n"
                << program.output();
            took.push_back(
                std::chrono::duration<double, std::milli>(steady_clock::now() - began).count());
        }
        print(way.what, std::move(took));
        repaired += kTries;
        EXPECT_TRUE(eventually([&] { return drift_repaired(program) >= repaired; }))
            << way.what << ": " << drift_repaired(program) << " of " << repaired;
    }
}

class Drift : public testing::Test {
protected:
    [[nodiscard]] Program run(const std::string& manifests, std::vector<std::string> more) const {
        support::write_file(dir_ / "manifests" / "all.yaml", manifests);
        std::vector<std::string> args{
            "run", "-f", dir_ / "manifests", "--server", nats_.url(), "--log-level=info"};
        args.insert(args.end(), more.begin(), more.end());
        return Program{args};
    }

    static double requests(const Program& program, const std::string& operation = {}) {
        return program.metric("headgate_nats_requests_total{operation=\"" + operation);
    }

    TempDir dir_;
    NatsServer nats_{{.extra = R"(accounts { A { jetstream: enabled, users: [
        {user: boss, password: boss}
        {user: deaf, password: deaf, permissions: {
            publish: ["$JS.API.>"], subscribe: ["_INBOX.>"]}}]}}
        no_auth_user: boss)"}};
};

TEST_F(Drift, OfEveryKindIsRepairedAtOnceInDirectoryMode) {
    auto program = run(declared(kTries), {"--resync=1h"});
    ASSERT_TRUE(eventually([&] { return applied(program) == kTries; })) << program.output();
    measure(nats_, program);
    EXPECT_THAT(program.output(), HasSubstr("drift repaired: maxAge 2h -> 1h"));
    EXPECT_THAT(program.output(), HasSubstr("drift repaired: consumers[c].ackWait 5s -> 20s"));
    EXPECT_THAT(program.output(), HasSubstr("drift repaired: stream s7 was deleted; made again"));
    EXPECT_THAT(program.output(), HasSubstr("drift repaired: consumer c was deleted; made again"));
    EXPECT_EQ(program.stop(), 0) << program.output();

    // Nothing was made while the server was still removing the files of the one before it.
    nats_.restart();
    Other other{nats_};
    for (std::size_t i = 0; i < kTries; ++i) {
        EXPECT_FALSE(other.config("CONSUMER.INFO." + name(i) + ".c").empty()) << name(i);
    }
}

TEST_F(Drift, OfEveryKindIsRepairedAtOnceInControllerMode) {
    ControlPlane kube;
    kube.make_namespace("drift");
    kube.apply(declared(kTries));
    Program program{kube.controller(nats_.url(), {"--resync=1h"})};
    ASSERT_TRUE(eventually([&] { return applied(program) == kTries; })) << program.output();
    measure(nats_, program);
    EXPECT_EQ(kube.reasons(), (std::map<std::string, std::size_t>{{"Applied", kTries}}));
}

TEST_F(Drift, TheResyncOfManyIsAHandfulOfListsAndWritesNothing) {
    constexpr std::size_t kMany = 300;
    std::string all;
    for (std::size_t i = 0; i < kMany; ++i) {
        all += stream("drift", name(i), "{subjects: [" + name(i) + "]}");
    }
    {
        auto first = run(all, {"--resync=1h"});
        ASSERT_TRUE(eventually([&] { return applied(first) == kMany; })) << first.output();
        EXPECT_EQ(requests(first, "stream_create\""), kMany);
        EXPECT_EQ(requests(first, "stream_info\""), 0) << "a new one costs one request";
        EXPECT_EQ(first.stop(), 0) << first.output();
    }

    // Another run over what is there.
    Recorder recorder{{nats_.url()}};
    auto program = run(all, {"--resync=1s"});
    ASSERT_TRUE(eventually([&] { return applied(program) == kMany; })) << program.output();
    const auto lists = requests(program, "stream_list\"");
    ASSERT_TRUE(program.looks_at_all_again(kMany, 3));
    EXPECT_GE(requests(program, "stream_list\""), lists + 4) << "two pages each";
    EXPECT_EQ(requests(program, "stream_info\""), 0);
    EXPECT_THAT(recorder.writes(), IsEmpty());

    // And after a reconnect.
    nats_.restart();
    ASSERT_TRUE(eventually([&] { return program.metric("headgate_nats_connected{") == 1; }));
    ASSERT_TRUE(program.looks_at_all_again(kMany, 2));
    // What failed while the server was away may look for itself, once.
    EXPECT_LE(requests(program, "stream_info\",result=\"answered\""), kMany) << program.output();
}

TEST_F(Drift, AUserWhoMayNotListenIsToldOnceAndRepairsAtTheResync) {
    support::write_file(dir_ / "password", "deaf\n");
    auto program =
        run(declared(2),
            {"--resync=500ms", "--user=deaf", "--password-file=" + (dir_ / "password").string()});
    ASSERT_TRUE(eventually([&] { return applied(program) == 2; })) << program.output();
    Other other{nats_, "boss"};
    other.request("STREAM.DELETE.s1");
    EXPECT_TRUE(eventually(
        [&] { return other.config("STREAM.INFO.s1").value("max_age", Json()) == 3600000000000; }));
    const auto output = program.output();
    constexpr std::string_view kTold = "may not subscribe to";
    EXPECT_THAT(output, HasSubstr("allow it to subscribe to $JS.EVENT.ADVISORY.API, "));
    const auto first = output.find(kTold);
    EXPECT_EQ(output.find(kTold, first + 1), std::string::npos) << output;
    EXPECT_TRUE(program.ready());
}

TEST_F(Drift, ARivalIsSaidAndNotFoughtAtFullSpeed) {
    auto program = run(declared(1), {"--resync=200ms"});
    ASSERT_TRUE(eventually([&] { return applied(program) == 1; })) << program.output();
    std::atomic<int> interferences{0};
    std::jthread rival{[&](const std::stop_token& stop) {
        Other other{nats_};
        while (!stop.stop_requested()) {
            if (other.config("STREAM.INFO.s0").value("max_age", Json()) == 3600000000000) {
                other.edit_stream("s0", {{"max_age", 7200000000000}});
            } else {
                other.edit_stream("s0", {{"description", std::to_string(interferences)}});
            }
            ++interferences;
        }
    }};
    ASSERT_TRUE(eventually([&] {
        return program.metric("headgate_objects{kind=\"StreamConfig\",reason=\"Reconciling\"") == 1;
    })) << program.output();
    const int noticed = interferences;
    ASSERT_TRUE(eventually([&] { return interferences > noticed + 500; }));
    EXPECT_EQ(drift_repaired(program), 5) << program.output();
    const auto output = program.output();
    const auto told = output.find("5 times in ");
    EXPECT_NE(told, std::string::npos) << output;
    EXPECT_THAT(output, HasSubstr("by something other than headgate"));
    rival.request_stop();
    rival.join();
    EXPECT_EQ(program.stop(), 0) << program.output();
}

}  // namespace
}  // namespace headgate::e2e
