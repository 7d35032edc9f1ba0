#include "controller/events.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <random>
#include <utility>

#include "core/backoff.hpp"
#include "core/pause.hpp"

namespace headgate::controller {

using core::Call;
using core::Error;
using core::ErrorCode;
using core::Status;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds kWriteLimit{10};
constexpr int kMostTries = 5;
constexpr core::Backoff kBackoff{.first = std::chrono::milliseconds{500},
                                 .longest = std::chrono::milliseconds{15'000}};
// The API server takes names of 253.
constexpr std::size_t kLongestObjectName = 220;

// No part of a name between dots may end with a dash.
std::string beginning_of(const std::string& name) {
    const auto beginning = name.substr(0, kLongestObjectName);
    return beginning.substr(0, beginning.find_last_not_of(".-") + 1);
}

std::string random_text() {
    std::random_device random;
    std::array<char, 9> text{};
    std::snprintf(text.data(), text.size(), "%08x", random());
    return text.data();
}

}  // namespace

EventRecorder::EventRecorder(kube::Api& api,
                             kube::Reporter reporter,
                             const core::Log& log,
                             OnDropped dropped,
                             std::function<steady_clock::time_point()> may_act_until)
    : api_(api),
      reporter_(std::move(reporter)),
      log_(log),
      dropped_(std::move(dropped)),
      may_act_until_(std::move(may_act_until)),
      session_(random_text()),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

EventRecorder::~EventRecorder() {
    thread_.request_stop();
    thread_.join();
}

void EventRecorder::add(kube::Event event) {
    const auto wall =
        std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
    std::uint64_t before = 0;
    std::uint64_t after = 0;
    {
        const std::scoped_lock lock{mutex_};
        before = book_.dropped();
        book_.add(std::move(event), steady_clock::now(), wall);
        after = book_.dropped();
    }
    changed_.notify_all();
    if (after != before) {
        dropped_(after - before);
    }
}

void EventRecorder::run(const std::stop_token& stop) {
    while (const auto next = take(stop)) {
        conclude(*next, write(*next, stop));
    }
}

std::optional<EventBook::Write> EventRecorder::take(const std::stop_token& stop) {
    std::unique_lock lock{mutex_};
    while (!stop.stop_requested()) {
        if (auto next = book_.next(steady_clock::now())) {
            return next;
        }
        const auto due = book_.next_due();
        const auto moved = [&] { return book_.next_due() != due; };
        if (due) {
            changed_.wait_until(lock, stop, *due, moved);
        } else {
            changed_.wait(lock, stop, moved);
        }
    }
    return std::nullopt;
}

Status EventRecorder::write(const EventBook::Write& write, const std::stop_token& stop) {
    for (int tries = 1;; ++tries) {
        if (may_act_until() <= steady_clock::now()) {
            return Error{ErrorCode::Unavailable, "no longer leading"};
        }
        auto status = try_to_write(write, stop);
        const bool may_work_later = !status && (status.error().code == ErrorCode::Unavailable ||
                                                status.error().code == ErrorCode::OutcomeUnknown);
        if (!may_work_later || tries == kMostTries ||
            !core::pause(kBackoff.delay(tries, 0), stop)) {
            return status;
        }
    }
}

steady_clock::time_point EventRecorder::may_act_until() const {
    return may_act_until_ ? may_act_until_() : steady_clock::time_point::max();
}

Status EventRecorder::try_to_write(const EventBook::Write& write, const std::stop_token& stop) {
    const auto& event = write.event;
    const auto name = beginning_of(event.name) + "." + session_ + "." + std::to_string(write.id);
    auto call = Call::within(kWriteLimit, stop);
    call.deadline = std::min(call.deadline, may_act_until());
    if (write.count > 1) {
        kube::ObjectMeta meta;
        meta.ns = event.ns;
        meta.name = name;
        const auto patched = api_.merge_patch(
            kube::event_type(), meta, kube::series_patch(write.count, write.at), call);
        return patched ? Status{} : Status{patched.error()};
    }
    const auto created = api_.create_object(
        kube::event_type(), kube::event_object(event, name, reporter_, write.at), call);
    // A reply that was lost: it is there.
    return created || created.error().code == ErrorCode::AlreadyExists ? Status{}
                                                                       : Status{created.error()};
}

void EventRecorder::conclude(const EventBook::Write& write, const Status& status) {
    if (status) {
        complaint_.reset();
        return;
    }
    {
        const std::scoped_lock lock{mutex_};
        book_.give_up(write);
    }
    if (status.error().code == ErrorCode::Cancelled) {
        return;
    }
    dropped_(1);
    if (const auto code = status.error().code; std::exchange(complaint_, code) != code) {
        log_.warning("an event is lost",
                     {{"object", write.event.ns + "/" + write.event.name},
                      {"error", status.error().message}});
    }
}

}  // namespace headgate::controller
