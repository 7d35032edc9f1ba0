// The direction of includes, as docs/architecture.md draws it: every #include of every room against
// the table below. A room that reaches for what it must not know is a red test.
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/paths.hpp"

namespace headgate {
namespace {

using Texts = std::vector<std::string_view>;

struct Room {
    std::string_view name;
    Texts includes;   ///< Rooms, or single headers ("kube/object.hpp") of a room.
    Texts libraries;  ///< Prefixes of third-party includes; "system" means POSIX and Linux headers.
    Texts forbidden{};  ///< Headers of the standard library that this room must do without.
};

const Texts kThreads{"thread", "mutex", "condition_variable", "future", "semaphore", "latch"};

const std::vector<Room> kRooms{
    {"core", {}, {"nlohmann/"}},
    {"jetstream", {"core"}, {"nlohmann/"}, kThreads},
    {"jetstream/nats", {"core", "jetstream"}, {"nats/", "openssl/", "nlohmann/", "system"}},
    {"kube", {"core"}, {"nlohmann/"}},
    {"kube/rest",
     {"core", "kube"},
     {"cpprest/", "pplx/", "boost/", "openssl/", "nlohmann/", "system"}},
    {"kube/config", {"core", "kube"}, {"yaml-cpp/", "nlohmann/", "system"}},
    {"reconcilers/resources", {"core", "kube/object.hpp", "jetstream"}, {"nlohmann/"}, kThreads},
    {"reconcilers",
     {"core", "reconcilers/resources", "kube/object.hpp", "jetstream"},
     {},
     kThreads},
    {"convert",
     {"core", "jetstream/names.hpp", "reconcilers/resources/resource.hpp"},
     {"nlohmann/"},
     kThreads},
    {"files",
     {"core",
      "kube/object.hpp",
      "reconcilers/resources/kind.hpp",
      "reconcilers/resources/resource.hpp",
      "reconcilers/declaration.hpp",
      "reconcilers/declarations.hpp"},
     {"yaml-cpp/", "nlohmann/", "system"}},
    {"controller",
     {"core", "jetstream", "kube", "reconcilers", "reconcilers/resources/kind.hpp"},
     {}},
    {"cli",
     {"core",
      "jetstream",
      "kube",
      "reconcilers",
      "reconcilers/resources",
      "convert",
      "files",
      "controller"},
     {"CLI/", "nlohmann/", "system"}},
};

/// What a single file may include beyond its room; a name without a suffix means .hpp and .cpp.
const std::vector<Room> kExceptions{
    {"core/digest", {}, {"openssl/"}},
    {"core/log", {}, {"spdlog/", "fmt/"}},
    {"controller/endpoints", {}, {"civetweb", "system"}},
    {"controller/kube_declarations", {}, {"nlohmann/"}},
    {"controller/nats_connections", {"reconcilers/resources/nats_connection.hpp"}, {}},
    {"controller/process_figures", {}, {"system"}},
    {"controller/prometheus_metrics", {}, {"prometheus/"}},
    {"controller/secret_watch", {"reconcilers/resources/nats_connection.hpp"}, {}},
    {"cli/app", {"jetstream/nats", "kube/rest", "kube/config"}, {}},
};

/// The innermost room that a path is in.
const Room* room_of(std::string_view path) {
    const Room* found = nullptr;
    for (const auto& room : kRooms) {
        const bool inside = path.size() > room.name.size() && path.starts_with(room.name) &&
                            path[room.name.size()] == '/';
        if (inside && (found == nullptr || room.name.size() > found->name.size())) {
            found = &room;
        }
    }
    return found;
}

const Room* exception_of(std::string_view path) {
    const auto stem = path.substr(0, path.rfind('.'));
    const auto found = std::ranges::find(kExceptions, stem, &Room::name);
    return found == kExceptions.end() ? nullptr : &*found;
}

bool lists(const Texts& texts, std::string_view wanted) {
    return std::ranges::find(texts, wanted) != texts.end();
}

bool lists_prefix_of(const Texts& prefixes, std::string_view wanted) {
    return std::ranges::any_of(prefixes, [&](auto prefix) { return wanted.starts_with(prefix); });
}

std::string why_not_room(const Room& room, const Room* exception, std::string_view header) {
    const Room* const target = room_of(header);
    if (target == nullptr) {
        return "no room holds it";
    }
    const auto allowed = [&](const Room& rules) {
        return lists(rules.includes, target->name) || lists(rules.includes, header);
    };
    if (target == &room || allowed(room) || (exception != nullptr && allowed(*exception))) {
        return {};
    }
    return std::string{room.name} + " must not know " + std::string{target->name};
}

std::string why_not_library(const Room& room, const Room* exception, std::string_view header) {
    const bool third_party = header.find('/') != std::string_view::npos &&
                             !header.starts_with("sys/") && !header.starts_with("netinet/") &&
                             !header.starts_with("arpa/");
    const bool system = !third_party && header.ends_with(".h");
    if (!third_party && !system) {
        return lists(room.forbidden, header) ? std::string{room.name} + " is free of threads" : "";
    }
    const auto allowed = [&](const Room& rules) {
        return lists_prefix_of(rules.libraries, header) ||
               (system && lists(rules.libraries, "system"));
    };
    if (allowed(room) || (exception != nullptr && allowed(*exception))) {
        return {};
    }
    return std::string{room.name} + " must do without this library";
}

/// Why the file at `path` must not include this; empty: it may. `spelled` keeps its quotes.
std::string violation(std::string_view path, std::string_view spelled) {
    const Room* const room = room_of(path);
    if (room == nullptr) {
        return "the file is in no room";
    }
    const auto header = spelled.substr(1, spelled.size() - 2);
    return spelled.front() == '"' ? why_not_room(*room, exception_of(path), header)
                                  : why_not_library(*room, exception_of(path), header);
}

std::vector<std::string> violations_in(const std::filesystem::path& root, const std::string& path) {
    static const std::regex kInclude{R"(^\s*#\s*include\s*(["<][^">]+[">]).*)"};
    std::vector<std::string> found;
    std::ifstream file{root / path};
    std::smatch match;
    int number = 0;
    for (std::string line; std::getline(file, line);) {
        ++number;
        if (!std::regex_match(line, match, kInclude)) {
            continue;
        }
        const auto spelled = match[1].str();
        if (const auto reason = violation(path, spelled); !reason.empty()) {
            std::ostringstream text;
            text << path << ':' << number << ": " << spelled << ": " << reason;
            found.push_back(text.str());
        }
    }
    return found;
}

std::vector<std::string> sources_below(const std::filesystem::path& root) {
    static const std::set<std::string> kSuffixes{".cpp", ".hpp", ".h", ".cc"};
    std::vector<std::string> paths;
    for (const auto& top : std::filesystem::directory_iterator{root}) {
        const auto name = top.path().filename().string();
        if (!top.is_directory() || name == "tests" || name == "bench" ||
            name.starts_with("build") || name.starts_with('.')) {
            continue;
        }
        for (const auto& entry : std::filesystem::recursive_directory_iterator{top}) {
            if (kSuffixes.contains(entry.path().extension().string())) {
                paths.push_back(std::filesystem::relative(entry.path(), root).string());
            }
        }
    }
    std::ranges::sort(paths);
    return paths;
}

TEST(Includes, FollowTheDirectionOfTheRooms) {
    const std::filesystem::path root{support::source_dir()};
    std::vector<std::string> found;
    std::set<const Room*> seen;
    for (const auto& path : sources_below(root)) {
        seen.insert(room_of(path));
        std::ranges::move(violations_in(root, path), std::back_inserter(found));
    }
    EXPECT_THAT(found, testing::IsEmpty());
    EXPECT_GE(seen.size(), 8U) << "too few rooms were read for this to mean anything";
}

TEST(Image, IsBuiltFromEveryRoom) {
    std::ifstream file{std::filesystem::path{support::source_dir()} / ".dockerignore"};
    std::set<std::string> kept;
    for (std::string line; std::getline(file, line);) {
        kept.insert(line);
    }
    for (const auto& room : kRooms) {
        EXPECT_TRUE(kept.contains("!" + std::string{room.name.substr(0, room.name.find('/'))}))
            << room.name;
    }
}

struct Case {
    std::string_view path;
    std::string_view include;
    std::string_view reason;  ///< Empty: allowed.
};

std::ostream& operator<<(std::ostream& out, const Case& example) {
    return out << example.path << " including " << example.include;
}

class IncludeRules : public testing::TestWithParam<Case> {};

TEST_P(IncludeRules, DecideAsTheTableSays) {
    const auto& [path, include, reason] = GetParam();
    EXPECT_EQ(violation(path, include), reason) << path << " including " << include;
}

constexpr std::array kCases{
    Case{"reconcilers/plan.cpp", "\"jetstream/settings.hpp\"", ""},
    Case{"reconcilers/plan.cpp",
         "\"jetstream/nats/nats_api.hpp\"",
         "reconcilers must not know jetstream/nats"},
    Case{"reconcilers/plan.cpp", "\"kube/object.hpp\"", ""},
    Case{"reconcilers/plan.cpp", "\"kube/request.hpp\"", "reconcilers must not know kube"},
    Case{"reconcilers/plan.cpp", "<nlohmann/json.hpp>", "reconcilers must do without this library"},
    Case{"reconcilers/plan.cpp", "<mutex>", "reconcilers is free of threads"},
    Case{"reconcilers/plan.cpp", "<stop_token>", ""},
    Case{"reconcilers/resources/state_bucket.cpp",
         "\"reconcilers/plan.hpp\"",
         "reconcilers/resources must not know reconcilers"},
    Case{"core/units.cpp", "\"kube/object.hpp\"", "core must not know kube"},
    Case{"core/units.cpp", "<spdlog/spdlog.h>", "core must do without this library"},
    Case{"core/log.cpp", "<spdlog/spdlog.h>", ""},
    Case{"jetstream/requests.cpp", "<nats/nats.h>", "jetstream must do without this library"},
    Case{"jetstream/nats/connection.cpp", "<nats/nats.h>", ""},
    Case{"jetstream/nats/connection.cpp",
         "\"kube/object.hpp\"",
         "jetstream/nats must not know kube"},
    Case{"kube/api.hpp", "\"jetstream/names.hpp\"", "kube must not know jetstream"},
    Case{"kube/watcher.cpp", "<cpprest/http_client.h>", "kube must do without this library"},
    Case{
        "kube/rest/rest_client.cpp", "<yaml-cpp/yaml.h>", "kube/rest must do without this library"},
    Case{"files/directory.cpp", "<sys/inotify.h>", ""},
    Case{"files/directory.cpp", "\"reconcilers/declarations.hpp\"", ""},
    Case{"files/directory.cpp", "\"reconcilers/plan.hpp\"", "files must not know reconcilers"},
    Case{"convert/official.cpp", "\"files/yaml.hpp\"", "convert must not know files"},
    Case{"convert/official.cpp", "\"jetstream/api.hpp\"", "convert must not know jetstream"},
    Case{"controller/worker.cpp",
         "<prometheus/counter.h>",
         "controller must do without this library"},
    Case{"controller/prometheus_metrics.cpp", "<prometheus/counter.h>", ""},
    Case{"controller/worker.cpp",
         "\"reconcilers/resources/state_bucket.hpp\"",
         "controller must not know reconcilers/resources"},
    Case{"controller/worker.cpp", "<unistd.h>", "controller must do without this library"},
    Case{"cli/plan_command.cpp", "\"kube/rest/rest_client.hpp\"", "cli must not know kube/rest"},
    Case{"cli/app.cpp", "\"kube/rest/rest_client.hpp\"", ""},
    Case{"cli/app.cpp", "\"tests/fakes/fake_kube.hpp\"", "no room holds it"},
    Case{"utils/strings.cpp", "<string>", "the file is in no room"},
};

INSTANTIATE_TEST_SUITE_P(Examples, IncludeRules, testing::ValuesIn(kCases));

}  // namespace
}  // namespace headgate
