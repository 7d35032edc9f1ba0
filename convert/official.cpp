#include "convert/official.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "convert/field_map.hpp"
#include "core/names.hpp"
#include "reconcilers/resources/resource.hpp"

namespace headgate::convert {

using core::Json;
using resources::Kind;

namespace {

using namespace std::string_view_literals;

constexpr std::string_view kGroup = "jetstream.nats.io";
constexpr std::array kOfficialKinds{
    "Stream"sv, "Consumer"sv, "KeyValue"sv, "ObjectStore"sv, "Account"sv};

constexpr std::string_view kApplied = "kubectl.kubernetes.io/last-applied-configuration";
constexpr std::string_view kState = ".nats.io/state";  // what the operator saw last

std::string text_at(const Json& map, std::string_view name) {
    const auto found = map.is_object() ? map.find(name) : map.end();
    return map.is_object() && found != map.end() && found->is_string() ? found->get<std::string>()
                                                                       : std::string{};
}

bool is_true(const Json& map, std::string_view name) {
    const auto found = map.find(name);
    return found != map.end() && *found == true;
}

const Json& spec_schema(Kind kind) {
    static const auto read = [](Kind of) {
        return resources::custom_resource_definition(of)
            .at("spec")
            .at("versions")
            .at(0)
            .at("schema")
            .at("openAPIV3Schema")
            .at("properties")
            .at("spec");
    };
    static const std::map<Kind, Json> kSchemas{{Kind::StateBucket, read(Kind::StateBucket)},
                                               {Kind::StreamConfig, read(Kind::StreamConfig)}};
    return kSchemas.at(kind);
}

/// An object of the official group, its fields mapped.
struct Item {
    std::size_t object;
    std::string kind;
    std::string name;  ///< metadata.name
    std::string ns;    ///< metadata.namespace; empty: not said.
    Mapped mapped;

    [[nodiscard]] bool is_sound() const { return mapped.problems.empty(); }
};

class Converter {
public:
    explicit Converter(std::span<const Source> sources) : sources_(sources) {}

    Conversion convert() && {
        for (std::size_t i = 0; i < sources_.size(); ++i) {
            read(i);
        }
        for (auto& consumer : consumers_) {
            assign(consumer);
        }
        for (auto& item : items_) {
            finish(item);
        }
        const auto by_object = [](const auto& left, const auto& right) {
            return left.object < right.object;
        };
        std::stable_sort(conversion_.problems.begin(), conversion_.problems.end(), by_object);
        std::stable_sort(conversion_.notes.begin(), conversion_.notes.end(), by_object);
        return std::move(conversion_);
    }

private:
    void problem(std::size_t object, std::string path, std::string message) {
        conversion_.problems.push_back({object, std::move(path), std::move(message)});
    }

    void note(std::size_t object, std::string path, std::string message) {
        conversion_.notes.push_back({object, std::move(path), std::move(message)});
    }

    void read(std::size_t object) {
        const auto& json = *sources_[object].json;
        const auto version = text_at(json, "apiVersion");
        const auto kind = text_at(json, "kind");
        if (!version.starts_with(std::string{kGroup} + "/")) {
            return note(object,
                        "",
                        "skipped, not of " + std::string{kGroup} +
                            (kind.empty() ? "" : ": " + version + " " + kind));
        }
        if (version != kOfficialVersion) {
            return problem(object,
                           "apiVersion",
                           version + " is not read; write " + std::string{kOfficialVersion});
        }
        if (kind == "Account") {
            return note(object,
                        "",
                        "an Account is a connection: run one headgate for each, with --server and "
                        "--creds, --nkey, --user or --tls-*");
        }
        if (kind == "ObjectStore") {
            return note(object,
                        "",
                        "an ObjectStore has no kind here; `headgate export --streams 'OBJ_*'` "
                        "writes the stream of one that exists as a StreamConfig");
        }
        if (kind != "Stream" && kind != "Consumer" && kind != "KeyValue") {
            const auto nearest = core::nearest_name(kind, kOfficialKinds);
            return problem(object,
                           "kind",
                           "\"" + kind + "\" is none of " + std::string{kGroup} +
                               (nearest.empty() ? std::string{}
                                                : "; did you mean " + std::string{nearest} + "?"));
        }
        read_item(object, json, kind);
    }

    void read_item(std::size_t object, const Json& json, const std::string& kind) {
        const auto metadata = json.value("metadata", Json::object());
        const auto spec = json.value("spec", Json{});
        Item item{object, kind, text_at(metadata, "name"), text_at(metadata, "namespace"), {}};
        if (item.name.empty()) {
            problem(object, "metadata.name", "is required");
        }
        if (!spec.is_object()) {
            return problem(object, "spec", "must be a mapping of fields");
        }
        if (item.name.empty()) {
            return;
        }
        const bool is_bucket = kind == "KeyValue";
        const auto& schema = spec_schema(is_bucket ? Kind::StateBucket : Kind::StreamConfig);
        item.mapped =
            kind == "Consumer"
                ? map_fields(spec, consumer_lines(), schema.at("properties").at("consumers"))
            : is_bucket ? map_fields(spec, key_value_lines(), schema)
                        : map_fields(spec, stream_lines(), schema);
        require(item,
                kind == "Consumer" ? "durableName"
                : is_bucket        ? "bucket"
                                   : "name",
                is_bucket ? "bucket" : "name");
        if (kind == "Consumer") {
            read_ack_wait(item, spec);
            note_policies_of_consumer(item, metadata, spec);
            consumers_.push_back(std::move(item));
        } else {
            read_policies(item, spec);
            items_.push_back(std::move(item));
        }
    }

    static void require(Item& item, const std::string& official, const char* ours) {
        if (!item.mapped.spec.contains(ours)) {
            item.mapped.problems.push_back(
                {"spec." + official,
                 "is required" + std::string{official == "durableName"
                                                 ? ": a consumer without it is ephemeral, and "
                                                   "cannot be declared"
                                                 : ""}});
        }
    }

    // The official schema says 1ns for a field left out, which redelivers at once; nobody means it.
    static void read_ack_wait(Item& item, const Json& spec) {
        const auto wait = text_at(spec, "ackWait");
        if (const auto backoff = spec.find("backoff"); backoff != spec.end() && !backoff->empty()) {
            if (spec.contains("ackWait")) {
                item.mapped.notes.push_back(
                    {"spec.ackWait", "is left out: the first entry of backoff replaces it"});
            }
            return;
        }
        const bool never_said = wait.empty() || wait == "1ns";
        if (!never_said || (spec.contains("ackWait") && !spec.at("ackWait").is_string())) {
            item.mapped.spec["ackWait"] = spec.at("ackWait");
            item.mapped.origins["ackWait"] = "spec.ackWait";
        } else if (item.mapped.spec.value("ackPolicy", Json{}) != "None") {
            item.mapped.notes.push_back(
                {"spec.ackWait",
                 "is left out, for which the official schema says 1ns; here it becomes 30s"});
        }
    }

    static void read_policies(Item& item, const Json& spec) {
        auto& ours = item.mapped.spec;
        ours["adoptionPolicy"] = "IfMatching";
        if (!is_true(spec, "preventDelete")) {
            item.mapped.notes.push_back(
                {"spec.preventDelete",
                 "is not set, so that the official operator deletes the data with the object; "
                 "here it stays, unless you add deletionPolicy: Delete"});
        }
        if (is_true(spec, "preventUpdate")) {
            ours["managementPolicy"] = "Observe";
            item.mapped.notes.push_back(
                {"spec.preventUpdate",
                 "becomes managementPolicy: Observe, which does not create it either"});
        }
    }

    static void note_policies_of_consumer(Item& item, const Json& metadata, const Json& spec) {
        for (const auto* const name : {"preventDelete", "preventUpdate"}) {
            if (is_true(spec, name)) {
                item.mapped.notes.push_back(
                    {std::string{"spec."} + name,
                     "is not carried over: a consumer has no policies of its own, and leaves with "
                     "its entry in the list"});
            }
        }
        if (const auto labels = metadata.find("labels");
            labels != metadata.end() && !labels->empty()) {
            item.mapped.notes.push_back(
                {"metadata.labels",
                 "are not carried over: a consumer is an entry of its StreamConfig"});
        }
    }

    [[nodiscard]] std::string account_of(const Item& item) const {
        return text_at(sources_[item.object].json->at("spec"), "account");
    }

    // Puts a consumer into its stream, or says that it has none here.
    void assign(Item& consumer) {
        const auto stream = text_at(sources_[consumer.object].json->at("spec"), "streamName");
        tell(consumer);
        if (stream.empty()) {
            return problem(consumer.object, "spec.streamName", "is required");
        }
        Item* owner = nullptr;
        for (auto& item : items_) {
            if (item.kind == "Stream" && text_at(item.mapped.spec, "name") == stream &&
                account_of(item) == account_of(consumer) &&
                (owner == nullptr || item.ns == consumer.ns)) {
                owner = &item;
            }
        }
        if (!consumer.is_sound()) {
            if (owner != nullptr) {
                broken_.insert(owner->object);
            }
            return;
        }
        if (owner == nullptr) {
            return keep_loose(consumer, stream);
        }
        auto& list = owner->mapped.spec["consumers"];
        list.push_back(std::move(consumer.mapped.spec));
        members_[owner->object].push_back(&consumer);
    }

    void keep_loose(Item& consumer, const std::string& stream) {
        // Of a stream that allows whatever a consumer may ask for.
        const auto parsed = resources::parse(
            Kind::StreamConfig,
            {{"name", stream}, {"replicas", 5}, {"consumers", Json::array({consumer.mapped.spec})}},
            stream);
        for (const auto& found : parsed.problems) {
            problem(consumer.object,
                    origin_of(consumer, found.path, "spec.consumers[0]."),
                    found.message);
        }
        if (parsed.desired) {
            conversion_.loose.push_back({consumer.object, stream, std::move(consumer.mapped.spec)});
        }
    }

    /// Problems and notes of one object's own fields.
    void tell(const Item& item) {
        for (const auto& found : item.mapped.problems) {
            problem(item.object, found.path, found.message);
        }
        for (const auto& found : item.mapped.notes) {
            note(item.object, found.path, found.message);
        }
    }

    // The official path of a problem that was found in ours: of the nearest thing that came from
    // somewhere.
    static std::string origin_of(const Item& item, std::string_view path, std::string_view prefix) {
        path.remove_prefix(std::min(prefix.size(), path.size()));
        while (!path.empty()) {
            if (const auto found = item.mapped.origins.find(path);
                found != item.mapped.origins.end()) {
                return found->second;
            }
            const auto cut = path.find_last_of(".[");
            path = path.substr(0, cut == std::string_view::npos ? 0 : cut);
        }
        return "spec";
    }

    void finish(Item& item) {
        tell(item);
        if (broken_.contains(item.object)) {
            return leave_out(item);
        }
        if (!item.is_sound()) {
            return;
        }
        const auto kind = item.kind == "KeyValue" ? Kind::StateBucket : Kind::StreamConfig;
        if (!is_first(item)) {
            return;
        }
        const auto parsed = resources::parse(kind, item.mapped.spec, item.name);
        for (const auto& found : parsed.problems) {
            tell_problem(item, found);
        }
        if (broken_.contains(item.object)) {
            leave_out(item);
        }
        if (!parsed.desired) {
            return;
        }
        auto manifest = resources::manifest({kind, item.ns, item.name}, *parsed.desired);
        carry_metadata(sources_[item.object].json->at("metadata"), manifest.at("metadata"));
        conversion_.manifests.push_back({item.object, std::move(manifest)});
    }

    void leave_out(const Item& item) {
        note(item.object, "", "left out, since one of its consumers has a problem");
    }

    bool is_first(const Item& item) {
        const auto ns = item.ns.empty() ? "default" : item.ns;
        const auto [first, is_new] =
            seen_.try_emplace(std::tuple{item.kind, ns, item.name}, item.object);
        if (!is_new) {
            problem(item.object,
                    "",
                    item.kind + " " + ns + "/" + item.name + " is there twice: here and at " +
                        sources_[first->second].origin);
        }
        return is_new;
    }

    void tell_problem(const Item& item, const fields::Problem& found) {
        constexpr std::string_view kList = "spec.consumers[";
        const auto& members = members_[item.object];
        if (found.path.starts_with(kList)) {
            const auto end = found.path.find(']');
            const auto index = std::stoul(found.path.substr(kList.size(), end - kList.size()));
            const auto& member = *members.at(index);
            broken_.insert(item.object);
            return problem(member.object,
                           origin_of(member, found.path, found.path.substr(0, end + 2)),
                           found.message);
        }
        problem(item.object, origin_of(item, found.path, "spec."), found.message);
    }

    static void carry_metadata(const Json& official, Json& ours) {
        if (!official.contains("namespace")) {
            ours.erase("namespace");
        }
        if (const auto labels = official.find("labels"); labels != official.end()) {
            ours["labels"] = *labels;
        }
        const auto annotations = official.find("annotations");
        if (annotations == official.end() || !annotations->is_object()) {
            return;
        }
        for (const auto& [key, value] : annotations->items()) {
            if (key != kApplied && !key.ends_with(kState)) {
                ours["annotations"][key] = value;
            }
        }
    }

    std::span<const Source> sources_;
    std::vector<Item> items_;  ///< Streams and KeyValues.
    std::vector<Item> consumers_;
    std::map<std::size_t, std::vector<const Item*>> members_;  ///< By the stream's object.
    std::set<std::size_t> broken_;  ///< Streams that a consumer could not be read for.
    std::map<std::tuple<std::string, std::string, std::string>, std::size_t> seen_;
    Conversion conversion_;
};

}  // namespace

Conversion convert(std::span<const Source> sources) {
    return Converter{sources}.convert();
}

}  // namespace headgate::convert
