// TempDir: a folder of its own for one test, removed with everything in it at the end.
#pragma once

#include <filesystem>

namespace headgate::support {

class TempDir {
public:
    /// Under $TMPDIR or /tmp. Throws std::runtime_error.
    TempDir();

    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    TempDir(TempDir&& other) noexcept;
    TempDir& operator=(TempDir&& other) noexcept;

    /// Keeps the folder, and says where it is, when HEADGATE_KEEP_TEMP is set.
    ~TempDir();

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

    /// A path inside it.
    [[nodiscard]] std::filesystem::path operator/(const std::filesystem::path& name) const {
        return path_ / name;
    }

private:
    std::filesystem::path path_;
};

}  // namespace headgate::support
