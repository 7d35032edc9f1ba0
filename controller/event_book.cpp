#include "controller/event_book.hpp"

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

#include "controller/kube_declarations.hpp"
#include "core/joined.hpp"

namespace headgate::controller {

using kube::Event;
using resources::Reason;

namespace {

/// What an outage tells is about the connection, whichever object it is told of.
constexpr std::string_view kConnect = "Connect";

enum class Tone { Silent, Normal, Warning };

Tone tone_of(Reason reason) {
    switch (reason) {
        case Reason::InvalidSpec:
        case Reason::ImmutableField:
        case Reason::NotOwned:
        case Reason::Conflict:
        case Reason::ApprovalRequired:
        case Reason::Unsupported:
        case Reason::InsufficientResources:
        case Reason::Rejected:
        case Reason::Drifted:
        case Reason::DeletionBlocked:
        case Reason::ConnectionFailed:
        // Nothing writes it that deletes without an error.
        case Reason::Deleting:
            return Tone::Warning;
        case Reason::Paused:
            return Tone::Normal;
        case Reason::Applied:
        case Reason::Observed:
        case Reason::Reconciling:
            return Tone::Silent;
    }
    return Tone::Silent;
}

class Teller {
public:
    explicit Teller(const resources::ObjectKey& key) : key_(key) {}

    void tell(bool warning, std::string_view reason, std::string_view action, std::string note) {
        events_.push_back({.type = resource_type(key_.kind),
                           .ns = key_.ns,
                           .name = key_.name,
                           .uid = {},
                           .warning = warning,
                           .reason = std::string{reason},
                           .action = std::string{action},
                           .note = std::move(note)});
    }

    // From nothing to Applied is no news: each object would cost one more write.
    void tell_transition(const reconcilers::Pass& pass) {
        const auto reason = core::name_of(pass.reason);
        const auto action_for = [](Reason of) {
            return of == Reason::ConnectionFailed ? kConnect : std::string_view{"Reconcile"};
        };
        const auto tone = tone_of(pass.reason);
        if (tone == Tone::Warning) {
            tell(true, reason, action_for(pass.reason), pass.message);
        }
        if (!pass.reason_before) {
            return;
        }
        const auto before = *pass.reason_before;
        if (tone == Tone::Normal) {
            tell(false, reason, action_for(pass.reason), pass.message);
        } else if (resources::ready(pass.reason) == resources::Truth::True &&
                   tone_of(before) != Tone::Silent) {
            tell(false,
                 reason,
                 action_for(before),
                 "Ready, after " + std::string{core::name_of(before)});
        }
    }

    [[nodiscard]] std::vector<Event> events() && { return std::move(events_); }

private:
    const resources::ObjectKey& key_;
    std::vector<Event> events_;
};

}  // namespace

std::vector<Event> events_of(const resources::ObjectKey& key, const reconcilers::Pass& pass) {
    Teller teller{key};
    if (!pass.drift.empty()) {
        teller.tell(false, "DriftRepaired", "Repair", core::joined(pass.drift, "; "));
    }
    if (!pass.approved.empty()) {
        teller.tell(false,
                    "PlanCarriedOut",
                    "Update",
                    pass.approved + ": " + core::joined(pass.done, "; "));
    }
    if (pass.reason == Reason::Deleting && pass.dropped > 0) {
        teller.tell(false, "Deleted", "Delete", core::joined(pass.done, "; "));
    }
    if (pass.reason_changed) {
        teller.tell_transition(pass);
    }
    return std::move(teller).events();
}

void EventBook::add(Event event, TimePoint now, core::Timestamp wall) {
    forget_old(now);
    const auto key = key_of(event);
    if (const auto known = series_.find(key); known != series_.end()) {
        ++known->second.count;
        known->second.last = wall;
        known->second.seen = now;
        if (event.action == kConnect) {
            note_outage(event);
        }
        return;
    }
    if (!may_tell(event, now)) {
        return;
    }
    if (series_.size() >= kMostKnown) {
        std::erase_if(series_, [](const auto& entry) { return entry.second.told > 0; });
    }
    // No more of it is ever written, and a thousand of them may wait.
    if (constexpr auto kMost = kube::kLongestNote + 8; event.note.size() > kMost) {
        event.note.resize(kMost);
        event.note.shrink_to_fit();
    }
    if (fresh_.size() >= kMostWaiting) {
        series_.erase(fresh_.front());
        fresh_.pop_front();
        ++dropped_;
    }
    series_.emplace(
        key,
        Series{.event = std::move(event), .id = ++ids_, .last = wall, .written = now, .seen = now});
    fresh_.push_back(key);
}

std::optional<EventBook::Write> EventBook::next(TimePoint now) {
    if (!fresh_.empty()) {
        auto& series = series_.at(fresh_.front());
        fresh_.pop_front();
        // What repeated before it could be told at all is told by the series.
        Write write{.event = series.event, .id = series.id, .count = 1, .at = series.last};
        series.event.note.clear();
        series.told = 1;
        series.written = now;
        return write;
    }
    for (auto& [key, series] : series_) {
        if (series.told > 0 && series.told < series.count &&
            now >= series.written + kSeriesPeriod) {
            series.told = series.count;
            series.written = now;
            return Write{
                .event = series.event, .id = series.id, .count = series.count, .at = series.last};
        }
    }
    return std::nullopt;
}

void EventBook::give_up(const Write& write) {
    ++dropped_;
    std::erase_if(series_, [&](const auto& entry) { return entry.second.id == write.id; });
}

std::optional<EventBook::TimePoint> EventBook::next_due() const {
    if (!fresh_.empty()) {
        return TimePoint::min();
    }
    std::optional<TimePoint> due;
    for (const auto& [key, series] : series_) {
        if (series.told > 0 && series.told < series.count) {
            const auto at = series.written + kSeriesPeriod;
            due = due ? std::min(*due, at) : at;
        }
    }
    return due;
}

EventBook::Place EventBook::place_of(const Event& event) {
    return {event.type.kind, event.ns, event.name, event.uid};
}

EventBook::Key EventBook::key_of(const Event& event) {
    return {place_of(event),
            event.warning,
            event.reason,
            event.action,
            std::hash<std::string>{}(event.note)};
}

bool EventBook::may_tell(const Event& event, TimePoint now) {
    if (event.action != kConnect) {
        const bool may = takes_token(place_of(event), now);
        dropped_ += may ? 0 : 1;
        return may;
    }
    // All objects of a connection have it at once, so some tell it for all of their namespace, and
    // the same ones tell its end.
    return (!event.warning || takes_token({{}, event.ns, {}, {}}, now)) && note_outage(event);
}

bool EventBook::note_outage(const Event& event) {
    if (!event.warning) {
        return outages_.erase(place_of(event)) > 0;
    }
    if (outages_.size() >= kMostKnown) {
        outages_.clear();
    }
    outages_.insert(place_of(event));
    return true;
}

bool EventBook::takes_token(const Place& place, TimePoint now) {
    if (buckets_.size() >= kMostKnown) {
        buckets_.clear();
    }
    auto& bucket = buckets_.try_emplace(place, Bucket{.filled = now}).first->second;
    const auto minutes =
        std::chrono::duration<double, std::chrono::minutes::period>(now - bucket.filled);
    bucket.tokens = std::min<double>(
        kBurst,
        bucket.tokens +
            minutes / std::chrono::duration<double, std::chrono::minutes::period>(kOneMore));
    bucket.filled = now;
    if (bucket.tokens < 1) {
        return false;
    }
    bucket.tokens -= 1;
    return true;
}

// What has not repeated since its series was told is over; and who has said nothing for long may
// say all again.
void EventBook::forget_old(TimePoint now) {
    if (tidied_ != TimePoint::min() && now < tidied_ + std::chrono::minutes{1}) {
        return;
    }
    tidied_ = now;
    std::erase_if(series_, [&](const auto& entry) {
        const auto& series = entry.second;
        return series.told == series.count && now >= series.seen + kSeriesPeriod &&
               now >= series.written + kSeriesPeriod;
    });
    std::erase_if(buckets_, [&](const auto& entry) {
        return now >= entry.second.filled + kBurst * kOneMore;
    });
}

}  // namespace headgate::controller
