#include "tests/matrix/page.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

#include "tests/support/tools.hpp"

namespace headgate::matrix {

namespace {

constexpr std::string_view kIntroduction =
    R"(# Compatibility

What Headgate does on each line of nats-server, as it was seen on real servers. Written by `make test-matrix`, which declares every field there is, one at a time, and reads back what the server then holds; `make test` holds the oldest line, 2.10 and the newest to this page.

| | |
| --- | --- |
| `yes` | Kept by the server; can be set and removed on an existing stream. |
| `anew` | Kept; a change means that the consumer is made anew. Where its position would be lost that waits for approval. |
| `one way` | Kept; can be set on an existing stream, and not be removed: `ImmutableField`. |
| `removable` | Kept; cannot be set on an existing stream (`ImmutableField`), but be removed. |
| `fixed` | Kept; cannot be changed on an existing stream: `ImmutableField`. |
| `-` | The server does not have it: `Unsupported`, and nothing is sent. |
)";

std::vector<std::string> cells_of(std::string_view line) {
    std::vector<std::string> cells;
    std::stringstream stream{std::string{line.substr(1)}};
    for (std::string cell; std::getline(stream, cell, '|');) {
        const auto first = cell.find_first_not_of(' ');
        cells.push_back(first == std::string::npos
                            ? ""
                            : cell.substr(first, cell.find_last_not_of(' ') - first + 1));
    }
    return cells;
}

const Row* find_row(const std::vector<Section>& page, std::string_view title, const Row& like) {
    for (const auto& section : page) {
        for (const auto& row : section.rows) {
            if (section.title == title && row.name == like.name) {
                return &row;
            }
        }
    }
    return nullptr;
}

}  // namespace

const std::vector<Line>& lines() {
    static const std::vector<Line> kLines{{"2.9", support::kNats29},
                                          {"2.10", support::kNats210},
                                          {"2.11", support::kNats211},
                                          {"2.12", support::kNats212},
                                          {"2.14", support::kNats214},
                                          {"2.15", support::kNats}};
    return kLines;
}

std::vector<Section> read_page(std::string_view text) {
    std::vector<Section> sections;
    std::vector<std::string> heads;
    std::stringstream stream{std::string{text}};
    for (std::string line; std::getline(stream, line);) {
        if (line.starts_with("## ")) {
            sections.push_back({line.substr(3), {}});
            heads.clear();
        } else if (!sections.empty() && line.starts_with("|") && !line.starts_with("| ---")) {
            const auto cells = cells_of(line);
            if (heads.empty()) {
                heads = cells;
                continue;
            }
            auto& row = sections.back().rows.emplace_back(Row{cells.front(), {}});
            for (std::size_t i = 1; i < std::min(cells.size(), heads.size()); ++i) {
                row.cells[heads[i]] = cells[i];
            }
        }
    }
    return sections;
}

std::string write_page(const std::vector<Section>& sections) {
    std::string text{kIntroduction};
    std::string versions;
    for (const auto& line : lines()) {
        versions += (versions.empty() ? "" : ", ") + std::string{line.version};
    }
    text += "\nSeen with nats-server " + versions + ", each a single server.\n";
    for (const auto& section : sections) {
        text += "\n## " + section.title + "\n\n| |";
        std::string rule = "| --- |";
        for (const auto& line : lines()) {
            text += " " + std::string{line.name} + " |";
            rule += " --- |";
        }
        text += "\n" + rule + "\n";
        for (const auto& row : section.rows) {
            text += "| " + row.name + " |";
            for (const auto& line : lines()) {
                const auto cell = row.cells.find(std::string{line.name});
                text += " " + (cell == row.cells.end() ? "" : cell->second) + " |";
            }
            text += "\n";
        }
    }
    return text;
}

std::vector<Section> with_others(std::vector<Section> measured, const std::vector<Section>& page) {
    for (auto& section : measured) {
        for (auto& row : section.rows) {
            if (const auto* const known = find_row(page, section.title, row)) {
                row.cells.insert(known->cells.begin(), known->cells.end());
            }
        }
    }
    return measured;
}

}  // namespace headgate::matrix
