#include "bench/observer.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

#include "kube/config/kubeconfig.hpp"

namespace headgate::bench {

using core::Json;

namespace {

constexpr std::chrono::hours kWatchTime{2};
constexpr std::chrono::seconds kListTime{60};

std::unique_ptr<kube::rest::RestClient> open(const std::string& kubeconfig) {
    auto settings = kube::config::load_kubeconfig(kubeconfig);
    if (!settings) {
        throw std::runtime_error(settings.error().message);
    }
    auto client = kube::rest::RestClient::open(std::move(*settings));
    if (!client) {
        throw std::runtime_error(client.error().message);
    }
    return std::move(*client);
}

std::vector<Observer::Moment> in_order(const std::map<std::string, Observer::Moment>& seen) {
    std::vector<Observer::Moment> moments;
    for (const auto& [name, moment] : seen) {
        moments.push_back(moment);
    }
    std::sort(moments.begin(), moments.end());
    return moments;
}

}  // namespace

Observer::Observer(const std::string& kubeconfig, kube::ResourceType type, std::string condition)
    : type_(std::move(type)), condition_(std::move(condition)), api_(open(kubeconfig)) {
    const auto page = api_->list_page(type_, {}, 1, {}, core::Call::within(kListTime));
    if (!page) {
        throw std::runtime_error("list " + type_.plural + ": " + page.error().message);
    }
    thread_ = std::jthread{
        [this, from = page->resource_version](const std::stop_token& stop) { run(stop, from); }};
}

Observer::~Observer() = default;

void Observer::run(const std::stop_token& stop, const kube::ResourceVersion& from) {
    kube::WatchDecoder decoder;
    const auto sink = [&](std::string_view chunk) {
        for (const auto& event : decoder.feed(chunk)) {
            take(event);
        }
        return !stop.stop_requested();
    };
    const auto status =
        api_->watch(type_,
                    {},
                    {.resource_version = from, .timeout = kWatchTime},
                    sink,
                    {.deadline = std::chrono::steady_clock::time_point::max(), .stop = stop});
    const std::scoped_lock lock{mutex_};
    failure_ = "the watch ended" + (status ? std::string{} : ": " + status.error().message);
    changed_.notify_all();
}

void Observer::take(const kube::WatchEvent& event) {
    const auto now = std::chrono::steady_clock::now();
    const auto* object = std::get_if<kube::Modified>(&event) != nullptr
                             ? &std::get<kube::Modified>(event).object
                             : nullptr;
    if (const auto* const added = std::get_if<kube::Added>(&event)) {
        object = &added->object;
    }
    const bool ready = object != nullptr && is_ready(*object);
    const std::scoped_lock lock{mutex_};
    if (ready) {
        ready_.emplace(object->meta.name, now);
    } else if (const auto* const deleted = std::get_if<kube::Deleted>(&event)) {
        gone_.emplace(deleted->object.meta.name, now);
    } else if (const auto* const failed = std::get_if<kube::Failed>(&event)) {
        failure_ = failed->error.message;
    }
    changed_.notify_all();
}

bool Observer::is_ready(const kube::Object& object) const {
    const auto& status = object.status;
    if (status.value("observedGeneration", object.meta.generation) != object.meta.generation) {
        return false;
    }
    const auto conditions = status.find("conditions");
    return conditions != status.end() &&
           std::any_of(conditions->begin(), conditions->end(), [this](const Json& condition) {
               return condition.value("type", "") == condition_ &&
                      condition.value("status", "") == "True";
           });
}

template <class Claim>
void Observer::wait(std::unique_lock<std::mutex>& lock, std::chrono::seconds time, Claim claim) {
    const bool done = changed_.wait_for(lock, time, [&] { return claim() || !failure_.empty(); });
    if (!claim()) {
        throw std::runtime_error(done ? failure_
                                      : "not done in time: " + std::to_string(ready_.size()) +
                                            " Ready, " + std::to_string(gone_.size()) + " gone");
    }
}

void Observer::wait_for_ready(std::size_t count, std::chrono::seconds time) {
    std::unique_lock lock{mutex_};
    wait(lock, time, [&] { return ready_.size() >= count; });
}

void Observer::wait_for_gone(std::size_t count, std::chrono::seconds time) {
    std::unique_lock lock{mutex_};
    wait(lock, time, [&] { return gone_.size() >= count; });
}

Observer::Moment Observer::ready_at(const std::string& name, std::chrono::seconds time) {
    std::unique_lock lock{mutex_};
    wait(lock, time, [&] { return ready_.contains(name); });
    return ready_.at(name);
}

std::vector<Observer::Moment> Observer::ready() const {
    const std::scoped_lock lock{mutex_};
    return in_order(ready_);
}

std::vector<Observer::Moment> Observer::gone() const {
    const std::scoped_lock lock{mutex_};
    return in_order(gone_);
}

void Observer::forget() {
    const std::scoped_lock lock{mutex_};
    ready_.clear();
    gone_.clear();
}

}  // namespace headgate::bench
