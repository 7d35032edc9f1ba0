// What the CustomResourceDefinition and the reference page of a kind are made of. Include only
// where schemas are instantiated.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/fields/schema.hpp"
#include "core/json.hpp"
#include "reconcilers/resources/kind.hpp"

namespace headgate::resources {

/// What a definition and a page are made of.
struct KindParts {
    std::string_view kind;
    KindNames names;
    std::string_view summary;
    std::string_view conventions;  ///< How its fields are written, for the page.
    core::Json columns;
    core::Json schema;
    std::vector<fields::ReferenceRow> rows;
};

/// apiextensions.k8s.io/v1.
[[nodiscard]] core::Json definition(const KindParts& parts);

/// As Markdown.
[[nodiscard]] std::string page(const KindParts& parts);

/// A printer column.
[[nodiscard]] core::Json column(std::string_view name,
                                std::string_view type,
                                std::string_view path);

/// The schema of a whole object.
[[nodiscard]] core::Json root_schema(std::string_view summary,
                                     core::Json spec,
                                     core::Json status,
                                     core::Json rules);

}  // namespace headgate::resources
