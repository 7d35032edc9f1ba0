// Who this program is to the API server and whom it trusts, as of now: tokens, certificates and the
// CA are renewed while it runs, in files or by a credential plugin, and nobody restarts it for
// that.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "core/result.hpp"
#include "core/secret.hpp"
#include "kube/connection_settings.hpp"
#include "kube/token_source.hpp"

namespace headgate::kube::rest {

/// Safe to use from many threads.
class Identity {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    struct Clocks {
        std::function<TimePoint()> now;
        std::function<std::chrono::system_clock::time_point()> wall;
    };

    /// CA and client certificate files are read again so often, and when something failed.
    static constexpr std::chrono::seconds kReadAgainAfter{60};

    Identity(ConnectionSettings settings, Clocks clocks);

    /// Forbidden: the file is empty or gone, or the plugin failed. Runs the plugin where there is
    /// one and its credential has expired; meanwhile others wait.
    [[nodiscard]] core::Result<core::Secret> token();

    /// After a 401 to `refused`. True: something is another now, a second try makes sense.
    [[nodiscard]] bool renew(const core::Secret& refused);

    /// With the certificates of now; the same pointer for as long as they stay the same. What
    /// cannot be read, or is no usable PEM, leaves those before in place: it may be half written.
    [[nodiscard]] std::shared_ptr<const ConnectionSettings> settings();

    /// No connection came about: the next look at the files is now.
    void doubt();

private:
    core::Status ask();
    void read_files();
    void take(ConnectionSettings changed);

    Clocks clocks_;
    std::function<core::Result<Credential>()> ask_credential_;  ///< Empty: there is no plugin.
    std::mutex mutex_;  ///< Guards the settings and what is read into them.
    std::shared_ptr<const ConnectionSettings> settings_;
    std::optional<TimePoint> read_at_;
    std::mutex asking_;  ///< One plugin at a time.
    std::optional<Credential> credential_;
    std::unique_ptr<TokenSource> tokens_;
};

}  // namespace headgate::kube::rest
