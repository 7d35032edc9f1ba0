#include "cli/live_table.hpp"

namespace headgate::cli {

void LiveTable::expect(const resources::ObjectKey& key) {
    const std::scoped_lock lock{mutex_};
    expected_.insert(key);
    unsettled_.insert(key);
}

void LiveTable::note(const ObjectState& state, bool settled) {
    const std::scoped_lock lock{mutex_};
    expected_.erase(state.key);
    if (settled) {
        unsettled_.erase(state.key);
    } else {
        unsettled_.insert(state.key);
    }
    auto& known = states_[state.key];
    const bool news = known.key != state.key || known.reason != state.reason;
    known = state;
    if (news && printed_) {
        print_row(state);
    }
}

void LiveTable::note_gone(const ObjectState& state) {
    const std::scoped_lock lock{mutex_};
    expected_.erase(state.key);
    unsettled_.erase(state.key);
    // Before the table is there, what is gone has a line in it.
    if (!printed_) {
        states_[state.key] = state;
        return;
    }
    states_.erase(state.key);
    print_row(state);
}

void LiveTable::print_when_complete(const std::string& closing) {
    const std::scoped_lock lock{mutex_};
    if (printed_ || !expected_.empty()) {
        return;
    }
    printed_ = true;
    const auto all = in_order();
    for (const auto& state : all) {
        table_.fit(state);
    }
    const auto text = table_text(all, console_.width, console_.color);
    console_.print(text + (text.empty() ? "no objects" : "\n" + count_text(all)) + "; " + closing +
                   "\n");
}

void LiveTable::print() const {
    const std::scoped_lock lock{mutex_};
    console_.print(table_text(in_order(), console_.width, console_.color));
}

bool LiveTable::complete() const {
    const std::scoped_lock lock{mutex_};
    return expected_.empty();
}

bool LiveTable::settled() const {
    const std::scoped_lock lock{mutex_};
    return expected_.empty() && unsettled_.empty();
}

std::vector<ObjectState> LiveTable::states() const {
    const std::scoped_lock lock{mutex_};
    return in_order();
}

void LiveTable::print_row(const ObjectState& state) {
    table_.fit(state);
    console_.print(table_.row(state, console_.width, console_.color));
}

std::vector<ObjectState> LiveTable::in_order() const {
    std::vector<ObjectState> all;
    for (const auto& [key, state] : states_) {
        all.push_back(state);
    }
    return all;
}

}  // namespace headgate::cli
