// The chart as helm renders it.
#pragma once

#include <string>
#include <vector>

#include <yaml-cpp/yaml.h>

namespace headgate::chart {

/// The namespace that it is rendered for.
inline constexpr const char* kNamespace = "operators";

/// A file of the chart, by its path in it. Throws where there is none.
[[nodiscard]] std::string chart_file(const std::string& path);

/// Every object with these `--set` values. Throws std::runtime_error with what helm said where it
/// is refused.
[[nodiscard]] std::vector<YAML::Node> render(const std::vector<std::string>& values = {});

}  // namespace headgate::chart
