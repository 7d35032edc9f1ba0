// What plan, apply, delete and get have in common: manifests read and complained about, one
// connection that is there or not, and every object worked on until it settles.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cli/app.hpp"
#include "cli/console.hpp"
#include "cli/options.hpp"
#include "cli/tables.hpp"
#include "core/result.hpp"
#include "reconcilers/declarations.hpp"
#include "reconcilers/reconciler.hpp"

namespace headgate::cli {

struct Manifests {
    reconcilers::Declarations declarations;
    /// All keys, valid or not, in the order of files and documents.
    std::vector<resources::ObjectKey> keys;
    bool has_problems = false;
    /// Why `--prune` must not act on them; empty: it may.
    std::string why_not_prune;
};

/// Reads the options' files into `manifests`; what is wrong and what is worth noting goes to
/// standard error, all of it.
void read_manifests(const Options& options, const Console& console, Manifests& manifests);

/// Connects, or says why not after five seconds or the first refusal.
[[nodiscard]] core::Result<std::unique_ptr<NatsAccess>> connect(const Options& options);

/// What was learnt of one object, and whether another look a moment later may learn more.
struct Look {
    ObjectState state;
    bool settled = true;
};

using LookAt = std::function<Look(const reconcilers::DeclarationPtr&, const core::Call&)>;

/// Looks at every object, a few at a time, and again at what has not settled, for half a minute at
/// most. States in the order of the manifests' keys.
[[nodiscard]] std::vector<ObjectState> look_at_all(const Manifests& manifests, const LookAt& look);

/// The keys in rounds: what mirrors or sources another declared stream comes in a later round than
/// that one. Streams that wait for each other share the last round.
[[nodiscard]] std::vector<std::vector<resources::ObjectKey>> rounds_of(
    const reconcilers::Declarations& declarations, std::span<const resources::ObjectKey> keys);

/// What an error of the server makes of an object that nothing was done to.
[[nodiscard]] Look look_of(const reconcilers::Declaration& declaration, const core::Error& error);

/// Reads, connects, looks and prints; `text` prints the states for people. Gives the exit code.
/// `look` is made once there is a connection.
[[nodiscard]] int run_one_shot(
    const Options& options,
    const Console& console,
    const std::function<LookAt(jetstream::Api&, Manifests&)>& make_look,
    const std::function<std::string(std::span<const ObjectState>)>& text);

}  // namespace headgate::cli
