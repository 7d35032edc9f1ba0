// The field tables of streams and consumers: manifest name, wire name, meaning, rules; one line a
// field, nothing listed twice. Include only where a codec, a diff or a schema is instantiated.
#pragma once

#include <tuple>

#include "core/fields/codec.hpp"
#include "core/fields/field.hpp"
#include "core/fields/schema.hpp"
#include "jetstream/server_level.hpp"
#include "jetstream/settings.hpp"

namespace headgate::fields {

// Whole percents are a number in a manifest and text on the wire ("50", also "50%").
template <>
struct Value<jetstream::Percent> {
    static void parse(const Json& json,
                      const Reader& reader,
                      const std::string& path,
                      const Rules& rules,
                      jetstream::Percent& value) {
        int number = 0;
        if (reader.dialect == Dialect::Wire && json.is_string()) {
            number = std::atoi(json.get_ref<const std::string&>().c_str());
        } else {
            Value<int>::parse(json, reader, path, rules, number);
        }
        value = jetstream::Percent{number};
    }

    static Json emit(jetstream::Percent value, Dialect dialect, const Rules&) {
        return dialect == Dialect::Wire ? Json(std::to_string(value.value())) : Json(value.value());
    }
};

template <>
struct Schema<jetstream::Percent> : Schema<int> {};

namespace patterns {

// Letters the server refuses in a name (nats-server: isValidName), and what a subject may look
// like.
inline constexpr std::string_view kName = "[^\\s.*>/\\\\]+";
inline constexpr std::string_view kSubject = "[^\\s.]+(\\.[^\\s.]+)*";
inline constexpr std::string_view kLiteral = "[^\\s.*>]+(\\.[^\\s.*>]+)*";
// nats-server: validGroupName.
inline constexpr std::string_view kPriorityGroup = "[a-zA-Z0-9/_=-]{1,16}";

}  // namespace patterns

inline constexpr std::int64_t kMillisecond = 1'000'000;

template <>
struct Table<jetstream::Placement> {
    using T = jetstream::Placement;
    static constexpr auto kFields = std::tuple{
        Field{"cluster", "cluster", &T::cluster, "Name of the cluster to be placed in."},
        Field{"tags",
              "tags",
              &T::tags,
              "Tags that every chosen server must have.",
              Rules{.unordered = true}},
    };
};

template <>
struct Table<jetstream::SubjectTransform> {
    using T = jetstream::SubjectTransform;
    static constexpr auto kFields = std::tuple{
        Field{"source",
              "src",
              &T::source,
              "Subjects it applies to.",
              Rules{.max_length = 1024, .absent = "all subjects"}},
        Field{
            "destination", "dest", &T::destination, "What they become.", Rules{.max_length = 1024}},
    };
};

template <>
struct Table<jetstream::Republish> {
    using T = jetstream::Republish;
    static constexpr auto kFields = std::tuple{
        Field{"source",
              "src",
              &T::source,
              "Subjects that are published again.",
              Rules{.max_length = 1024, .absent = "all subjects"}},
        Field{"destination",
              "dest",
              &T::destination,
              "Subject they are published on.",
              Rules{.required = true, .max_length = 1024}},
        Field{"headersOnly",
              "headers_only",
              &T::headers_only,
              "Publishes headers and size, without the body."},
    };
};

template <>
struct Table<jetstream::ExternalStream> {
    using T = jetstream::ExternalStream;
    static constexpr auto kFields = std::tuple{
        Field{"api",
              "api",
              &T::api,
              "Prefix of the JetStream API that has the stream.",
              Rules{.required = true, .max_length = 1024}},
        Field{"deliver",
              "deliver",
              &T::deliver,
              "Prefix of the subjects it delivers on.",
              Rules{.max_length = 1024}},
    };
};

template <>
struct Table<jetstream::SourceConsumer> {
    using T = jetstream::SourceConsumer;
    static constexpr auto kFields = std::tuple{
        Field{"name",
              "name",
              &T::name,
              "Name of the consumer.",
              Rules{.required = true, .max_length = 255, .pattern = patterns::kName}},
        Field{"deliverSubject",
              "deliver_subject",
              &T::deliver_subject,
              "Subject it delivers on.",
              Rules{.required = true, .max_length = 1024, .pattern = patterns::kLiteral}},
    };
};

template <>
struct Table<jetstream::StreamSource> {
    using T = jetstream::StreamSource;
    static constexpr auto kFields = std::tuple{
        Field{"name",
              "name",
              &T::name,
              "Name of the stream that is copied.",
              Rules{.required = true, .max_length = 255, .pattern = patterns::kName}},
        Field{"startSequence",
              "opt_start_seq",
              &T::start_sequence,
              "First sequence to copy.",
              Rules{.minimum = 1}},
        Field{"startTime",
              "opt_start_time",
              &T::start_time,
              "Copies what was stored from this time on."},
        Field{"filterSubject",
              "filter_subject",
              &T::filter_subject,
              "Copies only these subjects.",
              Rules{.max_length = 1024}},
        Field{"subjectTransforms",
              "subject_transforms",
              &T::subject_transforms,
              "Filters and renames subjects on the way.",
              Rules{.level = jetstream::kServer2_10}},
        Field{"domain",
              "",
              &T::domain,
              "JetStream domain that has the stream; short for external.api $JS.<domain>.API.",
              Rules{.pattern = patterns::kName}},
        Field{"external",
              "external",
              &T::external,
              "API of another account or domain that has the stream."},
        Field{"consumer",
              "consumer",
              &T::consumer,
              "Durable consumer of the stream to read through, with ack policy flow_control, made "
              "beforehand; else the server makes one of its own.",
              Rules{.level = jetstream::kServer2_14}},
    };
};

template <>
struct Table<jetstream::ConsumerLimits> {
    using T = jetstream::ConsumerLimits;
    static constexpr auto kFields = std::tuple{
        Field{"inactiveThreshold",
              "inactive_threshold",
              &T::inactive_threshold,
              "Longest inactivity threshold, and the default one.",
              Rules{.minimum = kMillisecond}},
        Field{"maxAckPending",
              "max_ack_pending",
              &T::max_ack_pending,
              "Highest limit of unacknowledged messages, and the default one.",
              Rules{.minimum = 1}},
    };
};

template <>
struct Table<jetstream::StreamSettings> {
    using T = jetstream::StreamSettings;
    static constexpr auto kFields = std::tuple{
        Field{"name",
              "name",
              &T::name,
              "Name of the stream on the server.",
              Rules{.immutable = true,
                    .max_length = 255,
                    .pattern = patterns::kName,
                    .absent = "metadata.name"}},
        Field{"description",
              "description",
              &T::description,
              "What it is for.",
              Rules{.max_length = 3072}},
        Field{"subjects",
              "subjects",
              &T::subjects,
              "Subjects it stores.",
              Rules{.unordered = true,
                    .max_items = 256,
                    .max_length = 1024,
                    .pattern = patterns::kSubject,
                    .absent = "the stream's name; none for a mirror or with sources"}},
        Field{"retention",
              "retention",
              &T::retention,
              "When messages are removed: by limits, when all consumers have acknowledged them, or "
              "when one has.",
              Rules{.defaulted = true}},
        Field{"storage",
              "storage",
              &T::storage,
              "Where messages are kept.",
              Rules{.immutable = true, .defaulted = true}},
        Field{"replicas",
              "num_replicas",
              &T::replicas,
              "Copies kept in the cluster.",
              Rules{.defaulted = true, .minimum = 1, .maximum = 5}},
        Field{"maxMessages",
              "max_msgs",
              &T::max_messages,
              "Most messages kept.",
              Rules{.minimum = 1, .wire_none = WireNone::MinusOne, .absent = "no limit"}},
        Field{"maxMessagesPerSubject",
              "max_msgs_per_subject",
              &T::max_messages_per_subject,
              "Most messages kept for each subject.",
              Rules{.minimum = 1, .wire_none = WireNone::MinusOne, .absent = "no limit"}},
        Field{"maxBytes",
              "max_bytes",
              &T::max_bytes,
              "Most bytes kept, in each replica.",
              Rules{.minimum = 1, .wire_none = WireNone::MinusOne, .absent = "no limit"}},
        Field{
            "maxAge",
            "max_age",
            &T::max_age,
            "Oldest a message may get.",
            Rules{
                .minimum = 100 * kMillisecond, .wire_none = WireNone::Zero, .absent = "no limit"}},
        Field{"maxMessageSize",
              "max_msg_size",
              &T::max_message_size,
              "Largest message accepted, headers included.",
              Rules{.minimum = 1,
                    .maximum = 2147483647,
                    .wire_none = WireNone::MinusOne,
                    .absent = "no limit"}},
        Field{"maxConsumers",
              "max_consumers",
              &T::max_consumers,
              "Most consumers it may have. Can change from nats-server 2.12.5 on.",
              Rules{.minimum = 1, .wire_none = WireNone::MinusOne, .absent = "no limit"}},
        Field{"discard",
              "discard",
              &T::discard,
              "What gives way at a limit: the oldest messages, or new ones.",
              Rules{}},
        Field{"discardNewPerSubject",
              "discard_new_per_subject",
              &T::discard_new_per_subject,
              "Refuses new messages by subject. Needs discard New and maxMessagesPerSubject."},
        Field{"noAck", "no_ack", &T::no_ack, "Does not acknowledge what is published to it."},
        Field{
            "duplicateWindow",
            "duplicate_window",
            &T::duplicate_window,
            "How long message ids are remembered, to drop duplicates.",
            Rules{.minimum = 100 * kMillisecond, .absent = "2m, or maxAge where that is shorter"}},
        Field{"compression",
              "compression",
              &T::compression,
              "Compression of what is stored.",
              Rules{.level = jetstream::kServer2_10}},
        Field{
            "placement", "placement", &T::placement, "Where in the system its servers are chosen."},
        Field{"mirror",
              "mirror",
              &T::mirror,
              "Makes it a read-only copy of another stream. Removing it promotes the copy, from "
              "nats-server 2.12 on; it cannot be added or changed."},
        Field{"sources",
              "sources",
              &T::sources,
              "Other streams whose messages are copied into it.",
              Rules{.unordered = true}},
        Field{"subjectTransform",
              "subject_transform",
              &T::subject_transform,
              "Renames subjects as messages are stored.",
              Rules{.level = jetstream::kServer2_10}},
        Field{"republish",
              "republish",
              &T::republish,
              "Publishes stored messages again on another subject."},
        Field{"allowDirect", "allow_direct", &T::allow_direct, "Lets every replica answer reads."},
        Field{"mirrorDirect",
              "mirror_direct",
              &T::mirror_direct,
              "Lets a mirror answer reads for the stream it copies. Left out or false, it "
              "follows the allowDirect of a stream in the same account."},
        Field{"allowRollup",
              "allow_rollup_hdrs",
              &T::allow_rollup,
              "Lets a message replace all before it, by a header."},
        Field{"denyDelete",
              "deny_delete",
              &T::deny_delete,
              "Forbids deleting single messages. Cannot be taken back."},
        Field{"denyPurge", "deny_purge", &T::deny_purge, "Forbids purging. Cannot be taken back."},
        Field{"sealed",
              "sealed",
              &T::sealed,
              "Takes no more messages and removes none: the server then ignores maxAge and "
              "allowRollup, refuses new messages, deletes and purges. Cannot be taken back."},
        Field{
            "firstSequence",
            "first_seq",
            &T::first_sequence,
            "Sequence of the first message.",
            Rules{.immutable = true, .minimum = 1, .level = jetstream::kServer2_10, .absent = "1"}},
        Field{"consumerLimits",
              "consumer_limits",
              &T::consumer_limits,
              "Limits and defaults for its consumers.",
              Rules{.level = jetstream::kServer2_10}},
        Field{"allowMsgTTL",
              "allow_msg_ttl",
              &T::allow_msg_ttl,
              "Allows a time to live for each message, by a header. Cannot be taken back.",
              Rules{.level = jetstream::kServer2_11}},
        Field{"subjectDeleteMarkerTTL",
              "subject_delete_marker_ttl",
              &T::subject_delete_marker_ttl,
              "Leaves a marker when the last message of a subject expires, and keeps it for so "
              "long. Implies allowMsgTTL, for good, and allowRollup.",
              Rules{.minimum = 1000 * kMillisecond,
                    .level = jetstream::kServer2_11,
                    .absent = "no markers"}},
        Field{"allowMsgCounter",
              "allow_msg_counter",
              &T::allow_msg_counter,
              "Makes every subject a counter, which messages add to.",
              Rules{.immutable = true, .defaulted = true, .level = jetstream::kServer2_12}},
        Field{"allowAtomicPublish",
              "allow_atomic",
              &T::allow_atomic_publish,
              "Allows batches that are stored as a whole or not at all.",
              Rules{.level = jetstream::kServer2_12}},
        Field{"allowBatchPublish",
              "allow_batched",
              &T::allow_batch_publish,
              "Allows fast publishing in batches with one acknowledgement for many messages.",
              Rules{.level = jetstream::kServer2_14}},
        Field{"allowMsgSchedules",
              "allow_msg_schedules",
              &T::allow_msg_schedules,
              "Allows messages that are delivered later or again, by a header. Implies "
              "allowRollup. Cannot be taken back.",
              Rules{.level = jetstream::kServer2_12}},
        Field{"persistMode",
              "persist_mode",
              &T::persist_mode,
              "When a message counts as stored. Async acknowledges before it is on disk: faster, "
              "and a crash may lose acknowledged messages.",
              Rules{.immutable = true, .defaulted = true, .level = jetstream::kServer2_12}},
        Field{"metadata",
              "metadata",
              &T::metadata,
              "Labels of your own. Keys under headgate.io/ and _nats. are taken.",
              Rules{.max_length = 4096, .level = jetstream::kServer2_10}},
    };
};

template <>
struct Table<jetstream::ConsumerSettings> {
    using T = jetstream::ConsumerSettings;
    static constexpr auto kFields = std::tuple{
        Field{"name",
              "name",
              &T::name,
              "Name of the consumer; it is durable.",
              Rules{.required = true, .max_length = 255, .pattern = patterns::kName}},
        Field{"description",
              "description",
              &T::description,
              "What it is for.",
              Rules{.max_length = 3072}},
        Field{"deliverPolicy",
              "deliver_policy",
              &T::deliver_policy,
              "Where in the stream it starts. A change means making it anew."},
        Field{"startSequence",
              "opt_start_seq",
              &T::start_sequence,
              "With ByStartSequence: the first sequence.",
              Rules{.minimum = 1}},
        Field{"startTime",
              "opt_start_time",
              &T::start_time,
              "With ByStartTime: the time to start at."},
        Field{"ackPolicy",
              "ack_policy",
              &T::ack_policy,
              "What must be acknowledged. A change means making it anew."},
        Field{"ackWait",
              "ack_wait",
              &T::ack_wait,
              "How long before a message not acknowledged is delivered again.",
              Rules{.minimum = 1, .absent = "30s; the first entry of backoff where there is one"}},
        Field{"maxDeliver",
              "max_deliver",
              &T::max_deliver,
              "Most deliveries of one message.",
              Rules{.minimum = 1, .wire_none = WireNone::MinusOne, .absent = "no limit"}},
        Field{"backoff",
              "backoff",
              &T::backoff,
              "Waits before the second, third, ... delivery.",
              Rules{.minimum = 1}},
        Field{"filterSubjects",
              "filter_subjects",
              &T::filter_subjects,
              "Delivers only these subjects. More than one needs nats-server 2.10.",
              Rules{.unordered = true,
                    .max_length = 1024,
                    .pattern = patterns::kSubject,
                    .absent = "all subjects"}},
        Field{"replayPolicy",
              "replay_policy",
              &T::replay_policy,
              "As fast as possible, or at the pace at which messages came in."},
        Field{"sampleFrequency",
              "sample_freq",
              &T::sample_frequency,
              "Percent of acknowledgements that are reported as metrics.",
              Rules{.minimum = 1, .maximum = 100, .absent = "none"}},
        Field{"maxAckPending",
              "max_ack_pending",
              &T::max_ack_pending,
              "Most messages delivered and not yet acknowledged; -1: no limit.",
              Rules{.minimum = -1, .absent = "the stream's consumerLimits, else 1000"}},
        Field{"maxWaiting",
              "max_waiting",
              &T::max_waiting,
              "Pull: most requests waiting at a time.",
              Rules{.minimum = 1, .absent = "512"}},
        Field{"maxRequestBatch",
              "max_batch",
              &T::max_request_batch,
              "Pull: most messages one request may ask for.",
              Rules{.minimum = 1, .absent = "no limit"}},
        Field{"maxRequestExpires",
              "max_expires",
              &T::max_request_expires,
              "Pull: longest a request may wait.",
              Rules{.minimum = kMillisecond, .absent = "no limit"}},
        Field{"maxRequestMaxBytes",
              "max_bytes",
              &T::max_request_max_bytes,
              "Pull: most bytes one request may ask for.",
              Rules{.minimum = 1, .absent = "no limit"}},
        Field{"inactiveThreshold",
              "inactive_threshold",
              &T::inactive_threshold,
              "The server removes it after so long without a subscriber; Headgate then makes it "
              "again.",
              Rules{.minimum = kMillisecond, .absent = "the stream's consumerLimits, else never"}},
        Field{"headersOnly",
              "headers_only",
              &T::headers_only,
              "Delivers headers and size, without the body."},
        Field{"replicas",
              "num_replicas",
              &T::replicas,
              "Copies of its state.",
              Rules{.minimum = 1,
                    .maximum = 5,
                    .wire_none = WireNone::Zero,
                    .absent = "as the stream"}},
        Field{"memoryStorage", "mem_storage", &T::memory_storage, "Keeps its state in memory."},
        Field{"deliverSubject",
              "deliver_subject",
              &T::deliver_subject,
              "Makes it a push consumer, which sends to this subject.",
              Rules{.max_length = 1024, .absent = "a pull consumer"}},
        Field{"deliverGroup",
              "deliver_group",
              &T::deliver_group,
              "Push: queue group that shares the messages.",
              Rules{.max_length = 255}},
        Field{"flowControl",
              "flow_control",
              &T::flow_control,
              "Push: paces delivery to the subscriber. Needs idleHeartbeat."},
        Field{"idleHeartbeat",
              "idle_heartbeat",
              &T::idle_heartbeat,
              "Push: how often an idle consumer says that it is there.",
              Rules{.minimum = 100 * kMillisecond}},
        Field{"rateLimitBps",
              "rate_limit_bps",
              &T::rate_limit_bps,
              "Push: most bits sent a second.",
              Rules{.minimum = 1, .absent = "no limit"}},
        Field{"pauseUntil",
              "pause_until",
              &T::pause_until,
              "Delivers nothing until this time; one that is past means nothing.",
              Rules{.level = jetstream::kServer2_11, .absent = "not paused"}},
        Field{"priorityGroups",
              "priority_groups",
              &T::priority_groups,
              "Pull: groups that requests name. Needs priorityPolicy.",
              Rules{.unordered = true,
                    .max_length = 16,
                    .pattern = patterns::kPriorityGroup,
                    .level = jetstream::kServer2_11}},
        Field{"priorityPolicy",
              "priority_policy",
              &T::priority_policy,
              "Pull: which requests of a group are served: those over a threshold, one client at a "
              "time, or by priority (Prioritized needs nats-server 2.12). After PinnedClient the "
              "pinned client keeps its place until its priorityTimeout has passed.",
              Rules{.level = jetstream::kServer2_11}},
        Field{"priorityTimeout",
              "priority_timeout",
              &T::priority_timeout,
              "Pull: how long a pinned client may be silent before another one takes its place.",
              Rules{.minimum = kMillisecond,
                    .level = jetstream::kServer2_11,
                    .absent = "2m with PinnedClient"}},
        Field{"metadata",
              "metadata",
              &T::metadata,
              "Labels of your own. Keys under headgate.io/ and _nats. are taken.",
              Rules{.max_length = 4096, .level = jetstream::kServer2_10}},
    };
};

}  // namespace headgate::fields
