#include "cli/candidacy.hpp"

#include <array>
#include <cstdio>
#include <random>
#include <unistd.h>
#include <utility>

namespace headgate::cli {

namespace {

std::string host_name(const LeaderOptions& options) {
    std::array<char, 256> name{};
    if (!options.host.empty() || ::gethostname(name.data(), name.size() - 1) != 0) {
        return options.host;
    }
    return name.data();
}

/// A Pod keeps its name over restarts of its container: what the one before held is not this one's.
std::string identity(const LeaderOptions& options) {
    std::random_device random;
    std::array<char, 17> text{};
    std::snprintf(text.data(), text.size(), "%08x%08x", random(), random());
    return host_name(options) + "_" + text.data();
}

}  // namespace

core::Result<std::unique_ptr<Candidacy>> Candidacy::open(const Options& options,
                                                         controller::Metrics& metrics,
                                                         const core::Log& log) {
    auto cluster = KubeAccess::open(options.kube, [&metrics](std::string_view verb, int code) {
        metrics.kube_request(verb, code);
    });
    if (!cluster) {
        return cluster.error();
    }
    return std::unique_ptr<Candidacy>{
        new Candidacy{std::move(*cluster),
                      options.leader,
                      metrics,
                      log}};  // NOLINT(cppcoreguidelines-owning-memory): private constructor
}

Candidacy::Candidacy(std::unique_ptr<KubeAccess> cluster,
                     const LeaderOptions& options,
                     controller::Metrics& metrics,
                     const core::Log& log)
    : cluster_(std::move(cluster)), metrics_(metrics), name_(options.name) {
    const auto ns = options.ns.empty() ? cluster_->ns() : options.ns;
    elector_ = std::make_unique<controller::Elector>(
        cluster_->api(),
        controller::ElectionSettings{.ns = ns,
                                     .name = name_,
                                     .identity = identity(options),
                                     .timing = {.duration = options.lease_duration,
                                                .renew_deadline = options.renew_deadline,
                                                .retry_period = options.retry_period}},
        log);
    metrics_.leads(name_, false);
}

void Candidacy::campaign(controller::Duty duty) {
    duty.on_change = [this](bool leads) { metrics_.leads(name_, leads); };
    elector_->campaign(std::move(duty));
}

std::string Candidacy::standby() const {
    if (elector_->leads()) {
        return {};
    }
    const auto holder = elector_->holder();
    return holder.empty() ? "standby: nobody leads yet" : "standby: " + holder + " leads";
}

}  // namespace headgate::cli
