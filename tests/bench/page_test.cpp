// What the page says of results: the arithmetic, and that a missed figure is told.
#include "bench/page.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "bench/plot.hpp"
#include "bench/statistics.hpp"

namespace headgate::bench {
namespace {

using core::Json;
using testing::HasSubstr;

TEST(Quantile, IsTheNearestRankOfAllValues) {
    EXPECT_EQ(median({3, 1, 2}), 2);
    EXPECT_EQ(median({4, 1, 3, 2}), 2);
    EXPECT_EQ(quantile({1, 2, 3, 4, 100}, 0.99), 100);
    EXPECT_EQ(median({}), 0);
}

Json counts(double writes, double events) {
    return {{"writes", writes}, {"events", events}, {"leases", 3}, {"jetstream_requests", 102}};
}

Json floor_round(double backlog, double deletion) {
    return {{"backlog", {{"seconds", backlog}, {"progress", {1, backlog}}, {"load", 1.5}}},
            {"latency", {4, 5, 6}},
            {"deletion", {{"seconds", deletion}}}};
}

Json results() {
    return {{"machine", {{"cores", 2}, {"memory_gib", 8.0}}},
            {"count", 100},
            {"most", 200},
            {"pure",
             {{{"name", "plan_of_a_stream_in_order"}, {"cpu_time", 2100.0}, {"allocations", 37.0}},
              {{"name", "queue_turn/10000"}, {"cpu_time", 450.0}, {"allocations", 3.0}}}},
            {"floor", {floor_round(9, 10), floor_round(11, 20)}},
            {"operator",
             {{"versions", {{"nats-server", "2.15.2"}, {"kube-apiserver", "v1.36.3"}}},
              {"backlog",
               {{"seconds", 11.0},
                {"progress", {1, 11}},
                {"counts", counts(100, 0)},
                {"resident", 30.0},
                {"peak_resident", 31.0}}},
              {"idle",
               {{"seconds", 30.0},
                {"counts", counts(0, 0)},
                {"cpu_percent", 0.25},
                {"resident", 39.0},
                {"peak_resident", 39.5}}},
              {"latency", {1, 2, 9}},
              {"drift", {50, 60, 70}},
              {"restart",
               {{"seconds", 2.5},
                {"counts", counts(0, 0)},
                {"resident", 50.0},
                {"resident_before", 55.0}}},
              {"deletion", {{"seconds", 18.0}}}}}};
}

const Row* find(const std::vector<Row>& rows, const std::string& what) {
    const auto found = std::find_if(
        rows.begin(), rows.end(), [&](const Row& row) { return row.what.starts_with(what); });
    return found == rows.end() ? nullptr : &*found;
}

void expect_row(const Json& results, const std::string& what, const std::string& measured) {
    const auto all = rows(results);
    const auto* const row = find(all, what);
    ASSERT_NE(row, nullptr) << what;
    EXPECT_THAT(row->measured, HasSubstr(measured));
    EXPECT_FALSE(row->missed) << what;
}

void expect_missed(const Json& results, const std::string& what) {
    const auto all = rows(results);
    const auto* const row = find(all, what);
    ASSERT_NE(row, nullptr) << what;
    EXPECT_TRUE(row->missed) << what << ": " << row->measured;
}

TEST(Rows, SetTheOperatorAgainstTheMeanOfTheFloors) {
    expect_row(results(), "backlog", "9/s (11.0 s), 91 %");
    expect_row(results(), "delete", "18.0 s, 1.20 of the floor");
    expect_row(results(), "one object", "2.0 ms; p99 9.0 ms");
    expect_row(results(), "stream deleted", "60.0 ms; p99 70.0 ms");
}

TEST(Rows, CountForEachObjectAndMinute) {
    expect_row(results(), "Kubernetes writes an object", "1.00");
    expect_row(results(), "JetStream requests", "1.02");
    expect_row(results(), "writes a minute", "0");
    expect_row(results(), "CPU", "0.25 %");
    expect_row(results(), "memory at 100", "39.0 MB; at most 39.5 MB");
    expect_row(results(), "memory at 200", "55.0 MB; after a restart 50.0 MB");
    expect_row(results(), "restart", "2.50 s, 0 writes");
    expect_row(results(), "pure plan", "2.1 µs, 37 allocations");
}

TEST(Rows, SayWhatIsMissed) {
    auto bad = results();
    bad["operator"]["backlog"]["seconds"] = 12.0;
    bad["operator"]["backlog"]["counts"]["events"] = 100;
    bad["operator"]["idle"]["counts"]["writes"] = 1;
    bad["operator"]["idle"]["cpu_percent"] = 0.5;
    bad["operator"]["idle"]["resident"] = 40.0;
    bad["operator"]["restart"]["resident"] = 60.0;
    bad["operator"]["restart"]["counts"]["writes"] = 1;
    bad["operator"]["latency"] = {15};
    bad["operator"]["drift"] = {100};
    bad["operator"]["deletion"]["seconds"] = 20.0;
    bad["pure"][0]["cpu_time"] = 5000.0;
    for (const auto* const what : {"backlog",
                                   "Kubernetes writes an object",
                                   "writes a minute",
                                   "CPU",
                                   "memory at 100",
                                   "memory at 200",
                                   "restart",
                                   "one object",
                                   "stream deleted",
                                   "delete",
                                   "pure plan"}) {
        expect_missed(bad, what);
    }
    EXPECT_THAT(page(bad, "plot.svg"), HasSubstr("**(missed)**"));
}

TEST(Rows, LeaveOutWhatWasNotMeasured) {
    EXPECT_TRUE(rows({{"count", 5}, {"operator", Json::object()}}).empty());
}

TEST(Page, NamesMachineAndVersionsAndEveryPurePart) {
    const auto text = page(results(), "plot.svg");
    EXPECT_THAT(text, HasSubstr("2 cores and 8 GiB of memory"));
    EXPECT_THAT(text, HasSubstr("kube-apiserver 1.36.3, nats-server 2.15.2"));
    EXPECT_THAT(text, HasSubstr("(plot.svg)"));
    EXPECT_THAT(text, HasSubstr("| queue turn, among 10,000 | 0.45 µs | 3 |"));
}

TEST(Plot, DrawsEachRoundOfBothPanels) {
    const auto svg = plot(results());
    std::size_t lines = 0;
    for (auto at = svg.find("<polyline"); at != std::string::npos;
         at = svg.find("<polyline", at + 1)) {
        ++lines;
    }
    EXPECT_EQ(lines, 6U);
}

}  // namespace
}  // namespace headgate::bench
