#include "bench/client.hpp"

#include <atomic>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "bench/template.hpp"
#include "kube/config/kubeconfig.hpp"

namespace headgate::bench {

namespace {

constexpr std::chrono::seconds kPatience{60};

template <class T>
T value_of(core::Result<T> result) {
    if (!result) {
        throw std::runtime_error(result.error().message);
    }
    return std::move(*result);
}

}  // namespace

void in_parallel(std::size_t workers,
                 std::size_t count,
                 const std::function<void(std::size_t)>& work) {
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::exception_ptr failure;
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < workers; ++i) {
        threads.emplace_back([&] {
            try {
                for (auto mine = next++; mine < count; mine = next++) {
                    work(mine);
                }
            } catch (...) {
                next = count;
                const std::scoped_lock lock{mutex};
                failure = failure ? failure : std::current_exception();
            }
        });
    }
    threads.clear();
    if (failure) {
        std::rethrow_exception(failure);
    }
}

Client::Client(const std::string& kubeconfig, kube::ResourceType type)
    : type_(std::move(type)),
      connection_(value_of(
          kube::rest::Connection::open(value_of(kube::config::load_kubeconfig(kubeconfig)), {}))) {}

std::string Client::path_of(const std::string& name) const {
    return "/apis/" + type_.api_version() + "/namespaces/" + std::string{kNamespace} + "/" +
           type_.plural + "/" + name;
}

std::string Client::send(const kube::Request& request) {
    auto reply = value_of(connection_->send(request, core::Call::within(kPatience)));
    const bool gone = request.method == kube::Method::Delete && reply.code == 404;
    if (reply.code / 100 != 2 && !gone) {
        throw std::runtime_error(std::string{request.verb} + " " + request.path + ": " +
                                 std::to_string(reply.code) + " " + reply.body);
    }
    return std::move(reply.body);
}

void Client::apply(const core::Json& object) {
    send({.verb = "apply",
          .method = kube::Method::Patch,
          .path = path_of(object.at("metadata").at("name").get<std::string>()),
          .query = "fieldManager=bench&force=true",
          .content_type = "application/apply-patch+yaml",
          .body = object.dump()});
}

void Client::remove(const std::string& name) {
    send({.verb = "delete",
          .method = kube::Method::Delete,
          .path = path_of(name),
          .query = {},
          .content_type = {},
          .body = {}});
}

std::string Client::get(const std::string& path) {
    return send({.verb = "get", .path = path, .query = {}, .content_type = {}, .body = {}});
}

}  // namespace headgate::bench
