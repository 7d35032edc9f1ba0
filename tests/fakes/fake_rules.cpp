#include "tests/fakes/fake_rules.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <span>
#include <vector>

#include "jetstream/requests.hpp"

namespace headgate::fakes {

using core::Json;
using jetstream::ServerLevel;

namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kDuplicateWindow = 120 * kSecond;
constexpr std::int64_t kAckWait = 30 * kSecond;
constexpr std::int64_t kPinnedTtl = 120 * kSecond;
constexpr int kMaxAckPending = 1000;
constexpr int kMaxWaiting = 512;

/// `always` as JSON text: what is written where it was not set; empty: left out then.
struct Known {
    std::string_view name;
    ServerLevel since = jetstream::kServer2_9;
    std::string_view always = {};
};

constexpr std::array kStreamFields{
    Known{"name"},
    Known{"description"},
    Known{"subjects"},
    Known{"retention", jetstream::kServer2_9, "\"limits\""},
    Known{"max_consumers", jetstream::kServer2_9, "-1"},
    Known{"max_msgs", jetstream::kServer2_9, "-1"},
    Known{"max_bytes", jetstream::kServer2_9, "-1"},
    Known{"max_age", jetstream::kServer2_9, "0"},
    Known{"max_msgs_per_subject", jetstream::kServer2_9, "-1"},
    Known{"max_msg_size", jetstream::kServer2_9, "-1"},
    Known{"discard", jetstream::kServer2_9, "\"old\""},
    Known{"storage", jetstream::kServer2_9, "\"file\""},
    Known{"num_replicas", jetstream::kServer2_9, "1"},
    Known{"no_ack"},
    Known{"duplicate_window"},
    Known{"placement"},
    Known{"mirror"},
    Known{"sources"},
    Known{"republish"},
    Known{"discard_new_per_subject"},
    Known{"allow_direct", jetstream::kServer2_9, "false"},
    Known{"mirror_direct", jetstream::kServer2_9, "false"},
    Known{"sealed", jetstream::kServer2_9, "false"},
    Known{"deny_delete", jetstream::kServer2_9, "false"},
    Known{"deny_purge", jetstream::kServer2_9, "false"},
    Known{"allow_rollup_hdrs", jetstream::kServer2_9, "false"},
    Known{"compression", jetstream::kServer2_10, "\"none\""},
    Known{"first_seq", jetstream::kServer2_10},
    Known{"subject_transform", jetstream::kServer2_10},
    Known{"consumer_limits", jetstream::kServer2_10, "{}"},
    Known{"metadata", jetstream::kServer2_10},
    Known{"allow_msg_ttl", jetstream::kServer2_11, "false"},
    Known{"subject_delete_marker_ttl", jetstream::kServer2_11},
    Known{"allow_msg_counter", jetstream::kServer2_12},
    Known{"allow_atomic", jetstream::kServer2_12},
    Known{"allow_msg_schedules", jetstream::kServer2_12},
    Known{"persist_mode", jetstream::kServer2_12},
    Known{"allow_batched", jetstream::kServer2_14},
    Known{"future", kNewerServer},
};

constexpr std::array kConsumerFields{
    Known{"durable_name"},
    Known{"name"},
    Known{"description"},
    Known{"deliver_policy", jetstream::kServer2_9, "\"all\""},
    Known{"opt_start_seq"},
    Known{"opt_start_time"},
    Known{"ack_policy", jetstream::kServer2_9, "\"none\""},
    Known{"ack_wait"},
    Known{"max_deliver"},
    Known{"backoff"},
    Known{"filter_subject"},
    Known{"replay_policy", jetstream::kServer2_9, "\"instant\""},
    Known{"rate_limit_bps"},
    Known{"sample_freq"},
    Known{"max_waiting"},
    Known{"max_ack_pending"},
    Known{"flow_control"},
    Known{"headers_only"},
    Known{"max_batch"},
    Known{"max_expires"},
    Known{"max_bytes"},
    Known{"deliver_subject"},
    Known{"deliver_group"},
    Known{"idle_heartbeat"},
    Known{"inactive_threshold"},
    Known{"num_replicas", jetstream::kServer2_9, "0"},
    Known{"mem_storage"},
    Known{"filter_subjects", jetstream::kServer2_10},
    Known{"metadata", jetstream::kServer2_10},
    Known{"pause_until", jetstream::kServer2_11},
    Known{"priority_groups", jetstream::kServer2_11},
    Known{"priority_policy", jetstream::kServer2_11},
    Known{"priority_timeout", jetstream::kServer2_11},
    Known{"sourcing", jetstream::kServer2_14},
    Known{"future", kNewerServer},
};

[[noreturn]] void refuse(int code, int err_code, std::string description) {
    throw Refusal{code, err_code, std::move(description)};
}

[[noreturn]] void invalid(std::string description) {
    refuse(500, 10052, std::move(description));
}

[[noreturn]] void refuse_unknown(const std::string& field) {
    refuse(400, 10025, "invalid JSON: json: unknown field \"" + field + "\"");
}

// What Go's `omitempty` leaves out.
bool is_zero(const Json& value) {
    switch (value.type()) {
        case Json::value_t::boolean:
            return !value.get<bool>();
        case Json::value_t::number_integer:
        case Json::value_t::number_unsigned:
            return value.get<std::int64_t>() == 0;
        case Json::value_t::string:
            return value.get_ref<const std::string&>().empty();
        case Json::value_t::array:
        case Json::value_t::object:
            return value.empty();
        default:
            return value.is_null();
    }
}

Json known_fields(const Json& request,
                  std::span<const Known> fields,
                  ServerLevel level,
                  std::span<const std::string_view> outside) {
    Json config = Json::object();
    for (const auto& [key, value] : request.items()) {
        const auto field = std::find_if(fields.begin(), fields.end(), [&](const Known& known) {
            return known.name == key && known.since <= level;
        });
        if (field != fields.end()) {
            if (!is_zero(value) || !field->always.empty()) {
                config[key] = value;
            }
        } else if (level >= jetstream::kServer2_12 &&
                   std::find(outside.begin(), outside.end(), key) == outside.end()) {
            refuse_unknown(key);
        }
    }
    for (const auto& field : fields) {
        if (!field.always.empty() && field.since <= level && !config.contains(field.name)) {
            config[std::string{field.name}] = Json::parse(field.always);
        }
    }
    return config;
}

std::int64_t number(const Json& config, const char* key) {
    return config.value(key, std::int64_t{0});
}

std::string text(const Json& config, const char* key) {
    return config.value(key, std::string{});
}

bool flag(const Json& config, const char* key) {
    return config.value(key, false);
}

void put(Json& config, const char* key, const Json& value) {
    if (is_zero(value)) {
        config.erase(key);
    } else {
        config[key] = value;
    }
}

bool valid_subject(std::string_view subject) {
    if (subject.empty() || subject.front() == '.' || subject.back() == '.' ||
        subject.find("..") != std::string_view::npos ||
        subject.find_first_of(" \t\r\n") != std::string_view::npos) {
        return false;
    }
    const auto rest = subject.find('>');
    return rest == std::string_view::npos || rest + 1 == subject.size();
}

void require_level(Json& config, int level) {
    auto metadata = config.value("metadata", Json::object());
    metadata.erase("_nats.ver");
    metadata.erase("_nats.level");
    metadata["_nats.req.level"] = std::to_string(level);
    config["metadata"] = std::move(metadata);
}

int required_level(const Json& stream) {
    if (flag(stream, "allow_batched")) {
        return 4;
    }
    if (flag(stream, "allow_atomic") || flag(stream, "allow_msg_counter") ||
        flag(stream, "allow_msg_schedules") || text(stream, "persist_mode") == "async") {
        return 2;
    }
    return flag(stream, "allow_msg_ttl") ? 1 : 0;
}

void check_subjects(const Json& config) {
    const auto subjects = config.value("subjects", Json::array());
    for (std::size_t i = 0; i < subjects.size(); ++i) {
        const auto& subject = subjects[i].get_ref<const std::string&>();
        if (!valid_subject(subject)) {
            invalid("invalid subject");
        }
        if (!flag(config, "no_ack") &&
            (subjects_collide(subject, "$JS.>") || subjects_collide(subject, "$JSC.>"))) {
            invalid("subjects that overlap with jetstream api require no-ack to be true");
        }
        for (std::size_t j = i + 1; j < subjects.size(); ++j) {
            if (subjects[j] == subject) {
                invalid("duplicate subjects detected");
            }
            if (subjects_collide(subject, subjects[j].get_ref<const std::string&>())) {
                invalid("subject \"" + subject + "\" overlaps with \"" +
                        subjects[j].get<std::string>() + "\"");
            }
        }
    }
}

void fill_subjects(Json& config) {
    if (config.contains("mirror")) {
        if (config.contains("subjects")) {
            refuse(400, 10034, "stream mirrors can not contain subjects");
        }
        if (config.contains("sources")) {
            refuse(400, 10031, "stream mirrors can not also contain other sources");
        }
    } else if (!config.contains("subjects") && !config.contains("sources")) {
        config["subjects"] = Json::array({config.at("name")});
    }
    check_subjects(config);
}

void fill_limits(Json& config) {
    for (const auto* const key :
         {"max_consumers", "max_msgs", "max_bytes", "max_msgs_per_subject", "max_msg_size"}) {
        if (number(config, key) <= 0) {
            config[key] = -1;
        }
    }
    const auto replicas = number(config, "num_replicas");
    if (replicas < 0) {
        refuse(400, 10133, "replicas count cannot be negative");
    }
    if (replicas > 5) {
        invalid("maximum replicas is 5");
    }
    if (replicas == 0) {
        config["num_replicas"] = 1;
    }
    const auto age = number(config, "max_age");
    if (age < 0) {
        invalid("max age can not be negative");
    }
    if (age != 0 && age < 100 * kMillisecond) {
        invalid("max age needs to be >= 100ms");
    }
}

void fill_duplicate_window(Json& config, ServerLevel level) {
    const auto age = number(config, "max_age");
    auto window = number(config, "duplicate_window");
    const bool defaulted = !config.contains("mirror") &&
                           (level < jetstream::kServer2_14 || !config.contains("sources"));
    if (window == 0 && defaulted) {
        window = age != 0 ? std::min(age, kDuplicateWindow) : kDuplicateWindow;
    }
    if (window < 0) {
        invalid("duplicates window can not be negative");
    }
    if (age != 0 && window > age) {
        invalid("duplicates window can not be larger then max age");
    }
    if (window > 0 && window < 100 * kMillisecond) {
        invalid("duplicates window needs to be >= 100ms");
    }
    put(config, "duplicate_window", window);
}

void force_rollup(Json& config) {
    if (!flag(config, "allow_rollup_hdrs")) {
        config["allow_rollup_hdrs"] = true;
        config["deny_purge"] = false;
    }
}

void check_counter(const Json& config) {
    if (text(config, "discard") == "new") {
        invalid("counter stream cannot use discard new");
    }
    if (flag(config, "allow_msg_ttl")) {
        invalid("counter stream cannot use message TTLs");
    }
    if (flag(config, "allow_msg_schedules")) {
        invalid("counter stream cannot use message schedules");
    }
    if (text(config, "retention") != "limits") {
        invalid("counter stream can only use limits retention");
    }
}

void check_publishing(Json& config) {
    if (flag(config, "allow_msg_schedules")) {
        if (text(config, "discard") == "new") {
            invalid("message scheduling cannot use discard new");
        }
        force_rollup(config);
        if (config.contains("sources")) {
            refuse(400, 10187, "stream source can not also schedule messages");
        }
    }
    if (text(config, "persist_mode") == "async") {
        if (text(config, "storage") != "file") {
            invalid("async persist mode is only supported on file storage");
        }
        if (number(config, "num_replicas") > 1) {
            invalid("async persist mode is not supported on replicated streams");
        }
        if (flag(config, "allow_atomic")) {
            invalid("async persist mode is not supported with atomic batch publish");
        }
    }
}

// A consumer of the user's own decides where to start and what to copy.
void check_source(const Json& source, int err_code, std::string_view kind) {
    const auto consumer = source.value("consumer", Json{});
    if (consumer.is_null()) {
        return;
    }
    if (text(consumer, "name").empty() || text(consumer, "deliver_subject").empty() ||
        source.contains("opt_start_seq") || source.contains("opt_start_time") ||
        !text(source, "filter_subject").empty()) {
        refuse(400, err_code, "stream " + std::string{kind} + " consumer config is invalid");
    }
}

void check_mirror(const Json& config) {
    struct Excluded {
        const char* key;
        int err_code;
        std::string_view words;
    };

    constexpr std::array kExcluded{
        Excluded{"allow_msg_counter", 10173, "stream mirrors can not also calculate counters"},
        Excluded{"allow_atomic", 10198, "stream mirrors can not also use atomic publishing"},
        Excluded{"allow_batched", 10209, "stream mirrors can not also use batch publishing"},
        Excluded{"allow_msg_schedules", 10186, "stream mirrors can not also schedule messages"},
    };
    for (const auto& excluded : kExcluded) {
        if (flag(config, excluded.key)) {
            refuse(400, excluded.err_code, std::string{excluded.words});
        }
    }
    check_source(config.at("mirror"), 10213, "mirror");
}

void check_combinations(Json& config) {
    if (flag(config, "deny_purge") && flag(config, "allow_rollup_hdrs")) {
        invalid("roll-ups require the purge permission");
    }
    if (flag(config, "allow_msg_counter")) {
        check_counter(config);
    }
    if (config.contains("mirror")) {
        check_mirror(config);
    }
    for (const auto& source : config.value("sources", Json::array())) {
        check_source(source, 10215, "source");
    }
    if (flag(config, "discard_new_per_subject")) {
        if (text(config, "discard") != "new") {
            invalid("discard new per subject requires discard new policy to be set");
        }
        if (number(config, "max_msgs_per_subject") <= 0) {
            invalid("discard new per subject requires max msgs per subject > 0");
        }
    }
    if (const auto marker = number(config, "subject_delete_marker_ttl"); marker != 0) {
        if (marker < kSecond) {
            invalid("subject delete marker TTL must be at least 1 second");
        }
        if (config.contains("mirror")) {
            invalid("subject delete markers forbidden on mirrors");
        }
        config["allow_msg_ttl"] = true;
        force_rollup(config);
    }
    check_publishing(config);
    if (const auto republish = config.find("republish"); republish != config.end()) {
        if (text(*republish, "src").empty()) {
            (*republish)["src"] = ">";
        }
        for (const auto& subject : config.value("subjects", Json::array())) {
            if (subjects_collide(text(*republish, "dest"), subject.get_ref<const std::string&>())) {
                invalid("stream configuration for republish destination forms a cycle");
            }
        }
    }
}

void fill_ack(Json& config) {
    const bool acknowledges = text(config, "ack_policy") != "none";
    if (number(config, "ack_wait") == 0 && acknowledges) {
        config["ack_wait"] = kAckWait;
    }
    if (config.contains("backoff")) {
        config["ack_wait"] = config.at("backoff").at(0);
    }
}

void fill_consumer(Json& config, const Json& stream) {
    if (number(config, "max_deliver") == 0 || number(config, "max_deliver") < -1) {
        config["max_deliver"] = -1;
    }
    if (text(config, "deliver_subject").empty() && number(config, "max_waiting") == 0) {
        config["max_waiting"] = kMaxWaiting;
    }
    fill_ack(config);
    const auto limits = stream.value("consumer_limits", Json::object());
    if (number(config, "max_ack_pending") == 0) {
        put(config, "max_ack_pending", number(limits, "max_ack_pending"));
    }
    if (number(config, "inactive_threshold") == 0) {
        put(config, "inactive_threshold", number(limits, "inactive_threshold"));
    }
    if (number(config, "max_ack_pending") == 0 && text(config, "ack_policy") != "none") {
        config["max_ack_pending"] = kMaxAckPending;
    }
}

void check_delivery(const Json& config, const Json& stream) {
    if (!text(config, "deliver_subject").empty()) {
        if (number(config, "max_waiting") != 0) {
            refuse(400, 10080, "consumer in push mode can not set max waiting");
        }
        if (flag(config, "flow_control") && number(config, "idle_heartbeat") == 0) {
            refuse(400, 10108, "consumer with flow control also needs heartbeats");
        }
        return;
    }
    if (text(config, "ack_policy") == "none" && text(stream, "retention") == "workqueue") {
        refuse(
            400, 10084, "consumer in pull mode requires explicit ack policy on workqueue stream");
    }
    if (number(config, "rate_limit_bps") > 0) {
        refuse(400, 10086, "consumer in pull mode can not have rate limit set");
    }
    if (number(config, "idle_heartbeat") > 0) {
        refuse(400, 10088, "consumer idle heartbeat requires a push based consumer");
    }
    if (flag(config, "flow_control")) {
        refuse(400, 10089, "consumer flow control requires a push based consumer");
    }
}

void check_limits(const Json& config, const Json& stream, ServerLevel level) {
    const auto replicas = number(config, "num_replicas");
    if (replicas > number(stream, "num_replicas")) {
        refuse(400, 10126, "consumer config replica count exceeds parent stream");
    }
    if (text(stream, "retention") != "limits" && replicas != 0 &&
        replicas != number(stream, "num_replicas")) {
        refuse(
            400, 10134, "consumer config replicas must match interest retention stream's replicas");
    }
    const auto limits = stream.value("consumer_limits", Json::object());
    if (const auto most = number(limits, "max_ack_pending");
        most > 0 && number(config, "max_ack_pending") > most) {
        refuse(
            400, 10121, "consumer max ack pending exceeds system limit of " + std::to_string(most));
    }
    if (const auto most = number(limits, "inactive_threshold");
        most > 0 && number(config, "inactive_threshold") > most) {
        refuse(400,
               10153,
               "consumer inactive threshold exceeds system limit of " +
                   std::to_string(most / kSecond) + "s");
    }
    const auto waits = static_cast<std::int64_t>(config.value("backoff", Json::array()).size());
    const auto deliveries = number(config, "max_deliver");
    const bool fits = level >= jetstream::kServer2_10 ? deliveries == -1 || deliveries >= waits
                                                      : deliveries > waits;
    if (waits > 0 && !fits) {
        refuse(400, 10116, "max deliver is required to be > length of backoff values");
    }
}

void check_filters(const Json& config, const Json& stream, ServerLevel level) {
    if (config.contains("filter_subject") && config.contains("filter_subjects")) {
        refuse(400, 10136, "consumer cannot have both FilterSubject and FilterSubjects specified");
    }
    const auto filters = filters_of(config);
    for (std::size_t i = 0; i < filters.size(); ++i) {
        for (std::size_t j = i + 1; j < filters.size(); ++j) {
            if (subjects_collide(filters[i].get_ref<const std::string&>(),
                                 filters[j].get_ref<const std::string&>())) {
                refuse(400, 10138, "consumer subject filters cannot overlap");
            }
        }
        const auto subjects = stream.value("subjects", Json::array());
        const bool inside = std::any_of(subjects.begin(), subjects.end(), [&](const Json& subject) {
            return subjects_collide(subject.get_ref<const std::string&>(),
                                    filters[i].get_ref<const std::string&>());
        });
        if (level < jetstream::kServer2_10 && !subjects.empty() && !inside) {
            refuse(400,
                   10093,
                   "consumer filter subject is not a valid subset of the interest subjects");
        }
    }
}

void check_start(const Json& config) {
    const auto policy = text(config, "deliver_policy");
    const bool sequence = number(config, "opt_start_seq") != 0;
    const bool time = config.contains("opt_start_time");
    const auto words = policy == "by_start_sequence" ? std::string{"by start sequence"}
                       : policy == "by_start_time"   ? std::string{"by start time"}
                                                     : policy;
    const auto refused = [&](std::string_view rest) {
        refuse(400,
               10094,
               "consumer delivery policy is deliver " + words + ", but " + std::string{rest});
    };
    if (policy == "by_start_sequence" ? !sequence : policy == "by_start_time" && !time) {
        refused(policy == "by_start_sequence" ? "optional start sequence is not set"
                                              : "optional start time is not set");
    }
    if (sequence && policy != "by_start_sequence") {
        refused("optional start sequence is also set");
    }
    if (time && policy != "by_start_time") {
        refused("optional start time is also set");
    }
    if (policy == "last_per_subject" && filters_of(config).empty()) {
        refused("optional filter subject is not set");
    }
}

void drop_newer(Json& source, ServerLevel level) {
    if (level < jetstream::kServer2_10) {
        source.erase("subject_transforms");
    }
    if (level < jetstream::kServer2_14 && source.erase("consumer") > 0 &&
        level >= jetstream::kServer2_12) {
        refuse_unknown("consumer");
    }
}

void check_priority(Json& config, ServerLevel level) {
    const auto policy = text(config, "priority_policy");
    if (policy.empty() || policy == "none") {
        config.erase("priority_policy");
        if (level >= jetstream::kServer2_12 && config.contains("priority_groups")) {
            refuse(400, 10196, "consumer can not have priority groups when policy is none");
        }
        if (level >= jetstream::kServer2_12 && number(config, "priority_timeout") > 0) {
            refuse(400, 10197, "PinnedTTL cannot be set when PriorityPolicy is none");
        }
        return;
    }
    if (!text(config, "deliver_subject").empty()) {
        refuse(400, 10178, "priority groups can not be used with push consumers");
    }
    if (!config.contains("priority_groups")) {
        refuse(400, 10159, "Setting PriorityPolicy requires at least one PriorityGroup to be set");
    }
    if (level < jetstream::kServer2_12 && policy == "prioritized") {
        refuse(400, 10025, "invalid JSON: unknown priority policy: prioritized");
    }
    if (policy == "pinned_client" && number(config, "priority_timeout") == 0) {
        config["priority_timeout"] = kPinnedTtl;
    }
}

}  // namespace

int api_level(ServerLevel level) {
    return level < jetstream::kServer2_11
               ? 0
               : static_cast<int>(level) - static_cast<int>(jetstream::kServer2_10);
}

Json normal_stream(const Json& request, ServerLevel level) {
    constexpr std::array<std::string_view, 1> kOutside{"pedantic"};
    auto none = Json::array();
    auto config = known_fields(request, kStreamFields, level, kOutside);
    // Wrong types and unknown enumerators are not JSON of a configuration.
    if (const auto readable = jetstream::stream_from_wire(config); !readable) {
        refuse(400, 10025, "invalid JSON: " + readable.error().message);
    }
    for (auto& source : config.contains("sources") ? config["sources"] : none) {
        drop_newer(source, level);
    }
    if (config.contains("mirror")) {
        drop_newer(config["mirror"], level);
    }
    // The zero of an enumeration is left out.
    if (text(config, "persist_mode") == "default") {
        config.erase("persist_mode");
    }
    fill_limits(config);
    fill_duplicate_window(config, level);
    fill_subjects(config);
    check_combinations(config);
    if (level >= jetstream::kServer2_11) {
        require_level(config, required_level(config));
    }
    return config;
}

Json normal_consumer(const Json& request, const Json& stream, ServerLevel level) {
    auto config = known_fields(request, kConsumerFields, level, {});
    if (const auto readable = jetstream::consumer_from_wire(config); !readable) {
        refuse(400, 10025, "invalid JSON: " + readable.error().message);
    }
    fill_consumer(config, stream);
    check_delivery(config, stream);
    check_limits(config, stream, level);
    check_filters(config, stream, level);
    check_start(config);
    check_priority(config, level);
    if (level >= jetstream::kServer2_11) {
        require_level(config,
                      config.contains("pause_until") || config.contains("priority_policy") ? 1 : 0);
    }
    return config;
}

void check_stream_update(const Json& from, const Json& to, ServerLevel level) {
    if (from.at("storage") != to.at("storage")) {
        invalid("stream configuration update can not change storage type");
    }
    if (from.at("retention") != to.at("retention")) {
        if (level < jetstream::kServer2_10) {
            invalid("stream configuration update can not change retention policy");
        }
        if (from.at("retention") == "workqueue" || to.at("retention") == "workqueue") {
            invalid(
                "stream configuration update can not change retention policy to/from workqueue");
        }
    }
    if (level < jetstream::kServer2_12_5 && from.at("max_consumers") != to.at("max_consumers")) {
        invalid("stream configuration update can not change MaxConsumers");
    }
    if (level < jetstream::kServer2_10 &&
        from.value("republish", Json{}) != to.value("republish", Json{})) {
        invalid("stream configuration update can not change RePublish");
    }
    if (flag(from, "sealed") && !flag(to, "sealed")) {
        invalid("stream configuration update can not unseal a sealed stream");
    }
    if (flag(from, "deny_delete") && !flag(to, "deny_delete")) {
        invalid("stream configuration update can not cancel deny message deletes");
    }
    if (flag(from, "deny_purge") && !flag(to, "deny_purge")) {
        invalid("stream configuration update can not cancel deny purge");
    }
    const auto mirror = [](const Json& config) { return config.value("mirror", Json{}); };
    const bool promoted = level >= jetstream::kServer2_12 && mirror(to).is_null();
    if (mirror(from) != mirror(to) && !promoted) {
        refuse(400, 10055, "stream mirror configuration can not be updated");
    }
    if (flag(from, "allow_msg_ttl") && !flag(to, "allow_msg_ttl")) {
        invalid("message TTL status can not be disabled");
    }
    if (flag(from, "allow_msg_counter") != flag(to, "allow_msg_counter")) {
        invalid("stream configuration update can not change message counter setting");
    }
    if (flag(from, "allow_msg_schedules") && !flag(to, "allow_msg_schedules")) {
        invalid("message schedules can not be disabled");
    }
    if (text(from, "persist_mode") != text(to, "persist_mode")) {
        invalid("stream configuration update can not change persist mode");
    }
}

void check_consumer_update(const Json& from, const Json& to, ServerLevel level) {
    struct Fixed {
        const char* key;
        std::string_view words;
    };

    constexpr std::array kFixed{
        Fixed{"deliver_policy", "deliver policy"},
        Fixed{"opt_start_seq", "start sequence"},
        Fixed{"opt_start_time", "start time"},
        Fixed{"ack_policy", "ack policy"},
        Fixed{"replay_policy", "replay policy"},
        Fixed{"idle_heartbeat", "heart beats"},
        Fixed{"flow_control", "flow control"},
        Fixed{"max_waiting", "max waiting"},
    };
    const auto refused = [](const std::string& words) { refuse(500, 10012, words); };
    const bool turned =
        text(from, "deliver_subject").empty() != text(to, "deliver_subject").empty();
    const auto* const turn = text(from, "deliver_subject").empty()
                                 ? "can not update pull consumer to push based"
                                 : "can not update push consumer to pull based";
    if (turned && level >= jetstream::kServer2_10) {
        refused(turn);
    }
    // 2.9 compares the addresses of two times.
    if (level < jetstream::kServer2_10 && from != to && to.contains("opt_start_time")) {
        refused("start time can not be updated");
    }
    if (level >= jetstream::kServer2_14 && flag(from, "mem_storage") != flag(to, "mem_storage")) {
        refused("storage type can not be updated");
    }
    for (const auto& fixed : kFixed) {
        if (from.value(fixed.key, Json{}) != to.value(fixed.key, Json{})) {
            refused(std::string{fixed.words} + " can not be updated");
        }
    }
    if (turned) {
        refused(turn);
    }
}

bool subjects_collide(std::string_view left, std::string_view right) {
    while (true) {
        const auto left_end = left.find('.');
        const auto right_end = right.find('.');
        const auto l = left.substr(0, left_end);
        const auto r = right.substr(0, right_end);
        if (l == ">" || r == ">") {
            return true;
        }
        if (l != r && l != "*" && r != "*") {
            return false;
        }
        if (left_end == std::string_view::npos || right_end == std::string_view::npos) {
            return left_end == right_end;
        }
        left.remove_prefix(left_end + 1);
        right.remove_prefix(right_end + 1);
    }
}

Json filters_of(const Json& consumer) {
    const auto single = text(consumer, "filter_subject");
    return single.empty() ? consumer.value("filter_subjects", Json::array())
                          : Json::array({single});
}

Json without_server_metadata(Json config) {
    if (const auto metadata = config.find("metadata"); metadata != config.end()) {
        for (auto entry = metadata->begin(); entry != metadata->end();) {
            entry = entry.key().starts_with("_nats.") ? metadata->erase(entry) : std::next(entry);
        }
        if (metadata->empty()) {
            config.erase("metadata");
        }
    }
    return config;
}

}  // namespace headgate::fakes
