// StateBucket: a key-value bucket as declared. On the server it is a stream with prescribed
// settings (ADR-8, ADR-48 for the markers).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "jetstream/settings.hpp"
#include "reconcilers/resources/policies.hpp"

namespace headgate::resources {

/// Another bucket that is mirrored or copied from.
struct BucketSource {
    std::string name;
    std::string domain;

    friend bool operator==(const BucketSource&, const BucketSource&) = default;
};

struct StateBucketSpec {
    std::string bucket;
    std::string description;
    std::int32_t history = 1;
    std::optional<core::Duration> ttl;
    std::optional<core::Duration> limit_marker_ttl;
    jetstream::Storage storage = jetstream::Storage::File;
    std::int32_t replicas = 1;
    std::optional<core::Bytes> max_bytes;
    std::optional<core::Bytes> max_value_size;
    jetstream::Compression compression = jetstream::Compression::None;
    std::optional<jetstream::Placement> placement;
    std::optional<jetstream::Republish> republish;
    std::optional<BucketSource> mirror;
    std::vector<BucketSource> sources;
    jetstream::Metadata metadata;
    Policies policies;

    friend bool operator==(const StateBucketSpec&, const StateBucketSpec&) = default;
};

/// What the server would refuse, or quietly not do, whatever its state. Paths begin with `spec.`.
[[nodiscard]] fields::Problems validate(const StateBucketSpec& spec);

/// The stream behind the bucket, as it is to be on the server.
[[nodiscard]] jetstream::StreamSettings desired_bucket(const StateBucketSpec& spec);

/// The bucket that a mirror or source takes its values from, as desired_bucket writes it.
[[nodiscard]] BucketSource bucket_source(const jetstream::StreamSource& source);

}  // namespace headgate::resources
