// A whole file as text: certificates, tokens and kubeconfigs.
#pragma once

#include <filesystem>
#include <string>

#include "core/result.hpp"

namespace headgate::kube::config {

/// NotFound: it cannot be opened or read; the message names the path.
[[nodiscard]] core::Result<std::string> read_text_file(const std::filesystem::path& path);

}  // namespace headgate::kube::config
