// What fails, what got lost, what the server says no to: contract sections 3 and 4.7.
#include <string>

#include "tests/unit/reconcilers/reconciler_fixture.hpp"

namespace headgate::reconcilers {
namespace {

using namespace std::chrono_literals;
using builders::a_state_bucket;
using builders::a_stream_config;
using core::Error;
using core::ErrorCode;
using core::Json;
using fakes::FakeJetStream;
using resources::Reason;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Failures : public ReconcilerFixture {
protected:
    // Until it settles, or gives up trying.
    int passes_until_settled(const ObjectKey& key) {
        for (int pass = 1; pass <= 10; ++pass) {
            later(1s);
            if (is_settled(reconcile(key))) {
                return pass;
            }
        }
        return -1;
    }
};

// Whichever write of whichever step gets lost, and whether it had been carried out or not, the next
// passes look first and end in the same.
TEST_F(Failures, AnyLostReplyEndsInTheSameState) {
    for (const auto phase : {FakeJetStream::Phase::Before, FakeJetStream::Phase::After}) {
        for (int n = 1; n <= 8; ++n) {
            SCOPED_TRACE(std::to_string(n) +
                         (phase == FakeJetStream::Phase::Before ? " before" : " after"));
            const auto name =
                "s" + std::to_string(n) + (phase == FakeJetStream::Phase::Before ? "b" : "a");
            fault_at_write(n, phase, ErrorCode::OutcomeUnknown);
            auto key =
                declare(a_stream_config(name).consumer({{"name", "a"}}).consumer({{"name", "b"}}));
            EXPECT_GT(passes_until_settled(key), 0);
            declare(a_stream_config(name)
                        .generation(2)
                        .set("maxAge", "1h")
                        .consumer({{"name", "b"}, {"ackWait", "5s"}})
                        .consumer({{"name", "c"}, {"deliverPolicy", "New"}}));
            EXPECT_GT(passes_until_settled(key), 0);
            declare(a_stream_config(name)
                        .generation(3)
                        .set("maxAge", "1h")
                        .consumer({{"name", "b"}, {"ackWait", "5s"}})
                        .consumer({{"name", "c"}, {"deliverPolicy", "Last"}}));
            EXPECT_GT(passes_until_settled(key), 0);
            server_.set_fault(nullptr);

            EXPECT_EQ(status(key).reason(), Reason::Applied) << status(key).message();
            EXPECT_EQ(server_.stream_config(name)["max_age"], 3'600'000'000'000);
            EXPECT_FALSE(server_.has_consumer(name, "a"));
            EXPECT_EQ(server_.consumer_config(name, "b")["ack_wait"], 5'000'000'000);
            EXPECT_EQ(server_.consumer_config(name, "c")["deliver_policy"], "last");
            expect_nothing_written(key);
        }
    }
}

TEST_F(Failures, AStatusThatCouldNotBeWrittenIsWrittenLater) {
    const auto key = declare(a_stream_config());
    writer_.fault = [](std::string_view) { return Error{ErrorCode::Conflict, "moved on"}; };
    EXPECT_TRUE(is_retry(reconcile(key)));
    writer_.fault = nullptr;
    forget_counts();
    EXPECT_TRUE(is_settled(reconcile(key)));
    EXPECT_EQ(status(key).reason(), Reason::Applied);
    EXPECT_EQ(writer_.status_writes, 1U);
    EXPECT_EQ(server_.writes(), 0U) << "the stream is there, and signed";
}

TEST_F(Failures, AStatusOfAnObjectThatIsGoneIsNoFailure) {
    const auto key = declare(a_stream_config());
    writer_.fault = [](std::string_view) { return Error{ErrorCode::NotFound, "gone"}; };
    EXPECT_TRUE(is_settled(reconcile(key)));
}

TEST_F(Failures, ANewObjectSaysAtOnceThatTheServerIsNotThere) {
    server_.set_unavailable(true);
    const auto key = declare(a_stream_config());
    EXPECT_TRUE(is_retry(reconcile(key)));
    EXPECT_EQ(status(key).reason(), Reason::ConnectionFailed);
    EXPECT_EQ(status(key).observed_generation, 1);
    later(1min);
    EXPECT_TRUE(is_retry(reconcile(key)));
    EXPECT_EQ(writer_.status_writes, 1U) << "said once";

    server_.set_unavailable(false);
    EXPECT_TRUE(is_settled(reconcile(key)));
    EXPECT_EQ(status(key).reason(), Reason::Applied);
    EXPECT_EQ(writer_.status_writes, 2U);
}

TEST_F(Failures, AShortOutageRewritesNoStatus) {
    const auto key = settled(a_stream_config());
    server_.set_unavailable(true);
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(is_retry(reconcile(key)));
        later(5s);
    }
    server_.set_unavailable(false);
    EXPECT_TRUE(is_settled(reconcile(key)));
    EXPECT_EQ(writer_.writes(), 0U);

    server_.set_unavailable(true);
    reconcile(key);
    later(29s);
    reconcile(key);
    EXPECT_EQ(writer_.writes(), 0U) << "the grace begins anew with each outage";
}

TEST_F(Failures, AShortOutageDoesNotHideWhyAnObjectIsNotReadyEither) {
    server_.request("STREAM.CREATE.orders", {{"name", "orders"}, {"subjects", {"orders"}}});
    const auto key = declare(a_stream_config("orders"));
    reconcile(key);
    ASSERT_EQ(status(key).reason(), Reason::NotOwned);
    const auto writes = writer_.status_writes;
    server_.set_unavailable(true);
    EXPECT_TRUE(is_retry(reconcile(key)));
    server_.set_unavailable(false);
    reconcile(key);
    EXPECT_EQ(status(key).reason(), Reason::NotOwned);
    EXPECT_EQ(writer_.status_writes, writes);
}

TEST_F(Failures, AnOutageBeyondTheGraceIsToldOnceAndTakenBackAfterwards) {
    const auto key = settled(a_stream_config().consumer({{"name", "a"}}));
    server_.set_unavailable(true);
    reconcile(key);
    later(31s);
    EXPECT_TRUE(is_retry(reconcile(key)));
    EXPECT_EQ(status(key).reason(), Reason::ConnectionFailed);
    EXPECT_FALSE(status(key).consumers.at(0).ready);
    EXPECT_NE(status(key).created, "") << "or the stream could not be known as ours later";
    later(31s);
    reconcile(key);
    EXPECT_EQ(writer_.status_writes, 1U);
    server_.set_unavailable(false);
    EXPECT_TRUE(is_settled(reconcile(key)));
    EXPECT_EQ(status(key).reason(), Reason::Applied);
    EXPECT_TRUE(status(key).consumers.at(0).ready);
    EXPECT_EQ(writer_.status_writes, 2U);
    EXPECT_EQ(server_.writes(), 0U);
}

// One stream may be offline while all others answer: they do not hide it.
TEST_F(Failures, AnOutageOfOneStreamIsNotHiddenByTheOthers) {
    const auto sick = settled(a_stream_config("sick"));
    const auto well = settled(a_stream_config("well"));
    server_.set_fault([](std::string_view, std::string_view name, FakeJetStream::Phase) {
        return name == "sick"
                   ? std::optional{Error{ErrorCode::Unavailable, "stream is offline (10118)"}}
                   : std::nullopt;
    });
    for (int i = 0; i < 5; ++i) {
        reconcile(sick);
        reconcile(well);
        later(10s);
    }
    EXPECT_EQ(status(sick).reason(), Reason::ConnectionFailed);
    EXPECT_EQ(status(well).reason(), Reason::Applied);
}

struct Said {
    ErrorCode code;
    Reason reason;
    bool (*outcome)(const Pass&);
};

TEST_F(Failures, EveryAnswerOfAServerHasItsReasonAndItsPace) {
    const std::array said{
        Said{ErrorCode::InvalidSpec, Reason::InvalidSpec, is_give_up},
        Said{ErrorCode::Refused, Reason::Rejected, is_recheck},
        Said{ErrorCode::Insufficient, Reason::InsufficientResources, is_recheck},
        Said{ErrorCode::Unsupported, Reason::Unsupported, is_give_up},
        Said{ErrorCode::Forbidden, Reason::Rejected, is_recheck},
        Said{ErrorCode::Unavailable, Reason::ConnectionFailed, is_retry},
        Said{ErrorCode::OutcomeUnknown, Reason::ConnectionFailed, is_retry},
        Said{ErrorCode::Internal, Reason::Rejected, is_recheck},
    };
    int count = 0;
    for (const auto& one : said) {
        const auto key = declare(a_stream_config("s" + std::to_string(++count)));
        fault_at_write(1, FakeJetStream::Phase::Before, one.code);
        const auto pass = reconcile(key);
        EXPECT_TRUE(one.outcome(pass)) << count;
        EXPECT_EQ(status(key).reason(), one.reason) << count;
        EXPECT_THAT(status(key).message(),
                    HasSubstr("create stream s" + std::to_string(count) + ": fault"));
        server_.set_fault(nullptr);
        EXPECT_TRUE(is_settled(reconcile(key)));
        EXPECT_EQ(status(key).reason(), Reason::Applied);
    }
}

TEST_F(Failures, WhatChangedUnderneathIsLookedAtAgainInSilence) {
    for (const auto code : {ErrorCode::NotFound, ErrorCode::AlreadyExists, ErrorCode::Conflict}) {
        const auto key = declare(a_stream_config("s" + std::to_string(static_cast<int>(code))));
        fault_at_write(1, FakeJetStream::Phase::Before, code);
        EXPECT_TRUE(is_retry(reconcile(key)));
        EXPECT_EQ(status(key).reason(), std::nullopt) << "nothing to tell yet";
        EXPECT_TRUE(is_settled(reconcile(key)));
    }
}

TEST_F(Failures, WhatWasSeenOnOneServerIsNotDoneOnAnother) {
    const auto key = declare(a_stream_config("s"));
    reconcile(key);
    declare(a_stream_config("s").generation(2).set("description", "other"));
    server_.forget_requests();
    // The connection leads to another server as soon as the stream was looked at.
    bool moved = false;
    server_.set_fault(
        [&](std::string_view operation, std::string_view, FakeJetStream::Phase phase) {
            if (operation == "stream_info" && phase == FakeJetStream::Phase::After && !moved) {
                moved = true;
                server_.become(jetstream::kServer2_15);
            }
            return std::optional<core::Error>{};
        });
    EXPECT_TRUE(is_retry(reconcile(key)));
    EXPECT_EQ(server_.writes(), 0U);
    const auto pass = reconcile(key);
    EXPECT_TRUE(is_settled(pass)) << pass.message;
    EXPECT_EQ(server_.writes(), 1U);
}

TEST_F(Failures, AStopIsNoFailure) {
    const auto key = declare(a_stream_config());
    fault_at_write(1, FakeJetStream::Phase::Before, ErrorCode::Cancelled);
    EXPECT_TRUE(is_settled(reconcile(key)));
    EXPECT_EQ(writer_.writes(), 0U);
}

TEST_F(Failures, CapacityAndTopologyAreInsufficientResources) {
    const auto key = declare(a_stream_config().set("replicas", 5));
    const auto pass = reconcile(key);
    EXPECT_TRUE(is_recheck(pass));
    EXPECT_EQ(status(key).reason(), Reason::InsufficientResources);
    EXPECT_THAT(status(key).message(), HasSubstr("10005"));
    forget_counts();
    reconcile(key);
    EXPECT_EQ(writer_.writes(), 0U) << "said once";
}

TEST_F(Failures, AnythingElseIsRejectedWithTheServersCodeAndText) {
    settled(a_stream_config("first").set("subjects", {"same.>"}));
    const auto key = declare(a_stream_config("second").set("subjects", {"same.x"}));
    EXPECT_TRUE(is_recheck(reconcile(key)));
    EXPECT_EQ(status(key).reason(), Reason::Rejected);
    EXPECT_THAT(status(key).message(),
                HasSubstr("subjects overlap with an existing stream (10065); warning "
                          "subjects-overlap: subject same.x overlaps with those of stream first"));
    forget_counts();
    reconcile(key);
    EXPECT_EQ(writer_.writes(), 0U) << "said once";
}

TEST_F(Failures, WithoutAnAnswerOnOverlapsTheRefusalStandsAlone) {
    settled(a_stream_config("first").set("subjects", {"same.>"}));
    server_.set_fault([](std::string_view operation, std::string_view, FakeJetStream::Phase) {
        return operation == "stream_names" ? std::optional{Error{ErrorCode::Forbidden, "no"}}
                                           : std::nullopt;
    });
    const auto key = declare(a_stream_config("second").set("subjects", {"same.x"}));
    EXPECT_TRUE(is_recheck(reconcile(key)));
    EXPECT_EQ(status(key).reason(), Reason::Rejected);
    EXPECT_THAT(status(key).message(), EndsWith("(10065)"));
}

TEST_F(Failures, APlanNamesTheStreamThatOverlapsBeforeTheServerRefuses) {
    settled(a_stream_config("first").set("subjects", {"same.>"}));
    const auto second = a_stream_config("second").set("subjects", {"same.x", "other"}).build();
    const auto planned = reconciler_->assess(second, call_);
    ASSERT_TRUE(planned);
    ASSERT_EQ(planned->warnings.size(), 1U);
    EXPECT_EQ(planned->warnings.front().text,
              "subject same.x overlaps with those of stream first, which the server refuses");
    EXPECT_EQ(server_.writes(), 0U);
}

TEST_F(Failures, ALookThatFindsAllInOrderAsksForNoOtherStreams) {
    const auto key = settled(a_stream_config("first").set("subjects", {"same.>"}));
    reconcile(key);
    EXPECT_EQ(server_.requests("stream_names"), 0U);
}

TEST_F(Failures, OneBadConsumerDoesNotHideTheStreamThatWasMade) {
    const auto key = declare(a_stream_config().consumer({{"name", "a"}}));
    server_.set_fault([](std::string_view operation, std::string_view, FakeJetStream::Phase) {
        return operation == "consumer_create" ? std::optional{Error{ErrorCode::Refused, "no"}}
                                              : std::nullopt;
    });
    const auto pass = reconcile(key);
    EXPECT_THAT(pass.done, ElementsAre("create stream orders"));
    EXPECT_EQ(status(key).reason(), Reason::Rejected);
    EXPECT_EQ(status(key).created, server_.request("STREAM.INFO.orders")["created"]);
    EXPECT_FALSE(status(key).consumers.at(0).ready);
}

TEST_F(Failures, AConsumerThatIsNotMadeAnewGoesOnWhereItWas) {
    settled(a_stream_config().consumer({{"name", "a"}}));
    const auto before = server_.consumer_config("orders", "a");
    jetstream::ConsumerInfo position;
    position.delivered = 12;
    position.acknowledged_to = 12;
    server_.set_position("orders", "a", position);
    const auto key = declare(
        a_stream_config().generation(2).consumer({{"name", "a"}, {"replayPolicy", "Original"}}));
    reconcile(key);
    ASSERT_TRUE(status(key).plan.has_value());
    restart({.approvals = {status(key).plan->hash}});
    const auto refusing = [](int& left) {
        return [&left](std::string_view operation, std::string_view name, FakeJetStream::Phase) {
            return operation == "consumer_create" && name == "orders/a" && left-- > 0
                       ? std::optional{Error{ErrorCode::Insufficient, "no more"}}
                       : std::nullopt;
        };
    };
    int one = 1;
    server_.set_fault(refusing(one));
    EXPECT_THAT(reconcile(key).message, HasSubstr("no more; the consumer is again as it was"));
    auto after = server_.consumer_config("orders", "a");
    EXPECT_EQ(after["opt_start_seq"], 13);
    EXPECT_EQ(after["replay_policy"], before["replay_policy"]);
    EXPECT_FALSE(server_.has_consumer("orders", "a-headgate-guard"));
    server_.forget_requests();
    EXPECT_EQ(reconcile(key).reason, Reason::Rejected);
    EXPECT_EQ(server_.writes(), 0U) << "not by itself";

    server_.set_position("orders", "a", position);
    restart({.approvals = {status(key).plan ? status(key).plan->hash : ""}});
    reconcile(key);
    ASSERT_TRUE(status(key).plan.has_value());
    restart({.approvals = {status(key).plan->hash}});
    int two = 2;
    server_.set_fault(refusing(two));
    EXPECT_THAT(reconcile(key).message, HasSubstr("no more; and neither create consumer a"));
    EXPECT_FALSE(server_.has_consumer("orders", "a"));
    EXPECT_TRUE(server_.has_consumer("orders", "a-headgate-guard")) << "it knows the position";
    EXPECT_EQ(reconcile(key).reason, Reason::Applied);
    EXPECT_EQ(server_.consumer_config("orders", "a")["opt_start_seq"], 13);
}

TEST_F(Failures, ConsumersThatCouldNotBeListedAreNoAbsence) {
    const auto key = settled(a_stream_config().consumer({{"name", "a"}}));
    server_.set_fault([](std::string_view operation, std::string_view, FakeJetStream::Phase) {
        return operation == "consumer_list" ? std::optional{Error{ErrorCode::Unavailable, "no"}}
                                            : std::nullopt;
    });
    EXPECT_TRUE(is_retry(reconcile(key)));
    EXPECT_EQ(server_.writes(), 0U);
}

// A server that accepts a field and drops it.
class Forgetful final : public fakes::ForwardingJetStream {
public:
    using ForwardingJetStream::ForwardingJetStream;

    core::Result<jetstream::StreamInfo> create_stream(const jetstream::StreamSettings& settings,
                                                      const core::Call& call) override {
        return ForwardingJetStream::create_stream(less(settings), call);
    }

    core::Result<jetstream::StreamInfo> update_stream(const jetstream::StreamSettings& settings,
                                                      const jetstream::Beyond& beyond,
                                                      const core::Call& call) override {
        return ForwardingJetStream::update_stream(less(settings), beyond, call);
    }

    core::Result<jetstream::ConsumerInfo> create_consumer(
        const jetstream::StreamName& stream,
        const jetstream::ConsumerSettings& settings,
        const core::Call& call) override {
        return ForwardingJetStream::create_consumer(stream, less(settings), call);
    }

    core::Result<jetstream::ConsumerInfo> update_consumer(
        const jetstream::StreamName& stream,
        const jetstream::ConsumerSettings& settings,
        const jetstream::Beyond& beyond,
        const core::Call& call) override {
        return ForwardingJetStream::update_consumer(stream, less(settings), beyond, call);
    }

private:
    static jetstream::StreamSettings less(jetstream::StreamSettings settings) {
        settings.max_message_size.reset();
        // As a server with a lower limit of its own.
        if (!settings.duplicate_window) {
            settings.duplicate_window = 1min;
        }
        return settings;
    }

    static jetstream::ConsumerSettings less(jetstream::ConsumerSettings settings) {
        settings.sample_frequency.reset();
        return settings;
    }
};

class OnAForgetfulServer : public Failures {
protected:
    OnAForgetfulServer() { restart({}); }

    [[nodiscard]] jetstream::Api& server() override { return forgetful_; }

    Forgetful forgetful_{server_};
};

TEST_F(OnAForgetfulServer, AFieldThatWasNotKeptIsUnsupportedAtOnceAndNotWrittenAgain) {
    const auto key = declare(a_stream_config()
                                 .set("maxMessageSize", "1Mi")
                                 .consumer({{"name", "a"}, {"sampleFrequency", 50}}));
    reconcile(key);
    EXPECT_EQ(status(key).reason(), Reason::Unsupported);
    EXPECT_THAT(status(key).message(),
                HasSubstr("did not keep maxMessageSize (declared 1Mi, kept nothing), "
                          "consumers[a].sampleFrequency (declared 50, kept nothing)"));
    EXPECT_EQ(writer_.status_writes, 1U);
    EXPECT_NE(status(key).created, "");
    expect_nothing_written(key);
    expect_nothing_written(key);
}

TEST_F(OnAForgetfulServer, DriftOfOtherFieldsIsStillRepaired) {
    const auto key = declare(a_stream_config().set("maxMessageSize", "1Mi"));
    reconcile(key);
    server_.plant("orders", "max_msgs", 5);
    reconcile(key);
    EXPECT_EQ(server_.stream_config("orders")["max_msgs"], -1);
    EXPECT_EQ(status(key).reason(), Reason::Unsupported);
    expect_nothing_written(key);
}

TEST_F(OnAForgetfulServer, AServersOwnLowerDefaultIsTakenAsItIs) {
    const auto key = declare(a_stream_config());
    EXPECT_TRUE(is_settled(reconcile(key)));
    EXPECT_EQ(status(key).reason(), Reason::Applied);
    expect_nothing_written(key);
}

TEST_F(OnAForgetfulServer, AnEditTriesOnceMore) {
    auto key = declare(a_stream_config().set("maxMessageSize", "1Mi"));
    reconcile(key);
    declare(a_stream_config().generation(2));
    reconcile(key);
    EXPECT_EQ(status(key).reason(), Reason::Applied);
    expect_nothing_written(key);
}

}  // namespace
}  // namespace headgate::reconcilers
