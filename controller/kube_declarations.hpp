// Kubernetes objects as declarations, and the way back: status by server-side apply, the finalizer
// by a guarded patch.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/intake.hpp"
#include "controller/object_sink.hpp"
#include "controller/own_writes.hpp"
#include "core/call.hpp"
#include "core/result.hpp"
#include "kube/api.hpp"
#include "kube/object.hpp"
#include "reconcilers/declarations.hpp"

namespace headgate::controller {

/// Who owns the statuses that this program applies.
inline constexpr const char* kFieldManager = "headgate";

[[nodiscard]] kube::ResourceType resource_type(resources::Kind kind);

/// `before`, when it is the same generation of the same object, spares reading the spec again.
[[nodiscard]] reconcilers::Declaration to_declaration(resources::Kind kind,
                                                      const kube::Object& object,
                                                      const reconcilers::Declaration* before);

/// The objects of one kind, handed on as declarations.
class DeclaredObjects final : public ObjectSink {
public:
    /// Both must outlive it.
    DeclaredObjects(resources::Kind kind, Intake& intake, OwnWrites& own_writes)
        : kind_(kind), intake_(intake), own_writes_(own_writes) {}

    void put(const kube::Object& object) override;
    void put_listed(const kube::Object& object, OwnWrites::TimePoint asked) override;
    void remove(const ObjectPlace& place) override;
    [[nodiscard]] std::vector<ObjectPlace> places() const override;

private:
    void take(const kube::Object& object, std::optional<OwnWrites::TimePoint> asked);

    resources::Kind kind_;
    Intake& intake_;
    OwnWrites& own_writes_;
};

class KubeWriter final : public reconcilers::DeclarationWriter {
public:
    /// Both must outlive it; `own_writes` is that of the objects' sinks.
    KubeWriter(kube::Api& api, OwnWrites& own_writes) : api_(api), own_writes_(own_writes) {}

    core::Status write_status(const reconcilers::Declaration& of,
                              const resources::ObjectStatus& status,
                              const core::Call& call) override;
    core::Result<std::vector<std::string>> add_finalizer(const reconcilers::Declaration& to,
                                                         const core::Call& call) override;
    core::Result<std::vector<std::string>> remove_finalizer(const reconcilers::Declaration& from,
                                                            const core::Call& call) override;

private:
    kube::Api& api_;
    OwnWrites& own_writes_;
};

}  // namespace headgate::controller
