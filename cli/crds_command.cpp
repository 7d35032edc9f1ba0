#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "files/yaml.hpp"
#include "reconcilers/resources/kind.hpp"
#include "reconcilers/resources/published.hpp"

namespace headgate::cli {

namespace {

bool write_file(const std::filesystem::path& path,
                const std::string& text,
                const Console& console) {
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    std::ofstream file{path, std::ios::binary | std::ios::trunc};
    file << text;
    file.close();
    if (!file) {
        console.complain("headgate: cannot write " + path.string() + "\n");
    }
    return static_cast<bool>(file);
}

}  // namespace

int run_crds(const Options& options, const Console& console) {
    bool good = true;
    std::string printed;
    for (const auto& kind : resources::published()) {
        const auto yaml = files::to_yaml(*kind.definition);
        if (!options.crds_dir.empty()) {
            const auto file = std::string{resources::kGroup} + "_" + kind.plural + ".yaml";
            good =
                write_file(std::filesystem::path{options.crds_dir} / file, yaml, console) && good;
        }
        if (!options.reference_dir.empty()) {
            good =
                write_file(std::filesystem::path{options.reference_dir} / (kind.singular + ".md"),
                           kind.page,
                           console) &&
                good;
        }
        printed += "---\n" + yaml;
    }
    if (options.crds_dir.empty() && options.reference_dir.empty()) {
        console.print(printed);
    }
    return good ? 0 : 1;
}

}  // namespace headgate::cli
