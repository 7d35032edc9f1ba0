#include <atomic>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/one_shot.hpp"
#include "reconcilers/resources/resource.hpp"

namespace headgate::cli {
namespace {

using core::Json;
using reconcilers::Declaration;
using resources::Kind;
using resources::ObjectKey;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

class Rounds : public testing::Test {
protected:
    void declare(Kind kind, const std::string& name, const Json& spec) {
        Declaration declaration{.key = {kind, "default", name}};
        declaration.parsed = resources::parse(kind, spec, name);
        keys_.push_back(declaration.key);
        declarations_.put(std::move(declaration));
    }

    std::vector<std::vector<std::string>> names() {
        std::vector<std::vector<std::string>> names;
        for (const auto& round : rounds_of(declarations_, keys_)) {
            names.emplace_back();
            for (const auto& key : round) {
                names.back().push_back(key.name);
            }
        }
        return names;
    }

    reconcilers::Declarations declarations_;
    std::vector<ObjectKey> keys_;
};

TEST_F(Rounds, WhatDependsOnNothingIsOneRound) {
    declare(Kind::StreamConfig, "a", {{"subjects", {"a"}}});
    declare(Kind::StreamConfig, "b", {{"subjects", {"b"}}});
    EXPECT_THAT(names(), ElementsAre(ElementsAre("a", "b")));
}

TEST_F(Rounds, AMirrorComesAfterItsOriginAndASourceToo) {
    declare(Kind::StreamConfig, "second", {{"mirror", {{"name", "first"}}}});
    declare(Kind::StreamConfig, "third", {{"sources", {{{"name", "second"}}}}});
    declare(Kind::StreamConfig, "first", {{"subjects", {"a"}}});
    EXPECT_THAT(names(),
                ElementsAre(ElementsAre("first"), ElementsAre("second"), ElementsAre("third")));
}

TEST_F(Rounds, ABucketsMirrorNamesABucket) {
    declare(Kind::StateBucket, "copy", {{"mirror", {{"name", "origin"}}}});
    declare(Kind::StateBucket, "origin", Json::object());
    EXPECT_THAT(names(), ElementsAre(ElementsAre("origin"), ElementsAre("copy")));
}

TEST_F(Rounds, AnOriginElsewhereIsNotWaitedFor) {
    declare(Kind::StreamConfig, "edge", {{"mirror", {{"name", "central"}, {"domain", "hub"}}}});
    declare(Kind::StreamConfig, "central", {{"subjects", {"a"}}});
    EXPECT_THAT(names(), ElementsAre(UnorderedElementsAre("edge", "central")));
}

TEST_F(Rounds, StreamsThatWaitForEachOtherStillHaveARound) {
    declare(Kind::StreamConfig, "a", {{"subjects", {"a"}}, {"sources", {{{"name", "b"}}}}});
    declare(Kind::StreamConfig, "b", {{"subjects", {"b"}}, {"sources", {{{"name", "a"}}}}});
    EXPECT_THAT(names(), ElementsAre(UnorderedElementsAre("a", "b")));
}

TEST_F(Rounds, WhatCannotBeReadIsLookedAtToo) {
    declare(Kind::StreamConfig, "bad", {{"replicas", "many"}});
    EXPECT_THAT(names(), ElementsAre(ElementsAre("bad")));
}

TEST_F(Rounds, LooksAgainAtWhatHasNotSettledAndKeepsTheOrder) {
    Manifests manifests;
    for (const auto* const name : {"z", "a", "m"}) {
        Declaration declaration{.key = {Kind::StreamConfig, "default", name}};
        declaration.parsed = resources::parse(Kind::StreamConfig, {{"subjects", {name}}}, name);
        manifests.keys.push_back(declaration.key);
        manifests.declarations.put(std::move(declaration));
    }
    std::atomic<int> looks_at_a{0};
    const auto states = look_at_all(
        manifests, [&](const reconcilers::DeclarationPtr& declaration, const core::Call&) {
            const bool settled = declaration->key.name != "a" || ++looks_at_a == 2;
            return Look{.state = {.key = declaration->key,
                                  .reason = settled ? resources::Reason::Applied
                                                    : resources::Reason::Reconciling},
                        .settled = settled};
        });
    std::vector<std::string> names;
    for (const auto& state : states) {
        names.push_back(state.key.name);
        EXPECT_EQ(state.reason, resources::Reason::Applied);
    }
    EXPECT_THAT(names, ElementsAre("z", "a", "m"));
    EXPECT_EQ(looks_at_a, 2);
}

}  // namespace
}  // namespace headgate::cli
