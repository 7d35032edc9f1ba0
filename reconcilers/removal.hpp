// What becomes of a stream when its declaration goes: kept, waited for, or deleted (contract:
// deletion). The only code that deletes a stream.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/call.hpp"
#include "core/result.hpp"
#include "jetstream/api.hpp"
#include "reconcilers/declaration.hpp"
#include "reconcilers/plan.hpp"

namespace headgate::reconcilers {

/// Whether its stream may have to go with it: such an object needs the finalizer.
[[nodiscard]] bool may_delete_stream(const resources::Desired& desired);

struct Removal {
    /// Deleting, with "delete" among the changes or why nothing is deleted in the message;
    /// NotOwned; or DeletionBlocked.
    Decision decision;
    /// The stream, as looked at, where it is to be deleted.
    std::optional<jetstream::StreamInfo> stream;
    /// It was found empty, and is deleted only while it is.
    bool only_if_unchanged = false;
    /// "delete stream ORDERS", once it is.
    std::vector<std::string> done;
};

/// What removing `declaration` would do; only looks. An error: the server could not be asked.
[[nodiscard]] core::Result<Removal> assess_removal(jetstream::Api& jetstream,
                                                   const Declaration& declaration,
                                                   std::string_view instance,
                                                   const core::Call& call);

/// Carries out what `removal` says. What was empty is looked at again right before: where anything
/// arrived meanwhile, `removal` says DeletionBlocked afterwards, and nothing is deleted.
[[nodiscard]] core::Status carry_out(jetstream::Api& jetstream,
                                     Removal& removal,
                                     const core::Call& call);

/// Whether a key whose last message has these headers is deleted: a delete or purge of a client
/// (ADR-8), or a marker that the server left for an expired one (ADR-43).
[[nodiscard]] bool is_tombstone(std::string_view headers);

}  // namespace headgate::reconcilers
