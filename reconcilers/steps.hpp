// Act: the steps of a decision, carried out in order, each one request. The only code that changes
// a server's streams and consumers, but for the deletion of a stream (reconcilers/removal).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/call.hpp"
#include "core/result.hpp"
#include "jetstream/api.hpp"
#include "reconcilers/plan.hpp"

namespace headgate::reconcilers {

/// What came of the steps so far, kept also where one fails.
struct Carried {
    std::vector<std::string>
        done;             ///< "create stream ORDERS", "update consumer a of stream ORDERS".
    std::string created;  ///< The stream's, as last answered; empty: no step was about it.
    Residue residue;  ///< What the server did not keep, by what was written; empty where all was.
    std::map<std::string, std::string>
        refused;  ///< Consumers that are as they were, since the server refused what they became.
};

/// Stops at the first step that fails, with what it was about in front of the error. A refused
/// update of a consumer is tried once more after the steps that follow: they may make room for it.
[[nodiscard]] core::Status carry_out(jetstream::Api& jetstream,
                                     const Situation& situation,
                                     const std::vector<Step>& steps,
                                     Carried& carried,
                                     const core::Call& call);

}  // namespace headgate::reconcilers
