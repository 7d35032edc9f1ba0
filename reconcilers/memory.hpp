// What the reconciler knows of its objects beyond declaration, status and server: lost with the
// process, and nothing that must not be. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "core/guarded.hpp"
#include "reconcilers/declaration.hpp"
#include "reconcilers/residue.hpp"
#include "reconcilers/rivalry.hpp"

namespace headgate::reconcilers {

class Memory {
public:
    using Moment = std::chrono::steady_clock::time_point;

    /// What the server is known not to keep of this generation of the declaration.
    [[nodiscard]] Residue residue(const Declaration& of) const;

    /// Takes over each entry of `learned`; an empty one says that all was kept.
    void learn(const Declaration& of, const Residue& learned);

    /// Consumers that the server refused to make anew as this generation declares them, and its
    /// words.
    [[nodiscard]] std::map<std::string, std::string> refused(const Declaration& of) const;
    void was_refused(const Declaration& of, const std::map<std::string, std::string>& consumers);

    /// Since when the server fails this object, which is `now` where it did not before.
    [[nodiscard]] Moment outage_since(const ObjectKey& key, Moment now);
    void outage_ended(const ObjectKey& key);

    /// Since when something of this object is missing on the server that had been there, which is
    /// `now` where nothing was.
    Moment missing_since(const ObjectKey& key, Moment now);
    void nothing_missing(const ObjectKey& key);

    /// It was tried to make this object's stream without a look for it, and that did not end well.
    void must_look(const ObjectKey& key);
    [[nodiscard]] bool has_to_look(const ObjectKey& key) const;

    /// A pass over it has something to go by, or to end: an outage, something missing, a rivalry.
    [[nodiscard]] bool bears_in_mind(const ObjectKey& key) const;

    /// With whom this generation of the declaration is undone in turns, if it is.
    [[nodiscard]] Rivalry rivalry(const Declaration& of) const;

    /// Drift was repaired; `what` as Rivalry::repaired has it.
    void repaired(const Declaration& of, Moment now, std::string what);
    void rivalry_ended(const ObjectKey& key);

    /// Hashes of approvals by annotation that were carried out.
    [[nodiscard]] std::set<std::string> spent(const ObjectKey& key) const;
    void spend(const ObjectKey& key, const std::string& hash);

    void forget(const ObjectKey& key);

private:
    struct Known {
        std::int64_t generation = 0;
        Residue residue;
    };

    struct Refused {
        std::int64_t generation = 0;
        std::map<std::string, std::string> consumers;
    };

    struct Undone {
        std::int64_t generation = 0;
        Rivalry rivalry;
    };

    struct State {
        std::map<ObjectKey, Known> known;
        std::map<ObjectKey, Refused> refused;
        std::map<ObjectKey, Moment> outages;
        std::map<ObjectKey, Moment> missing;
        std::map<ObjectKey, Undone> undone;
        std::map<ObjectKey, std::set<std::string>> spent;
        std::set<ObjectKey> to_look_at;
    };

    core::Guarded<State> state_;
};

}  // namespace headgate::reconcilers
