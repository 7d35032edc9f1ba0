// What JetStream tells of changes while they happen (nats-server's advisories): a hint which stream
// to look at, never what it looks like now, and never certain to arrive. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "jetstream/names.hpp"

namespace headgate::jetstream {

enum class Touched { Created, Updated, Deleted, Paused };

/// Somebody has changed a stream, or one of its consumers.
struct Advisory {
    StreamName stream;
    std::optional<ConsumerName> consumer;
    Touched what = Touched::Updated;
    /// The server is done with it. Where it is not, what it deletes must not be made anew yet: a
    /// server first forgets a stream or consumer, tells of it, and then removes its files, those of
    /// a new one by the same name with them (nats-server 2.15, stream.stop and consumer.stop).
    bool over = true;

    friend bool operator==(const Advisory&, const Advisory&) = default;
};

/// From the connection's own threads: short, and never waiting for a request.
using OnAdvisory = std::function<void(const Advisory&)>;

/// What there is to subscribe to. Only the first shows updates of consumers, whose request it was,
/// and that it is over; the others what happens without a request: a consumer that expires, a
/// pause that ends.
inline constexpr std::array<std::string_view, 4> kAdvisorySubjects{
    "$JS.EVENT.ADVISORY.API",
    "$JS.EVENT.ADVISORY.STREAM.DELETED.>",
    "$JS.EVENT.ADVISORY.CONSUMER.DELETED.>",
    "$JS.EVENT.ADVISORY.CONSUMER.PAUSE.>"};

/// Who listens, so that it does not hear of what it did itself. nats-server 2.9, and requests
/// through a leaf node, do not say whose they were: those it hears of too.
struct Listener {
    std::uint64_t client_id = 0;  ///< As the server counts its connections; 0: not known.
    std::string client_name;      ///< Of the connection; two servers may give one number twice.
    std::string domain;           ///< The JetStream domain it works in; empty: whatever is there.
};

/// Nothing: not about a configuration, refused by the server, the listener's own, another domain's,
/// or no advisory at all.
[[nodiscard]] std::optional<Advisory> parse_advisory(std::string_view payload,
                                                     const Listener& listener);

}  // namespace headgate::jetstream
