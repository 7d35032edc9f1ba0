#include "cli/running.hpp"

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

#include "cli/build_info.hpp"
#include "cli/console.hpp"
#include "cli/debug_page.hpp"

namespace headgate::cli {

using controller::ConnectionKey;
using controller::Health;
using core::Error;
using core::ErrorCode;
using core::Result;

namespace {

// Of the loop where objects wait for a connection that does not exist.
const ConnectionKey kMissing{};

}  // namespace

core::Log make_log(const Options& options, bool quiet_on_terminal) {
    const auto usual =
        quiet_on_terminal && log_is_on_terminal() ? core::LogLevel::Warning : core::LogLevel::Info;
    return core::Log{options.log_format, options.log_level.value_or(usual)};
}

std::unique_ptr<controller::Metrics> make_metrics() {
    return std::make_unique<controller::Metrics>(
        controller::BuildInfo{.version = std::string{kVersion}, .commit = std::string{kCommit}});
}

Running::Running(const Options& options, Parts parts)
    : options_(options), parts_(std::move(parts)) {}

Result<std::unique_ptr<Running>> Running::open(const Options& options, Parts parts) {
    std::unique_ptr<Running> running{new Running{
        options,
        std::move(parts)}};  // NOLINT(cppcoreguidelines-owning-memory): private constructor
    auto* const self = running.get();
    auto loop = Loop::open(options, self->parts_.loop);
    if (!loop) {
        return loop.error();
    }
    self->main_ = std::move(*loop);
    if (options.once) {
        return running;
    }
    auto& metrics = self->parts_.loop.metrics;
    auto endpoints = controller::EndpointServer::listen(
        options.listen,
        {.metrics = [&metrics] { return metrics.text(); },
         .healthy =
             [self] {
                 const bool moving = self->is_moving();
                 return Health{.ok = moving,
                               .detail = moving ? "ok" : "a pass has been stuck for minutes"};
             },
         .ready = [self] { return self->ready(); },
         .debug = options.debug ? std::function<std::string()>{[self] {
             auto loops = self->named();
             loops.insert(loops.begin(), self->main_.get());
             return debug_page(loops);
         }}
                                : nullptr});
    if (!endpoints) {
        return core::with_context("--listen", endpoints.error());
    }
    self->endpoints_ = std::move(*endpoints);
    return running;
}

Running::~Running() {
    if (main_) {
        main_->halt();
    }
    endpoints_.reset();
    auto loops = named_.with_lock([](Named& named) { return std::move(named.loops); });
    {
        // Each may be amid an attempt to connect, which takes its time to end.
        std::vector<std::jthread> ends;
        for (auto& entry : loops) {
            ends.emplace_back([&loop = entry.second] { loop.reset(); });
        }
    }
    main_.reset();
}

bool Running::begin(const std::stop_token& stop) {
    // Each at its own time: one that cannot be reached holds up no other.
    named_.with_lock([](Named& named) {
        named.begun = true;
        for (const auto& [key, loop] : named.loops) {
            loop->begin_by_itself();
        }
    });
    return main_->begin(stop);
}

void Running::abandon() {
    main_->abandon();
    for (auto* const loop : named()) {
        loop->abandon();
    }
}

void Running::halt() {
    named_.with_lock([](Named& named) { named.begun = false; });
    // At once: what waits for a server that does not answer holds nobody up.
    std::vector<std::jthread> halts;
    halts.emplace_back([this] { main_->halt(); });
    for (auto* const loop : named()) {
        halts.emplace_back([loop] { loop->halt(); });
    }
}

controller::Intake& Running::loop_of(const std::optional<ConnectionKey>& key) {
    if (!key) {
        return main_->runtime();
    }
    // Whatever objects may name, only connections that exist have threads of their own.
    const bool exists =
        named_.with_lock([&](const Named& named) { return named.loops.contains(*key); });
    return named(exists ? *key : kMissing).runtime();
}

Loop& Running::named(const ConnectionKey& key) {
    return named_.with_lock([&](Named& named) -> Loop& {
        auto& loop = named.loops[key];
        if (!loop) {
            const auto name = key == kMissing ? std::string{} : key.first + "/" + key.second;
            auto parts = parts_.loop;
            parts.on_moved = parts_.on_moved;
            loop = Loop::idle(
                options_,
                std::move(parts),
                name,
                Error{ErrorCode::NotFound, "NatsConnection " + name + " does not exist"});
            if (named.begun) {
                loop->begin_by_itself();
            }
        }
        return *loop;
    });
}

std::vector<Loop*> Running::named() {
    return named_.with_lock([](Named& named) {
        std::vector<Loop*> loops;
        for (const auto& [key, loop] : named.loops) {
            loops.push_back(loop.get());
        }
        return loops;
    });
}

void Running::use(const ConnectionKey& key, Result<resources::ConnectionTarget> target) {
    named(key).use(std::move(target));
}

void Running::appeared(const ConnectionKey& key) {
    static_cast<void>(named(key));
    parts_.on_rerouted(key);
}

void Running::look_again(const ConnectionKey& key) {
    named(key).runtime().look_at_all();
}

controller::ConnectionFacts Running::facts(const ConnectionKey& key, const core::Call& call) {
    return named(key).nats().facts(call);
}

bool Running::is_moving() {
    const auto loops = named();
    return main_->runtime().is_moving() && std::all_of(loops.begin(), loops.end(), [](auto* loop) {
               return loop->runtime().is_moving();
           });
}

// One connection among several says nothing of the others: only that of the flags counts.
Health Running::ready() const {
    if (parts_.not_ready) {
        if (auto why = parts_.not_ready(); !why.empty()) {
            return Health{.ok = false, .detail = std::move(why)};
        }
    }
    if (parts_.standby) {
        if (auto standby = parts_.standby(); !standby.empty()) {
            return Health{.ok = true, .detail = std::move(standby)};
        }
    }
    if (!main_->runtime().started()) {
        return Health{.ok = false, .detail = "connecting to NATS"};
    }
    if (!main_->nats().connected() && !main_->declarations().all().empty()) {
        return Health{.ok = false,
                      .detail = "not connected to NATS: " + main_->nats().last_error()};
    }
    return Health{.ok = true, .detail = "ok"};
}

}  // namespace headgate::cli
