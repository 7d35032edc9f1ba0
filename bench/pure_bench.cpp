// What the pure parts cost, each beside how often it allocates: a count that depends on the number
// of objects shows at once, on any machine.
#include <benchmark/benchmark.h>
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "bench/allocations.hpp"
#include "controller/kube_declarations.hpp"
#include "controller/queue_state.hpp"
#include "files/manifests.hpp"
#include "jetstream/compare.hpp"
#include "jetstream/requests.hpp"
#include "kube/object.hpp"
#include "reconcilers/declarations.hpp"
#include "reconcilers/plan.hpp"
#include "reconcilers/signature.hpp"

namespace headgate {
namespace {

using benchmark::State;
using core::Json;
using reconcilers::Declaration;
using reconcilers::Declarations;
using reconcilers::Situation;
using resources::Kind;
using resources::ObjectKey;

/// Runs `work` for as long as the library asks, and reports its allocations.
template <class Work>
void measure(State& state, Work work) {
    const auto before = bench::allocations();
    for (auto unused : state) {
        static_cast<void>(unused);
        work();
    }
    state.counters["allocations"] = benchmark::Counter(
        static_cast<double>(bench::allocations() - before), benchmark::Counter::kAvgIterations);
}

std::string name_of(std::size_t number) {
    return "stream-" + std::to_string(number);
}

/// As the API server sends an object that is Ready.
Json object_json(std::size_t number) {
    const auto name = name_of(number);
    return {
        {"apiVersion", "headgate.io/v1alpha1"},
        {"kind", "StreamConfig"},
        {"metadata",
         {{"name", name},
          {"namespace", "agents"},
          {"uid", "5b6f1c1e-0000-4000-8000-" + std::to_string(100'000'000'000 + number)},
          {"resourceVersion", std::to_string(number)},
          {"generation", 1},
          {"creationTimestamp", "2026-01-01T00:00:00Z"}}},
        {"spec",
         {{"subjects", {name + ".>"}}, {"storage", "File"}, {"maxAge", "1h"}, {"maxBytes", "1Mi"}}},
        {"status",
         {{"observedGeneration", 1},
          {"conditions",
           {{{"type", "Ready"},
             {"status", "True"},
             {"reason", "Applied"},
             {"message", "stream " + name + " is as declared"},
             {"lastTransitionTime", "2026-01-01T00:00:00Z"},
             {"observedGeneration", 1}}}},
          {"stream", name},
          {"created", "2026-01-01T00:00:00.000000001Z"}}}};
}

Declaration declaration(std::size_t number) {
    return controller::to_declaration(
        Kind::StreamConfig, *kube::parse_object(object_json(number)), nullptr);
}

/// What `declaration` made is there, and as declared.
struct InOrder {
    InOrder() {
        const auto& desired = *declared.parsed.desired;
        situation.declaration = &declared;
        situation.desired = desired;
        situation.instance = "headgate";
        situation.server = {.level = jetstream::kServer2_15, .version = "2.15.0", .domain = {}};
        jetstream::StreamInfo held;
        held.settings = jetstream::as_stored(desired.stream, {}, situation.server.level);
        held.created = declared.status.created;
        reconcilers::sign(
            held.settings.metadata,
            held.settings.description,
            reconcilers::signature_of(situation.instance, declared.key, desired.policies.deletion),
            true);
        situation.stream = std::move(held);
    }

    Declaration declared = declaration(1);
    Situation situation;
};

void plan_of_a_stream_in_order(State& state) {
    const InOrder in_order;
    measure(state, [&] { benchmark::DoNotOptimize(reconcilers::decide(in_order.situation)); });
}

void plan_of_a_new_stream(State& state) {
    InOrder in_order;
    in_order.situation.stream.reset();
    measure(state, [&] { benchmark::DoNotOptimize(reconcilers::decide(in_order.situation)); });
}

void plan_of_a_changed_stream(State& state) {
    InOrder in_order;
    in_order.situation.stream->settings.max_age = std::chrono::hours{2};
    measure(state, [&] { benchmark::DoNotOptimize(reconcilers::decide(in_order.situation)); });
}

/// With whose claim a plan has to be compared, among so many objects.
void claimants_of_a_stream(State& state) {
    Declarations declarations;
    for (std::size_t i = 0; i < static_cast<std::size_t>(state.range(0)); ++i) {
        declarations.put(declaration(i));
    }
    const jetstream::StreamName stream{name_of(0)};
    measure(state, [&] { benchmark::DoNotOptimize(declarations.claimants(stream)); });
}

void differences_of_a_stream(State& state) {
    const InOrder in_order;
    const auto& held = in_order.situation.stream->settings;
    const auto wanted = jetstream::as_stored(
        in_order.situation.desired.stream, held, in_order.situation.server.level);
    measure(state, [&] { benchmark::DoNotOptimize(jetstream::differences(held, wanted)); });
}

void manifest_from_yaml(State& state) {
    const std::vector<files::SourceFile> files{{"one.yaml",
                                                "apiVersion: headgate.io/v1alpha1\n"
                                                "kind: StreamConfig\n"
                                                "metadata: {name: orders, namespace: agents}\n"
                                                "spec:\n"
                                                "  subjects: [orders.>]\n"
                                                "  maxAge: 1h\n"
                                                "  maxBytes: 1Mi\n"}};
    measure(state, [&] { benchmark::DoNotOptimize(files::load(files)); });
}

void object_from_kubernetes(State& state) {
    const auto text = object_json(1).dump();
    measure(state, [&] {
        const auto object = kube::parse_object(Json::parse(text));
        benchmark::DoNotOptimize(controller::to_declaration(Kind::StreamConfig, *object, nullptr));
    });
}

void stream_from_jetstream(State& state) {
    const InOrder in_order;
    const auto reply = Json{
        {"type", "io.nats.jetstream.api.v1.stream_info_response"},
        {"created", "2026-01-01T00:00:00.000000001Z"},
        {"ts", "2026-01-01T00:00:01.000000001Z"},
        {"config", jetstream::stream_to_wire(in_order.situation.stream->settings)},
        {"state",
         {{"messages", 0},
          {"bytes", 0},
          {"first_seq", 0},
          {"last_seq", 0},
          {"consumer_count",
           0}}}}.dump();
    measure(state, [&] { benchmark::DoNotOptimize(jetstream::parse_stream_info(reply)); });
}

void status_as_json(State& state) {
    const auto declared = declaration(1);
    measure(state, [&] { benchmark::DoNotOptimize(resources::to_json(declared.status).dump()); });
}

/// Added, taken, done, while as many others wait for later.
void queue_turn(State& state) {
    controller::QueueState queue;
    const auto now = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < static_cast<std::size_t>(state.range(0)); ++i) {
        queue.add({Kind::StreamConfig, "agents", name_of(i)}, now + std::chrono::hours{1});
    }
    const ObjectKey key{Kind::StreamConfig, "agents", "another-stream"};
    measure(state, [&] {
        queue.add(key, now);
        benchmark::DoNotOptimize(queue.take(now));
        queue.done(key);
    });
}

void declaration_put(State& state) {
    Declarations declarations;
    const auto count = static_cast<std::size_t>(state.range(0));
    std::vector<Declaration> all;
    for (std::size_t i = 0; i < count; ++i) {
        all.push_back(declaration(i));
        declarations.put(all.back());
    }
    std::size_t next = 0;
    measure(state, [&] { declarations.put(all[next++ % count]); });
}

void declaration_found(State& state) {
    Declarations declarations;
    const auto count = static_cast<std::size_t>(state.range(0));
    std::vector<ObjectKey> keys;
    for (std::size_t i = 0; i < count; ++i) {
        declarations.put(declaration(i));
        keys.push_back({Kind::StreamConfig, "agents", name_of(i)});
    }
    std::size_t next = 0;
    measure(state, [&] { benchmark::DoNotOptimize(declarations.find(keys[next++ % count])); });
}

BENCHMARK(plan_of_a_stream_in_order);  // NOLINT(cert-err58-cpp): the library's way
BENCHMARK(plan_of_a_new_stream);       // NOLINT(cert-err58-cpp): the same
BENCHMARK(plan_of_a_changed_stream);   // NOLINT(cert-err58-cpp): the same
// NOLINTNEXTLINE(cert-err58-cpp): the same
BENCHMARK(claimants_of_a_stream)->Arg(1)->Arg(10'000);
BENCHMARK(differences_of_a_stream);         // NOLINT(cert-err58-cpp): the same
BENCHMARK(manifest_from_yaml);              // NOLINT(cert-err58-cpp): the same
BENCHMARK(object_from_kubernetes);          // NOLINT(cert-err58-cpp): the same
BENCHMARK(stream_from_jetstream);           // NOLINT(cert-err58-cpp): the same
BENCHMARK(status_as_json);                  // NOLINT(cert-err58-cpp): the same
BENCHMARK(queue_turn)->Arg(10'000);         // NOLINT(cert-err58-cpp): the same
BENCHMARK(declaration_put)->Arg(10'000);    // NOLINT(cert-err58-cpp): the same
BENCHMARK(declaration_found)->Arg(10'000);  // NOLINT(cert-err58-cpp): the same

}  // namespace
}  // namespace headgate

BENCHMARK_MAIN();
