// What becomes of each setting on a server: declared alone, added to what is there, and taken away.
#pragma once

#include <string>
#include <vector>

#include "reconcilers/resources/kind.hpp"
#include "tests/builders/random_specs.hpp"
#include "tests/matrix/workbench.hpp"

namespace headgate::matrix {

/// One setting, in the smallest spec that has it.
struct Case {
    resources::Kind kind;
    builders::Setting setting;
    std::string name;  ///< Of the object, and before everything in its spec.
    core::Json spec;
    core::Json without;
    /// First server generation that can hold the spec, as the field tables say.
    jetstream::ServerLevel needs;
};

/// Every setting of the kind, but for the defaults of enumerations; in specs that the server has
/// nothing else against. Throws std::logic_error for one that no valid spec was found with.
[[nodiscard]] std::vector<Case> cases(Server& server, resources::Kind kind);

/// A word of the page; problems are what is not as it must be anywhere.
struct Verdict {
    std::string word;
    std::vector<std::string> problems;
};

[[nodiscard]] Verdict judge(Server& server, const Case& one);

}  // namespace headgate::matrix
