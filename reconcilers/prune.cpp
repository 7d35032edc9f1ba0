#include "reconcilers/prune.hpp"

#include <utility>

#include "reconcilers/standing.hpp"

namespace headgate::reconcilers {

std::vector<Declaration> orphans(std::span<const jetstream::StreamInfo> streams,
                                 std::string_view instance,
                                 const Declarations& declarations) {
    std::vector<Declaration> found;
    for (const auto& stream : streams) {
        auto seen = strip(stream.settings);
        const auto key = seen.signature && seen.signature->instance == instance
                             ? signing_object(*seen.signature)
                             : std::nullopt;
        if (!key || declarations.find(*key) ||
            !declarations.claimants(seen.settings.name).empty()) {
            continue;
        }
        resources::Desired desired{.stream = std::move(seen.settings)};
        desired.policies.deletion =
            core::from_name<resources::DeletionPolicy>(seen.signature->deletion_policy)
                .value_or(resources::DeletionPolicy::Retain);
        Declaration orphan{.key = *key, .deleting = true};
        orphan.status.stream = desired.stream.name.value();
        orphan.parsed.desired = std::move(desired);
        found.push_back(std::move(orphan));
    }
    return found;
}

}  // namespace headgate::reconcilers
