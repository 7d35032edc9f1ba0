// kubeconfig files: one context of them as connection settings. What is not supported (basic
// authentication, skipped TLS verification, impersonation, auth-provider) is an error that says so,
// never a connection with other rights or less trust than the file asks for.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "kube/connection_settings.hpp"

namespace headgate::kube::config {

/// Reads the file at `path` and those it names, relative to its folder. An empty `context` is the
/// file's current-context. NotFound: a file cannot be read. InvalidSpec: not a kubeconfig, no such
/// context, or one that needs what is not supported; the message names the entry.
[[nodiscard]] core::Result<ConnectionSettings> load_kubeconfig(const std::filesystem::path& path,
                                                               std::string_view context = {});

/// The same of several, as $KUBECONFIG lists them with ':': an entry or a current-context of an
/// earlier file goes before that of a later one, and files that are not there are passed over.
/// NotFound: none of them is there.
[[nodiscard]] core::Result<ConnectionSettings> load_kubeconfigs(const std::string& list,
                                                                std::string_view context = {});

/// Gives the text of a file that a kubeconfig names, its path as written there.
using FileReader = std::function<core::Result<std::string>(const std::string& path)>;

/// One of the files, as text; `resolve` makes a path that it names absolute.
struct KubeconfigText {
    std::string text;
    FileReader read;
    std::function<std::string(const std::string& path)> resolve;
};

/// The same of text at hand.
[[nodiscard]] core::Result<ConnectionSettings> parse_kubeconfigs(
    const std::vector<KubeconfigText>& files, std::string_view context);

}  // namespace headgate::kube::config
