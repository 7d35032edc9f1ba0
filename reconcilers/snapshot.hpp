// All streams at once, as one list had them: what spares a look at each while everything is as
// declared. Nothing is done upon it but to make what it did not have.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "jetstream/info.hpp"
#include "jetstream/names.hpp"
#include "reconcilers/declaration.hpp"

namespace headgate::reconcilers {

/// A valid declaration that holds as it is, its status too.
struct Settlement {
    DeclarationPtr declaration;
    std::uint64_t fingerprint = 0;  ///< Of its stream, as jetstream::ListedStream has it.

    [[nodiscard]] const jetstream::StreamName& stream() const {
        return declaration->parsed.desired->stream.name;
    }
};

/// By stream, which several may name.
using Settlements = std::vector<Settlement>;

/// Those of one stream.
[[nodiscard]] inline std::span<const Settlement> about(const Settlements& all,
                                                       const jetstream::StreamName& stream) {
    const auto first = std::lower_bound(
        all.begin(), all.end(), stream, [](const Settlement& one, const auto& name) {
            return one.stream() < name;
        });
    const auto last = std::find_if_not(
        first, all.end(), [&](const Settlement& one) { return one.stream() == stream; });
    return {first, last};
}

/// Of thousands of streams that are as declared it keeps only whose they are.
struct Snapshot {
    /// Over which connection it was read: another one may lead to another server.
    std::uint64_t epoch = 0;
    /// Those that are declared and need more than a glance. One that is neither here nor settled
    /// did not exist.
    std::map<jetstream::StreamName, jetstream::StreamInfo> streams;
    Settlements settled;

    /// Nothing is to be done about this very declaration, and nothing new to be said.
    [[nodiscard]] bool settles(const Declaration& declaration) const {
        const auto same = settled_for(declaration);
        return std::any_of(same.begin(), same.end(), [&](const Settlement& one) {
            return one.declaration.get() == &declaration;
        });
    }

    /// The stream was as declared, but that was before the declaration became this one.
    [[nodiscard]] bool is_outdated_for(const Declaration& declaration) const {
        return !settled_for(declaration).empty() && !settles(declaration);
    }

private:
    [[nodiscard]] std::span<const Settlement> settled_for(const Declaration& declaration) const {
        const auto& desired = declaration.parsed.desired;
        return desired ? about(settled, desired->stream.name) : std::span<const Settlement>{};
    }
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

}  // namespace headgate::reconcilers
