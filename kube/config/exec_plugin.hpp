// Credential plugins of a kubeconfig (client.authentication.k8s.io, v1 and v1beta1): a program that
// is run, without a shell and without a terminal, and prints an ExecCredential.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/json.hpp"
#include "core/result.hpp"
#include "kube/connection_settings.hpp"

namespace headgate::kube::config {

struct ExecPlugin {
    std::string api_version;
    std::string command;  ///< A path, or a name that $PATH is searched for.
    std::vector<std::string> args;
    std::vector<std::pair<std::string, std::string>> env;  ///< Beside this program's own.
    std::string install_hint;                              ///< For a person who lacks the program.
    core::Json cluster;  ///< spec.cluster of what it is told; null: provideClusterInfo is not set.
};

/// Runs it and waits for its end. Forbidden: it is not there, fails, takes longer than `limit` (it
/// is ended then) or prints no credential; the message has what it wrote on standard error.
[[nodiscard]] core::Result<Credential> run(const ExecPlugin& plugin,
                                           std::chrono::milliseconds limit = std::chrono::seconds{
                                               60});

/// Reads what a plugin of that version printed. Forbidden: it is no credential.
[[nodiscard]] core::Result<Credential> parse_credential(const std::string& printed,
                                                        std::string_view api_version);

}  // namespace headgate::kube::config
