// Objects of the official operator into manifests of this one. What cannot carry over is said by
// object and path; nothing is lost without a word.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/json.hpp"

namespace headgate::convert {

inline constexpr std::string_view kOfficialVersion = "jetstream.nats.io/v1beta2";

struct Source {
    const core::Json* json = nullptr;
    std::string origin;  ///< "orders.yaml:14"
};

struct Finding {
    std::size_t object = 0;  ///< Among the sources.
    std::string path;        ///< "spec.maxAge"; empty: the object as a whole.
    std::string message;
};

struct Converted {
    std::size_t object = 0;
    core::Json manifest;
};

/// A consumer whose stream is none of the objects; an entry for the consumers of a StreamConfig.
struct Loose {
    std::size_t object = 0;
    std::string stream;
    core::Json consumer;
};

struct Conversion {
    std::vector<Converted> manifests;  ///< In the order of the objects.
    std::vector<Loose> loose;
    std::vector<Finding> problems;  ///< No manifest comes of an object that has one.
    std::vector<Finding> notes;
};

/// Streams and KeyValues become a manifest each, Consumers join their stream's: the one of that
/// name and account, of their own namespace if there are several.
[[nodiscard]] Conversion convert(std::span<const Source> sources);

}  // namespace headgate::convert
