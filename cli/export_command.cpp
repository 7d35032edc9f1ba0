#include <fnmatch.h>

#include "cli/commands.hpp"
#include "cli/manifest_text.hpp"
#include "cli/one_shot.hpp"
#include "reconcilers/exporting.hpp"

namespace headgate::cli {

using core::Call;
using core::Result;
using reconcilers::Asset;
using reconcilers::Exported;

namespace {

constexpr std::chrono::seconds kListTime{60};

/// Its consumers too; gone by now: nothing to export.
Result<std::vector<Asset>> with_consumers(jetstream::Api& api, jetstream::StreamInfo stream) {
    Asset asset{std::move(stream), {}};
    if (asset.stream.state.consumers > 0) {
        auto consumers = api.list_consumers(asset.stream.settings.name, Call::within(kListTime));
        if (!consumers && consumers.error().code == core::ErrorCode::NotFound) {
            return std::vector<Asset>{};
        }
        if (!consumers) {
            return core::with_context("consumers of stream " + asset.stream.settings.name.value(),
                                      consumers.error());
        }
        asset.consumers = std::move(*consumers);
    }
    return std::vector<Asset>{std::move(asset)};
}

Result<std::vector<Exported>> read_server(const Options& options) {
    const auto nats = connect(options);
    if (!nats) {
        return nats.error();
    }
    auto& api = (*nats)->api();
    const auto server = api.server_info(Call::within(kListTime));
    if (!server) {
        return server.error();
    }
    auto streams = api.list_streams(Call::within(kListTime));
    if (!streams) {
        return streams.error();
    }
    std::vector<Asset> assets;
    for (auto& stream : *streams) {
        if (::fnmatch(options.streams.c_str(), stream.settings.name.value().c_str(), 0) != 0) {
            continue;
        }
        auto found = with_consumers(api, std::move(stream));
        if (!found) {
            return found.error();
        }
        std::move(found->begin(), found->end(), std::back_inserter(assets));
    }
    return reconcilers::export_assets(
        assets, *server, options.instance, std::chrono::system_clock::now());
}

ManifestText text_of(const Exported& exported) {
    ManifestText text;
    for (const auto& note : exported.notes) {
        text.comments.push_back("stream " + exported.stream + ": " + note);
    }
    text.comments.insert(text.comments.end(), exported.remarks.begin(), exported.remarks.end());
    if (exported.desired) {
        text.manifest = resources::manifest(exported.key, *exported.desired);
    }
    return text;
}

}  // namespace

int run_export(const Options& options, const Console& console) {
    const auto exported = read_server(options);
    if (!exported) {
        console.complain("headgate: " + exported.error().message + "\n");
        return 1;
    }
    if (exported->empty()) {
        console.complain(options.streams == "*"
                             ? "note: there are no streams\n"
                             : "note: no stream matches " + options.streams + "\n");
    }
    std::vector<ManifestText> manifests;
    for (const auto& one : *exported) {
        for (const auto& note : one.notes) {
            console.complain("note: stream " + one.stream + ": " + note + "\n");
        }
        manifests.push_back(text_of(one));
    }
    console.print(manifests_text(manifests, options.output));
    return 0;
}

}  // namespace headgate::cli
