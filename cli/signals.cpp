#include "cli/signals.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace headgate::cli {

namespace {

using std::chrono::steady_clock;

sigset_t ending_signals() {
    sigset_t set{};
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    return set;
}

int left_until(std::optional<steady_clock::time_point> until) {
    constexpr std::int64_t kLongest = 60'000;
    if (!until) {
        return -1;
    }
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(*until - steady_clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, kLongest));
}

}  // namespace

Signals::Signals() {
    const auto set = ending_signals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    signals_ = ::signalfd(-1, &set, SFD_CLOEXEC);
    wakes_ = ::eventfd(0, EFD_CLOEXEC);
}

Signals::~Signals() {
    restore();
    ::close(signals_);
    ::close(wakes_);
}

Signals::Woken Signals::wait(std::optional<steady_clock::time_point> until) const {
    std::array<pollfd, 2> watched{{{signals_, POLLIN, 0}, {wakes_, POLLIN, 0}}};
    while (true) {
        const int ready = ::poll(watched.data(), watched.size(), left_until(until));
        if (ready > 0 && (watched[0].revents & POLLIN) != 0) {
            // Taken, so that restoring its default action does not end the shutdown at once.
            signalfd_siginfo info{};
            [[maybe_unused]] const auto taken = ::read(signals_, &info, sizeof info);
            return Woken::Signal;
        }
        if (ready > 0 && (watched[1].revents & POLLIN) != 0) {
            std::uint64_t count = 0;
            [[maybe_unused]] const auto taken = ::read(wakes_, &count, sizeof count);
            return Woken::Wake;
        }
        if (until && steady_clock::now() >= *until) {
            return Woken::Timeout;
        }
    }
}

void Signals::wake() const noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wakes_, &one, sizeof one);
}

void Signals::restore() noexcept {
    const auto set = ending_signals();
    pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace headgate::cli
