#include "files/accepted.hpp"

#include <algorithm>
#include <utility>

namespace headgate::files {

using reconcilers::Declaration;
using reconcilers::ObjectKey;

namespace {

bool same_content(const Declaration& left, const Declaration& right) {
    return left.parsed.desired == right.parsed.desired &&
           left.parsed.problems == right.parsed.problems && left.annotations == right.annotations;
}

bool same_spec(const Declaration& left, const Declaration& right) {
    return left.parsed.desired == right.parsed.desired &&
           left.parsed.problems == right.parsed.problems;
}

bool same_place(const Declaration& left, const Declaration& right) {
    return left.origin == right.origin && left.age == right.age;
}

std::string file_of(const Declaration& declaration) {
    return declaration.origin.substr(0, declaration.origin.rfind(':'));
}

/// Takes over what one document says now.
void accept(const Accepted& before, Declaration now, Changes& changes) {
    const auto found = before.declarations.find(now.key);
    if (found == before.declarations.end()) {
        changes.changed.push_back(now);
    } else {
        now.generation = found->second.generation + (same_spec(found->second, now) ? 0 : 1);
        if (!same_content(found->second, now)) {
            changes.changed.push_back(now);
        } else if (!same_place(found->second, now)) {
            changes.moved.push_back(now);
        }
    }
    changes.after.declarations.insert_or_assign(now.key, std::move(now));
}

/// What a broken document stands for: its last good declaration, or none yet.
void keep(const Accepted& before, const Declaration& now, Changes& changes) {
    const auto found = before.declarations.find(now.key);
    if (found == before.declarations.end() || !found->second.parsed.desired) {
        accept(before, now, changes);
        return;
    }
    changes.kept.push_back(now.key);
    changes.after.declarations.insert(*found);
}

bool is_unreadable(const std::string& file, const Loaded& now) {
    return std::any_of(now.problems.begin(), now.problems.end(), [&](const FileProblem& problem) {
        return problem.whole_file && problem.file == file;
    });
}

bool is_within(const std::string& file, const std::string& place) {
    return file == place ||
           (file.size() > place.size() && file.compare(0, place.size(), place) == 0 &&
            (place.back() == '/' || file[place.size()] == '/'));
}

bool is_blank(const std::string& file, const Loaded& now) {
    return std::any_of(now.blank.begin(), now.blank.end(), [&](const std::string& place) {
        return is_within(file, place);
    });
}

}  // namespace

Changes next(const Accepted& before, const Loaded& now, Certainty certainty) {
    Changes changes;
    for (const auto& declaration : now.declarations) {
        accept(before, declaration, changes);
    }
    for (const auto& declaration : now.invalid) {
        keep(before, declaration, changes);
    }
    const bool is_complete =
        now.problems.empty() && !now.declarations.empty() && certainty == Certainty::Settled;
    for (const auto& [key, declaration] : before.declarations) {
        if (changes.after.declarations.contains(key)) {
            continue;
        }
        const auto file = file_of(declaration);
        const bool is_missing = is_complete && !is_blank(file, now);
        if (is_missing && before.missing.contains(key)) {
            changes.gone.push_back(key);
            continue;
        }
        if (is_missing) {
            changes.after.missing.insert(key);
        } else if (is_unreadable(file, now)) {
            changes.kept.push_back(key);
        }
        changes.after.declarations.emplace(key, declaration);
    }
    return changes;
}

}  // namespace headgate::files
