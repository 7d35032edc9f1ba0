// Decide: from what is declared and what the server holds, the steps that make one the other, or
// why nothing may be done. Pure: the same situation gives the same plan, and no step is ever
// taken that this page of code did not allow.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "core/fields/change.hpp"
#include "core/units.hpp"
#include "jetstream/info.hpp"
#include "reconcilers/declaration.hpp"
#include "reconcilers/loss.hpp"
#include "reconcilers/residue.hpp"
#include "reconcilers/resources/status.hpp"
#include "reconcilers/warnings.hpp"

namespace headgate::reconcilers {

struct CreateStream {
    jetstream::StreamSettings settings;
};

struct UpdateStream {
    jetstream::StreamSettings settings;
    jetstream::Beyond beyond;
};

struct CreateConsumer {
    jetstream::ConsumerSettings settings;
    /// What was deleted to make room for it, and is made again where the server refuses it: as it
    /// was, from what is not acknowledged on.
    std::optional<jetstream::ConsumerSettings> former{};
};

struct UpdateConsumer {
    jetstream::ConsumerSettings settings;
    jetstream::Beyond beyond;
};

/// Nothing, or a time that is past: resumes.
struct PauseConsumer {
    jetstream::ConsumerName name;
    std::optional<core::Timestamp> until;
};

struct DeleteConsumer {
    jetstream::ConsumerName name;
};

using Step = std::variant<CreateStream,
                          UpdateStream,
                          CreateConsumer,
                          UpdateConsumer,
                          PauseConsumer,
                          DeleteConsumer>;

/// All that a decision depends on.
struct Situation {
    const Declaration* declaration = nullptr;
    /// The declaration's, after --replica-limit, and what that changed, in words.
    resources::Desired desired;
    std::string limited;
    jetstream::ServerInfo server;
    std::optional<jetstream::StreamInfo> stream;
    std::vector<jetstream::ConsumerInfo> consumers;
    std::string instance;
    /// Another declaration that claims the stream before this one.
    std::optional<ObjectKey> rival;
    /// Signers of the stream and of its consumers that are known to be gone, so that their
    /// signatures count for nothing.
    std::set<std::string> gone_signers;
    /// Signers of the stream and of its consumers that were declared beside this declaration and
    /// are not any more: what they made is this one's now, whatever its adoption policy.
    std::set<std::string> handed_over;
    /// The stream that this declaration made before it was given another stream's name.
    std::optional<jetstream::StreamName> made_before;
    /// `--adopt` of the command line.
    bool adopt = false;
    /// `--approve` of the command line; the declaration's annotation counts too.
    std::set<std::string> approvals;
    /// Hashes of the annotation that were carried out already.
    std::set<std::string> spent;
    /// Other streams whose subjects overlap with declared ones, by declared subject: of those that
    /// the server does not have yet, and where somebody asked.
    std::map<std::string, std::vector<jetstream::StreamName>> overlapping;
    Residue residue;
    /// Consumers that the server refused to make anew as declared, and its words.
    std::map<std::string, std::string> refused;
    /// What was found out of the loss, once a decision has left questions open.
    Evidence evidence;
    core::Timestamp now{};
};

struct Decision {
    /// What the status is to say when all steps have succeeded, or at once where there are none.
    resources::Report report;
    std::vector<Step> steps;
    /// What the steps change, or what would change and waits.
    std::vector<resources::PlannedChange> changes;
    /// Worth telling, and at the end of the report's message already.
    std::vector<Warning> warnings;
    /// More is to be done once these steps have settled on the server.
    bool unfinished = false;
    /// What the server should be asked before its figures are told, or acted on.
    std::set<Question> open;
    /// The plan that somebody approved, and that the steps now carry out; empty: nobody had to.
    std::string approved;
};

[[nodiscard]] Decision decide(const Situation& situation);

/// What is lost by them, for a person: "maxMessages nothing -> 2: drops 3 messages"; empty:
/// nothing.
[[nodiscard]] std::string losses_of(const std::vector<resources::PlannedChange>& changes);

}  // namespace headgate::reconcilers
