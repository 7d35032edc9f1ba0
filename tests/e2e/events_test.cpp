// What a person sees of an object under `kubectl events`: transitions, and nothing of what is in
// order.
#include <algorithm>
#include <cctype>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/e2e/control_plane.hpp"
#include "tests/e2e/manifest.hpp"
#include "tests/e2e/program.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/nats_cli.hpp"
#include "tests/support/nats_server.hpp"

namespace headgate::e2e {
namespace {

using support::eventually;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

/// Notes by "Warning InvalidSpec orders".
using Told = std::multimap<std::string, std::string>;

// One Kubernetes API for all tests, which leave no object in it; the rest is each test's own.
class Events : public testing::Test {
protected:
    static void SetUpTestSuite() { plane_ = std::make_unique<ControlPlane>(); }

    static void TearDownTestSuite() { plane_.reset(); }

    void SetUp() override { kube().make_namespace(ns()); }

    void TearDown() override {
        kube().api().kubectl_ok(
            {"delete",
             "--raw",
             "/apis/headgate.io/v1alpha1/namespaces/" + ns() + "/streamconfigs"});
    }

    static ControlPlane& kube() { return *plane_; }

    // Of this test.
    static std::string ns() {
        std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
        std::transform(name.begin(), name.end(), name.begin(), [](unsigned char letter) {
            return static_cast<char>(std::tolower(letter));
        });
        return name.substr(0, 60);
    }

    [[nodiscard]] Program start(const std::vector<std::string>& more = {}) const {
        std::vector<std::string> all{"--resync=1s"};
        all.insert(all.end(), more.begin(), more.end());
        return Program{kube().controller(nats_.url(), all)};
    }

    static void declare(const std::string& name, const std::string& spec) {
        kube().apply(stream(ns(), name, spec));
    }

    static void declare_many(std::size_t count) {
        std::string all;
        for (std::size_t i = 0; i < count; ++i) {
            const auto name = "s" + std::to_string(i);
            all += stream(ns(), name, "{subjects: [" + name + "]}");
        }
        kube().api().kubectl_ok({"create", "-f", "-"}, all);
    }

    static std::string becomes(const std::string& name, const std::string& reason) {
        return kube().wait_for(ns(), "streamconfig/" + name, reason);
    }

    static bool all_are(const std::string& reason, std::size_t count) {
        return eventually(
            [&] {
                return kube().reasons() == std::map<std::string, std::size_t>{{reason, count}};
            },
            std::chrono::seconds{60},
            std::chrono::milliseconds{100});
    }

    static Told told() {
        Told told;
        const auto list = kube().api().kubectl_json({"get", "events.events.k8s.io", "-n", ns()});
        for (const auto& event : list["items"]) {
            const auto& about = event["regarding"];
            EXPECT_EQ(about["kind"], "StreamConfig");
            EXPECT_EQ(event["reportingController"], "headgate.io/controller");
            told.emplace(event["type"].get<std::string>() + " " +
                             event["reason"].get<std::string>() + " " +
                             about["name"].get<std::string>(),
                         event["note"].get<std::string>());
        }
        return told;
    }

    static bool comes(const std::string& what) {
        return eventually([&] { return told().contains(what); });
    }

    /// The objects of which it is told.
    static std::set<std::string> tellers(const std::string& what) {
        std::set<std::string> names;
        for (const auto& [text, note] : told()) {
            if (text.starts_with(what + " ")) {
                names.insert(text.substr(what.size() + 1));
            }
        }
        return names;
    }

    /// The operator's writes to Events of this test, as the API server has seen them.
    static std::size_t event_writes() {
        std::size_t count = 0;
        for (const auto& [object, writes] : kube().operator_writes()) {
            count += object.starts_with("events/" + ns() + "/") ? writes : 0;
        }
        return count;
    }

    support::NatsServer nats_;
    support::NatsCli cli_{nats_.url()};

private:
    static inline std::unique_ptr<ControlPlane> plane_;
};

constexpr auto kGood = "{subjects: [orders.>], deletionPolicy: Delete, maxAge: 1h}";
constexpr auto kBad = "{subjects: [orders.>, orders.a], deletionPolicy: Delete, maxAge: 1h}";

TEST_F(Events, TellOfTransitionsRepairsAndDeletionsAndWhatRepeatsMakesNoMore) {
    auto program = start();
    declare("orders", kGood);
    ASSERT_EQ(becomes("orders", "Applied"), "");
    declare("orders", kBad);
    ASSERT_EQ(becomes("orders", "InvalidSpec"), "");
    ASSERT_TRUE(comes("Warning InvalidSpec orders"));
    EXPECT_EQ(told().size(), 1U) << "nothing of its making";
    EXPECT_EQ(told().begin()->second, kube().brief(ns(), "streamconfig/orders").message);

    declare("orders", kGood);
    ASSERT_EQ(becomes("orders", "Applied"), "");
    ASSERT_TRUE(comes("Normal Applied orders"));
    for (int times = 0; times < 3; ++times) {
        declare("orders", kBad);
        ASSERT_EQ(becomes("orders", "InvalidSpec"), "");
        declare("orders", kGood);
        ASSERT_EQ(becomes("orders", "Applied"), "");
    }

    cli_.text({"stream", "edit", "orders", "--max-age=2h", "--force"});
    ASSERT_TRUE(comes("Normal DriftRepaired orders"));
    cli_.publish("orders.a", "message", 3);
    kube().remove(ns(), "streamconfig/orders");
    ASSERT_TRUE(comes("Normal Deleted orders"));
    EXPECT_THAT(told(),
                UnorderedElementsAre(
                    Pair("Warning InvalidSpec orders", HasSubstr("overlap")),
                    Pair("Normal Applied orders", "Ready, after InvalidSpec"),
                    Pair("Normal DriftRepaired orders", "maxAge 2h -> 1h"),
                    Pair("Normal Deleted orders", "delete stream orders with 3 messages")));
    EXPECT_EQ(event_writes(), 4U);
    EXPECT_EQ(program.metric("headgate_events_dropped_total"), 0);
    EXPECT_EQ(program.stop(), 0) << program.output();
}

TEST_F(Events, TellOfAPlanThatWaitsAndOfItsCarryingOut) {
    auto program = start();
    declare("orders", "{subjects: [orders]}");
    ASSERT_EQ(becomes("orders", "Applied"), "");
    cli_.publish("orders", "text", 5);
    declare("orders", "{subjects: [orders], maxMessages: 2}");
    ASSERT_EQ(becomes("orders", "ApprovalRequired"), "");
    ASSERT_TRUE(comes("Warning ApprovalRequired orders"));
    const auto hash =
        kube().get(ns(), "streamconfig/orders")["status"]["plan"]["hash"].get<std::string>();
    kube().annotate(ns(), "streamconfig/orders", "headgate.io/approve=" + hash);
    ASSERT_EQ(becomes("orders", "Applied"), "");
    ASSERT_TRUE(comes("Normal Applied orders"));
    EXPECT_THAT(told(),
                Contains(Pair("Normal PlanCarriedOut orders",
                              AllOf(HasSubstr(hash), HasSubstr("drops about 3 of 5 messages")))));
    EXPECT_EQ(told().size(), 3U);
    EXPECT_EQ(program.stop(), 0) << program.output();
}

TEST_F(Events, AreNotWrittenForWhatIsMadeNorForWhatIsInOrderNorAfterARestart) {
    constexpr std::size_t kObjects = 300;
    declare_many(kObjects);
    auto program = start();
    ASSERT_TRUE(all_are("Applied", kObjects)) << program.output();
    ASSERT_TRUE(program.looks_at_all_again(kObjects));
    program.restart();
    ASSERT_TRUE(eventually([&] { return program.ready(); }));
    ASSERT_TRUE(program.looks_at_all_again(kObjects));
    // Events are written in their order, so any other would be there before this one.
    declare("last", kBad);
    ASSERT_TRUE(comes("Warning InvalidSpec last"));
    EXPECT_EQ(told().size(), 1U);
    EXPECT_EQ(event_writes(), 1U);
    std::size_t objects = 0;
    for (const auto& [object, writes] : kube().operator_writes()) {
        if (object.starts_with("streamconfigs/" + ns() + "/s")) {
            ++objects;
            EXPECT_EQ(writes, 1) << object;
        }
    }
    EXPECT_EQ(objects, kObjects);
    EXPECT_EQ(program.stop(), 0) << program.output();
}

TEST_F(Events, OfAnOutageAreToldBySomeForAllAndTheSameTellItsEnd) {
    constexpr std::size_t kObjects = 30;
    declare_many(kObjects);
    auto program = start({"--outage-grace=1s"});
    ASSERT_TRUE(all_are("Applied", kObjects)) << program.output();
    nats_.kill();
    ASSERT_TRUE(all_are("ConnectionFailed", kObjects)) << program.output();
    EXPECT_TRUE(eventually([&] { return tellers("Warning ConnectionFailed").size() == 10; }));
    nats_.restart();
    ASSERT_TRUE(all_are("Applied", kObjects)) << program.output();
    EXPECT_TRUE(eventually([&] { return tellers("Normal Applied").size() == 10; }));
    EXPECT_EQ(tellers("Normal Applied"), tellers("Warning ConnectionFailed"));
    EXPECT_EQ(event_writes(), 20U);
    EXPECT_EQ(program.stop(), 0) << program.output();
}

TEST_F(Events, AreNotWrittenWhereTheyAreTurnedOff) {
    auto program = start({"--events=false"});
    declare("orders", kBad);
    ASSERT_EQ(becomes("orders", "InvalidSpec"), "");
    declare("orders", kGood);
    ASSERT_EQ(becomes("orders", "Applied"), "");
    EXPECT_EQ(program.stop(), 0) << program.output();
    EXPECT_THAT(told(), IsEmpty());
}

}  // namespace
}  // namespace headgate::e2e
