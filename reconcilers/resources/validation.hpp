// Checks that both kinds share.
#pragma once

#include <string>
#include <string_view>

#include "core/fields/field.hpp"
#include "jetstream/settings.hpp"

namespace headgate::resources {

/// Collects problems under `spec.`.
class Findings {
public:
    void add(std::string_view path, std::string message) {
        problems_.push_back(fields::Problem{"spec." + std::string{path}, std::move(message)});
    }

    /// Adds the problem when `wrong` holds.
    void require_not(bool wrong, std::string_view path, std::string_view message) {
        if (wrong) {
            add(path, std::string{message});
        }
    }

    [[nodiscard]] fields::Problems take() { return std::move(problems_); }

private:
    fields::Problems problems_;
};

/// Keys that belong to Headgate or to the server.
inline void check_metadata(const jetstream::Metadata& metadata,
                           const std::string& path,
                           Findings& findings) {
    for (const auto& [key, value] : metadata) {
        findings.require_not(key.starts_with("headgate.io/") || key.starts_with("_nats."),
                             path + "." + key,
                             "is a key that Headgate or the server writes; choose another");
    }
}

}  // namespace headgate::resources
