#include "reconcilers/declarations.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/builders/declaration_builder.hpp"

namespace headgate::reconcilers {
namespace {

using builders::a_state_bucket;
using builders::a_stream_config;
using jetstream::StreamName;
using resources::Reason;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

ObjectKey stream_key(const std::string& name) {
    return {Kind::StreamConfig, "agents", name};
}

class Claims : public ::testing::Test {
protected:
    std::vector<std::string> claimants(const std::string& stream) {
        std::vector<std::string> names;
        for (const auto& declaration : declarations_.claimants(StreamName{stream})) {
            names.push_back(resources::to_text(declaration->key));
        }
        return names;
    }

    Declarations declarations_;
};

TEST_F(Claims, GoByAgeThenNameThenKind) {
    declarations_.put(a_stream_config("c").set("name", "KV_x").age("2").build());
    declarations_.put(a_stream_config("b").set("name", "KV_x").age("2").build());
    declarations_.put(a_stream_config("z").set("name", "KV_x").age("1").build());
    declarations_.put(a_state_bucket("c").set("bucket", "x").age("2").build());
    EXPECT_THAT(claimants("KV_x"),
                ElementsAre("StreamConfig agents/z",
                            "StreamConfig agents/b",
                            "StateBucket agents/c",
                            "StreamConfig agents/c"));
}

TEST_F(Claims, OfInvalidAndObservingOnesAreNone) {
    declarations_.put(a_stream_config("a").set("name", "s").set("replicas", 9).build());
    declarations_.put(
        a_stream_config("b").set("name", "s").set("managementPolicy", "Observe").build());
    EXPECT_THAT(claimants("s"), IsEmpty());
}

TEST_F(Claims, AreNotAllThatNamesAStream) {
    declarations_.put(a_stream_config("a").set("name", "s").build());
    declarations_.put(
        a_stream_config("b").set("name", "s").set("managementPolicy", "Observe").build());
    declarations_.put(a_stream_config("c").set("name", "s").set("replicas", 9).build());
    const auto names = [&] {
        std::vector<ObjectKey> keys;
        for (const auto& declaration : declarations_.naming(StreamName{"s"})) {
            keys.push_back(declaration->key);
        }
        return keys;
    };
    EXPECT_THAT(names(), ElementsAre(stream_key("a"), stream_key("b")));
    EXPECT_THAT(declarations_.remove(stream_key("b")), IsEmpty());
    EXPECT_THAT(names(), ElementsAre(stream_key("a")));
    declarations_.put(a_stream_config("a").set("name", "t").build());
    EXPECT_THAT(names(), IsEmpty());
}

TEST_F(Claims, WakeTheirRivalsWhenTheyComeChangeAndGo) {
    EXPECT_THAT(declarations_.put(a_stream_config("a").set("name", "s").build()), IsEmpty());
    EXPECT_THAT(declarations_.put(a_stream_config("b").set("name", "s").build()),
                ElementsAre(stream_key("a")));
    EXPECT_THAT(declarations_.put(a_stream_config("c").set("name", "t").build()), IsEmpty());
    EXPECT_THAT(declarations_.put(a_stream_config("b").set("name", "t").build()),
                UnorderedElementsAre(stream_key("a"), stream_key("c")));
    EXPECT_THAT(declarations_.put(a_stream_config("b").set("replicas", 9).build()),
                ElementsAre(stream_key("c")));
    EXPECT_THAT(declarations_.put(a_stream_config("b").set("name", "s").build()),
                ElementsAre(stream_key("a")));
    EXPECT_THAT(declarations_.remove(stream_key("b")), ElementsAre(stream_key("a")));
    EXPECT_THAT(declarations_.remove(stream_key("b")), IsEmpty());
    EXPECT_THAT(claimants("s"), ElementsAre("StreamConfig agents/a"));
}

TEST_F(Claims, AWriteOfOursIsNotedUnlessTheObjectIsAnotherByNow) {
    const auto old = a_stream_config("a").build();
    declarations_.put(old);
    resources::ObjectStatus status;
    status.stream = "s";
    declarations_.note_status(old, status);
    declarations_.note_finalizers(old, {"f"});
    EXPECT_EQ(declarations_.find(stream_key("a"))->status, status);
    EXPECT_THAT(declarations_.find(stream_key("a"))->finalizers, ElementsAre("f"));

    auto made_again = old;
    made_again.uid = "another";
    declarations_.put(made_again);
    declarations_.note_status(old, status);
    declarations_.note_finalizers(old, {"f"});
    EXPECT_EQ(declarations_.find(stream_key("a"))->status, resources::ObjectStatus{});
    EXPECT_THAT(declarations_.find(stream_key("a"))->finalizers, IsEmpty());
    declarations_.remove(stream_key("a"));
    declarations_.note_status(old, status);
    EXPECT_EQ(declarations_.find(stream_key("a")), nullptr);
}

TEST_F(Claims, AreCountedByKindAndReason) {
    declarations_.put(a_stream_config("a").build());
    resources::Report report;
    report.reason = Reason::Applied;
    declarations_.put(
        a_stream_config("b").status(resources::to_status(report, {}, 1, {}, "now")).build());
    declarations_.put(a_state_bucket("b").build());
    const auto counts = declarations_.count();
    EXPECT_EQ(counts.at({Kind::StreamConfig, Reason::Reconciling}), 1U);
    EXPECT_EQ(counts.at({Kind::StreamConfig, Reason::Applied}), 1U);
    EXPECT_EQ(counts.at({Kind::StateBucket, Reason::Reconciling}), 1U);
}

TEST(AnnotationsOfAnObject, AreReadAndNothingElseIs) {
    EXPECT_EQ(read_annotations({}), Annotations{});
    EXPECT_EQ(read_annotations({{"headgate.io/reconcile", "t"},
                                {"headgate.io/approve", "h"},
                                {"headgate.io/adopt", "true"},
                                {"headgate.io/paused", "true"},
                                {"other", "x"}}),
              (Annotations{.reconcile = "t", .approve = "h", .adopt = "true", .paused = true}));
    EXPECT_FALSE(read_annotations({{"headgate.io/paused", "yes"}}).paused);
}

}  // namespace
}  // namespace headgate::reconcilers
