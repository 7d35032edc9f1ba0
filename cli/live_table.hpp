// The table of a program that keeps running: whole once every object has been looked at, and from
// then on a row whenever an object's reason changes. Any thread.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "cli/console.hpp"
#include "cli/tables.hpp"

namespace headgate::cli {

class LiveTable {
public:
    explicit LiveTable(const Console& console) : console_(console) {}

    /// Objects whose first look the table waits for.
    void expect(const resources::ObjectKey& key);

    /// What a look said. `settled`: another look a moment later is not expected to say more.
    void note(const ObjectState& state, bool settled);

    /// The object is no more; `state` says what became of it.
    void note_gone(const ObjectState& state);

    /// Prints the table when all expected objects were looked at, once, and a last line that counts
    /// them and ends with `closing`.
    void print_when_complete(const std::string& closing);

    /// Prints it as it is now.
    void print() const;

    /// Every expected object was looked at.
    [[nodiscard]] bool complete() const;

    /// Every object settled.
    [[nodiscard]] bool settled() const;

    /// In key order.
    [[nodiscard]] std::vector<ObjectState> states() const;

private:
    void print_row(const ObjectState& state);
    [[nodiscard]] std::vector<ObjectState> in_order() const;

    const Console& console_;

    // The lock covers everything below, and the order of what is printed.
    mutable std::mutex mutex_;
    std::set<resources::ObjectKey> expected_;
    std::set<resources::ObjectKey> unsettled_;
    std::map<resources::ObjectKey, ObjectState> states_;
    ObjectTable table_;
    bool printed_ = false;
};

}  // namespace headgate::cli
