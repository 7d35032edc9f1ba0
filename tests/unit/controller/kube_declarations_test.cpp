#include "controller/kube_declarations.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/fake_kube.hpp"

namespace headgate::controller {
namespace {

using core::Json;
using resources::Kind;

core::Call soon() {
    return core::Call::within(std::chrono::seconds{5});
}

class KubeDeclarationsTest : public testing::Test {
protected:
    kube::Object make(const Json& spec, std::map<std::string, std::string> annotations = {}) {
        return kube_.create(
            resource_type(Kind::StreamConfig), "team", "orders", spec, std::move(annotations));
    }

    kube::Object now() {
        return *kube_.object(resource_type(Kind::StreamConfig), "team", "orders");
    }

    fakes::FakeKube kube_;
    OwnWrites own_writes_;
    KubeWriter writer_{kube_, own_writes_};
};

TEST_F(KubeDeclarationsTest, AnObjectBecomesADeclaration) {
    const auto object =
        make({{"name", "ORDERS"}, {"maxAge", "1h"}},
             {{"headgate.io/reconcile", "now"}, {"headgate.io/paused", "true"}, {"other", "x"}});
    const auto declaration = to_declaration(Kind::StreamConfig, object, nullptr);
    EXPECT_EQ(resources::to_text(declaration.key), "StreamConfig team/orders");
    EXPECT_EQ(declaration.uid, object.meta.uid);
    EXPECT_EQ(declaration.generation, 1);
    EXPECT_EQ(declaration.annotations.reconcile, "now");
    EXPECT_TRUE(declaration.annotations.paused);
    ASSERT_TRUE(declaration.parsed.desired.has_value());
    EXPECT_EQ(declaration.parsed.desired->stream.name.value(), "ORDERS");
    EXPECT_EQ(declaration.status.observed_generation, -1);
}

TEST_F(KubeDeclarationsTest, AStatusIsWrittenAndReadBackTheSame) {
    const auto declaration =
        to_declaration(Kind::StreamConfig, make({{"name", "ORDERS"}}), nullptr);
    const resources::Report report{
        .reason = resources::Reason::ApprovalRequired,
        .message = "drops 5 of 9 messages",
        .stream = "ORDERS",
        .created = "2026-01-01T00:00:00Z",
        .plan =
            resources::Plan{
                .hash = {},
                .changes = {{"maxAge", "", "1h", resources::Effect::LosesMessages, 5, "drops"}}},
        .consumers = {{"worker", true, "Applied"}}};
    const auto status = resources::to_status(report, {}, 1, "token", "2026-01-02T00:00:00Z");
    ASSERT_TRUE(writer_.write_status(declaration, status, soon()).has_value());
    EXPECT_EQ(to_declaration(Kind::StreamConfig, now(), nullptr).status, status);
}

TEST_F(KubeDeclarationsTest, TheFinalizerComesAndGoes) {
    auto declaration = to_declaration(Kind::StreamConfig, make({{"name", "ORDERS"}}), nullptr);
    const auto added = writer_.add_finalizer(declaration, soon());
    ASSERT_TRUE(added.has_value());
    EXPECT_EQ(*added, std::vector<std::string>{"headgate.io/cleanup"});
    declaration = to_declaration(Kind::StreamConfig, now(), nullptr);
    EXPECT_TRUE(declaration.has_finalizer());
    EXPECT_TRUE(writer_.remove_finalizer(declaration, soon())->empty());
}

TEST_F(KubeDeclarationsTest, TheSpecOfTheSameGenerationIsNotReadAgain) {
    auto first = to_declaration(Kind::StreamConfig, make({{"name", "ORDERS"}}), nullptr);
    first.parsed.desired->stream.description = "kept";
    EXPECT_EQ(to_declaration(Kind::StreamConfig, now(), &first).parsed.desired->stream.description,
              "kept");
    const auto edited = kube_.replace_spec(resource_type(Kind::StreamConfig),
                                           "team",
                                           "orders",
                                           {{"name", "ORDERS"}, {"description", "new"}});
    EXPECT_EQ(to_declaration(Kind::StreamConfig, edited, &first).parsed.desired->stream.description,
              "new");
}

TEST_F(KubeDeclarationsTest, TheStatusOfAnObjectThatIsGoneIsNotFound) {
    const auto declaration =
        to_declaration(Kind::StreamConfig, make({{"name", "ORDERS"}}), nullptr);
    kube_.erase(resource_type(Kind::StreamConfig), "team", "orders");
    const auto written = writer_.write_status(declaration, {}, soon());
    ASSERT_FALSE(written.has_value());
    EXPECT_EQ(written.error().code, core::ErrorCode::NotFound);
}

}  // namespace
}  // namespace headgate::controller
