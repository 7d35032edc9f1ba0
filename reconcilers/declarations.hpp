// All declarations there are, by key and by the stream they claim; and the port through which a
// reconciler writes back to where they come from. Many readers, any thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "core/call.hpp"
#include "core/guarded.hpp"
#include "core/result.hpp"
#include "reconcilers/declaration.hpp"

namespace headgate::reconcilers {

class Declarations {
public:
    /// Puts or replaces one. Gives back the keys whose claim this may decide anew: rivals for the
    /// stream it claims now or claimed before, itself not among them.
    std::vector<ObjectKey> put(Declaration declaration);

    /// Gives back the rivals of its claim.
    std::vector<ObjectKey> remove(const ObjectKey& key);

    /// Null: there is none.
    [[nodiscard]] DeclarationPtr find(const ObjectKey& key) const;

    /// All of them, in key order.
    [[nodiscard]] std::vector<DeclarationPtr> all() const;

    /// Those that claim `stream` for management, in the order in which claims win: age, then
    /// namespace and name, then kind (contract: claims).
    [[nodiscard]] std::vector<DeclarationPtr> claimants(const jetstream::StreamName& stream) const;

    /// All valid ones that are about `stream`, those that only observe it included, in key order.
    [[nodiscard]] std::vector<DeclarationPtr> naming(const jetstream::StreamName& stream) const;

    /// What this program itself wrote, so that the next look does not depend on the source's echo.
    /// Nothing happens when the object is gone or another one by now.
    void note_status(const Declaration& of, resources::ObjectStatus status);
    void note_finalizers(const Declaration& of, std::vector<std::string> finalizers);

    /// How many there are for each kind and reason of Ready; no reason yet counts as Reconciling.
    [[nodiscard]] std::map<std::pair<Kind, resources::Reason>, std::size_t> count() const;

private:
    struct State {
        std::map<ObjectKey, DeclarationPtr> by_key;
        std::map<jetstream::StreamName, std::set<ObjectKey>> by_stream;  ///< As naming().
    };

    static void add_claimants(const State& state,
                              const std::set<ObjectKey>& named,
                              std::set<ObjectKey>& to);
    /// The rivals that it leaves its claim to.
    static std::set<ObjectKey> leave(State& state, const Declaration& declaration);

    core::Guarded<State> state_;
};

/// Writes to where a declaration came from. Errors as of the source: NotFound when the object is
/// gone, Conflict when it changed underneath (look again), Unavailable, OutcomeUnknown, Forbidden.
class DeclarationWriter {
public:
    virtual ~DeclarationWriter() = default;

    virtual core::Status write_status(const Declaration& of,
                                      const resources::ObjectStatus& status,
                                      const core::Call& call) = 0;

    /// Both give back the finalizers the object has now.
    virtual core::Result<std::vector<std::string>> add_finalizer(const Declaration& to,
                                                                 const core::Call& call) = 0;
    virtual core::Result<std::vector<std::string>> remove_finalizer(const Declaration& from,
                                                                    const core::Call& call) = 0;
};

}  // namespace headgate::reconcilers
