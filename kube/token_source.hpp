// The bearer token at hand: fixed, or from a file that the kubelet renews. When to read again is
// decided here; reading and the clock come from outside.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "core/guarded.hpp"
#include "core/result.hpp"
#include "core/secret.hpp"

namespace headgate::kube {

/// Safe to use from many threads.
class TokenSource {
public:
    using TimePoint = std::chrono::steady_clock::time_point;
    using Read = std::function<core::Result<core::Secret>()>;
    using Now = std::function<TimePoint()>;

    /// As client-go does; projected tokens live an hour and are renewed at 80 % of it.
    static constexpr std::chrono::seconds kReadAgainAfter{60};

    /// Always `token`, which may be empty: no Authorization header then.
    explicit TokenSource(core::Secret token);

    TokenSource(Read read, Now now);

    /// The token, read again where it is older than a minute. A file that cannot be read now keeps
    /// the token read before; its error where there is none.
    [[nodiscard]] core::Result<core::Secret> current();

    /// Reads at once, after the server refused `refused` (401). True: there is another one now, a
    /// second try makes sense.
    [[nodiscard]] bool renew(const core::Secret& refused);

private:
    struct State {
        core::Secret token;
        std::optional<TimePoint> read_at;
    };

    core::Result<core::Secret> read_again();

    Read read_;  ///< Empty: the token is fixed.
    Now now_;
    core::Guarded<State> state_;
};

}  // namespace headgate::kube
