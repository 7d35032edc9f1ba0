// How a Pod reaches its API server: two environment variables, passed in as values, and the files
// of its service account.
#pragma once

#include <filesystem>
#include <string>

#include "core/result.hpp"
#include "kube/connection_settings.hpp"

namespace headgate::kube::config {

/// `host` and `port` are KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT. NotFound: they are
/// empty, or the token or ca.crt of the service account cannot be read: not in a Pod, or one
/// without automountServiceAccountToken.
[[nodiscard]] core::Result<ConnectionSettings> in_cluster_settings(
    const std::string& host,
    const std::string& port,
    const std::filesystem::path& account = "/var/run/secrets/kubernetes.io/serviceaccount");

}  // namespace headgate::kube::config
