// SIGTERM and SIGINT as something the main thread waits for, beside a wake-up by other threads.
#pragma once

#include <chrono>
#include <optional>

namespace headgate::cli {

class Signals {
public:
    /// Blocks both signals for this thread and all it starts from now on: make it before any
    /// thread. Also ignores SIGPIPE: a peer that went away is an error of a write, not our end.
    Signals();

    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

    /// Both signals act as ever again, so that a second Ctrl-C ends a shutdown that hangs.
    ~Signals();

    enum class Woken { Signal, Wake, Timeout };

    /// Waits for a signal, for `wake`, or until `until` (none: for ever).
    [[nodiscard]] Woken wait(
        std::optional<std::chrono::steady_clock::time_point> until = std::nullopt) const;

    /// Ends a wait, now or the next one. From any thread.
    void wake() const noexcept;

    /// As the destructor; before a shutdown that may take a while.
    void restore() noexcept;

private:
    int signals_ = -1;
    int wakes_ = -1;
};

}  // namespace headgate::cli
