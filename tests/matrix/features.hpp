// What Headgate does, beside single fields, on a server: each a row of the page.
#pragma once

#include <string>
#include <vector>

#include "tests/matrix/fields.hpp"

namespace headgate::matrix {

struct Feature {
    std::string name;
    Verdict (*judge)(Server& server);
};

[[nodiscard]] const std::vector<Feature>& features();

}  // namespace headgate::matrix
