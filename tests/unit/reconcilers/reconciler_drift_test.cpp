// Drift as the flow meets it: by a list of all streams, and where somebody brings it back.
#include "tests/unit/reconcilers/reconciler_fixture.hpp"

namespace headgate::reconcilers {
namespace {

using namespace std::chrono_literals;
using builders::a_stream_config;
using resources::Reason;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ByAList : public ReconcilerFixture {
protected:
    // Enough of them that a list is worth it.
    void SetUp() override {
        for (int i = 0; i < 10; ++i) {
            settled(stream(i));
        }
        forget_counts();
    }

    static builders::DeclarationBuilder stream(int i) {
        const auto name = "s" + std::to_string(i);
        return a_stream_config(name).set("subjects", {name}).consumer({{"name", "c"}});
    }

    static ObjectKey key(int i) { return {Kind::StreamConfig, "agents", "s" + std::to_string(i)}; }

    SnapshotPtr snapshot() {
        const auto list = reconciler_->snapshot(call_);
        EXPECT_TRUE(list) << list.error().message;
        EXPECT_TRUE(*list);
        return *list;
    }

    Pass reconcile_by(int i, const SnapshotPtr& seen) {
        return reconciler_->reconcile(key(i), call_, seen);
    }
};

TEST_F(ByAList, NothingIsAskedAboutWhatIsAsDeclared) {
    const auto list = snapshot();
    EXPECT_EQ(list->streams.size(), 10U);
    EXPECT_EQ(server_.requests("stream_list"), 1U);
    forget_counts();
    EXPECT_TRUE(is_settled(reconcile_by(3, list)));
    EXPECT_EQ(server_.requests("consumer_list"), 1U);
    EXPECT_EQ(server_.requests(), 1U);
    EXPECT_EQ(writer_.writes(), 0U);
}

class BySettled : public ByAList {
protected:
    void SetUp() override {
        for (int i = 0; i < 10; ++i) {
            settled(plain(i));
        }
        forget_counts();
    }

    static builders::DeclarationBuilder plain(int i) {
        const auto name = "s" + std::to_string(i);
        return a_stream_config(name).set("subjects", {name});
    }

    [[nodiscard]] bool settles(const SnapshotPtr& list, int i) const {
        return list->settles(*declarations_.find(key(i)));
    }

    void expect_six_to_be_none() {
        server_.plant("s3", "max_msgs", 5);
        behind_our_back("STREAM.DELETE.s4");
        declare(plain(5).generation(2));
        declare(plain(6).annotate("headgate.io/reconcile", "now"));
        declare(plain(7).annotate("headgate.io/paused", "true"));
        declare(plain(8).set("deletionPolicy", "Delete"));
        const auto list = snapshot();
        for (int i = 0; i < 10; ++i) {
            EXPECT_EQ(settles(list, i), i < 3 || i > 8) << i;
        }
    }
};

TEST_F(BySettled, NothingIsKeptOfWhatIsAsDeclared) {
    const auto list = snapshot();
    EXPECT_TRUE(list->streams.empty());
    EXPECT_EQ(list->settled.size(), 10U);
    forget_counts();
    const auto pass = reconcile_by(3, list);
    EXPECT_TRUE(is_settled(pass));
    EXPECT_EQ(pass.reason, Reason::Applied);
    EXPECT_EQ(server_.requests(), 0U);
}

TEST_F(BySettled, ADifferenceInTheStreamOrTheDeclarationIsNone) {
    expect_six_to_be_none();
}

TEST_F(BySettled, ADifferenceToTheListBeforeIsNoneEither) {
    EXPECT_EQ(snapshot()->settled.size(), 10U);
    expect_six_to_be_none();
}

TEST_F(BySettled, ASecondListTellsTheSameWithoutReadingIt) {
    const auto first = snapshot();
    // What no reader would take.
    server_.plant("s3", "max_age", "odd");
    EXPECT_FALSE(reconciler_->snapshot(call_));
    server_.plant("s3", "max_age", 0);
    behind_our_back("STREAM.CREATE.foreign", {{"name", "foreign"}, {"subjects", {"f"}}});
    server_.plant("foreign", "max_age", "odd");
    const auto second = snapshot();
    EXPECT_EQ(second->settled.size(), 10U);
    for (int i = 0; i < 10; ++i) {
        EXPECT_TRUE(settles(second, i)) << i;
    }
}

TEST_F(BySettled, ASecondListSeesWhatIsNotInTheConfiguration) {
    EXPECT_EQ(snapshot()->settled.size(), 10U);
    behind_our_back("CONSUMER.CREATE.s1.c",
                    {{"stream_name", "s1"}, {"config", {{"durable_name", "c"}, {"name", "c"}}}});
    // Another one that claims the same, and is younger.
    declare(a_stream_config("other").set("name", "s2").set("subjects", {"s2"}).age("9"));
    const auto list = snapshot();
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(settles(list, i), i != 1 && i != 2) << i;
    }
    EXPECT_TRUE(list->streams.contains(jetstream::StreamName{"s1"}));
}

TEST_F(BySettled, AStreamThatWasMadeAnewIsReadAgainThoughItIsTheSame) {
    const auto before = snapshot();
    const auto config = server_.stream_config("s3");
    behind_our_back("STREAM.DELETE.s3");
    behind_our_back("STREAM.CREATE.s3", config);
    const auto after = snapshot();
    EXPECT_NE(about(before->settled, jetstream::StreamName{"s3"})[0].fingerprint,
              about(after->settled, jetstream::StreamName{"s3"})[0].fingerprint);
}

TEST_F(BySettled, AnotherServerIsReadAnew) {
    snapshot();
    server_.become(jetstream::kServer2_14);
    server_.plant("s3", "max_age", "odd");
    EXPECT_FALSE(reconciler_->snapshot(call_)) << "nothing is passed over";
}

TEST_F(BySettled, WhatWasDeclaredSinceIsLookedAtByItself) {
    const auto list = snapshot();
    declare(plain(3).generation(2).set("maxAge", "1h"));
    forget_counts();
    EXPECT_TRUE(is_settled(reconcile_by(3, list)));
    EXPECT_EQ(server_.requests("stream_info"), 1U);
    EXPECT_EQ(server_.requests("stream_create"), 0U);
    EXPECT_EQ(server_.stream_config("s3")["max_age"], 3'600'000'000'000);
}

TEST_F(BySettled, AnOutageIsEndedByALookOfItsOwn) {
    server_.set_unavailable(true);
    EXPECT_TRUE(is_retry(reconcile(key(3))));
    server_.set_unavailable(false);
    EXPECT_FALSE(settles(snapshot(), 3));
    EXPECT_TRUE(is_settled(reconcile(key(3))));
    EXPECT_TRUE(settles(snapshot(), 3));
}

// What the last list did not have is not there.
class Unseen : public BySettled {
protected:
    void SetUp() override {
        BySettled::SetUp();
        snapshot();
        forget_counts();
    }

    void expect_not_owned(const builders::DeclarationBuilder& builder, const std::string& stream) {
        const auto before = server_.stream_config(stream);
        const auto key = declare(builder);
        forget_counts();
        auto pass = reconcile(key);
        if (is_retry(pass)) {
            pass = reconcile(key);
        }
        EXPECT_TRUE(is_give_up(pass));
        EXPECT_EQ(status(key).reason(), Reason::NotOwned);
        EXPECT_EQ(server_.stream_config(stream), before);
        EXPECT_EQ(writer_.finalizer_writes, 0U);
        EXPECT_EQ(writer_.status_writes, 1U);
    }
};

TEST_F(Unseen, ANewObjectsStreamIsMadeWithoutALook) {
    EXPECT_TRUE(is_settled(reconcile(declare(plain(10)))));
    EXPECT_EQ(server_.requests(), 1U);
    EXPECT_EQ(writer_.writes(), 1U);
    forget_counts();
    EXPECT_TRUE(is_settled(reconcile(declare(stream(11)))));
    EXPECT_EQ(server_.requests(), 2U) << "with a consumer";
}

TEST_F(Unseen, AStreamThatIsAnothersIsNotTouched) {
    behind_our_back("STREAM.CREATE.foreign", {{"name", "foreign"}, {"subjects", {"f"}}});
    expect_not_owned(a_stream_config("a").set("name", "foreign"), "foreign");
    EXPECT_EQ(server_.writes(), 1U) << "refused";
    declarations_.remove({Kind::StreamConfig, "agents", "a"});
    expect_not_owned(a_stream_config("b").set("name", "foreign").set("deletionPolicy", "Delete"),
                     "foreign");
    EXPECT_EQ(server_.writes(), 0U) << "a finalizer would have gone first";
    declarations_.remove({Kind::StreamConfig, "agents", "b"});
    snapshot();
    expect_not_owned(a_stream_config("c").set("name", "foreign"), "foreign");
    EXPECT_EQ(server_.writes(), 0U) << "now it is known";
}

TEST_F(Unseen, AStreamThatWasMadeMeanwhileIsFound) {
    const auto with = [](std::string_view ack_wait) {
        return a_stream_config().consumer({{"name", "a"}, {"ackWait", ack_wait}});
    };
    const auto key = settled(with("10s"));
    declarations_.remove(key);
    writer_.status.clear();
    reconcile(key);
    later(1min);
    declare(with("20s"));
    const auto found = reconcile(key);
    EXPECT_TRUE(is_retry(found));
    EXPECT_THAT(found.done, ElementsAre("find stream orders"));
    const auto pass = reconcile(key);
    EXPECT_TRUE(is_settled(pass));
    EXPECT_THAT(pass.done, ElementsAre("update consumer a of stream orders"));
    EXPECT_EQ(server_.consumer_config("orders", "a")["ack_wait"], 20'000'000'000);
    EXPECT_EQ(status(key).reason(), Reason::Applied);
}

TEST_F(Unseen, ServersThatChangeAConsumerWhereTheyShouldRefuseAreLookedAtFirst) {
    server_.become(jetstream::kServer2_9);
    snapshot();
    forget_counts();
    EXPECT_TRUE(is_settled(reconcile(declare(stream(10)))));
    EXPECT_EQ(server_.requests("stream_info"), 1U);
}

TEST_F(Unseen, AnotherServerIsAnotherMatter) {
    server_.become(jetstream::kServer2_14);
    EXPECT_TRUE(is_settled(reconcile(declare(plain(10)))));
    EXPECT_EQ(server_.requests("stream_info"), 1U);
}

TEST_F(Unseen, WhatTheServerHasNoRoomForIsTriedOnceAndSaid) {
    server_.set_fault([](std::string_view operation, std::string_view, auto phase) {
        return operation == "stream_create" && phase == fakes::FakeJetStream::Phase::Before
                   ? std::optional{core::Error{core::ErrorCode::Insufficient, "no room"}}
                   : std::nullopt;
    });
    const auto key = declare(plain(10));
    reconcile(key);
    EXPECT_EQ(status(key).reason(), Reason::InsufficientResources);
    EXPECT_EQ(server_.requests("stream_create"), 1U);
    EXPECT_EQ(writer_.status_writes, 1U);
}

TEST_F(Unseen, WhatCouldNotBeSaidOfItIsLookedAtNextTime) {
    writer_.fault = [](std::string_view) {
        return core::Error{core::ErrorCode::Conflict, "moved on"};
    };
    const auto key = declare(plain(10));
    EXPECT_TRUE(is_retry(reconcile(key)));
    writer_.fault = nullptr;
    forget_counts();
    EXPECT_TRUE(is_settled(reconcile(key)));
    EXPECT_EQ(server_.writes(), 0U);
    EXPECT_EQ(writer_.status_writes, 1U);
}

TEST_F(ByAList, WhatDiffersIsLookedAtAgainBeforeAnythingIsDone) {
    server_.plant("s3", "max_msgs", 5);
    const auto list = snapshot();
    server_.plant("s3", "max_msgs", -1);
    forget_counts();
    EXPECT_TRUE(is_settled(reconcile_by(3, list)));
    EXPECT_EQ(server_.requests("stream_info"), 1U);
    EXPECT_EQ(server_.writes(), 0U) << "it was as declared again by then";

    server_.plant("s3", "max_msgs", 5);
    EXPECT_THAT(reconcile_by(3, list).drift, ElementsAre("maxMessages 5 -> (none)"));
    EXPECT_EQ(server_.stream_config("s3")["max_msgs"], -1);
}

TEST_F(ByAList, AConsumerThatIsGoneIsNoticed) {
    behind_our_back("CONSUMER.DELETE.s3.c");
    EXPECT_TRUE(is_recheck(reconcile_by(3, snapshot())));
    later(100ms);
    EXPECT_THAT(reconcile(key(3)).drift, ElementsAre("consumer c was deleted; made again"));
}

TEST_F(ByAList, WhatTheServerIsSurelyDoneWithIsMadeAgainAtOnce) {
    behind_our_back("STREAM.DELETE.s3");
    reconciler_->deletion_is_over(*declarations_.find(key(3)));
    EXPECT_THAT(reconcile(key(3)).drift, ElementsAre("stream s3 was deleted; made again"));
    behind_our_back("STREAM.DELETE.s3");
    EXPECT_TRUE(is_recheck(reconcile(key(3)))) << "told once, for one deletion";

    // Not where several servers delete, each at its own time.
    auto replicated = *declarations_.find(key(4));
    replicated.parsed.desired->stream.replicas = 3;
    behind_our_back("STREAM.DELETE.s4");
    reconciler_->deletion_is_over(replicated);
    EXPECT_TRUE(is_recheck(reconcile(key(4))));
}

TEST_F(ByAList, WhatIsNewIsMadeWithoutAnotherLook) {
    declare(stream(10));
    const auto list = snapshot();
    forget_counts();
    EXPECT_TRUE(is_settled(reconcile_by(10, list)));
    EXPECT_EQ(server_.requests("stream_info"), 0U);
    EXPECT_EQ(server_.requests("stream_create"), 1U);
}

TEST_F(ByAList, WhatSomebodyElseMadeMeanwhileIsNotTouched) {
    declare(stream(10));
    const auto list = snapshot();
    behind_our_back("STREAM.CREATE.s10", {{"name", "s10"}, {"subjects", {"other"}}});
    EXPECT_TRUE(is_retry(reconcile_by(10, list)));
    EXPECT_EQ(server_.stream_config("s10")["subjects"], core::Json({"other"}));
    reconcile(key(10));
    EXPECT_EQ(status(key(10)).reason(), Reason::NotOwned);
    EXPECT_EQ(server_.stream_config("s10")["subjects"], core::Json({"other"}));
}

TEST_F(ByAList, AStreamOfManyOthersIsNotListed) {
    for (int i = 0; i < 300; ++i) {
        const auto name = "other" + std::to_string(i);
        behind_our_back("STREAM.CREATE." + name, {{"name", name}, {"subjects", {name}}});
    }
    restart({});
    later(1h);
    server_.become(jetstream::kServer2_15);
    forget_counts();
    const auto list = reconciler_->snapshot(call_);
    ASSERT_TRUE(list);
    EXPECT_EQ(*list, nullptr);
    EXPECT_EQ(server_.requests("stream_list"), 0U);
}

TEST_F(ByAList, AnIncompleteListIsAnError) {
    server_.set_missing("s3", true);
    const auto list = reconciler_->snapshot(call_);
    ASSERT_FALSE(list);
    EXPECT_EQ(list.error().code, core::ErrorCode::Unavailable);
}

TEST_F(ByAList, WhatComesBackByItselfIsNotMadeAgain) {
    const auto config = server_.stream_config("s3");
    const auto consumer = server_.consumer_config("s3", "c");
    behind_our_back("STREAM.DELETE.s3");
    EXPECT_TRUE(is_recheck(reconcile_by(3, snapshot())));
    behind_our_back("STREAM.CREATE.s3", config);
    behind_our_back("CONSUMER.CREATE.s3.c", {{"stream_name", "s3"}, {"config", consumer}});
    later(100ms);
    forget_counts();
    EXPECT_THAT(reconcile(key(3)).drift, IsEmpty());
    EXPECT_EQ(server_.writes(), 0U);
    behind_our_back("STREAM.DELETE.s3");
    EXPECT_TRUE(is_recheck(reconcile(key(3)))) << "waited for anew";
}

// --- rev5 ---
TEST_F(ByAList, WhatTheServerRefusesIsSentOnceByAList) {
    server_.plant("s3", "max_msgs", 5);
    const auto list = snapshot();
    server_.set_fault([](std::string_view operation, std::string_view, auto phase) {
        return operation == "stream_update" && phase == fakes::FakeJetStream::Phase::Before
                   ? std::optional{core::Error{core::ErrorCode::Refused, "no"}}
                   : std::nullopt;
    });
    forget_counts();
    reconcile_by(3, list);
    EXPECT_EQ(server_.requests("stream_update"), 1U);
    EXPECT_EQ(server_.requests("stream_info"), 1U);
}

// The same by a list, where the stream goes with its object: what is adopted for one that is being
// deleted is deleted next.
TEST_F(ByAList, AStreamOfSomebodyElseIsNotDeletedWithAnObjectThatIsGoing) {
    const auto foreign = [] {
        return a_stream_config("a")
            .set("name", "foreign")
            .set("subjects", {"f"})
            .set("adoptionPolicy", "Always")
            .set("deletionPolicy", "Delete");
    };
    const auto key = declare(foreign());
    const auto list = snapshot();
    server_.set_fault([&, done = std::make_shared<bool>(false)](
                          std::string_view operation,
                          std::string_view,
                          auto phase) -> std::optional<core::Error> {
        if (operation == "stream_create" && phase == fakes::FakeJetStream::Phase::Before &&
            !*done) {
            *done = true;
            behind_our_back("STREAM.CREATE.foreign", {{"name", "foreign"}, {"subjects", {"f"}}});
            declare(foreign().deleting());
        }
        return std::nullopt;
    });
    static_cast<void>(reconciler_->reconcile(key, call_, list));
    reconcile(key);
    EXPECT_EQ(server_.stream_config("foreign")["name"], "foreign") << "deleted";
    EXPECT_EQ(server_.requests("stream_delete"), 0U);
}

TEST_F(ByAList, AConsumerThatMayNotBeMadeAnewIsDeletedOnceForThat) {
    jetstream::ConsumerInfo position;
    position.delivered = 12;
    position.acknowledged_to = 12;
    server_.set_position("s3", "c", position);
    const auto wanted = [] {
        return a_stream_config("s3")
            .set("subjects", {"s3"})
            .generation(2)
            .consumer({{"name", "c"}, {"replayPolicy", "Original"}});
    };
    declare(wanted());
    reconcile(key(3));
    ASSERT_TRUE(status(key(3)).plan.has_value());
    restart({.approvals = {status(key(3)).plan->hash}});
    declare(wanted().annotate("headgate.io/reconcile", "now"));
    const auto list = snapshot();
    server_.set_fault([n = std::make_shared<int>(0)](std::string_view operation,
                                                     std::string_view name,
                                                     auto phase) -> std::optional<core::Error> {
        if (operation == "consumer_create" && name == "s3/c" &&
            phase == fakes::FakeJetStream::Phase::Before && (*n)++ % 2 == 0) {
            return core::Error{core::ErrorCode::Refused, "no"};
        }
        return std::nullopt;
    });
    forget_counts();
    reconcile_by(3, list);
    EXPECT_EQ(server_.requests("consumer_delete"), 2U) << "it, and its guard";
}

class MeanwhileGone : public Unseen {
protected:
    // A stream of somebody else comes, and the object changes, while ours is being made.
    Pass made_while(const std::function<void()>& change) {
        const auto key = declare(adopting());
        server_.set_fault([this, change, done = std::make_shared<bool>(false)](
                              std::string_view operation,
                              std::string_view,
                              auto phase) -> std::optional<core::Error> {
            if (operation == "stream_create" && phase == fakes::FakeJetStream::Phase::Before &&
                !*done) {
                *done = true;
                behind_our_back("STREAM.CREATE.foreign",
                                {{"name", "foreign"}, {"subjects", {"f"}}});
                change();
            }
            return std::nullopt;
        });
        forget_counts();
        return reconcile(key);
    }

    static builders::DeclarationBuilder adopting() {
        return a_stream_config("a")
            .set("name", "foreign")
            .set("subjects", {"f"})
            .set("adoptionPolicy", "Always");
    }

    void expect_untouched() {
        EXPECT_EQ(server_.requests("stream_update"), 0U);
        EXPECT_FALSE(server_.stream_config("foreign").contains("metadata") &&
                     server_.stream_config("foreign").dump().find("headgate") != std::string::npos)
            << server_.stream_config("foreign");
    }
};

TEST_F(MeanwhileGone, DeletedEntirely) {
    made_while([this] { declarations_.remove({Kind::StreamConfig, "agents", "a"}); });
    expect_untouched();
}

TEST_F(MeanwhileGone, Paused) {
    made_while([this] { declare(adopting().annotate("headgate.io/paused", "true")); });
    expect_untouched();
}

TEST_F(MeanwhileGone, BeingDeleted) {
    made_while([this] {
        auto declaration = adopting().build();
        declaration.deleting = true;
        declaration.finalizers = {"somebody/else"};
        declarations_.put(std::move(declaration));
    });
    expect_untouched();
}

TEST_F(BySettled, WhatAnOldListSaidIsForgottenWhereNoneIsReadAnyMore) {
    snapshot();
    for (int i = 2; i < 10; ++i) {
        declarations_.remove(key(i));
    }
    later(24h);
    const auto none = reconciler_->snapshot(call_);
    ASSERT_TRUE(none);
    EXPECT_EQ(*none, nullptr);
    forget_counts();
    EXPECT_TRUE(is_settled(reconcile(declare(plain(10)))));
    EXPECT_EQ(server_.requests("stream_info"), 1U) << "the look stays";
}

class OfAFew : public ReconcilerFixture {};

TEST_F(OfAFew, NoListIsRead) {
    settled(a_stream_config());
    const auto list = reconciler_->snapshot(call_);
    ASSERT_TRUE(list);
    EXPECT_EQ(*list, nullptr);
    EXPECT_EQ(server_.requests(), 0U);
}

class ARival : public ReconcilerFixture {
protected:
    void SetUp() override { key_ = settled(a_stream_config().set("maxAge", "1h")); }

    void interfere() { server_.plant("orders", "max_age", 7'200'000'000'000); }

    [[nodiscard]] bool is_declared() const {
        return server_.stream_config("orders")["max_age"] == 3'600'000'000'000;
    }

    // Until it is noticed.
    void fight() {
        for (int i = 0; i < 5; ++i) {
            later(3s);
            interfere();
            EXPECT_THAT(reconcile(key_).drift, ElementsAre("maxAge 2h -> 1h"));
        }
    }

    ObjectKey key_;
};

TEST_F(ARival, IsNoticedSaidAndNoLongerFoughtAtFullSpeed) {
    fight();
    EXPECT_EQ(status(key_).reason(), Reason::Reconciling);
    EXPECT_THAT(status(key_).message(), HasSubstr("maxAge was changed 5 times in 12s"));
    EXPECT_EQ(writer_.status_writes, 1U);
    forget_counts();
    for (int i = 0; i < 9; ++i) {
        later(3s);
        interfere();
        EXPECT_TRUE(is_recheck(reconcile(key_)));
    }
    EXPECT_EQ(server_.requests(), 0U);
    EXPECT_EQ(writer_.writes(), 0U);

    later(3s);
    EXPECT_THAT(reconcile(key_).drift, ElementsAre("maxAge 2h -> 1h"));
    EXPECT_TRUE(is_declared());
    EXPECT_EQ(writer_.writes(), 1U) << "with the next, longer pause";
    EXPECT_THAT(status(key_).message(), HasSubstr("every 1m"));
}

TEST_F(ARival, ThatStopsEndsIt) {
    fight();
    EXPECT_TRUE(is_declared());
    later(29s);
    EXPECT_TRUE(is_recheck(reconcile(key_)));
    EXPECT_EQ(status(key_).reason(), Reason::Reconciling);
    later(1s);
    EXPECT_TRUE(is_settled(reconcile(key_)));
    EXPECT_EQ(status(key_).reason(), Reason::Applied);
    later(1s);
    interfere();
    EXPECT_THAT(reconcile(key_).drift, ElementsAre("maxAge 2h -> 1h"));
    EXPECT_EQ(status(key_).reason(), Reason::Applied);
}

TEST_F(ARival, DoesNotHoldUpANewSpecOrAPersonWhoAsks) {
    fight();
    interfere();
    forget_counts();
    put(a_stream_config().set("maxAge", "1h").annotate("headgate.io/reconcile", "now").build());
    reconcile(key_);
    EXPECT_TRUE(is_declared());
    EXPECT_EQ(status(key_).last_handled_reconcile_at, "now");
    EXPECT_EQ(status(key_).reason(), Reason::Reconciling);

    interfere();
    declare(a_stream_config().generation(2).set("maxAge", "3h"));
    EXPECT_TRUE(is_settled(reconcile(key_)));
    EXPECT_EQ(status(key_).reason(), Reason::Applied);
    EXPECT_EQ(server_.stream_config("orders")["max_age"], 10'800'000'000'000);
}

TEST_F(ARival, OfOneObjectIsNoneOfAnother) {
    const auto other = settled(a_stream_config("other").set("subjects", {"other"}));
    fight();
    server_.plant("other", "max_msgs", 5);
    EXPECT_TRUE(is_settled(reconcile(other)));
    EXPECT_EQ(status(other).reason(), Reason::Applied);
}

}  // namespace
}  // namespace headgate::reconcilers
