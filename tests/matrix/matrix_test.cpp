// Each line of nats-server against docs/compatibility.md. HEADGATE_MATRIX=write writes the columns
// of the lines that run into the page instead.
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/matrix/features.hpp"
#include "tests/matrix/fields.hpp"
#include "tests/matrix/page.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

namespace headgate::matrix {
namespace {

using resources::Kind;
using ::testing::IsEmpty;

bool writes_the_page() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in a test changes the environment
    const char* const text = std::getenv("HEADGATE_MATRIX");
    return text != nullptr && std::string_view{text} == "write";
}

std::string row_name(const builders::Setting& setting) {
    return "`" + setting.path + "`" + (setting.value.empty() ? "" : " " + setting.value);
}

class Matrix : public ::testing::TestWithParam<Line> {
protected:
    void add(Section& section, std::string name, Verdict verdict) {
        section.rows.push_back({std::move(name), {{std::string{GetParam().name}, verdict.word}}});
        for (const auto& problem : verdict.problems) {
            ADD_FAILURE() << section.title << ": " << problem;
        }
    }

    Section feature_rows() {
        Section section{"What it does", {}};
        for (const auto& feature : features()) {
            add(section, feature.name, feature.judge(server_));
        }
        return section;
    }

    Section field_rows(Kind kind) {
        const auto all = cases(server_, kind);
        std::vector<Verdict> verdicts(all.size());
        in_parallel(all.size(), [&](std::size_t i) { verdicts[i] = judge(server_, all[i]); });
        Section section{std::string{core::name_of(kind)}, {}};
        for (std::size_t i = 0; i < all.size(); ++i) {
            add(section, row_name(all[i].setting), std::move(verdicts[i]));
        }
        return section;
    }

    Server server_{GetParam().version};
};

TEST_P(Matrix, IsAsThePageSays) {
    Bystanders bystanders{server_};
    const std::vector<Section> measured{
        feature_rows(), field_rows(Kind::StreamConfig), field_rows(Kind::StateBucket)};
    EXPECT_THAT(bystanders.touched(), IsEmpty());
    const auto path = support::source_dir() / "docs/compatibility.md";
    const auto committed = support::read_file(path);
    const auto page = write_page(with_others(measured, read_page(committed)));
    if (writes_the_page()) {
        support::write_file(path, page);
    } else {
        EXPECT_EQ(committed, page) << "`make test-matrix` writes the page";
    }
}

INSTANTIATE_TEST_SUITE_P(Lines, Matrix, ::testing::ValuesIn(lines()), [](const auto& line) {
    std::string name{line.param.name};
    name[1] = '_';
    return name;
});

}  // namespace
}  // namespace headgate::matrix
