// A kube-apiserver with its etcd and a nats-server, new for each round, and what they have counted.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "bench/client.hpp"
#include "bench/options.hpp"
#include "bench/template.hpp"
#include "core/json.hpp"
#include "tests/e2e/control_plane.hpp"
#include "tests/support/nats_server.hpp"

namespace headgate::bench {

/// Since the servers' start.
struct Counts {
    double writes = 0;    ///< Of the measured kind, all clients: POST, PUT, PATCH, APPLY, DELETE.
    double events = 0;    ///< Writes of Events.
    double leases = 0;    ///< Writes of Leases, the API server's own among them.
    double requests = 0;  ///< JetStream API requests.

    friend Counts operator-(const Counts& left, const Counts& right) {
        return {.writes = left.writes - right.writes,
                .events = left.events - right.events,
                .leases = left.leases - right.leases,
                .requests = left.requests - right.requests};
    }
};

class Servers {
public:
    explicit Servers(const Options& options);

    /// With the rights that the operator has, and the floor too.
    [[nodiscard]] std::string kubeconfig() const { return kubeconfig_; }

    [[nodiscard]] std::string admin_kubeconfig() const { return kube_.api().admin_kubeconfig(); }

    [[nodiscard]] std::string nats_url() const { return nats_.url(); }

    [[nodiscard]] const kube::ResourceType& type() const { return client_->type(); }

    /// An administrator.
    [[nodiscard]] Client& client() { return *client_; }

    [[nodiscard]] Counts counts();

    /// Streams there are.
    [[nodiscard]] std::size_t streams() const;

    /// Of kube-apiserver, etcd, nats-server.
    [[nodiscard]] core::Json versions();

private:
    [[nodiscard]] kube::ResourceType type_of(const Template& object) const;
    [[nodiscard]] core::Json monitoring(const std::string& path) const;

    mutable e2e::ControlPlane kube_;
    support::NatsServer nats_;
    std::string kubeconfig_;
    std::unique_ptr<Client> client_;
};

}  // namespace headgate::bench
