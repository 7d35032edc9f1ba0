// The alerts: promtool's own tests say when each fires and when not, and whoever is woken by one
// finds its page.
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "tests/chart/chart.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/tools.hpp"

namespace headgate::chart {
namespace {

std::set<std::string> alerts() {
    std::set<std::string> names;
    for (const auto& group : YAML::Load(chart_file("files/alerts.yaml"))["groups"]) {
        for (const auto& rule : group["rules"]) {
            names.insert(rule["alert"].as<std::string>());
        }
    }
    return names;
}

std::string lower(std::string text) {
    for (auto& c : text) {
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return text;
}

TEST(Alerts, FireAndStayQuietAsTold) {
    const auto tests = support::source_dir() / "tests/chart/alerts_test.yaml";
    const auto output = support::run({.argv = {support::tool("promtool"), "test", "rules", tests}});
    EXPECT_EQ(output.exit_code, 0) << output.out << output.err;
}

TEST(Alerts, EachIsSeenFiringAndQuiet) {
    std::map<std::string, std::set<bool>> seen;
    const auto tests = support::source_dir() / "tests/chart/alerts_test.yaml";
    for (const auto& test : YAML::LoadFile(tests)["tests"]) {
        for (const auto& alert : test["alert_rule_test"]) {
            seen[alert["alertname"].as<std::string>()].insert(alert["exp_alerts"].size() > 0);
        }
    }
    for (const auto& alert : alerts()) {
        EXPECT_EQ(seen[alert], (std::set<bool>{false, true})) << alert;
    }
    EXPECT_EQ(seen.size(), alerts().size()) << "a test of an alert that there is not";
}

TEST(Alerts, EachHasAPageForWhoeverIsWokenByIt) {
    const auto page = support::read_file(support::source_dir() / "docs/operations.md");
    for (const auto& group : YAML::Load(chart_file("files/alerts.yaml"))["groups"]) {
        for (const auto& rule : group["rules"]) {
            const auto name = rule["alert"].as<std::string>();
            EXPECT_NE(page.find("\n### " + name + "\n"), std::string::npos) << name;
            EXPECT_EQ(rule["annotations"]["runbook_url"].as<std::string>(),
                      "docs/operations.md#" + lower(name));
        }
    }
}

TEST(Alerts, AreInTheRuleOfTheChartWithAnAddressOfOnesOwn) {
    std::set<std::string> names;
    for (const auto& object :
         render({"metrics.prometheusRule.enabled=true",
                 "metrics.prometheusRule.runbook=https://wiki.example/gate"})) {
        if (object["kind"].as<std::string>() != "PrometheusRule") {
            continue;
        }
        for (const auto& rule : object["spec"]["groups"][0]["rules"]) {
            const auto name = rule["alert"].as<std::string>();
            names.insert(name);
            EXPECT_EQ(rule["annotations"]["runbook_url"].as<std::string>(),
                      "https://wiki.example/gate#" + lower(name));
        }
    }
    EXPECT_EQ(names, alerts());
}

}  // namespace
}  // namespace headgate::chart
