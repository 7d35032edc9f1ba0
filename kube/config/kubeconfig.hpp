// kubeconfig files: one context of it as connection settings. What is not supported (exec plugins,
// basic authentication, skipped TLS verification, proxies, impersonation) is an error that says so,
// never a connection with other rights or less trust than the file asks for.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "kube/connection_settings.hpp"

namespace headgate::kube::config {

/// Reads the file at `path` and those it names, relative to its folder. An empty `context` is the
/// file's current-context. NotFound: a file cannot be read. InvalidSpec: not a kubeconfig, no such
/// context, or one that needs what is not supported; the message names the entry.
[[nodiscard]] core::Result<ConnectionSettings> load_kubeconfig(const std::filesystem::path& path,
                                                               std::string_view context = {});

/// Gives the text of a file that a kubeconfig names, its path as written there.
using FileReader = std::function<core::Result<std::string>(const std::string& path)>;

/// The same of text at hand; `resolve` makes a path of the file absolute.
[[nodiscard]] core::Result<ConnectionSettings> parse_kubeconfig(
    const std::string& text,
    std::string_view context,
    const FileReader& read,
    const std::function<std::string(const std::string&)>& resolve);

}  // namespace headgate::kube::config
