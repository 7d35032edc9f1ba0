#include "reconcilers/declarations.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

namespace headgate::reconcilers {

namespace {

using jetstream::StreamName;

std::optional<StreamName> name_in(const Declaration& declaration) {
    const auto& desired = declaration.parsed.desired;
    return desired ? std::optional{desired->stream.name} : std::nullopt;
}

// Only what is valid and meant to be managed claims anything.
bool claims(const Declaration& declaration) {
    const auto& desired = declaration.parsed.desired;
    return desired && desired->policies.management != resources::ManagementPolicy::Observe;
}

}  // namespace

std::vector<ObjectKey> Declarations::put(Declaration declaration) {
    const auto key = declaration.key;
    const auto now = name_in(declaration);
    const bool claims_now = claims(declaration);
    return state_.with_lock([&](State& state) {
        auto& slot = state.by_key[key];
        const auto before = slot;
        slot = std::make_shared<const Declaration>(std::move(declaration));
        std::set<ObjectKey> rivals;
        if (before) {
            rivals = leave(state, *before);
        }
        if (now) {
            auto& named = state.by_stream[*now];
            if (claims_now) {
                add_claimants(state, named, rivals);
            }
            named.insert(key);
        }
        rivals.erase(key);
        return std::vector<ObjectKey>(rivals.begin(), rivals.end());
    });
}

std::vector<ObjectKey> Declarations::remove(const ObjectKey& key) {
    return state_.with_lock([&](State& state) -> std::vector<ObjectKey> {
        const auto found = state.by_key.find(key);
        if (found == state.by_key.end()) {
            return {};
        }
        const auto gone = found->second;
        state.by_key.erase(found);
        const auto rivals = leave(state, *gone);
        return {rivals.begin(), rivals.end()};
    });
}

void Declarations::add_claimants(const State& state,
                                 const std::set<ObjectKey>& named,
                                 std::set<ObjectKey>& to) {
    std::copy_if(named.begin(), named.end(), std::inserter(to, to.end()), [&](const auto& key) {
        return claims(*state.by_key.at(key));
    });
}

std::set<ObjectKey> Declarations::leave(State& state, const Declaration& declaration) {
    std::set<ObjectKey> rivals;
    const auto name = name_in(declaration);
    if (!name) {
        return rivals;
    }
    auto& named = state.by_stream[*name];
    named.erase(declaration.key);
    if (claims(declaration)) {
        add_claimants(state, named, rivals);
    }
    if (named.empty()) {
        state.by_stream.erase(*name);
    }
    return rivals;
}

DeclarationPtr Declarations::find(const ObjectKey& key) const {
    return state_.with_lock([&](const State& state) -> DeclarationPtr {
        const auto found = state.by_key.find(key);
        return found == state.by_key.end() ? nullptr : found->second;
    });
}

std::vector<DeclarationPtr> Declarations::all() const {
    return state_.with_lock([](const State& state) {
        std::vector<DeclarationPtr> all;
        all.reserve(state.by_key.size());
        for (const auto& [key, declaration] : state.by_key) {
            all.push_back(declaration);
        }
        return all;
    });
}

std::vector<DeclarationPtr> Declarations::naming(const StreamName& stream) const {
    return state_.with_lock([&](const State& state) {
        std::vector<DeclarationPtr> found;
        if (const auto keys = state.by_stream.find(stream); keys != state.by_stream.end()) {
            for (const auto& key : keys->second) {
                found.push_back(state.by_key.at(key));
            }
        }
        return found;
    });
}

std::vector<DeclarationPtr> Declarations::claimants(const StreamName& stream) const {
    auto claimants = naming(stream);
    std::erase_if(claimants, [](const auto& declaration) { return !claims(*declaration); });
    std::sort(claimants.begin(), claimants.end(), [](const auto& left, const auto& right) {
        return std::tie(left->age, left->key.ns, left->key.name, left->key.kind) <
               std::tie(right->age, right->key.ns, right->key.name, right->key.kind);
    });
    return claimants;
}

void Declarations::note_status(const Declaration& of, resources::ObjectStatus status) {
    state_.with_lock([&](State& state) {
        const auto found = state.by_key.find(of.key);
        if (found != state.by_key.end() && found->second->uid == of.uid) {
            auto copy = *found->second;
            copy.status = std::move(status);
            found->second = std::make_shared<const Declaration>(std::move(copy));
        }
    });
}

void Declarations::note_finalizers(const Declaration& of, std::vector<std::string> finalizers) {
    state_.with_lock([&](State& state) {
        const auto found = state.by_key.find(of.key);
        if (found != state.by_key.end() && found->second->uid == of.uid) {
            auto copy = *found->second;
            copy.finalizers = std::move(finalizers);
            found->second = std::make_shared<const Declaration>(std::move(copy));
        }
    });
}

std::map<std::pair<Kind, resources::Reason>, std::size_t> Declarations::count() const {
    std::map<std::pair<Kind, resources::Reason>, std::size_t> counts;
    for (const auto& declaration : all()) {
        ++counts[{declaration->key.kind,
                  declaration->status.reason().value_or(resources::Reason::Reconciling)}];
    }
    return counts;
}

}  // namespace headgate::reconcilers
