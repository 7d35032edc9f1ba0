// What is generated from the field tables is committed, and is what the tables say now. When this
// fails: `make generate`, then read the difference.
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "files/yaml.hpp"
#include "reconcilers/resources/published.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

namespace headgate::resources {
namespace {

std::string committed(const std::string& path) {
    return support::read_file(support::source_dir() / path);
}

std::string crd_file(const Published& kind) {
    return "headgate.io_" + kind.plural + ".yaml";
}

TEST(Generated, CustomResourceDefinitionsAreThoseOfTheTables) {
    for (const auto& kind : published()) {
        EXPECT_EQ(committed("crds/" + crd_file(kind)), files::to_yaml(*kind.definition));
    }
}

TEST(Generated, TheChartHasTheSameCustomResourceDefinitions) {
    for (const auto& kind : published()) {
        EXPECT_EQ(committed("charts/headgate/files/crds/" + crd_file(kind)),
                  committed("crds/" + crd_file(kind)));
    }
}

TEST(Generated, ReferencePagesAreThoseOfTheTables) {
    for (const auto& kind : published()) {
        EXPECT_EQ(committed("docs/reference/" + kind.singular + ".md"), kind.page);
    }
}

}  // namespace
}  // namespace headgate::resources
