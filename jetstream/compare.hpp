// What the server makes of a configuration, so that a comparison finds differences that matter and
// no others: defaults it fills in, values it derives, fields its generation does not keep, and
// fields it will not change. Pure; every rule is nats-server's, checked against 2.9 to 2.15.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/fields/change.hpp"
#include "jetstream/info.hpp"
#include "jetstream/server_level.hpp"
#include "jetstream/settings.hpp"

namespace headgate::jetstream {

/// `desired` as a server that holds `observed` would store it: what is left open is what the server
/// derives, and what other settings force is what it forces. A pause that is over at `now` is none.
[[nodiscard]] StreamSettings as_stored(StreamSettings desired,
                                       const StreamSettings& observed,
                                       ServerLevel level);
[[nodiscard]] ConsumerSettings as_stored(ConsumerSettings desired,
                                         const ConsumerSettings& observed,
                                         const StreamSettings& stream,
                                         const ServerInfo& server,
                                         Timestamp now);

/// The origin whose allowDirect becomes the mirrorDirect of a mirror that declares none, on every
/// create and update, where the server can see the origin (nats-server: checkStreamCfg); null: it
/// stays as it is sent.
[[nodiscard]] const StreamSource* followed_origin(const StreamSettings& desired);

/// What an update must say so that a server that holds `observed` makes `desired` of it: it takes
/// what sealing forced, left out, for an attempt to take it back, and drops the duplicate window
/// that some client gave a mirror or a stream with sources.
[[nodiscard]] StreamSettings as_sent(StreamSettings desired, const StreamSettings& observed);

/// Whether the consumer delivers nothing at `now`.
[[nodiscard]] bool is_paused(const ConsumerSettings& consumer, Timestamp now);

/// `observed` with every field left open that a server which holds `fresh` would fill in just so.
[[nodiscard]] StreamSettings without_derived(const StreamSettings& observed,
                                             const StreamSettings& fresh,
                                             ServerLevel level);
[[nodiscard]] ConsumerSettings without_derived(const ConsumerSettings& observed,
                                               const StreamSettings& stream,
                                               const ServerInfo& server,
                                               Timestamp now);

/// Fields in which they differ, observed to desired.
[[nodiscard]] fields::Changes differences(const StreamSettings& observed,
                                          const StreamSettings& desired);
[[nodiscard]] fields::Changes differences(const ConsumerSettings& observed,
                                          const ConsumerSettings& desired);

/// A field that is set and that servers before `level` do not keep; named by its path
/// ("sources[1].subjectTransforms").
struct LevelNeed {
    fields::Change field;
    int level = 0;
};

/// What of `settings` a server of `level` would drop or refuse.
[[nodiscard]] std::vector<LevelNeed> beyond(const StreamSettings& settings, ServerLevel level);
[[nodiscard]] std::vector<LevelNeed> beyond(const ConsumerSettings& settings, ServerLevel level);

/// Why the server would refuse this change of a stream, and what to do about it; none: it would
/// not.
[[nodiscard]] std::optional<std::string> immutable_because(const fields::Change& change,
                                                           const StreamSettings& observed,
                                                           const StreamSettings& desired,
                                                           ServerLevel level);

/// Whether the server refuses this change of a consumer, so that it would have to be made anew.
[[nodiscard]] bool needs_recreation(const fields::Change& change);

/// Every subject that `narrow` matches, `wide` matches too. An empty one means all.
[[nodiscard]] bool covers(std::string_view wide, std::string_view narrow);

/// Likewise for the filters of two consumers, where none at all means every subject.
[[nodiscard]] bool covers(const std::vector<std::string>& wide,
                          const std::vector<std::string>& narrow);

/// Some subject matches both. An empty one means all.
[[nodiscard]] bool overlap(std::string_view left, std::string_view right);

}  // namespace headgate::jetstream
