#include "controller/router.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace headgate::controller {

using reconcilers::Declaration;
using reconcilers::DeclarationPtr;
using resources::ObjectKey;

std::optional<ConnectionKey> connection_of(const Declaration& declaration) {
    const auto& desired = declaration.parsed.desired;
    if (!desired || !desired->policies.connection) {
        return std::nullopt;
    }
    const auto& named = *desired->policies.connection;
    return ConnectionKey{named.ns.empty() ? declaration.key.ns : named.ns, named.name};
}

Router::Router(LoopOf loop_of) : loop_of_(std::move(loop_of)) {
    loop(std::nullopt);
}

void Router::changed(Declaration declaration) {
    const std::scoped_lock lock{routing_};
    route(std::move(declaration));
}

void Router::reroute(const ConnectionKey& key) {
    const std::scoped_lock lock{routing_};
    for (const auto kind : resources::kKinds) {
        for (const auto& object : keys(kind)) {
            if (const auto declaration = find(object);
                declaration && connection_of(*declaration) == key) {
                route(*declaration);
            }
        }
    }
}

void Router::route(Declaration declaration) {
    auto* const current = holder(declaration.key);
    auto& target = current != nullptr && !declaration.parsed.desired
                       ? *current
                       : loop(connection_of(declaration));
    if (current != nullptr && current != &target) {
        current->gone(declaration.key);
    }
    target.changed(std::move(declaration));
}

void Router::gone(const ObjectKey& key) {
    const std::scoped_lock lock{routing_};
    if (auto* const current = holder(key)) {
        current->gone(key);
    }
}

DeclarationPtr Router::find(const ObjectKey& key) const {
    for (const auto* const one : loops()) {
        if (auto found = one->find(key)) {
            return found;
        }
    }
    return nullptr;
}

std::vector<ObjectKey> Router::keys(resources::Kind kind) const {
    std::vector<ObjectKey> all;
    for (const auto* const one : loops()) {
        auto keys = one->keys(kind);
        std::move(keys.begin(), keys.end(), std::back_inserter(all));
    }
    return all;
}

Intake* Router::holder(const ObjectKey& key) const {
    const auto all = loops();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const auto* one) { return one->find(key); });
    return found == all.end() ? nullptr : *found;
}

std::vector<Intake*> Router::loops() const {
    return loops_.with_lock([](const auto& loops) { return loops; });
}

Intake& Router::loop(const std::optional<ConnectionKey>& key) {
    auto& found = loop_of_(key);
    loops_.with_lock([&](auto& loops) {
        if (std::find(loops.begin(), loops.end(), &found) == loops.end()) {
            loops.push_back(&found);
        }
    });
    return found;
}

}  // namespace headgate::controller
