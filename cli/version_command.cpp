#include <string>

#include "cli/build_info.hpp"
#include "cli/commands.hpp"

namespace headgate::cli {

int run_version(const Console& console) {
    auto text = "headgate " + std::string{kVersion} + "\ncommit   " + std::string{kCommit} + "\n";
    for (const auto& [name, version] : kLibraries) {
        text += "library  " + std::string{name} + " " + std::string{version} + "\n";
    }
    console.print(text);
    return 0;
}

}  // namespace headgate::cli
