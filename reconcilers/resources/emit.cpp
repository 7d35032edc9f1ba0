// The way back: from what is wanted, or found on a server, to the manifest that says so. By the
// field tables alone.
#include <nlohmann/json.hpp>

#include "jetstream/names.hpp"
#include "reconcilers/resources/resource.hpp"
#include "reconcilers/resources/tables.hpp"

namespace headgate::resources {

using core::Json;
using fields::Dialect;
using jetstream::StreamSource;

namespace {

StreamSource in_short(StreamSource source) {
    if (source.external && source.external->deliver.empty()) {
        source.domain = jetstream::domain_of(source.external->api);
        if (!source.domain.empty()) {
            source.external.reset();
        }
    }
    return source;
}

StreamConfigSpec stream_spec(const Desired& desired) {
    StreamConfigSpec spec{desired.stream, desired.consumers, desired.policies};
    auto& stream = spec.stream;
    if (stream.mirror) {
        stream.mirror = in_short(std::move(*stream.mirror));
    }
    for (auto& source : stream.sources) {
        source = in_short(std::move(source));
    }
    return spec;
}

// A bucket's table names, for each field, the stream setting that it decides: its own wire.
StateBucketSpec bucket_spec(const Desired& desired) {
    StateBucketSpec spec;
    fields::Problems problems;
    const auto& stream = desired.stream;
    fields::parse_fields(fields::emit_fields(stream, Dialect::Wire),
                         fields::Reader{Dialect::Wire, problems},
                         "config",
                         spec);
    spec.bucket = jetstream::bucket_of_stream(stream.name);
    if (stream.mirror) {
        spec.mirror = bucket_source(*stream.mirror);
    }
    spec.sources.clear();
    for (const auto& source : stream.sources) {
        spec.sources.push_back(bucket_source(source));
    }
    spec.policies = desired.policies;
    return spec;
}

}  // namespace

Json emit(Kind kind, const Desired& desired, std::string_view name) {
    if (kind == Kind::StateBucket) {
        auto spec = bucket_spec(desired);
        if (spec.bucket == name) {
            spec.bucket.clear();
        }
        return fields::emit_fields(spec, Dialect::Manifest);
    }
    auto spec = stream_spec(desired);
    if (spec.stream.name.value() == name) {
        spec.stream.name = {};
    }
    return fields::emit_fields(spec, Dialect::Manifest);
}

Parsed as_read(Kind kind, const Desired& desired, std::string_view name) {
    return parse(kind, emit(kind, desired, name), name);
}

Json manifest(const ObjectKey& key, const Desired& desired) {
    return {{"apiVersion", kApiVersion},
            {"kind", core::name_of(key.kind)},
            {"metadata", {{"name", key.name}, {"namespace", key.ns}}},
            {"spec", emit(key.kind, desired, key.name)}};
}

}  // namespace headgate::resources
