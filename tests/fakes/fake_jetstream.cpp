#include "tests/fakes/fake_jetstream.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "core/units.hpp"
#include "jetstream/compare.hpp"
#include "tests/fakes/fake_rules.hpp"

namespace headgate::fakes {

using core::Call;
using core::Error;
using core::ErrorCode;
using core::Json;
using core::Result;
using jetstream::ConsumerInfo;

namespace {

// 2026-01-01T00:00:00Z: creation times need to differ, not to be now.
constexpr std::int64_t kFirstMoment = 1'767'225'600'000'000'000;
constexpr std::int64_t kSecond = 1'000'000'000;

constexpr std::string_view kNoTime = "0001-01-01T00:00:00Z";

std::vector<std::string> tokens_of(std::string_view subject) {
    std::vector<std::string> tokens;
    for (std::size_t start = 0; start <= subject.size();) {
        const auto end = std::min(subject.find('.', start), subject.size());
        tokens.emplace_back(subject.substr(start, end - start));
        start = end + 1;
    }
    return tokens;
}

std::string name_in(std::string_view subject) {
    const auto tokens = tokens_of(subject);
    if (tokens.size() < 3) {
        return {};
    }
    return tokens.size() == 3 ? tokens[2] : tokens[2] + "/" + tokens[3];
}

bool is_write(std::string_view operation) {
    return operation.ends_with("_create") || operation.ends_with("_update") ||
           operation.ends_with("_delete") || operation.ends_with("_pause");
}

Json refused(const Refusal& refusal) {
    return Json{{"error",
                 {{"code", refusal.code},
                  {"err_code", refusal.err_code},
                  {"description", refusal.description}}}};
}

// nats-server: fileStoreMsgSize.
std::uint64_t stored_size(const jetstream::MessageInfo& message) {
    const auto headers = message.headers.empty() ? 0 : message.headers.size() + 4;
    return 30 + message.subject.size() + headers + message.body;
}

std::string encode_base64(std::string_view bytes) {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t j = 0; j < 3; ++j) {
            group = group << 8U |
                    (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
        }
        for (std::size_t j = 0; j < 4; ++j) {
            text += i + j <= bytes.size() ? kDigits[group >> (18 - 6 * j) & 63U] : '=';
        }
    }
    return text;
}

std::string version_of(jetstream::ServerLevel level) {
    return std::string{jetstream::version_text(level)} +
           (level == jetstream::kServer2_12_5 ? "" : ".0");
}

Json page_of(const std::vector<Json>& all, const char* key, std::size_t offset, std::size_t limit) {
    const auto start = std::min(offset, all.size());
    const auto end = std::min(start + limit, all.size());
    Json items = Json::array();
    Json missing = Json::array();
    for (auto i = start; i < end; ++i) {
        all[i].is_string() ? missing.push_back(all[i]) : items.push_back(all[i]);
    }
    Json page{{"total", all.size()}, {"offset", start}, {"limit", limit}, {key, std::move(items)}};
    if (!missing.empty()) {
        page["missing"] = std::move(missing);
    }
    return page;
}

}  // namespace

// Carries the requests of the production code to the fake.
class FakeJetStream::Link final : public jetstream::Transport {
public:
    explicit Link(FakeJetStream& fake) : fake_(fake) {}

    Result<std::string> send(const jetstream::Request& request, const Call& call) override {
        if (call.stop.stop_requested()) {
            return Error{ErrorCode::Cancelled, "stopped before a request"};
        }
        Fault fault;
        {
            const std::scoped_lock lock{fake_.mutex_};
            if (call.epoch && *call.epoch != fake_.epoch_) {
                return Error{ErrorCode::Unavailable, "connected anew; nothing was sent"};
            }
            ++fake_.requests_[std::string{request.operation}];
            if (fake_.unavailable_) {
                return Error{ErrorCode::Unavailable, "not connected"};
            }
            fault = fake_.fault_;
        }
        const auto name = name_in(request.subject);
        if (auto error = fault ? fault(request.operation, name, Phase::Before) : std::nullopt) {
            return *error;
        }
        const auto payload =
            request.payload.empty() ? Json::object() : Json::parse(request.payload, nullptr, false);
        const auto reply = fake_.request(request.subject, payload).dump();
        if (auto error = fault ? fault(request.operation, name, Phase::After) : std::nullopt) {
            return *error;
        }
        return reply;
    }

    [[nodiscard]] std::uint64_t epoch() const override {
        const std::scoped_lock lock{fake_.mutex_};
        return fake_.epoch_;
    }

private:
    FakeJetStream& fake_;
};

FakeJetStream::FakeJetStream() : FakeJetStream(Options{}) {}

FakeJetStream::FakeJetStream(Options options)
    : options_(std::move(options)),
      api_(std::make_unique<jetstream::RequestApi>(std::make_unique<Link>(*this))) {
    forward_to(*api_);
}

FakeJetStream::~FakeJetStream() = default;

void FakeJetStream::set_fault(Fault fault) {
    const std::scoped_lock lock{mutex_};
    fault_ = std::move(fault);
}

void FakeJetStream::set_unavailable(bool unavailable) {
    const std::scoped_lock lock{mutex_};
    epoch_ += unavailable_ && !unavailable ? 1 : 0;
    unavailable_ = unavailable;
}

void FakeJetStream::become(jetstream::ServerLevel level) {
    const std::scoped_lock lock{mutex_};
    options_.level = level;
    ++epoch_;
}

Json FakeJetStream::request(std::string_view subject, const Json& payload) {
    const std::scoped_lock lock{mutex_};
    try {
        return answer(subject, payload);
    } catch (const Refusal& refusal) {
        return refused(refusal);
    } catch (const Json::exception& failure) {
        return refused(Refusal{400, 10025, std::string{"invalid JSON: "} + failure.what()});
    }
}

std::size_t FakeJetStream::requests(std::string_view operation) const {
    const std::scoped_lock lock{mutex_};
    std::size_t count = 0;
    for (const auto& [name, times] : requests_) {
        count += operation.empty() || operation == name ? times : 0;
    }
    return count;
}

std::size_t FakeJetStream::writes() const {
    const std::scoped_lock lock{mutex_};
    std::size_t count = 0;
    for (const auto& [name, times] : requests_) {
        count += is_write(name) ? times : 0;
    }
    return count;
}

void FakeJetStream::forget_requests() {
    const std::scoped_lock lock{mutex_};
    requests_.clear();
}

bool FakeJetStream::has_stream(const std::string& stream) const {
    const std::scoped_lock lock{mutex_};
    return streams_.contains(stream);
}

bool FakeJetStream::has_consumer(const std::string& stream, const std::string& consumer) const {
    const std::scoped_lock lock{mutex_};
    const auto found = streams_.find(stream);
    return found != streams_.end() && found->second.consumers.contains(consumer);
}

Json FakeJetStream::stream_config(const std::string& stream) const {
    const std::scoped_lock lock{mutex_};
    const auto found = streams_.find(stream);
    return found == streams_.end() ? Json{} : found->second.config;
}

Json FakeJetStream::consumer_config(const std::string& stream, const std::string& consumer) const {
    const std::scoped_lock lock{mutex_};
    const auto found = streams_.find(stream);
    if (found == streams_.end() || !found->second.consumers.contains(consumer)) {
        return {};
    }
    return found->second.consumers.at(consumer).config;
}

void FakeJetStream::plant(const std::string& stream, const std::string& field, const Json& value) {
    const std::scoped_lock lock{mutex_};
    streams_.at(stream).config.merge_patch(Json{{field, value}});
}

void FakeJetStream::plant(const std::string& stream,
                          const std::string& consumer,
                          const std::string& field,
                          const Json& value) {
    const std::scoped_lock lock{mutex_};
    streams_.at(stream).consumers.at(consumer).config.merge_patch(Json{{field, value}});
}

void FakeJetStream::set_state(const std::string& stream, const jetstream::StreamState& state) {
    const std::scoped_lock lock{mutex_};
    streams_.at(stream).state = state;
}

void FakeJetStream::set_messages(const std::string& stream,
                                 const std::vector<jetstream::MessageInfo>& messages) {
    const std::scoped_lock lock{mutex_};
    auto& held = streams_.at(stream);
    held.messages = messages;
    held.state = {};
    if (messages.empty()) {
        return;
    }
    std::set<std::string> subjects;
    for (const auto& message : messages) {
        held.state.bytes += stored_size(message);
        subjects.insert(message.subject);
    }
    held.state.messages = messages.size();
    held.state.subjects = subjects.size();
    held.state.first_sequence = messages.front().sequence;
    held.state.last_sequence = messages.back().sequence;
    held.state.first_time = messages.front().time;
    held.state.last_time = messages.back().time;
    held.state.deleted =
        held.state.last_sequence - held.state.first_sequence + 1 - held.state.messages;
}

void FakeJetStream::set_position(const std::string& stream,
                                 const std::string& consumer,
                                 const ConsumerInfo& position) {
    const std::scoped_lock lock{mutex_};
    streams_.at(stream).consumers.at(consumer).position = position;
}

void FakeJetStream::set_missing(const std::string& stream, bool missing) {
    const std::scoped_lock lock{mutex_};
    streams_.at(stream).missing = missing;
}

Json FakeJetStream::answer(std::string_view subject, const Json& payload) {
    const auto tokens = tokens_of(subject);
    const auto is = [&](std::string_view kind, std::string_view verb, std::size_t size) {
        return tokens.size() == size && tokens[0] == kind && tokens[1] == verb;
    };
    const auto offset = payload.is_object() ? payload.value("offset", std::size_t{0}) : 0;
    if (subject == "INFO") {
        Json info{{"streams", streams_.size()}, {"api", {{"total", 1}, {"errors", 0}}}};
        if (options_.level >= jetstream::kServer2_10) {
            info["reserved_storage"] = 0;
        }
        if (options_.level >= jetstream::kServer2_11) {
            info["api"]["level"] = api_level(options_.level);
        }
        if (!options_.domain.empty()) {
            info["domain"] = options_.domain;
        }
        return info;
    }
    if (subject == "STREAM.LIST") {
        return stream_page(offset);
    }
    if (is("STREAM", "CREATE", 3) || is("STREAM", "UPDATE", 3)) {
        if (payload.value("name", std::string{}) != tokens[2]) {
            throw Refusal{400, 10056, "stream name in subject does not match request"};
        }
        return tokens[1] == "CREATE" ? make_stream(payload) : change_stream(payload);
    }
    if (is("STREAM", "INFO", 3)) {
        return details(stream_at(tokens[2]), payload);
    }
    if (subject == "STREAM.NAMES") {
        return names_page(payload, offset);
    }
    if (tokens.size() == 4 && tokens[1] == "MSG" && tokens[2] == "GET") {
        return message(stream_at(tokens[3]), payload);
    }
    if (is("STREAM", "DELETE", 3)) {
        streams_.erase(stream_at(tokens[2]).config.at("name").get<std::string>());
        return Json{{"success", true}};
    }
    if (is("CONSUMER", "LIST", 3)) {
        return consumer_page(stream_at(tokens[2]), offset);
    }
    if (is("CONSUMER", "CREATE", 4)) {
        if (payload.value("stream_name", std::string{}) != tokens[2]) {
            throw Refusal{400, 10056, "stream name in subject does not match request"};
        }
        return put_consumer(stream_at(tokens[2]), tokens[3], payload);
    }
    if (is("CONSUMER", "INFO", 4)) {
        return consumer_json(
            stream_at(tokens[2]), tokens[3], consumer_at(tokens[2], tokens[3]), false);
    }
    if (is("CONSUMER", "PAUSE", 4) && options_.level >= jetstream::kServer2_11) {
        return pause(consumer_at(tokens[2], tokens[3]), payload);
    }
    if (is("CONSUMER", "DELETE", 4)) {
        std::ignore = consumer_at(tokens[2], tokens[3]);
        stream_at(tokens[2]).consumers.erase(tokens[3]);
        return Json{{"success", true}};
    }
    throw Refusal{400, 10003, "bad request"};
}

Json FakeJetStream::details(const Stream& stream, const Json& payload) const {
    auto info = stream_json(stream, false);
    if (const auto filter = payload.find("subjects_filter"); filter != payload.end()) {
        std::map<std::string, std::uint64_t> counts;
        for (const auto& message : stream.messages) {
            if (jetstream::covers(filter->get<std::string>(), message.subject)) {
                ++counts[message.subject];
            }
        }
        const auto start = std::min(payload.value("offset", std::size_t{0}), counts.size());
        auto subjects = Json::object();
        std::size_t place = 0;
        for (const auto& [subject, count] : counts) {
            if (place >= start && place < start + options_.page) {
                subjects[subject] = count;
            }
            ++place;
        }
        info["total"] = counts.size();
        info["offset"] = start;
        info["limit"] = options_.page;
        if (!subjects.empty()) {
            info["state"]["subjects"] = std::move(subjects);
        }
    }
    if (payload.value("deleted_details", false) && stream.state.deleted > 0) {
        auto deleted = Json::array();
        auto next = stream.state.first_sequence;
        for (const auto& message : stream.messages) {
            for (; next < message.sequence; ++next) {
                deleted.push_back(next);
            }
            next = message.sequence + 1;
        }
        info["state"]["deleted"] = std::move(deleted);
    }
    return info;
}

Json FakeJetStream::names_page(const Json& payload, std::size_t offset) const {
    const auto filter = payload.value("subject", std::string{});
    std::vector<Json> names;
    for (const auto& [name, stream] : streams_) {
        const auto subjects = stream.config.value("subjects", std::vector<std::string>{});
        if (filter.empty() ||
            std::any_of(subjects.begin(), subjects.end(), [&](const auto& subject) {
                return subjects_collide(filter, subject);
            })) {
            names.push_back(Json{{"name", name}});
        }
    }
    auto page = page_of(names, "streams", offset, options_.page);
    for (auto& name : page["streams"]) {
        name = name.at("name");
    }
    return page;
}

Json FakeJetStream::message(const Stream& stream, const Json& payload) const {
    const jetstream::MessageInfo* found = nullptr;
    const auto from = payload.value("seq", std::uint64_t{0});
    const auto next = payload.value("next_by_subj", std::string{});
    const auto last = payload.value("last_by_subj", std::string{});
    for (const auto& message : stream.messages) {
        if (!last.empty() && jetstream::covers(last, message.subject)) {
            found = &message;
        } else if (!next.empty() && message.sequence >= from &&
                   jetstream::covers(next, message.subject)) {
            found = &message;
            break;
        }
    }
    if (found == nullptr) {
        throw Refusal{404, 10037, "no message found"};
    }
    Json message{{"subject", found->subject},
                 {"seq", found->sequence},
                 {"time", core::format_time(found->time)}};
    if (!found->headers.empty()) {
        message["hdrs"] = encode_base64(found->headers);
    }
    if (found->body > 0) {
        message["data"] = encode_base64(std::string(found->body, 'x'));
    }
    return Json{{"message", std::move(message)}};
}

Json FakeJetStream::make_stream(const Json& request) {
    auto config = normal_stream(request, options_.level);
    const auto name = config.at("name").get<std::string>();
    fill_mirror_direct(config);
    if (const auto existing = streams_.find(name); existing != streams_.end()) {
        if (without_server_metadata(existing->second.config) != without_server_metadata(config)) {
            throw Refusal{400, 10058, "stream name already in use with a different configuration"};
        }
        return stream_json(existing->second, false);
    }
    if (config.at("sealed") == true) {
        throw Refusal{500, 10052, "stream configuration for create can not be sealed"};
    }
    check_replicas(config);
    check_overlap(config, name);
    if (options_.max_streams >= 0 &&
        streams_.size() >= static_cast<std::size_t>(options_.max_streams)) {
        throw Refusal{400, 10027, "maximum number of streams reached"};
    }
    auto& stream = streams_[name];
    stream.config = std::move(config);
    stream.created = next_moment();
    auto reply = stream_json(stream, false);
    reply["did_create"] = true;
    return reply;
}

Json FakeJetStream::change_stream(const Json& request) {
    const auto name = request.at("name").get<std::string>();
    auto& stream = stream_at(name);
    auto config = normal_stream(request, options_.level);
    fill_mirror_direct(config);
    // Before 2.15 a single server stores any number in an update.
    if (options_.level >= jetstream::kServer2_15 || options_.servers > 1) {
        check_replicas(config);
    }
    check_overlap(config, name);
    check_stream_update(stream.config, config, options_.level);
    if (config.at("sealed") == true) {
        config.merge_patch(Json{{"max_age", 0},
                                {"discard", "new"},
                                {"deny_delete", true},
                                {"deny_purge", true},
                                {"allow_rollup_hdrs", false}});
    }
    stream.config = std::move(config);
    return stream_json(stream, false);
}

Json FakeJetStream::put_consumer(Stream& stream, const std::string& name, const Json& request) {
    auto asked = request.at("config");
    asked["name"] = name;
    // 2.9 knows no action: whatever was meant, it creates or updates.
    const auto action = options_.level >= jetstream::kServer2_10
                            ? request.value("action", std::string{})
                            : std::string{};
    if (options_.servers == 1 && asked.value("num_replicas", 0) > 1) {
        throw Refusal{500, 10074, "replicas > 1 not supported in non-clustered mode"};
    }
    const auto existing = stream.consumers.find(name);
    if (existing != stream.consumers.end()) {
        // A pause is no matter of an update.
        asked.erase("pause_until");
        if (const auto& held = existing->second.config; held.contains("pause_until")) {
            asked["pause_until"] = held.at("pause_until");
        }
    }
    auto config = normal_consumer(asked, stream.config, options_.level);
    if (existing == stream.consumers.end()) {
        if (action == "update") {
            throw Refusal{400, 10149, "consumer does not exist"};
        }
        const auto most = stream.config.at("max_consumers").get<std::int64_t>();
        if (most > 0 && std::cmp_greater_equal(stream.consumers.size(), most)) {
            throw Refusal{400, 10026, "maximum consumers limit reached"};
        }
        check_work_queue(stream, name, config);
        const auto made =
            stream.consumers.emplace(name, Consumer{std::move(config), next_moment(), {}}).first;
        return consumer_json(stream, name, made->second, false);
    }
    if (action == "create" &&
        without_server_metadata(existing->second.config) != without_server_metadata(config)) {
        throw Refusal{400, 10148, "consumer already exists"};
    }
    check_work_queue(stream, name, config);
    check_consumer_update(existing->second.config, config, options_.level);
    existing->second.config = std::move(config);
    return consumer_json(stream, name, existing->second, false);
}

// Whether the time is past nobody asks the fake, which has no clock.
Json FakeJetStream::pause(Consumer& consumer, const Json& request) {
    consumer.config.erase("pause_until");
    if (request.contains("pause_until")) {
        consumer.config["pause_until"] = request.at("pause_until");
    }
    return Json{{"paused", request.contains("pause_until")},
                {"pause_until", request.value("pause_until", std::string{kNoTime})}};
}

Json FakeJetStream::stream_page(std::size_t offset) const {
    std::vector<Json> all;
    for (const auto& [name, stream] : streams_) {
        all.push_back(stream.missing ? Json(name) : stream_json(stream, true));
    }
    return page_of(all, "streams", offset, options_.page);
}

Json FakeJetStream::consumer_page(const Stream& stream, std::size_t offset) const {
    std::vector<Json> all;
    for (const auto& [name, consumer] : stream.consumers) {
        all.push_back(consumer_json(stream, name, consumer, true));
    }
    return page_of(all, "consumers", offset, options_.page);
}

void FakeJetStream::check_replicas(const Json& config) const {
    if (config.at("num_replicas").get<int>() > options_.servers) {
        throw options_.servers == 1
            ? Refusal{500, 10074, "replicas > 1 not supported in non-clustered mode"}
            : Refusal{400, 10005, "no suitable peers for placement"};
    }
}

void FakeJetStream::check_overlap(const Json& config, const std::string& own_name) const {
    for (const auto& [name, stream] : streams_) {
        for (const auto& taken :
             name == own_name ? Json::array() : stream.config.value("subjects", Json::array())) {
            for (const auto& subject : config.value("subjects", Json::array())) {
                if (subjects_collide(taken.get_ref<const std::string&>(),
                                     subject.get_ref<const std::string&>())) {
                    throw Refusal{400, 10065, "subjects overlap with an existing stream"};
                }
            }
        }
    }
}

void FakeJetStream::check_work_queue(const Stream& stream,
                                     const std::string& own_name,
                                     const Json& config) const {
    if (stream.config.at("retention") != "workqueue") {
        return;
    }
    if (config.at("ack_policy") != "explicit") {
        throw Refusal{400, 10098, "workqueue stream requires explicit ack"};
    }
    if (config.at("deliver_policy") != "all") {
        throw Refusal{400, 10101, "consumer must be deliver all on workqueue stream"};
    }
    const auto filters = filters_of(config);
    for (const auto& [name, consumer] : stream.consumers) {
        if (name == own_name) {
            continue;
        }
        if (filters.empty()) {
            throw Refusal{
                400, 10099, "multiple non-filtered consumers not allowed on workqueue stream"};
        }
        const auto others = filters_of(consumer.config);
        const bool disjoint =
            !others.empty() &&
            std::none_of(filters.begin(), filters.end(), [&](const Json& filter) {
                return std::any_of(others.begin(), others.end(), [&](const Json& other) {
                    return subjects_collide(filter.get_ref<const std::string&>(),
                                            other.get_ref<const std::string&>());
                });
            });
        if (!disjoint) {
            throw Refusal{400, 10100, "filtered consumer not unique on workqueue stream"};
        }
    }
}

// A mirror of a stream that this server can see answers reads as the origin does.
void FakeJetStream::fill_mirror_direct(Json& config) const {
    const auto mirror = config.find("mirror");
    if (mirror == config.end()) {
        return;
    }
    const auto origin = streams_.find(mirror->value("name", std::string{}));
    if (!mirror->contains("external") && origin != streams_.end()) {
        config["mirror_direct"] = origin->second.config.at("allow_direct");
    }
}

FakeJetStream::Stream& FakeJetStream::stream_at(const std::string& name) {
    const auto found = streams_.find(name);
    if (found == streams_.end()) {
        throw Refusal{404, 10059, "stream not found"};
    }
    return found->second;
}

FakeJetStream::Consumer& FakeJetStream::consumer_at(const std::string& stream,
                                                    const std::string& consumer) {
    auto& consumers = stream_at(stream).consumers;
    const auto found = consumers.find(consumer);
    if (found == consumers.end()) {
        throw Refusal{404, 10014, "consumer not found"};
    }
    return found->second;
}

Json FakeJetStream::shown(const Json& config) const {
    auto copy = config;
    if (options_.level >= jetstream::kServer2_11) {
        copy["metadata"]["_nats.ver"] = version_of(options_.level);
        copy["metadata"]["_nats.level"] = std::to_string(api_level(options_.level));
    }
    return copy;
}

Json FakeJetStream::stream_json(const Stream& stream, bool listed) const {
    const auto& state = stream.state;
    const auto time = [](const std::optional<core::Timestamp>& moment) {
        return moment ? core::format_time(*moment) : std::string{kNoTime};
    };
    return Json{{"config", listed ? stream.config : shown(stream.config)},
                {"created", stream.created},
                {"state",
                 {{"messages", state.messages},
                  {"bytes", state.bytes},
                  {"first_seq", state.first_sequence},
                  {"first_ts", time(state.first_time)},
                  {"last_seq", state.last_sequence},
                  {"last_ts", time(state.last_time)},
                  {"num_subjects", state.subjects},
                  {"num_deleted", state.deleted},
                  {"consumer_count", stream.consumers.size()}}}};
}

Json FakeJetStream::consumer_json(const Stream& stream,
                                  const std::string& name,
                                  const Consumer& consumer,
                                  bool listed) const {
    const auto& position = consumer.position;
    return Json{
        {"stream_name", stream.config.at("name")},
        {"name", name},
        {"created", consumer.created},
        {"config", listed ? consumer.config : shown(consumer.config)},
        {"delivered", {{"consumer_seq", position.delivered}, {"stream_seq", position.delivered}}},
        {"ack_floor",
         {{"consumer_seq", position.acknowledged_to}, {"stream_seq", position.acknowledged_to}}},
        {"num_ack_pending", position.unacknowledged},
        {"num_redelivered", 0},
        {"num_waiting", 0},
        {"num_pending", position.pending}};
}

std::string FakeJetStream::next_moment() {
    return core::format_time(
        core::Timestamp{std::chrono::nanoseconds{kFirstMoment + ++moments_ * kSecond}});
}

}  // namespace headgate::fakes
