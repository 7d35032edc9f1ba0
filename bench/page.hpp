// docs/performance.md and its plot, out of the results of a run.
#pragma once

#include <string>
#include <vector>

#include "core/json.hpp"

namespace headgate::bench {

/// One line of the table; what was not measured is empty.
struct Row {
    std::string what;
    std::string must;
    std::string measured;
    std::string floor;
    bool missed = false;
};

/// What the results show, in the order of the page. Without what was not measured.
[[nodiscard]] std::vector<Row> rows(const core::Json& results);

/// The table alone.
[[nodiscard]] std::string table(const std::vector<Row>& rows);

/// The whole page. `plot` is the plot's file name.
[[nodiscard]] std::string page(const core::Json& results, const std::string& plot);

}  // namespace headgate::bench
