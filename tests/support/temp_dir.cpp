#include "tests/support/temp_dir.hpp"

#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace headgate::support {

TempDir::TempDir() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "headgate-test-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
        throw std::runtime_error("make " + pattern + ": " + std::generic_category().message(errno));
    }
    path_ = pattern;
}

TempDir::TempDir(TempDir&& other) noexcept : path_(std::exchange(other.path_, {})) {}

TempDir& TempDir::operator=(TempDir&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
}

TempDir::~TempDir() {
    if (path_.empty()) {
        return;
    }
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in a test changes the environment
    if (std::getenv("HEADGATE_KEEP_TEMP") != nullptr) {
        std::cerr << "kept " << path_.string() << '\n';
        return;
    }
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace headgate::support
