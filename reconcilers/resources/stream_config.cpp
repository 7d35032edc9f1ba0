#include "reconcilers/resources/stream_config.hpp"

#include <set>
#include <string>

#include "jetstream/compare.hpp"
#include "reconcilers/resources/subject_rules.hpp"
#include "reconcilers/resources/validation.hpp"

namespace headgate::resources {

using jetstream::AckPolicy;
using jetstream::ConsumerSettings;
using jetstream::DeliverPolicy;
using jetstream::PriorityPolicy;
using jetstream::Retention;
using jetstream::StreamSettings;
using jetstream::StreamSource;

namespace {

void check_source(const StreamSource& source, const std::string& path, Findings& findings) {
    findings.require_not(source.start_sequence && source.start_time,
                         path + ".startTime",
                         "cannot be combined with startSequence: the server would use only one");
    findings.require_not(
        !source.filter_subject.empty() && !source.subject_transforms.empty(),
        path + ".subjectTransforms",
        "cannot be combined with filterSubject: put the filter into a transform's source");
    findings.require_not(
        !source.domain.empty() && source.external,
        path + ".domain",
        "cannot be combined with external: a domain is short for external.api $JS.<domain>.API");
    findings.require_not(
        source.consumer &&
            (source.start_sequence || source.start_time || !source.filter_subject.empty()),
        path + ".consumer",
        "cannot be combined with startSequence, startTime or filterSubject: the consumer decides");
    if (source.external) {
        check_external(*source.external, path, findings);
    }
    check_copied(source.subject_transforms, path, findings);
}

// By what the server tells the sources of a stream apart (10140); where one starts does not count.
bool same_source(StreamSource one, const StreamSource& other) {
    one.start_sequence = other.start_sequence;
    one.start_time = other.start_time;
    return one == other;
}

void check_sources(const std::vector<StreamSource>& sources, Findings& findings) {
    for (std::size_t i = 0; i < sources.size(); ++i) {
        const auto path = "sources[" + std::to_string(i) + "]";
        check_source(sources[i], path, findings);
        for (std::size_t j = 0; j < i; ++j) {
            findings.require_not(same_source(sources[i], sources[j]),
                                 path,
                                 "copies the same as sources[" + std::to_string(j) + "]");
        }
    }
}

// nats-server: checkStreamCfg.
void check_publishing(const StreamSettings& stream, Findings& findings) {
    if (stream.allow_msg_counter) {
        findings.require_not(stream.discard == jetstream::Discard::New,
                             "allowMsgCounter",
                             "cannot be combined with discard: New");
        findings.require_not(stream.allow_msg_ttl || stream.subject_delete_marker_ttl,
                             "allowMsgCounter",
                             "cannot be combined with allowMsgTTL or subjectDeleteMarkerTTL");
        findings.require_not(stream.allow_msg_schedules,
                             "allowMsgCounter",
                             "cannot be combined with allowMsgSchedules");
        findings.require_not(
            stream.retention != Retention::Limits, "allowMsgCounter", "needs retention: Limits");
    }
    if (stream.allow_msg_schedules) {
        findings.require_not(stream.discard == jetstream::Discard::New,
                             "allowMsgSchedules",
                             "cannot be combined with discard: New");
        findings.require_not(
            !stream.sources.empty(), "allowMsgSchedules", "cannot be combined with sources");
    }
    findings.require_not(
        stream.deny_purge && (stream.allow_msg_schedules || stream.subject_delete_marker_ttl),
        "denyPurge",
        "cannot be combined with allowMsgSchedules or subjectDeleteMarkerTTL, which purge");
    if (stream.persist_mode == jetstream::PersistMode::Async) {
        findings.require_not(
            stream.storage != jetstream::Storage::File, "persistMode", "Async needs storage: File");
        findings.require_not(stream.replicas > 1, "persistMode", "Async needs replicas: 1");
        findings.require_not(stream.allow_atomic_publish,
                             "persistMode",
                             "Async cannot be combined with allowAtomicPublish");
    }
}

void check_mirror(const StreamSettings& stream, Findings& findings) {
    findings.require_not(!stream.subjects.empty(),
                         "subjects",
                         "must be left out of a mirror: it has the subjects of its origin");
    findings.require_not(!stream.sources.empty(), "sources", "cannot be combined with mirror");
    findings.require_not(stream.first_sequence.has_value(),
                         "firstSequence",
                         "cannot be combined with mirror: it has the sequences of its origin");
    constexpr std::string_view kNoPublishing =
        "cannot be combined with mirror: nothing is published to it";
    findings.require_not(stream.allow_msg_counter, "allowMsgCounter", kNoPublishing);
    findings.require_not(stream.allow_atomic_publish, "allowAtomicPublish", kNoPublishing);
    findings.require_not(stream.allow_batch_publish, "allowBatchPublish", kNoPublishing);
    findings.require_not(stream.allow_msg_schedules, "allowMsgSchedules", kNoPublishing);
    findings.require_not(stream.subject_delete_marker_ttl.has_value(),
                         "subjectDeleteMarkerTTL",
                         "cannot be combined with mirror: it has the sequences of its origin");
    check_source(*stream.mirror, "mirror", findings);
}

void check_stream(const StreamSettings& stream, Findings& findings) {
    findings.require_not(
        stream.discard_new_per_subject &&
            (stream.discard != jetstream::Discard::New || !stream.max_messages_per_subject),
        "discardNewPerSubject",
        "needs discard: New and maxMessagesPerSubject");
    findings.require_not(
        stream.duplicate_window && stream.max_age && *stream.duplicate_window > *stream.max_age,
        "duplicateWindow",
        "must not be longer than maxAge");
    findings.require_not(stream.allow_rollup && stream.deny_purge,
                         "denyPurge",
                         "cannot be combined with allowRollup: a rollup purges");
    findings.require_not(stream.mirror_direct && !stream.mirror, "mirrorDirect", "needs mirror");
    check_publishing(stream, findings);
    if (stream.mirror) {
        check_mirror(stream, findings);
    }
    check_sources(stream.sources, findings);
    check_disjoint(stream.subjects, "subjects", findings);
    if (stream.subject_transform) {
        check_transform(stream.subject_transform->source,
                        stream.subject_transform->destination,
                        "subjectTransform",
                        findings);
    }
    if (stream.republish) {
        check_republish(*stream.republish, stream.subjects, findings);
    }
    check_metadata(stream.metadata, "metadata", findings);
}

void check_start(const ConsumerSettings& consumer, const std::string& path, Findings& findings) {
    const bool by_sequence = consumer.deliver_policy == DeliverPolicy::ByStartSequence;
    const bool by_time = consumer.deliver_policy == DeliverPolicy::ByStartTime;
    findings.require_not(by_sequence && !consumer.start_sequence,
                         path + ".startSequence",
                         "is required with deliverPolicy: ByStartSequence");
    findings.require_not(!by_sequence && consumer.start_sequence,
                         path + ".startSequence",
                         "needs deliverPolicy: ByStartSequence");
    findings.require_not(by_time && !consumer.start_time,
                         path + ".startTime",
                         "is required with deliverPolicy: ByStartTime");
    findings.require_not(
        !by_time && consumer.start_time, path + ".startTime", "needs deliverPolicy: ByStartTime");
    findings.require_not(consumer.deliver_policy == DeliverPolicy::LastPerSubject &&
                             consumer.filter_subjects.empty(),
                         path + ".filterSubjects",
                         "is required with deliverPolicy: LastPerSubject");
}

void check_push_or_pull(const ConsumerSettings& consumer,
                        const std::string& path,
                        Findings& findings) {
    constexpr std::string_view kPushOnly =
        "is for push consumers only, those with a deliverSubject";
    constexpr std::string_view kPullOnly =
        "is for pull consumers only, those without a deliverSubject";
    if (consumer.is_push()) {
        findings.require_not(consumer.max_waiting.has_value(), path + ".maxWaiting", kPullOnly);
        findings.require_not(
            consumer.max_request_batch.has_value(), path + ".maxRequestBatch", kPullOnly);
        findings.require_not(
            consumer.max_request_expires.has_value(), path + ".maxRequestExpires", kPullOnly);
        findings.require_not(
            consumer.max_request_max_bytes.has_value(), path + ".maxRequestMaxBytes", kPullOnly);
        findings.require_not(
            consumer.priority_policy != PriorityPolicy::None, path + ".priorityPolicy", kPullOnly);
        findings.require_not(consumer.flow_control && !consumer.idle_heartbeat,
                             path + ".flowControl",
                             "needs idleHeartbeat");
        findings.require_not(consumer.deliver_subject.find_first_of("*>") != std::string::npos,
                             path + ".deliverSubject",
                             "must not have wildcards");
        findings.require_not(
            consumer.ack_policy == AckPolicy::None && consumer.max_ack_pending.value_or(0) > 0,
            path + ".maxAckPending",
            "has no meaning with ackPolicy: None");
        return;
    }
    findings.require_not(!consumer.deliver_group.empty(), path + ".deliverGroup", kPushOnly);
    findings.require_not(consumer.flow_control, path + ".flowControl", kPushOnly);
    findings.require_not(consumer.idle_heartbeat.has_value(), path + ".idleHeartbeat", kPushOnly);
    findings.require_not(consumer.rate_limit_bps.has_value(), path + ".rateLimitBps", kPushOnly);
}

void check_priority(const ConsumerSettings& consumer, const std::string& path, Findings& findings) {
    if (consumer.priority_policy != PriorityPolicy::None) {
        findings.require_not(consumer.priority_groups.empty(),
                             path + ".priorityGroups",
                             "is required with a priorityPolicy");
        return;
    }
    findings.require_not(
        !consumer.priority_groups.empty(), path + ".priorityGroups", "needs a priorityPolicy");
    findings.require_not(
        consumer.priority_timeout.has_value(), path + ".priorityTimeout", "needs a priorityPolicy");
}

void check_redelivery(const ConsumerSettings& consumer,
                      const std::string& path,
                      Findings& findings) {
    if (consumer.backoff.empty()) {
        return;
    }
    findings.require_not(
        consumer.max_deliver &&
            *consumer.max_deliver < static_cast<std::int64_t>(consumer.backoff.size()),
        path + ".maxDeliver",
        "must not be below the number of backoff entries");
    findings.require_not(
        consumer.ack_wait && *consumer.ack_wait != consumer.backoff.front(),
        path + ".ackWait",
        "must be left out, or equal the first entry of backoff, which replaces it");
}

void check_against_stream(const ConsumerSettings& consumer,
                          const StreamSettings& stream,
                          const std::string& path,
                          Findings& findings) {
    // nats-server: deliveryFormsCycle (10081).
    for (const auto& subject : stream.subjects) {
        findings.require_not(
            consumer.is_push() && jetstream::overlap(subject, consumer.deliver_subject),
            path + ".deliverSubject",
            "is one of \"" + subject + "\", which the stream stores: that would never end");
    }
    findings.require_not(consumer.replicas.value_or(1) > stream.replicas,
                         path + ".replicas",
                         "must not be above the stream's");
    findings.require_not(
        stream.retention != Retention::Limits && consumer.replicas &&
            *consumer.replicas < stream.replicas,
        path + ".replicas",
        "must equal the stream's, or be left out, with retention Interest or WorkQueue");
    if (stream.retention == Retention::WorkQueue) {
        findings.require_not(consumer.ack_policy != AckPolicy::Explicit,
                             path + ".ackPolicy",
                             "must be Explicit on a stream with retention: WorkQueue");
        findings.require_not(consumer.deliver_policy != DeliverPolicy::All,
                             path + ".deliverPolicy",
                             "must be All on a stream with retention: WorkQueue");
    }
    if (stream.consumer_limits) {
        const auto& limits = *stream.consumer_limits;
        findings.require_not(
            limits.max_ack_pending && consumer.is_push() && consumer.ack_policy == AckPolicy::None,
            path + ".ackPolicy",
            "None cannot be combined with consumerLimits.maxAckPending, which the server gives "
            "this push consumer too");
        findings.require_not(
            limits.inactive_threshold && consumer.inactive_threshold > limits.inactive_threshold,
            path + ".inactiveThreshold",
            "is above the stream's consumerLimits");
        findings.require_not(limits.max_ack_pending && consumer.max_ack_pending &&
                                 (*consumer.max_ack_pending < 0 ||
                                  *consumer.max_ack_pending > *limits.max_ack_pending),
                             path + ".maxAckPending",
                             "is above the stream's consumerLimits");
    }
}

// The wire knows no domains, and not everywhere an empty subject for "all".
StreamSource on_the_wire(StreamSource source) {
    if (!source.domain.empty()) {
        source.external = jetstream::ExternalStream{.api = jetstream::api_of_domain(source.domain),
                                                    .deliver = {}};
        source.domain.clear();
    }
    // nats-server 2.10 refuses an empty one (10151, 10145).
    for (auto& transform : source.subject_transforms) {
        if (transform.source.empty()) {
            transform.source = ">";
        }
    }
    return source;
}

}  // namespace

fields::Problems validate(const StreamConfigSpec& spec) {
    Findings findings;
    check_stream(spec.stream, findings);
    std::set<std::string> names;
    for (std::size_t i = 0; i < spec.consumers.size(); ++i) {
        const auto& consumer = spec.consumers[i];
        const auto path = "consumers[" + std::to_string(i) + "]";
        findings.require_not(
            !names.insert(consumer.name.value()).second,
            path + ".name",
            "\"" + consumer.name.value() + "\" is already taken by another consumer of the list");
        findings.require_not(consumer.name.value().ends_with(kGuardSuffix),
                             path + ".name",
                             "must not end with " + std::string{kGuardSuffix} +
                                 ": such consumers keep messages while another is made anew");
        check_start(consumer, path, findings);
        check_push_or_pull(consumer, path, findings);
        check_priority(consumer, path, findings);
        check_redelivery(consumer, path, findings);
        check_against_stream(consumer, spec.stream, path, findings);
        check_disjoint(consumer.filter_subjects, path + ".filterSubjects", findings);
        check_metadata(consumer.metadata, path + ".metadata", findings);
    }
    findings.require_not(
        spec.stream.max_consumers &&
            static_cast<std::int64_t>(spec.consumers.size()) > *spec.stream.max_consumers,
        "consumers",
        "are more than maxConsumers allows");
    return findings.take();
}

StreamSettings desired_stream(const StreamConfigSpec& spec) {
    StreamSettings stream = spec.stream;
    if (stream.mirror) {
        stream.mirror = on_the_wire(std::move(*stream.mirror));
    }
    for (auto& source : stream.sources) {
        source = on_the_wire(std::move(source));
    }
    return stream;
}

}  // namespace headgate::resources
