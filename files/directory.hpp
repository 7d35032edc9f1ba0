// A directory of manifests as a source of declarations: read once, then watched (inotify, and a
// slow poll where events do not reach: network file systems). Follows symbolic links that are
// swapped, and a directory that goes away and comes back.
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "files/accepted.hpp"

namespace headgate::files {

/// What moved since the last update, and what is wrong now.
struct Update {
    std::vector<reconcilers::Declaration> changed;
    std::vector<reconcilers::Declaration> moved;  ///< Same content, other place; no need to look.
    std::vector<reconcilers::ObjectKey> gone;
    std::vector<reconcilers::ObjectKey> kept;  ///< Broken now; their last good declaration holds.
    std::vector<FileProblem> problems;         ///< All there are now, known ones too.
    std::vector<std::string> notes;
};

class DirectorySource {
public:
    struct Options {
        /// Quiet time after the last event before the directory is read.
        std::chrono::milliseconds settle{300};
        /// A read at least this often, events or not.
        std::chrono::milliseconds poll{30'000};
    };

    DirectorySource(std::string path, Options options);

    /// Reads all of it now; the first time, all that is declared is `changed`. Never counts
    /// anything as gone. NotFound: there is no such path; Unavailable: it cannot be read. Nothing
    /// is changed by a failure.
    [[nodiscard]] core::Result<Update> read_once();

    /// Reads and watches until `stop`, and calls `updated` from this thread with every update that
    /// says something new. A vanished path is a problem in an update, and is waited for. Not at the
    /// same time as another call of either.
    void run(const std::stop_token& stop, const std::function<void(const Update&)>& updated);

    /// As of the last read.
    [[nodiscard]] const Accepted& accepted() const noexcept { return accepted_; }

private:
    struct Taken {
        Update update;
        bool is_news = false;
    };

    [[nodiscard]] Taken take(Loaded loaded, Certainty certainty);

    std::string path_;
    Options options_;
    Accepted accepted_;
    /// As told last.
    std::vector<FileProblem> problems_;
    std::vector<std::string> notes_;
};

}  // namespace headgate::files
