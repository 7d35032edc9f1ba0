#include "controller/router.hpp"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "reconcilers/declarations.hpp"

namespace headgate::controller {
namespace {

using core::Json;
using reconcilers::Declaration;
using resources::Kind;
using resources::ObjectKey;
using testing::ElementsAre;
using testing::IsEmpty;

// What one loop was given.
class Loop final : public Intake {
public:
    void changed(Declaration declaration) override { held.put(std::move(declaration)); }

    void gone(const ObjectKey& key) override { held.remove(key); }

    [[nodiscard]] reconcilers::DeclarationPtr find(const ObjectKey& key) const override {
        return held.find(key);
    }

    [[nodiscard]] std::vector<ObjectKey> keys(Kind kind) const override {
        std::vector<ObjectKey> keys;
        for (const auto& declaration : held.all()) {
            if (declaration->key.kind == kind) {
                keys.push_back(declaration->key);
            }
        }
        return keys;
    }

    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> names;
        for (const auto& key : keys(Kind::StreamConfig)) {
            names.push_back(key.name);
        }
        return names;
    }

    reconcilers::Declarations held;
};

class RouterTest : public testing::Test {
protected:
    void declare(const std::string& name, const Json& spec) {
        const ObjectKey key{Kind::StreamConfig, "agents", name};
        router_.changed({.key = key, .parsed = resources::parse(key.kind, spec, name)});
    }

    Loop& loop(const std::string& ns, const std::string& name) {
        return loops_[ConnectionKey{ns, name}];
    }

    std::map<std::optional<ConnectionKey>, Loop> loops_;
    Router router_{[this](const auto& key) -> Intake& { return loops_[key]; }};
};

TEST_F(RouterTest, EachDeclarationGoesToTheConnectionItNames) {
    declare("a", Json::object());
    declare("b", {{"connection", {{"name", "hub"}}}});
    declare("c", {{"connection", {{"name", "hub"}, {"namespace", "platform"}}}});
    EXPECT_THAT(loops_[std::nullopt].names(), ElementsAre("a"));
    EXPECT_THAT(loop("agents", "hub").names(), ElementsAre("b"));
    EXPECT_THAT(loop("platform", "hub").names(), ElementsAre("c"));
    EXPECT_EQ(router_.keys(Kind::StreamConfig).size(), 3U);
    EXPECT_TRUE(router_.find({Kind::StreamConfig, "agents", "c"}));
}

TEST_F(RouterTest, OneThatNamesAnotherConnectionLeavesTheFirst) {
    declare("a", {{"connection", {{"name", "hub"}}}});
    declare("a", {{"connection", {{"name", "edge"}}}});
    EXPECT_THAT(loop("agents", "hub").names(), IsEmpty());
    EXPECT_THAT(loop("agents", "edge").names(), ElementsAre("a"));
    router_.gone({Kind::StreamConfig, "agents", "a"});
    EXPECT_THAT(router_.keys(Kind::StreamConfig), IsEmpty());
}

TEST_F(RouterTest, WhatWaitedElsewhereMovesWhenItsConnectionAppears) {
    Loop waiting;
    bool exists = false;
    Router router{[&](const auto& key) -> Intake& {
        return key && !exists ? static_cast<Intake&>(waiting) : loops_[key];
    }};
    const ObjectKey key{Kind::StreamConfig, "agents", "a"};
    router.changed(
        {.key = key,
         .parsed = resources::parse(key.kind, {{"connection", {{"name", "hub"}}}}, "a")});
    EXPECT_THAT(waiting.names(), ElementsAre("a"));
    exists = true;
    router.reroute({"agents", "hub"});
    EXPECT_THAT(waiting.names(), IsEmpty());
    EXPECT_THAT(loop("agents", "hub").names(), ElementsAre("a"));
}

TEST_F(RouterTest, AnInvalidOneStaysWhereItWas) {
    declare("a", {{"connection", {{"name", "hub"}}}});
    declare("a", {{"connection", {{"name", "edge"}}}, {"replicas", 77}});
    EXPECT_THAT(loop("agents", "hub").names(), ElementsAre("a"));
    declare("new", {{"replicas", 77}});
    EXPECT_THAT(loops_[std::nullopt].names(), ElementsAre("new"));
}

}  // namespace
}  // namespace headgate::controller
