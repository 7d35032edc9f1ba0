#include "tests/matrix/fields.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "jetstream/compare.hpp"

namespace headgate::matrix {

using namespace std::chrono_literals;
using builders::RandomSpecs;
using core::Call;
using core::Json;
using jetstream::ServerLevel;
using resources::Desired;
using resources::Kind;
using resources::Reason;

namespace {

constexpr std::uint64_t kSeed = 1;

ServerLevel needed(const Desired& desired) {
    for (int level = jetstream::kServer2_9; level < jetstream::kServer2_15; ++level) {
        if (builders::beyond(desired, static_cast<ServerLevel>(level)) == 0) {
            return static_cast<ServerLevel>(level);
        }
    }
    return jetstream::kServer2_15;
}

std::string label(const Case& one) {
    return one.setting.path + (one.setting.value.empty() ? "" : ": " + one.setting.value);
}

// A message names the field, or the one that holds it.
bool names(const std::string& message, std::string path) {
    std::erase_if(path, [](char c) { return c == '[' || c == ']'; });
    std::stringstream fields{path};
    for (std::string field; std::getline(fields, field, '.');) {
        if (field != "consumers" && message.find(field) != std::string::npos) {
            return true;
        }
    }
    return path == "consumers";
}

// In order: of several replies the worst counts.
enum class Sent { Kept, Dropped, Unknown, Refused };

// Without the reconciler: sent as it is, and read back.
Sent send(Server& server, const Desired& desired) {
    const auto call = Call::within(30s);
    auto& api = server.api();
    const auto info = server.info();
    auto outcome = Sent::Kept;
    const auto note = [&](const auto& result, const auto& residue) {
        if (!result) {
            // From 2.12 on: "invalid JSON: unknown field".
            const bool unknown = result.error().message.find("10025") != std::string::npos;
            outcome = std::max(outcome, unknown ? Sent::Unknown : Sent::Refused);
        } else if (!residue(*result).empty()) {
            outcome = std::max(outcome, Sent::Dropped);
        }
    };
    // A seal is for what is there.
    auto open = desired.stream;
    open.sealed = false;
    auto made = api.create_stream(open, call);
    for (const auto& consumer : desired.consumers) {
        if (made) {
            note(api.create_consumer(desired.stream.name, consumer, call), [&](const auto& stored) {
                return jetstream::differences(
                    stored.settings,
                    jetstream::as_stored(consumer, stored.settings, desired.stream, info, {}));
            });
        }
    }
    if (made && desired.stream.sealed) {
        made = api.update_stream(desired.stream, made->beyond, call);
    }
    note(made, [&](const auto& stored) {
        auto expected = jetstream::as_stored(desired.stream, stored.settings, info.level);
        if (jetstream::followed_origin(expected) != nullptr) {
            expected.mirror_direct = stored.settings.mirror_direct;
        }
        return jetstream::differences(stored.settings, expected);
    });
    server.request("STREAM.DELETE." + desired.stream.name.value());
    return outcome;
}

class Judge {
public:
    Judge(Server& server, const Case& one) : server_(server), case_(one) {}

    Verdict verdict() && {
        const auto desired = *resources::parse(case_.kind, case_.spec, case_.name).desired;
        const bool held = send(server_, desired) == Sent::Kept;
        Workbench bench{server_, case_.kind, case_.name};
        const auto result = bench.apply(case_.spec);
        const auto fresh = bench.held();
        if (case_.needs > server_.info().level) {
            expect(!held, "the server holds it, and the table says that it needs a newer one");
            expect(
                result.reason == Reason::Unsupported && names(result.message, case_.setting.path),
                "is not Unsupported by name but " + told(result));
            expect(result.writes == 0 && fresh.is_null(), "something was sent");
            bench.wipe();
            return finish("-");
        }
        expect(held, "the server does not hold it, and the table says that it does");
        expect_applied(bench, result, "alone");
        bench.wipe();
        return finish(word_of_changes(fresh));
    }

private:
    std::string word_of_changes(const Json& fresh) {
        Workbench bench{server_, case_.kind, case_.name};
        const auto first = bench.apply(case_.without);
        expect_applied(bench, first, "without it");
        const auto before = bench.held();
        const auto set = change(bench, case_.spec, before, fresh, "set");
        if (set == Change::Refused) {
            bench.wipe();
            expect_applied(bench, bench.apply(case_.spec), "made again");
        }
        const auto removed = change(bench, case_.without, bench.held(), before, "removed");
        bench.wipe();
        if (set == Change::Refused) {
            return removed == Change::Refused ? "fixed" : "removable";
        }
        if (removed == Change::Refused) {
            return "one way";
        }
        return set == Change::Anew || removed == Change::Anew ? "anew" : "yes";
    }

    enum class Change { InPlace, Anew, Refused };

    Change change(Workbench& bench,
                  const Json& spec,
                  const Json& before,
                  const Json& wanted,
                  const std::string& how) {
        const auto result = bench.apply(spec);
        const auto after = bench.held();
        if (result.reason == Reason::ImmutableField) {
            expect(after == before && result.writes == 0, how + ", it is refused, and yet changed");
            return Change::Refused;
        }
        expect_applied(bench, result, how);
        expect(same_held(after, wanted),
               how + ", the server holds something else: " + Json::diff(wanted, after).dump());
        const bool anew =
            std::any_of(result.done.begin(),
                        result.done.end(),
                        [](const auto& done) { return done.starts_with("delete consumer"); }) &&
            spec.contains("consumers") && !spec["consumers"].empty();
        return anew ? Change::Anew : Change::InPlace;
    }

    void expect_applied(Workbench& bench, const Workbench::Result& result, const std::string& how) {
        expect(result.applied(), how + ", it is " + told(result));
        const auto again = bench.again();
        expect(again.writes == 0, how + ", it is written again");
    }

    static std::string told(const Workbench::Result& result) {
        return std::string{core::name_of(result.reason)} + " (" + result.message + ")";
    }

    void expect(bool holds, const std::string& otherwise) {
        if (!holds) {
            problems_.push_back(label(case_) + ": " + otherwise + "\n  " + case_.spec.dump());
        }
    }

    Verdict finish(std::string word) { return {std::move(word), std::move(problems_)}; }

    Server& server_;
    const Case& case_;
    std::vector<std::string> problems_;
};

}  // namespace

std::vector<Case> cases(Server& server, Kind kind) {
    const auto settings = RandomSpecs{kind, kSeed, "f"}.settings();
    std::vector<std::optional<Case>> found(settings.size());
    in_parallel(settings.size(), [&](std::size_t i) {
        const auto name = "f" + std::to_string(i);
        RandomSpecs random{kind, kSeed, name, Bystanders::kOrigins};
        const auto accepted = [&](const Json& spec) {
            return send(server, *random.parse(spec).desired) != Sent::Refused;
        };
        if (const auto spec = random.smallest_with(settings[i], accepted)) {
            found[i] = Case{.kind = kind,
                            .setting = settings[i],
                            .name = name,
                            .spec = *spec,
                            .without = random.without(*spec, settings[i]),
                            .needs = needed(*random.parse(*spec).desired)};
        }
    });
    std::vector<Case> cases;
    std::set<std::string> defaults;
    for (std::size_t i = 0; i < settings.size(); ++i) {
        if (found[i]) {
            cases.push_back(std::move(*found[i]));
        } else if (settings[i].value.empty() || !defaults.insert(settings[i].path).second) {
            throw std::logic_error("no valid spec was found with " + settings[i].path + " " +
                                   settings[i].value);
        }
    }
    return cases;
}

Verdict judge(Server& server, const Case& one) {
    return Judge{server, one}.verdict();
}

}  // namespace headgate::matrix
