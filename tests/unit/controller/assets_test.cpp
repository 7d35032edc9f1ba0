#include "controller/assets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/fakes/fake_jetstream.hpp"
#include "tests/support/eventually.hpp"

namespace headgate::controller {
namespace {

using core::Json;
using resources::Kind;
using support::eventually;
using testing::HasSubstr;
using testing::Not;

class AssetsTest : public testing::Test {
protected:
    void declare(const std::string& name, const Json& spec) {
        declarations_.put({.key = {Kind::StreamConfig, "team", name},
                           .parsed = resources::parse(Kind::StreamConfig, spec, name)});
    }

    void make(const std::string& stream, const std::vector<std::string>& consumers = {}) {
        jetstream_.request("STREAM.CREATE." + stream,
                           {{"name", stream}, {"subjects", {stream}}, {"storage", "file"}});
        for (const auto& consumer : consumers) {
            const auto made = jetstream_.request(
                "CONSUMER.CREATE." + stream + "." + consumer,
                {{"stream_name", stream},
                 {"config",
                  {{"name", consumer}, {"durable_name", consumer}, {"ack_policy", "explicit"}}}});
            EXPECT_FALSE(made.contains("error")) << made;
        }
    }

    core::Result<std::vector<AssetFigures>> read(std::size_t most) {
        return read_assets(
            declarations_.all(), most, jetstream_, core::Call::within(std::chrono::seconds{10}));
    }

    fakes::FakeJetStream jetstream_;
    reconcilers::Declarations declarations_;
    Metrics metrics_{{}};
};

TEST_F(AssetsTest, AreOfDeclaredStreamsAndConsumersThatAreThere) {
    declare("a", {{"consumers", {{{"name", "worker"}}}}});
    declare("b", Json::object());
    declare("missing", Json::object());
    make("a", {"worker", "stranger"});
    make("b", {"stranger"});
    make("undeclared");
    const auto assets = read(10);
    ASSERT_TRUE(assets);
    ASSERT_EQ(assets->size(), 2U);
    EXPECT_EQ(assets->front().stream, "a");
    ASSERT_EQ(assets->front().consumers.size(), 1U);
    EXPECT_EQ(assets->front().consumers.front().name, "worker");
    EXPECT_TRUE(assets->back().consumers.empty());
    EXPECT_EQ(jetstream_.requests("consumer_list"), 1U) << "only where consumers are declared";
    EXPECT_EQ(read(1)->size(), 1U);
}

TEST_F(AssetsTest, AreShownUpToTheCapAndTakenBack) {
    declare("a", Json::object());
    declare("b", Json::object());
    make("a");
    make("b");
    {
        const Assets assets{declarations_,
                            jetstream_,
                            metrics_,
                            {.most = 1, .period = std::chrono::milliseconds{1}},
                            [] { return true; }};
        EXPECT_TRUE(eventually([&] {
            return metrics_.text().find("headgate_stream_messages{kind=\"StreamConfig\"") !=
                   std::string::npos;
        }));
        const auto text = metrics_.text();
        EXPECT_THAT(text, HasSubstr("name=\"a\",namespace=\"team\",stream=\"a\"} 0"));
        EXPECT_THAT(text, Not(HasSubstr("stream=\"b\"")));
        EXPECT_THAT(text, HasSubstr("headgate_assets_left_out 1"));
        jetstream_.set_unavailable(true);
        EXPECT_TRUE(eventually([&] {
            return metrics_.text().find("headgate_stream_messages{") == std::string::npos;
        })) << "no older figure is kept";
    }
    EXPECT_THAT(metrics_.text(), Not(HasSubstr("headgate_stream_messages{")));
}

}  // namespace
}  // namespace headgate::controller
