#include "tests/chart/chart.hpp"

#include <stdexcept>

#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/tools.hpp"

namespace headgate::chart {

namespace {

std::filesystem::path folder() {
    return support::source_dir() / "charts/headgate";
}

}  // namespace

std::string chart_file(const std::string& path) {
    auto text = support::read_file(folder() / path);
    if (text.empty()) {
        throw std::runtime_error("the chart has no " + path);
    }
    return text;
}

std::vector<YAML::Node> render(const std::vector<std::string>& values) {
    std::vector<std::string> argv{support::tool("helm"),
                                  "template",
                                  "headgate",
                                  folder(),
                                  "--namespace",
                                  kNamespace,
                                  "--kube-version",
                                  "1.36.0",
                                  "--set",
                                  "crds.enabled=false"};
    for (const auto& value : values) {
        argv.insert(argv.end(), {"--set", value});
    }
    const auto rendered = support::run({.argv = argv});
    if (rendered.exit_code != 0) {
        throw std::runtime_error("helm template: " + rendered.err);
    }
    return YAML::LoadAll(rendered.out);
}

}  // namespace headgate::chart
