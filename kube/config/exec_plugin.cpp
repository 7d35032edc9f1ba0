#include "kube/config/exec_plugin.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/units.hpp"

namespace headgate::kube::config {

namespace {

using core::Error;
using core::ErrorCode;
using core::Json;
using core::Result;
using std::chrono::steady_clock;

constexpr std::size_t kMostPrinted = 1U << 20U;
constexpr std::size_t kMostTold = 500;

Error failure(const ExecPlugin& plugin, const std::string& what) {
    return {ErrorCode::Forbidden, "credential plugin \"" + plugin.command + "\": " + what};
}

class Pipe {
public:
    Pipe() {
        if (pipe2(ends_.data(), O_CLOEXEC) != 0) {
            ends_ = {-1, -1};
        }
    }

    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    ~Pipe() {
        close_end(0);
        close_end(1);
    }

    [[nodiscard]] int reader() const { return ends_[0]; }

    [[nodiscard]] int writer() const { return ends_[1]; }

    void close_writer() { close_end(1); }

    /// Takes what is there. False: it has ended.
    bool read_into(std::string& text) {
        std::array<char, 4096> buffer{};
        const auto got = ::read(reader(), buffer.data(), buffer.size());
        if (got > 0 && text.size() < kMostPrinted) {
            text.append(buffer.data(), static_cast<std::size_t>(got));
        }
        return got > 0 || (got < 0 && errno == EINTR);
    }

private:
    void close_end(std::size_t end) {
        if (ends_.at(end) >= 0) {
            close(std::exchange(ends_.at(end), -1));
        }
    }

    std::array<int, 2> ends_{-1, -1};
};

std::string told_to(const ExecPlugin& plugin) {
    Json spec{{"interactive", false}};
    if (!plugin.cluster.is_null()) {
        spec["cluster"] = plugin.cluster;
    }
    return Json{{"apiVersion", plugin.api_version}, {"kind", "ExecCredential"}, {"spec", spec}}
        .dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// This program's variables, with the plugin's own in place of those of the same name.
std::vector<std::string> environment_of(const ExecPlugin& plugin) {
    auto own = plugin.env;
    own.emplace_back("KUBERNETES_EXEC_INFO", told_to(plugin));
    std::vector<std::string> all;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text{*entry};
        const auto name = text.substr(0, text.find('='));
        const bool replaced = std::any_of(
            own.begin(), own.end(), [&](const auto& each) { return each.first == name; });
        if (!replaced) {
            all.emplace_back(text);
        }
    }
    for (const auto& [name, value] : own) {
        all.push_back(name + "=" + value);
    }
    return all;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (auto& text : texts) {
        pointers.push_back(text.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

/// The process, in a group of its own; or why there is none.
Result<pid_t> spawn(const ExecPlugin& plugin, const Pipe& out, const Pipe& err) {
    std::vector<std::string> words{plugin.command};
    words.insert(words.end(), plugin.args.begin(), plugin.args.end());
    auto variables = environment_of(plugin);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out.writer(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, err.writer(), STDERR_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    pid_t process = -1;
    const int failed = posix_spawnp(&process,
                                    plugin.command.c_str(),
                                    &files,
                                    &attributes,
                                    pointers_to(words).data(),
                                    pointers_to(variables).data());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    if (failed == 0) {
        return process;
    }
    const auto hint = plugin.install_hint.empty() ? "" : "; " + plugin.install_hint;
    return failure(plugin, "cannot be run: " + std::generic_category().message(failed) + hint);
}

struct Printed {
    std::string out;
    std::string err;
    bool ended = false;  ///< Both, in time.
};

Printed read_both(Pipe& out, Pipe& err, steady_clock::time_point deadline) {
    Printed printed;
    bool more_out = true;
    bool more_err = true;
    while (more_out || more_err) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
        if (left.count() <= 0) {
            return printed;
        }
        // A negative descriptor is left out.
        std::array<pollfd, 2> ends{pollfd{more_out ? out.reader() : -1, POLLIN, 0},
                                   pollfd{more_err ? err.reader() : -1, POLLIN, 0}};
        if (poll(ends.data(), ends.size(), static_cast<int>(left.count())) <= 0) {
            continue;
        }
        more_out = more_out && (ends[0].revents == 0 || out.read_into(printed.out));
        more_err = more_err && (ends[1].revents == 0 || err.read_into(printed.err));
    }
    printed.ended = true;
    return printed;
}

/// The end of what it said, for a person: on one line.
std::string told(std::string text) {
    text.erase(text.find_last_not_of(" \n\r\t") + 1);
    if (text.size() > kMostTold) {
        text = "..." + text.substr(text.size() - kMostTold);
    }
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text.empty() ? "" : ": " + text;
}

}  // namespace

Result<Credential> run(const ExecPlugin& plugin, std::chrono::milliseconds limit) {
    Pipe out;
    Pipe err;
    if (out.reader() < 0 || err.reader() < 0) {
        return failure(plugin, "no pipe to read it by");
    }
    const auto process = spawn(plugin, out, err);
    if (!process) {
        return process.error();
    }
    out.close_writer();
    err.close_writer();
    auto printed = read_both(out, err, steady_clock::now() + limit);
    if (!printed.ended) {
        kill(-*process, SIGKILL);
    }
    int status = 0;
    while (waitpid(*process, &status, 0) < 0 && errno == EINTR) {
    }
    if (!printed.ended) {
        return failure(plugin,
                       "did not end within " + core::format_duration(limit) + told(printed.err));
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        const auto how = WIFEXITED(status) ? "exit code " + std::to_string(WEXITSTATUS(status))
                                           : "ended by signal " + std::to_string(WTERMSIG(status));
        return failure(plugin, how + told(printed.err));
    }
    auto credential = parse_credential(printed.out, plugin.api_version);
    return credential ? std::move(credential)
                      : failure(plugin, credential.error().message + told(printed.err));
}

Result<Credential> parse_credential(const std::string& printed, std::string_view api_version) {
    const auto wrong = [](const std::string& what) { return Error{ErrorCode::Forbidden, what}; };
    const auto json = Json::parse(printed, nullptr, false);
    try {
        if (!json.is_object() || json.value("kind", "") != "ExecCredential") {
            return wrong("printed no ExecCredential");
        }
        if (const auto version = json.value("apiVersion", ""); version != api_version) {
            return wrong("printed apiVersion \"" + version + "\", not \"" +
                         std::string{api_version} + "\"");
        }
        const auto status = json.value("status", Json::object());
        Credential credential;
        credential.token = core::Secret{status.value("token", "")};
        credential.certificate_pem = status.value("clientCertificateData", "");
        credential.key_pem = core::Secret{status.value("clientKeyData", "")};
        if (credential.certificate_pem.empty() != credential.key_pem.empty()) {
            return wrong("gave one of clientCertificateData and clientKeyData");
        }
        if (credential.token.empty() && credential.certificate_pem.empty()) {
            return wrong("gave neither a token nor a client certificate");
        }
        if (const auto expires = status.value("expirationTimestamp", ""); !expires.empty()) {
            const auto time = core::parse_time(expires);
            if (!time) {
                return wrong("expirationTimestamp: " + time.error().message);
            }
            credential.expires =
                std::chrono::time_point_cast<std::chrono::system_clock::duration>(*time);
        }
        return credential;
    } catch (const Json::exception&) {
        // Its text may quote what was printed.
        return wrong("printed an ExecCredential whose fields have other types");
    }
}

}  // namespace headgate::kube::config
