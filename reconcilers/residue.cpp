#include "reconcilers/residue.hpp"

#include <algorithm>
#include <utility>

#include "jetstream/compare.hpp"
#include "reconcilers/standing.hpp"

namespace headgate::reconcilers {

using fields::Changes;

const Changes& residue_for(const Residue& residue, const std::string& what) {
    static const Changes kNone;
    const auto found = residue.find(what);
    return found == residue.end() ? kNone : found->second;
}

Changes without(Changes changes, const Changes& accepted) {
    std::erase_if(changes, [&](const auto& change) {
        return std::find(accepted.begin(), accepted.end(), change) != accepted.end();
    });
    return changes;
}

Changes residue_of(const jetstream::StreamSettings& sent,
                   const jetstream::StreamSettings& stored,
                   jetstream::ServerLevel level) {
    return jetstream::differences(strip(stored).settings,
                                  jetstream::as_stored(strip(sent).settings, stored, level));
}

Changes residue_of(const jetstream::ConsumerSettings& sent,
                   const jetstream::ConsumerSettings& stored,
                   const jetstream::StreamSettings& stream,
                   const jetstream::ServerInfo& server) {
    // A pause is no matter of this write: another request sets it.
    auto expected = strip(sent).settings;
    expected.pause_until = stored.pause_until;
    return jetstream::differences(
        strip(stored).settings,
        jetstream::as_stored(std::move(expected), stored, stream, server, {}));
}

}  // namespace headgate::reconcilers
