#include "bench/servers.hpp"

#include <array>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "tests/support/http.hpp"
#include "tests/support/process.hpp"
#include "tests/support/tools.hpp"

namespace headgate::bench {

using core::Json;

namespace {

constexpr std::string_view kRequests = "apiserver_request_total{";

/// The value of a label in one line of Prometheus' text format.
std::string label(std::string_view line, std::string_view name) {
    const auto start = line.find(std::string{name} + "=\"");
    if (start == std::string_view::npos) {
        return {};
    }
    const auto from = start + name.size() + 2;
    return std::string{line.substr(from, line.find('"', from) - from)};
}

bool is_write(const std::string& verb) {
    return verb == "POST" || verb == "PUT" || verb == "PATCH" || verb == "APPLY" ||
           verb == "DELETE" || verb == "DELETECOLLECTION";
}

}  // namespace

Servers::Servers(const Options& options)
    : kubeconfig_(options.foreign ? kube_.api().admin_kubeconfig() : kube_.operator_kubeconfig()) {
    for (const auto& file : options.definitions) {
        kube_.apply(support::read_file(file));
        kube_.api().kubectl_ok(
            {"wait", "--for=condition=Established", "--timeout=30s", "-f", file.string()});
    }
    kube_.make_namespace(std::string{kNamespace});
    client_ = std::make_unique<Client>(admin_kubeconfig(),
                                       type_of(Template{options.object, options.stream}));
}

kube::ResourceType Servers::type_of(const Template& object) const {
    const auto api_version = object.api_version();
    const auto slash = api_version.find('/');
    if (slash == std::string::npos) {
        throw std::runtime_error(api_version + " is no group's");
    }
    const auto served =
        Json::parse(kube_.api().kubectl_ok({"get", "--raw", "/apis/" + api_version}));
    for (const auto& resource : served.at("resources")) {
        const auto name = resource.at("name").get<std::string>();
        if (resource.at("kind") == object.kind() && name.find('/') == std::string::npos) {
            return {.group = api_version.substr(0, slash),
                    .version = api_version.substr(slash + 1),
                    .plural = name,
                    .kind = object.kind()};
        }
    }
    throw std::runtime_error("the API server knows no " + object.kind() + " of " + api_version);
}

Json Servers::monitoring(const std::string& path) const {
    const auto reply = support::http_get(nats_.monitoring_port(), path);
    if (!reply || reply->status != 200) {
        throw std::runtime_error("nats-server does not answer " + path);
    }
    return Json::parse(reply->body);
}

Counts Servers::counts() {
    Counts counts;
    std::istringstream lines{client_->get("/metrics")};
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with(kRequests) || !is_write(label(line, "verb")) ||
            !label(line, "dry_run").empty()) {
            continue;
        }
        const auto value = std::strtod(line.c_str() + line.rfind(' '), nullptr);
        const auto resource = label(line, "resource");
        if (resource == type().plural && label(line, "group") == type().group) {
            counts.writes += value;
        } else if (resource == "events") {
            counts.events += value;
        } else if (resource == "leases") {
            counts.leases += value;
        }
    }
    counts.requests = monitoring("/jsz").at("api").at("total");
    return counts;
}

std::size_t Servers::streams() const {
    return monitoring("/jsz").at("streams");
}

Json Servers::versions() {
    const auto etcd = support::run({.argv = {support::tool("etcd"), "--version"}}).out;
    const auto at = etcd.find(": ") + 2;
    return {
        {"kube-apiserver", Json::parse(client_->get("/version")).at("gitVersion")},
        {"etcd", etcd.substr(at, etcd.find('\n') - at)},
        {"nats-server", monitoring("/varz").at("version")},
    };
}

}  // namespace headgate::bench
