// Names on a NATS server, each a type of its own.
#pragma once

#include <string>
#include <string_view>

#include "core/strong.hpp"

namespace headgate::jetstream {

using StreamName = core::Strong<struct StreamNameTag, std::string>;
using ConsumerName = core::Strong<struct ConsumerNameTag, std::string>;

/// The stream behind a KV bucket (ADR-8): "KV_" and the bucket's name.
[[nodiscard]] inline StreamName stream_of_bucket(const std::string& bucket) {
    return StreamName{"KV_" + bucket};
}

/// The bucket of a stream's name; empty: it is none of a bucket.
[[nodiscard]] inline std::string bucket_of_stream(const StreamName& stream) {
    constexpr std::string_view kPrefix = "KV_";
    return stream.value().starts_with(kPrefix) ? stream.value().substr(kPrefix.size())
                                               : std::string{};
}

/// The prefix of the JetStream API of a domain, as other domains reach it.
[[nodiscard]] inline std::string api_of_domain(const std::string& domain) {
    return "$JS." + domain + ".API";
}

/// The domain of such a prefix; empty: it is another one.
[[nodiscard]] inline std::string domain_of(std::string_view api) {
    constexpr std::string_view kBefore = "$JS.";
    constexpr std::string_view kBehind = ".API";
    if (api.size() <= kBefore.size() + kBehind.size() || !api.starts_with(kBefore) ||
        !api.ends_with(kBehind)) {
        return {};
    }
    const auto domain = api.substr(kBefore.size(), api.size() - kBefore.size() - kBehind.size());
    return domain.find('.') == std::string_view::npos ? std::string{domain} : std::string{};
}

}  // namespace headgate::jetstream
