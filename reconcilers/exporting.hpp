// The declarations that say what a server holds now: for each stream one that asks for nothing but
// to take it over. Pure, and checked against `decide` itself.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "jetstream/info.hpp"
#include "reconcilers/resources/kind.hpp"
#include "reconcilers/resources/resource.hpp"

namespace headgate::reconcilers {

/// A stream with all consumers it has.
struct Asset {
    jetstream::StreamInfo stream;
    std::vector<jetstream::ConsumerInfo> consumers;
};

struct Exported {
    std::string stream;
    resources::ObjectKey key;
    /// None: no manifest can say it; `notes` tell why.
    std::optional<resources::Desired> desired;
    /// What a person should know: why there is no manifest, what is not in it, what a plan of it
    /// says other than that the stream is taken over.
    std::vector<std::string> notes;
    /// What is only worth a comment beside it.
    std::vector<std::string> remarks;
};

/// In the order given. A stream that is a key-value bucket in full becomes a StateBucket, any other
/// a StreamConfig with its durable consumers; ephemeral ones and those that servers make for
/// themselves are left out. Values that the server derives stay open. What an object signed goes by
/// that object's namespace and name, anything else by its own name in the namespace `default`.
[[nodiscard]] std::vector<Exported> export_assets(std::span<const Asset> assets,
                                                  const jetstream::ServerInfo& server,
                                                  std::string_view instance,
                                                  core::Timestamp now);

}  // namespace headgate::reconcilers
