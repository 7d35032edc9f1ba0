// The manifest that the README shows is read without a problem, so that it cannot rot.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "files/manifests.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

namespace headgate {
namespace {

using testing::IsEmpty;

std::vector<std::string> told(const files::Loaded& loaded) {
    std::vector<std::string> problems;
    for (const auto& problem : loaded.problems) {
        problems.push_back(files::to_text(problem));
    }
    return problems;
}

TEST(Readme, ItsManifestIsValid) {
    const auto readme = support::read_file(support::source_dir() / "README.md");
    const std::string opening = "```yaml\n";
    const auto start = readme.find(opening) + opening.size();
    const auto end = readme.find("```", start);
    ASSERT_NE(end, std::string::npos);
    const std::vector<files::SourceFile> files{{"README.md", readme.substr(start, end - start)}};
    const auto loaded = files::load(files);
    EXPECT_THAT(told(loaded), IsEmpty());
    EXPECT_EQ(loaded.declarations.size(), 2U);
}

}  // namespace
}  // namespace headgate
