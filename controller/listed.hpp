// Which objects a list of all streams spares a look of their own, and which have moved since it
// began, so that it says nothing of them. Any thread.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "core/guarded.hpp"
#include "reconcilers/declaration.hpp"
#include "reconcilers/snapshot.hpp"

namespace headgate::controller {

class Listed {
public:
    /// A list is about to be read. What an earlier one said of objects that still wait for their
    /// look holds until this one is there.
    void begin();

    /// It may be another server now: what was listed counts no more.
    void forget();

    /// The object changed, something was heard of its stream, or it was looked at by itself.
    void moved(const resources::ObjectKey& key);

    /// The list is there, or there is none (null). Gives back those of `keys` that have not moved
    /// since it began.
    std::vector<resources::ObjectKey> end(const std::vector<resources::ObjectKey>& keys,
                                          const reconcilers::SnapshotPtr& snapshot);

    /// What the next look at the object may go by, once; null: it has to look for itself.
    [[nodiscard]] reconcilers::SnapshotPtr take(const resources::ObjectKey& key);

private:
    struct State {
        std::set<resources::ObjectKey> moved;  ///< Since the list began.
        std::map<resources::ObjectKey, reconcilers::SnapshotPtr> ready;
        bool reading = false;
    };

    core::Guarded<State> state_;
};

}  // namespace headgate::controller
