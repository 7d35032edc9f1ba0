#include "cli/tables.hpp"

#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include "core/names.hpp"

namespace headgate::cli {

using core::name_of;
using resources::Reason;
using resources::Truth;

namespace {

constexpr std::string_view kGap = "  ";
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";
constexpr std::size_t kReadyColumn = 3;
constexpr std::size_t kReasonColumn = 4;

using Cells = std::array<std::string, ObjectTable::kHeader.size()>;

std::string one_line(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

Cells cells_of(const ObjectState& state) {
    return Cells{std::string{name_of(state.key.kind)},
                 state.key.ns,
                 state.key.name,
                 state.over ? "-" : std::string{name_of(resources::ready(state.reason))},
                 std::string{name_of(state.reason)},
                 state.stream.empty() ? "-" : state.stream,
                 one_line(state.message)};
}

std::string_view color_of(const ObjectState& state) {
    if (state.over) {
        return "2";
    }
    switch (resources::ready(state.reason)) {
        case Truth::True:
            return "32";
        case Truth::Unknown:
            return "33";
        case Truth::False:
            return state.reason == Reason::Reconciling ||
                           state.reason == Reason::ApprovalRequired ||
                           state.reason == Reason::Deleting
                       ? "33"
                       : "31";
    }
    return "0";
}

bool starts_character(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
}

/// What a terminal of `width` shows of a row: the message is cut to what is left of the line, but
/// one of which fewer than `least` columns would be left is shown whole and wraps.
struct Room {
    std::size_t width = 0;
    std::size_t least = 0;
};

template <class Widths, class Paint>
std::string line(const Cells& cells, const Widths& widths, Room room, Paint paint) {
    std::string text;
    std::size_t used = 0;
    for (std::size_t i = 0; i + 1 < cells.size(); ++i) {
        text += paint(i, cells[i]) +
                std::string(widths[i] - std::min(widths[i], display_length(cells[i])), ' ') +
                std::string{kGap};
        used += widths[i] + kGap.size();
    }
    const auto left = room.width > used ? room.width - used : 0;
    const bool whole = room.width == 0 || left < room.least;
    text += whole ? cells.back() : shortened(cells.back(), left);
    while (text.ends_with(' ')) {
        text.pop_back();
    }
    return text + "\n";
}

}  // namespace

void ObjectTable::fit(const ObjectState& state) {
    const auto cells = cells_of(state);
    for (std::size_t i = 0; i < widths_.size(); ++i) {
        widths_[i] = std::max({widths_[i], display_length(cells[i]), kHeader[i].size()});
    }
}

std::string ObjectTable::header(std::size_t width) const {
    Cells cells;
    std::copy(kHeader.begin(), kHeader.end(), cells.begin());
    return line(
        cells, widths_, Room{width}, [](std::size_t, const std::string& text) { return text; });
}

std::string ObjectTable::row(const ObjectState& state, std::size_t width, bool color) const {
    // That all is well needs no words; why it is not does.
    constexpr std::size_t kWorthCutting = 60;
    const bool good = state.over || resources::ready(state.reason) == Truth::True;
    return line(cells_of(state),
                widths_,
                Room{width, good ? 0 : kWorthCutting},
                [&](std::size_t column, const std::string& text) {
                    return column == kReadyColumn || column == kReasonColumn
                               ? colored(text, color_of(state), color)
                               : text;
                });
}

std::string table_text(std::span<const ObjectState> states, std::size_t width, bool color) {
    if (states.empty()) {
        return {};
    }
    ObjectTable table;
    for (const auto& state : states) {
        table.fit(state);
    }
    auto text = table.header(width);
    for (const auto& state : states) {
        text += table.row(state, width, color);
    }
    return text;
}

std::string warnings_text(std::span<const ObjectState> states, bool color) {
    std::string text;
    for (const auto& state : states) {
        for (const auto& warning : state.warnings) {
            text += colored("warning", "33", color) + " " + resources::to_text(state.key) + ": " +
                    warning.id + ": " + warning.text + "\n";
        }
    }
    return text;
}

std::string json_text(std::span<const ObjectState> states) {
    auto objects = nlohmann::ordered_json::array();
    for (const auto& state : states) {
        nlohmann::ordered_json plan;
        if (state.plan) {
            plan = resources::to_json(*state.plan);
        }
        objects.push_back({{"kind", name_of(state.key.kind)},
                           {"namespace", state.key.ns},
                           {"name", state.key.name},
                           {"reason", name_of(state.reason)},
                           {"message", state.message},
                           {"plan", std::move(plan)}});
    }
    const nlohmann::ordered_json json{{"objects", std::move(objects)}};
    return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string count_text(std::span<const ObjectState> states) {
    std::map<Reason, std::size_t> counts;
    for (const auto& state : states) {
        ++counts[state.reason];
    }
    std::vector<std::pair<Reason, std::size_t>> sorted(counts.begin(), counts.end());
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& left, const auto& right) {
        return left.second > right.second;
    });
    std::string text;
    for (const auto& [reason, count] : sorted) {
        text +=
            (text.empty() ? "" : ", ") + std::to_string(count) + " " + std::string{name_of(reason)};
    }
    return text;
}

bool only_adopts(const resources::Plan& plan) {
    return !plan.changes.empty() &&
           std::all_of(plan.changes.begin(), plan.changes.end(), [](const auto& change) {
               return change.effect == resources::Effect::Adopt;
           });
}

int exit_code(std::span<const ObjectState> states, bool input_problems) {
    const auto any = [&](auto claim) { return std::any_of(states.begin(), states.end(), claim); };
    if (input_problems || any([](const auto& state) {
            return state.reason == Reason::InvalidSpec || state.reason == Reason::ConnectionFailed;
        })) {
        return 1;
    }
    return any([](const auto& state) {
        return !state.over && ((state.plan && !only_adopts(*state.plan)) ||
                               resources::ready(state.reason) != Truth::True);
    })
               ? 2
               : 0;
}

std::size_t display_length(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_character));
}

std::string shortened(std::string_view text, std::size_t length) {
    if (display_length(text) <= length || length == 0) {
        return std::string{length == 0 ? std::string_view{} : text};
    }
    std::size_t end = 0;
    for (std::size_t shown = 0; end < text.size(); ++end) {
        if (starts_character(text[end]) && ++shown == length) {
            break;
        }
    }
    return std::string{text.substr(0, end)} + std::string{kEllipsis};
}

std::string colored(std::string_view text, std::string_view code, bool color) {
    return color ? "\x1B[" + std::string{code} + "m" + std::string{text} + "\x1B[0m"
                 : std::string{text};
}

}  // namespace headgate::cli
