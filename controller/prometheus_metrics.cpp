#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "controller/metrics.hpp"
#include "controller/process_figures.hpp"

namespace headgate::controller {

using core::name_of;
using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;
using prometheus::Labels;
using reconcilers::Pass;
using resources::Kind;
using resources::Reason;

namespace {

const prometheus::Histogram::BucketBoundaries kSeconds{
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};

// Where there is no election, the one process leads by no Lease.
constexpr const char* kAlone = "headgate";

constexpr std::array<std::string_view, 4> kResults{"success", "error", "requeue", "requeue_after"};
constexpr std::array<std::string_view, 11> kOperations{"account_info",
                                                       "stream_info",
                                                       "stream_list",
                                                       "stream_create",
                                                       "stream_update",
                                                       "stream_delete",
                                                       "consumer_info",
                                                       "consumer_list",
                                                       "consumer_create",
                                                       "consumer_update",
                                                       "consumer_delete"};
constexpr std::array<std::string_view, 5> kRequestResults{
    "answered", "unavailable", "unknown", "forbidden", "cancelled"};

double seconds(std::chrono::nanoseconds time) {
    return std::chrono::duration<double>(time).count();
}

// controller-runtime's words for what comes of a pass.
std::string_view result_of(const reconcilers::Outcome& outcome) {
    struct Visitor {
        std::string_view operator()(const reconcilers::Settled&) const { return "success"; }

        std::string_view operator()(const reconcilers::RecheckAfter&) const {
            return "requeue_after";
        }

        std::string_view operator()(const reconcilers::Retry&) const { return "requeue"; }

        std::string_view operator()(const reconcilers::GiveUp&) const { return "error"; }
    };

    return std::visit(Visitor{}, outcome);
}

std::string_view request_result(std::optional<core::ErrorCode> error) {
    if (!error) {
        return "answered";
    }
    switch (*error) {
        case core::ErrorCode::OutcomeUnknown:
            return "unknown";
        case core::ErrorCode::Forbidden:
            return "forbidden";
        case core::ErrorCode::Cancelled:
            return "cancelled";
        default:
            return "unavailable";
    }
}

Labels by_kind(Kind kind) {
    return {{"kind", std::string{name_of(kind)}}};
}

/// The gauges of streams and consumers.
class AssetFamilies {
public:
    void add(const std::vector<AssetFigures>& assets, std::size_t left_out) {
        left_out_ += left_out;
        for (const auto& asset : assets) {
            const Labels labels{{"kind", std::string{name_of(asset.key.kind)}},
                                {"namespace", asset.key.ns},
                                {"name", asset.key.name},
                                {"stream", asset.stream}};
            add(messages_, labels, asset.messages);
            add(bytes_, labels, asset.bytes);
            for (const auto& consumer : asset.consumers) {
                auto own = labels;
                own["consumer"] = consumer.name;
                add(pending_, own, consumer.pending);
                add(unacknowledged_, own, consumer.unacknowledged);
                add(redelivered_, own, consumer.redelivered);
            }
        }
    }

    void move_to(std::vector<prometheus::MetricFamily>& families) {
        add(rest_, {}, left_out_);
        for (auto* family :
             {&messages_, &bytes_, &pending_, &unacknowledged_, &redelivered_, &rest_}) {
            families.push_back(std::move(*family));
        }
    }

private:
    static prometheus::MetricFamily family(const char* name, const char* help) {
        return {name, help, prometheus::MetricType::Gauge, {}};
    }

    static void add(prometheus::MetricFamily& family, const Labels& labels, std::uint64_t value) {
        prometheus::ClientMetric metric;
        for (const auto& [name, text] : labels) {
            metric.label.push_back({name, text});
        }
        metric.gauge.value = static_cast<double>(value);
        family.metric.push_back(std::move(metric));
    }

    prometheus::MetricFamily messages_ =
        family("headgate_stream_messages", "Messages in a declared stream.");
    prometheus::MetricFamily bytes_ =
        family("headgate_stream_bytes", "Bytes in a declared stream, in each replica.");
    prometheus::MetricFamily pending_ = family(
        "headgate_consumer_pending", "Messages that a declared consumer has not delivered yet.");
    prometheus::MetricFamily unacknowledged_ =
        family("headgate_consumer_ack_pending", "Messages delivered and not acknowledged.");
    prometheus::MetricFamily redelivered_ =
        family("headgate_consumer_redelivered", "Of those, messages delivered more than once.");
    prometheus::MetricFamily rest_ =
        family("headgate_assets_left_out", "Objects without these gauges, beyond --asset-metrics.");
    std::uint64_t left_out_ = 0;
};

}  // namespace

struct Metrics::Series {
    explicit Series(const BuildInfo& build) {
        for (const auto kind : resources::kKinds) {
            for (const auto result : kResults) {
                reconciles.Add(with(by_kind(kind), "result", result));
            }
            for (const auto& reason : core::Names<Reason>::kAll) {
                objects.Add(with(by_kind(kind), "reason", reason.text));
                if (resources::ready(reason.value) == resources::Truth::False) {
                    errors.Add(with(by_kind(kind), "reason", reason.text));
                }
            }
            durations.Add(by_kind(kind), kSeconds);
            drift.Add(by_kind(kind));
            waiting.Add(by_kind(kind));
        }
        for (const auto operation : kOperations) {
            for (const auto result : kRequestResults) {
                nats_requests.Add(
                    {{"operation", std::string{operation}}, {"result", std::string{result}}});
            }
            nats_durations.Add({{"operation", std::string{operation}}}, kSeconds);
        }
        connected.Add({{"connection", "default"}});
        for (const auto* verb : {"list", "watch", "apply", "patch", "get", "create"}) {
            kube_requests.Add({{"verb", verb}, {"code", "200"}});
        }
        leader.Add({{"name", kAlone}}).Set(1);
        build_info.Add({{"version", build.version}, {"commit", build.commit}}).Set(1);
    }

    static Labels with(Labels labels, const char* name, std::string_view value) {
        labels[name] = std::string{value};
        return labels;
    }

    prometheus::Registry registry;
    prometheus::Family<prometheus::Counter>& reconciles =
        BuildCounter()
            .Name("headgate_reconcile_total")
            .Help("Passes over an object, by what came of it.")
            .Register(registry);
    prometheus::Family<prometheus::Counter>& errors =
        BuildCounter()
            .Name("headgate_reconcile_errors_total")
            .Help("Passes that ended not Ready, by reason.")
            .Register(registry);
    prometheus::Family<prometheus::Histogram>& durations =
        BuildHistogram()
            .Name("headgate_reconcile_duration_seconds")
            .Help("Time of one pass.")
            .Register(registry);
    prometheus::Family<prometheus::Gauge>& objects = BuildGauge()
                                                         .Name("headgate_objects")
                                                         .Help("Objects, by reason of Ready.")
                                                         .Register(registry);
    prometheus::Family<prometheus::Counter>& drift =
        BuildCounter()
            .Name("headgate_drift_repaired_total")
            .Help("Streams and consumers that had left their declared state and were brought back.")
            .Register(registry);
    prometheus::Family<prometheus::Gauge>& waiting =
        BuildGauge()
            .Name("headgate_plan_waiting")
            .Help("Objects whose plan waits for approval.")
            .Register(registry);
    prometheus::Family<prometheus::Gauge>& connected = BuildGauge()
                                                           .Name("headgate_nats_connected")
                                                           .Help("1 while connected to NATS.")
                                                           .Register(registry);
    prometheus::Family<prometheus::Counter>& nats_requests =
        BuildCounter()
            .Name("headgate_nats_requests_total")
            .Help("Requests to the JetStream API.")
            .Register(registry);
    prometheus::Family<prometheus::Histogram>& nats_durations =
        BuildHistogram()
            .Name("headgate_nats_request_duration_seconds")
            .Help("Time of one request to the JetStream API.")
            .Register(registry);
    prometheus::Family<prometheus::Counter>& kube_requests =
        BuildCounter()
            .Name("headgate_kube_requests_total")
            .Help("Requests to the Kubernetes API; code 0: no answer.")
            .Register(registry);
    prometheus::Family<prometheus::Gauge>& leader = BuildGauge()
                                                        .Name("leader_election_master_status")
                                                        .Help("1 on the replica that leads.")
                                                        .Register(registry);
    prometheus::Counter& events_dropped = BuildCounter()
                                              .Name("headgate_events_dropped_total")
                                              .Help("Events lost: too many at once, or refused.")
                                              .Register(registry)
                                              .Add({});
    prometheus::Family<prometheus::Gauge>& build_info =
        BuildGauge()
            .Name("headgate_build_info")
            .Help("Version and commit of this build.")
            .Register(registry);

    // controller-runtime's queue metrics, under its names.
    Labels queue_labels{{"name", "headgate"}, {"controller", "headgate"}};
    prometheus::Gauge& depth = BuildGauge()
                                   .Name("workqueue_depth")
                                   .Help("Keys ready and not taken.")
                                   .Register(registry)
                                   .Add(queue_labels);
    prometheus::Counter& adds = BuildCounter()
                                    .Name("workqueue_adds_total")
                                    .Help("Keys added.")
                                    .Register(registry)
                                    .Add(queue_labels);
    prometheus::Counter& retries = BuildCounter()
                                       .Name("workqueue_retries_total")
                                       .Help("Keys added for another try.")
                                       .Register(registry)
                                       .Add(queue_labels);
    prometheus::Histogram& queue_time = BuildHistogram()
                                            .Name("workqueue_queue_duration_seconds")
                                            .Help("Time from ready to taken.")
                                            .Register(registry)
                                            .Add(queue_labels, kSeconds);
    prometheus::Histogram& work_time = BuildHistogram()
                                           .Name("workqueue_work_duration_seconds")
                                           .Help("Time of the work on a key.")
                                           .Register(registry)
                                           .Add(queue_labels, kSeconds);
    prometheus::Gauge& unfinished = BuildGauge()
                                        .Name("workqueue_unfinished_work_seconds")
                                        .Help("How long the work in progress has taken, at least.")
                                        .Register(registry)
                                        .Add(queue_labels);
    prometheus::Gauge& longest = BuildGauge()
                                     .Name("workqueue_longest_running_processor_seconds")
                                     .Help("How long the longest work in progress has taken.")
                                     .Register(registry)
                                     .Add(queue_labels);

    prometheus::Counter& cpu = BuildCounter()
                                   .Name("process_cpu_seconds_total")
                                   .Help("CPU time of this process.")
                                   .Register(registry)
                                   .Add({});
    prometheus::Gauge& resident = BuildGauge()
                                      .Name("process_resident_memory_bytes")
                                      .Help("Resident memory.")
                                      .Register(registry)
                                      .Add({});
    prometheus::Gauge& virtual_memory = BuildGauge()
                                            .Name("process_virtual_memory_bytes")
                                            .Help("Virtual memory.")
                                            .Register(registry)
                                            .Add({});
    prometheus::Gauge& open_fds = BuildGauge()
                                      .Name("process_open_fds")
                                      .Help("Open file descriptors.")
                                      .Register(registry)
                                      .Add({});
    prometheus::Gauge& max_fds = BuildGauge()
                                     .Name("process_max_fds")
                                     .Help("Most file descriptors.")
                                     .Register(registry)
                                     .Add({});
    prometheus::Gauge& start = BuildGauge()
                                   .Name("process_start_time_seconds")
                                   .Help("Start of this process, in seconds since 1970.")
                                   .Register(registry)
                                   .Add({});

    // The lock covers what is looked at only at a scrape.
    std::mutex mutex;
    std::map<const reconcilers::Declarations*, const WorkQueue*> loops;
    QueueFigures finished;  ///< What loops that ended have counted.

    static void catch_up(prometheus::Counter& counter, double value) {
        if (value > counter.Value()) {
            counter.Increment(value - counter.Value());
        }
    }

    struct Shown {
        std::vector<AssetFigures> assets;
        std::size_t left_out = 0;
    };

    std::map<const reconcilers::Declarations*, Shown> assets;

    /// Those of streams and consumers, made anew at each scrape: what is gone has none.
    void add_assets(std::vector<prometheus::MetricFamily>& families) {
        const std::scoped_lock lock{mutex};
        if (assets.empty()) {
            return;
        }
        AssetFamilies made;
        for (const auto& [of, shown] : assets) {
            made.add(shown.assets, shown.left_out);
        }
        made.move_to(families);
    }

    /// Of all queues together.
    QueueFigures queue_figures() const {
        QueueFigures all = finished;
        for (const auto& [declarations, queue] : loops) {
            const auto one = queue->figures();
            all.depth += one.depth;
            all.adds += one.adds;
            all.retries += one.retries;
            all.in_work += one.in_work;
            all.longest_running = std::max(all.longest_running, one.longest_running);
        }
        return all;
    }

    void refresh() {
        const std::scoped_lock lock{mutex};
        if (!loops.empty()) {
            std::map<std::pair<Kind, Reason>, std::size_t> counts;
            for (const auto& [declarations, queue] : loops) {
                for (const auto& [key, count] : declarations->count()) {
                    counts[key] += count;
                }
            }
            for (const auto kind : resources::kKinds) {
                for (const auto& reason : core::Names<Reason>::kAll) {
                    const auto found = counts.find({kind, reason.value});
                    const auto count =
                        found == counts.end() ? 0.0 : static_cast<double>(found->second);
                    objects.Add(with(by_kind(kind), "reason", reason.text)).Set(count);
                    if (reason.value == Reason::ApprovalRequired) {
                        waiting.Add(by_kind(kind)).Set(count);
                    }
                }
            }
        }
        if (!loops.empty()) {
            const auto figures = queue_figures();
            depth.Set(static_cast<double>(figures.depth));
            catch_up(adds, static_cast<double>(figures.adds));
            catch_up(retries, static_cast<double>(figures.retries));
            longest.Set(seconds(figures.longest_running));
            unfinished.Set(seconds(figures.longest_running));
        }
        const auto process = process_figures();
        catch_up(cpu, process.cpu_seconds);
        resident.Set(process.resident_bytes);
        virtual_memory.Set(process.virtual_bytes);
        open_fds.Set(process.open_fds);
        max_fds.Set(process.max_fds);
        start.Set(process.start_seconds);
    }
};

Metrics::Metrics(const BuildInfo& build) : series_(std::make_unique<Series>(build)) {}

Metrics::~Metrics() = default;

void Metrics::watch(const reconcilers::Declarations& declarations, const WorkQueue& queue) {
    const std::scoped_lock lock{series_->mutex};
    series_->loops[&declarations] = &queue;
}

void Metrics::unwatch(const reconcilers::Declarations& declarations) {
    const std::scoped_lock lock{series_->mutex};
    if (const auto found = series_->loops.find(&declarations); found != series_->loops.end()) {
        const auto figures = found->second->figures();
        series_->finished.adds += figures.adds;
        series_->finished.retries += figures.retries;
        series_->loops.erase(found);
    }
    series_->assets.erase(&declarations);
}

void Metrics::reconciled(Kind kind,
                         const Pass& pass,
                         std::chrono::steady_clock::duration took,
                         std::chrono::steady_clock::duration waited) {
    series_->reconciles.Add(Series::with(by_kind(kind), "result", result_of(pass.outcome)))
        .Increment();
    if (resources::ready(pass.reason) == resources::Truth::False &&
        !std::holds_alternative<reconcilers::Settled>(pass.outcome)) {
        series_->errors.Add(Series::with(by_kind(kind), "reason", name_of(pass.reason)))
            .Increment();
    }
    if (!pass.drift.empty()) {
        series_->drift.Add(by_kind(kind)).Increment();
    }
    series_->durations.Add(by_kind(kind), kSeconds).Observe(seconds(took));
    series_->work_time.Observe(seconds(took));
    series_->queue_time.Observe(seconds(waited));
}

void Metrics::nats_request(std::string_view operation,
                           std::optional<core::ErrorCode> error,
                           std::chrono::nanoseconds took) {
    series_->nats_requests
        .Add(
            {{"operation", std::string{operation}}, {"result", std::string{request_result(error)}}})
        .Increment();
    series_->nats_durations.Add({{"operation", std::string{operation}}}, kSeconds)
        .Observe(seconds(took));
}

void Metrics::nats_connected(std::string_view connection, bool connected) {
    series_->connected.Add({{"connection", std::string{connection}}}).Set(connected ? 1 : 0);
}

void Metrics::leads(const std::string& name, bool leads) {
    if (name != kAlone) {
        series_->leader.Remove(&series_->leader.Add({{"name", kAlone}}));
    }
    series_->leader.Add({{"name", name}}).Set(leads ? 1 : 0);
}

void Metrics::nats_forgotten(std::string_view connection) {
    auto& family = series_->connected;
    family.Remove(&family.Add({{"connection", std::string{connection}}}));
}

void Metrics::show_assets(const reconcilers::Declarations& of,
                          std::vector<AssetFigures> assets,
                          std::size_t left_out) {
    const std::scoped_lock lock{series_->mutex};
    series_->assets[&of] = {std::move(assets), left_out};
}

void Metrics::events_dropped(std::uint64_t count) {
    series_->events_dropped.Increment(static_cast<double>(count));
}

void Metrics::kube_request(std::string_view verb, int code) {
    series_->kube_requests.Add({{"verb", std::string{verb}}, {"code", std::to_string(code)}})
        .Increment();
}

std::string Metrics::text() const {
    series_->refresh();
    auto families = series_->registry.Collect();
    series_->add_assets(families);
    return prometheus::TextSerializer{}.Serialize(families);
}

}  // namespace headgate::controller
