#include "files/watch.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <sys/inotify.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace headgate::files {

namespace {

namespace fs = std::filesystem;

/// Entries that come, go and are renamed.
constexpr std::uint32_t kEntries =
    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF;
/// Content and permissions as well.
constexpr std::uint32_t kContents = kEntries | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB;

}  // namespace

Watch::Watch() : fd_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

Watch::~Watch() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

void Watch::begin() {
    before_ = std::exchange(watched_, {});
}

void Watch::end() {
    for (const auto& [wd, interest] : before_) {
        if (!watched_.contains(wd)) {
            ::inotify_rm_watch(fd_, wd);
        }
    }
    before_.clear();
}

void Watch::add(const fs::path& directory, unsigned mask, const std::string* name) {
    // One directory may be watched for several reasons, by one watch: the masks add up.
    const int wd = ::inotify_add_watch(fd_, directory.c_str(), mask | IN_ONLYDIR | IN_MASK_ADD);
    if (wd < 0) {
        return;
    }
    auto& interest = watched_[wd];
    if (name == nullptr) {
        interest.in_all = true;
    } else {
        interest.names.insert(*name);
    }
}

void Watch::add_name(const fs::path& path, unsigned mask) {
    const auto name = path.filename().native();
    add(path.parent_path(), mask, &name);
}

void Watch::add_directory(const fs::path& directory) {
    add(directory, kContents, nullptr);
}

void Watch::add_way_to(const fs::path& path) {
    constexpr int kMostLinks = 40;
    std::error_code error;
    auto step = fs::absolute(path, error).lexically_normal();
    if (!step.has_filename()) {
        step = step.parent_path();
    }
    for (int links = 0; links < kMostLinks && !error; ++links) {
        for (auto at = step; at.has_relative_path(); at = at.parent_path()) {
            add_name(at, kEntries);
        }
        const auto target = fs::read_symlink(step, error);
        step = (step.parent_path() / target).lexically_normal();
    }
}

void Watch::add_linked_file(const fs::path& file) {
    std::error_code error;
    if (!fs::is_symlink(file, error)) {
        return;
    }
    add_way_to(file);
    const auto real = fs::canonical(file, error);
    if (!error) {
        add_name(real, kContents);
    }
}

bool Watch::drain() {
    if (fd_ < 0) {
        return false;
    }
    constexpr std::size_t kBufferSize = 16 * 1024;
    alignas(inotify_event) std::array<char, kBufferSize> buffer{};
    bool is_of_interest = false;
    while (true) {
        const auto size = ::read(fd_, buffer.data(), buffer.size());
        if (size <= 0) {
            return is_of_interest;
        }
        for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
            inotify_event event{};
            std::memcpy(&event, buffer.data() + at, sizeof event);
            const std::string name = event.len > 0 ? buffer.data() + at + sizeof event : "";
            at += sizeof event + event.len;
            if ((event.mask & IN_Q_OVERFLOW) != 0) {
                is_of_interest = true;
                continue;
            }
            const auto found = watched_.find(event.wd);
            if (found == watched_.end()) {
                continue;
            }
            is_of_interest = is_of_interest || name.empty() || found->second.in_all ||
                             found->second.names.contains(name);
            if ((event.mask & IN_IGNORED) != 0) {
                watched_.erase(found);
            }
        }
    }
}

}  // namespace headgate::files
