// Follows one Secret by its name, with `get` and `watch` on just that one, on a thread of its own.
#pragma once

#include <functional>
#include <random>
#include <string>
#include <thread>

#include "core/result.hpp"
#include "kube/api.hpp"
#include "kube/watch_decoder.hpp"
#include "reconcilers/resources/nats_connection.hpp"

namespace headgate::controller {

[[nodiscard]] kube::ResourceType secret_type();

class SecretWatch {
public:
    /// NotFound: there is none by that name. Forbidden: no right to read it, which is tried again.
    using OnValue = std::function<void(core::Result<resources::SecretData> value)>;

    /// `on_value` is told what there is, and then of every change, from the watch's thread. An API
    /// server that cannot be reached is no change.
    SecretWatch(kube::Api& api, std::string ns, std::string name, OnValue on_value);

private:
    void run(const std::stop_token& stop);
    [[nodiscard]] core::Status follow(const std::stop_token& stop);
    [[nodiscard]] core::Status read(const std::stop_token& stop);
    void take(const kube::WatchEvent& event);
    void tell(const kube::Object& object);

    kube::Api& api_;
    const std::string ns_;
    const std::string name_;
    const OnValue on_value_;
    std::minstd_rand random_{std::random_device{}()};
    std::jthread thread_;
};

}  // namespace headgate::controller
