// What a server refuses of subjects, whatever it holds.
#pragma once

#include <string>
#include <vector>

#include "jetstream/settings.hpp"
#include "reconcilers/resources/validation.hpp"

namespace headgate::resources {

/// nats-server: NewSubjectTransform, where an empty source is ">".
void check_transform(const std::string& source,
                     const std::string& destination,
                     const std::string& path,
                     Findings& findings);

/// Nothing may be published back into `subjects`, the stream's own.
void check_republish(const jetstream::Republish& republish,
                     const std::vector<std::string>& subjects,
                     Findings& findings);
void check_external(const jetstream::ExternalStream& external,
                    const std::string& path,
                    Findings& findings);

/// No two may match the same subject (10052 for a stream, 10138 for a consumer).
void check_disjoint(const std::vector<std::string>& subjects,
                    const std::string& path,
                    Findings& findings);

/// Rules for all that is copied, of one mirror or of all sources, and how it is renamed.
void check_copied(const std::vector<jetstream::SubjectTransform>& transforms,
                  const std::string& path,
                  Findings& findings);

}  // namespace headgate::resources
