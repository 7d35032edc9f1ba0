// A thousand objects that exist before the operator starts. The counts are claims; times and memory
// depend on the machine and are printed. HEADGATE_BACKLOG sets another number of objects.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

#include <gtest/gtest.h>

#include "tests/e2e/control_plane.hpp"
#include "tests/e2e/manifest.hpp"
#include "tests/e2e/program.hpp"
#include "tests/e2e/recorder.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/nats_server.hpp"

namespace headgate::e2e {
namespace {

using std::chrono::steady_clock;

std::size_t backlog() {
    const char* const text = std::getenv("HEADGATE_BACKLOG");
    return text == nullptr ? 1000 : std::stoul(text);
}

double seconds_since(steady_clock::time_point began) {
    return std::chrono::duration<double>(steady_clock::now() - began).count();
}

TEST(Backlog, IsWorkedOffWithTwoWritesAnObjectAtMostAndNoneWhenIdle) {
    const auto count = backlog();
    ControlPlane kube;
    const support::NatsServer nats;
    Recorder recorder{{nats.url()}};
    kube.make_namespace("backlog");
    std::string declared;
    for (std::size_t i = 0; i < count; ++i) {
        const auto name = "stream-" + std::to_string(i);
        declared += stream("backlog", name, "{subjects: [" + name + ".>], maxBytes: 1Mi}");
    }
    auto began = steady_clock::now();
    kube.api().kubectl_ok({"create", "-f", "-"}, declared);
    std::cout << "created " << count << " objects in " << seconds_since(began) << " s\n";

    began = steady_clock::now();
    Program program{kube.controller(nats.url(), {"--resync=5s"})};
    const auto applied = [&] {
        return program.metric("headgate_objects{kind=\"StreamConfig\",reason=\"Applied\"");
    };
    ASSERT_TRUE(support::eventually([&] { return applied() >= static_cast<double>(count); },
                                    std::chrono::minutes{4},
                                    std::chrono::milliseconds{20}))
        << applied() << "\n"
        << program.output();
    std::cout << "all Ready " << seconds_since(began) << " s after the operator's start\n";
    EXPECT_EQ(kube.reasons(), (std::map<std::string, std::size_t>{{"Applied", count}}));

    const auto writes = kube.operator_writes();
    EXPECT_EQ(writes.size(), count);
    std::size_t sum = 0;
    int most = 0;
    for (const auto& [object, number] : writes) {
        sum += static_cast<std::size_t>(number);
        most = std::max(most, number);
    }
    EXPECT_LE(most, 2);
    const auto requests = recorder.writes();
    EXPECT_EQ(requests.size(), count);

    began = steady_clock::now();
    ASSERT_TRUE(program.looks_at_all_again(count));
    std::cout << "two resyncs in " << seconds_since(began) << " s\n";
    EXPECT_EQ(kube.operator_writes(), writes);
    EXPECT_EQ(recorder.writes(), requests);
    std::cout << static_cast<double>(sum) / static_cast<double>(count)
              << " Kubernetes writes an object, " << requests.size() << " JetStream writes, "
              << program.metric("process_resident_memory_bytes") / 1e6 << " MB resident, "
              << program.metric("process_cpu_seconds_total") << " s of CPU\n";
    EXPECT_EQ(program.stop(), 0) << program.output();
}

}  // namespace
}  // namespace headgate::e2e
