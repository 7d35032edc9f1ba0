// JetStream's advisories over a NATS connection.
#pragma once

#include "jetstream/advisories.hpp"
#include "jetstream/nats/connection_settings.hpp"
#include "jetstream/nats/listening.hpp"

namespace headgate::jetstream::nats {

/// What a connection with these settings has to listen to. `on_denied`: once for each subject and
/// link that the user may not subscribe to.
[[nodiscard]] Listening listen_to_advisories(const ConnectionSettings& settings,
                                             OnAdvisory on_advisory,
                                             std::function<void(const std::string&)> on_denied);

}  // namespace headgate::jetstream::nats
