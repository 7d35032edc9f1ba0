#include "kube/event.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace headgate::kube {
namespace {

using core::Json;

const Event kEvent{.type = {"headgate.io", "v1alpha1", "streamconfigs", "StreamConfig"},
                   .ns = "agents",
                   .name = "orders",
                   .uid = "u-1",
                   .warning = true,
                   .reason = "NotOwned",
                   .action = "Reconcile",
                   .note = "stream ORDERS was made by somebody else"};
const Reporter kReporter{"headgate.io/controller", "headgate-6f7c"};
const core::Timestamp kTime =
    core::Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 3 / 4}} +
    std::chrono::microseconds{1500};

TEST(KubeEvent, SaysWhatHappenedToWhomAndWhoTells) {
    EXPECT_EQ(event_object(kEvent, "orders.1", kReporter, kTime), Json::parse(R"({
        "apiVersion": "events.k8s.io/v1", "kind": "Event",
        "metadata": {"namespace": "agents", "name": "orders.1"},
        "eventTime": "2026-03-04T00:00:00.001500Z",
        "reportingController": "headgate.io/controller", "reportingInstance": "headgate-6f7c",
        "type": "Warning", "reason": "NotOwned", "action": "Reconcile",
        "note": "stream ORDERS was made by somebody else",
        "regarding": {"apiVersion": "headgate.io/v1alpha1", "kind": "StreamConfig",
                      "namespace": "agents", "name": "orders", "uid": "u-1"}})"));
}

TEST(KubeEvent, LongNotesAreCutAtACharacterAndAnUnknownUidIsLeftOut) {
    auto event = kEvent;
    event.uid.clear();
    event.warning = false;
    for (std::size_t lead = 0; lead < 4; ++lead) {
        event.note = std::string(lead, 'x');
        while (event.note.size() <= kLongestNote) {
            event.note += "\xE2\x82\xAC";  // The sign of the euro.
        }
        const auto object = event_object(event, "orders.1", kReporter, kTime);
        const auto note = object["note"].get<std::string>();
        EXPECT_LE(note.size(), kLongestNote);
        EXPECT_GT(note.size(), kLongestNote - 4);
        EXPECT_TRUE(note.ends_with("\xE2\x82\xAC...")) << note;
        EXPECT_NO_THROW(static_cast<void>(object.dump()));
        EXPECT_FALSE(object["regarding"].contains("uid"));
        EXPECT_EQ(object["type"], "Normal");
    }
    event.note = std::string(kLongestNote, 'x');
    EXPECT_EQ(event_object(event, "orders.1", kReporter, kTime)["note"], event.note);
}

TEST(KubeEvent, SeriesCountsAndSaysWhenLastly) {
    EXPECT_EQ(series_patch(3, kTime), Json::parse(R"({"series": {"count": 3,
                              "lastObservedTime": "2026-03-04T00:00:00.001500Z"}})"));
}

TEST(EventObject, BytesThatAreNoUtf8MakeItNoLongerThanIsTaken) {
    const auto object = event_object({.note = std::string(1024, '\xff')}, "n", {"c", "i"}, {});
    const auto sent =
        core::Json::parse(object.dump(-1, ' ', false, core::Json::error_handler_t::replace));
    EXPECT_LE(sent["note"].get<std::string>().size(), kLongestNote);
}

}  // namespace
}  // namespace headgate::kube
