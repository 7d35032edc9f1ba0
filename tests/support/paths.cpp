#include "tests/support/paths.hpp"

namespace headgate::support {

std::filesystem::path source_dir() {
    return HEADGATE_SOURCE_DIR;
}

std::filesystem::path binary_dir() {
    return HEADGATE_BINARY_DIR;
}

}  // namespace headgate::support
