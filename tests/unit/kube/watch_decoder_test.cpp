#include "kube/watch_decoder.hpp"

#include <gtest/gtest.h>

namespace headgate::kube {
namespace {

using core::ErrorCode;

constexpr std::string_view kAdded =
    R"({"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"1"}}})"
    "\n";
constexpr std::string_view kModified =
    R"({"type":"MODIFIED","object":{"metadata":{"name":"a","resourceVersion":"2"},"spec":{"text":"\nü"}}})"
    "\n";
constexpr std::string_view kDeleted =
    R"({"type":"DELETED","object":{"metadata":{"name":"a","resourceVersion":"3"}}})"
    "\n";
constexpr std::string_view kBookmark =
    R"({"type":"BOOKMARK","object":{"kind":"Gadget","metadata":{"resourceVersion":"9"}}})"
    "\n";
constexpr std::string_view kGone =
    R"({"type":"ERROR","object":{"kind":"Status","code":410,"message":"too old"}})"
    "\n";

std::string all() {
    return std::string{kAdded} + std::string{kModified} + std::string{kDeleted} +
           std::string{kBookmark};
}

/// "A1 M2 D3 B9", for short.
std::string told(const std::vector<WatchEvent>& events) {
    struct Teller {
        std::string operator()(const Added& event) const {
            return "A" + event.object.meta.resource_version.value();
        }

        std::string operator()(const Modified& event) const {
            return "M" + event.object.meta.resource_version.value();
        }

        std::string operator()(const Deleted& event) const {
            return "D" + event.object.meta.resource_version.value();
        }

        std::string operator()(const Bookmark& event) const {
            return "B" + event.resource_version.value();
        }

        std::string operator()(const Failed& event) const {
            return event.error.code == ErrorCode::Internal ? "malformed" : "error";
        }
    };

    std::string text;
    for (const auto& event : events) {
        text += (text.empty() ? "" : " ") + std::visit(Teller{}, event);
    }
    return text;
}

TEST(WatchDecoder, OneChunkMayHoldManyEvents) {
    WatchDecoder decoder;
    EXPECT_EQ(told(decoder.feed(all())), "A1 M2 D3 B9");
}

TEST(WatchDecoder, ChunksMayBeTornAnywhere) {
    const auto text = all();
    for (std::size_t size = 1; size < text.size(); ++size) {
        WatchDecoder decoder;
        std::vector<WatchEvent> events;
        for (std::size_t at = 0; at < text.size(); at += size) {
            for (auto& event : decoder.feed(std::string_view{text}.substr(at, size))) {
                events.push_back(std::move(event));
            }
        }
        ASSERT_EQ(told(events), "A1 M2 D3 B9") << "cut every " << size;
        EXPECT_EQ(std::get<Modified>(events[1]).object.spec["text"], "\n\xC3\xBC");
    }
}

TEST(WatchDecoder, EventComesWithItsNewlineAndNotBefore) {
    WatchDecoder decoder;
    EXPECT_EQ(told(decoder.feed(kAdded.substr(0, kAdded.size() - 1))), "");
    EXPECT_EQ(told(decoder.feed("\n")), "A1");
}

TEST(WatchDecoder, BlankLinesMeanNothing) {
    WatchDecoder decoder;
    EXPECT_EQ(told(decoder.feed("\n\r\n")), "");
    EXPECT_EQ(told(decoder.feed(kAdded)), "A1");
}

TEST(WatchDecoder, ErrorEventCarriesTheServersStatus) {
    WatchDecoder decoder;
    const auto events = decoder.feed(kGone);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(std::get<Failed>(events[0]).error,
              (core::Error{ErrorCode::Gone, "watch: HTTP 410: too old"}));
}

TEST(WatchDecoder, WhatIsNoEventFailsOnceAndEndsTheStream) {
    for (const std::string line : {
             "nonsense",
             "5",
             "[]",
             "{}",
             R"({"type":"ADDED"})",
             R"({"type":5,"object":{}})",
             R"({"type":"ADDED","object":[]})",
             R"({"type":"ADDED","object":{}})",
             R"({"type":"ADDED","object":{"metadata":{"name":"a"}}})",
             R"({"type":"LATER","object":{"metadata":{"name":"a","resourceVersion":"1"}}})",
             R"({"type":"BOOKMARK","object":{}})",
             R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":5}}})",
             R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":""}}})",
             "\xff\xfe",
         }) {
        WatchDecoder decoder;
        EXPECT_EQ(told(decoder.feed(line + "\n" + std::string{kAdded})), "malformed") << line;
        EXPECT_EQ(told(decoder.feed(kAdded)), "") << line;
    }
}

TEST(WatchDecoder, LineOfTheLimitIsTakenAndOneByteMoreIsNot) {
    WatchDecoder fits{kAdded.size() - 1};
    EXPECT_EQ(told(fits.feed(kAdded)), "A1");
    WatchDecoder whole{kAdded.size() - 2};
    EXPECT_EQ(told(whole.feed(kAdded)), "malformed");
    WatchDecoder torn{kAdded.size() - 2};
    EXPECT_EQ(told(torn.feed(kAdded.substr(0, 20))), "");
    EXPECT_EQ(told(torn.feed(kAdded.substr(20))), "malformed");
}

TEST(WatchDecoder, EndlessLineIsGivenUpAtTheLimit) {
    WatchDecoder decoder{1000};
    std::size_t failures = 0;
    for (int i = 0; i < 10'000; ++i) {
        failures += decoder.feed("xxxxxxxxxx").size();
    }
    EXPECT_EQ(failures, 1U);
}

TEST(WatchDecoder, BookmarkMaySayThatAllHasBeenTold) {
    WatchDecoder decoder;
    const auto events =
        decoder.feed(R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"9",)"
                     R"("annotations":{"k8s.io/initial-events-end":"true"}}}})"
                     "\n"
                     R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"10"}}})"
                     "\n");
    ASSERT_EQ(events.size(), 2U);
    EXPECT_TRUE(std::get<Bookmark>(events[0]).ends_everything);
    EXPECT_FALSE(std::get<Bookmark>(events[1]).ends_everything);
}

}  // namespace
}  // namespace headgate::kube
