// Where what a declaration names is kept, and what Headgate may do with it; the same fields in
// every kind.
#pragma once

#include <array>
#include <optional>

#include "core/fields/field.hpp"
#include "core/names.hpp"
#include "reconcilers/resources/connection_reference.hpp"

namespace headgate::resources {

enum class DeletionPolicy { Retain, DeleteIfEmpty, Delete };
enum class AdoptionPolicy { Never, IfMatching, Always };
enum class ManagementPolicy { Manage, Observe };

struct Policies {
    std::optional<ConnectionReference> connection;
    DeletionPolicy deletion = DeletionPolicy::Retain;
    AdoptionPolicy adoption = AdoptionPolicy::Never;
    ManagementPolicy management = ManagementPolicy::Manage;

    friend bool operator==(const Policies&, const Policies&) = default;
};

}  // namespace headgate::resources

template <>
struct headgate::core::Names<headgate::resources::DeletionPolicy> {
    using E = headgate::resources::DeletionPolicy;
    static constexpr std::array kAll{Name<E>{E::Retain, "Retain"},
                                     Name<E>{E::DeleteIfEmpty, "DeleteIfEmpty"},
                                     Name<E>{E::Delete, "Delete"}};
};

template <>
struct headgate::core::Names<headgate::resources::AdoptionPolicy> {
    using E = headgate::resources::AdoptionPolicy;
    static constexpr std::array kAll{Name<E>{E::Never, "Never"},
                                     Name<E>{E::IfMatching, "IfMatching"},
                                     Name<E>{E::Always, "Always"}};
};

template <>
struct headgate::core::Names<headgate::resources::ManagementPolicy> {
    using E = headgate::resources::ManagementPolicy;
    static constexpr std::array kAll{Name<E>{E::Manage, "Manage"}, Name<E>{E::Observe, "Observe"}};
};

template <>
struct headgate::fields::Table<headgate::resources::Policies> {
    using T = headgate::resources::Policies;
    static constexpr auto kFields = std::tuple{
        Field{"connection",
              "",
              &T::connection,
              "The NATS system it is kept on, known to `headgate controller` only.",
              Rules{.immutable = true, .absent = "the operator's own"}},
        Field{"deletionPolicy",
              "",
              &T::deletion,
              "What happens to the stream when this object is deleted. DeleteIfEmpty waits for as "
              "long as a stream holds messages, a bucket live keys.",
              Rules{.defaulted = true}},
        Field{"adoptionPolicy",
              "",
              &T::adoption,
              "Whether an existing stream that nobody signed is taken over.",
              Rules{.defaulted = true}},
        Field{"managementPolicy",
              "",
              &T::management,
              "Observe compares and reports, and changes nothing.",
              Rules{.defaulted = true}},
    };
};
