// Writes Events on a thread of its own, over a connection of its own: no pass ever waits for one.
// controller/event_book decides which.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "controller/event_book.hpp"
#include "core/log.hpp"
#include "core/result.hpp"
#include "kube/api.hpp"
#include "kube/event.hpp"

namespace headgate::controller {

class EventRecorder {
public:
    /// Told that so many more Events were lost, from any thread.
    using OnDropped = std::function<void(std::uint64_t count)>;

    /// `api` and `log` must outlive it. `may_act_until` as RuntimeOptions has it: what is not
    /// written by then is lost.
    EventRecorder(kube::Api& api,
                  kube::Reporter reporter,
                  const core::Log& log,
                  OnDropped dropped,
                  std::function<std::chrono::steady_clock::time_point()> may_act_until = {});

    /// Leaves what waits.
    ~EventRecorder();

    EventRecorder(const EventRecorder&) = delete;
    EventRecorder& operator=(const EventRecorder&) = delete;

    /// Never waits. Any thread.
    void add(kube::Event event);

private:
    void run(const std::stop_token& stop);
    [[nodiscard]] std::optional<EventBook::Write> take(const std::stop_token& stop);
    [[nodiscard]] core::Status write(const EventBook::Write& write, const std::stop_token& stop);
    [[nodiscard]] core::Status try_to_write(const EventBook::Write& write,
                                            const std::stop_token& stop);
    [[nodiscard]] std::chrono::steady_clock::time_point may_act_until() const;
    void conclude(const EventBook::Write& write, const core::Status& status);

    kube::Api& api_;
    const kube::Reporter reporter_;
    const core::Log& log_;
    const OnDropped dropped_;
    const std::function<std::chrono::steady_clock::time_point()> may_act_until_;
    const std::string session_;  ///< Tells the names of this process's Events from all others.
    std::optional<core::ErrorCode> complaint_;  ///< The thread's own.

    // The lock covers the book.
    std::mutex mutex_;
    std::condition_variable_any changed_;
    EventBook book_;

    std::jthread thread_;
};

}  // namespace headgate::controller
