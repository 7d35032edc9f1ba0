#include "kube/config/text_file.hpp"

#include <fstream>
#include <iterator>

namespace headgate::kube::config {

core::Result<std::string> read_text_file(const std::filesystem::path& path) {
    try {
        std::ifstream file{path, std::ios::binary};
        std::string text{std::istreambuf_iterator<char>{file}, {}};
        if (file.is_open()) {
            return text;
        }
    } catch (const std::ios_base::failure&) {
        // A folder opens, and only reading it fails.
    }
    return core::Error{core::ErrorCode::NotFound, "cannot read " + path.string()};
}

}  // namespace headgate::kube::config
