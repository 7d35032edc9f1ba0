// What is generated of every kind for people and clusters: its CustomResourceDefinition and its
// reference page.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/json.hpp"

namespace headgate::resources {

struct Published {
    std::string plural;    ///< Names the file of the definition.
    std::string singular;  ///< Names the file of the page.
    std::shared_ptr<const core::Json> definition;
    std::string page;
};

[[nodiscard]] std::vector<Published> published();

}  // namespace headgate::resources
