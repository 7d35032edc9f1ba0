#include "controller/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headgate::controller {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Metrics, EverySeriesIsThereFromTheStartAtZero) {
    const Metrics metrics{{"1.2.3", "abc"}};
    const auto text = metrics.text();
    for (const auto* series : {
             "headgate_reconcile_total{kind=\"StreamConfig\",result=\"success\"} 0",
             "headgate_reconcile_errors_total{kind=\"StateBucket\",reason=\"ConnectionFailed\"} 0",
             "headgate_reconcile_duration_seconds_count{kind=\"StateBucket\"} 0",
             "headgate_objects{kind=\"StreamConfig\",reason=\"Applied\"} 0",
             "headgate_drift_repaired_total{kind=\"StreamConfig\"} 0",
             "headgate_plan_waiting{kind=\"StateBucket\"} 0",
             "headgate_nats_connected{connection=\"default\"} 0",
             "headgate_nats_requests_total{operation=\"stream_create\",result=\"answered\"} 0",
             "headgate_nats_request_duration_seconds_count{operation=\"consumer_list\"} 0",
             "headgate_kube_requests_total{code=\"200\",verb=\"apply\"} 0",
             "workqueue_depth{controller=\"headgate\",name=\"headgate\"} 0",
             "workqueue_adds_total{controller=\"headgate\",name=\"headgate\"} 0",
             "headgate_events_dropped_total 0",
             "leader_election_master_status{name=\"headgate\"} 1",
             "headgate_build_info{commit=\"abc\",version=\"1.2.3\"} 1",
         }) {
        EXPECT_THAT(text, HasSubstr(series));
    }
    EXPECT_THAT(text, Not(HasSubstr("process_resident_memory_bytes 0\n")));
    EXPECT_THAT(text, Not(HasSubstr("process_start_time_seconds 0\n")));
}

TEST(Metrics, AConnectionThatIsGoneIsNoConnectionThatIsDown) {
    Metrics metrics{{}};
    metrics.nats_connected("platform/hub", false);
    EXPECT_THAT(metrics.text(),
                HasSubstr("headgate_nats_connected{connection=\"platform/hub\"} 0"));
    metrics.nats_forgotten("platform/hub");
    EXPECT_THAT(metrics.text(), Not(HasSubstr("platform/hub")));
}

TEST(Metrics, OneOfSeveralLeadsByTheNameOfItsLease) {
    Metrics metrics{{}};
    metrics.leads("headgate-a", false);
    EXPECT_THAT(metrics.text(), HasSubstr("leader_election_master_status{name=\"headgate-a\"} 0"));
    EXPECT_THAT(metrics.text(), Not(HasSubstr("leader_election_master_status{name=\"headgate\"}")));
    metrics.leads("headgate-a", true);
    EXPECT_THAT(metrics.text(), HasSubstr("leader_election_master_status{name=\"headgate-a\"} 1"));
}

TEST(Metrics, APassCountsByWhatCameOfIt) {
    Metrics metrics{{}};
    using reconcilers::Pass;
    const auto kind = resources::Kind::StreamConfig;
    metrics.reconciled(
        kind, Pass{.reason = resources::Reason::Applied, .drift = {"maxAge 2h -> 1h"}}, {}, {});
    metrics.reconciled(
        kind,
        Pass{.outcome = reconcilers::Retry{}, .reason = resources::Reason::ConnectionFailed},
        {},
        {});
    const auto text = metrics.text();
    EXPECT_THAT(text,
                HasSubstr("headgate_reconcile_total{kind=\"StreamConfig\",result=\"success\"} 1"));
    EXPECT_THAT(text,
                HasSubstr("headgate_reconcile_total{kind=\"StreamConfig\",result=\"requeue\"} 1"));
    EXPECT_THAT(text,
                HasSubstr("headgate_reconcile_errors_total{kind=\"StreamConfig\",reason="
                          "\"ConnectionFailed\"} 1"));
    EXPECT_THAT(text, HasSubstr("headgate_drift_repaired_total{kind=\"StreamConfig\"} 1"));
}

TEST(Metrics, ObjectsAreCountedByReasonAtTheScrape) {
    Metrics metrics{{}};
    reconcilers::Declarations declarations;
    WorkQueue queue{{}};
    metrics.watch(declarations, queue);
    reconcilers::Declaration declaration;
    declaration.key = {resources::Kind::StateBucket, "default", "a"};
    declaration.status = resources::to_status(
        {.reason = resources::Reason::ApprovalRequired}, {}, 1, "", "2026-01-01T00:00:00Z");
    declarations.put(declaration);
    queue.add(declaration.key);
    const auto text = metrics.text();
    EXPECT_THAT(text,
                HasSubstr("headgate_objects{kind=\"StateBucket\",reason=\"ApprovalRequired\"} 1"));
    EXPECT_THAT(text, HasSubstr("headgate_plan_waiting{kind=\"StateBucket\"} 1"));
    EXPECT_THAT(text, HasSubstr("workqueue_depth{controller=\"headgate\",name=\"headgate\"} 1"));
    declarations.remove(declaration.key);
    EXPECT_THAT(metrics.text(),
                HasSubstr("headgate_objects{kind=\"StateBucket\",reason=\"ApprovalRequired\"} 0"));
}

}  // namespace
}  // namespace headgate::controller
