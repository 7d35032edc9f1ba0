// The opt-in gauges of streams and consumers: read at the pace of the resync, on a thread of its
// own, for as many objects as were asked for.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <thread>

#include "controller/metrics.hpp"
#include "core/call.hpp"
#include "jetstream/api.hpp"
#include "reconcilers/declarations.hpp"

namespace headgate::controller {

/// The figures of the first `most` declarations, in key order, whose stream the server has. Streams
/// cost one list, consumers one request for each stream that declares some. Errors as
/// Api::list_streams.
[[nodiscard]] core::Result<std::vector<AssetFigures>> read_assets(
    const std::vector<reconcilers::DeclarationPtr>& declarations,
    std::size_t most,
    jetstream::Api& api,
    const core::Call& call);

class Assets {
public:
    struct Options {
        std::size_t most = 0;
        std::chrono::milliseconds period{30'000};
    };

    /// Reads while `wanted`. All references must outlive it.
    Assets(const reconcilers::Declarations& declarations,
           jetstream::Api& api,
           Metrics& metrics,
           Options options,
           std::function<bool()> wanted);
    ~Assets();

    Assets(const Assets&) = delete;
    Assets& operator=(const Assets&) = delete;

private:
    void run(const std::stop_token& stop);

    const reconcilers::Declarations& declarations_;
    jetstream::Api& api_;
    Metrics& metrics_;
    const Options options_;
    const std::function<bool()> wanted_;
    std::jthread thread_;
};

}  // namespace headgate::controller
