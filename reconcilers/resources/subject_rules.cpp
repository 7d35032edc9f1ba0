#include "reconcilers/resources/subject_rules.hpp"

#include "jetstream/compare.hpp"

namespace headgate::resources {

void check_transform(const std::string& source,
                     const std::string& destination,
                     const std::string& path,
                     Findings& findings) {
    if (destination.empty()) {
        return;
    }
    const bool all = source.empty() || source == ">" || source.ends_with(".>");
    const bool to_all = destination == ">" || destination.ends_with(".>");
    findings.require_not(all != to_all,
                         path + ".destination",
                         all ? "must end in > like the source, which is > where it is left out"
                             : "must not end in >, since the source does not");
    findings.require_not(("." + destination + ".").find(".*.") != std::string::npos,
                         path + ".destination",
                         "must not have the wildcard *; {{wildcard(1)}} stands for the source's "
                         "first");
}

void check_republish(const jetstream::Republish& republish,
                     const std::vector<std::string>& subjects,
                     Findings& findings) {
    check_transform(republish.source, republish.destination, "republish", findings);
    for (const auto& subject : subjects) {
        findings.require_not(jetstream::overlap(republish.destination, subject),
                             "republish.destination",
                             "overlaps with \"" + subject +
                                 "\", which the stream itself stores: that would never end");
    }
}

void check_external(const jetstream::ExternalStream& external,
                    const std::string& path,
                    Findings& findings) {
    const auto check = [&](const std::string& subject, std::string_view field) {
        findings.require_not(subject.find_first_of("*>") != std::string::npos,
                             path + ".external." + std::string{field},
                             "must not have wildcards");
    };
    check(external.api, "api");
    check(external.deliver, "deliver");
}

void check_disjoint(const std::vector<std::string>& subjects,
                    const std::string& path,
                    Findings& findings) {
    for (std::size_t i = 0; i < subjects.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            findings.require_not(
                jetstream::overlap(subjects[i], subjects[j]),
                path + "[" + std::to_string(i) + "]",
                "\"" + subjects[i] + "\" overlaps with \"" + subjects[j] + "\" of the same list");
        }
    }
}

void check_copied(const std::vector<jetstream::SubjectTransform>& transforms,
                  const std::string& path,
                  Findings& findings) {
    for (std::size_t i = 0; i < transforms.size(); ++i) {
        const auto place = path + ".subjectTransforms[" + std::to_string(i) + "]";
        check_transform(transforms[i].source, transforms[i].destination, place, findings);
        for (std::size_t j = 0; j < i; ++j) {
            findings.require_not(jetstream::overlap(transforms[i].source, transforms[j].source),
                                 place + ".source",
                                 "overlaps with the source of another transform of the list");
        }
    }
}

}  // namespace headgate::resources
