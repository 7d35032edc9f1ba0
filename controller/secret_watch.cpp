#include "controller/secret_watch.hpp"

#include <optional>
#include <utility>
#include <variant>

#include "core/pause.hpp"
#include "kube/watcher.hpp"

namespace headgate::controller {

using core::Error;
using core::ErrorCode;
using core::Result;
using core::Status;

namespace {

constexpr std::chrono::seconds kReadLimit{10};

}  // namespace

kube::ResourceType secret_type() {
    return {.group = {}, .version = "v1", .plural = "secrets", .kind = "Secret"};
}

SecretWatch::SecretWatch(kube::Api& api, std::string ns, std::string name, OnValue on_value)
    : api_(api),
      ns_(std::move(ns)),
      name_(std::move(name)),
      on_value_(std::move(on_value)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void SecretWatch::run(const std::stop_token& stop) {
    int failures = 0;
    while (!stop.stop_requested()) {
        failures = follow(stop) ? 0 : failures + 1;
        if (failures > 0) {
            const double jitter = std::uniform_real_distribution<double>{0.0, 1.0}(random_);
            core::pause(kube::watch_backoff(failures, jitter), stop);
        }
    }
}

Status SecretWatch::follow(const std::stop_token& stop) {
    if (auto read_once = read(stop); !read_once) {
        return read_once;
    }
    kube::WatchDecoder decoder;
    bool heard = false;
    std::optional<Error> failed;
    const auto sink = [&](std::string_view chunk) {
        for (const auto& event : decoder.feed(chunk)) {
            heard = true;
            if (const auto* failure = std::get_if<kube::Failed>(&event)) {
                failed = failure->error;
                return false;
            }
            take(event);
        }
        return !stop.stop_requested();
    };
    const double jitter = std::uniform_real_distribution<double>{0.0, 1.0}(random_);
    // From no version: it begins with what there is. The Secret's own version may be older than all
    // that the server still knows how to go on from.
    const auto ended = api_.watch(
        secret_type(),
        {.ns = ns_, .name = name_},
        {.resource_version = {}, .timeout = kube::watch_timeout(jitter)},
        sink,
        core::Call{.deadline = std::chrono::steady_clock::time_point::max(), .stop = stop});
    if (failed) {
        return *failed;
    }
    return !ended || heard
               ? ended
               : Status{Error{ErrorCode::Unavailable, "the watch ended without an event"}};
}

Status SecretWatch::read(const std::stop_token& stop) {
    const auto object =
        api_.get_object(secret_type(), ns_, name_, core::Call::within(kReadLimit, stop));
    if (object) {
        tell(*object);
        return {};
    }
    if (object.error().code == ErrorCode::NotFound) {
        on_value_(Error{ErrorCode::NotFound, "Secret " + name_ + " does not exist"});
        return {};
    }
    if (object.error().code == ErrorCode::Forbidden) {
        on_value_(core::with_context("read Secret " + name_, object.error()));
    }
    return object.error();
}

void SecretWatch::take(const kube::WatchEvent& event) {
    if (const auto* added = std::get_if<kube::Added>(&event)) {
        tell(added->object);
    } else if (const auto* modified = std::get_if<kube::Modified>(&event)) {
        tell(modified->object);
    } else if (std::holds_alternative<kube::Deleted>(event)) {
        on_value_(Error{ErrorCode::NotFound, "Secret " + name_ + " does not exist"});
    }
}

void SecretWatch::tell(const kube::Object& object) {
    on_value_(resources::read_secret_data(object.data));
}

}  // namespace headgate::controller
