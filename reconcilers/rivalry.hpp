// Two programs that undo each other: noticed by how often drift on one object has to be repaired,
// and from then on not fought at full speed. Pure; time is handed in.
#pragma once

#include <chrono>
#include <deque>
#include <string>

namespace headgate::reconcilers {

/// One object's. An episode begins with the fifth repair within a minute. From then on repairs are
/// 30 s apart, twice as long after each further one, at most 5 min; it ends when there is nothing
/// to repair at the time of the next.
class Rivalry {
public:
    using Moment = std::chrono::steady_clock::time_point;

    /// Drift was repaired. `what` says what drifted: "maxAge was changed".
    void repaired(Moment now, std::string what);

    [[nodiscard]] bool ongoing() const { return apart_.count() > 0; }

    /// Until the next repair, or the end of the episode; zero: now, or there is no episode.
    [[nodiscard]] std::chrono::milliseconds wait(Moment now) const;

    /// What the status says for as long as the episode lasts, another text only after each repair;
    /// empty: there is none.
    [[nodiscard]] std::string message() const;

private:
    std::deque<Moment> repairs_;  ///< Of the last minute, up to the beginning of an episode.
    std::string what_;
    std::chrono::seconds span_{0};  ///< Of the repairs that began the episode.
    std::chrono::seconds apart_{0};
};

}  // namespace headgate::reconcilers
