// The command line and the environment as one value. The only place that reads either; everything
// that is wrong is said at once, with the nearest known name.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/log.hpp"

namespace headgate::cli {

enum class Command { Run, Apply, Plan, Delete, Get, Export, Convert, Crds, Version, Controller };

enum class Output {
    Text,  ///< For people; of export and convert, YAML.
    Json,
};

/// How to reach NATS, as given: files are named, not read.
struct NatsOptions {
    std::vector<std::string> servers{"nats://127.0.0.1:4222"};
    std::string creds;
    std::string nkey;
    std::string user;
    std::string password_file;
    std::string token_file;
    std::string tls_ca;
    std::string tls_cert;
    std::string tls_key;
    bool tls_first = false;
    std::string js_domain;
    std::string js_api_prefix;
};

/// How to reach Kubernetes: a kubeconfig, else the service account of the Pod this runs in.
struct KubeOptions {
    std::string kubeconfig;
    std::string context;
    std::vector<std::string> namespaces;  ///< The only ones looked at, each once; empty: all.
    std::string kubeconfigs;  ///< $KUBECONFIG: files with ':', read where no kubeconfig is given.
    std::string https_proxy;  ///< $HTTPS_PROXY, else $https_proxy; the others likewise.
    std::string http_proxy;
    std::string no_proxy;
    std::string service_host;  ///< $KUBERNETES_SERVICE_HOST and _PORT, as the kubelet sets them.
    std::string service_port;
};

/// Leader election among several replicas of `controller`.
struct LeaderOptions {
    bool elect = false;
    std::string ns;    ///< Empty: the operator's own.
    std::string name;  ///< Of the Lease.
    std::string host;  ///< $HOSTNAME: the Pod's name.
    std::chrono::milliseconds lease_duration{15'000};
    std::chrono::milliseconds renew_deadline{10'000};
    std::chrono::milliseconds retry_period{2'000};
};

struct Options {
    Command command = Command::Version;
    NatsOptions nats;
    KubeOptions kube;
    LeaderOptions leader;
    bool events = true;
    std::string instance = "headgate";
    int replica_limit = 0;  ///< 0: no cap.
    /// Absent: the command's own default.
    std::optional<core::LogLevel> log_level;
    core::LogFormat log_format = core::LogFormat::Text;
    bool no_color = false;  ///< $NO_COLOR is set (no-color.org).

    std::vector<std::string> files;
    Output output = Output::Text;
    std::string streams = "*";  ///< A shell's pattern of names.
    bool adopt = false;
    std::vector<std::string> approvals;
    bool prune = false;
    bool once = false;
    std::string listen = ":8080";
    std::chrono::milliseconds resync{30'000};
    std::chrono::milliseconds outage_grace{30'000};
    std::size_t workers = 8;
    std::size_t asset_metrics = 0;  ///< How many objects have gauges of their own; 0: none.
    bool debug = false;             ///< Serves /debug.
    std::string crds_dir;           ///< Where to write the CRDs, instead of printing them.
    std::string reference_dir;      ///< Where to write the reference pages.
};

/// Nothing to run: print and end.
struct Finished {
    int exit_code = 0;
    std::string out;
    std::string err;
};

/// The value of an environment variable; nullptr: not set.
using Environment = std::function<const char*(const char* name)>;

/// `arguments` without the program's name. A flag on the command line goes before its variable
/// (`--js-domain`: HEADGATE_JS_DOMAIN), and an empty variable counts as not set.
[[nodiscard]] std::variant<Options, Finished> parse_options(std::span<const std::string> arguments,
                                                            const Environment& environment);

/// This process's own environment.
[[nodiscard]] Environment process_environment();

}  // namespace headgate::cli
