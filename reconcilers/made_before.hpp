// Which streams each object had made when somebody first asked: where no API server keeps a status,
// it shows that a declaration was given another stream's name. Thread-safe.
#pragma once

#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "core/call.hpp"
#include "core/guarded.hpp"
#include "core/result.hpp"
#include "jetstream/api.hpp"
#include "reconcilers/declaration.hpp"

namespace headgate::reconcilers {

class MadeBefore {
public:
    MadeBefore(jetstream::Api& jetstream, std::string_view instance)
        : jetstream_(jetstream), instance_(instance) {}

    /// A stream under another name than `now` that `object` made and that is still there; none: it
    /// made no other. All streams are listed at the first call that gets an answer, and never
    /// again. Where the listing is forbidden, or lacks a stream that is offline, nothing is known
    /// and nothing is found: one bad stream must not hold up all new ones.
    [[nodiscard]] core::Result<std::optional<jetstream::StreamName>> other_than(
        const jetstream::StreamName& now, const ObjectKey& object, const core::Call& call);

private:
    using Streams = std::map<ObjectKey, std::vector<jetstream::StreamName>>;

    core::Result<std::vector<jetstream::StreamName>> made_by(const ObjectKey& object,
                                                             const core::Call& call);
    [[nodiscard]] std::optional<ObjectKey> signer_of(const jetstream::StreamInfo& stream) const;

    jetstream::Api& jetstream_;
    std::string instance_;
    core::Guarded<std::optional<Streams>> listed_;
};

}  // namespace headgate::reconcilers
