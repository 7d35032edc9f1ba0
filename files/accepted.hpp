// What a directory counts as declaring, from one read to the next: the rules by which a slip in a
// file, a half-written one or an unmounted volume never deletes anything. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "files/manifests.hpp"

namespace headgate::files {

/// What holds after a read.
struct Accepted {
    std::map<reconcilers::ObjectKey, reconcilers::Declaration> declarations;

    /// Declared before and missing in the last read; gone once a second read in a row misses them.
    std::set<reconcilers::ObjectKey> missing;
};

/// How one read moved what is accepted.
struct Changes {
    /// New, or with another spec or other annotations. The generation counts the changes of the
    /// spec.
    std::vector<reconcilers::Declaration> changed;

    /// The same declarations at another place (origin, age): nothing to look at again.
    std::vector<reconcilers::Declaration> moved;

    std::vector<reconcilers::ObjectKey> gone;

    /// Those whose document is broken now; what they declared last still holds.
    std::vector<reconcilers::ObjectKey> kept;

    Accepted after;

    /// A second look is due before `after.missing` may be gone.
    [[nodiscard]] bool needs_confirmation() const { return !after.missing.empty(); }
};

/// Whether a read may count what it did not find as missing.
enum class Certainty {
    Settled,  ///< Nothing moved in the directory for a while before the read.
    Moving,   ///< Things were still being written: what was found counts, what was not does not.
};

/// Rules (contract: directory mode): a broken document keeps its own last good declaration; any
/// problem anywhere means that nothing is missing; no declaration at all means the same, and so
/// does a blank file or directory for those that came from it; what is missing is gone only when
/// the next settled read misses it too.
[[nodiscard]] Changes next(const Accepted& before, const Loaded& now, Certainty certainty);

}  // namespace headgate::files
