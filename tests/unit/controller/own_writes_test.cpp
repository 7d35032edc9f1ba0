#include "controller/own_writes.hpp"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace headgate::controller {
namespace {

using core::Error;
using core::ErrorCode;
using kube::Object;
using std::chrono::steady_clock;

const resources::ObjectKey kOrders{resources::Kind::StreamConfig, "team", "orders"};

Object at(const std::string& version, const std::string& status, const std::string& uid = "u-1") {
    Object object;
    object.meta.name = "orders";
    object.meta.uid = uid;
    object.meta.resource_version = kube::ResourceVersion{version};
    object.status = {{"text", status}};
    return object;
}

class OwnWritesTest : public testing::Test {
protected:
    /// The status that is handed on.
    std::string seen(const Object& object,
                     std::optional<OwnWrites::TimePoint> asked = std::nullopt) {
        std::string status;
        own_.seen(kOrders, object, asked, [&](const Object& newest) {
            status = newest.status.at("text").get<std::string>();
        });
        return status;
    }

    void write(const Object& result) {
        static_cast<void>(own_.carry_out(kOrders, [&] { return result; }));
    }

    OwnWrites own_;
};

TEST_F(OwnWritesTest, OlderEventsGiveWayUntilTheWriteComesBack) {
    EXPECT_EQ(seen(at("7", "old")), "old");
    write(at("10", "ours"));
    EXPECT_EQ(own_.waiting(), 1U);
    EXPECT_EQ(seen(at("8", "old")), "ours");
    EXPECT_EQ(seen(at("9", "old")), "ours");
    EXPECT_EQ(seen(at("10", "ours")), "ours");
    EXPECT_EQ(own_.waiting(), 0U);
    EXPECT_EQ(seen(at("11", "theirs")), "theirs");
}

TEST_F(OwnWritesTest, AnEchoBeforeTheReplyIsOneToo) {
    static_cast<void>(own_.carry_out(kOrders, [&]() -> core::Result<Object> {
        EXPECT_EQ(seen(at("8", "old")), "old");
        EXPECT_EQ(seen(at("10", "ours")), "ours");
        EXPECT_EQ(seen(at("12", "theirs")), "theirs");
        return at("10", "ours");
    }));
    EXPECT_EQ(own_.waiting(), 0U);
    EXPECT_EQ(seen(at("13", "theirs")), "theirs");
}

TEST_F(OwnWritesTest, AWriteThatChangedNothingIsNotWaitedFor) {
    EXPECT_EQ(seen(at("7", "same")), "same");
    write(at("7", "same"));
    EXPECT_EQ(own_.waiting(), 0U);
}

TEST_F(OwnWritesTest, AWriteThatFailedIsNone) {
    static_cast<void>(own_.carry_out(kOrders, []() -> core::Result<Object> {
        return Error{ErrorCode::OutcomeUnknown, "no answer"};
    }));
    EXPECT_EQ(own_.waiting(), 0U);
    EXPECT_EQ(seen(at("8", "old")), "old");
}

TEST_F(OwnWritesTest, AListCountsWhenItWasAskedForAfterTheWrite) {
    const auto before = steady_clock::now();
    write(at("10", "ours"));
    EXPECT_EQ(seen(at("8", "old"), before), "ours");
    const auto after = steady_clock::now() + std::chrono::seconds{1};
    // Somebody wrote after us, and our own version is never shown again.
    EXPECT_EQ(seen(at("12", "theirs"), after), "theirs");
    EXPECT_EQ(own_.waiting(), 0U);
}

TEST_F(OwnWritesTest, AListThatShowsOnlyWhatCameAfterAWriteEndsIt) {
    const auto before = steady_clock::now();
    EXPECT_EQ(seen(at("99", "old")), "old");
    write(at("100", "ours"));
    EXPECT_EQ(seen(at("101", "theirs"), before), "theirs");
    EXPECT_EQ(own_.waiting(), 0U);
    EXPECT_EQ(seen(at("102", "later")), "later");
}

TEST_F(OwnWritesTest, AReplyThatComesAfterSuchAListIsOld) {
    static_cast<void>(own_.carry_out(kOrders, [&]() -> core::Result<Object> {
        EXPECT_EQ(seen(at("101", "theirs"), steady_clock::now()), "theirs");
        return at("100", "ours");
    }));
    EXPECT_EQ(own_.waiting(), 0U);
    EXPECT_EQ(seen(at("102", "later")), "later");
}

TEST_F(OwnWritesTest, ALaterObjectOfTheSameNameIsAnother) {
    write(at("10", "ours"));
    EXPECT_EQ(seen(at("20", "fresh", "u-2")), "fresh");
}

TEST_F(OwnWritesTest, WhatIsGoneIsForgottenEvenInTheMiddleOfAWrite) {
    write(at("10", "ours"));
    own_.gone(kOrders);
    EXPECT_EQ(own_.waiting(), 0U);
    static_cast<void>(own_.carry_out(kOrders, [&]() -> core::Result<Object> {
        own_.gone(kOrders);
        return at("11", "ours");
    }));
    EXPECT_EQ(own_.waiting(), 0U);
}

TEST_F(OwnWritesTest, AWriteIsNotOverBeforeWhatIsBeingTakenIsTaken) {
    std::vector<std::string> order;
    std::jthread writer;
    own_.seen(kOrders, at("8", "old"), std::nullopt, [&](const Object&) {
        writer = std::jthread{[&] {
            static_cast<void>(own_.carry_out(kOrders, [&] { return at("10", "ours"); }));
            order.emplace_back("written");
        }};
        order.emplace_back("taken");
    });
    writer.join();
    EXPECT_EQ(order, (std::vector<std::string>{"taken", "written"}));
}

}  // namespace
}  // namespace headgate::controller
