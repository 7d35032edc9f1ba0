// What a nats-server makes of a configuration: the fields each generation knows, the defaults it
// fills in, what it refuses and in which words (nats-server: checkStreamCfg, configUpdateCheck,
// setConsumerConfigDefaults, checkConsumerCfg, checkNewConsumerConfig). Pure, over the server's
// JSON.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "core/json.hpp"
#include "jetstream/server_level.hpp"

namespace headgate::fakes {

/// A server of a generation that this program knows nothing of: it has a field `future`.
inline constexpr auto kNewerServer =
    static_cast<jetstream::ServerLevel>(jetstream::kServer2_15 + 1);

/// How the server says no; thrown by the rules, caught where the reply is made.
struct Refusal {
    int code = 400;
    int err_code = 0;
    std::string description;
};

[[nodiscard]] int api_level(jetstream::ServerLevel level);

/// As stored: unknown fields dropped, or refused from 2.12 on; defaults filled in. Throws Refusal.
[[nodiscard]] core::Json normal_stream(const core::Json& request, jetstream::ServerLevel level);
[[nodiscard]] core::Json normal_consumer(const core::Json& request,
                                         const core::Json& stream,
                                         jetstream::ServerLevel level);

/// Throws Refusal where `from` may not become `to`; both as stored.
void check_stream_update(const core::Json& from,
                         const core::Json& to,
                         jetstream::ServerLevel level);
void check_consumer_update(const core::Json& from,
                           const core::Json& to,
                           jetstream::ServerLevel level);

/// Whether a message could match both.
[[nodiscard]] bool subjects_collide(std::string_view left, std::string_view right);

/// The subjects a consumer filters by, however written.
[[nodiscard]] core::Json filters_of(const core::Json& consumer);

/// Without the keys servers own ("_nats.*").
[[nodiscard]] core::Json without_server_metadata(core::Json config);

}  // namespace headgate::fakes
