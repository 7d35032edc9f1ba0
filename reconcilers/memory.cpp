#include "reconcilers/memory.hpp"

namespace headgate::reconcilers {

Residue Memory::residue(const Declaration& of) const {
    return state_.with_lock([&](const State& state) {
        const auto found = state.known.find(of.key);
        return found == state.known.end() || found->second.generation != of.generation
                   ? Residue{}
                   : found->second.residue;
    });
}

void Memory::learn(const Declaration& of, const Residue& learned) {
    state_.with_lock([&](State& state) {
        auto known = Known{.generation = of.generation, .residue = {}};
        if (const auto found = state.known.find(of.key);
            found != state.known.end() && found->second.generation == of.generation) {
            known.residue = found->second.residue;
        }
        for (const auto& [what, changes] : learned) {
            if (changes.empty()) {
                known.residue.erase(what);
            } else {
                known.residue[what] = changes;
            }
        }
        if (known.residue.empty()) {
            state.known.erase(of.key);
        } else {
            state.known[of.key] = std::move(known);
        }
    });
}

Memory::Moment Memory::outage_since(const ObjectKey& key, Moment now) {
    return state_.with_lock(
        [&](State& state) { return state.outages.try_emplace(key, now).first->second; });
}

void Memory::outage_ended(const ObjectKey& key) {
    state_.with_lock([&](State& state) { state.outages.erase(key); });
}

void Memory::forget(const ObjectKey& key) {
    state_.with_lock([&](State& state) {
        state.known.erase(key);
        state.outages.erase(key);
    });
}

}  // namespace headgate::reconcilers
