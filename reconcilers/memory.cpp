#include "reconcilers/memory.hpp"

#include <utility>

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

std::map<std::string, std::string> Memory::refused(const Declaration& of) const {
    return state_.with_lock([&](const State& state) {
        const auto found = state.refused.find(of.key);
        return found == state.refused.end() || found->second.generation != of.generation
                   ? std::map<std::string, std::string>{}
                   : found->second.consumers;
    });
}

void Memory::was_refused(const Declaration& of,
                         const std::map<std::string, std::string>& consumers) {
    state_.with_lock([&](State& state) {
        if (consumers.empty()) {
            state.refused.erase(of.key);
        } else {
            state.refused[of.key] = {.generation = of.generation, .consumers = consumers};
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

Memory::Moment Memory::missing_since(const ObjectKey& key, Moment now) {
    return state_.with_lock(
        [&](State& state) { return state.missing.try_emplace(key, now).first->second; });
}

void Memory::nothing_missing(const ObjectKey& key) {
    state_.with_lock([&](State& state) { state.missing.erase(key); });
}

bool Memory::bears_in_mind(const ObjectKey& key) const {
    return state_.with_lock([&](const State& state) {
        return state.outages.contains(key) || state.missing.contains(key) ||
               state.undone.contains(key);
    });
}

Rivalry Memory::rivalry(const Declaration& of) const {
    return state_.with_lock([&](const State& state) {
        const auto found = state.undone.find(of.key);
        return found == state.undone.end() || found->second.generation != of.generation
                   ? Rivalry{}
                   : found->second.rivalry;
    });
}

void Memory::repaired(const Declaration& of, Moment now, std::string what) {
    state_.with_lock([&](State& state) {
        auto& undone = state.undone[of.key];
        if (undone.generation != of.generation) {
            undone = Undone{.generation = of.generation, .rivalry = {}};
        }
        undone.rivalry.repaired(now, std::move(what));
    });
}

void Memory::rivalry_ended(const ObjectKey& key) {
    state_.with_lock([&](State& state) { state.undone.erase(key); });
}

void Memory::must_look(const ObjectKey& key) {
    state_.with_lock([&](State& state) { state.to_look_at.insert(key); });
}

bool Memory::has_to_look(const ObjectKey& key) const {
    return state_.with_lock([&](const State& state) { return state.to_look_at.contains(key); });
}

std::set<std::string> Memory::spent(const ObjectKey& key) const {
    return state_.with_lock([&](const State& state) {
        const auto found = state.spent.find(key);
        return found == state.spent.end() ? std::set<std::string>{} : found->second;
    });
}

void Memory::spend(const ObjectKey& key, const std::string& hash) {
    state_.with_lock([&](State& state) { state.spent[key].insert(hash); });
}

void Memory::forget(const ObjectKey& key) {
    state_.with_lock([&](State& state) {
        state.spent.erase(key);
        state.known.erase(key);
        state.refused.erase(key);
        state.outages.erase(key);
        state.missing.erase(key);
        state.undone.erase(key);
        state.to_look_at.erase(key);
    });
}

}  // namespace headgate::reconcilers
