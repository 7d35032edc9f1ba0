// The operator is killed without warning, again and again, while everything it keeps is edited,
// deleted and made anew. Whatever the moment, the end is the same as without. HEADGATE_CRASHES sets
// another number of kills, HEADGATE_SEED another course of things.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/e2e/control_plane.hpp"
#include "tests/e2e/manifest.hpp"
#include "tests/e2e/program.hpp"
#include "tests/e2e/recorder.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/nats_cli.hpp"
#include "tests/support/nats_server.hpp"

namespace headgate::e2e {
namespace {

using core::Json;
using support::eventually;

std::size_t from_environment(const char* name, std::size_t usual) {
    const char* const text = std::getenv(name);
    return text == nullptr ? usual : std::stoul(text);
}

/// What is declared, and how it changes: a course of edits that depends on the seed alone.
class Course {
public:
    explicit Course(std::size_t seed) : random_(static_cast<std::uint32_t>(seed)) {}

    /// The next edits, as what to apply and what to delete.
    void step(std::string& applied, std::vector<std::string>& deleted) {
        constexpr int kEdits = 12;
        constexpr std::size_t kMost = 150;
        for (int i = 0; i < kEdits; ++i) {
            const auto dice = number(10);
            if (dice < 3 && declared_.size() < kMost) {
                const auto name = "s" + std::to_string(next_++);
                applied += declare(name, number(2) == 0);
            } else if (dice < 5 && declared_.size() > kMost / 3) {
                const auto victim = any();
                deleted.push_back(victim);
                if (!declared_.at(victim).deletes) {
                    retained_.insert(victim);
                }
                declared_.erase(victim);
            } else if (!declared_.empty()) {
                const auto name = any();
                applied += declare(name, declared_.at(name).deletes);
            } else {
                applied += declare("s" + std::to_string(next_++), true);
            }
        }
    }

    struct Stream {
        std::int64_t hours = 0;
        std::int64_t ack_seconds = 0;
        bool deletes = false;
    };

    [[nodiscard]] const std::map<std::string, Stream>& declared() const { return declared_; }

    /// Streams whose objects have gone, and that stay where they had been made.
    [[nodiscard]] const std::set<std::string>& retained() const { return retained_; }

private:
    std::size_t number(std::size_t below) {
        return std::uniform_int_distribution<std::size_t>{0, below - 1}(random_);
    }

    std::string any() {
        auto at = declared_.begin();
        std::advance(at, static_cast<std::ptrdiff_t>(number(declared_.size())));
        return at->first;
    }

    // Streams only grow in what they keep: an edit that may lose messages waits for approval.
    std::string declare(const std::string& name, bool deletes) {
        auto& one = declared_[name];
        one.hours += 1 + static_cast<std::int64_t>(number(5));
        one.ack_seconds = 10 + static_cast<std::int64_t>(number(50));
        one.deletes = deletes;
        return stream("crash",
                      name,
                      "{subjects: [" + name + ".>], maxAge: " + std::to_string(one.hours) +
                          "h, deletionPolicy: " + (deletes ? "Delete" : "Retain") +
                          ", consumers: [{name: c, ackWait: " + std::to_string(one.ack_seconds) +
                          "s}]}");
    }

    std::mt19937 random_;
    int next_ = 0;
    std::map<std::string, Stream> declared_;
    std::set<std::string> retained_;
};

TEST(Crashes, AtAnyMomentLeaveNothingHalfDoneLostOrMadeTwice) {
    const auto crashes = from_environment("HEADGATE_CRASHES", 100);
    const auto seed = from_environment("HEADGATE_SEED", 20261121);
    std::cout << crashes << " crashes; seed " << seed << "\n";
    ControlPlane kube;
    const support::NatsServer nats;
    const support::NatsCli cli{nats.url()};
    kube.make_namespace("crash");
    // Nobody's: nothing of all this may touch them.
    const auto bystander =
        cli.request("$JS.API.STREAM.CREATE.bystander", R"({"name":"bystander","subjects":["by"]})")
            .at("config");

    Course course{seed};
    Program program{kube.controller(nats.url(), {"--resync=1s"})};
    std::jthread edits{[&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            std::string applied;
            std::vector<std::string> deleted;
            course.step(applied, deleted);
            kube.apply(applied);
            if (!deleted.empty()) {
                std::vector<std::string> command{
                    "delete", "--wait=false", "-n", "crash", "streamconfig"};
                command.insert(command.end(), deleted.begin(), deleted.end());
                kube.api().kubectl_ok(command);
            }
        }
    }};
    std::mt19937 random{static_cast<std::uint32_t>(seed)};
    for (std::size_t i = 0; i < crashes; ++i) {
        // A moment between the start and well into the work, told by what was done, not by time.
        const auto before = program.metric("headgate_reconcile_total{");
        const auto passes = std::uniform_int_distribution<int>{0, 60}(random);
        static_cast<void>(eventually(
            [&] { return program.metric("headgate_reconcile_total{") >= before + passes; },
            std::chrono::milliseconds{700},
            std::chrono::milliseconds{2}));
        program.kill();
        program.restart();
    }
    edits.request_stop();
    edits.join();

    ASSERT_TRUE(eventually(
        [&] {
            const auto reasons = kube.reasons();
            return reasons.size() == 1 && reasons.contains("Applied") &&
                   reasons.at("Applied") == course.declared().size();
        },
        std::chrono::minutes{2},
        std::chrono::milliseconds{500}))
        << testing::PrintToString(kube.reasons()) << " of " << course.declared().size() << "\n"
        << program.output();
    std::set<std::string> wanted{"bystander"};
    for (const auto& [name, declared] : course.declared()) {
        wanted.insert(name);
        const auto config = cli.request("$JS.API.STREAM.INFO." + name).at("config");
        EXPECT_EQ(config.at("max_age"), declared.hours * 3'600'000'000'000) << name;
        const auto consumers = cli.request("$JS.API.CONSUMER.LIST." + name).at("consumers");
        ASSERT_EQ(consumers.size(), 1U) << name;
        EXPECT_EQ(consumers.at(0).at("config").at("ack_wait"), declared.ack_seconds * 1'000'000'000)
            << name;
    }
    std::set<std::string> there;
    const auto names = cli.request("$JS.API.STREAM.NAMES").at("streams");
    for (const auto& name : names) {
        if (!course.retained().contains(name.get<std::string>())) {
            there.insert(name.get<std::string>());
        }
    }
    EXPECT_EQ(there, wanted) << "what said Delete went with its object";
    EXPECT_EQ(cli.request("$JS.API.STREAM.INFO.bystander").at("config"), bystander);

    // And it stays so.
    Recorder recorder{{nats.url()}};
    const auto versions = kube.versions();
    ASSERT_TRUE(program.looks_at_all_again(course.declared().size()));
    EXPECT_EQ(kube.versions(), versions);
    EXPECT_THAT(recorder.writes(), testing::IsEmpty());
    std::cout << course.declared().size() << " objects in order\n";
    EXPECT_EQ(program.stop(), 0) << program.output();
}

}  // namespace
}  // namespace headgate::e2e
