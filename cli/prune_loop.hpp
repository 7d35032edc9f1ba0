// `run --prune`: what vanished from the directory while nothing ran, handled once the server and a
// settled read of the directory allow it.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>

#include "cli/running.hpp"
#include "cli/tables.hpp"
#include "files/manifests.hpp"

namespace headgate::cli {

class PruneLoop {
public:
    /// Told what came of an orphan; settled: it is done with.
    using Show = std::function<void(const ObjectState& state, bool settled)>;

    /// All references must outlive it.
    PruneLoop(const Options& options, Running& running, const core::Log& log, Show show)
        : options_(options), running_(running), log_(log), show_(std::move(show)) {}

    /// Blocks until nothing is left to prune (true), or until `stop` or the deadline. What waits to
    /// become empty is looked at again and again; with a deadline, once, and a directory that
    /// allows no pruning leaves nothing to prune.
    bool run(const std::stop_token& stop,
             std::optional<std::chrono::steady_clock::time_point> deadline = std::nullopt);

private:
    enum class Round {
        Done,
        Blocked,  ///< Something waits to become empty.
        Refused,  ///< What the directory holds now allows none.
        Again,    ///< Not yet: the server is away, or the directory is changing.
    };

    Round round(const std::stop_token& stop);
    /// Whether it declares what is declared.
    [[nodiscard]] bool is_settled(const files::Loaded& loaded) const;
    void tell(const std::string& why);

    const Options& options_;
    Running& running_;
    const core::Log& log_;
    Show show_;
    std::string told_;
    /// What was told last of each stream: not again at every round.
    std::map<std::string, resources::Reason> shown_;
};

}  // namespace headgate::cli
