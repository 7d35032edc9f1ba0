// What the loop looks at, when, and with how many requests.
#include <atomic>

#include <gtest/gtest.h>

#include "controller/metrics.hpp"
#include "controller/runtime.hpp"
#include "tests/builders/declaration_builder.hpp"
#include "tests/fakes/fake_jetstream.hpp"
#include "tests/fakes/recording_writer.hpp"
#include "tests/support/eventually.hpp"

namespace headgate::controller {
namespace {

using namespace std::chrono_literals;
using builders::a_stream_config;
using jetstream::Advisory;
using jetstream::ConsumerName;
using jetstream::StreamName;
using jetstream::Touched;
using resources::Kind;
using resources::Reason;
using support::eventually;

class Looks : public testing::Test {
protected:
    static constexpr int kMany = 300;

    ~Looks() override { runtime_.stop(); }

    static std::string name(int i) { return "s" + std::to_string(i); }

    void declare_many() {
        for (int i = 0; i < kMany; ++i) {
            runtime_.changed(a_stream_config(name(i)).set("subjects", {name(i)}).build());
        }
    }

    // Until all has been looked at that is to be looked at now.
    void start() {
        runtime_.start();
        idle();
    }

    void idle() { ASSERT_TRUE(runtime_.wait_idle({})); }

    // Everything is looked at, so often.
    [[nodiscard]] bool looks_at_all(int times) {
        for (int time = 0; time < times; ++time) {
            const auto enough = passes_ + kMany;
            runtime_.look_at_all();
            if (!eventually([&] { return passes_ >= enough; })) {
                return false;
            }
        }
        return runtime_.wait_idle({});
    }

    [[nodiscard]] Reason reason_of(const std::string& object) const {
        const auto declaration = declarations_.find({Kind::StreamConfig, "agents", object});
        return declaration->status.reason().value_or(Reason::Reconciling);
    }

    void hear(const std::string& stream, const std::string& consumer = {}) {
        runtime_.heard(
            {.stream = StreamName{stream},
             .consumer = consumer.empty() ? std::nullopt : std::optional{ConsumerName{consumer}},
             .what = Touched::Updated});
    }

    core::Log log_{core::LogFormat::Text, core::LogLevel::Off};
    Metrics metrics_{{"test", "test"}};
    fakes::FakeJetStream jetstream_;
    fakes::RecordingWriter writer_;
    reconcilers::Declarations declarations_;
    reconcilers::Reconciler reconciler_{jetstream_, declarations_, writer_, {}};
    std::atomic<int> passes_{0};
    // One worker: the writer has no lock.
    Runtime runtime_{declarations_,
                     reconciler_,
                     metrics_,
                     log_,
                     {.workers = 1, .resync = std::chrono::hours{1}},
                     [this](const auto&, const auto&) { ++passes_; }};
};

TEST_F(Looks, TheFirstGoesByAListAndOnlyMakesWhatIsMissing) {
    declare_many();
    start();
    EXPECT_EQ(jetstream_.requests("stream_create"), static_cast<std::size_t>(kMany));
    EXPECT_EQ(jetstream_.requests("stream_info"), 0U);
    EXPECT_EQ(jetstream_.requests("stream_list"), 1U);
}

TEST_F(Looks, AtEverythingCostAHandfulOfListsAndWriteNothing) {
    declare_many();
    start();
    jetstream_.forget_requests();
    writer_.forget_writes();
    ASSERT_TRUE(looks_at_all(3));
    EXPECT_EQ(jetstream_.requests("stream_list"), 6U);
    EXPECT_EQ(jetstream_.requests(), 6U);
    EXPECT_EQ(writer_.writes(), 0U);
}

TEST_F(Looks, AtEverythingRepairOnlyWhatHasDrifted) {
    declare_many();
    start();
    jetstream_.plant(name(7), "max_msgs", 5);
    jetstream_.request("STREAM.DELETE." + name(8));
    jetstream_.forget_requests();
    ASSERT_TRUE(looks_at_all(1));
    EXPECT_EQ(jetstream_.stream_config(name(7))["max_msgs"], -1);
    EXPECT_TRUE(eventually([&] { return jetstream_.has_stream(name(8)); }));
    EXPECT_EQ(jetstream_.requests("stream_info"), 2U);
    EXPECT_EQ(jetstream_.writes(), 2U);
}

TEST_F(Looks, AreTakenOneByOneWhereAListIsIncomplete) {
    declare_many();
    start();
    jetstream_.set_missing(name(7), true);
    jetstream_.plant(name(8), "max_msgs", 5);
    jetstream_.forget_requests();
    ASSERT_TRUE(looks_at_all(1));
    EXPECT_EQ(jetstream_.stream_config(name(8))["max_msgs"], -1);
    EXPECT_EQ(jetstream_.requests("stream_info"), static_cast<std::size_t>(kMany));
}

TEST_F(Looks, AtOneStreamAreOneHoweverOftenItIsHeardOf) {
    runtime_.changed(a_stream_config("orders").build());
    for (int i = 0; i < 1'000; ++i) {
        hear("orders");
    }
    start();
    EXPECT_EQ(jetstream_.requests("stream_info"), 1U);
}

TEST_F(Looks, FollowWhatIsHeardAtOnce) {
    runtime_.changed(a_stream_config("orders").consumer({{"name", "c"}}).build());
    runtime_.changed(
        a_stream_config("watch").set("name", "orders").set("managementPolicy", "Observe").build());
    start();
    EXPECT_EQ(reason_of("orders"), Reason::Applied);
    ASSERT_TRUE(eventually([&] { return reason_of("watch") != Reason::Reconciling; }));
    jetstream_.request("STREAM.DELETE.orders");
    hear("orders");
    EXPECT_TRUE(eventually([&] { return jetstream_.has_consumer("orders", "c"); }));
    jetstream_.request("CONSUMER.DELETE.orders.c");
    hear("orders", "c");
    EXPECT_TRUE(eventually([&] { return jetstream_.has_consumer("orders", "c"); }));
}

TEST_F(Looks, WaitUntilADeletionIsOver) {
    runtime_.changed(a_stream_config("orders").build());
    start();
    jetstream_.forget_requests();
    const auto adds = runtime_.queue().figures().adds;
    runtime_.heard(
        {.stream = StreamName{"orders"}, .consumer = {}, .what = Touched::Deleted, .over = false});
    idle();
    EXPECT_EQ(jetstream_.requests(), 0U);
    EXPECT_EQ(runtime_.queue().figures().adds, adds + 1) << "later";
}

TEST_F(Looks, AreNotTakenForAConsumerThatNobodyDeclares) {
    runtime_.changed(a_stream_config("orders").consumer({{"name", "c"}}).build());
    start();
    jetstream_.forget_requests();
    hear("orders", "somebody-elses");
    hear("unknown");
    idle();
    EXPECT_EQ(jetstream_.requests(), 0U);
}

TEST_F(Looks, AtWhatObservesAStreamFollowTheWritesOfItsOwner) {
    runtime_.changed(a_stream_config("a-watch")
                         .set("name", "orders")
                         .set("managementPolicy", "Observe")
                         .build());
    start();
    EXPECT_EQ(reason_of("a-watch"), Reason::Drifted) << "there is no such stream";
    runtime_.changed(a_stream_config("orders").build());
    EXPECT_TRUE(eventually([&] { return reason_of("a-watch") == Reason::Observed; }));
}

}  // namespace
}  // namespace headgate::controller
