#include <chrono>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <iostream>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "bench/options.hpp"
#include "bench/page.hpp"
#include "bench/plot.hpp"
#include "bench/rounds.hpp"
#include "kube/rest/connection.hpp"
#include "tests/support/process.hpp"

namespace headgate::bench {

namespace {

using core::Json;

constexpr std::chrono::minutes kPureTime{5};
/// As the operator has them.
constexpr std::size_t kHttpThreads = 4;

struct Files {
    std::string from;
    std::string json;
    std::string page;
};

const std::set<std::string> kSections{
    "backlog", "idle", "latency", "drift", "restart", "deletion", "pure"};

struct Seconds {
    long idle = 0;
    long settle = 0;
};

void describe(CLI::App& app, Options& options, Files& files, Seconds& seconds) {
    app.add_option("--operator",
                   options.command,
                   "Command of another operator, with {kubeconfig} and {nats} (a URL) in it; acts "
                   "as administrator (default: this build's headgate, with its chart's rights)");
    app.add_option("--crds", options.definitions, "File of CustomResourceDefinitions to install");
    app.add_option("--object", options.object, "The object, as a manifest with {name} in it")
        ->check(CLI::ExistingFile);
    app.add_option("--stream", options.stream, "Name of its stream on the server, with {name}");
    app.add_option("--condition", options.condition, "The condition that is to be True")
        ->capture_default_str();
    app.add_option("--count", options.count, "Objects of the backlog")->capture_default_str();
    app.add_option("--most", options.most, "Objects at the restart")->capture_default_str();
    app.add_option("--parallel", options.parallel, "Workers of the floor")->capture_default_str();
    app.add_option("--tries", options.tries, "Of create to Ready")->capture_default_str();
    app.add_option("--drift-tries", options.drift_tries, "Of repairs")->capture_default_str();
    app.add_option("--idle", seconds.idle, "Seconds of idle time")->capture_default_str();
    app.add_option("--settle", seconds.settle, "Seconds after the last object is Ready")
        ->capture_default_str();
    app.add_option("--pure-time", options.pure_time, "Seconds for each of the pure parts")
        ->capture_default_str();
    app.add_option("--only", options.only, "Sections, with commas (default: all)")
        ->delimiter(',')
        ->check(CLI::IsMember(kSections));
    app.add_option("--from", files.from, "Measures nothing: takes the results of this file");
    app.add_option("--json", files.json, "File for the results");
    app.add_option("--page", files.page, "File for the page; the plot goes beside it");
}

Json machine() {
    return {{"cores", std::thread::hardware_concurrency()},
            {"memory_gib",
             static_cast<double>(sysconf(_SC_PHYS_PAGES)) *
                 static_cast<double>(sysconf(_SC_PAGESIZE)) / (1U << 30U)}};
}

/// Names, nanoseconds of CPU and allocations.
Json pure_parts(const Options& options) {
    std::cerr << "bench: pure parts\n";
    const auto output =
        support::run({.argv = {HEADGATE_PURE_BENCH,
                               "--benchmark_format=json",
                               "--benchmark_min_time=" + std::to_string(options.pure_time)}},
                     {},
                     kPureTime);
    if (output.exit_code != 0) {
        throw std::runtime_error("the benchmark of the pure parts failed: " + output.err);
    }
    auto parts = Json::array();
    const auto told = Json::parse(output.out);
    for (const auto& one : told.at("benchmarks")) {
        parts.push_back({{"name", one.at("name")},
                         {"cpu_time", one.at("cpu_time")},
                         {"allocations", one.at("allocations")}});
    }
    return parts;
}

Json measure(const Options& options) {
    Json results{{"machine", machine()},
                 {"count", options.count},
                 {"most", options.most},
                 {"parallel", options.parallel},
                 {"floor", Json::array()}};
    if (options.wants("pure") && !options.foreign) {
        results["pure"] = pure_parts(options);
    }
    const bool has_floor =
        options.wants("backlog") || options.wants("latency") || options.wants("deletion");
    if (has_floor) {
        results["floor"].push_back(floor_round(options));
    }
    results["operator"] = operator_round(options);
    if (options.wants("deletion")) {
        results["operator"]["deletion"] = deletion_round(options);
    }
    if (has_floor) {
        results["floor"].push_back(floor_round(options));
    }
    return results;
}

void write(const Files& files, const Json& results) {
    if (!files.json.empty()) {
        support::write_file(files.json, results.dump(2) + "\n");
    }
    if (!files.page.empty()) {
        auto image = std::filesystem::path{files.page};
        image.replace_extension(".svg");
        support::write_file(image, plot(results));
        support::write_file(files.page, page(results, image.filename()));
    }
    std::cout << table(rows(results));
}

int run(int argc, char** argv) {
    CLI::App app{"Measures an operator beside the floor: what the servers themselves cost."};
    Options options;
    Files files;
    Seconds seconds{.idle = options.idle.count(), .settle = options.settle.count()};
    options.object = HEADGATE_BENCH_OBJECT;
    describe(app, options, files, seconds);
    CLI11_PARSE(app, argc, argv);
    options.idle = std::chrono::seconds{seconds.idle};
    options.settle = std::chrono::seconds{seconds.settle};
    options.foreign = !options.command.empty();
    if (!options.foreign) {
        options.command = HEADGATE_PROGRAM
            " controller --kubeconfig={kubeconfig} --server={nats} --listen={listen}";
    }
    kube::rest::use_http_threads(kHttpThreads);
    write(files,
          files.from.empty() ? measure(options) : Json::parse(support::read_file(files.from)));
    return 0;
}

}  // namespace

}  // namespace headgate::bench

int main(int argc, char** argv) {
    try {
        return headgate::bench::run(argc, argv);
    } catch (const std::exception& failure) {
        std::cerr << "bench: " << failure.what() << '\n';
        return 1;
    }
}
