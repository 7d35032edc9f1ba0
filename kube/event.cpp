#include "kube/event.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "kube/micro_time.hpp"

namespace headgate::kube {

namespace {

constexpr std::size_t kLongestInstance = 128;

// As JSON would carry it: a byte that is no UTF-8 becomes a character of three.
std::string written(const std::string& note) {
    const auto json = core::Json(note).dump(-1, ' ', false, core::Json::error_handler_t::replace);
    return core::Json::parse(json).get<std::string>();
}

std::string cut(const std::string& note) {
    if (note.size() <= kLongestNote) {
        return note;
    }
    constexpr std::string_view kMore = "...";
    auto end = kLongestNote - kMore.size();
    // Not in the middle of a character of several bytes.
    while (end > 0 && (static_cast<unsigned char>(note[end]) & 0xC0U) == 0x80U) {
        --end;
    }
    return note.substr(0, end) + std::string{kMore};
}

}  // namespace

ResourceType event_type() {
    return {.group = "events.k8s.io", .version = "v1", .plural = "events", .kind = "Event"};
}

core::Json event_object(const Event& event,
                        const std::string& name,
                        const Reporter& reporter,
                        core::Timestamp at) {
    core::Json regarding{{"apiVersion", event.type.api_version()},
                         {"kind", event.type.kind},
                         {"namespace", event.ns},
                         {"name", event.name}};
    if (!event.uid.empty()) {
        regarding["uid"] = event.uid;
    }
    return {{"apiVersion", event_type().api_version()},
            {"kind", event_type().kind},
            {"metadata", {{"namespace", event.ns}, {"name", name}}},
            {"eventTime", micro_time(at)},
            {"reportingController", reporter.controller},
            {"reportingInstance", reporter.instance.substr(0, kLongestInstance)},
            {"type", event.warning ? "Warning" : "Normal"},
            {"reason", event.reason},
            {"action", event.action},
            {"note", cut(written(event.note))},
            {"regarding", std::move(regarding)}};
}

core::Json series_patch(std::int64_t count, core::Timestamp last) {
    return {{"series", {{"count", count}, {"lastObservedTime", micro_time(last)}}}};
}

}  // namespace headgate::kube
