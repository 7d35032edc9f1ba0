#include "kube/token_source.hpp"

#include <utility>

namespace headgate::kube {

TokenSource::TokenSource(core::Secret token) : state_(State{std::move(token), std::nullopt}) {}

TokenSource::TokenSource(Read read, Now now) : read_(std::move(read)), now_(std::move(now)) {}

core::Result<core::Secret> TokenSource::current() {
    const auto known = state_.with_lock([](const State& state) { return state; });
    if (!read_ || (known.read_at && now_() - *known.read_at < kReadAgainAfter)) {
        return known.token;
    }
    auto token = read_again();
    return token || known.token.empty() ? token : known.token;
}

bool TokenSource::renew(const core::Secret& refused) {
    const auto known = state_.with_lock([](const State& state) { return state.token; });
    if (!read_ || known.reveal() != refused.reveal()) {
        return known.reveal() != refused.reveal();
    }
    const auto token = read_again();
    return token && token->reveal() != refused.reveal();
}

core::Result<core::Secret> TokenSource::read_again() {
    // Outside the lock; that two threads may read at once costs nothing.
    auto token = read_();
    const auto now = now_();
    state_.with_lock([&](State& state) {
        // A failure counts as read too: the next try is a minute later, not with each request.
        state.read_at = now;
        if (token) {
            state.token = *token;
        }
    });
    return token;
}

}  // namespace headgate::kube
