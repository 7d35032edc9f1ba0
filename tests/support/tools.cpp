#include "tests/support/tools.hpp"

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace headgate::support {

namespace {

std::filesystem::path variable(const char* name) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in a test changes the environment
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

std::filesystem::path existing(std::filesystem::path path) {
    if (!std::filesystem::exists(path)) {
        throw std::runtime_error(path.string() + " is missing: `make tools` builds it");
    }
    return path;
}

}  // namespace

std::filesystem::path cache_dir() {
    if (auto own = variable("HEADGATE_CACHE"); !own.empty()) {
        return own;
    }
    if (const auto user = variable("XDG_CACHE_HOME"); !user.empty()) {
        return user / "headgate";
    }
    return variable("HOME") / ".cache/headgate";
}

std::filesystem::path tool(std::string_view name) {
    return existing(cache_dir() / "bin" / name);
}

std::filesystem::path schema(std::string_view name) {
    return existing(cache_dir() / "schemas" / name);
}

}  // namespace headgate::support
