#include "tests/builders/random_specs.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <regex>
#include <stdexcept>
#include <utility>

#include "core/fields/codec.hpp"
#include "jetstream/compare.hpp"

namespace headgate::builders {

using core::Json;
using jetstream::ServerLevel;
using Pointer = Json::json_pointer;

namespace {

// What it is called, and what Headgate may do with it: no settings of a server.
constexpr std::array<std::string_view, 5> kNotOfTheServer{
    "name", "bucket", "deletionPolicy", "adoptionPolicy", "managementPolicy"};
constexpr std::string_view kReplicas = "replicas";

bool concerns_the_server(std::string_view field) {
    return std::find(kNotOfTheServer.begin(), kNotOfTheServer.end(), field) ==
           kNotOfTheServer.end();
}

bool is_required(const Json& schema, std::string_view field) {
    const auto required = schema.find("required");
    return required != schema.end() &&
           std::find(required->begin(), required->end(), field) != required->end();
}

bool is_fields(const Json& schema) {
    return schema.contains("properties");
}

// "spec.consumers[0].backoff[1]" and "consumers[].backoff[]" alike; an empty index is the first.
Pointer pointer_of(std::string_view path) {
    std::string text;
    if (path.starts_with("spec.")) {
        path.remove_prefix(5);
    }
    if (path.ends_with("[]")) {
        path.remove_suffix(2);
    }
    for (const char c : "." + std::string{path}) {
        if (c == '.' || c == '[') {
            text += '/';
        } else if (c == ']') {
            text += text.ends_with('/') ? "0" : "";
        } else {
            text += c;
        }
    }
    return Pointer{text};
}

void erase(Json& spec, const Pointer& at) {
    auto& parent = spec[at.parent_pointer()];
    if (parent.is_array()) {
        parent.erase(std::stoul(at.back()));
    } else {
        parent.erase(at.back());
    }
}

// Everything in it that could be left out, what holds a thing before the thing.
std::vector<Pointer> places(const Json& json, const Pointer& at = Pointer{}) {
    std::vector<Pointer> found;
    for (const auto& entry : json.items()) {
        const auto here = json.is_array() ? at / std::stoul(entry.key()) : at / entry.key();
        found.push_back(here);
        if (entry.value().is_structured()) {
            const auto inner = places(entry.value(), here);
            found.insert(found.end(), inner.begin(), inner.end());
        }
    }
    return found;
}

bool holds(const Pointer& outer, const Pointer& inner) {
    return (inner.to_string() + "/").starts_with(outer.to_string() + "/");
}

void add_settings(const Json& schema, const std::string& prefix, std::vector<Setting>& settings) {
    for (const auto& [name, property] : schema["properties"].items()) {
        if ((prefix.empty() && !concerns_the_server(name)) || name == kReplicas ||
            is_required(schema, name)) {
            continue;
        }
        const bool is_list = property.contains("items");
        const auto& element = is_list ? property["items"] : property;
        const auto path = prefix + name + (is_list ? "[]" : "");
        if (is_fields(element)) {
            if (element.contains("required")) {
                settings.push_back({path, {}});
            }
            add_settings(element, path + ".", settings);
        } else if (element.contains("enum")) {
            for (const auto& value : element["enum"]) {
                settings.push_back({path, value.get<std::string>()});
            }
        } else {
            settings.push_back({path, {}});
        }
    }
}

}  // namespace

RandomSpecs::RandomSpecs(resources::Kind kind,
                         std::uint64_t seed,
                         std::string prefix,
                         std::vector<std::string> origins)
    : kind_(kind),
      engine_(seed),
      prefix_(std::move(prefix)),
      subjects_(kind == resources::Kind::StateBucket ? "$KV." + prefix_ + "."
                                                     : prefix_ + ".subject."),
      origins_(std::move(origins)),
      schema_(resources::custom_resource_definition(
          kind)["/spec/versions/0/schema/openAPIV3Schema/properties/spec"_json_pointer]) {
    // Where a server is, is no setting of one either, and only the operator knows several.
    schema_["properties"].erase("connection");
    origins_.push_back(prefix_ + "_elsewhere");
}

Json RandomSpecs::any(ServerLevel level) {
    const auto densities = std::array{0.05, 0.1, 0.2, 0.4, 0.7};
    return fitting(sparse(densities.at(below(densities.size()))), level);
}

Json RandomSpecs::variation(const Json& from, ServerLevel level) {
    const auto kept = chance(0.5) ? 0.9 : 0.6;
    auto spec = any(level);
    for (const auto& [name, value] : from.items()) {
        if (chance(kept)) {
            spec[name] = value;
        }
    }
    for (auto entry = spec.begin(); entry != spec.end();) {
        entry = !from.contains(entry.key()) && chance(kept) ? spec.erase(entry) : std::next(entry);
    }
    return fitting(std::move(spec), level);
}

std::vector<Setting> RandomSpecs::settings() const {
    std::vector<Setting> settings;
    add_settings(schema_, "", settings);
    return settings;
}

std::optional<Json> RandomSpecs::smallest_with(const Setting& setting, const Accepts& accepts) {
    const auto at = pointer_of(setting.path);
    const Accepts anything = [](const Json&) { return true; };
    std::optional<Json> valid;
    constexpr int kTries = 400;
    for (int i = 0; i < kTries; ++i) {
        auto spec = sparse(0.1 * (1 + i % 9));
        const auto full = sparse(1);
        if (!full.contains(at) || !spec.contains(at.parent_pointer())) {
            continue;
        }
        spec[at] = setting.value.empty() ? full[at] : Json(setting.value);
        spec = repaired(std::move(spec), full);
        if (spec.contains(at) && (setting.value.empty() || spec[at] == setting.value) &&
            has_effect(spec, at)) {
            auto smallest = shrunk(spec, at, anything);
            if (accepts(smallest)) {
                return smallest;
            }
            if (accepts(spec)) {
                return shrunk(std::move(spec), at, accepts);
            }
            valid = std::move(smallest);
        }
    }
    return valid;
}

// What needs it is left out rather than what holds it.
Json RandomSpecs::without(Json spec, const Setting& setting) const {
    erase(spec, pointer_of(setting.path));
    auto others = places(spec);
    for (auto place = others.rbegin(); place != others.rend() && !parse(spec).desired; ++place) {
        auto less = spec;
        erase(less, *place);
        if (parse(less).desired) {
            return less;
        }
    }
    return repaired(std::move(spec), Json::object());
}

resources::Parsed RandomSpecs::parse(const Json& spec) const {
    return resources::parse(kind_, spec, prefix_);
}

// Each field with the probability `density`; nothing about it is sure to fit together.
Json RandomSpecs::sparse(double density) {
    density_ = density;
    auto spec = object(schema_);
    for (const auto field : kNotOfTheServer) {
        spec.erase(std::string{field});
    }
    return spec;
}

Json RandomSpecs::object(const Json& schema) {
    Json object = Json::object();
    for (const auto& [name, property] : schema["properties"].items()) {
        if (is_required(schema, name) || chance(density_)) {
            object[name] = name == kReplicas ? Json(1) : value(property);
        }
    }
    return object;
}

Json RandomSpecs::value(const Json& schema) {
    if (schema.contains("enum")) {
        return schema["enum"].at(below(schema["enum"].size()));
    }
    if (is_fields(schema)) {
        return object(schema);
    }
    if (schema.contains("items")) {
        return list(schema);
    }
    if (schema.contains("additionalProperties")) {
        return {{"team", text(schema["additionalProperties"])}};
    }
    const auto type = schema.value("type", "");
    return type == "boolean" ? Json(chance(0.9)) : type == "string" ? text(schema) : number(schema);
}

Json RandomSpecs::list(const Json& schema) {
    Json list = Json::array();
    const bool by_name = schema.value("x-kubernetes-list-type", "") == "map";
    for (const auto* const name : {"a", "b", "c"}) {
        auto element = value(schema["items"]);
        if (by_name) {
            element["name"] = name;
        }
        if (std::find(list.begin(), list.end(), element) == list.end() &&
            (list.empty() || chance(0.5))) {
            list.push_back(std::move(element));
        }
    }
    return list;
}

// Told apart by what their patterns let through: subjects may have wildcards, names no dots.
Json RandomSpecs::text(const Json& schema) {
    if (schema.value("format", "") == "date-time") {
        // In the future: what ended in the past makes no difference to a server.
        return pick({"2090-01-02T03:04:05Z", "2091-06-07T08:09:10.123456789Z"});
    }
    const auto number = std::to_string(below(4));
    const auto pattern = schema.value("pattern", std::string{});
    if (pattern.empty()) {
        // It may be a subject all the same.
        return (chance(0.3) ? subjects_ : prefix_ + ".text.") + (chance(0.7) ? number : ">");
    }
    const auto fits = [&](const std::string& text) {
        return std::regex_match(text, fields::compiled(pattern));
    };
    if (fits(prefix_ + ".subject.*")) {
        return subjects_ + (chance(0.9) ? number : "*");
    }
    if (fits(origins_.front())) {
        return pick(origins_);
    }
    // Durations: long enough for no server to act on one while a test runs.
    return pick({"10m", "45m", "1h30m", "36h"});
}

Json RandomSpecs::number(const Json& schema) {
    const auto least = schema.value("minimum", std::int64_t{0});
    const auto most = schema.value("maximum", std::numeric_limits<std::int64_t>::max());
    const std::array<std::int64_t, 5> choices{least, 10, 50, 4096, 1 << 20};
    return std::clamp(choices.at(below(choices.size())), least, most);
}

std::string RandomSpecs::pick(const std::vector<std::string>& from) {
    return from.at(below(from.size()));
}

std::size_t RandomSpecs::below(std::size_t end) {
    return engine_() % end;
}

bool RandomSpecs::chance(double probability) {
    return std::bernoulli_distribution{probability}(engine_);
}

Json RandomSpecs::fitting(Json spec, ServerLevel level) {
    const auto excess = [&](const Json& of) { return beyond(*parse(of).desired, level); };
    spec = repaired(std::move(spec), sparse(1));
    while (const auto before = excess(spec)) {
        const auto all = places(spec);
        const bool less = std::any_of(all.begin(), all.end(), [&](const Pointer& place) {
            auto without = spec;
            erase(without, place);
            without = repaired(std::move(without), Json::object());
            const bool fewer = excess(without) < before;
            if (fewer) {
                spec = std::move(without);
            }
            return fewer;
        });
        // Two that stand for each other: only without both are there fewer.
        if (!less) {
            erase(spec, all.front());
            spec = repaired(std::move(spec), Json::object());
        }
    }
    return spec;
}

// What a problem names goes, or comes from `spare` where it is missed; at last what holds it goes.
Json RandomSpecs::repaired(Json spec, Json spare) const {
    while (true) {
        const auto problems = parse(spec).problems;
        if (problems.empty()) {
            return spec;
        }
        auto at = pointer_of(problems.front().path);
        if (!spec.contains(at) && spare.contains(at)) {
            spec[at] = spare[at];
            erase(spare, at);
            continue;
        }
        while (!at.empty() && !spec.contains(at)) {
            at = at.parent_pointer();
        }
        if (at.empty()) {
            throw std::logic_error("cannot repair " + spec.dump() + ": " +
                                   fields::describe(problems));
        }
        erase(spec, at);
        if (spare.contains(at)) {
            erase(spare, at);
        }
    }
}

Json RandomSpecs::shrunk(Json spec, const Pointer& kept, const Accepts& accepts) const {
    const auto smaller = [&]() -> std::optional<Json> {
        for (const auto& place : places(spec)) {
            if (holds(place, kept)) {
                continue;
            }
            auto less = spec;
            erase(less, place);
            less = repaired(std::move(less), Json::object());
            if (less.contains(kept) && has_effect(less, kept) && accepts(less)) {
                return less;
            }
        }
        return std::nullopt;
    };
    while (auto less = smaller()) {
        spec = std::move(*less);
    }
    return spec;
}

bool RandomSpecs::has_effect(const Json& spec, const Pointer& at) const {
    auto less = spec;
    erase(less, at);
    const auto with = parse(spec).desired;
    const auto without = parse(less).desired;
    return with &&
           (!without || with->stream != without->stream || with->consumers != without->consumers);
}

std::size_t beyond(const resources::Desired& desired, ServerLevel level) {
    auto count = jetstream::beyond(desired.stream, level).size();
    for (const auto& consumer : desired.consumers) {
        count += jetstream::beyond(consumer, level).size();
    }
    return count;
}

}  // namespace headgate::builders
