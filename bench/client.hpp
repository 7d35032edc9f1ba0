// The harness's own hands: it declares and deletes objects as their users do, reads what the
// servers count, and does many things at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "core/json.hpp"
#include "kube/object.hpp"
#include "kube/request.hpp"
#include "kube/rest/connection.hpp"

namespace headgate::bench {

/// Calls `work` with 0 to count - 1, `workers` of them at a time, and waits for all. Throws what
/// the first that failed has thrown.
void in_parallel(std::size_t workers,
                 std::size_t count,
                 const std::function<void(std::size_t)>& work);

/// Every failure throws std::runtime_error.
class Client {
public:
    Client(const std::string& kubeconfig, kube::ResourceType type);

    [[nodiscard]] const kube::ResourceType& type() const { return type_; }

    /// Makes the object, or changes it.
    void apply(const core::Json& object);

    /// Asks for its deletion. One that is gone already is none.
    void remove(const std::string& name);

    [[nodiscard]] std::string get(const std::string& path);

private:
    std::string send(const kube::Request& request);
    [[nodiscard]] std::string path_of(const std::string& name) const;

    kube::ResourceType type_;
    std::unique_ptr<kube::rest::Connection> connection_;
};

}  // namespace headgate::bench
