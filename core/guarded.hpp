// Guarded<T>: data reachable only while its lock is held. Keep the function short and free of
// calls to ports and callbacks.
#pragma once

#include <mutex>
#include <utility>

namespace headgate::core {

template <class T>
class Guarded {
public:
    Guarded() = default;

    explicit Guarded(T value) : value_(std::move(value)) {}

    template <class F>
    decltype(auto) with_lock(F&& function) {
        const std::scoped_lock lock{mutex_};
        return std::forward<F>(function)(value_);
    }

    template <class F>
    decltype(auto) with_lock(F&& function) const {
        const std::scoped_lock lock{mutex_};
        return std::forward<F>(function)(value_);
    }

private:
    mutable std::mutex mutex_;
    T value_{};
};

}  // namespace headgate::core
