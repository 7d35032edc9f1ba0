// Reflector: keeps a sink's objects of one kind and scope as the API server has them, on a thread
// of its own: all there is, then what happens, for ever (kube/watcher.hpp decides, this carries
// out).
#pragma once

#include <atomic>
#include <functional>
#include <random>
#include <set>
#include <thread>

#include "controller/object_sink.hpp"
#include "core/log.hpp"
#include "kube/api.hpp"
#include "kube/watcher.hpp"

namespace headgate::controller {

class Reflector {
public:
    /// `on_synced` is called once, from the reflector's thread, after the first complete set, or
    /// once it is known that there is none (ObjectSink::may_be_missing). All
    /// references must outlive it. What the sink holds outside of `scope` is left alone.
    Reflector(kube::ResourceType type,
              kube::Scope scope,
              kube::Api& api,
              ObjectSink& sink,
              const core::Log& log,
              std::function<void()> on_synced);

    [[nodiscard]] bool synced() const { return synced_; }

private:
    void run(const std::stop_token& stop);
    [[nodiscard]] kube::WatcherStep carry_out(const kube::WatcherCommand& command,
                                              const std::stop_token& stop);
    [[nodiscard]] kube::WatcherStep list(const kube::ListNext& next, const std::stop_token& stop);
    [[nodiscard]] kube::WatcherStep watch(const kube::WatchNext& next, const std::stop_token& stop);
    /// Where it need not be there, nobody waits for it.
    void note_missing(const core::Error& error);
    void take(std::vector<kube::StoreEvent> events);
    void finish_list();
    void tell_synced();
    [[nodiscard]] double jitter();

    const kube::ResourceType type_;
    const kube::Scope scope_;
    kube::Api& api_;
    ObjectSink& sink_;
    const core::Log& log_;
    std::function<void()> on_synced_;
    kube::Watcher watcher_;
    std::set<ObjectPlace> listed_;                 ///< Seen since the list began.
    std::chrono::steady_clock::time_point asked_;  ///< For the list's first page.
    std::minstd_rand random_{std::random_device{}()};
    std::atomic<bool> synced_{false};
    std::jthread thread_;
};

}  // namespace headgate::controller
