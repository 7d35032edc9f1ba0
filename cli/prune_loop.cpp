#include "cli/prune_loop.hpp"

#include <set>
#include <span>
#include <utility>
#include <variant>

#include "cli/pruning.hpp"
#include "core/pause.hpp"
#include "files/read.hpp"
#include "reconcilers/prune.hpp"

namespace headgate::cli {

using core::Call;
using reconcilers::RecheckAfter;
using reconcilers::Settled;
using std::chrono::steady_clock;

namespace {

// Longer than a directory's own quiet time: what was being written when this program began is read
// by then.
constexpr std::chrono::milliseconds kSettle{600};
constexpr std::chrono::seconds kAgain{2};
constexpr std::chrono::seconds kBlocked{30};
constexpr std::chrono::seconds kListTime{20};

}  // namespace

bool PruneLoop::run(const std::stop_token& stop, std::optional<steady_clock::time_point> deadline) {
    for (steady_clock::duration wait = kSettle; !stop.stop_requested();) {
        core::pause(wait, stop);
        if (stop.stop_requested()) {
            return false;
        }
        const auto result = round(stop);
        if (result == Round::Done || (deadline && result == Round::Refused)) {
            return true;
        }
        wait = result == Round::Blocked ? steady_clock::duration{kBlocked} : kAgain;
        if (deadline && (result == Round::Blocked || steady_clock::now() + wait > *deadline)) {
            return false;
        }
    }
    return false;
}

PruneLoop::Round PruneLoop::round(const std::stop_token& stop) {
    const auto loaded = files::load_paths(std::span{options_.files}, {});
    if (const auto why = why_not_prune(loaded); !why.empty()) {
        tell(why);
        return Round::Refused;
    }
    if (!is_settled(loaded)) {
        return Round::Again;
    }
    const auto streams = running_.jetstream().list_streams(Call::within(kListTime, stop));
    if (!streams) {
        tell("nothing is pruned yet: " + streams.error().message);
        return Round::Again;
    }
    auto result = Round::Done;
    for (const auto& orphan :
         reconcilers::orphans(*streams, options_.instance, running_.declarations())) {
        // No stop token: what has begun is finished.
        const auto pass = running_.reconciler().prune(orphan, Call::within(kListTime));
        const auto state = orphan_state(orphan, pass);
        for (const auto& done : pass.done) {
            log_.info(
                done,
                {{"object", resources::to_text(orphan.key)}, {"reason", "no longer declared"}});
        }
        const auto [shown, is_new] = shown_.try_emplace(state.stream, state.reason);
        if (is_new || std::exchange(shown->second, state.reason) != state.reason) {
            show_(state, !std::holds_alternative<reconcilers::Retry>(pass.outcome));
        }
        if (std::holds_alternative<RecheckAfter>(pass.outcome)) {
            result = result == Round::Done ? Round::Blocked : result;
        } else if (!std::holds_alternative<Settled>(pass.outcome)) {
            result = Round::Again;
        }
    }
    return result;
}

bool PruneLoop::is_settled(const files::Loaded& loaded) const {
    std::set<resources::ObjectKey> read;
    for (const auto& declaration : loaded.declarations) {
        read.insert(declaration.key);
    }
    std::set<resources::ObjectKey> declared;
    for (const auto& declaration : running_.declarations().all()) {
        if (!declaration->deleting) {
            declared.insert(declaration->key);
        }
    }
    return read == declared;
}

void PruneLoop::tell(const std::string& why) {
    if (why != std::exchange(told_, why)) {
        log_.warning(why);
    }
}

}  // namespace headgate::cli
