// Where sources put the declarations they read: the loop of one connection, or the router that
// chooses among several.
#pragma once

#include <vector>

#include "reconcilers/declaration.hpp"

namespace headgate::controller {

class Intake {
public:
    Intake() = default;
    Intake(const Intake&) = delete;
    Intake& operator=(const Intake&) = delete;
    virtual ~Intake() = default;

    /// A declaration is new or was read again. Looked at when something moved that matters:
    /// generation, deletion, finalizers, Headgate's annotations; our own status write does not.
    virtual void changed(reconcilers::Declaration declaration) = 0;

    /// A declaration is no more.
    virtual void gone(const resources::ObjectKey& key) = 0;

    /// Null: there is none.
    [[nodiscard]] virtual reconcilers::DeclarationPtr find(
        const resources::ObjectKey& key) const = 0;

    [[nodiscard]] virtual std::vector<resources::ObjectKey> keys(resources::Kind kind) const = 0;
};

}  // namespace headgate::controller
