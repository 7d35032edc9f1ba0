// The objects that are measured: a manifest with places for name and deletion policy, of any kind
// that the API server knows.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/json.hpp"
#include "jetstream/names.hpp"
#include "jetstream/settings.hpp"

namespace headgate::bench {

/// Where all objects are.
inline constexpr std::string_view kNamespace = "bench";

/// "s-00017", the name of an object. Sets of objects have letters of their own.
[[nodiscard]] std::string object_name(char set, std::size_t number);

class Template {
public:
    /// Throws std::runtime_error where the file cannot be read or is no manifest. `stream` is the
    /// name on the server, with {name} in it.
    Template(const std::filesystem::path& file, std::string stream);

    /// The whole object.
    [[nodiscard]] core::Json object(const std::string& name, std::string_view policy) const;

    [[nodiscard]] std::string api_version() const;
    [[nodiscard]] std::string kind() const;

    [[nodiscard]] jetstream::StreamName stream_name(const std::string& name) const;

    /// What the floor makes on the server for it. Of a kind that Headgate does not know, a stream
    /// with one subject.
    [[nodiscard]] jetstream::StreamSettings settings(const std::string& name) const;

    /// Of Headgate's own group.
    [[nodiscard]] bool is_ours() const;

private:
    std::string text_;
    std::string stream_;
};

}  // namespace headgate::bench
