// manifest: one declaration as YAML text.
#pragma once

#include <string>

namespace headgate::e2e {

/// `spec` in flow style: "{subjects: [a], replicas: 1}".
[[nodiscard]] inline std::string manifest(const std::string& kind,
                                          const std::string& ns,
                                          const std::string& name,
                                          const std::string& spec) {
    return "---\napiVersion: headgate.io/v1alpha1\nkind: " + kind +
           "\nmetadata: {namespace: " + ns + ", name: " + name + "}\nspec: " + spec + "\n";
}

[[nodiscard]] inline std::string stream(const std::string& ns,
                                        const std::string& name,
                                        const std::string& spec) {
    return manifest("StreamConfig", ns, name, spec);
}

[[nodiscard]] inline std::string bucket(const std::string& ns,
                                        const std::string& name,
                                        const std::string& spec) {
    return manifest("StateBucket", ns, name, spec);
}

}  // namespace headgate::e2e
