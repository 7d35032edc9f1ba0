#include "cli/debug_page.hpp"

#include <chrono>

#include <nlohmann/json.hpp>

#include "cli/loop.hpp"

namespace headgate::cli {

using core::Json;
using std::chrono::steady_clock;

namespace {

constexpr std::size_t kMostKeys = 1000;

std::string name_of(controller::Priority priority) {
    switch (priority) {
        case controller::Priority::Deletion:
            return "deletion";
        case controller::Priority::Fresh:
            return "fresh";
        case controller::Priority::Backlog:
            return "backlog";
    }
    return {};
}

double seconds(steady_clock::duration time) {
    return std::chrono::duration<double>(time).count();
}

Json queue_of(const controller::WorkQueue& queue) {
    const auto figures = queue.figures();
    const auto now = steady_clock::now();
    auto keys = Json::array();
    for (const auto& entry : queue.entries(kMostKeys)) {
        Json key{{"object", resources::to_text(entry.key)}, {"priority", name_of(entry.priority)}};
        key[entry.working ? "workingSeconds" : "readyInSeconds"] =
            entry.working ? seconds(now - entry.since) : seconds(entry.since - now);
        keys.push_back(std::move(key));
    }
    return {{"depth", figures.depth},
            {"inWork", figures.in_work},
            {"adds", figures.adds},
            {"retries", figures.retries},
            {"keys", std::move(keys)}};
}

}  // namespace

std::string debug_page(const std::vector<Loop*>& loops) {
    auto all = Json::array();
    for (auto* const loop : loops) {
        const auto& nats = loop->nats();
        Json one{{"connection", loop->connection()},
                 {"connected", nats.connected()},
                 {"working", loop->runtime().started()},
                 {"objects", loop->declarations().all().size()},
                 {"queue", queue_of(loop->runtime().queue())}};
        if (const auto trouble = nats.last_error(); !trouble.empty()) {
            one["trouble"] = trouble;
        }
        all.push_back(std::move(one));
    }
    return Json{{"loops", std::move(all)}}.dump(2, ' ', false, Json::error_handler_t::replace) +
           "\n";
}

}  // namespace headgate::cli
