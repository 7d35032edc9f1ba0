#include "cli/options.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>

#include "cli/build_info.hpp"
#include "cli/command_line.hpp"
#include "cli/suggestions.hpp"
#include "core/units.hpp"

namespace headgate::cli {

namespace {

std::string variable_of(const std::string& flag) {
    std::string variable = "HEADGATE_" + flag;
    std::transform(variable.begin(), variable.end(), variable.begin(), [](unsigned char c) {
        return c == '-' ? '_' : static_cast<char>(std::toupper(c));
    });
    return variable;
}

std::string read(const Environment& environment, const std::string& name) {
    const auto* const value = environment(name.c_str());
    return value == nullptr ? std::string{} : value;
}

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::size_t begin = 0;
    while (begin <= text.size()) {
        const auto end = std::min(text.find(separator, begin), text.size());
        if (end > begin) {
            parts.push_back(text.substr(begin, end - begin));
        }
        begin = end + 1;
    }
    return parts;
}

/// Of the variables that all programs read, some are written in capitals and some are not.
std::string read_either(const Environment& environment, std::string name) {
    auto value = read(environment, name);
    if (!value.empty()) {
        return value;
    }
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
        return static_cast<char>(std::tolower(c));
    });
    return read(environment, name);
}

void add_from_environment(CLI::App& app, const Environment& environment) {
    for (auto* const option : app.get_options()) {
        const auto& names = option->get_lnames();
        if (option->count() > 0 || names.empty() || names.front() == "help" ||
            names.front() == "version") {
            continue;
        }
        const auto value = read(environment, variable_of(names.front()));
        if (value.empty()) {
            continue;
        }
        const bool list = option->get_expected_max() > 1;
        for (const auto& part : list ? split(value, ':') : std::vector<std::string>{value}) {
            option->add_result(part);
        }
        option->run_callback();
    }
}

class Judge {
public:
    explicit Judge(std::vector<std::string>& problems) : problems_(problems) {}

    void problem(std::string text) { problems_.push_back(std::move(text)); }

    void number(
        const std::string& flag, const std::string& text, long least, long most, long& value) {
        char* end = nullptr;
        const long parsed = std::strtol(text.c_str(), &end, 10);
        if (text.empty() || *end != '\0' || parsed < least || parsed > most) {
            return problem(flag + ": \"" + text + "\" is not a number from " +
                           std::to_string(least) + " to " + std::to_string(most));
        }
        value = parsed;
    }

    void duration(const std::string& flag,
                  const std::string& text,
                  std::chrono::milliseconds least,
                  std::chrono::milliseconds& value) {
        const auto parsed = core::parse_duration(text);
        if (!parsed) {
            return problem(flag + ": " + parsed.error().message);
        }
        if (*parsed < least) {
            return problem(flag + ": " + text + " is less than " + core::format_duration(least));
        }
        value = std::chrono::duration_cast<std::chrono::milliseconds>(*parsed);
    }

    template <class T>
    void one_of(const std::string& flag,
                const std::string& text,
                const std::vector<std::string>& names,
                const std::function<std::optional<T>(std::string_view)>& parse,
                T& value) {
        if (const auto parsed = parse(text)) {
            value = *parsed;
            return;
        }
        std::string all;
        for (const auto& name : names) {
            all += (all.empty() ? "" : ", ") + name;
        }
        problem(flag + ": \"" + text + "\" is not one of " + all + did_you_mean(text, names));
    }

private:
    std::vector<std::string>& problems_;
};

bool is_instance_name(const std::string& text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
    });
}

/// RFC 1123, as Kubernetes has it of a namespace.
bool is_namespace(const std::string& text) {
    constexpr std::size_t kLongest = 63;
    const auto is_alphanumeric = [](unsigned char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    };
    return !text.empty() && text.size() <= kLongest && is_alphanumeric(text.front()) &&
           is_alphanumeric(text.back()) && std::all_of(text.begin(), text.end(), [&](char c) {
               return is_alphanumeric(c) || c == '-';
           });
}

void judge_namespaces(Judge& judge, const std::string& text, std::vector<std::string>& value) {
    for (const auto& part : split(text, ',')) {
        auto name = part.substr(std::min(part.find_first_not_of(' '), part.size()));
        name.erase(name.find_last_not_of(' ') + 1);
        if (!is_namespace(name)) {
            judge.problem("--namespaces: \"" + name +
                          "\" is not a namespace: lower case letters, digits and '-'");
        } else if (std::find(value.begin(), value.end(), name) == value.end()) {
            value.push_back(std::move(name));
        }
    }
    // Not what was left, nothing, which would mean all.
    if (!text.empty() && value.empty()) {
        judge.problem("--namespaces: \"" + text + "\" names none");
    }
}

bool writes_manifests(Command command) {
    return command == Command::Export || command == Command::Convert;
}

void judge_output(Judge& judge, const std::string& text, Options& options) {
    const std::string usual = writes_manifests(options.command) ? "yaml" : "text";
    judge.one_of<Output>(
        "--output",
        text.empty() ? usual : text,
        {usual, "json"},
        [&](std::string_view name) {
            return name == "json"  ? std::optional{Output::Json}
                   : name == usual ? std::optional{Output::Text}
                                   : std::nullopt;
        },
        options.output);
}

/// As the API server takes names of Leases (RFC 1123 subdomains).
bool is_object_name(const std::string& text) {
    const auto is_plain = [](unsigned char c) {
        return std::islower(c) != 0 || std::isdigit(c) != 0;
    };
    return !text.empty() && text.size() <= 253 &&
           is_plain(static_cast<unsigned char>(text.front())) &&
           is_plain(static_cast<unsigned char>(text.back())) &&
           std::all_of(text.begin(), text.end(), [&](unsigned char c) {
               return is_plain(c) || c == '-' || c == '.';
           });
}

/// Instances may have names that no object can have.
std::string lease_name(const std::string& instance) {
    std::string name = "headgate-" + instance;
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
        return c == '_' ? '-' : static_cast<char>(std::tolower(c));
    });
    return name;
}

void judge_election(Judge& judge,
                    const Raw& raw,
                    const Environment& environment,
                    Options& options) {
    constexpr std::chrono::milliseconds kLeast{100};
    // As client-go: standbys look at intervals that jitter adds so much to.
    constexpr double kJitter = 1.2;
    auto& leader = options.leader;
    judge.duration("--lease-duration", raw.lease_duration, kLeast, leader.lease_duration);
    judge.duration("--renew-deadline", raw.renew_deadline, kLeast, leader.renew_deadline);
    judge.duration("--retry-period", raw.retry_period, kLeast, leader.retry_period);
    if (leader.lease_duration <= leader.renew_deadline) {
        judge.problem(
            "--lease-duration must be longer than --renew-deadline: or two lead at a time");
    }
    if (leader.renew_deadline <= leader.retry_period * kJitter) {
        judge.problem("--renew-deadline must be longer than 1.2 times --retry-period");
    }
    if (leader.name.empty()) {
        leader.name = lease_name(options.instance);
    }
    if (leader.elect && !is_object_name(leader.name)) {
        judge.problem("--leader-elect-name: \"" + leader.name +
                      "\" is not a name: lower-case letters, digits, '-' and '.'");
    }
    leader.host = read(environment, "HOSTNAME");
}

void judge_values(CommandLine& line,
                  const Environment& environment,
                  std::vector<std::string>& problems) {
    auto& [app, raw, options, commands, version] = line;
    Judge judge{problems};
    const auto server = raw.server.empty() ? read(environment, "NATS_URL") : raw.server;
    if (!server.empty()) {
        options.nats.servers = split(server, ',');
    }
    if (!is_instance_name(options.instance)) {
        judge.problem("--instance: \"" + options.instance +
                      "\" is not a name: letters, digits, '.', '_' and '-'");
    }
    long number = 0;
    if (!raw.replica_limit.empty()) {
        judge.number("--replica-limit", raw.replica_limit, 1, 5, number);
        options.replica_limit = static_cast<int>(number);
    }
    number = 1;
    judge.number("--workers", raw.workers, 1, 256, number);
    options.workers = static_cast<std::size_t>(number);
    number = 0;
    judge.number("--asset-metrics", raw.asset_metrics, 0, 100'000, number);
    options.asset_metrics = static_cast<std::size_t>(number);
    judge.duration("--resync", raw.resync, std::chrono::milliseconds{100}, options.resync);
    judge.duration(
        "--outage-grace", raw.outage_grace, std::chrono::milliseconds{0}, options.outage_grace);
    judge_election(judge, raw, environment, options);
    judge.one_of<bool>(
        "--events",
        raw.events,
        {"true", "false"},
        [](std::string_view text) {
            return text == "true"    ? std::optional{true}
                   : text == "false" ? std::optional{false}
                                     : std::nullopt;
        },
        options.events);
    judge_output(judge, raw.output, options);
    judge.one_of<core::LogFormat>("--log-format",
                                  raw.log_format,
                                  {"text", "json"},
                                  core::parse_log_format,
                                  options.log_format);
    if (!raw.log_level.empty()) {
        auto level = core::LogLevel::Info;
        judge.one_of<core::LogLevel>("--log-level",
                                     raw.log_level,
                                     {"debug", "info", "warning", "error", "off"},
                                     core::parse_log_level,
                                     level);
        options.log_level = level;
    }
    judge_namespaces(judge, raw.namespaces, options.kube.namespaces);
    if (!raw.directory.empty()) {
        options.files = {raw.directory};
    }
}

bool needs_files(Command command) {
    return command == Command::Run || command == Command::Apply || command == Command::Plan ||
           command == Command::Delete || command == Command::Convert;
}

Finished failure(const std::vector<std::string>& problems) {
    Finished finished{.exit_code = 1};
    for (const auto& problem : problems) {
        finished.err += "headgate: " + problem + "\n";
    }
    return finished;
}

std::string with_line_break(std::string text) {
    return text.ends_with('\n') ? text : text + "\n";
}

CLI::App* chosen_command(const CommandLine& line) {
    const auto chosen = line.app.get_subcommands();
    return chosen.empty() ? nullptr : chosen.front();
}

std::variant<Options, Finished> conclude(CommandLine& line, const Environment& environment) {
    if (line.version) {
        return Finished{.exit_code = 0, .out = "headgate " + std::string{kVersion} + "\n"};
    }
    auto* const chosen = chosen_command(line);
    if (auto wrong = not_understood(line, chosen)) {
        return failure({std::move(*wrong)});
    }
    if (chosen == nullptr) {
        return Finished{.exit_code = 1, .err = line.app.help()};
    }
    line.options.command =
        std::find_if(line.commands.begin(), line.commands.end(), [&](const auto& one) {
            return one.first == chosen;
        })->second;
    add_from_environment(line.app, environment);
    add_from_environment(*chosen, environment);
    std::vector<std::string> problems;
    judge_values(line, environment, problems);
    if (line.options.prune && line.app.get_option("--instance")->count() == 0) {
        problems.emplace_back(
            "--prune needs --instance: it handles all that this instance has signed, and others "
            "may use the default one");
    }
    if (needs_files(line.options.command) && line.options.files.empty()) {
        problems.push_back("headgate " + chosen->get_name() + " needs -f: " +
                           (line.options.command == Command::Run
                                ? "a directory of manifests"
                                : "a manifest, or a directory of them"));
    }
    if (!problems.empty()) {
        return failure(problems);
    }
    line.options.no_color = !read(environment, "NO_COLOR").empty();
    line.options.kube.kubeconfigs = read(environment, "KUBECONFIG");
    line.options.kube.https_proxy = read_either(environment, "HTTPS_PROXY");
    line.options.kube.http_proxy = read_either(environment, "HTTP_PROXY");
    line.options.kube.no_proxy = read_either(environment, "NO_PROXY");
    line.options.kube.service_host = read(environment, "KUBERNETES_SERVICE_HOST");
    line.options.kube.service_port = read(environment, "KUBERNETES_SERVICE_PORT");
    return line.options;
}

}  // namespace

std::variant<Options, Finished> parse_options(std::span<const std::string> arguments,
                                              const Environment& environment) {
    CommandLine line;
    try {
        // CLI11 takes them from the back.
        line.app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
        return conclude(line, environment);
    } catch (const CLI::CallForHelp&) {
        return Finished{.exit_code = 0, .out = with_line_break(line.app.help())};
    } catch (const CLI::ParseError& error) {
        return failure({error.what()});
    }
}

Environment process_environment() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): read before any thread exists
    return [](const char* name) { return std::getenv(name); };
}

}  // namespace headgate::cli
