// What Argo CD makes of an object: the scripts of manifests/argocd with Argo's own test files, run
// by a Lua of the language's version that Argo has.
#include <filesystem>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include "reconcilers/resources/status.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

namespace headgate::chart {
namespace {

std::filesystem::path folder() {
    return support::source_dir() / "manifests/argocd";
}

std::string quoted(const std::string& text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\' || c == '\n') {
            result += '\\';
        }
        result += c;
    }
    return result + "\"";
}

/// The same value, written in Lua. As in JSON, a quoted scalar is a text.
std::string lua(const YAML::Node& node) {
    if (node.IsScalar()) {
        const auto& text = node.Scalar();
        bool truth = false;
        double number = 0;
        const bool plain = node.Tag() != "!";
        const bool bare = plain && (YAML::convert<bool>::decode(node, truth) ||
                                    YAML::convert<double>::decode(node, number));
        return bare ? text : quoted(text);
    }
    std::string fields;
    for (const auto& entry : node) {
        fields += node.IsMap() ? "[" + quoted(entry.first.Scalar()) + "] = " + lua(entry.second)
                               : lua(entry);
        fields += ", ";
    }
    return node.IsNull() ? "nil" : "{" + fields + "}";
}

/// "Healthy: what is said", or what Lua complains of.
std::string health(const std::filesystem::path& script, const YAML::Node& object) {
    const auto program = "obj = " + lua(object) + "\nlocal health = dofile(" + quoted(script) +
                         ")\nio.write(health.status, \": \", health.message)\n";
    const auto output = support::run({.argv = {"lua5.1", "-"}}, program);
    return output.exit_code == 0 ? output.out : output.err;
}

class Argo : public testing::TestWithParam<std::string> {
protected:
    [[nodiscard]] std::filesystem::path of_kind() const {
        return folder() / "headgate.io" / GetParam();
    }
};

TEST_P(Argo, JudgesAsItsTestsSay) {
    const auto tests = YAML::LoadFile(of_kind() / "health_test.yaml")["tests"];
    ASSERT_GT(tests.size(), 0U);
    std::set<std::string> used;
    for (const auto& test : tests) {
        const auto input = test["inputPath"].as<std::string>();
        used.insert(input);
        const auto object = YAML::LoadFile(of_kind() / input);
        EXPECT_EQ(object["kind"].as<std::string>(), GetParam()) << input;
        EXPECT_EQ(health(of_kind() / "health.lua", object),
                  test["healthStatus"]["status"].as<std::string>() + ": " +
                      test["healthStatus"]["message"].as<std::string>())
            << input;
    }
    for (const auto& file : std::filesystem::directory_iterator{of_kind() / "testdata"}) {
        EXPECT_TRUE(used.contains("testdata/" + file.path().filename().string())) << file.path();
    }
}

TEST_P(Argo, IsConfiguredByTheSameText) {
    const auto config = YAML::LoadFile(folder() / "argocd-cm.yaml")["data"];
    EXPECT_EQ(
        config["resource.customizations.health.headgate.io_" + GetParam()].as<std::string>(""),
        support::read_file(of_kind() / "health.lua"));
}

/// A current object whose conditions are those of this reason.
YAML::Node object_with(resources::Reason reason) {
    const auto condition = [&](const std::string& type, const std::string& status) {
        YAML::Node node;
        node["type"] = type;
        node["status"] = status;
        node["status"].SetTag("!");
        node["reason"] = std::string{core::name_of(reason)};
        return node;
    };
    YAML::Node object;
    object["metadata"]["generation"] = 1;
    object["status"]["observedGeneration"] = 1;
    auto conditions = object["status"]["conditions"];
    conditions.push_back(condition("Ready", std::string{core::name_of(resources::ready(reason))}));
    if (resources::is_stalled(reason)) {
        conditions.push_back(condition("Stalled", "True"));
    }
    if (resources::is_reconciling(reason)) {
        conditions.push_back(condition("Reconciling", "True"));
    }
    return object;
}

TEST_P(Argo, NeverTakesWhatIsNotReadyForHealthy) {
    for (const auto& reason : core::Names<resources::Reason>::kAll) {
        const auto said = health(of_kind() / "health.lua", object_with(reason.value));
        const auto ready = resources::ready(reason.value);
        EXPECT_EQ(said.starts_with("Healthy: "), ready == resources::Truth::True) << said;
        EXPECT_EQ(said.starts_with("Suspended: "), ready == resources::Truth::Unknown) << said;
        if (resources::is_stalled(reason.value)) {
            EXPECT_TRUE(said.starts_with("Degraded: ")) << said;
        }
    }
}

TEST(ArgoKinds, EveryKindHasAScript) {
    int kinds = 0;
    for (const auto& file : std::filesystem::directory_iterator{support::source_dir() / "crds"}) {
        if (file.path().extension() == ".yaml") {
            const auto name =
                YAML::LoadFile(file.path())["spec"]["names"]["kind"].as<std::string>();
            EXPECT_TRUE(std::filesystem::exists(folder() / "headgate.io" / name / "health.lua"))
                << name;
            ++kinds;
        }
    }
    EXPECT_GE(kinds, 2);
}

INSTANTIATE_TEST_SUITE_P(Kinds,
                         Argo,
                         testing::Values("NatsConnection", "StateBucket", "StreamConfig"),
                         [](const auto& kind) { return kind.param; });

}  // namespace
}  // namespace headgate::chart
