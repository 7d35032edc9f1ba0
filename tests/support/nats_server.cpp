#include "tests/support/nats_server.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/json.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/http.hpp"
#include "tests/support/nats_cli.hpp"

namespace headgate::support {

namespace {

const std::vector<std::string> kPlatformTags{
    "agent-state", "task-execution", "messaging", "session-data", "configuration", "cache"};

std::string end_of(const std::string& log) {
    constexpr std::size_t kShown = 4000;
    return log.size() <= kShown ? log : "..." + log.substr(log.size() - kShown);
}

std::string quoted_list(const std::vector<std::string>& items) {
    return core::Json(items).dump();
}

}  // namespace

NatsServer::NatsServer(NatsOptions options) : NatsServer(std::move(options), NotWaiting{}) {
    wait_until_ready();
}

NatsServer::NatsServer(NatsOptions options, NotWaiting) : options_(std::move(options)) {
    start();
}

std::string NatsServer::config() const {
    std::string text = "server_name: " + core::Json(options_.name).dump() + "\nlisten: \"" +
                       client_.address() + "\"\nhttp: \"" + monitoring_.address() + "\"\n";
    if (!options_.tags.empty()) {
        text += "server_tags: " + quoted_list(options_.tags) + "\n";
    }
    if (options_.jetstream) {
        text += "jetstream {\n  store_dir: \"" + (dir_ / "store").string() +
                "\"\n  max_mem: " + options_.max_memory + "\n  max_file: " + options_.max_file +
                "\n";
        if (!options_.domain.empty()) {
            text += "  domain: " + options_.domain + "\n";
        }
        text += "}\n";
    }
    if (!options_.cluster.empty()) {
        text += "cluster {\n" + options_.cluster + "}\n";
    }
    return text + options_.extra + "\n";
}

void NatsServer::start() {
    write_file(dir_ / "nats.conf", config());
    process_ = Process{Command{
        .argv = {tool("nats-server-" + options_.version), "-c", dir_ / "nats.conf"},
        .out = dir_ / "log",
    }};
}

void NatsServer::stop() {
    process_.terminate();
}

void NatsServer::kill() {
    process_.kill();
}

void NatsServer::restart() {
    stop();
    start();
    wait_until_ready();
}

void NatsServer::restart(NatsOptions options) {
    options_ = std::move(options);
    restart();
}

bool NatsServer::healthy() const {
    const auto reply = http_get(monitoring_.number(), "/healthz");
    return reply && reply->status == 200;
}

void NatsServer::wait_until_ready() {
    const bool decided = eventually([this] { return healthy() || !process_.running(); }, kPatience);
    if (!decided || !process_.running()) {
        throw std::runtime_error("nats-server " + options_.version +
                                 (decided ? " ended at once" : " is not ready in time") +
                                 "; its log:\n" + end_of(log()));
    }
}

std::string NatsServer::log() const {
    return read_file(dir_ / "log");
}

NatsCluster::NatsCluster(std::vector<std::vector<std::string>> tags, const NatsOptions& base)
    : routes_(3) {
    tags.resize(std::max(tags.size(), routes_.size()), kPlatformTags);
    std::vector<std::string> routes;
    for (const auto& route : routes_) {
        routes.push_back("nats://" + route.address());
    }
    servers_.reserve(routes_.size());
    for (std::size_t i = 0; i < routes_.size(); ++i) {
        NatsOptions options = base;
        options.name = "n" + std::to_string(i + 1);
        options.tags = tags[i];
        options.cluster = "  name: " + std::string{kName} + "\n  listen: \"" +
                          routes_[i].address() + "\"\n  routes: " + quoted_list(routes) + "\n";
        servers_.emplace_back(std::move(options), NatsServer::NotWaiting{});
    }
    wait_until_ready();
}

std::string NatsCluster::urls() const {
    std::string all;
    for (const auto& server : servers_) {
        all += (all.empty() ? "" : ",") + server.url();
    }
    return all;
}

int NatsCluster::meta_leader() const {
    for (std::size_t i = 0; i < servers_.size(); ++i) {
        const auto reply = http_get(servers_[i].monitoring_port(), "/jsz");
        const auto jsz = reply ? core::Json::parse(reply->body, nullptr, false) : core::Json{};
        const auto group = jsz.is_object() ? jsz.value("meta_cluster", core::Json{}) : core::Json{};
        if (group.is_object() && group.value("leader", "") == servers_[i].options().name) {
            return static_cast<int>(i);
        }
    }
    return -1;
}

bool NatsCluster::settled() const {
    const int leader = meta_leader();
    if (leader < 0 || !std::ranges::all_of(servers_, &NatsServer::healthy)) {
        return false;
    }
    const auto& server = servers_[static_cast<std::size_t>(leader)];
    const auto reply = http_get(server.monitoring_port(), "/jsz");
    const auto jsz = reply ? core::Json::parse(reply->body, nullptr, false) : core::Json{};
    const auto followers =
        jsz.is_object()
            ? jsz.value(core::Json::json_pointer("/meta_cluster/replicas"), core::Json::array())
            : core::Json::array();
    return followers.size() + 1 == servers_.size() &&
           std::ranges::all_of(followers, [](const core::Json& follower) {
               return follower.value("current", false) && !follower.value("offline", false);
           });
}

// A leader learns of its peers' tags and room a moment after it counts them as current.
bool NatsCluster::places_replicas() const {
    core::Json probe{
        {"name", "probe"}, {"subjects", {"probe"}}, {"storage", "memory"}, {"num_replicas", 3}};
    for (const auto& tag : servers_.front().options().tags) {
        if (std::ranges::all_of(servers_, [&](const NatsServer& server) {
                return std::ranges::count(server.options().tags, tag) > 0;
            })) {
            probe["placement"] = {{"tags", {tag}}};
        }
    }
    const NatsCli nats{servers_.front().url()};
    try {
        return !nats.request("$JS.API.STREAM.CREATE.probe", probe.dump()).contains("error") &&
               !nats.request("$JS.API.STREAM.DELETE.probe").contains("error");
    } catch (const std::runtime_error&) {
        return false;
    }
}

void NatsCluster::wait_until_ready() {
    const auto all_running = [this] { return std::ranges::all_of(servers_, &NatsServer::running); };
    const bool decided =
        eventually([&] { return !all_running() || (settled() && places_replicas()); },
                   kPatience,
                   std::chrono::milliseconds{50});
    if (!decided || !all_running()) {
        std::string logs;
        for (const auto& server : servers_) {
            logs += "\n== " + server.options().name + "\n" + end_of(server.log());
        }
        throw std::runtime_error("the cluster has not settled in time; logs:" + logs);
    }
}

}  // namespace headgate::support
