#include "kube/watcher.hpp"

#include <gtest/gtest.h>

namespace headgate::kube {
namespace {

using core::Error;
using core::ErrorCode;
using std::chrono::milliseconds;

Object object(const std::string& name, const std::string& version) {
    Object made;
    made.meta.name = name;
    made.meta.resource_version = ResourceVersion{version};
    return made;
}

ListPage page(std::vector<Object> objects, std::string token = "") {
    return {std::move(objects), std::move(token), ResourceVersion{"50"}};
}

const Error kDown{ErrorCode::Unavailable, "connection refused"};
const Error kGone{ErrorCode::Gone, "too old"};

struct EventTeller {
    std::string operator()(const InitStart&) const { return "start"; }

    std::string operator()(const InitApply& event) const { return "+" + event.object.meta.name; }

    std::string operator()(const InitDone&) const { return "done"; }

    std::string operator()(const Apply& event) const { return "apply " + event.object.meta.name; }

    std::string operator()(const Delete& event) const { return "delete " + event.object.meta.name; }
};

struct CommandTeller {
    std::string operator()(const ListNext& next) const {
        return "list " + std::to_string(next.limit) + "(" + next.continue_token + ")";
    }

    std::string operator()(const WatchNext& next) const {
        return "watch " + (next.everything ? "everything" : next.from.value());
    }

    std::string operator()(const WaitNext& next) const {
        return "wait " + std::to_string(next.delay.count());
    }
};

/// Events, then "->" and the command: "start +a done -> watch 50".
std::string told(const WatcherStep& step) {
    std::string text;
    for (const auto& event : step.events) {
        text += std::visit(EventTeller{}, event) + " ";
    }
    return text + "-> " + (step.command ? std::visit(CommandTeller{}, *step.command) : "go on");
}

/// A watcher that has listed one object and watches from version 50.
Watcher watching() {
    Watcher watcher{false};
    static_cast<void>(watcher.start());
    static_cast<void>(watcher.listed(page({object("a", "7")}), 0));
    return watcher;
}

TEST(Watcher, ListsInPagesAndThenWatchesFromTheListsVersion) {
    Watcher watcher{false};
    EXPECT_EQ(told(watcher.start()), "-> list 500()");
    EXPECT_EQ(told(watcher.listed(page({object("a", "7")}, "t1"), 0)), "start +a -> list 500(t1)");
    EXPECT_EQ(told(watcher.listed(page({object("b", "8")}, "t2"), 0)), "+b -> list 500(t2)");
    EXPECT_EQ(told(watcher.listed(page({object("c", "9")}), 0)), "+c done -> watch 50");
}

TEST(Watcher, EmptyClusterIsACompleteSetToo) {
    Watcher watcher{false};
    static_cast<void>(watcher.start());
    EXPECT_EQ(told(watcher.listed(page({}), 0)), "start done -> watch 50");
}

TEST(Watcher, PassesOnWhatHappens) {
    auto watcher = watching();
    EXPECT_EQ(told(watcher.observed(Added{object("b", "51")}, 0)), "apply b -> go on");
    EXPECT_EQ(told(watcher.observed(Modified{object("a", "52")}, 0)), "apply a -> go on");
    EXPECT_EQ(told(watcher.observed(Deleted{object("b", "53")}, 0)), "delete b -> go on");
    EXPECT_EQ(told(watcher.observed(Bookmark{ResourceVersion{"60"}}, 0)), "-> go on");
}

TEST(Watcher, ResumesAfterTheEndFromTheLastVersionSeen) {
    auto watcher = watching();
    static_cast<void>(watcher.observed(Modified{object("a", "52")}, 0));
    EXPECT_EQ(told(watcher.ended({}, 0)), "-> watch 52");
    static_cast<void>(watcher.observed(Deleted{object("a", "53")}, 0));
    EXPECT_EQ(told(watcher.ended({}, 0)), "-> watch 53");
    static_cast<void>(watcher.observed(Bookmark{ResourceVersion{"90"}}, 0));
    EXPECT_EQ(told(watcher.ended({}, 0)), "-> watch 90");
}

TEST(Watcher, ResumesAfterAnErrorOnceItHasWaited) {
    auto watcher = watching();
    static_cast<void>(watcher.observed(Modified{object("a", "52")}, 0));
    EXPECT_EQ(told(watcher.ended(kDown, 0)), "-> wait 800");
    EXPECT_EQ(told(watcher.waited()), "-> watch 52");
}

TEST(Watcher, ErrorEventOtherThanGoneResumesToo) {
    auto watcher = watching();
    EXPECT_EQ(told(watcher.observed(Failed{{ErrorCode::Unavailable, "HTTP 500"}}, 0)),
              "-> wait 800");
    EXPECT_EQ(told(watcher.waited()), "-> watch 50");
}

TEST(Watcher, GoneInsideTheStreamListsAnewAtOnce) {
    auto watcher = watching();
    EXPECT_EQ(told(watcher.observed(Failed{kGone}, 0)), "-> list 500()");
    EXPECT_EQ(told(watcher.listed(page({object("b", "70")}), 0)), "start +b done -> watch 50");
}

TEST(Watcher, GoneAsTheAnswerToAWatchListsAnewAtOnce) {
    auto watcher = watching();
    EXPECT_EQ(told(watcher.ended(kGone, 0)), "-> list 500()");
}

TEST(Watcher, GoneAgainAndAgainDoesNotTurnIntoAStormOfLists) {
    auto watcher = watching();
    EXPECT_EQ(told(watcher.ended(kGone, 0)), "-> list 500()");
    static_cast<void>(watcher.listed(page({}), 0));
    EXPECT_EQ(told(watcher.ended(kGone, 0)), "-> wait 1600");
    EXPECT_EQ(told(watcher.waited()), "-> list 500()");
    static_cast<void>(watcher.listed(page({}), 0));
    EXPECT_EQ(told(watcher.ended(kGone, 0)), "-> wait 3200");
}

TEST(Watcher, ExpiredContinueTokenBeginsTheSetAgain) {
    Watcher watcher{false};
    static_cast<void>(watcher.start());
    static_cast<void>(watcher.listed(page({object("a", "7")}, "t1"), 0));
    EXPECT_EQ(told(watcher.listed(kGone, 0)), "-> wait 800");
    EXPECT_EQ(told(watcher.waited()), "-> list 500()");
    EXPECT_EQ(told(watcher.listed(page({object("b", "8")}), 0)), "start +b done -> watch 50");
}

TEST(Watcher, ContinueTokenThatIsNotUnderstoodBeginsTheSetAgain) {
    Watcher watcher{false};
    static_cast<void>(watcher.start());
    static_cast<void>(watcher.listed(page({}, "t1"), 0));
    static_cast<void>(
        watcher.listed(Error{ErrorCode::InvalidSpec, "continue key is not valid"}, 0));
    EXPECT_EQ(told(watcher.waited()), "-> list 500()");
}

TEST(Watcher, PageThatDoesNotComeIsAskedForAgain) {
    Watcher watcher{false};
    static_cast<void>(watcher.start());
    static_cast<void>(watcher.listed(page({object("a", "7")}, "t1"), 0));
    EXPECT_EQ(told(watcher.listed(kDown, 0)), "-> wait 800");
    EXPECT_EQ(told(watcher.waited()), "-> list 500(t1)");
    EXPECT_EQ(told(watcher.listed(page({object("b", "8")}), 0)), "+b done -> watch 50");
}

TEST(Watcher, StreamThatWasNotUnderstoodMayHaveLostSomethingAndListsAnew) {
    auto watcher = watching();
    EXPECT_EQ(
        told(watcher.observed(Failed{{ErrorCode::Internal, "a bookmark without a version"}}, 0)),
        "-> wait 800");
    EXPECT_EQ(told(watcher.waited()), "-> list 500()");
}

TEST(Watcher, EndWithoutAnEventCountsAsAFailure) {
    auto watcher = watching();
    EXPECT_EQ(told(watcher.ended({}, 0)), "-> wait 800");
    EXPECT_EQ(told(watcher.waited()), "-> watch 50");
    EXPECT_EQ(told(watcher.ended({}, 0)), "-> wait 1600");
}

TEST(Watcher, PositionThatNeverWorksIsGivenUp) {
    auto watcher = watching();
    for (int i = 1; i < Watcher::kFailuresBeforeRelist; ++i) {
        static_cast<void>(watcher.ended({}, 0));
        ASSERT_EQ(told(watcher.waited()), "-> watch 50") << i;
    }
    static_cast<void>(watcher.ended({}, 0));
    EXPECT_EQ(told(watcher.waited()), "-> list 500()");
}

TEST(Watcher, DelayBeginsAnewAfterAnEvent) {
    auto watcher = watching();
    static_cast<void>(watcher.ended(kDown, 0));
    static_cast<void>(watcher.waited());
    EXPECT_EQ(told(watcher.ended(kDown, 0)), "-> wait 1600");
    static_cast<void>(watcher.waited());
    static_cast<void>(watcher.observed(Bookmark{ResourceVersion{"60"}}, 0));
    EXPECT_EQ(told(watcher.ended(kDown, 0)), "-> wait 800");
}

TEST(Watcher, GathersByAWatchThatBeginsWithEverything) {
    Watcher watcher;
    EXPECT_EQ(told(watcher.start()), "-> watch everything");
    EXPECT_EQ(told(watcher.observed(Added{object("a", "7")}, 0)), "start +a -> go on");
    EXPECT_EQ(told(watcher.observed(Added{object("b", "8")}, 0)), "+b -> go on");
    EXPECT_EQ(told(watcher.observed(Bookmark{ResourceVersion{"50"}, true}, 0)), "done -> go on");
    EXPECT_EQ(told(watcher.observed(Added{object("c", "51")}, 0)), "apply c -> go on");
    EXPECT_EQ(told(watcher.ended({}, 0)), "-> watch 51");
    EXPECT_EQ(told(watcher.observed(Failed{kGone}, 0)), "-> watch everything");
    EXPECT_EQ(told(watcher.observed(Bookmark{ResourceVersion{"90"}, true}, 0)),
              "start done -> go on");
}

TEST(Watcher, GatheringThatBreaksOffBeginsAnew) {
    Watcher watcher;
    static_cast<void>(watcher.start());
    static_cast<void>(watcher.observed(Added{object("a", "7")}, 0));
    EXPECT_EQ(told(watcher.ended(kDown, 0)), "-> wait 800");
    EXPECT_EQ(told(watcher.waited()), "-> watch everything");
    EXPECT_EQ(told(watcher.observed(Added{object("b", "8")}, 0)), "start +b -> go on");
    EXPECT_EQ(told(watcher.ended(kDown, 0)), "-> wait 1600");
    EXPECT_EQ(told(watcher.waited()), "-> watch everything");
    EXPECT_EQ(told(watcher.observed(Bookmark{ResourceVersion{"50"}, true}, 0)),
              "start done -> go on");
    EXPECT_EQ(told(watcher.ended(kDown, 0)), "-> wait 800");
}

TEST(Watcher, GoneAgainAndAgainDoesNotTurnIntoAStormOfGatherings) {
    Watcher watcher;
    static_cast<void>(watcher.start());
    static_cast<void>(watcher.observed(Bookmark{ResourceVersion{"50"}, true}, 0));
    EXPECT_EQ(told(watcher.observed(Failed{kGone}, 0)), "-> watch everything");
    static_cast<void>(watcher.observed(Bookmark{ResourceVersion{"51"}, true}, 0));
    EXPECT_EQ(told(watcher.observed(Failed{kGone}, 0)), "-> wait 1600");
    EXPECT_EQ(told(watcher.waited()), "-> watch everything");
    static_cast<void>(watcher.observed(Bookmark{ResourceVersion{"52"}, true}, 0));
    EXPECT_EQ(told(watcher.ended({}, 0)), "-> watch 52");
    EXPECT_EQ(told(watcher.ended(kGone, 0)), "-> wait 3200");
    EXPECT_EQ(told(watcher.waited()), "-> watch everything");
    static_cast<void>(watcher.observed(Bookmark{ResourceVersion{"53"}, true}, 0));
    static_cast<void>(watcher.observed(Bookmark{ResourceVersion{"54"}}, 0));
    EXPECT_EQ(told(watcher.observed(Failed{kGone}, 0)), "-> watch everything");
}

// A server that is being stopped ends its watches in order.
TEST(Watcher, ServerThatEndsOnceInTheMiddleIsAskedForEverythingAgain) {
    Watcher watcher;
    static_cast<void>(watcher.start());
    static_cast<void>(watcher.observed(Added{object("a", "7")}, 0));
    EXPECT_EQ(told(watcher.ended({}, 0)), "-> wait 800");
    EXPECT_EQ(told(watcher.waited()), "-> watch everything");
    EXPECT_EQ(told(watcher.observed(Added{object("a", "7")}, 0)), "start +a -> go on");
    EXPECT_EQ(told(watcher.observed(Bookmark{ResourceVersion{"50"}, true}, 0)), "done -> go on");
}

TEST(Watcher, WhatHappensWhileItGathersIsPartOfIt) {
    Watcher watcher;
    static_cast<void>(watcher.start());
    EXPECT_EQ(told(watcher.observed(Bookmark{ResourceVersion{"5"}}, 0)), "-> go on");
    EXPECT_EQ(told(watcher.observed(Added{object("a", "7")}, 0)), "start +a -> go on");
    EXPECT_EQ(told(watcher.observed(Bookmark{ResourceVersion{"8"}}, 0)), "-> go on");
    EXPECT_EQ(told(watcher.observed(Modified{object("a", "9")}, 0)), "+a -> go on");
    EXPECT_EQ(told(watcher.observed(Deleted{object("a", "10")}, 0)), "delete a -> go on");
    EXPECT_EQ(told(watcher.observed(Bookmark{ResourceVersion{"10"}, true}, 0)), "done -> go on");
}

TEST(Watcher, ServerThatCannotTellEverythingIsListedFromThenOn) {
    Watcher refused;
    static_cast<void>(refused.start());
    EXPECT_EQ(told(refused.ended(Error{ErrorCode::InvalidSpec, "HTTP 422: sendInitialEvents"}, 0)),
              "-> list 500()");
    EXPECT_EQ(told(refused.listed(page({object("a", "7")}), 0)), "start +a done -> watch 50");
    EXPECT_EQ(told(refused.observed(Failed{kGone}, 0)), "-> list 500()");
    // One that does not know the question ignores it: no event is the last.
    Watcher ignored;
    static_cast<void>(ignored.start());
    static_cast<void>(ignored.observed(Added{object("a", "7")}, 0));
    EXPECT_EQ(told(ignored.ended({}, 0)), "-> wait 800");
    static_cast<void>(ignored.waited());
    EXPECT_EQ(told(ignored.ended({}, 0)), "-> list 500()");
    EXPECT_EQ(told(ignored.listed(page({object("b", "8")}), 0)), "start +b done -> watch 50");
}

TEST(Watcher, WaitSaysWhy) {
    auto watcher = watching();
    const auto step = watcher.ended(kDown, 0);
    EXPECT_EQ(std::get<WaitNext>(*step.command).reason, kDown);
}

TEST(Watcher, StartedAgainItBeginsFromNothing) {
    auto watcher = watching();
    static_cast<void>(watcher.ended(kDown, 0));
    EXPECT_EQ(told(watcher.start()), "-> list 500()");
    EXPECT_EQ(told(watcher.listed(page({}), 0)), "start done -> watch 50");
    EXPECT_EQ(told(watcher.ended(kDown, 0)), "-> wait 800");
}

TEST(WatchBackoff, DoublesFromEightHundredMillisecondsUpToThirtySeconds) {
    EXPECT_EQ(watch_backoff(1, 0), milliseconds{800});
    EXPECT_EQ(watch_backoff(2, 0), milliseconds{1600});
    EXPECT_EQ(watch_backoff(5, 0), milliseconds{12'800});
    EXPECT_EQ(watch_backoff(6, 0), milliseconds{25'600});
    EXPECT_EQ(watch_backoff(1'000'000, 0), milliseconds{30'000});
}

TEST(WatchBackoff, JitterAddsUpToHalf) {
    EXPECT_EQ(watch_backoff(1, 0.5), milliseconds{1000});
    EXPECT_EQ(watch_backoff(7, 0.999), milliseconds{44'985});
}

TEST(WatchTimeout, LiesBetweenFiveAndTenMinutes) {
    EXPECT_EQ(watch_timeout(0), std::chrono::seconds{300});
    EXPECT_EQ(watch_timeout(0.5), std::chrono::seconds{450});
    EXPECT_EQ(watch_timeout(0.999), std::chrono::seconds{599});
}

}  // namespace
}  // namespace headgate::kube
