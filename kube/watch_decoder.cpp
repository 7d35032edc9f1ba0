#include "kube/watch_decoder.hpp"

#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "kube/reply.hpp"

namespace headgate::kube {

namespace {

using core::Json;

WatchEvent malformed(const std::string& why) {
    return Failed{{core::ErrorCode::Internal, "watch: " + why}};
}

WatchEvent decode_event(std::string_view type, const Json& json) {
    if (type == "ERROR") {
        return Failed{core::with_context("watch", error_of_status(json))};
    }
    if (type == "BOOKMARK") {
        const auto version =
            json.value(Json::json_pointer{"/metadata/resourceVersion"}, std::string{});
        if (version.empty()) {
            return malformed("a bookmark without a resourceVersion");
        }
        const auto ends = json.value(
            Json::json_pointer{"/metadata/annotations/k8s.io~1initial-events-end"}, std::string{});
        return Bookmark{ResourceVersion{version}, ends == "true"};
    }
    auto object = parse_object(json);
    if (!object) {
        return malformed(object.error().message);
    }
    if (object->meta.resource_version.value().empty()) {
        return malformed("an object without a resourceVersion");
    }
    if (type == "ADDED") {
        return Added{std::move(*object)};
    }
    if (type == "MODIFIED") {
        return Modified{std::move(*object)};
    }
    if (type == "DELETED") {
        return Deleted{std::move(*object)};
    }
    return malformed("unknown event type " + std::string{type});
}

WatchEvent decode_line(std::string_view line) {
    const auto json = Json::parse(line, nullptr, false);
    if (!json.is_object()) {
        return malformed("a line that is no JSON object");
    }
    const auto type = json.find("type");
    const auto object = json.find("object");
    if (type == json.end() || !type->is_string() || object == json.end() || !object->is_object()) {
        return malformed("a line without type and object");
    }
    try {
        return decode_event(type->get_ref<const std::string&>(), *object);
    } catch (const Json::exception& error) {
        return malformed(error.what());
    }
}

}  // namespace

std::vector<WatchEvent> WatchDecoder::feed(std::string_view chunk) {
    std::vector<WatchEvent> events;
    while (!failed_ && !chunk.empty()) {
        const auto end = chunk.find('\n');
        const auto piece = chunk.substr(0, end);
        if (line_.size() + piece.size() > maximum_line_) {
            failed_ = true;
            line_ = {};
            events.push_back(
                malformed("a line of more than " + std::to_string(maximum_line_) + " bytes"));
            break;
        }
        if (end == std::string_view::npos) {
            line_ += piece;
            break;
        }
        finish_line(piece, events);
        chunk.remove_prefix(end + 1);
    }
    return events;
}

void WatchDecoder::finish_line(std::string_view rest, std::vector<WatchEvent>& events) {
    std::string whole;
    if (!line_.empty()) {
        whole = std::exchange(line_, {});
        whole += rest;
        rest = whole;
    }
    if (rest.empty() || rest == "\r") {
        return;
    }
    events.push_back(decode_line(rest));
    const auto* failed = std::get_if<Failed>(&events.back());
    failed_ = failed != nullptr;
}

}  // namespace headgate::kube
