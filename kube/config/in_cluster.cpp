#include "kube/config/in_cluster.hpp"

#include "kube/config/text_file.hpp"

namespace headgate::kube::config {

core::Result<ConnectionSettings> in_cluster_settings(const std::string& host,
                                                     const std::string& port,
                                                     const std::filesystem::path& account) {
    if (host.empty() || port.empty()) {
        return core::Error{
            core::ErrorCode::NotFound,
            "not in a Kubernetes Pod: KUBERNETES_SERVICE_HOST and _PORT are not set"};
    }
    auto ca = read_text_file(account / "ca.crt");
    if (!ca) {
        return core::with_context("service account", ca.error());
    }
    if (const auto token = read_text_file(account / "token"); !token) {
        return core::with_context("service account", token.error());
    }
    const bool is_ipv6 = host.find(':') != std::string::npos;
    ConnectionSettings settings;
    settings.server = "https://" + (is_ipv6 ? "[" + host + "]" : host) + ":" + port;
    settings.ca_pem = std::move(*ca);
    settings.ca_file = (account / "ca.crt").string();
    settings.token_file = (account / "token").string();
    if (auto ns = read_text_file(account / "namespace")) {
        settings.ns = std::move(*ns);
    }
    return settings;
}

}  // namespace headgate::kube::config
