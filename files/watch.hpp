// Watch: inotify over directories and single names in them. It is told what to watch anew at every
// read, so that a path that leads elsewhere by now (a swapped link, a directory made again) is
// followed there.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>

namespace headgate::files {

class Watch {
public:
    Watch();

    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch();

    /// To wait on for reading; -1: the system has no more of them, and nothing is ever noticed.
    [[nodiscard]] int descriptor() const noexcept { return fd_; }

    /// What follows up to `end` replaces all that is watched. Watches that stay lose no event.
    void begin();

    /// Everything in a directory, not in those below.
    void add_directory(const std::filesystem::path& directory);

    /// That `path` leads to something else: its own name and those above it, and each link on the
    /// way; not the content behind it.
    void add_way_to(const std::filesystem::path& path);

    /// A file behind links: its content, wherever it is, and the way to it.
    void add_linked_file(const std::filesystem::path& file);

    void end();

    /// Takes all events there are, without waiting; true: one of them concerns what is watched.
    [[nodiscard]] bool drain();

private:
    struct Interest {
        bool in_all = false;
        std::set<std::string> names;
    };

    void add(const std::filesystem::path& directory, unsigned mask, const std::string* name);
    void add_name(const std::filesystem::path& path, unsigned mask);

    int fd_;
    std::map<int, Interest> watched_;
    std::map<int, Interest> before_;
};

}  // namespace headgate::files
