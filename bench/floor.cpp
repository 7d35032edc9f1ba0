#include "bench/floor.hpp"

#include <chrono>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/units.hpp"
#include "jetstream/nats/nats_api.hpp"
#include "kube/config/kubeconfig.hpp"

namespace headgate::bench {

using core::Call;
using core::Json;

namespace {

constexpr std::chrono::seconds kPatience{60};
const std::string kFinalizer = "headgate.io/bench";

template <class T>
T value_of(core::Result<T> result) {
    if (!result) {
        throw std::runtime_error(result.error().message);
    }
    return std::move(*result);
}

}  // namespace

Nats::Nats(const std::string& url, jetstream::nats::Listening listening) {
    jetstream::nats::ConnectionSettings settings;
    settings.urls = {url};
    settings.name = "bench";
    connection = value_of(jetstream::nats::Connection::open(
        settings, {}, [listening = std::move(listening)](const auto&) { return listening; }));
    if (const auto connected = connection->first_attempt(Call::within(kPatience)); !connected) {
        throw std::runtime_error(connected.error().message);
    }
    api = jetstream::nats::make_api(*connection);
}

Floor::Floor(const std::string& kubeconfig,
             const std::string& nats,
             kube::ResourceType type,
             const Template& object,
             std::string condition)
    : type_(std::move(type)),
      object_(object),
      condition_(std::move(condition)),
      kube_(value_of(
          kube::rest::RestClient::open(value_of(kube::config::load_kubeconfig(kubeconfig))))),
      nats_(nats) {}

Json Floor::object(const std::string& name) const {
    auto json = object_.object(name, "Retain");
    json["metadata"]["finalizers"] = {kFinalizer};
    return json;
}

kube::ObjectMeta Floor::meta(const std::string& name) const {
    kube::ObjectMeta meta;
    meta.name = name;
    meta.ns = kNamespace;
    meta.finalizers = {kFinalizer};
    return meta;
}

void Floor::make(const std::string& name, const jetstream::StreamSettings& settings) {
    const auto stream = value_of(nats_.api->create_stream(settings, Call::within(kPatience)));
    const auto now = core::format_time(
        std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
    Json condition{{"type", condition_},
                   {"status", "True"},
                   {"reason", "Applied"},
                   {"message", ""},
                   {"lastTransitionTime", now}};
    Json status{{"observedGeneration", 1}};
    if (object_.is_ours()) {
        condition["observedGeneration"] = 1;
        status["stream"] = stream.settings.name.value();
        status["created"] = stream.created;
    }
    status["conditions"] = Json::array({std::move(condition)});
    value_of(kube_->apply_status(type_, meta(name), status, "bench", Call::within(kPatience)));
}

void Floor::remove(const std::string& name) {
    if (const auto deleted =
            nats_.api->delete_stream(object_.stream_name(name), Call::within(kPatience));
        !deleted) {
        throw std::runtime_error(deleted.error().message);
    }
    value_of(kube_->remove_finalizer(type_, meta(name), kFinalizer, Call::within(kPatience)));
}

}  // namespace headgate::bench
