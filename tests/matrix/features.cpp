#include "tests/matrix/features.hpp"

#include <algorithm>

#include "jetstream/server_level.hpp"

namespace headgate::matrix {

using core::Json;
using resources::Kind;
using resources::Reason;

namespace {

/// Collects what is not as it must be; "yes" where nothing is.
class Expectations {
public:
    void expect(bool holds, const std::string& otherwise) {
        if (!holds) {
            problems_.push_back(otherwise);
        }
    }

    void expect(const Workbench::Result& result, Reason reason, const std::string& when) {
        expect(result.reason == reason,
               when + ": " + std::string{core::name_of(result.reason)} + " (" + result.message +
                   ") instead of " + std::string{core::name_of(reason)});
    }

    [[nodiscard]] Verdict verdict(std::string word = "yes") {
        return {std::move(word), std::move(problems_)};
    }

private:
    std::vector<std::string> problems_;
};

bool has(const std::vector<std::string>& done, std::string_view one) {
    return std::find(done.begin(), done.end(), one) != done.end();
}

Verdict signature(Server& server) {
    Expectations that;
    Workbench bench{server, Kind::StreamConfig, "signature"};
    that.expect(bench.apply({{"description", "what for"}}), Reason::Applied, "signed");
    const auto held = bench.held()["stream"];
    bench.wipe();
    if (held.contains("metadata") && held["metadata"].contains("headgate.io/instance")) {
        that.expect(held["description"] == "what for", "the description is not as declared");
        return that.verdict("in the metadata");
    }
    const auto description = held["description"].get<std::string>();
    that.expect(description.starts_with("what for") && description.size() > 8, "it is not signed");
    return that.verdict("in the description");
}

Verdict adoption(Server& server) {
    Expectations that;
    server.must("STREAM.CREATE.taken", {{"name", "taken"}, {"max_msgs", 5}});
    Workbench bench{server, Kind::StreamConfig, "taken"};
    const auto unsigned_one = bench.held();
    that.expect(bench.apply(Json::object()), Reason::NotOwned, "Never");
    that.expect(
        bench.apply({{"adoptionPolicy", "IfMatching"}}), Reason::NotOwned, "IfMatching, differing");
    that.expect(bench.held() == unsigned_one, "a refused adoption changed it");
    that.expect(bench.apply({{"adoptionPolicy", "IfMatching"}, {"maxMessages", 5}}),
                Reason::Applied,
                "IfMatching");
    bench.wipe();
    server.must("STREAM.CREATE.taken", {{"name", "taken"}, {"max_msgs", 5}});
    Workbench other{server, Kind::StreamConfig, "taken"};
    that.expect(other.apply({{"adoptionPolicy", "Always"}}), Reason::Applied, "Always");
    that.expect(other.held()["stream"]["max_msgs"] == -1, "Always did not change it");
    other.wipe();
    return that.verdict();
}

Verdict foreign_signer(Server& server) {
    Expectations that;
    Workbench one{server, Kind::StreamConfig, "signed", {.instance = "one"}};
    Workbench two{server, Kind::StreamConfig, "signed", {.instance = "two", .adopt = true}};
    that.expect(one.apply(Json::object()), Reason::Applied, "the first");
    const auto held = one.held();
    that.expect(two.apply({{"maxMessages", 5}}), Reason::NotOwned, "the second");
    that.expect(one.held() == held, "the second changed it");
    one.wipe();
    return that.verdict();
}

Verdict drift(Server& server) {
    Expectations that;
    Workbench bench{server, Kind::StreamConfig, "drift"};
    that.expect(bench.apply({{"maxAge", "1h"}, {"consumers", {{{"name", "a"}}}}}),
                Reason::Applied,
                "declared");
    const auto declared = bench.held();
    auto changed = declared["stream"];
    changed["max_age"] = 0;
    changed["max_msgs"] = 10;
    // Its own keys come back from a server, and are not for others to write.
    changed.erase("metadata");
    changed["metadata"] = declared["stream"].value("metadata", Json::object());
    for (const auto* const key : {"_nats.ver", "_nats.level", "_nats.req.level"}) {
        changed["metadata"].erase(key);
    }
    if (changed["metadata"].empty()) {
        changed.erase("metadata");
    }
    server.must("STREAM.UPDATE.drift", changed);
    server.must("CONSUMER.DELETE.drift.a");
    that.expect(bench.again(), Reason::Applied, "repaired");
    that.expect(bench.held() == declared, "it is not as declared: " + bench.held().dump());
    bench.wipe();
    return that.verdict();
}

Verdict consumers(Server& server) {
    Expectations that;
    Workbench bench{server, Kind::StreamConfig, "consumers"};
    const auto with = [&](const std::vector<Json>& consumers) {
        return bench.apply({{"subjects", {"consumers.*"}}, {"consumers", consumers}});
    };
    that.expect(with({Json{{"name", "a"}}, Json{{"name", "b"}}}), Reason::Applied, "made");
    server.must("CONSUMER.DURABLE.CREATE.consumers.foreign",
                {{"stream_name", "consumers"},
                 {"config", {{"durable_name", "foreign"}, {"ack_policy", "explicit"}}}});
    const auto updated = with({Json{{"name", "a"}, {"ackWait", "10s"}}});
    that.expect(updated, Reason::Applied, "changed");
    that.expect(has(updated.done, "update consumer a of stream consumers") &&
                    has(updated.done, "delete consumer b of stream consumers"),
                "not updated and deleted as told");
    that.expect(
        bench.held()["consumers"].contains("foreign") && !bench.held()["consumers"].contains("b"),
        "others are there than declared and foreign ones: " + bench.held().dump());
    const auto anew = with({Json{{"name", "a"}, {"deliverPolicy", "New"}}});
    that.expect(anew, Reason::Applied, "made anew, untouched");
    bench.wipe();
    return that.verdict();
}

Verdict approval(Server& server) {
    Expectations that;
    Workbench bench{server, Kind::StreamConfig, "approval"};
    that.expect(bench.apply({{"subjects", {"approval.*"}}}), Reason::Applied, "declared");
    constexpr int kMessages = 10;
    for (int i = 0; i < kMessages; ++i) {
        server.publish("approval." + std::to_string(i));
    }
    const auto messages = [&] {
        return server.must("STREAM.INFO.approval")["state"]["messages"].get<int>();
    };
    const Json fewer{{"subjects", {"approval.*"}}, {"maxMessages", 4}};
    const auto held = bench.held();
    that.expect(bench.apply(fewer), Reason::ApprovalRequired, "fewer messages");
    that.expect(bench.held() == held && messages() == kMessages, "not approved, and yet changed");
    bench.annotations["headgate.io/approve"] = "0123456789abcdef";
    that.expect(bench.again(), Reason::ApprovalRequired, "a wrong hash");
    that.expect(bench.held() == held && messages() == kMessages, "a wrong hash approved it");
    bench.annotations["headgate.io/approve"] = bench.status().plan->hash;
    that.expect(bench.again(), Reason::Applied, "approved");
    that.expect(messages() == 4, "approved, and " + std::to_string(messages()) + " are left");
    bench.wipe();
    return that.verdict();
}

Verdict buckets(Server& server) {
    Expectations that;
    Workbench bench{server, Kind::StateBucket, "bucket"};
    that.expect(bench.apply({{"history", 3}, {"ttl", "1h"}}), Reason::Applied, "declared");
    that.expect(bench.apply({{"history", 5}}), Reason::Applied, "changed");
    server.publish("$KV.bucket.key");
    that.expect(bench.held()["stream"]["max_msgs_per_subject"] == 5, "it is not as declared");
    bench.wipe();
    return that.verdict();
}

}  // namespace

const std::vector<Feature>& features() {
    static const std::vector<Feature> kFeatures{
        {"Signature of what Headgate makes", signature},
        {"Adoption: `Never`, `IfMatching`, `Always`", adoption},
        {"What another instance signed is left alone", foreign_signer},
        {"Drift is repaired", drift},
        {"Consumers are made, changed, deleted; foreign ones stay", consumers},
        {"A loss of messages waits for approval", approval},
        {"Buckets take values", buckets},
    };
    return kFeatures;
}

}  // namespace headgate::matrix
