#include "tests/matrix/workbench.hpp"

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>
#include <variant>

#include "jetstream/names.hpp"
#include "jetstream/nats/nats_api.hpp"
#include "tests/support/eventually.hpp"

namespace headgate::matrix {

using namespace std::chrono_literals;
using core::Call;
using core::Json;

namespace {

constexpr auto kPatience = 30s;

}  // namespace

Server::Server(std::string_view version)
    : server_(support::NatsOptions{.version = std::string{version}}),
      connection_(*jetstream::nats::Connection::open({.urls = {server_.url()}})),
      api_(jetstream::nats::make_api(*connection_)) {
    if (const auto connected = connection_->first_attempt(Call::within(kPatience)); !connected) {
        throw std::runtime_error(connected.error().message);
    }
}

Json Server::request(const std::string& subject, const Json& payload) {
    const auto reply = connection_->request(
        "$JS.API." + subject, payload.is_null() ? "" : payload.dump(), Call::within(kPatience));
    if (!reply) {
        throw std::runtime_error(subject + ": " + reply.error().message);
    }
    return Json::parse(*reply);
}

Json Server::must(const std::string& subject, const Json& payload) {
    auto reply = request(subject, payload);
    if (reply.contains("error")) {
        throw std::runtime_error(subject + ": " + reply.dump());
    }
    return reply;
}

Json Server::held(const std::string& stream) {
    const auto info = request("STREAM.INFO." + stream);
    if (info.contains("error")) {
        return nullptr;
    }
    Json held{{"stream", info["config"]}, {"consumers", Json::object()}};
    if (info["state"]["consumer_count"] != 0) {
        const auto list = must("CONSUMER.LIST." + stream);
        for (const auto& consumer : list["consumers"]) {
            held["consumers"][consumer["name"].get<std::string>()] = consumer["config"];
        }
    }
    return held;
}

jetstream::ServerInfo Server::info() {
    auto info = api_->server_info(Call::within(kPatience));
    if (!info) {
        throw std::runtime_error(info.error().message);
    }
    return std::move(*info);
}

void Server::restart() {
    server_.restart();
    const auto answers = [this] { return api_->server_info(Call::within(kPatience)).has_value(); };
    if (!support::eventually(answers)) {
        throw std::runtime_error("does not answer after a restart");
    }
}

void Server::publish(const std::string& subject) {
    const auto reply = connection_->request(subject, "message", Call::within(kPatience));
    if (!reply || Json::parse(*reply).contains("error")) {
        throw std::runtime_error(subject + ": " + (reply ? *reply : reply.error().message));
    }
}

Watched::Watched(Server& server, std::string stream, Seen& seen)
    : server_(server), stream_(std::move(stream)), seen_(seen) {}

core::Result<std::string> Watched::send(const jetstream::Request& request, const Call& call) {
    const auto send = [&] {
        return server_.connection().request("$JS.API." + request.subject, request.payload, call);
    };
    const auto& operation = request.operation;
    if (!operation.ends_with("create") && !operation.ends_with("update") &&
        !operation.ends_with("delete")) {
        return send();
    }
    ++seen_.writes;
    const auto before = server_.held(stream_);
    auto reply = send();
    if (reply && Json::parse(*reply).contains("error")) {
        if (const auto after = server_.held(stream_); after != before) {
            seen_.changed_by_refused.push_back(request.subject + ": " + *reply + ": " +
                                               before.dump() + " became " + after.dump());
        }
    }
    return reply;
}

Workbench::Workbench(Server& server,
                     resources::Kind kind,
                     std::string name,
                     reconcilers::ReconcilerOptions options)
    : server_(server),
      key_{kind, "matrix", std::move(name)},
      api_(std::make_unique<Watched>(server, stream(), seen_)),
      reconciler_(api_, declarations_, writer_, std::move(options), {.steady = [this] {
                      return std::chrono::steady_clock::now() + waited_;
                  }}) {}

Workbench::Result Workbench::apply(const Json& spec) {
    spec_ = spec;
    ++generation_;
    return again();
}

Workbench::Result Workbench::again() {
    seen_.writes = 0;
    Result result{};
    constexpr int kMostPasses = 5;
    for (int i = 0; i < kMostPasses; ++i) {
        reconcilers::Declaration declaration{
            .key = key_, .uid = key_.name, .generation = generation_, .age = "2026"};
        declaration.annotations = reconcilers::read_annotations(annotations);
        declaration.parsed = resources::parse(key_.kind, spec_, key_.name);
        declaration.status = writer_.status[key_];
        declaration.finalizers = writer_.finalizers[key_];
        declarations_.put(std::move(declaration));
        auto pass = reconciler_.reconcile(key_, Call::within(kPatience));
        result.reason = pass.reason;
        result.message = pass.message;
        result.done.insert(result.done.end(), pass.done.begin(), pass.done.end());
        const auto* const recheck = std::get_if<reconcilers::RecheckAfter>(&pass.outcome);
        const bool waits = recheck != nullptr && (pass.reason == resources::Reason::Reconciling ||
                                                  pass.reason == resources::Reason::Applied);
        if (waits) {
            waited_ += recheck->delay;
        } else if (!std::holds_alternative<reconcilers::Retry>(pass.outcome)) {
            break;
        }
    }
    result.writes = seen_.writes;
    return result;
}

std::string Workbench::stream() const {
    return key_.kind == resources::Kind::StateBucket
               ? jetstream::stream_of_bucket(key_.name).value()
               : key_.name;
}

void Workbench::wipe() {
    server_.request("STREAM.DELETE." + stream());
}

bool same_held(const Json& evolved, Json fresh) {
    constexpr auto kTtl = "allow_msg_ttl";
    constexpr auto kNeeded = "_nats.req.level";
    if (!evolved.is_null() && !fresh.is_null() && evolved["stream"].value(kTtl, false) &&
        !fresh["stream"].value(kTtl, false)) {
        fresh["stream"][kTtl] = true;
        fresh["stream"]["metadata"][kNeeded] = evolved["stream"]["metadata"].at(kNeeded);
    }
    return evolved == fresh;
}

void in_parallel(std::size_t count, const std::function<void(std::size_t)>& work) {
    std::atomic<std::size_t> next = 0;
    std::vector<std::jthread> workers;
    constexpr int kWorkers = 8;
    for (int i = 0; i < kWorkers; ++i) {
        workers.emplace_back([&] {
            for (auto at = next++; at < count; at = next++) {
                work(at);
            }
        });
    }
}

const std::vector<std::string> Bystanders::kOrigins{"origin1", "origin2"};

Bystanders::Bystanders(Server& server) : server_(server) {
    const auto add = [&](Json config) {
        const auto name = config["name"].get<std::string>();
        server_.must("STREAM.CREATE." + name, config);
        before_[name];
    };
    for (const auto& origin : kOrigins) {
        add({{"name", origin}, {"subjects", {origin + ".>"}}, {"allow_direct", true}});
        add({{"name", "KV_" + origin},
             {"subjects", {"$KV." + origin + ".>"}},
             {"max_msgs_per_subject", 5},
             {"allow_direct", true},
             {"allow_rollup_hdrs", true},
             {"deny_delete", true}});
    }
    add({{"name", "unsigned"}, {"subjects", {"unsigned.*"}}, {"max_msgs", 1000}});
    add({{"name", "queue"}, {"retention", "workqueue"}, {"storage", "memory"}});
    server_.must("CONSUMER.DURABLE.CREATE.queue.worker",
                 {{"stream_name", "queue"},
                  {"config", {{"durable_name", "worker"}, {"ack_policy", "explicit"}}}});
    for (auto& [name, seen] : before_) {
        seen = look(name);
    }
}

Json Bystanders::look(const std::string& stream) {
    auto info = server_.must("STREAM.INFO." + stream);
    Json seen{{"config", info["config"]}, {"created", info["created"]}, {"state", info["state"]}};
    // Servers make consumers on what mirrors and sources copy, and take them away some time later.
    seen["state"].erase("consumer_count");
    const auto list = server_.must("CONSUMER.LIST." + stream);
    for (const auto& consumer : list["consumers"]) {
        if (consumer["config"].contains("durable_name")) {
            seen["consumers"].push_back(consumer["config"]);
        }
    }
    return seen;
}

std::vector<std::string> Bystanders::touched() {
    std::vector<std::string> touched;
    for (const auto& [name, before] : before_) {
        if (const auto now = look(name); now != before) {
            touched.push_back(name + " was " + before.dump() + " and is " + now.dump());
        }
    }
    return touched;
}

}  // namespace headgate::matrix
