#include "tests/e2e/recorder.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <stdexcept>

#include "tests/support/eventually.hpp"
#include "tests/support/tools.hpp"

namespace headgate::e2e {

namespace {

constexpr std::string_view kReceived = "Received on \"$JS.API.";

// Everything else in the API only looks, or moves leaders.
constexpr std::array<std::string_view, 10> kWrites{"STREAM.CREATE.",
                                                   "STREAM.UPDATE.",
                                                   "STREAM.DELETE.",
                                                   "STREAM.PURGE.",
                                                   "STREAM.MSG.DELETE.",
                                                   "STREAM.RESTORE.",
                                                   "CONSUMER.CREATE.",
                                                   "CONSUMER.DURABLE.CREATE.",
                                                   "CONSUMER.PAUSE.",
                                                   "CONSUMER.DELETE."};

bool is_write(std::string_view subject) {
    return std::ranges::any_of(kWrites, [&](auto write) { return subject.starts_with(write); });
}

// A server asks so for the messages of a mirror or a source.
bool is_between_servers(std::string_view subject) {
    constexpr std::string_view kCreate = "CONSUMER.CREATE.";
    if (!subject.starts_with(kCreate)) {
        return false;
    }
    const auto dot = subject.find('.', kCreate.size());
    const auto consumer = dot == std::string_view::npos ? "" : subject.substr(dot + 1);
    return consumer.empty() || consumer.starts_with("JS_MIRROR_") ||
           consumer.starts_with("JS_SRC_");
}

bool names(std::string_view subject, std::string_view stream) {
    return std::ranges::any_of(kWrites, [&](std::string_view write) {
        return subject.starts_with(write) &&
               (subject.substr(write.size()) == stream ||
                subject.substr(write.size()).starts_with(std::string{stream} + "."));
    });
}

}  // namespace

Recorder::Recorder(const std::vector<std::string>& urls) {
    for (const auto& url : urls) {
        servers_.emplace_back(url);
    }
    subscriber_ = support::Process{
        {.argv = {support::tool("nats"), "--server", urls.front(), "subscribe", "$JS.API.>"},
         .env = {{"HOME", dir_.path().string()},
                 {"XDG_CONFIG_HOME", dir_.path().string()},
                 {"NO_COLOR", "1"}},
         .out = dir_ / "heard"}};
    static_cast<void>(heard());
}

std::string Recorder::heard() {
    std::string text;
    for (const auto& server : servers_) {
        const auto mark = "$JS.API.RECORDER.MARK." + std::to_string(++marks_);
        const auto hears_mark = [&] {
            text = support::read_file(dir_ / "heard");
            return text.find(mark + '"') != std::string::npos;
        };
        // Again until it is heard: at the start nobody listens yet, and this server may not know.
        // Messages keep their order on the way, so what came before the mark is in the text too.
        const bool hears = support::eventually([&] {
            server.publish(mark, "mark");
            return support::eventually(hears_mark, std::chrono::milliseconds{500});
        });
        if (!hears) {
            throw std::runtime_error("the recorder hears nothing: " + text);
        }
    }
    return text;
}

std::vector<std::string> Recorder::writes() {
    std::vector<std::string> found;
    std::istringstream lines{heard()};
    for (std::string line; std::getline(lines, line);) {
        const auto at = line.find(kReceived);
        if (at == std::string::npos) {
            continue;
        }
        const auto begin = at + kReceived.size();
        auto subject = line.substr(begin, line.find('"', begin) - begin);
        if (is_write(subject) && !is_between_servers(subject)) {
            found.push_back(std::move(subject));
        }
    }
    return found;
}

std::vector<std::string> Recorder::writes_to(const std::vector<std::string>& streams) {
    auto found = writes();
    std::erase_if(found, [&](const std::string& subject) {
        return std::ranges::none_of(
            streams, [&](const std::string& stream) { return names(subject, stream); });
    });
    return found;
}

}  // namespace headgate::e2e
