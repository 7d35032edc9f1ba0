#include "convert/field_map.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>

#include "core/names.hpp"
#include "core/units.hpp"
#include "jetstream/names.hpp"

namespace headgate::convert {

using core::Json;

namespace {

constexpr std::string_view kConnection =
    "belongs to the connection: run one headgate for each account or server, with --server, "
    "--creds, --nkey, --tls-* or --js-domain";
constexpr std::string_view kNotOfABucket =
    "is nothing a mirror or source of a StateBucket can have; a StreamConfig named KV_<bucket> can";

constexpr std::array kPlacement{
    Line{"cluster", "cluster"},
    Line{"tags", "tags"},
};
constexpr std::array kTransform{
    Line{"source", "source"},
    Line{"dest", "destination"},
};
constexpr std::array kRepublish{
    Line{"source", "source"},
    Line{"destination", "destination"},
    // In its Go types and not in its schema, where the API server drops it.
    Line{"headers_only", "headersOnly"},
};
constexpr std::array kLimits{
    Line{"inactiveThreshold", "inactiveThreshold"},
    Line{"maxAckPending", "maxAckPending", How::Limit},
};
constexpr std::array kSource{
    Line{"name", "name"},
    Line{"optStartSeq", "startSequence", How::Limit},
    Line{"optStartTime", "startTime"},
    Line{"filterSubject", "filterSubject"},
    Line{"externalApiPrefix", "external.api"},
    Line{"externalDeliverPrefix", "external.deliver"},
    Line{"subjectTransforms", "subjectTransforms", How::Entries, kTransform},
};
constexpr std::array kBucketSource{
    Line{"name", "name", How::Bucket},
    Line{"externalApiPrefix", "domain", How::Domain, {}, {}, kNotOfABucket},
    Line{"optStartSeq", "", How::Lost, {}, {}, kNotOfABucket},
    Line{"optStartTime", "", How::Lost, {}, {}, kNotOfABucket},
    Line{"filterSubject", "", How::Lost, {}, {}, kNotOfABucket},
    Line{"externalDeliverPrefix", "", How::Lost, {}, {}, kNotOfABucket},
    Line{"subjectTransforms", "", How::Lost, {}, {}, kNotOfABucket},
};

// In each of the three kinds.
constexpr std::array kCommon{
    Line{"preventDelete", "", How::Elsewhere},
    Line{"preventUpdate", "", How::Elsewhere},
    Line{"account", "", How::Lost, {}, {}, kConnection},
    Line{"creds", "", How::Lost, {}, {}, kConnection},
    Line{"nkey", "", How::Lost, {}, {}, kConnection},
    Line{"servers", "", How::Lost, {}, {}, kConnection},
    Line{"tls", "", How::Lost, {}, {}, kConnection},
    Line{"tlsFirst", "", How::Lost, {}, {}, kConnection},
    Line{"jsDomain", "", How::Lost, {}, {}, kConnection},
};

template <std::size_t N>
constexpr auto with_common(const std::array<Line, N>& own) {
    std::array<Line, N + kCommon.size()> all{};
    std::copy(own.begin(), own.end(), all.begin());
    std::copy(kCommon.begin(), kCommon.end(), all.begin() + N);
    return all;
}

constexpr auto kStream = with_common(std::array{
    Line{"name", "name"},
    Line{"description", "description"},
    Line{"subjects", "subjects"},
    Line{"retention", "retention", How::Choice},
    Line{"maxConsumers", "maxConsumers", How::Limit},
    Line{"maxMsgs", "maxMessages", How::Limit},
    Line{"maxMsgsPerSubject", "maxMessagesPerSubject", How::Limit},
    Line{"maxBytes", "maxBytes", How::Limit},
    Line{"maxAge", "maxAge"},
    Line{"maxMsgSize", "maxMessageSize", How::Limit},
    Line{"storage", "storage", How::Choice, {}, "memory"},
    Line{"discard", "discard", How::Choice},
    Line{"discardPerSubject", "discardNewPerSubject"},
    Line{"replicas", "replicas", How::Limit},
    Line{"noAck", "noAck"},
    Line{"duplicateWindow", "duplicateWindow"},
    Line{"placement", "placement", How::Fields, kPlacement},
    Line{"mirror", "mirror", How::Fields, kSource},
    Line{"sources", "sources", How::Entries, kSource},
    Line{"compression", "compression", How::Choice},
    Line{"subjectTransform", "subjectTransform", How::Fields, kTransform},
    Line{"republish", "republish", How::Fields, kRepublish},
    Line{"sealed", "sealed"},
    Line{"denyDelete", "denyDelete"},
    Line{"denyPurge", "denyPurge"},
    Line{"allowDirect", "allowDirect"},
    Line{"allowRollup", "allowRollup"},
    Line{"mirrorDirect", "mirrorDirect"},
    Line{"firstSequence", "firstSequence", How::Limit},
    Line{"metadata", "metadata"},
    Line{"consumerLimits", "consumerLimits", How::Fields, kLimits},
    Line{"allowMsgTtl", "allowMsgTTL"},
    Line{"subjectDeleteMarkerTtl", "subjectDeleteMarkerTTL"},
    Line{"allowMsgCounter", "allowMsgCounter"},
    Line{"allowAtomicPublish", "allowAtomicPublish"},
    Line{"allowMsgSchedules", "allowMsgSchedules"},
    Line{"persistMode", "persistMode", How::Choice},
});

constexpr auto kConsumer = with_common(std::array{
    Line{"durableName", "name"},
    Line{"streamName", "", How::Elsewhere},
    Line{"description", "description"},
    Line{"deliverPolicy", "deliverPolicy", How::Choice},
    Line{"optStartSeq", "startSequence", How::Limit},
    Line{"optStartTime", "startTime"},
    Line{"ackPolicy", "ackPolicy", How::Choice, {}, "none"},
    Line{"ackWait", "", How::Elsewhere},
    Line{"maxDeliver", "maxDeliver", How::Limit},
    Line{"backoff", "backoff"},
    Line{"filterSubject", "filterSubjects", How::OnlyOne},
    Line{"filterSubjects", "filterSubjects"},
    Line{"replayPolicy", "replayPolicy", How::Choice},
    Line{"sampleFreq", "sampleFrequency", How::Percent},
    Line{"maxAckPending", "maxAckPending"},
    Line{"maxWaiting", "maxWaiting", How::Limit},
    Line{"maxRequestBatch", "maxRequestBatch", How::Limit},
    Line{"maxRequestExpires", "maxRequestExpires"},
    Line{"maxRequestMaxBytes", "maxRequestMaxBytes", How::Limit},
    Line{"inactiveThreshold", "inactiveThreshold"},
    Line{"headersOnly", "headersOnly"},
    Line{"replicas", "replicas", How::Limit},
    Line{"memStorage", "memoryStorage"},
    Line{"deliverSubject", "deliverSubject"},
    Line{"deliverGroup", "deliverGroup"},
    Line{"flowControl", "flowControl"},
    Line{"heartbeatInterval", "idleHeartbeat"},
    Line{"rateLimitBps", "rateLimitBps", How::Limit},
    Line{"metadata", "metadata"},
    Line{"pauseUntil", "pauseUntil"},
    Line{"priorityPolicy", "priorityPolicy", How::Choice},
    Line{"pinnedTtl", "priorityTimeout"},
    Line{"priorityGroups", "priorityGroups"},
});

constexpr auto kKeyValue = with_common(std::array{
    Line{"bucket", "bucket"},
    Line{"description", "description"},
    Line{"maxValueSize", "maxValueSize", How::Limit},
    Line{"history", "history", How::Limit},
    Line{"ttl", "ttl"},
    Line{"limitMarkerTtl", "limitMarkerTTL", How::Nanoseconds},
    Line{"maxBytes", "maxBytes", How::Limit},
    Line{"storage", "storage", How::Choice},
    Line{"replicas", "replicas", How::Limit},
    Line{"placement", "placement", How::Fields, kPlacement},
    Line{"republish", "republish", How::Fields, kRepublish},
    Line{"mirror", "mirror", How::Fields, kBucketSource},
    Line{"sources", "sources", How::Entries, kBucketSource},
    Line{"compression", "compression", How::S2},
});

bool says_nothing(const Json& value) {
    return value.is_null() || value == false || value == 0 || value == "" ||
           (value.is_structured() && value.empty());
}

std::string plain(std::string_view word) {
    std::string text;
    for (const char c : word) {
        if (c != '_' && c != '-') {
            text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        }
    }
    return text;
}

/// The properties that `schema` has for `name`, through lists too.
const Json& schema_of(const Json& schema, std::string_view name) {
    static const Json kNone = Json::object();
    const auto& object = schema.contains("items") ? schema.at("items") : schema;
    const auto properties = object.find("properties");
    if (properties == object.end() || !properties->contains(name)) {
        return kNone;
    }
    return properties->at(name);
}

class Mapper {
public:
    explicit Mapper(Mapped& mapped) : mapped_(mapped) {}

    Json map(const Json& from,
             std::span<const Line> lines,
             const Json& schema,
             const std::string& from_path,
             const std::string& to_path) {
        Json to = Json::object();
        report_unknown(from, lines, from_path);
        for (const auto& line : lines) {
            const auto found = from.find(line.official);
            const bool absent = found == from.end() || says_nothing(*found);
            if (absent && line.absent.empty()) {
                continue;
            }
            const auto path = from_path + "." + std::string{line.official};
            const auto ours = to_path + std::string{line.ours};
            put(line,
                absent ? Json(line.absent) : *found,
                schema_of(schema, line.ours),
                path,
                ours,
                to);
        }
        return to;
    }

private:
    void put(const Line& line,
             const Json& value,
             const Json& schema,
             const std::string& path,
             const std::string& ours,
             Json& to) {
        if (line.how == How::Elsewhere) {
            return;
        }
        auto carried = carry(line, value, schema, path, ours);
        if (carried.is_null()) {
            return;
        }
        mapped_.origins.insert_or_assign(ours, path);
        const auto dot = line.ours.find('.');
        auto& place =
            dot == std::string_view::npos
                ? to[std::string{line.ours}]
                : to[std::string{line.ours.substr(0, dot)}][std::string{line.ours.substr(dot + 1)}];
        if (!place.is_null()) {
            mapped_.problems.push_back({path, "says again what another field says"});
        }
        place = std::move(carried);
    }

    /// Null: nothing of it is carried over. What has the wrong type stays as it is: whoever reads
    /// the result says so.
    Json carry(const Line& line,
               const Json& value,
               const Json& schema,
               const std::string& path,
               const std::string& ours) {
        switch (line.how) {
            case How::Same:
                return value;
            case How::Limit:
                return value.is_number_integer() && value < 1 ? Json{} : value;
            case How::Choice:
                return choice(value, schema);
            case How::Percent:
                return percent(value);
            case How::Nanoseconds:
                return value.is_number_integer()
                           ? Json(core::format_duration(core::Duration{value.get<std::int64_t>()}))
                           : value;
            case How::S2:
                return value == true ? Json("S2") : value;
            case How::OnlyOne:
                return Json::array({value});
            case How::Bucket:
                return bucket(value);
            case How::Domain:
                return domain(line, value, path);
            case How::Fields:
                return value.is_object() ? map(value, line.inner, schema, path, ours + ".") : value;
            case How::Entries:
                return entries(line, value, schema, path, ours);
            case How::Elsewhere:
            case How::Lost:
                break;
        }
        lose(line, path);
        return {};
    }

    static Json choice(const Json& value, const Json& schema) {
        const auto words = schema.find("enum");
        if (value.is_string() && words != schema.end()) {
            for (const auto& word : *words) {
                if (plain(word.get<std::string>()) == plain(value.get<std::string>())) {
                    return word;
                }
            }
        }
        return value;
    }

    static Json percent(const Json& value) {
        if (!value.is_string()) {
            return value;
        }
        auto text = value.get<std::string>();
        if (text.ends_with('%')) {
            text.pop_back();
        }
        int number = 0;
        const auto* const end = text.data() + text.size();
        const auto [read, error] = std::from_chars(text.data(), end, number);
        return error == std::errc{} && read == end ? Json(number) : value;
    }

    static Json bucket(const Json& value) {
        if (!value.is_string()) {
            return value;
        }
        const auto name =
            jetstream::bucket_of_stream(jetstream::StreamName{value.get<std::string>()});
        return name.empty() ? value : Json(name);
    }

    Json domain(const Line& line, const Json& value, const std::string& path) {
        const auto name = value.is_string() ? jetstream::domain_of(value.get<std::string>()) : "";
        if (name.empty()) {
            lose(line, path);
            return {};
        }
        return name;
    }

    Json entries(const Line& line,
                 const Json& value,
                 const Json& schema,
                 const std::string& path,
                 const std::string& ours) {
        if (!value.is_array()) {
            return value;
        }
        Json list = Json::array();
        for (std::size_t i = 0; i < value.size(); ++i) {
            const auto at = "[" + std::to_string(i) + "]";
            mapped_.origins.insert_or_assign(ours + at, path + at);
            list.push_back(value[i].is_object()
                               ? map(value[i], line.inner, schema, path + at, ours + at + ".")
                               : value[i]);
        }
        return list;
    }

    void lose(const Line& line, const std::string& path) {
        mapped_.notes.push_back({path, "is not carried over: it " + std::string{line.why}});
    }

    void report_unknown(const Json& from, std::span<const Line> lines, const std::string& path) {
        std::vector<std::string_view> names;
        for (const auto& line : lines) {
            names.push_back(line.official);
        }
        for (const auto& [name, value] : from.items()) {
            if (std::find(names.begin(), names.end(), name) == names.end()) {
                const auto nearest = core::nearest_name(name, names);
                mapped_.problems.push_back(
                    {path + "." + name,
                     "unknown field" + (nearest.empty()
                                            ? std::string{}
                                            : "; did you mean " + std::string{nearest} + "?")});
            }
        }
    }

    Mapped& mapped_;
};

}  // namespace

std::span<const Line> stream_lines() {
    return kStream;
}

std::span<const Line> consumer_lines() {
    return kConsumer;
}

std::span<const Line> key_value_lines() {
    return kKeyValue;
}

Mapped map_fields(const Json& spec, std::span<const Line> lines, const Json& schema) {
    Mapped mapped;
    mapped.spec = Mapper{mapped}.map(spec, lines, schema, "spec", "");
    return mapped;
}

}  // namespace headgate::convert
