#include "jetstream/nats/advisory_listener.hpp"

#include <utility>

namespace headgate::jetstream::nats {

Listening listen_to_advisories(const ConnectionSettings& settings,
                               OnAdvisory on_advisory,
                               std::function<void(const std::string&)> on_denied) {
    return Listening{
        .subjects = {kAdvisorySubjects.begin(), kAdvisorySubjects.end()},
        .on_message =
            [name = settings.name, domain = settings.js_domain, tell = std::move(on_advisory)](
                const Heard& heard) {
                const auto advisory = parse_advisory(
                    heard.payload,
                    {.client_id = heard.client_id, .client_name = name, .domain = domain});
                if (advisory) {
                    tell(*advisory);
                }
            },
        .on_denied = std::move(on_denied)};
}

}  // namespace headgate::jetstream::nats
