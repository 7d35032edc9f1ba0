#include "kube/watcher.hpp"

#include <algorithm>
#include <utility>

namespace headgate::kube {

namespace {

using core::Error;
using core::ErrorCode;

/// The object of an event that has one.
Object* object_of(WatchEvent& event) {
    if (auto* added = std::get_if<Added>(&event)) {
        return &added->object;
    }
    if (auto* modified = std::get_if<Modified>(&event)) {
        return &modified->object;
    }
    auto* deleted = std::get_if<Deleted>(&event);
    return deleted == nullptr ? nullptr : &deleted->object;
}

}  // namespace

std::chrono::milliseconds watch_backoff(int failures, double jitter) {
    auto delay = Watcher::kFirstDelay;
    for (int i = 1; i < failures && delay < Watcher::kLongestDelay; ++i) {
        delay *= 2;
    }
    delay = std::min(delay, Watcher::kLongestDelay);
    const std::chrono::duration<double, std::milli> scatter = delay * (jitter / 2);
    return delay + std::chrono::duration_cast<std::chrono::milliseconds>(scatter);
}

std::chrono::seconds watch_timeout(double jitter) {
    constexpr std::chrono::seconds kShortest{300};
    const std::chrono::duration<double> timeout = kShortest * (1 + jitter);
    return std::chrono::duration_cast<std::chrono::seconds>(timeout);
}

WatcherStep Watcher::start() {
    failures_ = 0;
    gone_ = false;
    unfinished_ = false;
    relist();
    return {.events = {}, .command = next()};
}

void Watcher::relist() {
    position_.reset();
    continue_token_.clear();
    begun_ = false;
}

WatcherCommand Watcher::next() {
    heard_ = false;
    if (position_) {
        return WatchNext{*position_};
    }
    if (streams_) {
        begun_ = false;
        return WatchNext{.from = {}, .everything = true};
    }
    return ListNext{kPageSize, continue_token_};
}

WatcherStep Watcher::listed(core::Result<ListPage> page, double jitter) {
    if (!page) {
        // Anything but "not now" may be about the token: expired (410) or not understood (400).
        if (page.error().code != ErrorCode::Unavailable) {
            relist();
        }
        return {.events = {}, .command = wait(page.error(), jitter)};
    }
    WatcherStep step;
    if (!std::exchange(begun_, true)) {
        step.events.emplace_back(InitStart{});
    }
    for (auto& object : page->objects) {
        step.events.emplace_back(InitApply{std::move(object)});
    }
    continue_token_ = std::move(page->continue_token);
    if (continue_token_.empty()) {
        step.events.emplace_back(InitDone{});
        position_ = std::move(page->resource_version);
    }
    step.command = next();
    return step;
}

WatcherStep Watcher::observed(WatchEvent event, double jitter) {
    if (const auto* failed = std::get_if<Failed>(&event)) {
        return watch_failed(failed->error, jitter);
    }
    if (!position_) {
        return gathered(std::move(event));
    }
    failures_ = 0;
    heard_ = true;
    gone_ = false;
    auto* object = object_of(event);
    if (object == nullptr) {
        position_ = std::get<Bookmark>(event).resource_version;
        return {};
    }
    position_ = object->meta.resource_version;
    if (std::holds_alternative<Deleted>(event)) {
        return {.events = {Delete{std::move(*object)}}, .command = {}};
    }
    return {.events = {Apply{std::move(*object)}}, .command = {}};
}

// One that breaks off has to be gathered from its beginning, so its events are no success yet.
WatcherStep Watcher::gathered(WatchEvent event) {
    const auto* bookmark = std::get_if<Bookmark>(&event);
    if (bookmark != nullptr && !bookmark->ends_everything) {
        return {};
    }
    WatcherStep step;
    if (!std::exchange(begun_, true)) {
        step.events.emplace_back(InitStart{});
    }
    if (bookmark != nullptr) {
        step.events.emplace_back(InitDone{});
        position_ = bookmark->resource_version;
        if (!gone_) {
            failures_ = 0;
        }
        heard_ = true;
        unfinished_ = false;
    } else if (auto* deleted = std::get_if<Deleted>(&event)) {
        step.events.emplace_back(Delete{std::move(deleted->object)});
    } else {
        step.events.emplace_back(InitApply{std::move(*object_of(event))});
    }
    return step;
}

WatcherStep Watcher::list_instead() {
    streams_ = false;
    relist();
    return {.events = {}, .command = next()};
}

WatcherStep Watcher::ended(const core::Status& status, double jitter) {
    if (!status) {
        return watch_failed(status.error(), jitter);
    }
    if (!position_) {
        // Whoever does not know the question ignores it, and tells what there is without an end; so
        // does, once, a server that is being stopped.
        if (std::exchange(unfinished_, true)) {
            return list_instead();
        }
        return watch_failed({ErrorCode::Unavailable, "the watch ended before it had told all"},
                            jitter);
    }
    if (!heard_) {
        return watch_failed({ErrorCode::Unavailable, "the watch ended without an event"}, jitter);
    }
    return {.events = {}, .command = next()};
}

WatcherStep Watcher::waited() {
    return {.events = {}, .command = next()};
}

WatcherStep Watcher::watch_failed(const Error& error, double jitter) {
    if (!position_ && error.code == ErrorCode::InvalidSpec) {
        return list_instead();
    }
    const bool gone = error.code == ErrorCode::Gone;
    // All that is gathered only to be gone again is no success.
    const bool at_once = gone && !gone_ && failures_ == 0;
    gone_ = gone_ || gone;
    auto pause = wait(error, jitter);
    // A stream that was not understood may have lost an event.
    if (gone || error.code == ErrorCode::Internal || failures_ >= kFailuresBeforeRelist) {
        relist();
    }
    if (at_once) {
        return {.events = {}, .command = next()};
    }
    return {.events = {}, .command = std::move(pause)};
}

WaitNext Watcher::wait(const Error& error, double jitter) {
    ++failures_;
    return {watch_backoff(failures_, jitter), error};
}

}  // namespace headgate::kube
