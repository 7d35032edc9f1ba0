#include "reconcilers/signature.hpp"

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace headgate::reconcilers {

namespace {

constexpr std::string_view kInstanceKey = "headgate.io/instance";
constexpr std::string_view kKindKey = "headgate.io/kind";
constexpr std::string_view kObjectKey = "headgate.io/object";
constexpr std::string_view kPolicyKey = "headgate.io/deletion-policy";
constexpr std::string_view kStartKey = "headgate.io/start";

// " [headgate.io headgate StreamConfig agents/orders Retain]"; no part can hold a space.
constexpr std::string_view kOpening = "[headgate.io ";

std::string take(jetstream::Metadata& metadata, std::string_view key) {
    auto node = metadata.extract(std::string{key});
    return node ? std::move(node.mapped()) : std::string{};
}

std::optional<Signature> take_from(std::string& description) {
    const auto start = description.rfind(kOpening);
    if (start == std::string::npos || !description.ends_with(']')) {
        return std::nullopt;
    }
    std::vector<std::string> words;
    std::string_view rest{description};
    rest = rest.substr(start + kOpening.size());
    rest.remove_suffix(1);
    while (true) {
        const auto space = rest.find(' ');
        words.emplace_back(rest.substr(0, space));
        if (space == std::string_view::npos) {
            break;
        }
        rest.remove_prefix(space + 1);
    }
    if (words.size() != 4 ||
        std::any_of(words.begin(), words.end(), [](const auto& word) { return word.empty(); })) {
        return std::nullopt;
    }
    description.erase(start);
    if (description.ends_with(' ')) {
        description.pop_back();
    }
    return Signature{words[0], words[1], words[2], words[3], {}};
}

}  // namespace

Signature signature_of(std::string_view instance,
                       const resources::ObjectKey& key,
                       resources::DeletionPolicy policy) {
    return Signature{std::string{instance},
                     std::string{core::name_of(key.kind)},
                     key.ns + "/" + key.name,
                     std::string{core::name_of(policy)},
                     {}};
}

std::string start_of(const jetstream::ConsumerSettings& consumer) {
    std::string text{core::name_of(consumer.deliver_policy)};
    if (consumer.start_sequence) {
        text += " " + std::to_string(*consumer.start_sequence);
    }
    if (consumer.start_time) {
        text += " " + core::format_time(*consumer.start_time);
    }
    return text;
}

void set_start(jetstream::ConsumerSettings& consumer, const std::string& start) {
    const auto space = std::min(start.find(' '), start.size());
    auto declared = consumer;
    declared.start_sequence.reset();
    declared.start_time.reset();
    const auto policy = core::from_name<jetstream::DeliverPolicy>(start.substr(0, space));
    if (const auto rest = start.substr(std::min(space + 1, start.size())); !rest.empty()) {
        const auto time = core::parse_time(rest);
        time ? void(declared.start_time = *time)
             : void(declared.start_sequence = std::strtoull(rest.c_str(), nullptr, 10));
    }
    declared.deliver_policy = policy.value_or(consumer.deliver_policy);
    if (start_of(declared) == start) {
        consumer = std::move(declared);
    }
}

std::optional<resources::ObjectKey> signing_object(const Signature& signature) {
    const auto kind = core::from_name<resources::Kind>(signature.kind);
    const auto slash = signature.object.find('/');
    if (!kind || slash == std::string::npos) {
        return std::nullopt;
    }
    return resources::ObjectKey{
        *kind, signature.object.substr(0, slash), signature.object.substr(slash + 1)};
}

void sign(jetstream::Metadata& metadata,
          std::string& description,
          const Signature& signature,
          bool server_keeps_metadata) {
    if (!server_keeps_metadata) {
        description += (description.empty() ? "" : " ") + std::string{kOpening} +
                       signature.instance + " " + signature.kind + " " + signature.object + " " +
                       signature.deletion_policy + "]";
        return;
    }
    metadata[std::string{kInstanceKey}] = signature.instance;
    metadata[std::string{kKindKey}] = signature.kind;
    metadata[std::string{kObjectKey}] = signature.object;
    metadata[std::string{kPolicyKey}] = signature.deletion_policy;
    if (!signature.start.empty()) {
        metadata[std::string{kStartKey}] = signature.start;
    }
}

std::optional<Signature> take_signature(jetstream::Metadata& metadata, std::string& description) {
    Signature signed_by{take(metadata, kInstanceKey),
                        take(metadata, kKindKey),
                        take(metadata, kObjectKey),
                        take(metadata, kPolicyKey),
                        take(metadata, kStartKey)};
    if (!signed_by.instance.empty() && !signed_by.object.empty()) {
        // The description is the user's own then, whatever it looks like.
        return signed_by;
    }
    return take_from(description);
}

}  // namespace headgate::reconcilers
