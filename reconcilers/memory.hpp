// What the reconciler knows of its objects beyond declaration, status and server: lost with the
// process, and nothing that must not be. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>

#include "core/guarded.hpp"
#include "reconcilers/declaration.hpp"
#include "reconcilers/residue.hpp"

namespace headgate::reconcilers {

class Memory {
public:
    using Moment = std::chrono::steady_clock::time_point;

    /// What the server is known not to keep of this generation of the declaration.
    [[nodiscard]] Residue residue(const Declaration& of) const;

    /// Takes over each entry of `learned`; an empty one says that all was kept.
    void learn(const Declaration& of, const Residue& learned);

    /// Since when the server fails this object, which is `now` where it did not before.
    [[nodiscard]] Moment outage_since(const ObjectKey& key, Moment now);
    void outage_ended(const ObjectKey& key);

    void forget(const ObjectKey& key);

private:
    struct Known {
        std::int64_t generation = 0;
        Residue residue;
    };

    struct State {
        std::map<ObjectKey, Known> known;
        std::map<ObjectKey, Moment> outages;
    };

    core::Guarded<State> state_;
};

}  // namespace headgate::reconcilers
