#include "jetstream/advisories.hpp"

#include <vector>

#include <nlohmann/json.hpp>

#include "core/json.hpp"

namespace headgate::jetstream {

using core::Json;

namespace {

constexpr std::string_view kType = "io.nats.jetstream.advisory.v1.";
// Whatever prefix or domain a request was sent to, the advisory has this one.
constexpr std::string_view kApi = "$JS.API.";

struct Operation {
    std::string_view subject;
    bool on_consumer;
    Touched what;
};

// STREAM.RESTORE is not among them: it only begins then, and a look would make the stream that is
// about to be restored.
constexpr std::array<Operation, 7> kOperations{{
    {"STREAM.CREATE.", false, Touched::Created},
    {"STREAM.UPDATE.", false, Touched::Updated},
    {"STREAM.DELETE.", false, Touched::Deleted},
    {"CONSUMER.CREATE.", true, Touched::Updated},
    {"CONSUMER.DURABLE.CREATE.", true, Touched::Updated},
    {"CONSUMER.DELETE.", true, Touched::Deleted},
    {"CONSUMER.PAUSE.", true, Touched::Paused},
}};

std::string_view take_token(std::string_view& text) {
    const auto dot = text.find('.');
    const auto token = text.substr(0, dot);
    text.remove_prefix(dot == std::string_view::npos ? text.size() : dot + 1);
    return token;
}

std::optional<Advisory> about(std::string_view subject) {
    if (!subject.starts_with(kApi)) {
        return std::nullopt;
    }
    subject.remove_prefix(kApi.size());
    for (const auto& operation : kOperations) {
        if (!subject.starts_with(operation.subject)) {
            continue;
        }
        subject.remove_prefix(operation.subject.size());
        Advisory advisory{.stream = StreamName{std::string{take_token(subject)}},
                          .consumer = std::nullopt,
                          .what = operation.what};
        // Without a name it is an ephemeral consumer, which nobody declares.
        if (advisory.stream.value().empty() || (operation.on_consumer && subject.empty())) {
            return std::nullopt;
        }
        if (operation.on_consumer) {
            advisory.consumer = ConsumerName{std::string{take_token(subject)}};
        }
        return advisory;
    }
    return std::nullopt;
}

// There is one advisory for every request, those that only read and their replies included, so most
// are told by their text alone. Text inside of requests and replies has its quotes escaped.
std::optional<std::string_view> subject_in(std::string_view payload) {
    constexpr std::string_view kKey = R"("subject":")";
    const auto at = payload.find(kKey);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    payload.remove_prefix(at + kKey.size());
    return payload.substr(0, payload.find('"'));
}

bool was_refused(const Json& audit) {
    const auto response = Json::parse(audit.value("response", std::string{}), nullptr, false);
    return response.is_object() && response.contains("error");
}

bool is_own(const Json& audit, const Listener& listener) {
    const auto client = audit.find("client");
    return client != audit.end() && listener.client_id != 0 &&
           client->value("id", std::uint64_t{0}) == listener.client_id &&
           client->value("name", std::string{}) == listener.client_name;
}

std::optional<Advisory> named(const Json& json, Touched what, bool over) {
    const auto stream = json.value("stream", std::string{});
    if (stream.empty()) {
        return std::nullopt;
    }
    const auto consumer = json.value("consumer", std::string{});
    return Advisory{
        .stream = StreamName{stream},
        .consumer = consumer.empty() ? std::nullopt : std::optional{ConsumerName{consumer}},
        .what = what,
        .over = over};
}

std::optional<Touched> action_of(const Json& json) {
    const auto action = json.value("action", std::string{});
    if (action == "create") {
        return Touched::Created;
    }
    if (action == "modify") {
        return Touched::Updated;
    }
    return action == "delete" ? std::optional{Touched::Deleted} : std::nullopt;
}

std::optional<Advisory> read(const Json& json, const Listener& listener) {
    auto type = json.value("type", std::string{});
    if (!type.starts_with(kType) ||
        (!listener.domain.empty() && json.value("domain", std::string{}) != listener.domain)) {
        return std::nullopt;
    }
    type.erase(0, kType.size());
    if (type == "api_audit") {
        return is_own(json, listener) || was_refused(json)
                   ? std::nullopt
                   : about(json.value("subject", std::string{}));
    }
    if (type == "consumer_pause") {
        return named(json, Touched::Paused, true);
    }
    const auto action = action_of(json);
    return action && (type == "stream_action" || type == "consumer_action")
               ? named(json, *action, false)
               : std::nullopt;
}

}  // namespace

std::optional<Advisory> parse_advisory(std::string_view payload, const Listener& listener) {
    if (const auto subject = subject_in(payload); subject && !about(*subject)) {
        return std::nullopt;
    }
    // nlohmann's accessors throw on a wrong type, which only a broken server sends.
    try {
        const auto json = Json::parse(payload, nullptr, false);
        return json.is_object() ? read(json, listener) : std::nullopt;
    } catch (const Json::exception&) {
        return std::nullopt;
    }
}

}  // namespace headgate::jetstream
