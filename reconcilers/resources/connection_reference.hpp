// Which NATS system a declaration is about; the same field in every kind.
#pragma once

#include <optional>
#include <string>

#include "core/fields/field.hpp"

namespace headgate::resources {

struct ConnectionReference {
    std::string name;
    std::string ns;  ///< Empty: the declaration's own.

    friend bool operator==(const ConnectionReference&, const ConnectionReference&) = default;
};

}  // namespace headgate::resources

template <>
struct headgate::fields::Table<headgate::resources::ConnectionReference> {
    using T = headgate::resources::ConnectionReference;
    static constexpr auto kFields = std::tuple{
        Field{"name",
              "",
              &T::name,
              "Name of the NatsConnection.",
              Rules{.required = true, .pattern = "[a-z0-9]([-a-z0-9.]*[a-z0-9])?"}},
        Field{"namespace",
              "",
              &T::ns,
              "Its namespace; it has to allow this object's.",
              Rules{.max_length = 63,
                    .pattern = "[a-z0-9]([-a-z0-9]*[a-z0-9])?",
                    .absent = "the object's own"}},
    };
};
