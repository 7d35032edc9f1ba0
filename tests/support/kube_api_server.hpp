// A real Kubernetes control plane without nodes: etcd and kube-apiserver on loopback, RBAC on.
// Objects are stored, validated, watched and authorised as in any cluster; no Pod ever starts.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "tests/support/free_port.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

namespace headgate::support {

class KubeApiServer {
public:
    /// Starts both and waits until /readyz says ok (3 to 4 seconds on two cores). Throws
    /// std::runtime_error with the end of the log where it does not.
    KubeApiServer();

    /// "https://127.0.0.1:PORT", the same before and after a restart.
    [[nodiscard]] std::string url() const { return "https://" + port_.address(); }

    [[nodiscard]] std::uint16_t port() const noexcept { return port_.number(); }

    /// PEM file a client checks the server with.
    [[nodiscard]] std::filesystem::path ca_file() const { return dir_ / "certs/apiserver.crt"; }

    /// Bearer token of a cluster administrator.
    [[nodiscard]] const std::string& admin_token() const noexcept { return admin_token_; }

    [[nodiscard]] std::filesystem::path admin_kubeconfig() const {
        return dir_ / "admin.kubeconfig";
    }

    [[nodiscard]] const TempDir& dir() const noexcept { return dir_; }

    /// Writes a kubeconfig for `token` into this server's folder and gives its path.
    std::filesystem::path kubeconfig(std::string_view name, std::string_view token) const;

    /// A token of an existing ServiceAccount: exactly the rights that RBAC gives it.
    [[nodiscard]] std::string token_for(std::string_view ns,
                                        std::string_view service_account) const;

    /// kubectl as administrator with `input` on stdin ("apply", "-f", "-"); whatever its exit code.
    [[nodiscard]] Output kubectl(std::vector<std::string> args, std::string_view input = {}) const;

    /// As kubectl. Throws std::runtime_error with what it said where it fails.
    std::string kubectl_ok(const std::vector<std::string>& args, std::string_view input = {}) const;

    /// As kubectl_ok with "-o json", parsed.
    [[nodiscard]] core::Json kubectl_json(std::vector<std::string> args) const;

    /// Every request served so far, as the audit log has it (stage ResponseComplete and, for
    /// watches, ResponseStarted): user.username, verb, objectRef, responseStatus.code.
    [[nodiscard]] std::vector<core::Json> audit() const;

    /// Requests of `user` that change something (create, update, patch, delete), leases left out.
    [[nodiscard]] std::size_t writes_by(std::string_view user) const;

    /// A clean end of the API server; etcd and its data stay.
    void stop();

    /// An end of the API server without warning.
    void kill();

    /// Starts it again on the same port and waits; ends it first where it runs.
    void restart();

    /// Alive and connected, but answering nothing; and back.
    void pause() { server_.pause(); }

    void resume() const { server_.resume(); }

    [[nodiscard]] std::string log() const;

private:
    void start_etcd();
    void start();
    void wait_until_ready();

    TempDir dir_;
    FreePort etcd_client_;
    FreePort etcd_peer_;
    FreePort port_;
    std::string admin_token_;
    Process etcd_;
    Process server_;
};

}  // namespace headgate::support
