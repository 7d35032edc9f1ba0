// What dashboard, alerts and docs ask about is there: a real Prometheus scrapes the real program
// while it keeps the samples, and answers every query of every panel.
#include <algorithm>
#include <cctype>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/json.hpp"
#include "tests/chart/chart.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/free_port.hpp"
#include "tests/support/http.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/tools.hpp"

namespace headgate::chart {
namespace {

using core::Json;
using testing::IsEmpty;
using namespace std::chrono_literals;

constexpr auto kPatience = 60s;

std::string encoded(std::string_view text) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string result;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0) {
            result += c;
        } else {
            result += {'%', kHex[byte >> 4U], kHex[byte & 0xFU]};
        }
    }
    return result;
}

/// A server, the program on it with the samples, and a Prometheus that scrapes it each second.
class Scraped {
public:
    Scraped() {
        support::write_file(dir_ / "prometheus.yml",
                            "global: {scrape_interval: 1s, evaluation_interval: 1s}\n"
                            "scrape_configs:\n"
                            "  - job_name: headgate\n"
                            "    static_configs: [{targets: ['" +
                                program_port_.address() + "']}]\n");
        prometheus_ =
            support::Process{{.argv = {support::tool("prometheus"),
                                       "--config.file=" + (dir_ / "prometheus.yml").string(),
                                       "--storage.tsdb.path=" + (dir_ / "data").string(),
                                       "--web.listen-address=" + port_.address(),
                                       "--log.level=warn"},
                              .out = dir_ / "prometheus.log"}};
    }

    /// The reply's `data`; null where it was refused or did not come.
    [[nodiscard]] Json get(const std::string& path) const {
        const auto reply = support::http_get(port_.number(), path);
        const auto json =
            reply ? Json::parse(reply->body, nullptr, false) : Json(Json::value_t::discarded);
        return json.is_object() ? json.value("data", Json{}) : Json{};
    }

    /// How many series answer it now; none where it is no query.
    [[nodiscard]] std::size_t series(const std::string& query) const {
        const auto data = get("/api/v1/query?query=" + encoded(query));
        return data.is_object() ? data.value("result", Json::array()).size() : 0;
    }

    /// As the program itself has them, by their types.
    [[nodiscard]] std::set<std::string> metrics() const {
        std::set<std::string> names;
        const auto reply = support::http_get(program_port_.number(), "/metrics");
        std::istringstream text{reply ? reply->body : std::string{}};
        for (std::string line; std::getline(text, line);) {
            if (line.starts_with("# TYPE ")) {
                names.insert(line.substr(7, line.find(' ', 7) - 7));
            }
        }
        return names;
    }

    [[nodiscard]] std::string log() const {
        return support::read_file(dir_ / "prometheus.log") +
               support::read_file(dir_ / "program.log");
    }

private:
    support::TempDir dir_;
    support::NatsServer nats_;
    support::FreePort program_port_;
    support::FreePort port_;
    support::Process program_{{.argv = {support::binary_dir() / "headgate",
                                        "run",
                                        "--server=" + nats_.url(),
                                        "--replica-limit=1",
                                        "--asset-metrics=1000",
                                        "--resync=1s",
                                        "--listen=" + program_port_.address(),
                                        "-f",
                                        support::source_dir() / "manifests/samples"},
                               .env = {{"NATS_URL", ""}, {"HEADGATE_SERVER", ""}},
                               .out = dir_ / "program.log"}};
    support::Process prometheus_;
};

Scraped& scraped() {
    static Scraped one;
    return one;
}

struct Query {
    std::string panel;
    std::string text;
};

void collect(const Json& panels, std::vector<Query>& queries) {
    for (const auto& panel : panels) {
        for (const auto& target : panel.value("targets", Json::array())) {
            queries.push_back({panel.at("title"), target.at("expr")});
        }
        collect(panel.value("panels", Json::array()), queries);
    }
}

std::vector<Query> queries_of_the_dashboard() {
    std::vector<Query> queries;
    collect(Json::parse(chart_file("files/dashboard.json")).at("panels"), queries);
    return queries;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
    return text;
}

/// As Grafana would send it with everything chosen.
std::string filled_in(std::string query) {
    query = replaced(std::move(query), "$__rate_interval", "5s");
    for (const auto* variable : {"$job", "$kind", "$object"}) {
        query = replaced(std::move(query), variable, ".*");
    }
    return query;
}

std::set<std::string> metrics_in(const std::string& query) {
    static const std::regex name{R"(\b(headgate|workqueue|leader_election|process)_[a-z_]+)"};
    std::set<std::string> names;
    for (std::sregex_iterator match{query.begin(), query.end(), name};
         match != std::sregex_iterator{};
         ++match) {
        names.insert(match->str());
    }
    return names;
}

TEST(Dashboard, EveryQueryOfEveryPanelIsAnswered) {
    auto waiting = queries_of_the_dashboard();
    EXPECT_GT(waiting.size(), 30U);
    (void)support::eventually(
        [&] {
            std::erase_if(waiting, [](const Query& query) {
                return scraped().series(filled_in(query.text)) > 0;
            });
            return waiting.empty();
        },
        kPatience,
        200ms);
    for (const auto& query : waiting) {
        ADD_FAILURE() << query.panel << ": " << query.text;
    }
    EXPECT_THAT(waiting, IsEmpty()) << scraped().log();
}

TEST(Dashboard, AQueryThatIsNoneWouldBeNoticed) {
    ASSERT_TRUE(
        support::eventually([] { return scraped().series("vector(1)") == 1; }, kPatience, 200ms));
    EXPECT_EQ(scraped().series("sum by ("), 0U);
    EXPECT_EQ(scraped().series("headgate_no_such_metric"), 0U);
}

TEST(Dashboard, HasAPanelForEachMetricThatIsNoCopyOfAnother) {
    std::set<std::string> shown;
    for (const auto& query : queries_of_the_dashboard()) {
        for (const auto& name : metrics_in(query.text)) {
            shown.insert(replaced(name, "_bucket", ""));
        }
    }
    ASSERT_TRUE(support::eventually([] { return !scraped().metrics().empty(); }, kPatience));
    auto missing = scraped().metrics();
    std::erase_if(missing, [&](const std::string& name) {
        return shown.contains(name) || !name.starts_with("headgate_");
    });
    EXPECT_THAT(missing, IsEmpty());
}

TEST(Dashboard, VariablesOfferWhatIsThere) {
    static const std::regex values{R"(label_values\((\w+), (\w+)\))"};
    const auto dashboard = Json::parse(chart_file("files/dashboard.json"));
    int offered = 0;
    for (const auto& variable : dashboard.at("templating").at("list")) {
        if (variable.at("type") != "query") {
            continue;
        }
        const auto query = variable.at("definition").get<std::string>();
        std::smatch match;
        ASSERT_TRUE(std::regex_match(query, match, values)) << query;
        const auto asked =
            "count by (" + match.str(2) + ") (" + match.str(1) + "{" + match.str(2) + "!=\"\"})";
        EXPECT_TRUE(
            support::eventually([&] { return scraped().series(asked) > 0; }, kPatience, 200ms))
            << query;
        ++offered;
    }
    EXPECT_EQ(offered, 2);
}

TEST(Alerts, AskOnlyForMetricsThatThereAre) {
    for (const auto& group : YAML::Load(chart_file("files/alerts.yaml"))["groups"]) {
        for (const auto& rule : group["rules"]) {
            for (const auto& name : metrics_in(rule["expr"].as<std::string>())) {
                EXPECT_TRUE(support::eventually([&] { return scraped().metrics().contains(name); },
                                                kPatience))
                    << rule["alert"] << ": " << name;
            }
        }
    }
}

TEST(Docs, NameEveryMetric) {
    ASSERT_TRUE(support::eventually([] { return !scraped().metrics().empty(); }, kPatience));
    const auto page = support::read_file(support::source_dir() / "docs/operations.md");
    for (const auto& name : scraped().metrics()) {
        // As other controllers have them, and so told by their beginning.
        const bool usual = name.starts_with("workqueue_") || name.starts_with("process_");
        EXPECT_NE(page.find("`" + (usual ? name.substr(0, name.find('_')) + "_*" : name)),
                  std::string::npos)
            << name;
    }
}

}  // namespace
}  // namespace headgate::chart
