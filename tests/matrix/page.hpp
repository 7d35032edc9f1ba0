// docs/compatibility.md: written from what servers did, and read back, so that one server's column
// can be held against the page without running the others.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace headgate::matrix {

/// The newest release of a line of nats-servers: "2.10" and "2.10.27".
struct Line {
    std::string_view name;
    std::string_view version;
};

[[nodiscard]] const std::vector<Line>& lines();

struct Row {
    std::string name;                          ///< As in the page's first column.
    std::map<std::string, std::string> cells;  ///< By name of the line.
};

struct Section {
    std::string title;
    std::vector<Row> rows;
};

[[nodiscard]] std::vector<Section> read_page(std::string_view text);
[[nodiscard]] std::string write_page(const std::vector<Section>& sections);

/// `measured`, with the cells of other lines from `page`.
[[nodiscard]] std::vector<Section> with_others(std::vector<Section> measured,
                                               const std::vector<Section>& page);

}  // namespace headgate::matrix
