// What came of each object, as a table for people and as JSON for machines, and the exit code that
// goes with it. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options.hpp"
#include "reconcilers/resources/kind.hpp"
#include "reconcilers/resources/status.hpp"
#include "reconcilers/warnings.hpp"

namespace headgate::cli {

struct ObjectState {
    resources::ObjectKey key;
    resources::Reason reason = resources::Reason::Reconciling;
    std::string message;
    std::string stream;
    /// What waits or would change; none: nothing.
    std::optional<resources::Plan> plan = std::nullopt;
    /// Worth telling beside the changes: what the replica limit did.
    std::string note{};
    /// At the end of the message too, for those who see only that.
    std::vector<reconcilers::Warning> warnings{};
    /// Neither ready nor not: what was deleted, as it should be.
    bool over = false;
    /// What was done to it beside what the command itself reports.
    std::vector<std::string> done{};
};

/// Columns of the table as wide as what stands in them.
class ObjectTable {
public:
    static constexpr std::array<std::string_view, 7> kHeader{
        "KIND", "NAMESPACE", "NAME", "READY", "REASON", "STREAM", "MESSAGE"};

    /// Widens the columns to fit `state`.
    void fit(const ObjectState& state);

    /// One line, with its line break. `width` of the terminal cuts the message, but not to a stump
    /// where it says what is wrong; 0 cuts nothing.
    [[nodiscard]] std::string header(std::size_t width) const;
    [[nodiscard]] std::string row(const ObjectState& state, std::size_t width, bool color) const;

private:
    std::array<std::size_t, kHeader.size() - 1> widths_{};
};

/// Header and a row for each, in the order given; empty where there are none.
[[nodiscard]] std::string table_text(std::span<const ObjectState> states,
                                     std::size_t width,
                                     bool color);

/// `{"objects": [{kind, namespace, name, reason, message, plan}]}`, plan null where there is none.
[[nodiscard]] std::string json_text(std::span<const ObjectState> states);

/// "7 Applied, 1 NotOwned": each reason literally, the most frequent first.
[[nodiscard]] std::string count_text(std::span<const ObjectState> states);

/// Nothing changes but the signature: what is there becomes this object's.
[[nodiscard]] bool only_adopts(const resources::Plan& plan);

/// 1: something was wrong with the input or the connection; 2: an object is not ready, or a plan
/// has changes other than adoptions; 0 otherwise (contract: commands).
[[nodiscard]] int exit_code(std::span<const ObjectState> states, bool input_problems);

/// In display columns, as far as UTF-8 tells: each character counts as one.
[[nodiscard]] std::size_t display_length(std::string_view text);

/// A line for each warning of each object; empty where there are none.
[[nodiscard]] std::string warnings_text(std::span<const ObjectState> states, bool color);

/// Cut to `length` display columns, the last of them an ellipsis where something is missing.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t length);

/// `text` in a colour of the terminal ("32": green), or as it is.
[[nodiscard]] std::string colored(std::string_view text, std::string_view code, bool color);

}  // namespace headgate::cli
