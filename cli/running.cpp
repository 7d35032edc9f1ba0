#include "cli/running.hpp"

#include <utility>

#include "cli/build_info.hpp"
#include "cli/console.hpp"
#include "core/units.hpp"

namespace headgate::cli {

using controller::Health;
using core::Result;

namespace {

constexpr std::chrono::seconds kConnectTime{5};

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

Running::Running(Parts parts) : parts_(std::move(parts)) {}

Result<std::unique_ptr<Running>> Running::open(const Options& options, Parts parts) {
    std::unique_ptr<Running> running{new Running{
        std::move(parts)}};  // NOLINT(cppcoreguidelines-owning-memory): private constructor
    auto* const self = running.get();
    auto& metrics = self->parts_.metrics;
    auto nats = NatsAccess::open(
        options.nats,
        options.instance,
        {.on_state = [self](bool connected) { self->nats_changed(connected); },
         .on_request =
             [&metrics](std::string_view operation,
                        std::optional<core::ErrorCode> error,
                        std::chrono::nanoseconds took) {
                 metrics.nats_request(operation, error, took);
             },
         .on_advisory = [self](const jetstream::Advisory& advisory) { self->heard(advisory); },
         .on_deaf = [self, resync = options.resync](
                        const std::string& subject) { self->is_deaf(subject, resync); }});
    if (!nats) {
        return nats.error();
    }
    self->nats_ = std::move(*nats);
    self->reconciler_ = std::make_unique<reconcilers::Reconciler>(
        self->nats_->api(),
        self->declarations_,
        self->parts_.writer,
        reconcilers::ReconcilerOptions{
            .instance = options.instance,
            .replica_limit = options.replica_limit,
            .outage_grace = options.outage_grace,
            .knows_all_signers = self->parts_.knows_all_signers,
            .keeps_what_others_claim = self->parts_.keeps_what_others_claim,
            .has_departed = self->parts_.has_departed,
            .looks_for_renames = self->parts_.looks_for_renames});
    self->runtime_ = std::make_unique<controller::Runtime>(
        self->declarations_,
        *self->reconciler_,
        metrics,
        self->parts_.log,
        controller::RuntimeOptions{.workers = options.workers,
                                   .resync = options.resync,
                                   .may_act_until = self->parts_.may_act_until},
        self->parts_.on_pass);
    self->announced_ = self->runtime_.get();
    if (options.once) {
        return running;
    }
    auto endpoints = controller::EndpointServer::listen(
        options.listen,
        {.metrics = [&metrics] { return metrics.text(); },
         .healthy =
             [self] {
                 return Health{.ok = self->runtime_->is_moving(),
                               .detail = self->runtime_->is_moving()
                                             ? "ok"
                                             : "a pass has been stuck for minutes"};
             },
         .ready = [self] { return self->ready(); }});
    if (!endpoints) {
        return core::with_context("--listen", endpoints.error());
    }
    self->endpoints_ = std::move(*endpoints);
    return running;
}

Running::~Running() {
    if (runtime_) {
        runtime_->stop();
    }
    endpoints_.reset();
    ending_ = true;
    // Its thread ends here; nothing tells the runtime of a connection any more.
    nats_.reset();
}

bool Running::begin(const std::stop_token& stop) {
    const auto connected = nats_->first_attempt(core::Call::within(kConnectTime, stop));
    if (stop.stop_requested()) {
        return false;
    }
    if (!connected) {
        parts_.log.warning("not connected to NATS; trying again",
                           {{"error", connected.error().message}});
    }
    runtime_->start();
    return true;
}

void Running::nats_changed(bool connected) {
    if (ending_) {
        return;
    }
    parts_.metrics.nats_connected("default", connected);
    if (connected) {
        parts_.log.info("connected to NATS");
    } else {
        parts_.log.warning("connection to NATS lost; trying again");
    }
    // It may be another server now, or one that lost its streams.
    if (auto* const runtime = announced_.load(); connected && runtime != nullptr) {
        runtime->look_at_all();
    }
}

void Running::heard(const jetstream::Advisory& advisory) {
    if (auto* const runtime = announced_.load(); runtime != nullptr && !ending_) {
        runtime->heard(advisory);
    }
}

void Running::is_deaf(const std::string& subject, std::chrono::milliseconds resync) {
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
        {{"resync", core::format_duration(resync)}});
}

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
    if (!runtime_->started()) {
        return Health{.ok = false, .detail = "connecting to NATS"};
    }
    if (!nats_->connected() && !declarations_.all().empty()) {
        return Health{.ok = false, .detail = "not connected to NATS: " + nats_->last_error()};
    }
    return Health{.ok = true, .detail = "ok"};
}

}  // namespace headgate::cli
