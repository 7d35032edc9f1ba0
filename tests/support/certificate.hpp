// Certificates for tests, by openssl.
#pragma once

#include <filesystem>
#include <string>

namespace headgate::support {

/// Writes one that signs itself, for `name` and the address 127.0.0.1, and its key (PEM). Throws
/// std::runtime_error with what openssl said.
void make_certificate(const std::string& name,
                      const std::filesystem::path& certificate,
                      const std::filesystem::path& key);

}  // namespace headgate::support
