#include "reconcilers/approval.hpp"

#include <algorithm>
#include <bit>
#include <map>

#include "core/digest.hpp"
#include "jetstream/requests.hpp"
#include "reconcilers/consumer_plan.hpp"
#include "reconcilers/standing.hpp"

namespace headgate::reconcilers {

namespace {

std::string text_of(const jetstream::StreamSettings& stream,
                    const std::map<std::string, std::string>& consumers) {
    auto text = jetstream::wire_text(stream);
    for (const auto& [name, settings] : consumers) {
        text += "\n" + settings;
    }
    return text;
}

std::string desired_text(const resources::Desired& desired) {
    std::map<std::string, std::string> consumers;
    for (const auto& consumer : desired.consumers) {
        consumers[consumer.name.value()] = jetstream::wire_text(consumer);
    }
    return text_of(desired.stream, consumers);
}

// Of the consumers only those that the plan may touch: others come and go as they like.
std::string observed_text(const Situation& situation) {
    const auto own = signature_of(
        situation.instance, situation.declaration->key, resources::DeletionPolicy::Retain);
    std::map<std::string, std::string> consumers;
    for (const auto& consumer : situation.consumers) {
        const auto seen = strip(consumer.settings);
        const auto& name = consumer.settings.name.value();
        const auto& wanted = situation.desired.consumers;
        const bool declared = std::any_of(wanted.begin(), wanted.end(), [&](const auto& one) {
            return one.name == consumer.settings.name;
        });
        const bool ours = seen.signature && seen.signature->same_signer(own);
        if (declared || (ours && !guarded_by(name))) {
            consumers[name] = jetstream::wire_text(seen.settings);
        }
    }
    return text_of(strip(situation.stream->settings).settings, consumers);
}

std::string hash_of(const std::string& settings, std::uint64_t bound) {
    constexpr std::size_t kDigits = 16;
    return core::sha256(settings + "\n" + std::to_string(bound)).substr(0, kDigits);
}

std::string settings_text(const Situation& situation) {
    return desired_text(situation.desired) + "\n\n" + observed_text(situation) + "\n\n" +
           situation.stream->created;
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
