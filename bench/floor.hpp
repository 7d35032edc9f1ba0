// The floor: what the servers themselves cost. A plain client with the operator's own libraries
// that knows each object's name beforehand, looks at nothing, and makes no request too many.
#pragma once

#include <memory>
#include <string>

#include "bench/template.hpp"
#include "jetstream/api.hpp"
#include "jetstream/nats/connection.hpp"
#include "kube/object.hpp"
#include "kube/rest/rest_client.hpp"

namespace headgate::bench {

/// A connection, and the API over it. Throws std::runtime_error where it does not come about.
struct Nats {
    explicit Nats(const std::string& url, jetstream::nats::Listening listening = {});

    std::unique_ptr<jetstream::nats::Connection> connection;
    std::unique_ptr<jetstream::Api> api;
};

/// Safe to use from many threads. Every failure throws std::runtime_error.
class Floor {
public:
    Floor(const std::string& kubeconfig,
          const std::string& nats,
          kube::ResourceType type,
          const Template& object,
          std::string condition);

    /// The object with a finalizer, which the floor's removal takes off.
    [[nodiscard]] core::Json object(const std::string& name) const;

    /// One JetStream create, one status patch. `settings`: as the template has them for this name,
    /// read before the clock runs.
    void make(const std::string& name, const jetstream::StreamSettings& settings);

    /// One JetStream delete, one finalizer patch.
    void remove(const std::string& name);

private:
    [[nodiscard]] kube::ObjectMeta meta(const std::string& name) const;

    kube::ResourceType type_;
    const Template& object_;
    std::string condition_;
    std::unique_ptr<kube::rest::RestClient> kube_;
    Nats nats_;
};

}  // namespace headgate::bench
