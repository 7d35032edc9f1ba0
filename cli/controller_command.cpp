#include <atomic>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "cli/build_info.hpp"
#include "cli/candidacy.hpp"
#include "cli/commands.hpp"
#include "cli/running.hpp"
#include "cli/signals.hpp"
#include "controller/events.hpp"
#include "controller/kube_declarations.hpp"
#include "controller/nats_connections.hpp"
#include "controller/reflector.hpp"
#include "controller/router.hpp"

namespace headgate::cli {

namespace {

std::vector<kube::Scope> scopes_of(const KubeOptions& options) {
    if (options.namespaces.empty()) {
        return {kube::Scope{}};
    }
    std::vector<kube::Scope> scopes;
    for (const auto& ns : options.namespaces) {
        scopes.push_back({.ns = ns, .name = {}});
    }
    return scopes;
}

/// The operator: a reflector for each kind and namespace feeds the loop, which begins when all know
/// all there is.
class Operator {
public:
    Operator(const Options& options, const Signals& signals, const core::Log& log)
        : options_(options), signals_(signals), log_(log), scopes_(scopes_of(options.kube)) {}

    Operator(const Operator&) = delete;
    Operator& operator=(const Operator&) = delete;

    /// The Lease is given up only when the work has ended, and what the work uses ends after it.
    ~Operator() {
        if (candidacy_) {
            candidacy_->resign();
        }
        if (running_) {
            running_->halt();
        }
    }

    core::Status open() {
        auto& metrics = *metrics_;
        auto cluster = open_cluster();
        if (!cluster) {
            return cluster.error();
        }
        cluster_ = std::move(*cluster);
        writer_.emplace(cluster_->api(), own_writes_);
        connections_.emplace(cluster_->api(), log_, [this] { return may_act_until(); });
        Running::Parts parts{
            .loop = {.metrics = metrics,
                     .writer = *writer_,
                     .log = log_,
                     .reconciler = {.may_use =
                                        [this](const reconcilers::Declaration& declaration) {
                                            return connections_->may_use(declaration);
                                        },
                                    .find_anywhere =
                                        [this](const resources::ObjectKey& key) {
                                            return router_->find(key);
                                        }}},
            .not_ready = [this] { return not_ready(); },
            .on_rerouted = [this](const auto& key) { router_->reroute(key); },
            .on_moved = [this] { connections_->moved(); }};
        if (const auto stands = stand_for_election(parts); !stands) {
            return stands;
        }
        if (const auto opened = open_events(parts); !opened) {
            return opened;
        }
        auto running = Running::open(options_, std::move(parts));
        if (!running) {
            return running.error();
        }
        running_ = std::move(*running);
        router_.emplace(
            [this](const auto& key) -> controller::Intake& { return running_->loop_of(key); });
        connections_->start(*running_);
        log_.info("headgate " + std::string{kVersion},
                  {{"cluster", cluster_->server()},
                   {"nats", running_->nats().shown_servers()},
                   {"instance", options_.instance},
                   {"endpoints", running_->url()}});
        return {};
    }

    int run() {
        // Declared last, so that they end first: nothing arrives any more while the workers finish.
        std::jthread starter;
        std::vector<std::unique_ptr<controller::DeclaredObjects>> objects;
        std::vector<std::unique_ptr<controller::Reflector>> reflectors;
        for (const auto kind : resources::kKinds) {
            objects.push_back(
                std::make_unique<controller::DeclaredObjects>(kind, *router_, own_writes_));
            for (const auto& scope : scopes_) {
                reflectors.push_back(std::make_unique<controller::Reflector>(
                    controller::resource_type(kind),
                    scope,
                    cluster_->api(),
                    *objects.back(),
                    log_,
                    [this, kind, &scope] { synced(kind, scope); }));
            }
        }
        for (const auto& scope : scopes_) {
            reflectors.push_back(
                std::make_unique<controller::Reflector>(controller::nats_connection_type(),
                                                        scope,
                                                        cluster_->api(),
                                                        *connections_,
                                                        log_,
                                                        [this] { synced(); }));
        }
        while (signals_.wait() != Signals::Woken::Signal) {
            if (all_synced() && !std::exchange(begun_, true)) {
                starter = begin();
            }
        }
        log_.info("ending");
        reflectors.clear();
        connections_->stop();
        return 0;
    }

private:
    [[nodiscard]] core::Result<std::unique_ptr<KubeAccess>> open_cluster() const {
        return KubeAccess::open(options_.kube,
                                [&metrics = *metrics_](std::string_view verb, int code) {
                                    metrics.kube_request(verb, code);
                                });
    }

    [[nodiscard]] controller::Elector::TimePoint may_act_until() const {
        return candidacy_ ? candidacy_->may_act_until() : controller::Elector::TimePoint::max();
    }

    core::Status stand_for_election(Running::Parts& parts) {
        if (!options_.leader.elect) {
            return {};
        }
        auto candidacy = Candidacy::open(options_, *metrics_, log_);
        if (!candidacy) {
            return candidacy.error();
        }
        candidacy_ = std::move(*candidacy);
        parts.loop.may_act_until = [this] { return may_act_until(); };
        parts.standby = [this] { return candidacy_->standby(); };
        return {};
    }

    // Over a connection of their own: a pass never waits behind one.
    core::Status open_events(Running::Parts& parts) {
        if (!options_.events) {
            return {};
        }
        auto cluster = open_cluster();
        if (!cluster) {
            return cluster.error();
        }
        events_cluster_ = std::move(*cluster);
        events_.emplace(
            events_cluster_->api(),
            kube::Reporter{
                .controller = "headgate.io/controller",
                .instance = options_.leader.host.empty() ? "headgate" : options_.leader.host},
            log_,
            [&metrics = *metrics_](std::uint64_t count) { metrics.events_dropped(count); },
            [this] { return may_act_until(); });
        parts.loop.on_pass = [this](const auto& key, const auto& pass) { tell(key, pass); };
        return {};
    }

    void tell(const resources::ObjectKey& key, const reconcilers::Pass& pass) {
        auto events = controller::events_of(key, pass);
        if (events.empty()) {
            return;
        }
        const auto declaration = router_->find(key);
        for (auto& event : events) {
            event.uid = declaration ? declaration->uid : std::string{};
            events_->add(std::move(event));
        }
    }

    // Without an election it leads from the start.
    std::jthread begin() {
        if (!candidacy_) {
            return std::jthread{[this](const std::stop_token& stop) { work(stop); }};
        }
        candidacy_->campaign({.begin = [this](const auto& stop) { work(stop); },
                              .abandon =
                                  [this] {
                                      connections_->write_statuses(false);
                                      running_->abandon();
                                  },
                              .end = [this] { running_->halt(); },
                              .on_change = {}});
        return {};
    }

    void work(const std::stop_token& stop) {
        connections_->write_statuses(true);
        running_->begin(stop);
    }

    void synced(resources::Kind kind, const kube::Scope& scope) {
        std::size_t count = 0;
        for (const auto& key : router_->keys(kind)) {
            count += scope.ns.empty() || key.ns == scope.ns ? 1 : 0;
        }
        log_.info("synced",
                  {{"kind", std::string{core::name_of(kind)}},
                   {"namespace", scope.ns.empty() ? "all" : scope.ns},
                   {"objects", std::to_string(count)}});
        synced();
    }

    void synced() {
        ++synced_;
        signals_.wake();
    }

    [[nodiscard]] bool all_synced() const {
        return synced_ == (resources::kKinds.size() + 1) * scopes_.size();
    }

    [[nodiscard]] std::string not_ready() const {
        return all_synced() ? std::string{} : "waiting for the objects of " + cluster_->server();
    }

    const Options& options_;
    const Signals& signals_;
    const core::Log& log_;
    const std::vector<kube::Scope> scopes_;
    std::unique_ptr<controller::Metrics> metrics_ = make_metrics();
    std::unique_ptr<KubeAccess> cluster_;
    controller::OwnWrites own_writes_;
    std::optional<controller::KubeWriter> writer_;
    std::atomic<std::size_t> synced_{0};
    bool begun_ = false;
    std::unique_ptr<Candidacy> candidacy_;
    std::unique_ptr<KubeAccess> events_cluster_;
    std::optional<controller::EventRecorder> events_;
    std::optional<controller::NatsConnections> connections_;
    /// Asked by workers until the last of them has ended.
    std::optional<controller::Router> router_;
    std::unique_ptr<Running> running_;
};

}  // namespace

int run_controller(const Options& options, const Console& console) {
    Signals signals;
    const auto log = make_log(options, false);
    Operator self{options, signals, log};
    if (const auto opened = self.open(); !opened) {
        console.complain("headgate: " + opened.error().message + "\n");
        return 1;
    }
    const int code = self.run();
    signals.restore();
    return code;
}

}  // namespace headgate::cli
