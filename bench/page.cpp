#include "bench/page.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>

#include <nlohmann/json.hpp>

#include "bench/statistics.hpp"

namespace headgate::bench {

using core::Json;
using Path = Json::json_pointer;

namespace {

constexpr double kLeastShare = 0.85;
constexpr double kMostIdleCpu = 0.5;
constexpr double kMostMemory = 40;
constexpr double kMostMemoryAtMost = 60;
constexpr double kMostRestart = 3;
constexpr double kMostLatency = 15;
constexpr double kMostRepair = 100;
constexpr double kMostDeletion = 1.3;
constexpr double kMostPlan = 5000;

std::string text(double value, int digits = 1) {
    std::array<char, 64> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%.*f", digits, value);
    return buffer.data();
}

/// "5,000".
std::string grouped(double value) {
    auto digits = text(value, 0);
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
        digits.insert(static_cast<std::size_t>(at), 1, ',');
    }
    return digits;
}

std::optional<double> number(const Json& json, const char* path) {
    const Path pointer{path};
    return json.contains(pointer) ? std::optional{json.at(pointer).get<double>()} : std::nullopt;
}

std::vector<double> numbers(const Json& json, const char* path) {
    const Path pointer{path};
    return json.contains(pointer) ? json.at(pointer).get<std::vector<double>>()
                                  : std::vector<double>{};
}

/// Of the rounds of the floor; empty where there is none.
std::vector<double> floors(const Json& results, const char* path) {
    std::vector<double> all;
    for (const auto& round : results.value("floor", Json::array())) {
        if (const auto value = number(round, path)) {
            all.push_back(*value);
        }
    }
    return all;
}

std::vector<double> floor_tries(const Json& results, const char* path) {
    std::vector<double> all;
    for (const auto& round : results.value("floor", Json::array())) {
        const auto some = numbers(round, path);
        all.insert(all.end(), some.begin(), some.end());
    }
    return all;
}

std::string listed(const std::vector<double>& values, const std::string& unit) {
    std::string all;
    for (const auto value : values) {
        all += (all.empty() ? "" : ", ") + text(value);
    }
    return all + unit;
}

std::string rate(double count, double seconds) {
    return text(count / seconds, 0) + "/s (" + text(seconds) + " s)";
}

std::string median_and_p99(const std::vector<double>& tries) {
    constexpr double kHigh = 0.99;
    return text(median(tries)) + " ms; p99 " + text(quantile(tries, kHigh)) + " ms";
}

class Table {
public:
    explicit Table(const Json& results)
        : results_(results),
          here_(results.value("operator", Json::object())),
          count_(results.value("count", 0.0)),
          most_(results.value("most", 0.0)) {}

    std::vector<Row> rows() {
        backlog();
        idle();
        memory();
        restart();
        latency();
        repair();
        deletion();
        pure();
        return std::move(rows_);
    }

private:
    void backlog() {
        const auto took = number(here_, "/backlog/seconds");
        if (!took) {
            return;
        }
        const auto floor = floors(results_, "/backlog/seconds");
        if (!floor.empty()) {
            const double share = mean(floor) / *took;
            rows_.push_back({.what = "backlog of " + grouped(count_) + " to all Ready",
                             .must = "at least 85 % of the floor",
                             .measured = rate(count_, *took) + ", " + text(100 * share, 0) + " %",
                             .floor = rate(count_, mean(floor)),
                             .missed = share < kLeastShare});
        }
        const auto writes = *number(here_, "/backlog/counts/writes") / count_;
        const auto events = *number(here_, "/backlog/counts/events") / count_;
        rows_.push_back({.what = "Kubernetes writes an object",
                         .must = "1",
                         .measured = text(writes, 2) +
                                     (events > 0 ? ", and " + text(events, 2) + " Events" : ""),
                         .floor = "1",
                         .missed = writes + events > 1.005});
        rows_.push_back(
            {.what = "JetStream requests an object",
             .must = "1",
             .measured = text(*number(here_, "/backlog/counts/jetstream_requests") / count_, 2),
             .floor = "1",
             .missed = *number(here_, "/backlog/counts/jetstream_requests") > 1.01 * count_ + 20});
    }

    void idle() {
        const auto time = number(here_, "/idle/seconds");
        if (!time) {
            return;
        }
        const double minutes = *time / 60;
        const auto writes =
            *number(here_, "/idle/counts/writes") + *number(here_, "/idle/counts/events");
        rows_.push_back({.what = "writes a minute when idle at " + grouped(count_),
                         .must = "0",
                         .measured = grouped(writes / minutes),
                         .floor = "",
                         .missed = writes > 0});
        const auto cpu = *number(here_, "/idle/cpu_percent");
        rows_.push_back({.what = "CPU when idle at " + grouped(count_) + ", of one core",
                         .must = "under 0.5 %",
                         .measured = text(cpu, 2) + " %",
                         .floor = "",
                         .missed = cpu >= kMostIdleCpu});
    }

    void memory() {
        const bool has_idled = number(here_, "/idle/resident").has_value();
        const auto resident = number(here_, has_idled ? "/idle/resident" : "/backlog/resident");
        const auto* const peak = has_idled ? "/idle/peak_resident" : "/backlog/peak_resident";
        if (resident) {
            rows_.push_back({.what = "memory at " + grouped(count_),
                             .must = "under 40 MB",
                             .measured = text(*resident) + " MB; at most " +
                                         text(number(here_, peak).value_or(0)) + " MB",
                             .floor = "",
                             .missed = *resident >= kMostMemory});
        }
        if (const auto at_most = number(here_, "/restart/resident_before")) {
            const auto after = *number(here_, "/restart/resident");
            rows_.push_back(
                {.what = "memory at " + grouped(most_),
                 .must = "under 60 MB",
                 .measured = text(*at_most) + " MB; after a restart " + text(after) + " MB",
                 .floor = "",
                 .missed = std::max(*at_most, after) >= kMostMemoryAtMost});
        }
    }

    void restart() {
        const auto took = number(here_, "/restart/seconds");
        if (!took) {
            return;
        }
        const auto writes =
            *number(here_, "/restart/counts/writes") + *number(here_, "/restart/counts/events");
        rows_.push_back({.what = "restart with " + grouped(most_) + " in order: all checked",
                         .must = "under 3 s, 0 writes",
                         .measured = text(*took, 2) + " s, " + grouped(writes) + " writes",
                         .floor = "",
                         .missed = *took >= kMostRestart || writes > 0});
    }

    void latency() {
        const auto tries = numbers(here_, "/latency");
        if (tries.empty()) {
            return;
        }
        const auto floor = floor_tries(results_, "/latency");
        rows_.push_back(
            {.what = "one object, create to Ready, median of " + std::to_string(tries.size()),
             .must = "under 15 ms",
             .measured = median_and_p99(tries),
             .floor = floor.empty() ? "" : median_and_p99(floor),
             .missed = median(tries) >= kMostLatency});
    }

    void repair() {
        const auto tries = numbers(here_, "/drift");
        if (tries.empty()) {
            return;
        }
        rows_.push_back({.what = "stream deleted behind its back, back after, median of " +
                                 std::to_string(tries.size()),
                         .must = "under 100 ms",
                         .measured = median_and_p99(tries),
                         .floor = "",
                         .missed = median(tries) >= kMostRepair});
    }

    void deletion() {
        const auto took = number(here_, "/deletion/seconds");
        const auto floor = floors(results_, "/deletion/seconds");
        if (!took || floor.empty()) {
            return;
        }
        const double times = *took / mean(floor);
        rows_.push_back({.what = "delete " + grouped(count_) + " with policy Delete",
                         .must = "within 1.3 of the floor",
                         .measured = text(*took) + " s, " + text(times, 2) + " of the floor",
                         .floor = listed(floor, " s"),
                         .missed = times > kMostDeletion});
    }

    void pure() {
        for (const auto& one : results_.value("pure", Json::array())) {
            if (one.at("name") == "plan_of_a_stream_in_order") {
                const auto time = one.at("cpu_time").get<double>();
                rows_.push_back({.what = "pure plan of a stream",
                                 .must = "under 5 µs",
                                 .measured = text(time / 1e3, 1) + " µs, " +
                                             text(one.at("allocations").get<double>(), 0) +
                                             " allocations",
                                 .floor = "",
                                 .missed = time >= kMostPlan});
            }
        }
    }

    const Json& results_;
    Json here_;
    double count_;
    double most_;
    std::vector<Row> rows_;
};

constexpr std::string_view kHow = R"(## How it is measured

Each round has a kube-apiserver, an etcd and a nats-server of its own, new and on the same machine as the operator and the harness: floor, operator, the operator's deletions, floor. They run as they come, but etcd with `--unsafe-no-fsync` and kube-apiserver with RBAC, an audit log and no other controllers. The operator runs with its default settings and the rights that its chart gives it. Nothing is left out: no warm-up, no outliers.

**The floor** is a plain client with the operator's own libraries, that knows all names beforehand, reads nothing and writes no log: for each object one JetStream create and one status patch, 8 at a time, as the operator has 8 workers. For deletion one delete, one JetStream delete and one finalizer patch an object. Its time is what the servers themselves cost on this machine; a share of it says more about an operator than objects a second do.

| figure | how |
| --- | --- |
| backlog | All objects exist, then the operator (the floor) starts. Until the harness has seen the last one Ready in a watch. Connecting and listing count. |
| writes, requests | `apiserver_request_total` of kube-apiserver by resource, all verbs that change something and all answers, Events counted, Leases left out; `api.total` of nats-server's `/jsz`. |
| idle | A minute after the backlog, two resyncs within it; CPU time of the process. |
| memory | Resident set (`VmRSS`), in 10^6 bytes; at most: `VmHWM`, the most there ever was. |
| create to Ready | One after the other, beside all the objects of the backlog. From the sending of the create until a watch shows Ready. |
| deleted behind its back | One stream after the other, from the sending of the delete until the server tells that it was made again. |
| delete | 8 at a time. From the first delete until a watch has shown the last object gone. |
| restart | From the start of the process until as many looks at objects as there are, by its own count (`headgate_reconcile_total`). |
| pure parts | google-benchmark, beside a count of all allocations. |
)";

std::string pure_table(const Json& results) {
    std::string lines;
    for (const auto& one : results.value("pure", Json::array())) {
        auto name = one.at("name").get<std::string>();
        std::replace(name.begin(), name.end(), '_', ' ');
        const auto slash = name.find('/');
        if (slash != std::string::npos) {
            name = name.substr(0, slash) + ", among " + grouped(std::stod(name.substr(slash + 1)));
        }
        lines += "| " + name + " | " + text(one.at("cpu_time").get<double>() / 1e3, 2) + " µs | " +
                 text(one.at("allocations").get<double>(), 0) + " |\n";
    }
    return lines.empty()
               ? ""
               : "\n## Pure parts\n\n| | time | allocations |\n| --- | --- | --- |\n" + lines;
}

std::string machine(const Json& results) {
    const auto& versions = results.at("operator").at("versions");
    std::string list;
    for (const auto& [name, version] : versions.items()) {
        auto number = version.get<std::string>();
        list += (list.empty() ? "" : ", ") + name + " " +
                (number.starts_with('v') ? number.substr(1) : number);
    }
    std::string loads;
    for (const auto& round : results.at("floor")) {
        if (const auto load = number(round, "/backlog/load")) {
            loads += (loads.empty() ? "" : ", ") + text(*load);
        }
    }
    return "Measured on " + results.at("machine").at("cores").dump() + " cores and " +
           text(results.at("machine").at("memory_gib"), 0) + " GiB of memory, with " + list +
           ", each a single server." +
           (loads.empty() ? ""
                          : " Load average at the end of the floor's backlogs: " + loads + ".");
}

}  // namespace

std::vector<Row> rows(const Json& results) {
    return Table{results}.rows();
}

std::string table(const std::vector<Row>& rows) {
    std::string lines = "| | must | measured | floor |\n| --- | --- | --- | --- |\n";
    for (const auto& row : rows) {
        lines += "| " + row.what + " | " + row.must + " | " + row.measured +
                 (row.missed ? " **(missed)**" : "") + " | " + row.floor + " |\n";
    }
    return lines;
}

std::string page(const Json& results, const std::string& plot) {
    return "# Performance\n\nWritten by `make bench`, never by hand. " + machine(results) + "\n\n" +
           table(rows(results)) + "\n![Backlog over time, and create to Ready](" + plot + ")\n\n" +
           std::string{kHow} + pure_table(results);
}

}  // namespace headgate::bench
