#include "reconcilers/approval.hpp"

#include <algorithm>
#include <bit>

#include <nlohmann/json.hpp>

#include "core/digest.hpp"
#include "jetstream/requests.hpp"
#include "reconcilers/consumer_plan.hpp"
#include "reconcilers/standing.hpp"

namespace headgate::reconcilers {

using core::Json;

namespace {

Json settings_of(const resources::Desired& desired) {
    auto consumers = Json::object();
    for (const auto& consumer : desired.consumers) {
        consumers[consumer.name.value()] = jetstream::consumer_to_wire(consumer);
    }
    return Json{{"stream", jetstream::stream_to_wire(desired.stream)},
                {"consumers", std::move(consumers)}};
}

// Of the consumers only those that the plan may touch: others come and go as they like.
Json settings_of(const Situation& situation, const jetstream::StreamInfo& stream) {
    const auto own = signature_of(
        situation.instance, situation.declaration->key, resources::DeletionPolicy::Retain);
    auto consumers = Json::object();
    for (const auto& consumer : situation.consumers) {
        const auto seen = strip(consumer.settings);
        const auto& name = consumer.settings.name.value();
        const auto& wanted = situation.desired.consumers;
        const bool declared = std::any_of(wanted.begin(), wanted.end(), [&](const auto& one) {
            return one.name == consumer.settings.name;
        });
        const bool ours = seen.signature && seen.signature->same_signer(own);
        if (declared || (ours && !guarded_by(name))) {
            consumers[name] = jetstream::consumer_to_wire(seen.settings);
        }
    }
    return Json{{"stream", jetstream::stream_to_wire(strip(stream.settings).settings)},
                {"consumers", std::move(consumers)}};
}

std::string hash_of(const std::string& settings, std::uint64_t bound) {
    constexpr std::size_t kDigits = 16;
    return core::sha256(settings + "\n" + std::to_string(bound)).substr(0, kDigits);
}

std::string settings_text(const Situation& situation) {
    const auto& stream = *situation.stream;
    return Json{{"desired", settings_of(situation.desired)},
                {"observed", settings_of(situation, stream)},
                {"created", stream.created}}
        .dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string plan_hash(const Situation& situation, std::uint64_t bound) {
    return hash_of(settings_text(situation), bound);
}

std::uint64_t bound_for(std::uint64_t lost) {
    return std::bit_ceil(lost);
}

std::set<std::string> approving_hashes(const Situation& situation, std::uint64_t lost) {
    const auto settings = settings_text(situation);
    const auto least = bound_for(lost);
    const auto most = bound_for(std::max(situation.stream->state.messages, lost));
    std::set<std::string> hashes;
    for (auto bound = least; bound <= most && bound >= least; bound *= 2) {
        hashes.insert(hash_of(settings, bound));
    }
    return hashes;
}

}  // namespace headgate::reconcilers
