#include "controller/assets.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "core/pause.hpp"

namespace headgate::controller {

using core::Call;
using core::Result;
using jetstream::StreamInfo;
using reconcilers::DeclarationPtr;

namespace {

constexpr std::chrono::seconds kReadLimit{20};

Result<std::vector<AssetFigures::Consumer>> consumers_of(const resources::Desired& desired,
                                                         jetstream::Api& api,
                                                         const Call& call) {
    std::vector<AssetFigures::Consumer> figures;
    if (desired.consumers.empty()) {
        return figures;
    }
    const auto infos = api.list_consumers(desired.stream.name, call);
    if (!infos) {
        return infos.error();
    }
    for (const auto& info : *infos) {
        const auto& name = info.settings.name;
        const bool declared = std::any_of(desired.consumers.begin(),
                                          desired.consumers.end(),
                                          [&](const auto& one) { return one.name == name; });
        if (declared) {
            figures.push_back({name.value(), info.pending, info.unacknowledged, info.redelivered});
        }
    }
    return figures;
}

}  // namespace

Result<std::vector<AssetFigures>> read_assets(const std::vector<DeclarationPtr>& declarations,
                                              std::size_t most,
                                              jetstream::Api& api,
                                              const Call& call) {
    // Page by page: only what is shown of a stream is kept, not its whole configuration.
    std::map<jetstream::StreamName, jetstream::StreamState> by_name;
    const auto read = api.visit_streams(
        {},
        [&](const std::vector<StreamInfo>& page) {
            for (const auto& stream : page) {
                by_name.insert_or_assign(stream.settings.name, stream.state);
            }
        },
        call);
    if (!read) {
        return read.error();
    }
    std::vector<AssetFigures> assets;
    for (const auto& declaration : declarations) {
        const auto& desired = declaration->parsed.desired;
        const auto found = desired ? by_name.find(desired->stream.name) : by_name.end();
        if (assets.size() >= most || found == by_name.end()) {
            continue;
        }
        auto consumers = consumers_of(*desired, api, call);
        if (!consumers) {
            return consumers.error();
        }
        assets.push_back({.key = declaration->key,
                          .stream = desired->stream.name.value(),
                          .messages = found->second.messages,
                          .bytes = found->second.bytes,
                          .consumers = std::move(*consumers)});
    }
    return assets;
}

Assets::Assets(const reconcilers::Declarations& declarations,
               jetstream::Api& api,
               Metrics& metrics,
               Options options,
               std::function<bool()> wanted)
    : declarations_(declarations),
      api_(api),
      metrics_(metrics),
      options_(options),
      wanted_(std::move(wanted)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Assets::~Assets() {
    thread_.request_stop();
    thread_.join();
    metrics_.show_assets(declarations_, {}, 0);
}

void Assets::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        const auto declarations = wanted_() ? declarations_.all() : std::vector<DeclarationPtr>{};
        auto assets =
            declarations.empty()
                ? Result<std::vector<AssetFigures>>{std::vector<AssetFigures>{}}
                : read_assets(declarations, options_.most, api_, Call::within(kReadLimit, stop));
        // What could not be read keeps no older figure: a gauge that stands still looks like peace.
        auto shown = assets ? std::move(*assets) : std::vector<AssetFigures>{};
        const auto left_out = declarations.size() - std::min(declarations.size(), options_.most);
        metrics_.show_assets(declarations_, std::move(shown), left_out);
        core::pause(options_.period, stop);
    }
}

}  // namespace headgate::controller
