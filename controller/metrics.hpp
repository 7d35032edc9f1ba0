// The metrics of docs/operations.md, through prometheus-cpp: every series is there from the start,
// at zero, so that rates exist before the first failure. Thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/work_queue.hpp"
#include "core/error.hpp"
#include "reconcilers/declarations.hpp"
#include "reconcilers/reconciler.hpp"

namespace headgate::controller {

struct BuildInfo {
    std::string version;
    std::string commit;
};

/// How full a declared stream is, and how far its declared consumers are behind.
struct AssetFigures {
    struct Consumer {
        std::string name;
        std::uint64_t pending = 0;
        std::uint64_t unacknowledged = 0;
        std::uint64_t redelivered = 0;
    };

    resources::ObjectKey key;
    std::string stream;
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
    std::vector<Consumer> consumers;
};

class Metrics {
public:
    explicit Metrics(const BuildInfo& build);
    ~Metrics();

    /// One loop's; queried at each scrape, and added up over all. Both must outlive this, or be
    /// taken back before.
    void watch(const reconcilers::Declarations& declarations, const WorkQueue& queue);
    void unwatch(const reconcilers::Declarations& declarations);

    /// One pass over one object.
    void reconciled(resources::Kind kind,
                    const reconcilers::Pass& pass,
                    std::chrono::steady_clock::duration took,
                    std::chrono::steady_clock::duration waited);

    /// One request to JetStream; `error` of the transport, none where there was an answer.
    void nats_request(std::string_view operation,
                      std::optional<core::ErrorCode> error,
                      std::chrono::nanoseconds took);
    void nats_connected(std::string_view connection, bool connected);
    /// There is no such connection any more, and nothing that needs it.
    void nats_forgotten(std::string_view connection);

    /// Whether this process leads by the Lease `name`. Without it: the only one, and so it does.
    void leads(const std::string& name, bool leads);

    /// Shown from now on in place of what the same loop's showed before; `left_out`: how many more
    /// there are.
    void show_assets(const reconcilers::Declarations& of,
                     std::vector<AssetFigures> assets,
                     std::size_t left_out);

    /// So many more Events were lost.
    void events_dropped(std::uint64_t count);

    /// One request to Kubernetes; code 0: no answer.
    void kube_request(std::string_view verb, int code);

    /// The exposition (text format 0.0.4).
    [[nodiscard]] std::string text() const;

private:
    struct Series;
    std::unique_ptr<Series> series_;
};

}  // namespace headgate::controller
