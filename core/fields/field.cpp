#include "core/fields/field.hpp"

namespace headgate::fields {

std::string describe(const Problems& problems) {
    std::string text;
    for (const auto& problem : problems) {
        text += (text.empty() ? "" : "; ") + problem.path + ": " + problem.message;
    }
    return text;
}

}  // namespace headgate::fields
