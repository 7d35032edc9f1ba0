#include "files/directory.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <poll.h>
#include <span>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "files/read.hpp"
#include "files/schedule.hpp"
#include "files/watch.hpp"

namespace headgate::files {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// Ends a wait from another thread.
class Waker {
public:
    Waker() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

    Waker(const Waker&) = delete;
    Waker& operator=(const Waker&) = delete;

    ~Waker() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }

    void wake() const noexcept {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof one);
    }

    [[nodiscard]] int descriptor() const noexcept { return fd_; }

private:
    int fd_;
};

void wait(const Waker& stopped, const Watch& watch, Clock::time_point until) {
    constexpr std::int64_t kLongest = 60'000;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    // Without a descriptor to wake it by, the wait stays short.
    const auto most = stopped.descriptor() < 0 ? std::int64_t{100} : kLongest;
    std::array<pollfd, 2> watched{
        {{stopped.descriptor(), POLLIN, 0}, {watch.descriptor(), POLLIN, 0}}};
    ::poll(watched.data(),
           watched.size(),
           static_cast<int>(std::clamp(std::int64_t{left}, std::int64_t{0}, most)));
}

Loaded load_watched(const std::string& path, Watch& watch) {
    watch.begin();
    watch.add_way_to(path);
    const Visitor visitor{.directory =
                              [&](const fs::path& directory) {
                                  std::error_code error;
                                  if (fs::is_symlink(directory, error)) {
                                      watch.add_way_to(directory);
                                  }
                                  watch.add_directory(directory);
                              },
                          .file = [&](const fs::path& file) { watch.add_linked_file(file); }};
    auto loaded = load_paths(std::span{&path, 1}, {}, visitor);
    watch.end();
    return loaded;
}

}  // namespace

DirectorySource::DirectorySource(std::string path, Options options)
    : path_(std::move(path)), options_(options) {}

core::Result<Update> DirectorySource::read_once() {
    std::error_code error;
    const auto type = fs::status(path_, error).type();
    if (type == fs::file_type::not_found) {
        return core::Error{core::ErrorCode::NotFound,
                           path_ + ": there is no such file or directory"};
    }
    if (type == fs::file_type::directory) {
        static_cast<void>(fs::directory_iterator{path_, error});
    }
    if (error) {
        return core::Error{core::ErrorCode::Unavailable,
                           path_ + ": cannot be read: " + error.message()};
    }
    return take(load_paths(std::span{&path_, 1}, {}), Certainty::Moving).update;
}

void DirectorySource::run(const std::stop_token& stop,
                          const std::function<void(const Update&)>& updated) {
    const Waker stopped;
    const std::stop_callback wake{stop, [&] { stopped.wake(); }};
    Watch watch;
    Schedule schedule{options_.settle, options_.poll, Clock::now()};
    while (!stop.stop_requested()) {
        if (Clock::now() >= schedule.due()) {
            auto certainty = schedule.certainty(Clock::now());
            auto loaded = load_watched(path_, watch);
            const bool has_moved = watch.drain();
            if (has_moved) {
                certainty = Certainty::Moving;
            }
            const auto taken = take(std::move(loaded), certainty);
            schedule.note_read(Clock::now(), !accepted_.missing.empty());
            if (has_moved) {
                schedule.note_event(Clock::now());
            }
            if (taken.is_news) {
                updated(taken.update);
            }
        }
        wait(stopped, watch, schedule.due());
        if (watch.drain()) {
            schedule.note_event(Clock::now());
        }
    }
}

DirectorySource::Taken DirectorySource::take(Loaded loaded, Certainty certainty) {
    auto changes = next(accepted_, loaded, certainty);
    accepted_ = std::move(changes.after);
    if (loaded.declarations.empty() && loaded.problems.empty() && !accepted_.declarations.empty()) {
        loaded.notes.push_back(path_ + ": declares nothing now; what it declared before is kept");
    }
    Taken taken{.update = Update{.changed = std::move(changes.changed),
                                 .moved = std::move(changes.moved),
                                 .gone = std::move(changes.gone),
                                 .kept = std::move(changes.kept),
                                 .problems = std::move(loaded.problems),
                                 .notes = std::move(loaded.notes)}};
    const auto& update = taken.update;
    taken.is_news = !update.changed.empty() || !update.moved.empty() || !update.gone.empty() ||
                    update.problems != problems_ || update.notes != notes_;
    problems_ = update.problems;
    notes_ = update.notes;
    return taken;
}

}  // namespace headgate::files
