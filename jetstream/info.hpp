// What a JetStream server says of itself, of a stream and of a consumer.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/json.hpp"
#include "core/units.hpp"
#include "jetstream/server_level.hpp"
#include "jetstream/settings.hpp"

namespace headgate::jetstream {

/// What the account may use (`limits` of account info). Absent: no limit, or none that shows.
struct AccountLimits {
    std::optional<std::int64_t> max_memory;         ///< Bytes of all memory streams together.
    std::optional<std::int64_t> max_file;           ///< Bytes of all file streams together.
    std::optional<std::int64_t> max_memory_stream;  ///< Bytes of one memory stream.
    std::optional<std::int64_t> max_file_stream;    ///< Bytes of one file stream.
    bool max_bytes_required = false;                ///< Every stream must state its maxBytes.
    std::optional<std::int64_t> max_ack_pending;    ///< Of one consumer.
    std::optional<std::int64_t> max_streams;
    std::optional<std::int64_t> max_consumers;

    friend bool operator==(const AccountLimits&, const AccountLimits&) = default;
};

struct ServerInfo {
    ServerLevel level = kServer2_9;
    /// "2.15.2" where the server says it, else the generation ("2.10").
    std::string version;
    std::string domain;
    std::uint64_t streams = 0;  ///< Of the account, as of when this was asked; so the next ones.
    std::uint64_t consumers = 0;
    std::uint64_t memory = 0;   ///< Bytes of memory streams.
    std::uint64_t storage = 0;  ///< Bytes of file streams.
    AccountLimits limits;
    /// By number of replicas; where there are any, `limits` says nothing.
    std::map<int, AccountLimits> tiers;

    /// Those for streams of so many replicas.
    [[nodiscard]] const AccountLimits& limits_for(int replicas) const {
        const auto tier = tiers.find(replicas);
        return tier == tiers.end() ? limits : tier->second;
    }
};

/// The server's own JSON of a configuration, kept so that an update sends back what this program
/// does not know. Opaque outside of the codec; may be null (nothing beyond).
using Beyond = std::shared_ptr<const core::Json>;

/// `STREAM.INFO` state, as far as decisions need it.
struct StreamState {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
    std::uint64_t first_sequence = 0;
    std::uint64_t last_sequence = 0;
    std::optional<Timestamp> first_time;
    std::optional<Timestamp> last_time;
    std::uint64_t subjects = 0;
    std::uint64_t deleted = 0;  ///< Sequences between first and last that hold no message.
    std::int64_t consumers = 0;
};

/// One stored message, without its body.
struct MessageInfo {
    std::uint64_t sequence = 0;
    std::string subject;
    Timestamp time{};
    std::string headers;     ///< As on the wire ("NATS/1.0\r\n..."); empty: none.
    std::uint64_t body = 0;  ///< Bytes.
};

struct StreamInfo {
    StreamSettings settings;
    StreamState state;
    /// When the server made it, verbatim. Another value means another stream by the same name.
    std::string created;
    /// The server's own time when it said all this (from 2.10 on).
    std::optional<Timestamp> observed_at;
    Beyond beyond;
    /// As ListedStream has it, where it came in a list; else 0.
    std::uint64_t fingerprint = 0;
};

struct ConsumerInfo {
    ConsumerSettings settings;
    bool durable = false;  ///< Else it is a client's, for as long as that is there.
    /// Made by a server to feed a mirror or a source (nats-server 2.14 on), and its alone.
    bool made_by_server = false;
    std::string created;
    std::uint64_t delivered = 0;        ///< Consumer sequence of the last delivery; 0: none yet.
    std::uint64_t acknowledged_to = 0;  ///< Stream sequence up to which everything is acknowledged.
    std::uint64_t pending = 0;          ///< Matching messages not yet delivered.
    std::uint64_t unacknowledged = 0;   ///< Delivered, not acknowledged.
    std::uint64_t redelivered = 0;      ///< Of those, delivered more than once.
    Beyond beyond;
};

}  // namespace headgate::jetstream
