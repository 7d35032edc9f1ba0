// Where the checkout and the build are. Only paths.cpp is compiled with their names, so that a
// compiler cache serves every other file of a clone elsewhere.
#pragma once

#include <filesystem>

namespace headgate::support {

[[nodiscard]] std::filesystem::path source_dir();
[[nodiscard]] std::filesystem::path binary_dir();

}  // namespace headgate::support
