#include "cli/loop.hpp"

#include <algorithm>
#include <utility>

#include "core/units.hpp"

namespace headgate::cli {

using core::Result;

namespace {

constexpr std::chrono::seconds kConnectTime{5};
// Of each connection beside the default one: most of them serve few objects.
constexpr std::size_t kMostNamedWorkers = 4;

}  // namespace

Loop::Loop(const Options& options, Parts parts, std::string connection)
    : parts_(std::move(parts)),
      connection_(std::move(connection)),
      name_("headgate " + options.instance),
      resync_(options.resync) {
    parts_.reconciler.instance = options.instance;
    parts_.reconciler.replica_limit = options.replica_limit;
    parts_.reconciler.outage_grace = options.outage_grace;
}

Result<std::unique_ptr<Loop>> Loop::open(const Options& options, Parts parts) {
    std::unique_ptr<Loop> loop{
        new Loop{options,
                 std::move(parts),
                 "default"}};  // NOLINT(cppcoreguidelines-owning-memory): private constructor
    auto nats = NatsAccess::open(options.nats, options.instance, loop->events());
    if (!nats) {
        return nats.error();
    }
    loop->nats_ = std::move(*nats);
    loop->make_runtime(options);
    return loop;
}

std::unique_ptr<Loop> Loop::idle(const Options& options,
                                 Parts parts,
                                 std::string connection,
                                 core::Error why) {
    auto few = options;
    few.workers = std::min(few.workers, kMostNamedWorkers);
    std::unique_ptr<Loop> loop{new Loop{
        few,
        std::move(parts),
        std::move(connection)}};  // NOLINT(cppcoreguidelines-owning-memory): private constructor
    loop->nats_ = NatsAccess::idle(std::move(why), loop->events());
    loop->make_runtime(few);
    return loop;
}

NatsAccess::Events Loop::events() {
    return {.on_state = [this](bool connected) { nats_changed(connected); },
            .on_request =
                [this](std::string_view operation,
                       std::optional<core::ErrorCode> error,
                       std::chrono::nanoseconds took) {
                    parts_.metrics.nats_request(operation, error, took);
                },
            .on_advisory = [this](const jetstream::Advisory& advisory) { heard(advisory); },
            .on_deaf = [this](const std::string& subject) { is_deaf(subject); }};
}

void Loop::make_runtime(const Options& options) {
    reconciler_ = std::make_unique<reconcilers::Reconciler>(
        nats_->api(), declarations_, parts_.writer, parts_.reconciler);
    runtime_ = std::make_unique<controller::Runtime>(
        declarations_,
        *reconciler_,
        parts_.metrics,
        parts_.log,
        controller::RuntimeOptions{.workers = options.workers,
                                   .resync = options.resync,
                                   .may_act_until = parts_.may_act_until},
        parts_.on_pass);
    if (!connection_.empty()) {
        parts_.metrics.nats_connected(connection_, nats_->connected());
    }
    announced_ = runtime_.get();
    if (options.asset_metrics > 0) {
        assets_ = std::make_unique<controller::Assets>(
            declarations_,
            nats_->api(),
            parts_.metrics,
            controller::Assets::Options{.most = options.asset_metrics, .period = options.resync},
            [this] { return runtime_->started() && nats_->connected(); });
    }
}

Loop::~Loop() {
    assets_.reset();
    if (runtime_) {
        halt();
    }
    ending_ = true;
    // Its thread ends here; nothing tells the runtime of a connection any more.
    nats_.reset();
}

void Loop::use(Result<resources::ConnectionTarget> target) {
    const bool gone = !target && target.error().code == core::ErrorCode::Gone;
    nats_->use(std::move(target), name_);
    // What somebody still wants to be there is to be seen missing.
    if (gone && declarations_.all().empty()) {
        parts_.metrics.nats_forgotten(connection_);
    }
}

bool Loop::begin(const std::stop_token& stop) {
    const auto connected = nats_->first_attempt(core::Call::within(kConnectTime, stop));
    if (stop.stop_requested()) {
        return false;
    }
    if (!connected && !connection_.empty()) {
        parts_.log.warning("not connected to NATS; trying again",
                           {{"connection", connection_}, {"error", connected.error().message}});
    }
    runtime_->start();
    return true;
}

void Loop::begin_by_itself() {
    starter_.with_lock([this](std::jthread& starter) {
        starter = std::jthread{[this](const std::stop_token& stop) { begin(stop); }};
    });
}

void Loop::abandon() {
    starter_.with_lock([](std::jthread& starter) { starter.request_stop(); });
    runtime_->abandon();
}

void Loop::halt() {
    // Nobody begins any more once it has ended.
    starter_.with_lock([](std::jthread& starter) { return std::move(starter); }) = {};
    runtime_->stop();
}

void Loop::nats_changed(bool connected) {
    if (ending_) {
        return;
    }
    parts_.metrics.nats_connected(connection_, connected);
    if (connected) {
        parts_.log.info("connected to NATS", {{"connection", connection_}});
    } else {
        parts_.log.warning("connection to NATS lost; trying again", {{"connection", connection_}});
    }
    // It may be another server now, or one that lost its streams.
    if (auto* const runtime = announced_.load(); connected && runtime != nullptr) {
        runtime->look_at_all();
    }
    parts_.on_moved();
}

void Loop::heard(const jetstream::Advisory& advisory) {
    if (auto* const runtime = announced_.load(); runtime != nullptr && !ending_) {
        runtime->heard(advisory);
    }
}

void Loop::is_deaf(const std::string& subject) {
    if (told_deaf_.exchange(true)) {
        return;
    }
    std::string subjects;
    for (const auto one : jetstream::kAdvisorySubjects) {
        subjects += (subjects.empty() ? "" : ", ") + std::string{one};
    }
    parts_.log.warning(
        "the NATS user may not subscribe to " + subject +
            ": what others change on the server may be noticed only at the resync; allow it to "
            "subscribe to " +
            subjects,
        {{"connection", connection_}, {"resync", core::format_duration(resync_)}});
}

}  // namespace headgate::cli
