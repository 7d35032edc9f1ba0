// Which loop a declaration belongs to: one for each NATS system, so that what is slow or gone on
// one never holds up another. Any thread.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "controller/intake.hpp"
#include "controller/object_sink.hpp"
#include "core/guarded.hpp"

namespace headgate::controller {

/// Namespace and name of a NatsConnection.
using ConnectionKey = ObjectPlace;

/// The NatsConnection that a valid declaration names; none: the operator's own connection.
[[nodiscard]] std::optional<ConnectionKey> connection_of(
    const reconcilers::Declaration& declaration);

class Router final : public Intake {
public:
    /// Gives the loop of a connection. It must outlive the router.
    using LoopOf = std::function<Intake&(const std::optional<ConnectionKey>&)>;

    explicit Router(LoopOf loop_of);

    /// An invalid one stays where it was.
    void changed(reconcilers::Declaration declaration) override;
    void gone(const resources::ObjectKey& key) override;
    [[nodiscard]] reconcilers::DeclarationPtr find(const resources::ObjectKey& key) const override;
    [[nodiscard]] std::vector<resources::ObjectKey> keys(resources::Kind kind) const override;

    /// The loop of this connection is another one now: what names it moves there.
    void reroute(const ConnectionKey& key);

private:
    /// The loop that has it; null: none.
    [[nodiscard]] Intake* holder(const resources::ObjectKey& key) const;
    [[nodiscard]] std::vector<Intake*> loops() const;
    Intake& loop(const std::optional<ConnectionKey>& key);

    void route(reconcilers::Declaration declaration);

    LoopOf loop_of_;
    std::mutex routing_;  ///< A declaration is moved by one thread at a time.
    core::Guarded<std::vector<Intake*>> loops_;
};

}  // namespace headgate::controller
