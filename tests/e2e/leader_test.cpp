// Two operators, one Lease: whoever leads works, whatever happens to it, and nobody else does. Each
// is a user of its own to NATS and to Kubernetes, so that both servers say who did what.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "controller/kube_declarations.hpp"
#include "kube/config/kubeconfig.hpp"
#include "kube/lease.hpp"
#include "kube/rest/rest_client.hpp"
#include "tests/e2e/api_audit.hpp"
#include "tests/e2e/control_plane.hpp"
#include "tests/e2e/manifest.hpp"
#include "tests/e2e/program.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/http.hpp"
#include "tests/support/nats_cli.hpp"
#include "tests/support/nats_server.hpp"

namespace headgate::e2e {
namespace {

using namespace std::chrono_literals;
using core::Call;
using core::Json;
using support::eventually;
using support::write_file;
using testing::HasSubstr;

constexpr std::size_t kStreams = 30;
constexpr int kConflict = 409;
const std::string kSystem = "headgate-system";
const kube::ResourceType kType = controller::resource_type(resources::Kind::StreamConfig);

std::string name(std::size_t i) {
    return "s" + std::to_string(i);
}

/// One replica: "first" or "second", to both servers.
class Replica {
public:
    Replica(const std::filesystem::path& kubeconfig,
            const support::NatsServer& nats,
            const std::filesystem::path& dir,
            const std::string& user,
            const std::vector<std::string>& times)
        : program_(arguments(kubeconfig, nats, dir, user, times)) {}

    Program& program() { return program_; }

    [[nodiscard]] std::string readiness() const {
        const auto reply = support::http_get(program_.port(), "/readyz");
        return reply ? std::to_string(reply->status) + " " + reply->body : "";
    }

    [[nodiscard]] bool leads() const {
        return program_.metric("leader_election_master_status{name=\"headgate\"}") == 1;
    }

    [[nodiscard]] bool stands_by() const {
        return readiness().starts_with("200 standby") && !leads();
    }

private:
    static std::vector<std::string> arguments(const std::filesystem::path& kubeconfig,
                                              const support::NatsServer& nats,
                                              const std::filesystem::path& dir,
                                              const std::string& user,
                                              const std::vector<std::string>& times) {
        write_file(dir / user, user + "\n");
        std::vector<std::string> all{"controller",
                                     "--kubeconfig=" + kubeconfig.string(),
                                     "--server=" + nats.url(),
                                     "--user=" + user,
                                     "--password-file=" + (dir / user).string(),
                                     "--resync=2s",
                                     "--leader-elect",
                                     "--leader-elect-namespace=" + kSystem,
                                     "--leader-elect-name=headgate"};
        all.insert(all.end(), times.begin(), times.end());
        return all;
    }

    Program program_;
};

class Leader : public testing::Test {
protected:
    static void SetUpTestSuite() {
        plane_ = std::make_unique<ControlPlane>();
        plane_->make_namespace("leader");
        first_ = plane_->operator_kubeconfig();
        second_ = another_operator();
        admin_ = *kube::rest::RestClient::open(
            *kube::config::load_kubeconfig(plane_->api().admin_kubeconfig()));
    }

    static void TearDownTestSuite() {
        admin_.reset();
        plane_.reset();
    }

    void TearDown() override {
        one_.reset();
        two_.reset();
        plane_->api().kubectl_ok(
            {"delete", "--raw", "/apis/headgate.io/v1alpha1/namespaces/leader/streamconfigs"});
        plane_->api().kubectl_ok(
            {"delete", "-n", kSystem, "lease", "headgate", "--ignore-not-found"});
    }

    // The chart's rights under another name, so that the audit log tells the two apart.
    static std::filesystem::path another_operator() {
        auto& api = plane_->api();
        const auto account = "--serviceaccount=" + kSystem + ":second";
        api.kubectl_ok({"create", "serviceaccount", "-n", kSystem, "second"});
        api.kubectl_ok(
            {"create", "clusterrolebinding", "second", "--clusterrole=headgate", account});
        api.kubectl_ok(
            {"create", "rolebinding", "-n", kSystem, "second", "--role=headgate-leader", account});
        return api.kubeconfig("second", api.token_for(kSystem, "second"));
    }

    [[nodiscard]] std::unique_ptr<Replica> start(const std::string& user,
                                                 const std::vector<std::string>& times) const {
        return std::make_unique<Replica>(
            user == "first" ? first_ : second_, nats_, dir_.path(), user, times);
    }

    static void declare() {
        std::string all;
        for (std::size_t i = 0; i < kStreams; ++i) {
            all += stream("leader", name(i), "{subjects: [" + name(i) + "]}");
        }
        plane_->apply(all);
    }

    static bool all_are(const std::string& reason) {
        return eventually(
            [&] {
                return plane_->reasons() == std::map<std::string, std::size_t>{{reason, kStreams}};
            },
            60s,
            100ms);
    }

    /// Two replicas, of which `first` leads, and all is as declared.
    void start_both(const std::vector<std::string>& times = kShort) {
        declare();
        one_ = start("first", times);
        ASSERT_TRUE(eventually([&] { return one_->leads(); })) << one_->program().output();
        two_ = start("second", times);
        ASSERT_TRUE(all_are("Applied")) << one_->program().output();
        ASSERT_TRUE(eventually([&] { return two_->stands_by(); })) << two_->program().output();
    }

    [[nodiscard]] static kube::LeaseRecord lease() {
        const auto object =
            admin_->get_object(kube::lease_type(), kSystem, "headgate", Call::within(20s));
        return object ? kube::lease_record(object->spec) : kube::LeaseRecord{};
    }

    static core::Status edit(std::size_t i, const std::string& description) {
        kube::ObjectMeta meta;
        meta.ns = "leader";
        meta.name = name(i);
        const auto edited = admin_->merge_patch(
            kType, meta, {{"spec", {{"description", description}}}}, Call::within(20s));
        return edited ? core::Status{} : core::Status{edited.error()};
    }

    [[nodiscard]] std::string description(std::size_t i) const {
        return cli_.request("$JS.API.STREAM.INFO." + name(i))
            .value(Json::json_pointer("/config/description"), std::string{});
    }

    /// Every stream is as the last edit has it, and so says its object.
    void expect_convergence(const std::string& last) const {
        for (std::size_t i = 0; i < kStreams; ++i) {
            EXPECT_TRUE(eventually([&] { return description(i) == last; })) << name(i);
        }
        EXPECT_TRUE(all_are("Applied"));
    }

    /// Writes to the declarations by one of the operators, as Kubernetes has seen them.
    // One that was half sent when its sender was paused is sent to its end when that wakes, and
    // refused, since the object has moved on.
    static std::size_t kube_writes_by(const std::string& user) {
        const auto account =
            "system:serviceaccount:" + kSystem + ":" + (user == "first" ? "headgate" : user);
        std::size_t count = 0;
        for (const auto& event : plane_->api().audit()) {
            const bool is_its =
                event.value(Json::json_pointer("/user/username"), std::string{}) == account &&
                event.value("verb", "") == "patch" &&
                event.value(Json::json_pointer("/objectRef/resource"), std::string{}) ==
                    kType.plural &&
                event.value(Json::json_pointer("/responseStatus/code"), 0) != kConflict;
            count += is_its ? 1 : 0;
        }
        return count;
    }

    static inline const std::vector<std::string> kShort{
        "--lease-duration=3s", "--renew-deadline=2s", "--retry-period=300ms"};
    // Nobody waits for this one to run out.
    static inline const std::vector<std::string> kLong{
        "--lease-duration=10m", "--renew-deadline=5m", "--retry-period=300ms"};

    support::TempDir dir_;
    support::NatsServer nats_{{.extra = R"(accounts { A { jetstream: enabled, users: [
        {user: boss, password: boss}, {user: first, password: first},
        {user: second, password: second}]}}
        no_auth_user: boss)"}};
    support::NatsCli cli_{nats_.url()};
    ApiAudit audit_{nats_.url(), "boss", "boss"};
    std::unique_ptr<Replica> one_;
    std::unique_ptr<Replica> two_;

    static inline std::unique_ptr<ControlPlane> plane_;
    static inline std::unique_ptr<kube::rest::RestClient> admin_;
    static inline std::filesystem::path first_;
    static inline std::filesystem::path second_;
};

/// Edits all streams in turns, until it is ended.
class Load {
public:
    explicit Load(std::function<core::Status(std::size_t, const std::string&)> edit)
        : edit_(std::move(edit)), thread_([this](const std::stop_token& stop) {
              while (!stop.stop_requested()) {
                  const auto number = edits_.load();
                  if (edit_(number % kStreams, "edit " + std::to_string(number))) {
                      ++edits_;
                  }
              }
          }) {}

    [[nodiscard]] std::size_t edits() const { return edits_; }

    /// Waits until so many more are made.
    [[nodiscard]] bool goes_on_by(std::size_t more) const {
        const auto enough = edits_ + more;
        return eventually([&] { return edits_ >= enough; });
    }

    void end() {
        thread_.request_stop();
        thread_.join();
    }

private:
    std::function<core::Status(std::size_t, const std::string&)> edit_;
    std::atomic<std::size_t> edits_{0};
    std::jthread thread_;
};

TEST_F(Leader, OnlyOneWorksAndTheOtherIsReadyToFollow) {
    start_both();
    EXPECT_THAT(two_->readiness(), HasSubstr("200 standby: " + lease().holder + " leads"));
    EXPECT_EQ(one_->readiness(), "200 ok\n");
    EXPECT_EQ(audit_.writes_by("first"), kStreams);
    EXPECT_EQ(audit_.writes_by("second"), 0U);
    EXPECT_EQ(kube_writes_by("second"), 0U);
    EXPECT_EQ(one_->program().stop(), 0) << one_->program().output();
    EXPECT_EQ(two_->program().stop(), 0) << two_->program().output();
    EXPECT_EQ(lease().holder, "");
}

TEST_F(Leader, ThatIsPausedInTheMiddleOfItsWorkSendsNothingWhenItWakes) {
    start_both();
    Load load{edit};
    ASSERT_TRUE(load.goes_on_by(3 * kStreams));
    one_->program().pause();
    ASSERT_TRUE(eventually([&] { return two_->leads(); })) << two_->program().output();
    const auto before = audit_.writes_by("first");
    const auto kube_before = kube_writes_by("first");
    EXPECT_GT(before, kStreams);
    const auto taken_over = audit_.writes_by("second");
    ASSERT_TRUE(load.goes_on_by(2 * kStreams));
    ASSERT_TRUE(eventually([&] { return audit_.writes_by("second") > taken_over + kStreams; }));

    one_->program().resume();
    EXPECT_TRUE(eventually([&] { return one_->stands_by(); })) << one_->program().output();
    ASSERT_TRUE(load.goes_on_by(2 * kStreams));
    load.end();
    for (std::size_t i = 0; i < kStreams; ++i) {
        ASSERT_TRUE(edit(i, "last"));
    }
    expect_convergence("last");
    ASSERT_TRUE(two_->program().looks_at_all_again(kStreams));
    expect_convergence("last");
    EXPECT_EQ(audit_.writes_by("first"), before) << one_->program().output();
    EXPECT_EQ(kube_writes_by("first"), kube_before) << one_->program().output();

    // And it can lead again.
    EXPECT_EQ(two_->program().stop(), 0) << two_->program().output();
    ASSERT_TRUE(eventually([&] { return one_->leads(); })) << one_->program().output();
    ASSERT_TRUE(edit(0, "again"));
    EXPECT_TRUE(eventually([&] { return description(0) == "again"; }));
    EXPECT_EQ(one_->program().stop(), 0) << one_->program().output();
}

TEST_F(Leader, ThatIsKilledIsReplacedWhenItsLeaseHasRunOut) {
    start_both();
    Load load{edit};
    ASSERT_TRUE(load.goes_on_by(kStreams));
    one_->program().kill();
    ASSERT_TRUE(eventually([&] { return two_->leads(); })) << two_->program().output();
    EXPECT_EQ(lease().transitions, 1);
    one_->program().restart();
    EXPECT_TRUE(eventually([&] { return one_->stands_by(); })) << one_->program().output();
    load.end();
    for (std::size_t i = 0; i < kStreams; ++i) {
        ASSERT_TRUE(edit(i, "last"));
    }
    expect_convergence("last");
    EXPECT_EQ(two_->program().stop(), 0) << two_->program().output();
}

TEST_F(Leader, ThatEndsIsReplacedAtOnce) {
    start_both(kLong);
    EXPECT_EQ(one_->program().stop(), 0) << one_->program().output();
    EXPECT_TRUE(eventually([&] { return two_->leads(); })) << two_->program().output();
    ASSERT_TRUE(edit(0, "next"));
    EXPECT_TRUE(eventually([&] { return description(0) == "next"; }));
    EXPECT_EQ(audit_.writes_by("second"), 1U) << "it found all in order";
    EXPECT_EQ(two_->program().stop(), 0) << two_->program().output();
}

TEST_F(Leader, WhoseLeaseIsDeletedMakesItAgainAndNobodyElseDoes) {
    start_both();
    const auto holder = lease().holder;
    plane_->api().kubectl_ok({"delete", "-n", kSystem, "lease", "headgate"});
    EXPECT_TRUE(eventually([&] { return lease().holder == holder; }));
    EXPECT_TRUE(one_->leads());
    EXPECT_TRUE(two_->stands_by());
    ASSERT_TRUE(edit(0, "next"));
    EXPECT_TRUE(eventually([&] { return description(0) == "next"; }));
    EXPECT_EQ(audit_.writes_by("second"), 0U);
}

TEST_F(Leader, WhoseLeaseIsTakenStopsAndOneFollowsWhenTheTakerIsSilent) {
    start_both();
    plane_->api().kubectl_ok({"patch",
                              "-n",
                              kSystem,
                              "lease",
                              "headgate",
                              "--type=merge",
                              "-p",
                              R"({"spec": {"holderIdentity": "intruder"}})"});
    ASSERT_TRUE(eventually([&] { return one_->readiness() == "200 standby: intruder leads\n"; }))
        << one_->readiness() << one_->program().output();
    ASSERT_TRUE(edit(0, "next"));
    EXPECT_TRUE(eventually([&] { return one_->leads() || two_->leads(); }));
    EXPECT_TRUE(eventually([&] { return description(0) == "next"; }));
    EXPECT_NE(one_->leads(), two_->leads());
}

TEST_F(Leader, ThatCannotReachKubernetesStopsInTimeAndGoesOnAfterwards) {
    start_both();
    plane_->api().pause();
    EXPECT_TRUE(eventually([&] { return !one_->leads(); })) << one_->program().output();
    // What would be repaired by a leader at once.
    EXPECT_FALSE(cli_.request("$JS.API.STREAM.DELETE." + name(3)).contains("error"));
    EXPECT_TRUE(support::always(
        [&] { return cli_.request("$JS.API.STREAM.INFO." + name(3)).contains("error"); }, 1s));
    plane_->api().resume();
    EXPECT_TRUE(eventually([&] {
        return !cli_.request("$JS.API.STREAM.INFO." + name(3)).contains("error");
    })) << one_->program().output()
        << two_->program().output();
    EXPECT_EQ(audit_.writes_by("first") + audit_.writes_by("second"), kStreams + 1);
    EXPECT_TRUE(all_are("Applied"));
}

}  // namespace
}  // namespace headgate::e2e
