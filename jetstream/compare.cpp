#include "jetstream/compare.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

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
                                                    const StreamSettings& stream,
                                                    const ServerInfo& server) {
    const auto limit =
        stream.consumer_limits ? stream.consumer_limits->max_ack_pending : std::nullopt;
    if (desired.ack_policy == AckPolicy::None) {
        return limit;
    }
    constexpr std::int64_t kDefault = 1000;
    const auto most = server.limits_for(stream.replicas).max_ack_pending;
    return limit.value_or(std::min(kDefault, most.value_or(kDefault)));
}

// Walks a table, nested ones too, for what a server of one level does not keep.
class Needs {
public:
    explicit Needs(ServerLevel level) : level_(level) {}

    template <fields::Tabled T>
    void look_into(const T& object, const std::string& path, std::string_view top_wire) {
        const T defaults{};
        fields::visit_fields(
            [&](const auto& field, const auto& member, const auto& fallback) {
                if (member == fallback) {
                    return;
                }
                const auto name = path + std::string{field.name.empty() ? field.wire : field.name};
                const auto wire = top_wire.empty() ? field.wire : top_wire;
                if (field.rules.level > level_) {
                    add(name, wire, field.rules.level);
                } else {
                    descend(member, name, wire);
                }
            },
            object,
            defaults);
    }

    // A value that needs more than its field does is told instead of the field.
    void add_value(const std::string& path, int level) {
        if (level > level_) {
            std::erase_if(
                found_, [&](const auto& need) { return path.starts_with(need.field.field + " "); });
            add(path, "", level);
        }
    }

    [[nodiscard]] std::vector<LevelNeed> take() { return std::move(found_); }

private:
    void add(std::string path, std::string_view wire, int level) {
        found_.push_back({Change{std::move(path), std::string{wire}, "", "", level}, level});
    }

    template <class V>
    void descend(const V&, const std::string&, std::string_view) {}

    template <fields::Tabled V>
    void descend(const std::optional<V>& value, const std::string& path, std::string_view wire) {
        look_into(*value, path + ".", wire);
    }

    template <fields::Tabled V>
    void descend(const std::vector<V>& values, const std::string& path, std::string_view wire) {
        for (std::size_t i = 0; i < values.size(); ++i) {
            look_into(values[i], path + "[" + std::to_string(i) + "].", wire);
        }
    }

    int level_;
    std::vector<LevelNeed> found_;
};

// What a newer server made possible in a field that older ones have too.
template <class T>
struct ValueNeed {
    std::string_view path;
    ServerLevel level;
    bool (*applies)(const T&);
};

constexpr std::array kStreamValues{ValueNeed<StreamSettings>{
    "placement.tags with \"!\"", kServer2_12, [](const StreamSettings& stream) {
        return stream.placement &&
               std::any_of(stream.placement->tags.begin(),
                           stream.placement->tags.end(),
                           [](const std::string& tag) { return tag.starts_with('!'); });
    }}};

constexpr std::array kConsumerValues{
    ValueNeed<ConsumerSettings>{
        "filterSubjects with more than one entry",
        kServer2_10,
        [](const ConsumerSettings& consumer) { return consumer.filter_subjects.size() > 1; }},
    ValueNeed<ConsumerSettings>{
        "priorityPolicy Prioritized", kServer2_12, [](const ConsumerSettings& consumer) {
            return consumer.priority_policy == PriorityPolicy::Prioritized;
        }}};

template <class T, std::size_t kSize>
std::vector<LevelNeed> needs_of(const T& settings,
                                const std::array<ValueNeed<T>, kSize>& values,
                                ServerLevel level) {
    Needs needs{level};
    needs.look_into(settings, "", "");
    for (const auto& value : values) {
        if (value.applies(settings)) {
            needs.add_value(std::string{value.path}, value.level);
        }
    }
    return needs.take();
}

bool is_one_way(std::string_view wire) {
    constexpr std::array<std::string_view, 5> kOneWay{
        "deny_delete", "deny_purge", "sealed", "allow_msg_ttl", "allow_msg_schedules"};
    return std::find(kOneWay.begin(), kOneWay.end(), wire) != kOneWay.end();
}

// nats-server: checkStreamCfg, for markers and schedules that purge by rollups.
void force_rollup(StreamSettings& stream) {
    if (!stream.allow_rollup) {
        stream.allow_rollup = true;
        stream.deny_purge = false;
    }
}

// nats-server: configUpdateCheck, "adjustments for being sealed".
void force_sealed(StreamSettings& stream) {
    stream.max_age.reset();
    stream.discard = Discard::New;
    stream.deny_delete = true;
    stream.deny_purge = true;
    stream.allow_rollup = false;
}

// Greedy, in table order: leaving one field open never makes another underivable.
template <class T, class Stored>
T leave_open(const T& observed, Stored stored) {
    const T defaults{};
    T open = observed;
    fields::visit_fields(
        [&](const auto&, auto& member, const auto& fallback) {
            if (member == fallback) {
                return;
            }
            auto value = std::exchange(member, fallback);
            if (!fields::diff(observed, stored(open)).empty()) {
                member = std::move(value);
            }
        },
        open,
        defaults);
    return open;
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

// An empty source of a transform is as good as the wildcard.
void keep_open_sources(StreamSource& desired, const StreamSource& observed) {
    for (auto& transform : desired.subject_transforms) {
        const SubjectTransform open{{}, transform.destination};
        if (transform.source == kAllSubjects &&
            std::find(observed.subject_transforms.begin(),
                      observed.subject_transforms.end(),
                      open) != observed.subject_transforms.end()) {
            transform = open;
        }
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
    if (desired.republish && desired.republish->source.empty()) {
        desired.republish->source = kAllSubjects;
    }
    // Stored as given, or as the wildcard it stands for.
    if (desired.subject_transform && desired.subject_transform->source.empty() &&
        observed.subject_transform && observed.subject_transform->source == kAllSubjects) {
        desired.subject_transform->source = kAllSubjects;
    }
    if (desired.subject_delete_marker_ttl) {
        desired.allow_msg_ttl = true;
        force_rollup(desired);
    }
    if (desired.allow_msg_schedules) {
        force_rollup(desired);
    }
    // A seal that should not be there is one difference, not six.
    if (desired.sealed || observed.sealed) {
        force_sealed(desired);
    }
    if (desired.mirror && observed.mirror) {
        keep_open_sources(*desired.mirror, *observed.mirror);
    }
    for (auto& source : desired.sources) {
        for (const auto& held : observed.sources) {
            if (held.name == source.name) {
                keep_open_sources(source, held);
            }
        }
    }
    return desired;
}

const StreamSource* followed_origin(const StreamSettings& desired) {
    const bool follows = desired.mirror && !desired.mirror->external && !desired.mirror_direct;
    return follows ? &*desired.mirror : nullptr;
}

StreamSettings as_sent(StreamSettings desired, const StreamSettings& observed) {
    if (desired.sealed && observed.sealed) {
        desired.deny_delete = true;
        desired.deny_purge = true;
        desired.allow_rollup = false;
    }
    // One that others gave it stays; the one it had before it copied anything does not.
    const bool copied = (desired.mirror && observed.mirror) ||
                        (!desired.sources.empty() && !observed.sources.empty());
    if (!desired.duplicate_window && copied) {
        desired.duplicate_window = derived_duplicate_window(desired, observed, kServer2_14);
    }
    return desired;
}

bool is_paused(const ConsumerSettings& consumer, Timestamp now) {
    return consumer.pause_until && *consumer.pause_until > now;
}

ConsumerSettings as_stored(ConsumerSettings desired,
                           const ConsumerSettings& observed,
                           const StreamSettings& stream,
                           const ServerInfo& server,
                           Timestamp now) {
    if (!desired.backoff.empty()) {
        desired.ack_wait = desired.backoff.front();
    } else if (!desired.ack_wait) {
        // Kept, and without a meaning, where nothing is acknowledged.
        desired.ack_wait = desired.ack_policy == AckPolicy::None ? observed.ack_wait
                                                                 : std::optional<Duration>{30s};
    }
    if (!desired.max_ack_pending) {
        desired.max_ack_pending = derived_max_ack_pending(desired, stream, server);
    }
    if (!desired.max_waiting && !desired.is_push()) {
        desired.max_waiting = 512;
    }
    if (!desired.inactive_threshold && stream.consumer_limits) {
        desired.inactive_threshold = stream.consumer_limits->inactive_threshold;
    }
    if (desired.priority_policy == PriorityPolicy::PinnedClient && !desired.priority_timeout) {
        desired.priority_timeout = 2min;
    }
    if (!is_paused(desired, now) && !is_paused(observed, now)) {
        desired.pause_until = observed.pause_until;
    }
    return desired;
}

StreamSettings without_derived(const StreamSettings& observed,
                               const StreamSettings& fresh,
                               ServerLevel level) {
    return leave_open(observed,
                      [&](const StreamSettings& open) { return as_stored(open, fresh, level); });
}

ConsumerSettings without_derived(const ConsumerSettings& observed,
                                 const StreamSettings& stream,
                                 const ServerInfo& server,
                                 Timestamp now) {
    auto derived = observed;
    derived.ack_wait.reset();  // Never derived where it means nothing: an update would drop it.
    return leave_open(observed, [&](const ConsumerSettings& open) {
        return as_stored(open, derived, stream, server, now);
    });
}

Changes differences(const StreamSettings& observed, const StreamSettings& desired) {
    return fields::diff(observed, desired);
}

Changes differences(const ConsumerSettings& observed, const ConsumerSettings& desired) {
    return fields::diff(observed, desired);
}

std::vector<LevelNeed> beyond(const StreamSettings& settings, ServerLevel level) {
    auto needs = needs_of(settings, kStreamValues, level);
    if (settings.subject_delete_marker_ttl) {
        // One need, not two: markers imply that messages may have a TTL.
        std::erase_if(needs,
                      [](const LevelNeed& need) { return need.field.wire == "allow_msg_ttl"; });
    }
    return needs;
}

std::vector<LevelNeed> beyond(const ConsumerSettings& settings, ServerLevel level) {
    return needs_of(settings, kConsumerValues, level);
}

std::optional<std::string> immutable_because(const Change& change,
                                             const StreamSettings& observed,
                                             const StreamSettings& desired,
                                             ServerLevel level) {
    const auto& wire = change.wire;
    constexpr std::string_view kNewStream = "declare a new stream and move the messages";
    if (wire == "name" || wire == "storage" || wire == "first_seq" || wire == "allow_msg_counter" ||
        wire == "persist_mode") {
        return "cannot change on an existing stream; " + std::string{kNewStream};
    }
    if (observed.sealed && desired.sealed &&
        (desired.allow_msg_schedules || desired.subject_delete_marker_ttl)) {
        return "cannot change: the server refuses every update of a sealed stream with "
               "allowMsgSchedules or subjectDeleteMarkerTTL";
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
    if (is_one_way(wire) && change.to == "false") {
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
