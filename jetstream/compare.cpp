#include "jetstream/compare.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "core/fields/diff.hpp"
#include "jetstream/settings_tables.hpp"

namespace headgate::jetstream {

using namespace std::chrono_literals;
using fields::Change;
using fields::Changes;

namespace {

constexpr std::string_view kAllSubjects = ">";

// nats-server: StreamDefaultDuplicatesWindow, checkStreamCfg. A server with a lower limit of its
// own makes less of it; that shows in its reply to a write, and is not written again.
std::optional<Duration> derived_duplicate_window(const StreamSettings& desired,
                                                 const StreamSettings& observed,
                                                 ServerLevel level) {
    Duration window = 2min;
    if (desired.max_age) {
        window = std::min(window, *desired.max_age);
    }
    if (!desired.mirror && (desired.sources.empty() || level < kServer2_14)) {
        return window;
    }
    // These have none by default. Other clients, and servers before an upgrade, give them the usual
    // one.
    return observed.duplicate_window == window ? observed.duplicate_window : std::nullopt;
}

// nats-server: JsDefaultMaxAckPending, setConsumerConfigDefaults. For a lower limit of the server's
// own, as above.
std::optional<std::int64_t> derived_max_ack_pending(const ConsumerSettings& desired,
                                                    const ConsumerSettings& observed,
                                                    const StreamSettings& stream) {
    const auto limit =
        stream.consumer_limits ? stream.consumer_limits->max_ack_pending : std::nullopt;
    if (desired.ack_policy == AckPolicy::None) {
        return observed.max_ack_pending == limit ? limit : std::nullopt;
    }
    constexpr std::int64_t kDefault = 1000;
    return limit.value_or(kDefault);
}

template <class T>
std::vector<LevelNeed> fields_beyond(const T& settings, ServerLevel level) {
    std::vector<LevelNeed> needs;
    for (auto& change : fields::diff(T{}, settings)) {
        if (change.level > level) {
            const int needed = change.level;
            needs.push_back(LevelNeed{std::move(change), needed});
        }
    }
    return needs;
}

void add_transforms(const StreamSource& source,
                    std::string_view path,
                    ServerLevel level,
                    std::vector<LevelNeed>& needs) {
    if (!source.subject_transforms.empty() && level < kServer2_10) {
        needs.push_back(LevelNeed{
            Change{
                std::string{path} + ".subjectTransforms", std::string{path}, "", "", kServer2_10},
            kServer2_10});
    }
}

bool one_way(std::string_view wire) {
    return wire == "deny_delete" || wire == "deny_purge";
}

std::vector<std::string_view> tokens(std::string_view subject) {
    std::vector<std::string_view> parts;
    while (true) {
        const auto dot = subject.find('.');
        parts.push_back(subject.substr(0, dot));
        if (dot == std::string_view::npos) {
            return parts;
        }
        subject.remove_prefix(dot + 1);
    }
}

}  // namespace

StreamSettings as_stored(StreamSettings desired,
                         const StreamSettings& observed,
                         ServerLevel level) {
    if (desired.subjects.empty() && !desired.mirror && desired.sources.empty()) {
        desired.subjects = {desired.name.value()};
    }
    if (!desired.duplicate_window) {
        desired.duplicate_window = derived_duplicate_window(desired, observed, level);
    }
    // On a mirror of a stream the server can see, it follows the origin's allow_direct.
    if (desired.mirror && !desired.mirror->external && !desired.mirror_direct) {
        desired.mirror_direct = observed.mirror_direct;
    }
    if (desired.republish && desired.republish->source.empty()) {
        desired.republish->source = kAllSubjects;
    }
    // Stored as given, or as the wildcard it stands for.
    if (desired.subject_transform && desired.subject_transform->source.empty() &&
        observed.subject_transform && observed.subject_transform->source == kAllSubjects) {
        desired.subject_transform->source = kAllSubjects;
    }
    desired.allow_msg_ttl = desired.allow_msg_ttl || observed.allow_msg_ttl;
    return desired;
}

ConsumerSettings as_stored(ConsumerSettings desired,
                           const ConsumerSettings& observed,
                           const StreamSettings& stream) {
    if (!desired.backoff.empty()) {
        desired.ack_wait = desired.backoff.front();
    } else if (!desired.ack_wait && desired.ack_policy != AckPolicy::None) {
        desired.ack_wait = 30s;
    }
    if (!desired.max_ack_pending) {
        desired.max_ack_pending = derived_max_ack_pending(desired, observed, stream);
    }
    if (!desired.max_waiting && !desired.is_push()) {
        desired.max_waiting = 512;
    }
    if (!desired.inactive_threshold && stream.consumer_limits) {
        desired.inactive_threshold = stream.consumer_limits->inactive_threshold;
    }
    return desired;
}

Changes differences(const StreamSettings& observed, const StreamSettings& desired) {
    return fields::diff(observed, desired);
}

Changes differences(const ConsumerSettings& observed, const ConsumerSettings& desired) {
    return fields::diff(observed, desired);
}

std::vector<LevelNeed> beyond(const StreamSettings& settings, ServerLevel level) {
    auto needs = fields_beyond(settings, level);
    if (settings.subject_delete_marker_ttl) {
        // One need, not two: markers imply that messages may have a TTL.
        std::erase_if(needs,
                      [](const LevelNeed& need) { return need.field.wire == "allow_msg_ttl"; });
    }
    if (settings.mirror) {
        add_transforms(*settings.mirror, "mirror", level, needs);
    }
    for (const auto& source : settings.sources) {
        add_transforms(source, "sources", level, needs);
    }
    return needs;
}

std::vector<LevelNeed> beyond(const ConsumerSettings& settings, ServerLevel level) {
    auto needs = fields_beyond(settings, level);
    if (settings.filter_subjects.size() > 1 && level < kServer2_10) {
        needs.push_back(LevelNeed{
            Change{
                "filterSubjects with more than one entry", "filter_subjects", "", "", kServer2_10},
            kServer2_10});
    }
    return needs;
}

std::optional<std::string> immutable_because(const Change& change,
                                             const StreamSettings& observed,
                                             const StreamSettings& desired,
                                             ServerLevel level) {
    const auto& wire = change.wire;
    constexpr std::string_view kNewStream = "declare a new stream and move the messages";
    if (wire == "name" || wire == "storage" || wire == "first_seq") {
        return "cannot change on an existing stream; " + std::string{kNewStream};
    }
    if (wire == "retention" && level < kServer2_10) {
        return "cannot change before nats-server 2.10; " + std::string{kNewStream};
    }
    if (wire == "retention" &&
        (observed.retention == Retention::WorkQueue || desired.retention == Retention::WorkQueue)) {
        return "cannot change to or from WorkQueue; " + std::string{kNewStream};
    }
    if (wire == "max_consumers" && level < kServer2_12_5) {
        return "cannot change before nats-server 2.12.5; " + std::string{kNewStream};
    }
    if (wire == "republish" && level < kServer2_10) {
        return "cannot change before nats-server 2.10; " + std::string{kNewStream};
    }
    if (wire == "mirror" && desired.mirror) {
        return "cannot be added or changed; " + std::string{kNewStream};
    }
    if (wire == "mirror" && level < kServer2_12) {
        return "cannot be removed before nats-server 2.12; " + std::string{kNewStream};
    }
    if (one_way(wire) && change.to == "false") {
        return "cannot be taken back once it is set; set it to true again, or " +
               std::string{kNewStream};
    }
    return std::nullopt;
}

bool needs_recreation(const Change& change) {
    // Accepted by some servers without effect on a running consumer, refused by others.
    constexpr std::array<std::string_view, 10> kFixed{"deliver_policy",
                                                      "opt_start_seq",
                                                      "opt_start_time",
                                                      "ack_policy",
                                                      "replay_policy",
                                                      "max_waiting",
                                                      "flow_control",
                                                      "idle_heartbeat",
                                                      "mem_storage",
                                                      "deliver_group"};
    const bool push_or_pull =
        change.wire == "deliver_subject" && (change.from.empty() || change.to.empty());
    return push_or_pull || std::find(kFixed.begin(), kFixed.end(), change.wire) != kFixed.end();
}

bool covers(std::string_view wide, std::string_view narrow) {
    if (wide.empty() || wide == kAllSubjects) {
        return true;
    }
    if (narrow.empty()) {
        return false;
    }
    const auto left = tokens(wide);
    const auto right = tokens(narrow);
    for (std::size_t i = 0; i < left.size(); ++i) {
        if (left[i] == kAllSubjects) {
            return right.size() > i;
        }
        if (i >= right.size() || right[i] == kAllSubjects ||
            (left[i] != "*" && left[i] != right[i])) {
            return false;
        }
    }
    return left.size() == right.size();
}

bool covers(const std::vector<std::string>& wide, const std::vector<std::string>& narrow) {
    if (wide.empty() || narrow.empty()) {
        return wide.empty() || std::any_of(wide.begin(), wide.end(), [](const auto& filter) {
                   return covers(filter, std::string_view{});
               });
    }
    return std::all_of(narrow.begin(), narrow.end(), [&](const auto& one) {
        return std::any_of(
            wide.begin(), wide.end(), [&](const auto& filter) { return covers(filter, one); });
    });
}

bool overlap(std::string_view left, std::string_view right) {
    if (left.empty() || right.empty()) {
        return true;
    }
    const auto one = tokens(left);
    const auto other = tokens(right);
    for (std::size_t i = 0; i < std::max(one.size(), other.size()); ++i) {
        if (i >= one.size() || i >= other.size()) {
            return false;
        }
        if (one[i] == kAllSubjects || other[i] == kAllSubjects) {
            return true;
        }
        if (one[i] != "*" && other[i] != "*" && one[i] != other[i]) {
            return false;
        }
    }
    return true;
}

}  // namespace headgate::jetstream
