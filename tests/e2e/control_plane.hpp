// A Kubernetes API with Headgate installed as the chart does it: its definitions, and a
// ServiceAccount with the chart's rights and no more, which the operator under test runs as.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "tests/support/kube_api_server.hpp"

namespace headgate::e2e {

/// What `.status` says in brief.
struct Brief {
    std::string ready;  ///< Status of the condition Ready; empty: there is none.
    std::string reason;
    std::string message;
    bool current = false;  ///< It speaks of the object's latest generation.
};

class ControlPlane {
public:
    /// Who the operator is to the API server.
    static constexpr std::string_view kOperator = "system:serviceaccount:headgate-system:headgate";

    ControlPlane();

    [[nodiscard]] support::KubeApiServer& api() noexcept { return api_; }

    [[nodiscard]] const std::filesystem::path& operator_kubeconfig() const noexcept {
        return operator_kubeconfig_;
    }

    /// "controller" and the arguments that every operator here has, before `more`.
    [[nodiscard]] std::vector<std::string> controller(const std::string& server,
                                                      std::vector<std::string> more = {}) const;

    /// What `headgate crds` prints; done already at the start.
    void install_definitions() const;

    void make_namespace(const std::string& name) const;

    /// kubectl apply. Throws where it is refused.
    void apply(std::string_view yaml) const;

    /// kubectl apply, which is to be refused: what it said. Throws where it was not.
    [[nodiscard]] std::string refusal(std::string_view yaml) const;

    /// `object` as kubectl names it: "streamconfig/orders". Throws where there is none.
    [[nodiscard]] core::Json get(const std::string& ns, const std::string& object) const;

    [[nodiscard]] bool exists(const std::string& ns, const std::string& object) const;

    void remove(const std::string& ns, const std::string& object) const;

    void annotate(const std::string& ns, const std::string& object, const std::string& text) const;

    [[nodiscard]] Brief brief(const std::string& ns, const std::string& object) const;

    /// Waits until Ready has this reason for the latest generation. What it says instead, where it
    /// does not in time; empty: it does.
    [[nodiscard]] std::string wait_for(const std::string& ns,
                                       const std::string& object,
                                       std::string_view reason) const;

    /// "kind/namespace/name" of every object, with its resourceVersion.
    [[nodiscard]] std::map<std::string, std::string> versions() const;

    /// Objects by reason of Ready, over all namespaces; "" for those without a current status.
    [[nodiscard]] std::map<std::string, std::size_t> reasons() const;

    /// The operator's requests that were answered with this code.
    [[nodiscard]] std::size_t operator_answers(int code) const;

    /// The operator's writes to each object, by "resource/namespace/name":
    /// "streamconfigs/agents/orders".
    [[nodiscard]] std::map<std::string, int> operator_writes() const;

private:
    [[nodiscard]] std::vector<core::Json> all() const;

    support::KubeApiServer api_;
    std::filesystem::path operator_kubeconfig_;
};

}  // namespace headgate::e2e
