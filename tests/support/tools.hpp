// Where the pinned programs of the tests are: what `make tools` builds into the cache folder.
#pragma once

#include <filesystem>
#include <string_view>

namespace headgate::support {

/// Server versions the tests run against, as their pinned modules in tests/tools say. Those in
/// between are for `make test-matrix` only.
inline constexpr std::string_view kNats = "2.15.2";
inline constexpr std::string_view kNats214 = "2.14.9";
inline constexpr std::string_view kNats212 = "2.12.15";
inline constexpr std::string_view kNats211 = "2.11.17";
inline constexpr std::string_view kNats210 = "2.10.27";
inline constexpr std::string_view kNats29 = "2.9.25";
/// Version of jsm.go whose schemas are the official ones.
inline constexpr std::string_view kSchemas = "0.5.1";

/// $HEADGATE_CACHE, else `headgate` in the user's cache folder.
[[nodiscard]] std::filesystem::path cache_dir();

/// A program (or folder of test data) by name ("kubectl") or name and version
/// ("nats-server-2.15.2"). Throws std::runtime_error naming the command that builds it: a missing
/// tool fails a test, it never skips one.
[[nodiscard]] std::filesystem::path tool(std::string_view name);

/// A file that says what a configuration may hold ("0.5.1/stream_configuration.json",
/// "nats-server-2.15.2/StreamConfig"). Throws as `tool` does.
[[nodiscard]] std::filesystem::path schema(std::string_view name);

}  // namespace headgate::support
