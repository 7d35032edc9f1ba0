// A replica's part in the leader election of `headgate controller`: which Lease, by what name of
// its own, over a connection to the cluster that nothing else waits on.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "cli/app.hpp"
#include "cli/options.hpp"
#include "controller/leader.hpp"
#include "controller/metrics.hpp"
#include "core/log.hpp"
#include "core/result.hpp"

namespace headgate::cli {

class Candidacy {
public:
    /// Takes no part yet. All references must outlive it. Errors as KubeAccess::open.
    [[nodiscard]] static core::Result<std::unique_ptr<Candidacy>> open(const Options& options,
                                                                       controller::Metrics& metrics,
                                                                       const core::Log& log);

    /// Takes part from now on; `duty` as Elector has it, its on_change aside. Call once.
    void campaign(controller::Duty duty);

    /// As Elector::resign.
    void resign() { elector_->resign(); }

    [[nodiscard]] std::chrono::steady_clock::time_point may_act_until() const {
        return elector_->may_act_until();
    }

    /// "standby: <holder> leads"; empty: this one leads.
    [[nodiscard]] std::string standby() const;

private:
    Candidacy(std::unique_ptr<KubeAccess> cluster,
              const LeaderOptions& options,
              controller::Metrics& metrics,
              const core::Log& log);

    std::unique_ptr<KubeAccess> cluster_;
    controller::Metrics& metrics_;
    std::string name_;
    std::unique_ptr<controller::Elector> elector_;
};

}  // namespace headgate::cli
