#include "kube/config/kubeconfig.hpp"

#include <array>
#include <stdexcept>
#include <utility>

#include <yaml-cpp/binary.h>
#include <yaml-cpp/yaml.h>

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

/// `contexts: [{name, context}]`, and so for clusters and users.
YAML::Node entry_of(const YAML::Node& root,
                    const char* list,
                    const char* kind,
                    const std::string& name) {
    for (const auto& entry : root[list]) {
        if (text_at(entry, "name") == name) {
            return entry[kind] ? entry[kind] : YAML::Node{YAML::NodeType::Map};
        }
    }
    fail(std::string{"there is no "} + kind + " \"" + name + "\"");
}

struct Unsupported {
    const char* key;
    const char* why;
};

constexpr std::array kUnsupportedOfCluster{
    Unsupported{"proxy-url", "proxies are not supported"},
};

constexpr std::array kUnsupportedOfUser{
    Unsupported{
        "exec",
        "credential plugins are not supported yet; use a token, tokenFile or client certificate"},
    Unsupported{"auth-provider",
                "auth providers are not supported; use a token, tokenFile or client certificate"},
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

class Reader {
public:
    Reader(const FileReader& read, const std::function<std::string(const std::string&)>& resolve)
        : read_(read), resolve_(resolve) {}

    [[nodiscard]] ConnectionSettings settings(const YAML::Node& root, std::string context) const {
        if (!root.IsMap()) {
            fail("not a kubeconfig: no mapping at the top");
        }
        if (context.empty()) {
            context = text_at(root, "current-context");
        }
        if (context.empty()) {
            fail("no current-context, and no context was named");
        }
        const auto chosen = entry_of(root, "contexts", "context", context);
        ConnectionSettings settings;
        settings.ns = text_at(chosen, "namespace");
        const auto cluster = text_at(chosen, "cluster");
        read_cluster(entry_of(root, "clusters", "cluster", cluster),
                     "cluster \"" + cluster + "\"",
                     settings);
        if (const auto user = text_at(chosen, "user"); !user.empty()) {
            read_user(entry_of(root, "users", "user", user), "user \"" + user + "\"", settings);
        }
        return settings;
    }

private:
    void read_cluster(const YAML::Node& node,
                      const std::string& where,
                      ConnectionSettings& into) const {
        refuse(kUnsupportedOfCluster, node, where);
        if (node["insecure-skip-tls-verify"] && node["insecure-skip-tls-verify"].as<bool>()) {
            fail(where +
                 ": insecure-skip-tls-verify is not supported; give certificate-authority(-data)");
        }
        into.server = text_at(node, "server");
        if (into.server.empty()) {
            fail(where + ": no server");
        }
        into.tls_server_name = text_at(node, "tls-server-name");
        into.ca_pem = pem(node, "certificate-authority", where);
    }

    void read_user(const YAML::Node& node,
                   const std::string& where,
                   ConnectionSettings& into) const {
        refuse(kUnsupportedOfUser, node, where);
        into.token = core::Secret{text_at(node, "token")};
        if (const auto file = text_at(node, "tokenFile"); !file.empty()) {
            into.token_file = resolve_(file);
        }
        into.client_certificate_pem = pem(node, "client-certificate", where);
        into.client_key_pem = core::Secret{pem(node, "client-key", where)};
        if (into.client_certificate_pem.empty() != into.client_key_pem.empty()) {
            fail(where + ": client-certificate and client-key are needed both");
        }
    }

    /// `NAME-data` in base64, which goes first, or the file that `NAME` names. Empty: neither.
    [[nodiscard]] std::string pem(const YAML::Node& node,
                                  const std::string& name,
                                  const std::string& where) const {
        if (const auto data = text_at(node, (name + "-data").c_str()); !data.empty()) {
            const auto bytes = YAML::DecodeBase64(data);
            if (bytes.empty()) {
                fail(where + ": " + name + "-data is not base64");
            }
            return {bytes.begin(), bytes.end()};
        }
        const auto path = text_at(node, name.c_str());
        if (path.empty()) {
            return {};
        }
        auto text = read_(path);
        if (!text) {
            throw Problem{core::with_context(where + ": " + name, text.error())};
        }
        return std::move(*text);
    }

    const FileReader& read_;
    const std::function<std::string(const std::string&)>& resolve_;
};

}  // namespace

Result<ConnectionSettings> parse_kubeconfig(
    const std::string& text,
    std::string_view context,
    const FileReader& read,
    const std::function<std::string(const std::string&)>& resolve) {
    try {
        return Reader{read, resolve}.settings(YAML::Load(text), std::string{context});
    } catch (const Problem& problem) {
        return problem.error;
    } catch (const YAML::Exception& error) {
        return Error{ErrorCode::InvalidSpec, error.what()};
    }
}

Result<ConnectionSettings> load_kubeconfig(const std::filesystem::path& path,
                                           std::string_view context) {
    const auto text = read_text_file(path);
    if (!text) {
        return core::with_context("kubeconfig", text.error());
    }
    const auto folder = path.parent_path();
    const auto resolve = [&](const std::string& file) { return (folder / file).string(); };
    const auto read = [&](const std::string& file) { return read_text_file(folder / file); };
    auto settings = parse_kubeconfig(*text, context, read, resolve);
    if (!settings) {
        return core::with_context("kubeconfig " + path.string(), settings.error());
    }
    return settings;
}

}  // namespace headgate::kube::config
