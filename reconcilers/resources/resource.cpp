#include "reconcilers/resources/resource.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "reconcilers/resources/kind_parts.hpp"
#include "reconcilers/resources/status.hpp"
#include "reconcilers/resources/tables.hpp"

namespace headgate::resources {

using core::Json;
using fields::Dialect;

namespace {

template <class Spec>
Spec read(const Json& spec, fields::Problems& problems) {
    Spec parsed;
    fields::parse_fields(spec, fields::Reader{Dialect::Manifest, problems}, "spec", parsed);
    return parsed;
}

// A name taken from metadata.name obeys Kubernetes' rules, which allow what a server does not.
void check_name(std::string_view field,
                const std::string& name,
                std::string_view pattern,
                bool from_metadata,
                fields::Problems& problems) {
    if (from_metadata && !std::regex_match(name, fields::compiled(pattern))) {
        problems.push_back({"spec." + std::string{field},
                            "is left out, and metadata.name \"" + name +
                                "\" cannot stand in for it: it must match " +
                                std::string{pattern}});
    }
}

template <class Spec>
void append_validation(const Spec& spec, fields::Problems& problems) {
    // Rules that combine fields would only repeat what is wrong with a single one.
    if (problems.empty()) {
        problems = validate(spec);
    }
}

Parsed conclude(Desired desired, fields::Problems problems) {
    if (!problems.empty()) {
        return Parsed{.desired = std::nullopt, .problems = std::move(problems)};
    }
    return Parsed{.desired = std::move(desired), .problems = {}};
}

Parsed parse_stream_config(const Json& json, std::string_view name) {
    fields::Problems problems;
    auto spec = read<StreamConfigSpec>(json, problems);
    const bool from_metadata = spec.stream.name.value().empty();
    if (from_metadata) {
        spec.stream.name = jetstream::StreamName{std::string{name}};
    }
    check_name("name", spec.stream.name.value(), fields::patterns::kName, from_metadata, problems);
    append_validation(spec, problems);
    return conclude(Desired{desired_stream(spec), spec.consumers, spec.policies},
                    std::move(problems));
}

Parsed parse_state_bucket(const Json& json, std::string_view name) {
    fields::Problems problems;
    auto spec = read<StateBucketSpec>(json, problems);
    const bool from_metadata = spec.bucket.empty();
    if (from_metadata) {
        spec.bucket = std::string{name};
    }
    check_name("bucket", spec.bucket, "[A-Za-z0-9_-]+", from_metadata, problems);
    append_validation(spec, problems);
    return conclude(Desired{desired_bucket(spec), {}, spec.policies}, std::move(problems));
}

template <class Spec>
std::string name_by_wire(std::string_view wire) {
    std::string found;
    const Spec spec{};
    fields::visit_fields(
        [&](const auto& field, const auto&) {
            if (!wire.empty() && field.wire == wire) {
                found = std::string{field.name};
            }
        },
        spec);
    return found;
}

// Over the effective value, so that setting or removing an optional field is a change as well.
std::string immutable_rule(std::string_view field, const fields::Rules& rules) {
    const std::string name{field};
    const auto effective = [&](const std::string& side) {
        const auto path = side + ".spec." + name;
        return "(has(" + path + ") ? " + path + " : " + side + ".metadata.name)";
    };
    if (rules.defaulted) {
        return "self.spec." + name + " == oldSelf.spec." + name;
    }
    if (rules.absent == "metadata.name") {
        return effective("self") + " == " + effective("oldSelf");
    }
    return "has(self.spec." + name + ") == has(oldSelf.spec." + name + ") && (!has(self.spec." +
           name + ") || self.spec." + name + " == oldSelf.spec." + name + ")";
}

template <class Spec>
Json root_rules() {
    Json rules = Json::array();
    const Spec spec{};
    fields::visit_fields(
        [&](const auto& field, const auto&) {
            if (field.rules.immutable) {
                rules.push_back(
                    {{"rule", immutable_rule(field.name, field.rules)},
                     {"message",
                      "spec." + std::string{field.name} +
                          " cannot change: declare a new object instead, and move the data"}});
            }
        },
        spec);
    rules.push_back(
        {{"rule",
          "!has(self.spec.mirror) || (has(oldSelf.spec.mirror) && self.spec.mirror == "
          "oldSelf.spec.mirror)"},
         {"message",
          "spec.mirror cannot be added or changed, only removed: declare a new object instead"}});
    return rules;
}

Json columns(Kind kind) {
    Json columns = Json::array({
        column("Ready", "string", ".status.conditions[?(@.type==\"Ready\")].status"),
        column("Reason", "string", ".status.conditions[?(@.type==\"Ready\")].reason"),
        column("Stream", "string", ".status.stream"),
        column("Replicas", "integer", ".spec.replicas"),
    });
    if (kind == Kind::StateBucket) {
        columns.push_back(column("TTL", "string", ".spec.ttl"));
        columns.push_back(column("History", "integer", ".spec.history"));
    } else {
        columns.push_back(column("Retention", "string", ".spec.retention"));
        columns.push_back(column("Max-Age", "string", ".spec.maxAge"));
    }
    columns.push_back(column("Age", "date", ".metadata.creationTimestamp"));
    auto message = column("Message", "string", ".status.conditions[?(@.type==\"Ready\")].message");
    message["priority"] = 1;
    columns.push_back(std::move(message));
    return columns;
}

std::string_view summary(Kind kind) {
    return kind == Kind::StateBucket ? "A JetStream key-value bucket, kept as declared."
                                     : "A JetStream stream and its consumers, kept as declared.";
}

KindParts parts_of(Kind kind) {
    const bool bucket = kind == Kind::StateBucket;
    KindParts parts{.kind = core::name_of(kind),
                    .names = names_of(kind),
                    .summary = summary(kind),
                    .conventions =
                        "Durations are Go's plus days (`90s`, `1h30m`, `7d`), sizes "
                        "Kubernetes quantities (`1Gi`, `256Ki`) or numbers of bytes.",
                    .columns = columns(kind),
                    .schema = root_schema(
                        summary(kind),
                        bucket ? fields::object_schema<StateBucketSpec>()
                               : fields::object_schema<StreamConfigSpec>(),
                        status_schema(),
                        bucket ? root_rules<StateBucketSpec>() : root_rules<StreamConfigSpec>()),
                    .rows = {}};
    bucket ? fields::reference_rows<StateBucketSpec>("spec.", parts.rows)
           : fields::reference_rows<StreamConfigSpec>("spec.", parts.rows);
    return parts;
}

}  // namespace

Parsed parse(Kind kind, const Json& spec, std::string_view name) {
    return kind == Kind::StateBucket ? parse_state_bucket(spec, name)
                                     : parse_stream_config(spec, name);
}

std::string field_name(Kind kind, const fields::Change& change) {
    const auto own =
        kind == Kind::StateBucket ? name_by_wire<StateBucketSpec>(change.wire) : std::string{};
    return own.empty() ? change.field : own;
}

Json custom_resource_definition(Kind kind) {
    return definition(parts_of(kind));
}

std::string reference_page(Kind kind) {
    return page(parts_of(kind));
}

}  // namespace headgate::resources
