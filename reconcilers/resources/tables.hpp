// The field tables of both kinds. Include only where a codec or a schema is instantiated.
#pragma once

#include "jetstream/settings_tables.hpp"
#include "reconcilers/resources/state_bucket.hpp"
#include "reconcilers/resources/stream_config.hpp"

namespace headgate::fields {

template <>
struct Table<resources::StreamConfigSpec> {
    using T = resources::StreamConfigSpec;
    static constexpr auto kFields = std::tuple{
        Inline{&T::stream},
        Field{"consumers",
              "",
              &T::consumers,
              "Its consumers, by name. One that leaves the list is deleted.",
              Rules{.keyed_by_name = true, .max_items = 128}},
        Inline{&T::policies},
    };
};

template <>
struct Table<resources::BucketSource> {
    using T = resources::BucketSource;
    static constexpr auto kFields = std::tuple{
        Field{"name",
              "",
              &T::name,
              "Name of the bucket.",
              Rules{.required = true, .pattern = "[A-Za-z0-9_-]+"}},
        Field{"domain",
              "",
              &T::domain,
              "JetStream domain that has it.",
              Rules{.pattern = patterns::kName}},
    };
};

// The wire names are those of the stream settings that a bucket's fields decide: changes and
// server messages about the stream are told in the bucket's words.
template <>
struct Table<resources::StateBucketSpec> {
    using T = resources::StateBucketSpec;
    static constexpr auto kFields = std::tuple{
        Field{"bucket",
              "name",
              &T::bucket,
              "Name of the bucket.",
              Rules{.immutable = true,
                    .max_length = 252,
                    .pattern = "[A-Za-z0-9_-]+",
                    .absent = "metadata.name"}},
        Field{"description",
              "description",
              &T::description,
              "What it is for.",
              Rules{.max_length = 3072}},
        Field{"history",
              "max_msgs_per_subject",
              &T::history,
              "Values kept for each key.",
              Rules{.defaulted = true, .minimum = 1, .maximum = 64}},
        Field{"ttl",
              "max_age",
              &T::ttl,
              "How long a value lives.",
              Rules{.minimum = 100 * kMillisecond, .absent = "values never expire"}},
        Field{"limitMarkerTTL",
              "subject_delete_marker_ttl",
              &T::limit_marker_ttl,
              "Allows a TTL for each key, and leaves a marker for so long when a key expires.",
              Rules{.minimum = 1000 * kMillisecond,
                    .level = jetstream::kServer2_11,
                    .absent = "no markers"}},
        Field{"storage",
              "storage",
              &T::storage,
              "Where values are kept.",
              Rules{.immutable = true, .defaulted = true}},
        Field{"replicas",
              "num_replicas",
              &T::replicas,
              "Copies kept in the cluster.",
              Rules{.defaulted = true, .minimum = 1, .maximum = 5}},
        Field{"maxBytes",
              "max_bytes",
              &T::max_bytes,
              "Most bytes kept, in each replica; a full bucket refuses new values.",
              Rules{.minimum = 1, .absent = "no limit"}},
        Field{"maxValueSize",
              "max_msg_size",
              &T::max_value_size,
              "Largest value, headers included.",
              Rules{.minimum = 1, .maximum = 2147483647, .absent = "no limit"}},
        Field{"compression",
              "compression",
              &T::compression,
              "Compression of what is stored.",
              Rules{.level = jetstream::kServer2_10}},
        Field{
            "placement", "placement", &T::placement, "Where in the system its servers are chosen."},
        Field{"republish",
              "republish",
              &T::republish,
              "Publishes values again on another subject as they are put."},
        Field{"mirror",
              "mirror",
              &T::mirror,
              "Makes it a read-only copy of another bucket. Removing it promotes the copy, from "
              "nats-server 2.12 on; it cannot be added or changed."},
        Field{"sources",
              "sources",
              &T::sources,
              "Other buckets whose values are copied into it.",
              Rules{.unordered = true}},
        Field{"metadata",
              "metadata",
              &T::metadata,
              "Labels of your own. Keys under headgate.io/ and _nats. are taken.",
              Rules{.max_length = 4096, .level = jetstream::kServer2_10}},
        Inline{&T::policies},
    };
};

}  // namespace headgate::fields
