// Differences that remain after a write of ours: what a server does not keep. Remembered, so that
// they are not written again and again, and told, so that nobody takes them for applied. Pure.
#pragma once

#include <map>
#include <string>

#include "core/fields/change.hpp"
#include "jetstream/info.hpp"
#include "jetstream/server_level.hpp"
#include "jetstream/settings.hpp"

namespace headgate::reconcilers {

/// By "" for the stream and by consumer name.
using Residue = std::map<std::string, fields::Changes>;

/// What of it concerns `what`; nothing where nothing does.
[[nodiscard]] const fields::Changes& residue_for(const Residue& residue, const std::string& what);

/// What is left of `changes` without those that are known not to be kept.
[[nodiscard]] fields::Changes without(fields::Changes changes, const fields::Changes& accepted);

/// What stays different between what was sent and what the server made of it, declared or not.
[[nodiscard]] fields::Changes residue_of(const jetstream::StreamSettings& sent,
                                         const jetstream::StreamSettings& stored,
                                         jetstream::ServerLevel level);
[[nodiscard]] fields::Changes residue_of(const jetstream::ConsumerSettings& sent,
                                         const jetstream::ConsumerSettings& stored,
                                         const jetstream::StreamSettings& stream,
                                         const jetstream::ServerInfo& server);

}  // namespace headgate::reconcilers
