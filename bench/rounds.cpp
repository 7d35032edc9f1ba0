#include "bench/rounds.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "bench/floor.hpp"
#include "bench/observer.hpp"
#include "bench/operator_process.hpp"
#include "bench/servers.hpp"
#include "bench/template.hpp"
#include "bench/vandal.hpp"

namespace headgate::bench {

using core::Json;
using std::chrono::steady_clock;
using Moment = Observer::Moment;

namespace {

constexpr std::chrono::minutes kAllTime{15};
constexpr std::chrono::minutes kOneTime{1};
constexpr std::chrono::seconds kDriftTime{120};
constexpr std::size_t kPoints = 100;

void say(const std::string& text) {
    std::cerr << "bench: " << text << '\n';
}

double seconds(steady_clock::duration time) {
    return std::chrono::duration<double>(time).count();
}

double load_average() {
    double load = 0;
    return getloadavg(&load, 1) == 1 ? load : 0;
}

std::vector<std::string> names(char set, std::size_t count) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < count; ++i) {
        all.push_back(object_name(set, i));
    }
    return all;
}

/// When each hundredth of all was done, in seconds from the beginning.
Json progress(Moment began, const std::vector<Moment>& moments) {
    auto points = Json::array();
    for (std::size_t i = 1; i <= kPoints && !moments.empty(); ++i) {
        points.push_back(seconds(moments[moments.size() * i / kPoints - (i > 0 ? 1 : 0)] - began));
    }
    return points;
}

Json done_by(Moment began, const std::vector<Moment>& moments) {
    return {{"count", moments.size()},
            {"seconds", seconds(moments.back() - began)},
            {"progress", progress(began, moments)},
            {"load", load_average()}};
}

std::string told(const std::string& what, const Json& figures) {
    return what + ": " + std::to_string(figures.at("count").get<std::size_t>()) + " in " +
           std::to_string(figures.at("seconds").get<double>()) + " s";
}

Json to_json(const Counts& counts) {
    return {{"writes", counts.writes},
            {"events", counts.events},
            {"leases", counts.leases},
            {"jetstream_requests", counts.requests}};
}

void declare(const Options& options,
             Servers& servers,
             const std::vector<std::string>& all,
             const std::function<Json(const std::string&)>& object) {
    say("declaring " + std::to_string(all.size()) + " objects");
    in_parallel(options.parallel, all.size(), [&](std::size_t i) {
        servers.client().apply(object(all[i]));
    });
}

/// The floor's part of one run.
class FloorRound {
public:
    explicit FloorRound(const Options& options)
        : options_(options),
          template_(options.object, options.stream),
          servers_(options),
          observer_(servers_.admin_kubeconfig(), servers_.type(), options.condition) {}

    Json run() {
        Json figures;
        if (options_.wants("backlog") || options_.wants("deletion")) {
            figures["backlog"] = backlog();
        }
        if (options_.wants("latency")) {
            figures["latency"] = latency();
        }
        if (options_.wants("deletion")) {
            figures["deletion"] = deletion();
        }
        return figures;
    }

private:
    [[nodiscard]] Floor floor() const {
        return Floor{servers_.kubeconfig(),
                     servers_.nats_url(),
                     servers_.type(),
                     template_,
                     options_.condition};
    }

    Json backlog() {
        const auto all = names('s', options_.count);
        {
            const auto plain = floor();
            declare(options_, servers_, all, [&](const auto& name) { return plain.object(name); });
        }
        std::vector<jetstream::StreamSettings> settings;
        for (const auto& name : all) {
            settings.push_back(template_.settings(name));
        }
        observer_.forget();
        const auto before = servers_.counts();
        const auto began = steady_clock::now();
        auto plain = floor();
        in_parallel(
            options_.parallel, all.size(), [&](std::size_t i) { plain.make(all[i], settings[i]); });
        observer_.wait_for_ready(all.size(), kAllTime);
        auto figures = done_by(began, observer_.ready());
        figures["counts"] = to_json(servers_.counts() - before);
        say(told("floor, backlog", figures));
        return figures;
    }

    Json latency() {
        auto plain = floor();
        auto tries = Json::array();
        for (const auto& name : names('t', options_.tries)) {
            const auto object = plain.object(name);
            const auto settings = template_.settings(name);
            const auto began = steady_clock::now();
            servers_.client().apply(object);
            plain.make(name, settings);
            tries.push_back(1e3 * seconds(observer_.ready_at(name, kOneTime) - began));
        }
        return tries;
    }

    Json deletion() {
        const auto all = names('s', options_.count);
        observer_.forget();
        auto plain = floor();
        const auto began = steady_clock::now();
        in_parallel(options_.parallel, all.size(), [&](std::size_t i) {
            servers_.client().remove(all[i]);
            plain.remove(all[i]);
        });
        observer_.wait_for_gone(all.size(), kAllTime);
        auto figures = done_by(began, observer_.gone());
        say(told("floor, deletion", figures));
        return figures;
    }

    const Options& options_;
    Template template_;
    Servers servers_;
    Observer observer_;
};

class OperatorRound {
public:
    explicit OperatorRound(const Options& options)
        : options_(options),
          template_(options.object, options.stream),
          servers_(options),
          observer_(servers_.admin_kubeconfig(), servers_.type(), options.condition),
          operator_(options.command, servers_.kubeconfig(), servers_.nats_url()) {}

    Json run() {
        Json figures{{"versions", servers_.versions()}, {"backlog", backlog()}};
        if (options_.wants("idle")) {
            figures["idle"] = idle();
        }
        if (options_.wants("latency")) {
            figures["latency"] = latency();
        }
        if (options_.wants("drift")) {
            figures["drift"] = drift();
        }
        if (options_.wants("restart")) {
            figures["restart"] = restart();
        }
        operator_.stop();
        return figures;
    }

    Json run_deletion() {
        const auto all = names('s', options_.count);
        operator_.start();
        declare(options_, servers_, all, [&](const auto& name) {
            return template_.object(name, "Delete");
        });
        observer_.wait_for_ready(all.size(), kAllTime);
        settle();
        observer_.forget();
        const auto before = servers_.counts();
        const auto began = steady_clock::now();
        in_parallel(options_.parallel, all.size(), [&](std::size_t i) {
            servers_.client().remove(all[i]);
        });
        observer_.wait_for_gone(all.size(), kAllTime);
        auto figures = done_by(began, observer_.gone());
        figures["counts"] = to_json(servers_.counts() - before);
        figures["streams_left"] = servers_.streams();
        say(told("operator, deletion", figures));
        operator_.stop();
        return figures;
    }

private:
    void declare_retained(const std::vector<std::string>& all) {
        declare(options_, servers_, all, [&](const auto& name) {
            return template_.object(name, "Retain");
        });
    }

    void settle() {
        std::this_thread::sleep_for(options_.settle);
        operator_.require_running();
    }

    Json backlog() {
        declare_retained(names('s', options_.count));
        observer_.forget();
        const auto before = servers_.counts();
        const auto began = steady_clock::now();
        operator_.start();
        observer_.wait_for_ready(options_.count, kAllTime);
        const double cpu = operator_.cpu_seconds();
        auto figures = done_by(began, observer_.ready());
        say(told("operator, backlog", figures));
        settle();
        figures["counts"] = to_json(servers_.counts() - before);
        figures["cpu_seconds"] = cpu;
        figures["resident"] = operator_.resident();
        figures["peak_resident"] = operator_.peak_resident();
        return figures;
    }

    Json idle() {
        say("idle for " + std::to_string(options_.idle.count()) + " s");
        const auto before = servers_.counts();
        const double cpu = operator_.cpu_seconds();
        const auto began = steady_clock::now();
        std::this_thread::sleep_for(options_.idle);
        const double time = seconds(steady_clock::now() - began);
        const double used = operator_.cpu_seconds() - cpu;
        operator_.require_running();
        return {{"seconds", time},
                {"counts", to_json(servers_.counts() - before)},
                {"cpu_percent", 100 * used / time},
                {"resident", operator_.resident()},
                {"peak_resident", operator_.peak_resident()}};
    }

    Json latency() {
        say("one object at a time");
        auto tries = Json::array();
        for (const auto& name : names('t', options_.tries)) {
            const auto object = template_.object(name, "Retain");
            const auto began = steady_clock::now();
            servers_.client().apply(object);
            tries.push_back(1e3 * seconds(observer_.ready_at(name, kOneTime) - began));
        }
        return tries;
    }

    Json drift() {
        say("streams deleted behind its back");
        Vandal vandal{servers_.nats_url()};
        auto tries = Json::array();
        for (const auto& name : names('s', std::min(options_.drift_tries, options_.count))) {
            const auto took = vandal.break_and_wait(template_.stream_name(name), kDriftTime);
            tries.push_back(1e3 * took.count());
        }
        return tries;
    }

    Json restart() {
        if (options_.most > options_.count) {
            observer_.forget();
            const auto more = names('u', options_.most - options_.count);
            declare_retained(more);
            observer_.wait_for_ready(more.size(), kAllTime);
        }
        settle();
        Json figures{{"resident_before", operator_.resident()},
                     {"peak_resident_before", operator_.peak_resident()}};
        operator_.stop();
        const auto before = servers_.counts();
        operator_.start();
        figures["seconds"] = options_.foreign ? until_quiet() : until_all_checked();
        settle();
        figures["count"] = servers_.streams();
        figures["counts"] = to_json(servers_.counts() - before);
        figures["resident"] = operator_.resident();
        figures["peak_resident"] = operator_.peak_resident();
        say(told("operator, restart", figures));
        return figures;
    }

    /// By its own count of looks at objects.
    double until_all_checked() {
        const auto all = static_cast<double>(servers_.streams());
        const auto began = steady_clock::now();
        while (operator_.metric("headgate_reconcile_total{") < all) {
            operator_.require_running();
            if (steady_clock::now() - began > kAllTime) {
                throw std::runtime_error("not all were checked after a restart");
            }
            std::this_thread::sleep_for(std::chrono::milliseconds{20});
        }
        return seconds(steady_clock::now() - began);
    }

    /// A foreign operator does not say: the last moment at which it was busy, or asked JetStream
    /// anything, before two seconds in which it did neither.
    double until_quiet() {
        constexpr std::chrono::milliseconds kStep{200};
        constexpr std::chrono::seconds kQuiet{2};
        constexpr double kBusy = 0.1;
        const auto began = steady_clock::now();
        auto last = began;
        double cpu = 0;
        double requests = servers_.counts().requests;
        while (steady_clock::now() - last < kQuiet && steady_clock::now() - began < kAllTime) {
            std::this_thread::sleep_for(kStep);
            const double cpu_now = operator_.cpu_seconds();
            const double requests_now = servers_.counts().requests;
            if (requests_now > requests || cpu_now - cpu > kBusy * seconds(kStep)) {
                last = steady_clock::now();
            }
            cpu = cpu_now;
            requests = requests_now;
        }
        return seconds(last - began);
    }

    const Options& options_;
    Template template_;
    Servers servers_;
    Observer observer_;
    OperatorProcess operator_;
};

}  // namespace

Json floor_round(const Options& options) {
    say("floor");
    return FloorRound{options}.run();
}

Json operator_round(const Options& options) {
    say("operator");
    return OperatorRound{options}.run();
}

Json deletion_round(const Options& options) {
    say("operator, deletion");
    return OperatorRound{options}.run_deletion();
}

}  // namespace headgate::bench
