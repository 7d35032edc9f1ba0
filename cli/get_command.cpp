#include <algorithm>
#include <utility>

#include "cli/commands.hpp"
#include "cli/planning.hpp"
#include "reconcilers/loss.hpp"
#include "reconcilers/signature.hpp"

namespace headgate::cli {

using reconcilers::grouped;
using resources::Reason;

namespace {

std::string counted(std::uint64_t count, const std::string& what) {
    return grouped(count) + " " + what + (count == 1 ? "" : "s");
}

std::optional<ObjectState> state_of(const jetstream::StreamInfo& stream,
                                    const std::string& instance) {
    auto metadata = stream.settings.metadata;
    auto description = stream.settings.description;
    const auto signature = reconcilers::take_signature(metadata, description);
    const auto key = signature && signature->instance == instance
                         ? reconcilers::signing_object(*signature)
                         : std::nullopt;
    if (!key) {
        return std::nullopt;
    }
    const auto consumers =
        static_cast<std::uint64_t>(std::max<std::int64_t>(stream.state.consumers, 0));
    return ObjectState{.key = *key,
                       .reason = Reason::Applied,
                       .message = counted(stream.state.messages, "message") + ", " +
                                  counted(stream.state.bytes, "byte") + ", " +
                                  counted(consumers, "consumer") + "; deletionPolicy " +
                                  signature->deletion_policy,
                       .stream = stream.settings.name.value()};
}

int get_signed(const Options& options, const Console& console) {
    constexpr std::chrono::seconds kListTime{60};
    const auto nats = connect(options);
    auto streams = nats ? (*nats)->api().list_streams(core::Call::within(kListTime))
                        : core::Result<std::vector<jetstream::StreamInfo>>{nats.error()};
    std::vector<ObjectState> states;
    if (!streams) {
        console.complain("headgate: " + streams.error().message + "\n");
    } else {
        for (const auto& stream : *streams) {
            if (auto state = state_of(stream, options.instance)) {
                states.push_back(std::move(*state));
            }
        }
        std::sort(states.begin(), states.end(), [](const auto& left, const auto& right) {
            return left.key < right.key;
        });
    }
    if (options.output == Output::Json) {
        console.print(json_text(states));
    } else {
        console.print(table_text(states, console.width, console.color));
        if (streams) {
            console.complain("note: " +
                             (states.empty() ? "instance " + options.instance +
                                                   " has signed nothing on this server"
                                             : "signed by instance " + options.instance +
                                                   "; give -f to compare them with manifests") +
                             "\n");
        }
    }
    return streams ? 0 : 1;
}

}  // namespace

int run_get(const Options& options, const Console& console) {
    if (options.files.empty()) {
        return get_signed(options, console);
    }
    const int code = run_one_shot(
        options,
        console,
        [&](jetstream::Api& api, Manifests& manifests) {
            return planning_look(options, api, manifests);
        },
        [&](std::span<const ObjectState> states) {
            return table_text(states, console.width, console.color);
        });
    return code == 1 ? 1 : 0;
}

}  // namespace headgate::cli
