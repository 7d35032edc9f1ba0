#include "kube/lease.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "kube/micro_time.hpp"

namespace headgate::kube {

namespace {

using core::ErrorCode;
using core::Json;

/// As client-go spreads the looks of standbys: up to so much of the retry period more.
constexpr double kJitter = 1.2;

std::string text_at(const Json& spec, const char* name) {
    const auto found = spec.find(name);
    return found != spec.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::int64_t number_at(const Json& spec, const char* name) {
    const auto found = spec.find(name);
    return found != spec.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

}  // namespace

ResourceType lease_type() {
    return {.group = "coordination.k8s.io", .version = "v1", .plural = "leases", .kind = "Lease"};
}

LeaseRecord lease_record(const Json& spec) {
    if (!spec.is_object()) {
        return {};
    }
    return {.holder = text_at(spec, "holderIdentity"),
            .duration = std::chrono::seconds{number_at(spec, "leaseDurationSeconds")},
            .acquired = text_at(spec, "acquireTime"),
            .renewed = text_at(spec, "renewTime"),
            .transitions = number_at(spec, "leaseTransitions")};
}

Json to_json(const LeaseRecord& record) {
    return {{"holderIdentity", record.holder},
            {"leaseDurationSeconds", record.duration.count()},
            {"acquireTime", record.acquired},
            {"renewTime", record.renewed},
            {"leaseTransitions", record.transitions}};
}

Json lease_object(const std::string& ns, const std::string& name, const LeaseRecord& record) {
    return {{"apiVersion", lease_type().api_version()},
            {"kind", lease_type().kind},
            {"metadata", {{"namespace", ns}, {"name", name}}},
            {"spec", to_json(record)}};
}

Json lease_patch(const LeaseRecord& record) {
    return {{"spec", to_json(record)}};
}

LeaseCommand LeaseElection::next(TimePoint now, core::Timestamp wall, double jitter) {
    if (held_until_ && *held_until_ <= now) {
        held_until_.reset();
        knowledge_ = Knowledge::Stale;
    }
    if (now < next_try_) {
        return WaitForLease{held_until_ ? std::min(next_try_, *held_until_) : next_try_};
    }
    if (knowledge_ == Knowledge::Stale) {
        return LookAtLease{};
    }
    // A Lease that somebody deleted says nothing of its holder, who has not noticed yet: what was
    // last seen of it still runs out first.
    if (!leads() && is_anothers(now)) {
        try_later(now, jitter);
        knowledge_ = Knowledge::Stale;
        return WaitForLease{next_try_};
    }
    if (knowledge_ == Knowledge::Missing) {
        return CreateLease{mine(wall)};
    }
    return ChangeLease{mine(wall), version_};
}

void LeaseElection::looked(const core::Result<Object>& lease, TimePoint now, double jitter) {
    if (lease) {
        take_over(*lease, now);
        knowledge_ = Knowledge::Seen;
        if (!is_mine()) {
            held_until_.reset();
        }
        return;
    }
    if (lease.error().code == ErrorCode::NotFound) {
        knowledge_ = Knowledge::Missing;
        return;
    }
    try_later(now, jitter);
}

void LeaseElection::wrote(const core::Result<Object>& lease,
                          TimePoint sent,
                          TimePoint now,
                          double jitter) {
    if (lease) {
        take_over(*lease, now);
        knowledge_ = Knowledge::Written;
        held_until_ = sent + timing_.renew_deadline;
        next_try_ = now + timing_.retry_period;
        return;
    }
    // What was written by oneself may have been changed by anybody since: only what was looked at
    // right before, and failed all the same, is left for later.
    const bool looked_before = knowledge_ != Knowledge::Written;
    const auto code = lease.error().code;
    const bool moved_on = code == ErrorCode::Conflict || code == ErrorCode::NotFound;
    knowledge_ = Knowledge::Stale;
    if (looked_before || !moved_on) {
        try_later(now, jitter);
    }
}

std::optional<ChangeLease> LeaseElection::release(core::Timestamp wall) {
    if (!leads() || version_.value().empty()) {
        return std::nullopt;
    }
    held_until_.reset();
    knowledge_ = Knowledge::Stale;
    // One second, as client-go leaves it: 0 is no valid duration.
    return ChangeLease{{.holder = {},
                        .duration = std::chrono::seconds{1},
                        .acquired = micro_time(wall),
                        .renewed = micro_time(wall),
                        .transitions = record_.transitions},
                       version_};
}

bool LeaseElection::is_anothers(TimePoint now) const {
    if (record_.holder.empty() || is_mine()) {
        return false;
    }
    const std::chrono::milliseconds promised{record_.duration};
    return now < changed_ + (promised.count() > 0 ? promised : timing_.duration);
}

LeaseRecord LeaseElection::mine(core::Timestamp wall) const {
    const auto now = micro_time(wall);
    LeaseRecord record{.holder = identity_,
                       .duration = std::chrono::ceil<std::chrono::seconds>(timing_.duration),
                       .acquired = now,
                       .renewed = now};
    if (knowledge_ != Knowledge::Missing) {
        record.transitions = record_.transitions + (is_mine() ? 0 : 1);
        record.acquired = is_mine() ? record_.acquired : now;
    }
    return record;
}

void LeaseElection::take_over(const Object& lease, TimePoint now) {
    auto record = lease_record(lease.spec);
    if (record != record_ || version_.value().empty()) {
        record_ = std::move(record);
        changed_ = now;
    }
    version_ = lease.meta.resource_version;
}

void LeaseElection::try_later(TimePoint now, double jitter) {
    const auto period = std::chrono::duration_cast<std::chrono::milliseconds>(
        timing_.retry_period * (leads() ? 1.0 : 1.0 + kJitter * jitter));
    next_try_ = now + period;
}

}  // namespace headgate::kube
