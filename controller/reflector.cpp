#include "controller/reflector.hpp"

#include <utility>
#include <variant>

#include "core/overloaded.hpp"
#include "core/pause.hpp"

namespace headgate::controller {

using core::Overloaded;

namespace {

constexpr std::chrono::seconds kListLimit{60};

bool is_in(const kube::Scope& scope, const ObjectPlace& place) {
    return (scope.ns.empty() || scope.ns == place.first) &&
           (scope.name.empty() || scope.name == place.second);
}

}  // namespace

Reflector::Reflector(kube::ResourceType type,
                     kube::Scope scope,
                     kube::Api& api,
                     ObjectSink& sink,
                     const core::Log& log,
                     std::function<void()> on_synced)
    : type_(std::move(type)),
      scope_(std::move(scope)),
      api_(api),
      sink_(sink),
      log_(log),
      on_synced_(std::move(on_synced)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void Reflector::run(const std::stop_token& stop) {
    auto step = watcher_.start();
    while (!stop.stop_requested()) {
        take(std::move(step.events));
        step = carry_out(*step.command, stop);
    }
}

kube::WatcherStep Reflector::carry_out(const kube::WatcherCommand& command,
                                       const std::stop_token& stop) {
    return std::visit(Overloaded{[&](const kube::ListNext& next) { return list(next, stop); },
                                 [&](const kube::WatchNext& next) { return watch(next, stop); },
                                 [&](const kube::WaitNext& next) {
                                     log_.warning(
                                         "kubernetes: trying again",
                                         {{"kind", type_.kind},
                                          {"in", std::to_string(next.delay.count()) + "ms"},
                                          {"error", next.reason.message}});
                                     core::pause(next.delay, stop);
                                     return watcher_.waited();
                                 }},
                      command);
}

kube::WatcherStep Reflector::list(const kube::ListNext& next, const std::stop_token& stop) {
    if (next.continue_token.empty()) {
        asked_ = std::chrono::steady_clock::now();
    }
    auto page = api_.list_page(
        type_, scope_, next.limit, next.continue_token, core::Call::within(kListLimit, stop));
    if (!page) {
        note_missing(page.error());
    }
    return watcher_.listed(std::move(page), jitter());
}

kube::WatcherStep Reflector::watch(const kube::WatchNext& next, const std::stop_token& stop) {
    kube::WatchDecoder decoder;
    std::optional<kube::WatcherStep> ended;
    const auto sink = [&](std::string_view chunk) {
        for (auto& event : decoder.feed(chunk)) {
            auto step = watcher_.observed(std::move(event), jitter());
            if (step.command) {
                ended = std::move(step);
                return false;
            }
            take(std::move(step.events));
        }
        return !stop.stop_requested();
    };
    if (next.everything) {
        asked_ = std::chrono::steady_clock::now();
    }
    const auto status = api_.watch(
        type_,
        scope_,
        {.resource_version = next.from,
         // All there is has to come as soon as a list would; then it may end.
         .timeout = next.everything ? kListLimit : kube::watch_timeout(jitter()),
         .everything = next.everything},
        sink,
        core::Call{.deadline = std::chrono::steady_clock::time_point::max(), .stop = stop});
    if (!status && next.everything) {
        note_missing(status.error());
    }
    return ended ? std::move(*ended) : watcher_.ended(status, jitter());
}

void Reflector::note_missing(const core::Error& error) {
    const bool is_missing =
        error.code == core::ErrorCode::NotFound || error.code == core::ErrorCode::Forbidden;
    if (is_missing && sink_.may_be_missing()) {
        tell_synced();
    }
}

void Reflector::take(std::vector<kube::StoreEvent> events) {
    for (auto& event : events) {
        std::visit(Overloaded{[&](const kube::InitStart&) { listed_.clear(); },
                              [&](const kube::InitApply& init) {
                                  listed_.emplace(init.object.meta.ns, init.object.meta.name);
                                  sink_.put_listed(init.object, asked_);
                              },
                              [&](const kube::InitDone&) { finish_list(); },
                              [&](const kube::Apply& apply) { sink_.put(apply.object); },
                              [&](const kube::Delete& gone) {
                                  sink_.remove({gone.object.meta.ns, gone.object.meta.name});
                              }},
                   event);
    }
}

// What was deleted while nobody watched is missing from the list. Of other scopes it says nothing.
void Reflector::finish_list() {
    for (const auto& place : sink_.places()) {
        if (is_in(scope_, place) && !listed_.contains(place)) {
            sink_.remove(place);
        }
    }
    listed_.clear();
    tell_synced();
}

void Reflector::tell_synced() {
    if (!synced_.exchange(true) && on_synced_) {
        on_synced_();
    }
}

double Reflector::jitter() {
    return std::uniform_real_distribution<double>{0.0, 1.0}(random_);
}

}  // namespace headgate::controller
