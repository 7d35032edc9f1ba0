// Who sees when objects become Ready and when they go: one watch, the same beside the operator and
// beside the floor.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "kube/api.hpp"
#include "kube/rest/rest_client.hpp"
#include "kube/watch_decoder.hpp"

namespace headgate::bench {

class Observer {
public:
    using Moment = std::chrono::steady_clock::time_point;

    /// Sees what happens from now on. `condition` is the one of `.status.conditions` that has to be
    /// True, for the latest generation where the status says for which it is. Throws
    /// std::runtime_error.
    Observer(const std::string& kubeconfig, kube::ResourceType type, std::string condition);
    ~Observer();

    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;

    /// Waits until so many have become Ready, or are gone, since the last `forget`. Throws where
    /// that is not so in time.
    void wait_for_ready(std::size_t count, std::chrono::seconds time);
    void wait_for_gone(std::size_t count, std::chrono::seconds time);

    /// When it was first seen Ready. Throws where it is not in time.
    [[nodiscard]] Moment ready_at(const std::string& name, std::chrono::seconds time);

    /// When each became Ready, or went, since the last `forget`; in order.
    [[nodiscard]] std::vector<Moment> ready() const;
    [[nodiscard]] std::vector<Moment> gone() const;

    void forget();

private:
    using Seen = std::map<std::string, Moment>;

    void run(const std::stop_token& stop, const kube::ResourceVersion& from);
    void take(const kube::WatchEvent& event);
    [[nodiscard]] bool is_ready(const kube::Object& object) const;
    template <class Claim>
    void wait(std::unique_lock<std::mutex>& lock, std::chrono::seconds time, Claim claim);

    kube::ResourceType type_;
    std::string condition_;
    std::unique_ptr<kube::rest::RestClient> api_;

    // The lock covers what follows, up to the thread.
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    Seen ready_;
    Seen gone_;
    std::string failure_;

    std::jthread thread_;
};

}  // namespace headgate::bench
