#include "jetstream/requests.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/digest.hpp"
#include "jetstream/api_errors.hpp"
#include "jetstream/settings_tables.hpp"

namespace headgate::jetstream {

using core::Error;
using core::ErrorCode;
using core::Json;
using core::Result;
using fields::Dialect;

namespace {

// Written by servers before 2.14 for streams made from a template; newer ones refuse the field.
constexpr std::string_view kNeverSent = "template_owner";

std::string text_of(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void drop_server_metadata(Metadata& metadata) {
    std::erase_if(metadata, [](const auto& entry) { return entry.first.starts_with("_nats."); });
}

Error unreadable(std::string_view reply) {
    return Error{ErrorCode::Internal,
                 "not a JetStream reply: " + std::string{reply.substr(0, 200)}};
}

// A reply without an error, or the error the server gave.
Result<Json> parse_reply(std::string_view reply) {
    auto json = Json::parse(reply, nullptr, false);
    if (!json.is_object()) {
        return unreadable(reply);
    }
    if (const auto error = json.find("error"); error != json.end() && error->is_object()) {
        return to_error(ApiError{.code = error->value("code", 0),
                                 .err_code = error->value("err_code", 0),
                                 .description = error->value("description", std::string{})});
    }
    return json;
}

// nlohmann's accessors throw on a wrong type, which only a broken server sends.
template <class F>
auto reading(std::string_view reply, F&& read) -> std::invoke_result_t<F, Json&> {
    try {
        auto json = parse_reply(reply);
        if (!json) {
            return json.error();
        }
        return read(*json);
    } catch (const Json::exception& failure) {
        return Error{ErrorCode::Internal, std::string{"not the reply expected: "} + failure.what()};
    }
}

// The server writes "0001-01-01T00:00:00Z" for the times of an empty stream.
std::optional<Timestamp> time_in(const Json& json, const char* key) {
    const auto time = core::parse_time(json.value(key, std::string{}));
    return time ? std::optional{*time} : std::nullopt;
}

// Takes the configuration out of it: a list has thousands.
Result<StreamInfo> read_stream(Json& json) {
    auto settings = stream_from_wire(json.at("config"));
    if (!settings) {
        return settings.error();
    }
    StreamInfo info;
    info.settings = std::move(*settings);
    info.created = json.value("created", std::string{});
    info.observed_at = time_in(json, "ts");
    info.beyond = std::make_shared<const Json>(std::move(json.at("config")));
    if (const auto state = json.find("state"); state != json.end() && state->is_object()) {
        info.state.messages = state->value("messages", std::uint64_t{0});
        info.state.bytes = state->value("bytes", std::uint64_t{0});
        info.state.first_sequence = state->value("first_seq", std::uint64_t{0});
        info.state.last_sequence = state->value("last_seq", std::uint64_t{0});
        info.state.first_time = time_in(*state, "first_ts");
        info.state.last_time = time_in(*state, "last_ts");
        info.state.subjects = state->value("num_subjects", std::uint64_t{0});
        info.state.deleted = state->value("num_deleted", std::uint64_t{0});
        info.state.consumers = state->value("consumer_count", std::int64_t{0});
    }
    return info;
}

bool is_made_by_server(const Json& config) {
    const auto metadata = config.find("metadata");
    if (metadata == config.end() || !metadata->is_object()) {
        return false;
    }
    const auto entries = metadata->items();
    return std::any_of(entries.begin(), entries.end(), [](const auto& entry) {
        return entry.key().starts_with("_nats.mirror.") || entry.key().starts_with("_nats.src.");
    });
}

Result<ConsumerInfo> read_consumer(Json& json) {
    auto settings = consumer_from_wire(json.at("config"));
    if (!settings) {
        return settings.error();
    }
    ConsumerInfo info;
    info.settings = std::move(*settings);
    // 2.9 leaves `name` out of the configuration of some durables; the info always has it.
    info.settings.name = ConsumerName{json.value("name", info.settings.name.value())};
    info.durable = !json.at("config").value("durable_name", std::string{}).empty();
    info.made_by_server = is_made_by_server(json.at("config"));
    info.created = json.value("created", std::string{});
    info.beyond = std::make_shared<const Json>(std::move(json.at("config")));
    if (const auto delivered = json.find("delivered"); delivered != json.end()) {
        info.delivered = delivered->value("consumer_seq", std::uint64_t{0});
    }
    if (const auto floor = json.find("ack_floor"); floor != json.end()) {
        info.acknowledged_to = floor->value("stream_seq", std::uint64_t{0});
    }
    info.pending = json.value("num_pending", std::uint64_t{0});
    info.unacknowledged = json.value("num_ack_pending", std::uint64_t{0});
    info.redelivered = json.value("num_redelivered", std::uint64_t{0});
    return info;
}

// The server writes -1 or, where a tier goes before, 0 for "no limit".
std::optional<std::int64_t> limit_in(const Json& json, const char* key) {
    const auto limit = json.value(key, std::int64_t{-1});
    return limit > 0 ? std::optional{limit} : std::nullopt;
}

AccountLimits read_limits(const Json& json) {
    AccountLimits limits;
    if (const auto found = json.find("limits"); found != json.end() && found->is_object()) {
        limits.max_memory = limit_in(*found, "max_memory");
        limits.max_file = limit_in(*found, "max_storage");
        limits.max_memory_stream = limit_in(*found, "memory_max_stream_bytes");
        limits.max_file_stream = limit_in(*found, "storage_max_stream_bytes");
        limits.max_bytes_required = found->value("max_bytes_required", false);
        limits.max_ack_pending = limit_in(*found, "max_ack_pending");
        limits.max_streams = limit_in(*found, "max_streams");
        limits.max_consumers = limit_in(*found, "max_consumers");
    }
    return limits;
}

std::map<int, AccountLimits> read_tiers(const Json& json) {
    std::map<int, AccountLimits> tiers;
    if (const auto found = json.find("tiers"); found != json.end() && found->is_object()) {
        for (const auto& [name, tier] : found->items()) {
            // "R3": three replicas.
            if (const int replicas = name.starts_with('R') ? std::atoi(name.c_str() + 1) : 0;
                replicas > 0) {
                tiers[replicas] = read_limits(tier);
            }
        }
    }
    return tiers;
}

// Bytes that a base64 text stands for.
std::uint64_t decoded_size(std::string_view text) {
    const auto padding = text.ends_with("==") ? 2U : (text.ends_with('=') ? 1U : 0U);
    return text.size() / 4 * 3 - padding;
}

Result<MessageInfo> read_message(const Json& json) {
    const auto& message = json.at("message");
    const auto time = core::parse_time(message.at("time").get<std::string>());
    if (!time) {
        return time.error();
    }
    MessageInfo info;
    info.sequence = message.at("seq").get<std::uint64_t>();
    info.subject = message.at("subject").get<std::string>();
    info.time = *time;
    info.headers = core::decode_base64(message.value("hdrs", std::string{}));
    info.body = decoded_size(message.value("data", std::string{}));
    return info;
}

// A page of subjects: their details are part of the stream's state.
Result<Page<SubjectCount>> read_subject_counts(const Json& json) {
    Page<SubjectCount> page;
    if (const auto state = json.find("state"); state != json.end()) {
        if (const auto counts = state->find("subjects");
            counts != state->end() && counts->is_object()) {
            for (const auto& [subject, count] : counts->items()) {
                page.items.emplace_back(subject, count.get<std::uint64_t>());
            }
        }
    }
    const auto end = json.value("offset", std::size_t{0}) + page.items.size();
    page.total = std::max(json.value("total", std::size_t{0}), end);
    if (end < page.total && !page.items.empty()) {
        page.next = end;
    }
    return page;
}

// A page covers `limit` entries, those among `missing` and `offline` and those cut out included.
template <class T>
Result<Page<T>> read_page(Json& json,
                          const char* key,
                          Result<T> (*read)(Json&),
                          std::size_t cut_out = 0) {
    Page<T> page;
    if (const auto items = json.find(key); items != json.end() && items->is_array()) {
        for (auto& item : *items) {
            auto parsed = read(item);
            if (!parsed) {
                return parsed.error();
            }
            page.items.push_back(std::move(*parsed));
        }
    }
    if (const auto missing = json.find("missing"); missing != json.end() && missing->is_array()) {
        page.missing = missing->get<std::vector<std::string>>();
    }
    if (const auto offline = json.find("offline"); offline != json.end() && offline->is_object()) {
        for (const auto& [name, reason] : offline->items()) {
            page.missing.push_back(name);
        }
    }
    const auto covered = cut_out + page.items.size() + page.missing.size();
    const auto end = json.value("offset", std::size_t{0}) + covered;
    page.total = json.value("total", std::size_t{0});
    if (end < page.total && covered > 0) {
        page.next = end;
    }
    return page;
}

Json offset_body(std::size_t offset) {
    return offset == 0 ? Json::object() : Json{{"offset", offset}};
}

Json put_consumer_body(const StreamName& stream, Json config, std::string_view action) {
    return Json{{"stream_name", stream.value()}, {"config", std::move(config)}, {"action", action}};
}

template <class T>
Result<T> from_wire(const Json& wire) {
    T settings;
    fields::Problems problems;
    fields::parse_fields(wire, fields::Reader{Dialect::Wire, problems}, "config", settings);
    if (!problems.empty()) {
        return Error{ErrorCode::Internal, "not a configuration: " + fields::describe(problems)};
    }
    drop_server_metadata(settings.metadata);
    return settings;
}

void carry_beyond_metadata(const Json& observed, Json& wire) {
    const auto metadata = observed.find("metadata");
    if (metadata == observed.end() || !metadata->is_object()) {
        return;
    }
    for (const auto& [key, value] : metadata->items()) {
        if (key.starts_with("_nats.")) {
            wire["metadata"][key] = value;
        }
    }
}

template <class T>
void carry_beyond(const Beyond& beyond, Json& wire) {
    if (beyond && beyond->is_object()) {
        fields::carry_unknown_fields<T>(*beyond, wire);
        wire.erase(std::string{kNeverSent});
        carry_beyond_metadata(*beyond, wire);
    }
}

bool says_nothing(const Json& value) {
    return value.is_null() || value == false || value == 0 || value == "" ||
           value == "0001-01-01T00:00:00Z" ||  // Go's zero time
           (value.is_structured() && value.empty());
}

template <class T>
std::vector<std::string> beyond_table(const Beyond& beyond, const Json& known) {
    auto all = known;
    carry_beyond<T>(beyond, all);
    std::vector<std::string> fields;
    for (const auto& [key, value] : all.items()) {
        const auto ours = known.find(key);
        if (key != "metadata" && !says_nothing(value) && (ours == known.end() || *ours != value)) {
            fields.push_back(key + ": " + text_of(value));
        }
    }
    return fields;
}

std::string consumer_subject(std::string_view verb,
                             const StreamName& stream,
                             const ConsumerName& consumer) {
    return "CONSUMER." + std::string{verb} + "." + stream.value() + "." + consumer.value();
}

}  // namespace

Json stream_to_wire(const StreamSettings& settings) {
    return fields::emit_fields(settings, Dialect::Wire);
}

Json consumer_to_wire(const ConsumerSettings& settings) {
    auto wire = fields::emit_fields(settings, Dialect::Wire);
    wire["durable_name"] = settings.name.value();
    // One filter goes into the field that every server version keeps.
    if (settings.filter_subjects.size() == 1) {
        wire.erase("filter_subjects");
        wire["filter_subject"] = settings.filter_subjects.front();
    }
    return wire;
}

std::string wire_text(const StreamSettings& settings) {
    return text_of(stream_to_wire(settings));
}

std::string wire_text(const ConsumerSettings& settings) {
    return text_of(consumer_to_wire(settings));
}

Result<StreamSettings> stream_from_wire(const Json& wire) {
    return from_wire<StreamSettings>(wire);
}

Result<ConsumerSettings> consumer_from_wire(const Json& wire) {
    auto settings = from_wire<ConsumerSettings>(wire);
    if (!settings) {
        return settings;
    }
    if (const auto filter = wire.find("filter_subject");
        filter != wire.end() && filter->is_string() &&
        !filter->get_ref<const std::string&>().empty()) {
        settings->filter_subjects = {filter->get<std::string>()};
    }
    if (const auto durable = wire.find("durable_name");
        settings->name.value().empty() && durable != wire.end() && durable->is_string()) {
        settings->name = ConsumerName{durable->get<std::string>()};
    }
    return settings;
}

std::vector<std::string> unknown_fields(const StreamInfo& stream) {
    return beyond_table<StreamSettings>(stream.beyond, stream_to_wire(stream.settings));
}

std::vector<std::string> unknown_fields(const ConsumerInfo& consumer) {
    return beyond_table<ConsumerSettings>(consumer.beyond, consumer_to_wire(consumer.settings));
}

Request account_info_request() {
    return {"account_info", "INFO", {}};
}

Request stream_info_request(const StreamName& stream) {
    return {"stream_info", "STREAM.INFO." + stream.value(), {}};
}

Request stream_list_request(std::size_t offset) {
    return {"stream_list", "STREAM.LIST", text_of(offset_body(offset))};
}

Request stream_names_request(std::string_view subject, std::size_t offset) {
    auto body = offset_body(offset);
    if (!subject.empty()) {
        body["subject"] = subject;
    }
    return {"stream_names", "STREAM.NAMES", text_of(body)};
}

Request next_message_request(const StreamName& stream,
                             std::uint64_t sequence,
                             std::string_view filter) {
    return {"message_get",
            "STREAM.MSG.GET." + stream.value(),
            text_of(Json{{"seq", sequence}, {"next_by_subj", filter}})};
}

Request last_message_request(const StreamName& stream, std::string_view subject) {
    return {"message_get",
            "STREAM.MSG.GET." + stream.value(),
            text_of(Json{{"last_by_subj", subject}})};
}

Request subject_counts_request(const StreamName& stream,
                               std::string_view filter,
                               std::size_t offset) {
    auto body = offset_body(offset);
    body["subjects_filter"] = filter;
    return {"stream_info", "STREAM.INFO." + stream.value(), text_of(body)};
}

Request deleted_sequences_request(const StreamName& stream) {
    return {
        "stream_info", "STREAM.INFO." + stream.value(), text_of(Json{{"deleted_details", true}})};
}

Request stream_create_request(const StreamSettings& settings) {
    return {"stream_create",
            "STREAM.CREATE." + settings.name.value(),
            text_of(stream_to_wire(settings))};
}

Request stream_update_request(const StreamSettings& settings, const Beyond& beyond) {
    auto wire = stream_to_wire(settings);
    carry_beyond<StreamSettings>(beyond, wire);
    return {"stream_update", "STREAM.UPDATE." + settings.name.value(), text_of(wire)};
}

Request stream_delete_request(const StreamName& stream) {
    return {"stream_delete", "STREAM.DELETE." + stream.value(), {}};
}

Request consumer_info_request(const StreamName& stream, const ConsumerName& consumer) {
    return {"consumer_info", consumer_subject("INFO", stream, consumer), {}};
}

Request consumer_list_request(const StreamName& stream, std::size_t offset) {
    return {"consumer_list", "CONSUMER.LIST." + stream.value(), text_of(offset_body(offset))};
}

Request consumer_create_request(const StreamName& stream, const ConsumerSettings& settings) {
    return {"consumer_create",
            consumer_subject("CREATE", stream, settings.name),
            text_of(put_consumer_body(stream, consumer_to_wire(settings), "create"))};
}

Request consumer_update_request(const StreamName& stream,
                                const ConsumerSettings& settings,
                                const Beyond& beyond) {
    auto wire = consumer_to_wire(settings);
    const auto declared = wire;
    carry_beyond<ConsumerSettings>(beyond, wire);
    // A filter has two names on the wire, and the durable name is ours; what was observed of them
    // must not come back.
    for (const auto* const key : {"filter_subject", "filter_subjects", "durable_name"}) {
        wire.erase(key);
        if (const auto ours = declared.find(key); ours != declared.end()) {
            wire[key] = *ours;
        }
    }
    return {"consumer_update",
            consumer_subject("CREATE", stream, settings.name),
            text_of(put_consumer_body(stream, std::move(wire), "update"))};
}

Request consumer_pause_request(const StreamName& stream,
                               const ConsumerName& consumer,
                               std::optional<Timestamp> until) {
    return {"consumer_pause",
            consumer_subject("PAUSE", stream, consumer),
            until ? text_of(Json{{"pause_until", core::format_time(*until)}}) : std::string{}};
}

Request consumer_delete_request(const StreamName& stream, const ConsumerName& consumer) {
    return {"consumer_delete", consumer_subject("DELETE", stream, consumer), {}};
}

Result<ServerInfo> parse_account_info(std::string_view reply) {
    return reading(reply, [](const Json& json) -> Result<ServerInfo> {
        ServerInfo info;
        info.domain = json.value("domain", std::string{});
        info.streams = json.value("streams", std::uint64_t{0});
        info.consumers = json.value("consumers", std::uint64_t{0});
        info.memory = json.value("memory", std::uint64_t{0});
        info.storage = json.value("storage", std::uint64_t{0});
        const auto api = json.find("api");
        const int level = api != json.end() && api->is_object() ? api->value("level", 0) : 0;
        constexpr std::array kByApiLevel{
            kServer2_10, kServer2_11, kServer2_12, kServer2_12_5, kServer2_14, kServer2_15};
        if (level > 0) {
            info.level = kByApiLevel[std::min<std::size_t>(static_cast<std::size_t>(level),
                                                           kByApiLevel.size() - 1)];
        } else {
            // 2.10 and 2.9 state no level; only the former reports what is reserved.
            info.level = json.contains("reserved_storage") ? kServer2_10 : kServer2_9;
        }
        info.version = version_text(info.level);
        info.limits = read_limits(json);
        info.tiers = read_tiers(json);
        return info;
    });
}

Result<StreamInfo> parse_stream_info(std::string_view reply) {
    return reading(reply, read_stream);
}

Result<Page<StreamInfo>> parse_stream_list(std::string_view reply, const PassOver& pass_over) {
    const auto cut = cut_stream_list(reply);
    auto page = reading(cut.rest, [&](Json& json) {
        return read_page<StreamInfo>(json, "streams", read_stream, cut.streams.size());
    });
    if (!page) {
        return page;
    }
    for (const auto& [listed, text] : cut.streams) {
        if (pass_over && !listed.name.value().empty() && pass_over(listed)) {
            ++page->passed_over;
            continue;
        }
        auto stream = parse_stream_info(text);
        if (!stream) {
            return stream.error();
        }
        stream->fingerprint = listed.fingerprint;
        page->items.push_back(std::move(*stream));
    }
    return page;
}

Result<Page<StreamName>> parse_stream_names(std::string_view reply) {
    const auto name = [](Json& json) -> Result<StreamName> {
        return StreamName{json.get<std::string>()};
    };
    return reading(reply, [&](Json& json) { return read_page<StreamName>(json, "streams", name); });
}

Result<MessageInfo> parse_message(std::string_view reply) {
    return reading(reply, read_message);
}

Result<Page<SubjectCount>> parse_subject_counts(std::string_view reply) {
    return reading(reply, read_subject_counts);
}

Result<std::vector<std::uint64_t>> parse_deleted_sequences(std::string_view reply) {
    return reading(reply, [](const Json& json) -> Result<std::vector<std::uint64_t>> {
        const auto& state = json.at("state");
        const auto deleted = state.find("deleted");
        return deleted == state.end() || deleted->is_null()
                   ? std::vector<std::uint64_t>{}
                   : deleted->get<std::vector<std::uint64_t>>();
    });
}

Result<ConsumerInfo> parse_consumer_info(std::string_view reply) {
    return reading(reply, read_consumer);
}

Result<Page<ConsumerInfo>> parse_consumer_list(std::string_view reply) {
    return reading(reply, [](Json& json) {
        return read_page<ConsumerInfo>(json, "consumers", read_consumer);
    });
}

core::Status parse_paused(std::string_view reply) {
    return reading(reply, [&](const Json& json) {
        return json.contains("paused") ? core::Status{} : core::Status{unreadable(reply)};
    });
}

core::Status parse_deleted(std::string_view reply) {
    return reading(reply, [&](const Json& json) {
        return json.value("success", false) ? core::Status{} : core::Status{unreadable(reply)};
    });
}

}  // namespace headgate::jetstream
