// A short run of the whole harness, so that it works on the day somebody needs it. Its figures mean
// nothing; that each is there does.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "bench/page.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

namespace headgate::bench {
namespace {

using core::Json;

constexpr std::size_t kRows = 12;

TEST(Bench, MeasuresEveryFigure) {
    const support::TempDir dir;
    const auto ran = support::run({.argv = {HEADGATE_BENCH,
                                            "--count=50",
                                            "--most=80",
                                            "--tries=3",
                                            "--drift-tries=3",
                                            "--idle=1",
                                            "--settle=1",
                                            "--pure-time=0.001",
                                            "--json=" + (dir / "results.json").string(),
                                            "--page=" + (dir / "performance.md").string()}},
                                  {},
                                  std::chrono::minutes{4});
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
    const auto results = Json::parse(support::read_file(dir / "results.json"));
    EXPECT_EQ(rows(results).size(), kRows) << ran.out;
    EXPECT_EQ(results.at(Json::json_pointer("/operator/backlog/counts/writes")), 50);
    EXPECT_EQ(results.at(Json::json_pointer("/floor/1/backlog/counts/writes")), 50);
    EXPECT_EQ(results.at(Json::json_pointer("/operator/deletion/streams_left")), 0);
    EXPECT_EQ(results.at(Json::json_pointer("/operator/restart/count")), 83);
    EXPECT_FALSE(support::read_file(dir / "performance.md").empty());
    EXPECT_FALSE(support::read_file(dir / "performance.svg").empty());
}

}  // namespace
}  // namespace headgate::bench
