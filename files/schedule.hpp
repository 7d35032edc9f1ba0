// When a watched directory is read: once it was quiet for a while, soon again to confirm what was
// missing, and every so often without any event. Pure; time is passed in.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "files/accepted.hpp"

namespace headgate::files {

class Schedule {
public:
    using Time = std::chrono::steady_clock::time_point;
    using Span = std::chrono::steady_clock::duration;

    /// The first read is due at once.
    Schedule(Span settle, Span poll, Time now) : settle_(settle), poll_(poll), due_(now) {}

    /// Something moved. Puts the read off, but not for ever: a directory that never rests is read
    /// too, only that nothing is missed in it.
    void note_event(Time now) {
        first_event_ = first_event_.value_or(now);
        last_event_ = now;
        due_ = std::min(now + settle_, *first_event_ + kMostSettles * settle_);
    }

    /// What a read at `now` may be taken for.
    [[nodiscard]] Certainty certainty(Time now) const {
        return last_event_ && now - *last_event_ < settle_ ? Certainty::Moving : Certainty::Settled;
    }

    /// A read is over. Events since it began are noted after this.
    void note_read(Time now, bool needs_confirmation) {
        first_event_.reset();
        due_ = now + (needs_confirmation ? settle_ : poll_);
    }

    [[nodiscard]] Time due() const { return due_; }

private:
    static constexpr int kMostSettles = 10;

    Span settle_;
    Span poll_;
    Time due_;
    std::optional<Time> first_event_;
    std::optional<Time> last_event_;
};

}  // namespace headgate::files
