#include "kube/reply.hpp"

#include <charconv>

#include <nlohmann/json.hpp>

namespace headgate::kube {

namespace {

using core::Error;
using core::ErrorCode;
using core::Json;

std::string text_of(const Json& json, const char* name) {
    if (!json.is_object()) {
        return {};
    }
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

/// A JSON Patch whose `test` does not hold answers 422, as does an object that breaks its schema;
/// only the latter names causes (apiserver: handlers/patch.go drops the library's error text).
bool names_causes(const Json& status) {
    const auto causes = status.is_object() ? status.value("details", Json::object()) : Json{};
    return causes.is_object() && causes.contains("causes");
}

/// Server-side apply of what the schema does not know or that has another type answers 500 without
/// a reason, and would for ever (structured-merge-diff; found with kube-apiserver 1.36).
bool is_schema_mismatch(std::string_view message) {
    return message.starts_with("failed to create typed patch object");
}

ErrorCode code_of(int code, const Json& status) {
    switch (code) {
        case 400:
            return ErrorCode::InvalidSpec;
        case 401:
        case 403:
            return ErrorCode::Forbidden;
        case 404:
            return ErrorCode::NotFound;
        case 409:
            return text_of(status, "reason") == "AlreadyExists" ? ErrorCode::AlreadyExists
                                                                : ErrorCode::Conflict;
        case 410:
            return ErrorCode::Gone;
        case 422:
            return names_causes(status) ? ErrorCode::InvalidSpec : ErrorCode::Conflict;
        case 408:
        case 429:
            return ErrorCode::Unavailable;
        default:
            break;
    }
    if (code < 500 || is_schema_mismatch(text_of(status, "message"))) {
        return ErrorCode::Refused;
    }
    return ErrorCode::Unavailable;
}

Error error_of(int code, const Json& status, const std::string& said) {
    return {code_of(code, status),
            "HTTP " + std::to_string(code) + (said.empty() ? "" : ": " + said)};
}

/// The first line of a body that is no Status object, for a person: proxies answer HTML or text.
/// What began as JSON is not quoted: it may be a Secret that was cut off.
std::string first_line(std::string_view body) {
    constexpr std::size_t kMost = 200;
    if (body.starts_with('{')) {
        return "{...";
    }
    return std::string{body.substr(0, std::min(body.find('\n'), kMost))};
}

core::Result<Json> parse_body(const Reply& reply) {
    if (reply.code < 200 || reply.code >= 300) {
        return error_of(reply);
    }
    auto json = Json::parse(reply.body, nullptr, false);
    if (!json.is_object()) {
        return Error{ErrorCode::Unavailable,
                     "the answer is no JSON object, is this a Kubernetes API server? It begins: " +
                         first_line(reply.body)};
    }
    return json;
}

core::Result<Object> parse_item(const Json& list, const Json& item) {
    auto object = parse_object(item);
    if (object && object->kind.empty()) {
        // Lists of built-in kinds leave both out of their items.
        const auto list_kind = text_of(list, "kind");
        object->api_version = text_of(list, "apiVersion");
        object->kind = list_kind.substr(0, list_kind.rfind("List"));
    }
    return object;
}

int number_of(std::string_view text) {
    int number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

}  // namespace

Error error_of(const Reply& reply) {
    const auto json = Json::parse(reply.body, nullptr, false);
    const auto said = text_of(json, "message");
    return error_of(reply.code, json, said.empty() ? first_line(reply.body) : said);
}

Error error_of_status(const Json& status) {
    int code = 500;
    if (status.is_object()) {
        if (const auto found = status.find("code");
            found != status.end() && found->is_number_integer()) {
            code = found->get<int>();
        }
    }
    return error_of(code, status, text_of(status, "message"));
}

std::optional<std::chrono::seconds> retry_after(const Reply& reply) {
    const auto seconds = number_of(reply.retry_after);
    if (seconds <= 0 || (reply.code != 429 && reply.code < 500)) {
        return std::nullopt;
    }
    return std::chrono::seconds{seconds};
}

core::Result<Object> object_of(const Reply& reply) {
    return parse_body(reply).and_then(parse_object);
}

core::Result<ListPage> list_page_of(const Reply& reply) {
    auto json = parse_body(reply);
    if (!json) {
        return json.error();
    }
    const auto metadata = json->value("metadata", Json::object());
    const auto items = json->find("items");
    if (items == json->end() || !(items->is_array() || items->is_null())) {
        return Error{ErrorCode::Unavailable, "the answer is no list of objects"};
    }
    ListPage page;
    page.continue_token = text_of(metadata, "continue");
    page.resource_version = ResourceVersion{text_of(metadata, "resourceVersion")};
    page.objects.reserve(items->size());
    for (const auto& item : *items) {
        auto object = parse_item(*json, item);
        if (!object) {
            return object.error();
        }
        page.objects.push_back(std::move(*object));
    }
    return page;
}

core::Result<ServerVersion> version_of(const Reply& reply) {
    // A provider may append a sign to the minor version ("36+").
    return parse_body(reply).transform([](const Json& json) {
        return ServerVersion{.major = number_of(text_of(json, "major")),
                             .minor = number_of(text_of(json, "minor")),
                             .text = text_of(json, "gitVersion")};
    });
}

}  // namespace headgate::kube
