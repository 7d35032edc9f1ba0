// What there is for a declaration, on the server and beside it, and what is to be made of that.
// Changes nothing, anywhere. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/call.hpp"
#include "core/guarded.hpp"
#include "core/result.hpp"
#include "jetstream/api.hpp"
#include "reconcilers/declarations.hpp"
#include "reconcilers/made_before.hpp"
#include "reconcilers/memory.hpp"
#include "reconcilers/options.hpp"
#include "reconcilers/plan.hpp"
#include "reconcilers/snapshot.hpp"

namespace headgate::reconcilers {

struct Considered {
    Situation situation;
    Decision decision;
};

class Observer {
public:
    /// All of them must outlive it.
    Observer(jetstream::Api& jetstream,
             const Declarations& declarations,
             const Memory& memory,
             const ReconcilerOptions& options,
             const Clock& clock);

    /// Over the connection there is now, and no other.
    [[nodiscard]] core::Call bound(core::Call call) const;

    /// As Reconciler::snapshot.
    [[nodiscard]] core::Result<SnapshotPtr> snapshot(const core::Call& call);

    /// Whether to make the stream of a valid declaration without a look for it: the object is new,
    /// the last list had no such stream, and where there is one by now, the server refuses.
    [[nodiscard]] bool may_go_unseen(const Declaration& declaration, const core::Call& call);

    /// For a declaration that is valid. `seen`, where there is one, spares the look at its stream.
    [[nodiscard]] core::Result<Situation> observe(const Declaration& declaration,
                                                  const core::Call& call,
                                                  const Snapshot* seen = nullptr);

    /// Where something would be lost, the server is asked how much before anything is said or done.
    [[nodiscard]] core::Result<Decision> decide_on(Situation& situation, const core::Call& call);

    /// Both; `seen` is gone by for as long as it suffices.
    [[nodiscard]] core::Result<Considered> consider(const Declaration& declaration,
                                                    const Snapshot* seen,
                                                    const core::Call& call);

    /// Not part of every look: it costs the server a walk over all its streams. Without an answer
    /// there is no warning, and nothing else depends on it.
    void look_for_overlaps(Situation& situation, const core::Call& call);

private:
    /// What the last list found, and what else that went by.
    struct Known {
        std::uint64_t epoch = 0;
        jetstream::ServerInfo server;
        Settlements settled;
        std::vector<std::size_t> names;  ///< Of all streams, as hashes in order.

        /// Maybe also for one that it has not.
        [[nodiscard]] bool has(const jetstream::StreamName& stream) const;

        [[nodiscard]] bool is_of(const jetstream::ServerInfo& other) const {
            return server.level == other.level && server.limits == other.limits &&
                   server.tiers == other.tiers;
        }
    };

    [[nodiscard]] std::shared_ptr<const Known> last_known() const;
    /// Whether the stream is nobody's, or all is as it was when it was settled `before`.
    bool pass_over(const jetstream::ListedStream& stream,
                   const Settlements& before,
                   Snapshot& snapshot) const;
    /// Puts it into the snapshot, as settled where it is.
    void glance(jetstream::StreamInfo stream, Snapshot& snapshot, const core::Call& call);
    /// `seen`: the declaration's stream and no other.
    [[nodiscard]] bool needs_nothing(const Declaration& declaration,
                                     const Snapshot& seen,
                                     const core::Call& call);
    core::Result<std::optional<jetstream::StreamInfo>> look(const jetstream::StreamName& stream,
                                                            const Snapshot* seen,
                                                            const core::Call& call);
    core::Status follow_origin(Situation& situation, const core::Call& call);
    core::Status look_for_rename(Situation& situation, const core::Call& call);
    template <class Settings>
    void note_signer(const Settings& settings, Situation& situation) const;
    [[nodiscard]] std::optional<ObjectKey> rival_of(const Declaration& declaration,
                                                    const resources::Desired& desired) const;

    jetstream::Api& jetstream_;
    const Declarations& declarations_;
    const Memory& memory_;
    const ReconcilerOptions& options_;
    const Clock& clock_;
    MadeBefore made_before_;
    core::Guarded<std::shared_ptr<const Known>> known_;
};

}  // namespace headgate::reconcilers
