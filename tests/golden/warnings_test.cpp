// Each warning that the program may give has a section in the docs, and the docs have no others.
#include "reconcilers/warnings.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

namespace headgate {
namespace {

TEST(WarningDocs, EachIdHasItsSection) {
    auto rest = support::read_file(support::source_dir() / "docs" / "warnings.md");
    const std::string heading = "\n## ";
    std::vector<std::string> sections;
    for (auto at = rest.find(heading); at != std::string::npos; at = rest.find(heading)) {
        rest = rest.substr(at + heading.size());
        sections.push_back(rest.substr(0, rest.find('\n')));
        const auto section = rest.substr(0, rest.find(heading));
        if (sections.back() != "What is refused instead") {
            EXPECT_THAT(section,
                        testing::AllOf(testing::HasSubstr("**What.**"),
                                       testing::HasSubstr("**Why.**"),
                                       testing::HasSubstr("**What to do.**")))
                << sections.back();
        }
    }
    ASSERT_FALSE(sections.empty());
    EXPECT_EQ(sections.back(), "What is refused instead");
    sections.pop_back();
    const auto& ids = reconcilers::warning_ids::kAll;
    EXPECT_THAT(sections, testing::ElementsAreArray(ids.begin(), ids.end()));
}

}  // namespace
}  // namespace headgate
