// All streams at once, as one list had them: what spares a look at each while everything is as
// declared. Never what anything is done upon.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "jetstream/info.hpp"
#include "jetstream/names.hpp"
#include "reconcilers/declaration.hpp"

namespace headgate::reconcilers {

/// Of thousands of streams that are as declared it keeps only whose they are.
struct Snapshot {
    /// Over which connection it was read: another one may lead to another server.
    std::uint64_t epoch = 0;
    /// Those that are declared and need more than a glance. One that is neither here nor settled
    /// did not exist.
    std::map<jetstream::StreamName, jetstream::StreamInfo> streams;
    /// Valid declarations of the others, which hold as they are, their status too; by stream.
    std::vector<DeclarationPtr> settled;

    /// Nothing is to be done about this very declaration, and nothing new to be said.
    [[nodiscard]] bool settles(const Declaration& declaration) const {
        return about(declaration, [&](const Declaration& other) { return &other == &declaration; });
    }

    /// The stream was as declared, but that was before the declaration became this one.
    [[nodiscard]] bool is_outdated_for(const Declaration& declaration) const {
        return about(declaration, [](const Declaration&) { return true; }) && !settles(declaration);
    }

    /// Stream of a declaration that is valid.
    [[nodiscard]] static const jetstream::StreamName& stream_of(const DeclarationPtr& declaration) {
        return declaration->parsed.desired->stream.name;
    }

private:
    template <class Claim>
    [[nodiscard]] bool about(const Declaration& declaration, Claim claim) const {
        if (!declaration.parsed.desired) {
            return false;
        }
        const auto& stream = declaration.parsed.desired->stream.name;
        auto found = std::lower_bound(
            settled.begin(), settled.end(), stream, [](const auto& one, const auto& name) {
                return stream_of(one) < name;
            });
        for (; found != settled.end() && stream_of(*found) == stream; ++found) {
            if (claim(**found)) {
                return true;
            }
        }
        return false;
    }
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

}  // namespace headgate::reconcilers
