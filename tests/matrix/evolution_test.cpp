// Whatever was declared before, a server ends as if the last declaration had been the first, or the
// object says why not. Random pairs of specs, A and then B, on real servers; HEADGATE_SEED sets the
// seed of all runs. Every failure names its own.
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/builders/random_specs.hpp"
#include "tests/matrix/workbench.hpp"
#include "tests/support/tools.hpp"

namespace headgate::matrix {
namespace {

using builders::RandomSpecs;
using core::Json;
using resources::Kind;
using resources::Reason;
using ::testing::IsEmpty;

struct Run {
    std::string_view version;
    std::size_t pairs;
    std::uint64_t seed = 20260823;
};

std::uint64_t seed_of(const Run& run) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in a test changes the environment
    const char* const text = std::getenv("HEADGATE_SEED");
    return text == nullptr ? run.seed : std::stoull(text);
}

/// One pair of specs, from A to B and from nothing to B.
class Pair {
public:
    Pair(Server& server, Kind kind, std::uint64_t seed, std::uint64_t number)
        : server_(server),
          kind_(kind),
          seed_(seed),
          name_("p" + std::to_string(number)),
          random_(kind, seed + number, name_, Bystanders::kOrigins) {}

    /// What came of it, in a word for the summary; problems go to `problems`.
    std::string run() {
        const auto level = server_.info().level;
        first_ = random_.any(level);
        second_ = first_;
        while (second_ == first_) {
            second_ = random_.variation(first_, level);
        }
        Workbench bench{server_, kind_, name_};
        const auto before = bench.apply(first_);
        check_settled(bench, before, "A");
        const auto held = bench.held();
        const auto result = bench.apply(second_);
        check_settled(bench, result, "B after A");
        const auto evolved = bench.held();
        if (!result.applied() && result.writes == 0 && evolved != held) {
            fail("refused, and yet changed: " + held.dump() + " became " + evolved.dump());
        }
        bench.wipe();
        Workbench anew{server_, kind_, name_};
        const auto fresh = anew.apply(second_);
        check_settled(anew, fresh, "fresh B");
        if (result.applied()) {
            compare(evolved, anew.held(), fresh);
        }
        anew.wipe();
        return outcome(result, fresh);
    }

    std::vector<std::string> problems;

private:
    void fail(const std::string& what) {
        problems.push_back(name_ + " of seed " + std::to_string(seed_) + ": " + what +
                           "\n  A: " + first_.dump() + "\n  B: " + second_.dump());
    }

    void check_settled(Workbench& bench, const Workbench::Result& result, std::string_view what) {
        const auto told = std::string{what} + " is " + std::string{core::name_of(result.reason)} +
                          " (" + result.message + ")";
        if (!result.applied() && result.message.empty()) {
            fail(told + ", and says nothing of why");
        }
        for (const auto& change : bench.changed_by_refused()) {
            fail(told + ", and a refused step changed the server: " + change);
        }
        if (!result.applied()) {
            return;
        }
        const auto again = bench.again();
        if (again.writes > 0 || !again.applied()) {
            fail(told + ", and then " + std::string{core::name_of(again.reason)} + " (" +
                 again.message + ") with " + std::to_string(again.writes) +
                 " writes: " + (again.done.empty() ? "" : again.done.front()));
        }
    }

    void compare(const Json& evolved, const Json& fresh, const Workbench::Result& result) {
        if (!result.applied()) {
            return fail("B is fine after A, and alone it is " +
                        std::string{core::name_of(result.reason)} + " (" + result.message + ")");
        }
        if (!same_held(evolved, fresh)) {
            fail("B after A is not as B alone: " + Json::diff(fresh, evolved).dump());
        }
    }

    static std::string outcome(const Workbench::Result& result, const Workbench::Result& fresh) {
        return std::string{core::name_of(result.reason)} + (result.applied()  ? ""
                                                            : fresh.applied() ? " after A"
                                                                              : " alone too");
    }

    Server& server_;
    Kind kind_;
    std::uint64_t seed_;
    std::string name_;
    RandomSpecs random_;
    Json first_;
    Json second_;
};

class Evolution : public ::testing::TestWithParam<Run> {};

TEST_P(Evolution, EndsAsIfTheLastDeclarationHadBeenTheFirst) {
    const auto seed = seed_of(GetParam());
    Server server{GetParam().version};
    Bystanders bystanders{server};
    std::mutex mutex;
    std::map<std::string, std::size_t> outcomes;
    std::vector<std::string> problems;
    in_parallel(GetParam().pairs, [&](std::size_t i) {
        Pair pair{server, i % 4 == 3 ? Kind::StateBucket : Kind::StreamConfig, seed, i};
        const auto outcome = pair.run();
        const std::lock_guard lock{mutex};
        ++outcomes[outcome];
        problems.insert(problems.end(), pair.problems.begin(), pair.problems.end());
    });
    EXPECT_THAT(bystanders.touched(), IsEmpty());
    std::cout << "seed " << seed << ", " << GetParam().pairs << " pairs on nats-server "
              << GetParam().version << ":\n";
    for (const auto& [outcome, count] : outcomes) {
        std::cout << "  " << outcome << ": " << count << "\n";
    }
    for (const auto& problem : problems) {
        ADD_FAILURE() << problem;
    }
    EXPECT_GT(outcomes["Applied"], GetParam().pairs * 2 / 5)
        << "specs that are refused prove little";
}

INSTANTIATE_TEST_SUITE_P(Servers,
                         Evolution,
                         ::testing::Values(Run{support::kNats29, 200},
                                           Run{support::kNats210, 200},
                                           Run{support::kNats, 2000},
                                           Run{support::kNats, 500, 7},
                                           Run{support::kNats, 500, 1662}),
                         [](const auto& run) {
                             std::string name{run.param.version};
                             std::replace(name.begin(), name.end(), '.', '_');
                             return name + "_" + std::to_string(run.param.seed);
                         });

}  // namespace
}  // namespace headgate::matrix
