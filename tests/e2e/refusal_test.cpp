// What is wrong is said where a person looks: by the API server where it can know, else at the
// object; and nothing else suffers for it.
#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/e2e/operator_environment.hpp"

namespace headgate::e2e {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;

TEST(Refusal, TheApiServerRefusesWhatTheSchemaForbids) {
    auto& [kube, cluster, nats, recorder, program] = world();
    kube.make_namespace("schema");
    const auto refused = [&](const std::string& spec) {
        return kube.refusal(stream("schema", "bad", spec));
    };
    EXPECT_THAT(refused("{subjects: [a], maxAgee: 1h}"),
                HasSubstr("unknown field \"spec.maxAgee\""));
    EXPECT_THAT(refused("{consumers: [{name: c, ackWaitt: 1s}]}"), HasSubstr("ackWaitt"));
    EXPECT_THAT(refused("{storage: Disk}"),
                AllOf(HasSubstr("spec.storage"), HasSubstr("\"File\"")));
    EXPECT_THAT(refused("{retention: limits}"), HasSubstr("spec.retention"));
    EXPECT_THAT(refused("{maxAge: 1 hour}"), HasSubstr("spec.maxAge"));
    EXPECT_THAT(refused("{maxAge: \"3600\"}"), HasSubstr("spec.maxAge"));
    EXPECT_THAT(refused("{maxBytes: 1GB}"), HasSubstr("spec.maxBytes"));
    EXPECT_THAT(refused("{replicas: 6}"), HasSubstr("spec.replicas"));
    EXPECT_THAT(refused("{replicas: three}"), HasSubstr("spec.replicas"));
    EXPECT_THAT(refused("{name: a.b}"), HasSubstr("spec.name"));
    EXPECT_THAT(refused("{consumers: [{name: c}, {name: c}]}"),
                AllOf(HasSubstr("Duplicate value"), HasSubstr("spec.consumers")));
    EXPECT_THAT(refused("{consumers: [{ackWait: 1s}]}"), HasSubstr("name"));
    EXPECT_THAT(kube.refusal(bucket("schema", "bad", "{history: 65}")), HasSubstr("spec.history"));
    EXPECT_THAT(kube.refusal(bucket("schema", "bad", "{bucket: a b}")), HasSubstr("spec.bucket"));
    EXPECT_FALSE(kube.exists("schema", "streamconfig/bad"));
}

TEST(Refusal, TheApiServerRefusesAChangeOfWhatIsImmutable) {
    auto& [kube, cluster, nats, recorder, program] = world();
    kube.make_namespace("immutable");
    kube.apply(stream("immutable", "fixed", "{name: FIXED, subjects: [fixed]}") +
               bucket("immutable", "fixed", "{storage: Memory}"));
    const auto refused = [&](const std::string& spec) {
        return kube.refusal(stream("immutable", "fixed", spec));
    };
    EXPECT_THAT(refused("{name: FIXED, subjects: [fixed], storage: Memory}"),
                HasSubstr("spec.storage cannot change"));
    EXPECT_THAT(refused("{name: MOVED, subjects: [fixed]}"), HasSubstr("spec.name cannot change"));
    EXPECT_THAT(refused("{subjects: [fixed]}"), HasSubstr("spec.name cannot change"));
    EXPECT_THAT(refused("{name: FIXED, subjects: [fixed], firstSequence: 100}"),
                HasSubstr("spec.firstSequence cannot change"));
    EXPECT_THAT(refused("{name: FIXED, mirror: {name: ELSEWHERE}}"), HasSubstr("spec.mirror"));
    EXPECT_THAT(kube.refusal(bucket("immutable", "fixed", "{storage: File}")),
                HasSubstr("spec.storage cannot change"));
    EXPECT_THAT(kube.refusal(bucket("immutable", "fixed", "{storage: Memory, bucket: renamed}")),
                HasSubstr("spec.bucket cannot change"));
    kube.apply(bucket("immutable", "fixed", "{storage: Memory, bucket: fixed}"));
    kube.apply(stream("immutable", "fixed", "{name: FIXED, subjects: [fixed], storage: File}"));
}

TEST(Refusal, AnObjectNobodyHasLookedAtYetHasNoGenerationObserved) {
    auto& [kube, cluster, nats, recorder, program] = world();
    kube.make_namespace("unseen");
    program.pause();
    kube.apply(stream("unseen", "unseen", "{name: UNSEEN}"));
    const auto object = kube.get("unseen", "streamconfig/unseen");
    EXPECT_EQ(object.at("status"), core::Json({{"observedGeneration", -1}}));
    EXPECT_EQ(object.at("spec").at("storage"), "File");
    program.resume();
    EXPECT_EQ(kube.wait_for("unseen", "streamconfig/unseen", "Applied"), "");
}

TEST(Refusal, WhatOnlyFieldsTogetherMakeWrongIsSaidAtTheObject) {
    auto& [kube, cluster, nats, recorder, program] = world();
    kube.make_namespace("invalid");
    kube.apply(stream("invalid", "pull", "{consumers: [{name: c, rateLimitBps: 1000}]}") +
               stream("invalid", "mirror", "{subjects: [m], mirror: {name: ORIGIN}}") +
               stream("invalid", "window", "{maxAge: 1m, duplicateWindow: 5m}") +
               stream("invalid", "signature", "{metadata: {headgate.io/object: forged}}") +
               stream("invalid", "fine", "{subjects: [invalid.fine]}"));
    const auto says = [&](const std::string& name) {
        EXPECT_EQ(kube.wait_for("invalid", "streamconfig/" + name, "InvalidSpec"), "");
        return kube.brief("invalid", "streamconfig/" + name).message;
    };
    EXPECT_THAT(says("pull"),
                AllOf(HasSubstr("spec.consumers[0].rateLimitBps"), HasSubstr("push consumers")));
    EXPECT_THAT(says("mirror"), HasSubstr("spec.subjects"));
    EXPECT_THAT(says("window"), HasSubstr("spec.duplicateWindow"));
    EXPECT_THAT(says("signature"), HasSubstr("headgate.io/object"));
    const auto conditions = kube.get("invalid", "streamconfig/pull").at("status").at("conditions");
    EXPECT_TRUE(std::any_of(conditions.begin(), conditions.end(), [](const core::Json& condition) {
        return condition.at("type") == "Stalled" && condition.at("status") == "True";
    })) << conditions;
    EXPECT_EQ(kube.wait_for("invalid", "streamconfig/fine", "Applied"), "");
    EXPECT_FALSE(stream_exists(nats, "pull"));
}

TEST(Refusal, WhatTheServersRefuseIsSaidInTheirWordsAndEndsWithItsCause) {
    auto& [kube, cluster, nats, recorder, program] = world();
    kube.make_namespace("refused");
    kube.apply(
        stream("refused", "holder", "{name: HOLDER, subjects: [taken.>], deletionPolicy: Delete}"));
    ASSERT_EQ(kube.wait_for("refused", "streamconfig/holder", "Applied"), "");
    kube.apply(stream("refused", "overlap", "{name: OVERLAP, subjects: [taken.a]}") +
               stream("refused", "five", "{name: FIVE, replicas: 5}") +
               stream("refused", "nowhere", "{name: NOWHERE, placement: {tags: [no-such-tag]}}") +
               stream("refused", "huge", "{name: HUGE, maxBytes: 900Ti}") +
               stream("refused", "fine", "{name: FINE_AMONG_REFUSED}"));
    ASSERT_EQ(kube.wait_for("refused", "streamconfig/overlap", "Rejected"), "");
    EXPECT_THAT(kube.brief("refused", "streamconfig/overlap").message,
                AllOf(HasSubstr("subjects overlap"), HasSubstr("10065")));
    for (const auto* name : {"streamconfig/five", "streamconfig/nowhere", "streamconfig/huge"}) {
        EXPECT_EQ(kube.wait_for("refused", name, "InsufficientResources"), "");
    }
    EXPECT_THAT(kube.brief("refused", "streamconfig/nowhere").message, HasSubstr("no-such-tag"));
    EXPECT_EQ(kube.wait_for("refused", "streamconfig/fine", "Applied"), "");

    // An edit wakes it; what is still wrong stays said.
    kube.apply(stream("refused", "nowhere", "{name: NOWHERE, placement: {tags: [cache]}}"));
    EXPECT_EQ(kube.wait_for("refused", "streamconfig/nowhere", "Applied"), "");
    kube.remove("refused", "streamconfig/holder");
    EXPECT_EQ(kube.wait_for("refused", "streamconfig/overlap", "Applied"), "");
}

TEST(Refusal, ASettingThatTheServersOnlyAllowOneWayIsImmutable) {
    auto& [kube, cluster, nats, recorder, program] = world();
    kube.make_namespace("oneway");
    kube.apply(stream("oneway", "sealed", "{name: ONEWAY, denyDelete: true, denyPurge: true}"));
    ASSERT_EQ(kube.wait_for("oneway", "streamconfig/sealed", "Applied"), "");
    kube.apply(stream("oneway", "sealed", "{name: ONEWAY}"));
    ASSERT_EQ(kube.wait_for("oneway", "streamconfig/sealed", "ImmutableField"), "");
    EXPECT_THAT(kube.brief("oneway", "streamconfig/sealed").message,
                AnyOf(HasSubstr("denyDelete"), HasSubstr("denyPurge")));
    EXPECT_EQ(stream_config(nats, "ONEWAY").at("deny_delete"), true);
}

}  // namespace
}  // namespace headgate::e2e
