#include "cli/one_shot.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "cli/pruning.hpp"
#include "core/guarded.hpp"
#include "files/read.hpp"

namespace headgate::cli {

using core::Call;
using core::ErrorCode;
using reconcilers::DeclarationPtr;
using resources::ObjectKey;
using resources::Reason;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds kConnectTime{5};
constexpr std::chrono::seconds kLookTime{20};
constexpr std::chrono::seconds kPatience{30};
constexpr std::chrono::milliseconds kBetweenLooks{500};
constexpr std::size_t kThreads = 4;

using States = std::map<ObjectKey, ObjectState>;

void pause(std::chrono::milliseconds time) {
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock{mutex};
    never.wait_for(lock, time, [] { return false; });
}

/// Looks at `keys` once, and gives those that have not settled.
std::vector<ObjectKey> look_once(const Manifests& manifests,
                                 const LookAt& look,
                                 const std::vector<ObjectKey>& keys,
                                 core::Guarded<States>& states) {
    core::Guarded<std::vector<ObjectKey>> unsettled;
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        for (auto i = next++; i < keys.size(); i = next++) {
            const auto declaration = manifests.declarations.find(keys[i]);
            auto seen = look(declaration, Call::within(kLookTime));
            if (!seen.settled) {
                unsettled.with_lock([&](auto& list) { list.push_back(keys[i]); });
            }
            states.with_lock(
                [&](auto& all) { all.insert_or_assign(keys[i], std::move(seen.state)); });
        }
    };
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < std::min(kThreads, keys.size()); ++i) {
            threads.emplace_back(work);
        }
    }
    return unsettled.with_lock([](auto& list) { return std::move(list); });
}

/// The names of streams in the same account that a stream takes messages from.
std::set<jetstream::StreamName> origins_of(const jetstream::StreamSettings& stream) {
    std::set<jetstream::StreamName> origins;
    const auto add = [&](const jetstream::StreamSource& source) {
        if (!source.external && source.domain.empty()) {
            origins.insert(jetstream::StreamName{source.name});
        }
    };
    if (stream.mirror) {
        add(*stream.mirror);
    }
    std::for_each(stream.sources.begin(), stream.sources.end(), add);
    return origins;
}

std::vector<ObjectState> unreachable(const Manifests& manifests, const std::string& why) {
    std::vector<ObjectState> states;
    for (const auto& key : manifests.keys) {
        const auto declaration = manifests.declarations.find(key);
        const auto& desired = declaration->parsed.desired;
        states.push_back(
            ObjectState{.key = key,
                        .reason = desired ? Reason::ConnectionFailed : Reason::InvalidSpec,
                        .message = desired ? why : fields::describe(declaration->parsed.problems),
                        .stream = desired ? desired->stream.name.value() : std::string{}});
    }
    return states;
}

bool prune_into(std::vector<ObjectState>& states,
                const Options& options,
                const Console& console,
                jetstream::Api& api,
                Manifests& manifests) {
    if (!options.prune || !manifests.why_not_prune.empty()) {
        return true;
    }
    auto pruned = prune_once(options, api, manifests);
    if (!pruned) {
        console.complain("headgate: " + pruned.error().message + "\n");
        return false;
    }
    std::move(pruned->begin(), pruned->end(), std::back_inserter(states));
    return true;
}

}  // namespace

void read_manifests(const Options& options, const Console& console, Manifests& manifests) {
    const bool reads_input =
        std::find(options.files.begin(), options.files.end(), "-") != options.files.end();
    auto loaded =
        files::load_paths(options.files, reads_input ? read_standard_input() : std::string{});
    for (const auto& problem : loaded.problems) {
        console.complain(files::to_text(problem) + "\n");
    }
    for (const auto& note : loaded.notes) {
        console.complain("note: " + note + "\n");
    }
    manifests.has_problems = !loaded.problems.empty();
    manifests.why_not_prune = why_not_prune(loaded);
    if (options.prune && !manifests.why_not_prune.empty()) {
        console.complain("note: " + manifests.why_not_prune + "\n");
    }
    std::vector<reconcilers::Declaration> all = std::move(loaded.declarations);
    std::move(loaded.invalid.begin(), loaded.invalid.end(), std::back_inserter(all));
    std::stable_sort(all.begin(), all.end(), [](const auto& left, const auto& right) {
        return left.age < right.age;
    });
    for (auto& declaration : all) {
        manifests.keys.push_back(declaration.key);
        manifests.declarations.put(std::move(declaration));
    }
    if (manifests.keys.empty() && loaded.problems.empty()) {
        console.complain("note: nothing is declared there\n");
    }
}

core::Result<std::unique_ptr<NatsAccess>> connect(const Options& options) {
    auto nats = NatsAccess::open(options.nats, options.instance, {});
    if (!nats) {
        return nats.error();
    }
    const auto attempt = (*nats)->first_attempt(Call::within(kConnectTime));
    if (!attempt) {
        return core::with_context("cannot connect to NATS at " + (*nats)->shown_servers(),
                                  attempt.error());
    }
    return nats;
}

std::vector<ObjectState> look_at_all(const Manifests& manifests, const LookAt& look) {
    core::Guarded<States> states;
    const auto deadline = steady_clock::now() + kPatience;
    for (auto round : rounds_of(manifests.declarations, manifests.keys)) {
        while (true) {
            round = look_once(manifests, look, round, states);
            if (round.empty() || steady_clock::now() + kBetweenLooks >= deadline) {
                break;
            }
            pause(kBetweenLooks);
        }
    }
    std::vector<ObjectState> ordered;
    states.with_lock([&](auto& all) {
        for (const auto& key : manifests.keys) {
            ordered.push_back(std::move(all.at(key)));
        }
    });
    return ordered;
}

std::vector<std::vector<ObjectKey>> rounds_of(const reconcilers::Declarations& declarations,
                                              std::span<const ObjectKey> keys) {
    std::set<jetstream::StreamName> pending;
    for (const auto& key : keys) {
        if (const auto declaration = declarations.find(key);
            declaration && declaration->parsed.desired) {
            pending.insert(declaration->parsed.desired->stream.name);
        }
    }
    std::vector<std::vector<ObjectKey>> rounds;
    std::vector<ObjectKey> left(keys.begin(), keys.end());
    while (!left.empty()) {
        std::vector<ObjectKey> round;
        std::vector<ObjectKey> later;
        for (const auto& key : left) {
            const auto declaration = declarations.find(key);
            const auto& desired = declaration->parsed.desired;
            const auto origins =
                desired ? origins_of(desired->stream) : std::set<jetstream::StreamName>{};
            const bool waits = std::any_of(origins.begin(), origins.end(), [&](const auto& origin) {
                return origin != desired->stream.name && pending.contains(origin);
            });
            (waits ? later : round).push_back(key);
        }
        if (round.empty()) {
            std::swap(round, later);
        }
        for (const auto& key : round) {
            if (const auto declaration = declarations.find(key); declaration->parsed.desired) {
                pending.erase(declaration->parsed.desired->stream.name);
            }
        }
        rounds.push_back(std::move(round));
        left = std::move(later);
    }
    return rounds;
}

Look look_of(const reconcilers::Declaration& declaration, const core::Error& error) {
    const bool unreached =
        error.code == ErrorCode::Unavailable || error.code == ErrorCode::OutcomeUnknown;
    return Look{.state = {.key = declaration.key,
                          .reason = unreached ? Reason::ConnectionFailed : Reason::Rejected,
                          .message = error.message,
                          .stream = declaration.parsed.desired
                                        ? declaration.parsed.desired->stream.name.value()
                                        : std::string{}},
                .settled = !unreached};
}

int run_one_shot(const Options& options,
                 const Console& console,
                 const std::function<LookAt(jetstream::Api&, Manifests&)>& make_look,
                 const std::function<std::string(std::span<const ObjectState>)>& text) {
    Manifests manifests;
    read_manifests(options, console, manifests);
    std::vector<ObjectState> states;
    bool failed = manifests.has_problems;
    if (!manifests.keys.empty()) {
        const auto nats = connect(options);
        if (!nats) {
            console.complain("headgate: " + nats.error().message + "\n");
            states = unreachable(manifests, nats.error().message);
            failed = true;
        } else {
            states = look_at_all(manifests, make_look((*nats)->api(), manifests));
            failed = !prune_into(states, options, console, (*nats)->api(), manifests) || failed;
        }
        if (!nats && options.output == Output::Text) {
            return 1;
        }
    }
    console.print(options.output == Output::Json ? json_text(states) : text(states));
    return exit_code(states, failed);
}

}  // namespace headgate::cli
