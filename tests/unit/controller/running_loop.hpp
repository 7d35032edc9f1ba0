// The whole loop over both fakes, as `headgate controller` puts it together.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "controller/kube_declarations.hpp"
#include "controller/metrics.hpp"
#include "controller/reflector.hpp"
#include "controller/runtime.hpp"
#include "core/log.hpp"
#include "reconcilers/reconciler.hpp"
#include "tests/fakes/fake_jetstream.hpp"
#include "tests/fakes/fake_kube.hpp"
#include "tests/support/eventually.hpp"

namespace headgate::controller {

class RunningLoop {
public:
    explicit RunningLoop(fakes::FakeKube& kube,
                         fakes::FakeJetStream& jetstream,
                         RuntimeOptions options = {.workers = 4, .resync = std::chrono::hours{1}})
        : writer_(kube, own_writes_),
          reconciler_(jetstream, declarations_, writer_, {}),
          runtime_(declarations_, reconciler_, metrics_, log_, options) {
        for (const auto kind : resources::kKinds) {
            objects_.push_back(std::make_unique<DeclaredObjects>(kind, runtime_, own_writes_));
            reflectors_.push_back(std::make_unique<Reflector>(
                resource_type(kind), kube::Scope{}, kube, *objects_.back(), log_, [this] {
                    if (++synced_ == static_cast<int>(resources::kKinds.size())) {
                        runtime_.start();
                    }
                }));
        }
    }

    ~RunningLoop() {
        reflectors_.clear();
        runtime_.stop();
    }

    Runtime& runtime() { return runtime_; }

    reconcilers::Declarations& declarations() { return declarations_; }

    Metrics& metrics() { return metrics_; }

    OwnWrites& own_writes() { return own_writes_; }

    /// Every key has been worked on, and the store has seen `name` with this reason.
    bool settles_on(const std::string& name, std::string_view reason) {
        return support::eventually([&] {
            const auto declaration =
                declarations_.find({resources::Kind::StreamConfig, "team", name});
            return declaration &&
                   declaration->status.reason() == core::from_name<resources::Reason>(reason);
        });
    }

private:
    core::Log log_{core::LogFormat::Text, core::LogLevel::Off};
    Metrics metrics_{{"test", "test"}};
    reconcilers::Declarations declarations_;
    OwnWrites own_writes_;
    KubeWriter writer_;
    reconcilers::Reconciler reconciler_;
    Runtime runtime_;
    std::atomic<int> synced_{0};
    std::vector<std::unique_ptr<DeclaredObjects>> objects_;
    std::vector<std::unique_ptr<Reflector>> reflectors_;
};

}  // namespace headgate::controller
