#include "cli/suggestions.hpp"

#include <algorithm>
#include <string_view>

#include "core/names.hpp"

namespace headgate::cli {

namespace {

std::vector<std::string> flags_of(const CLI::App& app) {
    std::vector<std::string> flags;
    for (const auto* const option : app.get_options()) {
        for (const auto& name : option->get_lnames()) {
            flags.push_back("--" + name);
        }
        for (const auto& name : option->get_snames()) {
            flags.push_back("-" + name);
        }
    }
    return flags;
}

std::string unknown_command(const CommandLine& line, const std::string& word) {
    std::vector<std::string> names;
    std::string all;
    for (const auto& [app, command] : line.commands) {
        names.push_back(app->get_name());
    }
    for (const auto& name : names) {
        all += (all.empty() ? "" : ", ") + name;
    }
    const auto meant = did_you_mean(word, names);
    return "there is no command \"" + word + "\"" + (meant.empty() ? "; there are " + all : meant);
}

std::string unknown_flag(const CommandLine& line,
                         const CLI::App* chosen,
                         const std::string& argument) {
    const auto flag = argument.substr(0, argument.find('='));
    auto known = flags_of(line.app);
    if (chosen != nullptr) {
        const auto own = flags_of(*chosen);
        known.insert(known.end(), own.begin(), own.end());
    }
    const auto here =
        chosen == nullptr ? std::string{"headgate"} : "headgate " + chosen->get_name();
    std::string elsewhere;
    for (const auto& [app, command] : line.commands) {
        const auto flags = flags_of(*app);
        if (app != chosen && std::find(flags.begin(), flags.end(), flag) != flags.end()) {
            elsewhere += (elsewhere.empty() ? "" : ", ") + ("headgate " + app->get_name());
        }
    }
    return here + " has no flag " + flag +
           (elsewhere.empty() ? did_you_mean(flag, known) : "; it is one of " + elsewhere);
}

}  // namespace

std::string did_you_mean(const std::string& text, const std::vector<std::string>& names) {
    const std::vector<std::string_view> candidates(names.begin(), names.end());
    const auto nearest = core::nearest_name(text, candidates);
    return nearest.empty() ? std::string{} : "; did you mean " + std::string{nearest} + "?";
}

// One of the arguments says what is wrong; those after it only follow from that.
std::optional<std::string> not_understood(const CommandLine& line, const CLI::App* chosen) {
    const auto rest = line.app.remaining(true);
    const auto flag = std::find_if(rest.begin(), rest.end(), [](const auto& argument) {
        return argument.size() > 1 && argument.front() == '-';
    });
    if (chosen == nullptr && !rest.empty() && rest.begin() != flag) {
        return unknown_command(line, rest.front());
    }
    if (flag != rest.end()) {
        return unknown_flag(line, chosen, *flag);
    }
    if (!rest.empty()) {
        return "headgate " + chosen->get_name() + " does not expect \"" + rest.front() +
               "\"; manifests are given with -f";
    }
    return std::nullopt;
}

}  // namespace headgate::cli
