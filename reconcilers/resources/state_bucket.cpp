#include "reconcilers/resources/state_bucket.hpp"

#include "jetstream/names.hpp"
#include "reconcilers/resources/subject_rules.hpp"
#include "reconcilers/resources/validation.hpp"

namespace headgate::resources {

using jetstream::ExternalStream;
using jetstream::StreamSettings;
using jetstream::StreamSource;

namespace {

std::string keys_of(const std::string& bucket) {
    return "$KV." + bucket + ".>";
}

StreamSource stream_source(const BucketSource& source) {
    StreamSource stream{.name = jetstream::stream_of_bucket(source.name).value()};
    if (!source.domain.empty()) {
        stream.external =
            ExternalStream{.api = jetstream::api_of_domain(source.domain), .deliver = {}};
    }
    return stream;
}

// Keys live under their bucket's name, so what is copied from another bucket is renamed (nats.go
// does the same). From the same name in another domain they fit as they are.
StreamSource copied_from(const BucketSource& source, const std::string& bucket) {
    auto stream = stream_source(source);
    if (source.domain.empty() || source.name != bucket) {
        stream.subject_transforms = {
            {.source = keys_of(source.name), .destination = keys_of(bucket)}};
    }
    return stream;
}

}  // namespace

fields::Problems validate(const StateBucketSpec& spec) {
    Findings findings;
    if (spec.mirror) {
        findings.require_not(!spec.sources.empty(), "sources", "cannot be combined with mirror");
        findings.require_not(
            spec.limit_marker_ttl.has_value(), "limitMarkerTTL", "cannot be set on a mirror");
        findings.require_not(spec.mirror->domain.empty() && spec.mirror->name == spec.bucket,
                             "mirror.name",
                             "must not be the bucket itself");
    }
    for (std::size_t i = 0; i < spec.sources.size(); ++i) {
        const auto& source = spec.sources[i];
        findings.require_not(source.domain.empty() && source.name == spec.bucket,
                             "sources[" + std::to_string(i) + "].name",
                             "must not be the bucket itself");
    }
    if (spec.republish) {
        check_republish(*spec.republish, {keys_of(spec.bucket)}, findings);
    }
    check_metadata(spec.metadata, "metadata", findings);
    return findings.take();
}

BucketSource bucket_source(const StreamSource& source) {
    return {.name = jetstream::bucket_of_stream(jetstream::StreamName{source.name}),
            .domain = source.external ? jetstream::domain_of(source.external->api) : std::string{}};
}

StreamSettings desired_bucket(const StateBucketSpec& spec) {
    StreamSettings stream{
        .name = jetstream::stream_of_bucket(spec.bucket),
        .description = spec.description,
        .storage = spec.storage,
        .replicas = spec.replicas,
        .max_messages_per_subject = spec.history,
        .max_bytes = spec.max_bytes,
        .max_age = spec.ttl,
        .max_message_size = spec.max_value_size,
        .discard = jetstream::Discard::New,
        .compression = spec.compression,
        .placement = spec.placement,
        .republish = spec.republish,
        .allow_direct = true,
        .allow_rollup = true,
        .deny_delete = true,
        .allow_msg_ttl = spec.limit_marker_ttl.has_value(),
        .subject_delete_marker_ttl = spec.limit_marker_ttl,
        .metadata = spec.metadata,
    };
    if (spec.mirror) {
        stream.mirror = stream_source(*spec.mirror);
        stream.mirror_direct = true;
        return stream;
    }
    stream.subjects = {keys_of(spec.bucket)};
    for (const auto& source : spec.sources) {
        stream.sources.push_back(copied_from(source, spec.bucket));
    }
    return stream;
}

}  // namespace headgate::resources
