#include "controller/leader.hpp"

#include <atomic>
#include <future>
#include <memory>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/fakes/fake_kube.hpp"
#include "tests/support/eventually.hpp"

namespace headgate::controller {
namespace {

using core::Call;
using core::Error;
using core::ErrorCode;
using support::eventually;
using namespace std::chrono_literals;

constexpr kube::LeaseTiming kQuick{
    .duration = 1'000ms, .renew_deadline = 600ms, .retry_period = 30ms};

/// A replica that counts what it is told.
class Replica {
public:
    Replica(fakes::FakeKube& kube, const std::string& name)
        : elector_(
              kube, {.ns = "system", .name = "lease", .identity = name, .timing = kQuick}, log_) {}

    void campaign() {
        elector_.campaign({.begin =
                               [this](const std::stop_token&) {
                                   ++begun;
                                   working = true;
                               },
                           .abandon = [this] { ++abandoned; },
                           .end =
                               [this] {
                                   if (at_end) {
                                       at_end();
                                   }
                                   working = false;
                               },
                           .on_change = [this](bool leads) { told = leads; }});
    }

    Elector& elector() { return elector_; }

    std::atomic<int> begun{0};
    std::atomic<int> abandoned{0};
    std::atomic<bool> working{false};
    std::atomic<bool> told{false};
    std::function<void()> at_end;  ///< Set before the campaign.

private:
    core::Log log_{core::LogFormat::Text, core::LogLevel::Off};
    Elector elector_;
};

class ElectorTest : public testing::Test {
protected:
    kube::LeaseRecord lease() const {
        const auto object = kube_.object(kube::lease_type(), "system", "lease");
        return object ? kube::lease_record(object->spec) : kube::LeaseRecord{};
    }

    void take(const std::string& holder) {
        auto record = lease();
        record.holder = holder;
        kube::ObjectMeta meta;
        meta.ns = "system";
        meta.name = "lease";
        ASSERT_TRUE(kube_.merge_patch(
            kube::lease_type(), meta, kube::lease_patch(record), Call::within(5s)));
    }

    fakes::FakeKube kube_;
};

TEST_F(ElectorTest, OneOfTwoLeadsAndTheNextTakesOverWhenItResigns) {
    Replica a{kube_, "a"};
    Replica b{kube_, "b"};
    a.campaign();
    ASSERT_TRUE(eventually([&] { return a.working.load(); }));
    EXPECT_TRUE(a.told);
    EXPECT_TRUE(a.elector().leads());
    EXPECT_GT(a.elector().may_act_until(), std::chrono::steady_clock::now());
    b.campaign();
    EXPECT_TRUE(eventually([&] { return b.elector().holder() == "a"; }));
    EXPECT_FALSE(b.elector().leads());
    a.elector().resign();
    EXPECT_FALSE(a.working);
    EXPECT_FALSE(a.told);
    EXPECT_EQ(a.abandoned, 0) << "it was given the time to finish";
    EXPECT_TRUE(eventually([&] { return b.working.load(); }));
    EXPECT_EQ(lease().holder, "b");
    EXPECT_EQ(lease().transitions, 1);
    EXPECT_EQ(a.begun + b.begun, 2);
}

TEST_F(ElectorTest, TheLeaseIsGivenUpOnlyWhenTheWorkHasEnded) {
    Replica a{kube_, "a"};
    std::string held_at_end;
    a.at_end = [&] { held_at_end = lease().holder; };
    a.campaign();
    ASSERT_TRUE(eventually([&] { return a.working.load(); }));
    a.elector().resign();
    EXPECT_EQ(held_at_end, "a");
    EXPECT_EQ(lease().holder, "");
}

TEST_F(ElectorTest, WhoResignsGoesOnRenewingUntilTheWorkHasEnded) {
    Replica a{kube_, "a"};
    a.at_end = [&] {
        const auto renewed = lease().renewed;
        EXPECT_TRUE(eventually([&] { return lease().renewed != renewed; }));
    };
    a.campaign();
    ASSERT_TRUE(eventually([&] { return a.working.load(); }));
    a.elector().resign();
    EXPECT_EQ(lease().holder, "");
}

TEST_F(ElectorTest, WhoCannotRenewIsStoppedAndLeadsAgainLater) {
    Replica a{kube_, "a"};
    a.campaign();
    ASSERT_TRUE(eventually([&] { return a.working.load(); }));
    kube_.fail_before([](std::string_view, const std::string&) {
        return Error{ErrorCode::Unavailable, "away"};
    });
    ASSERT_TRUE(eventually([&] { return a.abandoned == 1; }));
    EXPECT_FALSE(a.elector().leads());
    EXPECT_LT(a.elector().may_act_until(), std::chrono::steady_clock::now());
    EXPECT_TRUE(eventually([&] { return !a.working; }));
    kube_.fail_before({});
    EXPECT_TRUE(eventually([&] { return a.begun == 2; }));
    EXPECT_TRUE(eventually([&] { return a.told.load(); }));
}

TEST_F(ElectorTest, ALeaseTakenByAnotherEndsTheWorkAtItsNextRenewal) {
    Replica a{kube_, "a"};
    a.campaign();
    ASSERT_TRUE(eventually([&] { return a.working.load(); }));
    take("intruder");
    ASSERT_TRUE(eventually([&] { return a.abandoned == 1; }));
    EXPECT_TRUE(eventually([&] { return !a.working; }));
    EXPECT_EQ(a.elector().holder(), "intruder");
    // Who never renews is silent for good.
    EXPECT_TRUE(eventually([&] { return a.begun == 2; }));
    EXPECT_EQ(lease().holder, "a");
}

TEST_F(ElectorTest, ALeaseThatWasDeletedIsMadeAgainByItsHolder) {
    Replica a{kube_, "a"};
    Replica b{kube_, "b"};
    a.campaign();
    ASSERT_TRUE(eventually([&] { return a.working.load(); }));
    b.campaign();
    ASSERT_TRUE(eventually([&] { return b.elector().holder() == "a"; }));
    kube_.erase(kube::lease_type(), "system", "lease");
    EXPECT_TRUE(eventually([&] { return lease().holder == "a"; }));
    EXPECT_EQ(a.abandoned, 0);
    EXPECT_EQ(b.begun, 0);
}

TEST_F(ElectorTest, NobodyIsElectedAgainBeforeItsWorkHasEnded) {
    Replica a{kube_, "a"};
    std::promise<void> let_go;
    auto may_go = let_go.get_future().share();
    a.at_end = [may_go] { may_go.wait(); };
    a.campaign();
    ASSERT_TRUE(eventually([&] { return a.working.load(); }));
    take("");
    // Given to nobody, it would take it back at once.
    take("intruder");
    ASSERT_TRUE(eventually([&] { return a.abandoned == 1; }));
    const auto looks = kube_.requests("get");
    Replica b{kube_, "b"};
    b.campaign();
    ASSERT_TRUE(eventually([&] { return b.working.load(); })) << "the intruder's time is up";
    EXPECT_EQ(a.begun, 1);
    EXPECT_GT(kube_.requests("get"), looks);
    let_go.set_value();
    EXPECT_TRUE(eventually([&] { return a.elector().holder() == "b"; }));
    EXPECT_EQ(a.begun, 1);
}

TEST_F(ElectorTest, OneThatNeverLedEndsAtOnce) {
    Replica a{kube_, "a"};
    kube_.fail_before([](std::string_view, const std::string&) {
        return Error{ErrorCode::Forbidden, "no"};
    });
    a.campaign();
    ASSERT_TRUE(eventually([&] { return kube_.requests("get") > 0; }));
    a.elector().resign();
    EXPECT_EQ(a.begun, 0);
    EXPECT_EQ(kube_.write_requests(), 0U);
}

}  // namespace
}  // namespace headgate::controller
