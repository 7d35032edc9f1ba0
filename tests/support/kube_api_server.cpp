#include "tests/support/kube_api_server.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "tests/support/eventually.hpp"
#include "tests/support/tools.hpp"

namespace headgate::support {

namespace {

// On two busy cores several of these start at once.
constexpr std::chrono::seconds kStartTime{300};

constexpr std::string_view kAuditPolicy = R"(apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  users: ["system:apiserver"]
- level: Metadata
)";

std::string random_token() {
    std::random_device source;
    std::ostringstream text;
    for (int i = 0; i < 4; ++i) {
        text << std::hex << source();
    }
    return text.str();
}

std::string private_key_pem() {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{EVP_EC_gen("P-256"),
                                                                  EVP_PKEY_free};
    const std::unique_ptr<BIO, decltype(&BIO_free)> out{BIO_new(BIO_s_mem()), BIO_free};
    if (!key || !out ||
        PEM_write_bio_PrivateKey_traditional(
            out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
        throw std::runtime_error("cannot make the service account key");
    }
    char* data = nullptr;
    const auto size = BIO_get_mem_data(out.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string end_of(const std::string& log) {
    constexpr std::size_t kShown = 4000;
    return log.size() <= kShown ? log : "..." + log.substr(log.size() - kShown);
}

}  // namespace

KubeApiServer::KubeApiServer() : admin_token_(random_token()) {
    write_file(dir_ / "service-accounts.key", private_key_pem());
    write_file(dir_ / "tokens.csv", admin_token_ + ",admin,admin,system:masters\n");
    write_file(dir_ / "audit-policy.yaml", kAuditPolicy);
    start_etcd();
    start();
    kubeconfig("admin", admin_token_);
    wait_until_ready();
}

void KubeApiServer::start_etcd() {
    const auto client = "http://" + etcd_client_.address();
    const auto peer = "http://" + etcd_peer_.address();
    etcd_ = Process{Command{
        .argv = {tool("etcd"),
                 "--data-dir=" + (dir_ / "etcd").string(),
                 "--unsafe-no-fsync",
                 "--listen-client-urls=" + client,
                 "--advertise-client-urls=" + client,
                 "--listen-peer-urls=" + peer,
                 "--initial-advertise-peer-urls=" + peer,
                 "--initial-cluster=default=" + peer},
        .out = dir_ / "etcd.log",
    }};
}

void KubeApiServer::start() {
    const auto key = (dir_ / "service-accounts.key").string();
    server_ = Process{Command{
        .argv = {tool("kube-apiserver"),
                 "--etcd-servers=http://" + etcd_client_.address(),
                 "--cert-dir=" + (dir_ / "certs").string(),
                 "--bind-address=127.0.0.1",
                 "--secure-port=" + std::to_string(port_.number()),
                 "--service-account-issuer=https://kubernetes.default.svc",
                 "--service-account-key-file=" + key,
                 "--service-account-signing-key-file=" + key,
                 "--disable-admission-plugins=ServiceAccount",
                 "--authorization-mode=RBAC",
                 "--token-auth-file=" + (dir_ / "tokens.csv").string(),
                 "--service-cluster-ip-range=10.0.0.0/24",
                 "--audit-policy-file=" + (dir_ / "audit-policy.yaml").string(),
                 "--audit-log-path=" + (dir_ / "audit.log").string(),
                 // Written before the reply goes out, so that a test may count right after it.
                 "--audit-log-mode=blocking"},
        .out = dir_ / "apiserver.log",
    }};
}

void KubeApiServer::wait_until_ready() {
    const auto answers = [this] {
        return std::filesystem::exists(ca_file()) &&
               kubectl({"get", "--raw", "/readyz"}).out == "ok";
    };
    const bool ready =
        eventually([&] { return !server_.running() || !etcd_.running() || answers(); },
                   kStartTime,
                   std::chrono::milliseconds{100});
    if (!ready || !server_.running() || !etcd_.running()) {
        throw std::runtime_error("kube-apiserver is not ready; its log:\n" + end_of(log()) +
                                 "\netcd's:\n" + end_of(read_file(dir_ / "etcd.log")));
    }
}

std::filesystem::path KubeApiServer::kubeconfig(std::string_view name,
                                                std::string_view token) const {
    const core::Json config{
        {"apiVersion", "v1"},
        {"kind", "Config"},
        {"clusters",
         {{{"name", "test"},
           {"cluster", {{"server", url()}, {"certificate-authority", ca_file().string()}}}}}},
        {"users", {{{"name", "user"}, {"user", {{"token", token}}}}}},
        {"contexts", {{{"name", "test"}, {"context", {{"cluster", "test"}, {"user", "user"}}}}}},
        {"current-context", "test"}};
    auto path = dir_ / (std::string{name} + ".kubeconfig");
    write_file(path, config.dump(2));
    return path;
}

std::string KubeApiServer::token_for(std::string_view ns, std::string_view service_account) const {
    auto token =
        kubectl_ok({"create", "token", "-n", std::string{ns}, std::string{service_account}});
    token.erase(token.find_last_not_of('\n') + 1);
    return token;
}

Output KubeApiServer::kubectl(std::vector<std::string> args, std::string_view input) const {
    std::vector<std::string> argv{tool("kubectl"),
                                  "--kubeconfig=" + admin_kubeconfig().string(),
                                  "--cache-dir=" + (dir_ / "kubectl-cache").string()};
    argv.insert(argv.end(), args.begin(), args.end());
    return run(Command{.argv = std::move(argv), .env = {{"HOME", dir_.path().string()}}}, input);
}

std::string KubeApiServer::kubectl_ok(const std::vector<std::string>& args,
                                      std::string_view input) const {
    auto output = kubectl(args, input);
    if (output.exit_code != 0) {
        std::string command = "kubectl";
        for (const auto& arg : args) {
            command += " " + arg;
        }
        throw std::runtime_error(command + " failed: " + output.out + output.err);
    }
    return std::move(output.out);
}

core::Json KubeApiServer::kubectl_json(std::vector<std::string> args) const {
    args.insert(args.end(), {"-o", "json"});
    return core::Json::parse(kubectl_ok(args));
}

std::vector<core::Json> KubeApiServer::audit() const {
    std::vector<core::Json> events;
    std::istringstream lines{read_file(dir_ / "audit.log")};
    for (std::string line; std::getline(lines, line);) {
        auto event = core::Json::parse(line, nullptr, false);
        if (event.is_object()) {
            events.push_back(std::move(event));
        }
    }
    return events;
}

std::size_t KubeApiServer::writes_by(std::string_view user) const {
    constexpr std::array<std::string_view, 4> kWrites{"create", "update", "patch", "delete"};
    const auto events = audit();
    return static_cast<std::size_t>(std::ranges::count_if(events, [&](const core::Json& event) {
        const auto name = event.value(core::Json::json_pointer("/user/username"), "");
        const auto resource = event.value(core::Json::json_pointer("/objectRef/resource"), "");
        return name == user && resource != "leases" &&
               std::ranges::find(kWrites, event.value("verb", "")) != kWrites.end();
    }));
}

void KubeApiServer::stop() {
    server_.terminate();
}

void KubeApiServer::kill() {
    server_.kill();
}

void KubeApiServer::restart() {
    stop();
    start();
    wait_until_ready();
}

std::string KubeApiServer::log() const {
    return read_file(dir_ / "apiserver.log");
}

}  // namespace headgate::support
