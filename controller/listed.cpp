#include "controller/listed.hpp"

namespace headgate::controller {

using reconcilers::SnapshotPtr;
using resources::ObjectKey;

void Listed::begin() {
    state_.with_lock([](State& state) {
        state.moved.clear();
        state.reading = true;
    });
}

void Listed::forget() {
    state_.with_lock([](State& state) { state.ready.clear(); });
}

void Listed::moved(const ObjectKey& key) {
    state_.with_lock([&](State& state) {
        state.ready.erase(key);
        if (state.reading) {
            state.moved.insert(key);
        }
    });
}

std::vector<ObjectKey> Listed::end(const std::vector<ObjectKey>& keys,
                                   const SnapshotPtr& snapshot) {
    return state_.with_lock([&](State& state) {
        std::vector<ObjectKey> still;
        for (const auto& key : keys) {
            if (state.moved.contains(key)) {
                continue;
            }
            still.push_back(key);
            if (snapshot) {
                state.ready[key] = snapshot;
            }
        }
        state.moved.clear();
        state.reading = false;
        return still;
    });
}

SnapshotPtr Listed::take(const ObjectKey& key) {
    return state_.with_lock([&](State& state) {
        const auto found = state.ready.find(key);
        if (found == state.ready.end()) {
            return SnapshotPtr{};
        }
        auto snapshot = std::move(found->second);
        state.ready.erase(found);
        return snapshot;
    });
}

}  // namespace headgate::controller
