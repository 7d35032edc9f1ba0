// What a reconciler is told at its start: whose it is, and what it may do.
#pragma once

#include <chrono>
#include <functional>
#include <set>
#include <string>

#include "core/result.hpp"
#include "core/units.hpp"
#include "reconcilers/declaration.hpp"

namespace headgate::reconcilers {

/// InvalidSpec where the declaration names a connection.
[[nodiscard]] core::Status only_without_connection(const Declaration& declaration);

struct ReconcilerOptions {
    std::string instance = "headgate";
    /// 0: no cap.
    int replica_limit = 0;
    /// How long what a status says stands while the server cannot be reached.
    std::chrono::milliseconds outage_grace{30'000};
    /// Takes over unsigned assets, whatever the policy.
    bool adopt = false;
    /// Hashes of plans that may lose what they say.
    std::set<std::string> approvals;
    /// An object that is not among the declarations does not exist: only where they are all there
    /// are, and complete.
    std::function<bool()> knows_all_signers = [] { return true; };
    /// An asset that another declaration claims is not deleted with the one that goes: in a
    /// directory a declaration that is renamed goes, and comes as another.
    bool keeps_what_others_claim = false;
    /// What this signer made goes to whoever claims it now: it was declared, and is not any more.
    std::function<bool(const ObjectKey&)> has_departed = [](const ObjectKey&) { return false; };
    /// Whether the declaration may be about the server this is for. InvalidSpec: it names a
    /// connection, and must not. By default all that name one: only the operator knows others.
    std::function<core::Status(const Declaration&)> may_use = only_without_connection;
    /// A declaration, wherever it is kept; by default among this reconciler's own.
    std::function<DeclarationPtr(const ObjectKey&)> find_anywhere{};
    /// Tells by the signatures on the server whether a declaration was given another stream's name.
    /// Where a Kubernetes API keeps the declarations, a rule of its own tells.
    bool looks_for_renames = false;
};

/// Injected time, so that tests decide what it is.
struct Clock {
    std::function<std::chrono::steady_clock::time_point()> steady = [] {
        return std::chrono::steady_clock::now();
    };
    std::function<core::Timestamp()> wall = [] {
        return std::chrono::time_point_cast<std::chrono::nanoseconds>(
            std::chrono::system_clock::now());
    };
};

}  // namespace headgate::reconcilers
