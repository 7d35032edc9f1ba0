// What can be set on a stream and on a consumer, once: the member initialisers are the defaults,
// the tables in settings_tables.hpp name every field in both dialects. Values only.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/names.hpp"
#include "core/strong.hpp"
#include "core/units.hpp"
#include "jetstream/names.hpp"

namespace headgate::jetstream {

using core::Bytes;
using core::Duration;
using core::Timestamp;
using Metadata = std::map<std::string, std::string>;

enum class Storage { File, Memory };
enum class Retention { Limits, Interest, WorkQueue };
enum class Discard { Old, New };
enum class Compression { None, S2 };
enum class DeliverPolicy { All, Last, New, ByStartSequence, ByStartTime, LastPerSubject };
/// FlowControl is what servers give the consumers they make for mirrors and sources (from 2.14 on);
/// it cannot be declared.
enum class AckPolicy { Explicit, All, None, FlowControl };
enum class ReplayPolicy { Instant, Original };
enum class PersistMode { Default, Async };
/// Which of the clients that pull from one consumer are served (ADR-42).
enum class PriorityPolicy { None, Overflow, PinnedClient, Prioritized };

/// Whole percent; the wire writes it as text ("50").
using Percent = core::Strong<struct PercentTag, int>;

struct Placement {
    std::string cluster;
    std::vector<std::string> tags;

    friend bool operator==(const Placement&, const Placement&) = default;
};

struct SubjectTransform {
    std::string source;
    std::string destination;

    friend bool operator==(const SubjectTransform&, const SubjectTransform&) = default;
};

struct Republish {
    std::string source;
    std::string destination;
    bool headers_only = false;

    friend bool operator==(const Republish&, const Republish&) = default;
};

struct ExternalStream {
    std::string api;
    std::string deliver;

    friend bool operator==(const ExternalStream&, const ExternalStream&) = default;
};

/// A durable consumer, made beforehand on the origin, that a mirror or a source reads through
/// instead of one that the server makes (nats-server 2.14).
struct SourceConsumer {
    std::string name;
    std::string deliver_subject;

    friend bool operator==(const SourceConsumer&, const SourceConsumer&) = default;
};

/// Where a mirror or a source takes its messages from.
struct StreamSource {
    std::string name;
    std::optional<std::uint64_t> start_sequence;
    std::optional<Timestamp> start_time;
    std::string filter_subject;
    std::vector<SubjectTransform> subject_transforms;
    /// Sugar of manifests for `external.api: $JS.<domain>.API`; the wire has no such field.
    std::string domain;
    std::optional<ExternalStream> external;
    std::optional<SourceConsumer> consumer;

    friend bool operator==(const StreamSource&, const StreamSource&) = default;
};

/// Limits and defaults for the consumers of a stream.
struct ConsumerLimits {
    std::optional<Duration> inactive_threshold;
    std::optional<std::int64_t> max_ack_pending;

    friend bool operator==(const ConsumerLimits&, const ConsumerLimits&) = default;
};

struct StreamSettings {
    StreamName name;
    std::string description;
    std::vector<std::string> subjects;
    Retention retention = Retention::Limits;
    Storage storage = Storage::File;
    std::int32_t replicas = 1;
    std::optional<std::int64_t> max_messages;
    std::optional<std::int64_t> max_messages_per_subject;
    std::optional<Bytes> max_bytes;
    std::optional<Duration> max_age;
    std::optional<Bytes> max_message_size;
    std::optional<std::int64_t> max_consumers;
    Discard discard = Discard::Old;
    bool discard_new_per_subject = false;
    bool no_ack = false;
    /// Absent: the server derives it (two minutes, or the age limit where that is shorter).
    std::optional<Duration> duplicate_window;
    Compression compression = Compression::None;
    std::optional<Placement> placement;
    std::optional<StreamSource> mirror;
    std::vector<StreamSource> sources;
    std::optional<SubjectTransform> subject_transform;
    std::optional<Republish> republish;
    bool allow_direct = false;
    bool mirror_direct = false;
    bool allow_rollup = false;
    bool deny_delete = false;
    bool deny_purge = false;
    /// A server seals by an update only, for good, and then forces five other fields (as_stored).
    bool sealed = false;
    std::optional<std::uint64_t> first_sequence;
    std::optional<ConsumerLimits> consumer_limits;
    bool allow_msg_ttl = false;
    /// Implies allow_msg_ttl and allow_rollup on the server.
    std::optional<Duration> subject_delete_marker_ttl;
    bool allow_msg_counter = false;
    bool allow_atomic_publish = false;
    bool allow_batch_publish = false;
    /// Implies allow_rollup on the server.
    bool allow_msg_schedules = false;
    PersistMode persist_mode = PersistMode::Default;
    Metadata metadata;

    friend bool operator==(const StreamSettings&, const StreamSettings&) = default;
};

struct ConsumerSettings {
    ConsumerName name;
    std::string description;
    DeliverPolicy deliver_policy = DeliverPolicy::All;
    std::optional<std::uint64_t> start_sequence;
    std::optional<Timestamp> start_time;
    AckPolicy ack_policy = AckPolicy::Explicit;
    std::optional<Duration> ack_wait;
    std::optional<std::int64_t> max_deliver;
    std::vector<Duration> backoff;
    std::vector<std::string> filter_subjects;
    ReplayPolicy replay_policy = ReplayPolicy::Instant;
    std::optional<Percent> sample_frequency;
    /// -1: unlimited. Absent: the stream's consumer limit, else the server's 1000.
    std::optional<std::int64_t> max_ack_pending;
    std::optional<std::int64_t> max_waiting;
    std::optional<std::int64_t> max_request_batch;
    std::optional<Duration> max_request_expires;
    std::optional<Bytes> max_request_max_bytes;
    std::optional<Duration> inactive_threshold;
    bool headers_only = false;
    /// Absent: as many as the stream has.
    std::optional<std::int32_t> replicas;
    bool memory_storage = false;
    /// Set: a push consumer; absent: pull.
    std::string deliver_subject;
    std::string deliver_group;
    bool flow_control = false;
    std::optional<Duration> idle_heartbeat;
    std::optional<std::uint64_t> rate_limit_bps;
    /// In the past it means nothing. Only the creation sets it; then pause requests do.
    std::optional<Timestamp> pause_until;
    std::vector<std::string> priority_groups;
    PriorityPolicy priority_policy = PriorityPolicy::None;
    std::optional<Duration> priority_timeout;
    Metadata metadata;

    [[nodiscard]] bool is_push() const { return !deliver_subject.empty(); }

    friend bool operator==(const ConsumerSettings&, const ConsumerSettings&) = default;
};

}  // namespace headgate::jetstream

namespace headgate::core {

template <>
struct Names<jetstream::Storage> {
    using E = jetstream::Storage;
    static constexpr std::array kAll{Name<E>{E::File, "File", "file"},
                                     Name<E>{E::Memory, "Memory", "memory"}};
};

template <>
struct Names<jetstream::Retention> {
    using E = jetstream::Retention;
    static constexpr std::array kAll{Name<E>{E::Limits, "Limits", "limits"},
                                     Name<E>{E::Interest, "Interest", "interest"},
                                     Name<E>{E::WorkQueue, "WorkQueue", "workqueue"}};
};

template <>
struct Names<jetstream::Discard> {
    using E = jetstream::Discard;
    static constexpr std::array kAll{Name<E>{E::Old, "Old", "old"}, Name<E>{E::New, "New", "new"}};
};

template <>
struct Names<jetstream::Compression> {
    using E = jetstream::Compression;
    static constexpr std::array kAll{Name<E>{E::None, "None", "none"}, Name<E>{E::S2, "S2", "s2"}};
};

template <>
struct Names<jetstream::DeliverPolicy> {
    using E = jetstream::DeliverPolicy;
    static constexpr std::array kAll{
        Name<E>{E::All, "All", "all"},
        Name<E>{E::Last, "Last", "last"},
        Name<E>{E::New, "New", "new"},
        Name<E>{E::ByStartSequence, "ByStartSequence", "by_start_sequence"},
        Name<E>{E::ByStartTime, "ByStartTime", "by_start_time"},
        Name<E>{E::LastPerSubject, "LastPerSubject", "last_per_subject"}};
};

template <>
struct Names<jetstream::AckPolicy> {
    using E = jetstream::AckPolicy;
    static constexpr std::array kAll{Name<E>{E::Explicit, "Explicit", "explicit"},
                                     Name<E>{E::All, "All", "all"},
                                     Name<E>{E::None, "None", "none"},
                                     Name<E>{E::FlowControl, "", "flow_control"}};
};

template <>
struct Names<jetstream::PersistMode> {
    using E = jetstream::PersistMode;
    static constexpr std::array kAll{Name<E>{E::Default, "Default", "default"},
                                     Name<E>{E::Async, "Async", "async"}};
};

template <>
struct Names<jetstream::PriorityPolicy> {
    using E = jetstream::PriorityPolicy;
    static constexpr std::array kAll{Name<E>{E::None, "None", "none"},
                                     Name<E>{E::Overflow, "Overflow", "overflow"},
                                     Name<E>{E::PinnedClient, "PinnedClient", "pinned_client"},
                                     Name<E>{E::Prioritized, "Prioritized", "prioritized"}};
};

template <>
struct Names<jetstream::ReplayPolicy> {
    using E = jetstream::ReplayPolicy;
    static constexpr std::array kAll{Name<E>{E::Instant, "Instant", "instant"},
                                     Name<E>{E::Original, "Original", "original"}};
};

}  // namespace headgate::core
