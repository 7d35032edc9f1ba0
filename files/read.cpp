#include "files/read.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <set>
#include <sys/stat.h>
#include <system_error>
#include <tuple>
#include <unistd.h>
#include <utility>

#include "files/utf8.hpp"
#include "files/yaml.hpp"

namespace headgate::files {

namespace {

namespace fs = std::filesystem;

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}

    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    ~Descriptor() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }

    [[nodiscard]] int get() const { return fd_; }

private:
    int fd_;
};

std::string reason(int error) {
    return std::generic_category().message(error);
}

bool is_manifest(const fs::path& path) {
    const auto extension = path.extension();
    return extension == ".yaml" || extension == ".yml" || extension == ".json";
}

bool is_hidden(const fs::path& path) {
    return path.filename().native().substr(0, 1) == ".";
}

/// Where a path came from decides what it may be.
enum class Found { Named, InDirectory };

class Reader {
public:
    Reader(std::string_view standard_input, const Visitor& visitor)
        : standard_input_(standard_input), visitor_(visitor) {}

    void read(const std::string& path) {
        if (path == "-") {
            read_standard_input();
            return;
        }
        std::error_code error;
        const auto status = fs::status(path, error);
        if (status.type() == fs::file_type::directory) {
            read_directory(path);
        } else if (status.type() == fs::file_type::not_found) {
            problem(path, "there is no such file or directory");
        } else if (error) {
            problem(path, "cannot be read: " + error.message());
        } else {
            read_file(path, Found::Named);
        }
    }

    ReadFiles finish() && { return std::move(read_); }

private:
    void problem(const fs::path& path, std::string message) {
        read_.problems.push_back(
            {.file = printable(path.native()), .message = std::move(message), .whole_file = true});
    }

    void read_standard_input() {
        if (seen_.insert("-").second) {
            read_.files.push_back({"-", std::string{standard_input_}});
        }
    }

    void read_directory(const fs::path& directory) {
        std::vector<fs::path> files;
        std::set<std::pair<dev_t, ino_t>> visited;
        const auto problems_before = read_.problems.size();
        collect(directory, files, visited);
        if (files.empty() && read_.problems.size() == problems_before) {
            read_.notes.push_back(printable(directory.native()) +
                                  ": no .yaml, .yml or .json file in it");
        }
        std::sort(files.begin(), files.end(), [](const fs::path& left, const fs::path& right) {
            return left.native() < right.native();
        });
        for (const auto& file : files) {
            read_file(file, Found::InDirectory);
        }
    }

    void collect(const fs::path& directory,
                 std::vector<fs::path>& files,
                 std::set<std::pair<dev_t, ino_t>>& visited) {
        if (visitor_.directory) {
            visitor_.directory(directory);
        }

        // A link to a directory above would lead round for ever.
        struct stat info {};

        if (::stat(directory.c_str(), &info) == 0 &&
            !visited.emplace(info.st_dev, info.st_ino).second) {
            return;
        }
        std::error_code error;
        bool is_empty = true;
        for (auto entry = fs::directory_iterator{directory, error};
             !error && entry != fs::directory_iterator{};
             entry.increment(error)) {
            if (!is_hidden(entry->path())) {
                is_empty = false;
                sort_in(entry->path(), files, visited);
            }
        }
        if (error) {
            problem(directory, "cannot be read: " + error.message());
        } else if (is_empty) {
            read_.empty_directories.push_back(printable(directory.native()));
        }
    }

    void sort_in(const fs::path& path,
                 std::vector<fs::path>& files,
                 std::set<std::pair<dev_t, ino_t>>& visited) {
        std::error_code error;
        const auto type = fs::status(path, error).type();
        if (type == fs::file_type::directory) {
            collect(path, files, visited);
        } else if (type == fs::file_type::not_found) {
            // Whatever it led to, declarations may have been in it.
            problem(path, "is a link to nothing, or vanished while the directory was read");
        } else if (is_manifest(path)) {
            files.push_back(path);
        }
    }

    void read_file(const fs::path& path, Found found) {
        if (!seen_.insert(path.lexically_normal().native()).second) {
            return;
        }
        if (visitor_.file) {
            visitor_.file(path);
        }
        // Opening a pipe that somebody put into a directory must not wait for its writer.
        const Descriptor file{::open(
            path.c_str(), O_RDONLY | O_CLOEXEC | (found == Found::InDirectory ? O_NONBLOCK : 0))};

        struct stat info {};

        if (file.get() < 0 || ::fstat(file.get(), &info) != 0) {
            problem(path, "cannot be read: " + reason(errno));
            return;
        }
        if (found == Found::InDirectory && !S_ISREG(info.st_mode)) {
            read_.notes.push_back(printable(path.native()) + ": skipped, not a regular file");
            return;
        }
        if (auto text = content(file, path)) {
            read_.files.push_back({printable(path.native()), *std::move(text)});
        }
    }

    std::optional<std::string> content(const Descriptor& file, const fs::path& path) {
        constexpr std::size_t kAtOnce = 64 * 1024;
        std::string text;
        std::vector<char> buffer(kAtOnce);
        while (true) {
            const auto size = ::read(file.get(), buffer.data(), buffer.size());
            if (size < 0 && errno == EINTR) {
                continue;
            }
            if (size < 0) {
                problem(path, "cannot be read: " + reason(errno));
                return std::nullopt;
            }
            if (size == 0) {
                return text;
            }
            text.append(buffer.data(), static_cast<std::size_t>(size));
            if (text.size() > kMostBytes) {
                problem(path,
                        "is larger than " + std::to_string(kMostBytes / (1024 * 1024)) + " MiB");
                return std::nullopt;
            }
        }
    }

    std::string_view standard_input_;
    const Visitor& visitor_;
    std::set<std::string> seen_;
    ReadFiles read_;
};

}  // namespace

ReadFiles read_paths(std::span<const std::string> paths,
                     std::string_view standard_input,
                     const Visitor& visitor) {
    Reader reader{standard_input, visitor};
    for (const auto& path : paths) {
        reader.read(path);
    }
    return std::move(reader).finish();
}

Loaded load_paths(std::span<const std::string> paths,
                  std::string_view standard_input,
                  const Visitor& visitor) {
    auto read = read_paths(paths, standard_input, visitor);
    auto loaded = load(read.files);
    loaded.problems.insert(loaded.problems.end(), read.problems.begin(), read.problems.end());
    std::stable_sort(
        loaded.problems.begin(), loaded.problems.end(), [](const auto& left, const auto& right) {
            return std::tie(left.file, left.line) < std::tie(right.file, right.line);
        });
    loaded.notes.insert(loaded.notes.begin(), read.notes.begin(), read.notes.end());
    loaded.blank.insert(
        loaded.blank.end(), read.empty_directories.begin(), read.empty_directories.end());
    return loaded;
}

}  // namespace headgate::files
