#include "kube/config/kubeconfig.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>
#include <yaml-cpp/binary.h>
#include <yaml-cpp/yaml.h>

#include "kube/config/exec_plugin.hpp"
#include "kube/config/proxies.hpp"
#include "kube/config/text_file.hpp"

namespace headgate::kube::config {

namespace {

using core::Error;
using core::ErrorCode;
using core::Result;

/// Carries an Error out of nested reading; caught by `parse_kubeconfig`.
struct Problem {
    Error error;
};

[[noreturn]] void fail(const std::string& message) {
    throw Problem{{ErrorCode::InvalidSpec, message}};
}

std::string text_at(const YAML::Node& node, const char* name) {
    const auto value = node[name];
    return value && value.IsScalar() ? value.as<std::string>() : std::string{};
}

/// A file of the list, parsed.
struct Document {
    YAML::Node root;
    const KubeconfigText* file = nullptr;
};

/// What one of the files says of a name; its paths are relative to that file.
struct Entry {
    YAML::Node node;
    const KubeconfigText* file = nullptr;
    std::string where;  ///< user "u"
};

/// `contexts: [{name, context}]`, and so for clusters and users.
Entry entry_of(const std::vector<Document>& documents,
               const char* list,
               const char* kind,
               const std::string& name) {
    const auto where = std::string{kind} + " \"" + name + "\"";
    for (const auto& document : documents) {
        for (const auto& entry : document.root[list]) {
            if (text_at(entry, "name") == name) {
                return {entry[kind] ? entry[kind] : YAML::Node{YAML::NodeType::Map},
                        document.file,
                        where};
            }
        }
    }
    fail("there is no " + where);
}

struct Unsupported {
    const char* key;
    const char* why;
};

constexpr std::array kUnsupportedOfUser{
    Unsupported{"auth-provider",
                "auth providers are not supported; use exec, a token, tokenFile or client "
                "certificate"},
    Unsupported{"username", "basic authentication is not supported"},
    Unsupported{"password", "basic authentication is not supported"},
    Unsupported{"as", "impersonation is not supported"},
    Unsupported{"as-uid", "impersonation is not supported"},
    Unsupported{"as-groups", "impersonation is not supported"},
};

template <std::size_t N>
void refuse(const std::array<Unsupported, N>& keys,
            const YAML::Node& node,
            const std::string& where) {
    for (const auto& [key, why] : keys) {
        if (node[key]) {
            fail(where + ": " + key + ": " + why);
        }
    }
}

/// `NAME-data` in base64, which goes first, or the file that `NAME` names.
struct Pem {
    std::string text;
    std::string file;  ///< Absolute; empty: it was inline, or there is none.
};

Pem pem_of(const Entry& entry, const std::string& name) {
    if (const auto data = text_at(entry.node, (name + "-data").c_str()); !data.empty()) {
        const auto bytes = YAML::DecodeBase64(data);
        if (bytes.empty()) {
            fail(entry.where + ": " + name + "-data is not base64");
        }
        return {{bytes.begin(), bytes.end()}, {}};
    }
    const auto path = text_at(entry.node, name.c_str());
    if (path.empty()) {
        return {};
    }
    auto text = entry.file->read(path);
    if (!text) {
        throw Problem{core::with_context(entry.where + ": " + name, text.error())};
    }
    return {std::move(*text), entry.file->resolve(path)};
}

void read_cluster(const Entry& entry, ConnectionSettings& into) {
    const auto& skip = entry.node["insecure-skip-tls-verify"];
    if (skip && skip.as<bool>()) {
        fail(entry.where +
             ": insecure-skip-tls-verify is not supported; give certificate-authority(-data)");
    }
    into.server = text_at(entry.node, "server");
    if (into.server.empty()) {
        fail(entry.where + ": no server");
    }
    into.tls_server_name = text_at(entry.node, "tls-server-name");
    auto ca = pem_of(entry, "certificate-authority");
    into.ca_pem = std::move(ca.text);
    into.ca_file = std::move(ca.file);
    if (const auto proxy = text_at(entry.node, "proxy-url"); !proxy.empty()) {
        auto checked = check_proxy(core::Secret{proxy});
        if (!checked) {
            fail(entry.where + ": proxy-url: " + checked.error().message);
        }
        into.proxy = std::move(*checked);
    }
}

/// As JSON, for a plugin that gets `cluster.extensions[client.authentication.k8s.io/exec]`. A plain
/// scalar that reads as JSON is that; a quoted one is text.
core::Json json_of(const YAML::Node& node) {
    if (node.IsMap()) {
        auto json = core::Json::object();
        for (const auto& pair : node) {
            json[pair.first.as<std::string>()] = json_of(pair.second);
        }
        return json;
    }
    if (node.IsSequence()) {
        auto json = core::Json::array();
        for (const auto& item : node) {
            json.push_back(json_of(item));
        }
        return json;
    }
    if (!node.IsScalar()) {
        return nullptr;
    }
    const auto text = node.as<std::string>();
    const auto json = core::Json::parse(text, nullptr, false);
    return node.Tag() == "!" || json.is_discarded() ? core::Json(text) : json;
}

/// spec.cluster of what a plugin is told (client.authentication.k8s.io/v1, type Cluster).
core::Json cluster_for_plugins(const Entry& entry, const ConnectionSettings& settings) {
    core::Json cluster{{"server", settings.server}};
    if (!settings.tls_server_name.empty()) {
        cluster["tls-server-name"] = settings.tls_server_name;
    }
    if (!settings.ca_pem.empty()) {
        const auto* bytes = reinterpret_cast<const unsigned char*>(settings.ca_pem.data());
        cluster["certificate-authority-data"] = YAML::EncodeBase64(bytes, settings.ca_pem.size());
    }
    if (!settings.proxy.empty()) {
        cluster["proxy-url"] = settings.proxy.reveal();
    }
    for (const auto& extension : entry.node["extensions"]) {
        if (text_at(extension, "name") == "client.authentication.k8s.io/exec") {
            cluster["config"] = json_of(extension["extension"]);
        }
    }
    return cluster;
}

ExecPlugin plugin_of(const Entry& user, const Entry& cluster, const ConnectionSettings& settings) {
    const auto exec = user.node["exec"];
    ExecPlugin plugin;
    plugin.api_version = text_at(exec, "apiVersion");
    if (plugin.api_version != "client.authentication.k8s.io/v1" &&
        plugin.api_version != "client.authentication.k8s.io/v1beta1") {
        fail(user.where + ": exec: apiVersion \"" + plugin.api_version +
             "\" is not supported, only client.authentication.k8s.io/v1 and v1beta1 are");
    }
    plugin.command = text_at(exec, "command");
    if (plugin.command.empty()) {
        fail(user.where + ": exec: no command");
    }
    // As kubectl: a bare name is searched for, a path is relative to the file.
    if (plugin.command.find('/') != std::string::npos) {
        plugin.command = user.file->resolve(plugin.command);
    }
    if (text_at(exec, "interactiveMode") == "Always") {
        fail(user.where + ": exec: interactiveMode Always needs a terminal, and there is none");
    }
    for (const auto& arg : exec["args"]) {
        plugin.args.push_back(arg.as<std::string>());
    }
    for (const auto& variable : exec["env"]) {
        plugin.env.emplace_back(text_at(variable, "name"), text_at(variable, "value"));
    }
    plugin.install_hint = text_at(exec, "installHint");
    if (exec["provideClusterInfo"] && exec["provideClusterInfo"].as<bool>()) {
        plugin.cluster = cluster_for_plugins(cluster, settings);
    }
    return plugin;
}

void read_user(const Entry& entry, const Entry& cluster, ConnectionSettings& into) {
    refuse(kUnsupportedOfUser, entry.node, entry.where);
    into.token = core::Secret{text_at(entry.node, "token")};
    if (const auto file = text_at(entry.node, "tokenFile"); !file.empty()) {
        into.token_file = entry.file->resolve(file);
    }
    auto certificate = pem_of(entry, "client-certificate");
    auto key = pem_of(entry, "client-key");
    into.client_certificate_pem = std::move(certificate.text);
    into.client_certificate_file = std::move(certificate.file);
    into.client_key_pem = core::Secret{std::move(key.text)};
    into.client_key_file = std::move(key.file);
    if (into.client_certificate_pem.empty() != into.client_key_pem.empty()) {
        fail(entry.where + ": client-certificate and client-key are needed both");
    }
    // As kubectl: what is there already is used, and the plugin where nothing is.
    const bool has_token = !into.token.empty() || !into.token_file.empty();
    if (entry.node["exec"] && !has_token && into.client_certificate_pem.empty()) {
        into.ask_credential = [plugin = plugin_of(entry, cluster, into)] { return run(plugin); };
    }
}

ConnectionSettings settings_of(const std::vector<Document>& documents, std::string context) {
    for (const auto& document : documents) {
        if (!document.root.IsMap()) {
            fail("not a kubeconfig: no mapping at the top");
        }
        if (context.empty()) {
            context = text_at(document.root, "current-context");
        }
    }
    if (context.empty()) {
        fail("no current-context, and no context was named");
    }
    const auto chosen = entry_of(documents, "contexts", "context", context).node;
    ConnectionSettings settings;
    settings.ns = text_at(chosen, "namespace");
    const auto cluster = entry_of(documents, "clusters", "cluster", text_at(chosen, "cluster"));
    read_cluster(cluster, settings);
    if (const auto user = text_at(chosen, "user"); !user.empty()) {
        read_user(entry_of(documents, "users", "user", user), cluster, settings);
    }
    return settings;
}

KubeconfigText file_of(const std::filesystem::path& path, std::string text) {
    const auto folder = path.parent_path();
    return {.text = std::move(text),
            .read = [folder](const std::string& file) { return read_text_file(folder / file); },
            .resolve = [folder](const std::string& file) { return (folder / file).string(); }};
}

}  // namespace

Result<ConnectionSettings> parse_kubeconfigs(const std::vector<KubeconfigText>& files,
                                             std::string_view context) {
    try {
        std::vector<Document> documents;
        for (const auto& file : files) {
            documents.push_back({YAML::Load(file.text), &file});
        }
        return settings_of(documents, std::string{context});
    } catch (const Problem& problem) {
        return problem.error;
    } catch (const YAML::Exception& error) {
        return Error{ErrorCode::InvalidSpec, error.what()};
    }
}

Result<ConnectionSettings> load_kubeconfig(const std::filesystem::path& path,
                                           std::string_view context) {
    auto text = read_text_file(path);
    if (!text) {
        return core::with_context("kubeconfig", text.error());
    }
    auto settings = parse_kubeconfigs({file_of(path, std::move(*text))}, context);
    if (!settings) {
        return core::with_context("kubeconfig " + path.string(), settings.error());
    }
    return settings;
}

Result<ConnectionSettings> load_kubeconfigs(const std::string& list, std::string_view context) {
    std::vector<KubeconfigText> files;
    std::size_t begin = 0;
    while (begin <= list.size()) {
        const auto end = std::min(list.find(':', begin), list.size());
        const auto path = list.substr(begin, end - begin);
        if (auto text = path.empty() ? Result<std::string>{Error{}} : read_text_file(path)) {
            files.push_back(file_of(path, std::move(*text)));
        }
        begin = end + 1;
    }
    if (files.empty()) {
        return Error{ErrorCode::NotFound, "kubeconfig: cannot read any of " + list};
    }
    auto settings = parse_kubeconfigs(files, context);
    if (!settings) {
        return core::with_context("kubeconfig " + list, settings.error());
    }
    return settings;
}

}  // namespace headgate::kube::config
