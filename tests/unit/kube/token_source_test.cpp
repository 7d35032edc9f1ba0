#include "kube/token_source.hpp"

#include <string>

#include <gtest/gtest.h>

namespace headgate::kube {
namespace {

using core::ErrorCode;
using core::Secret;
using std::chrono::seconds;

/// A token file and a clock, both held by hand.
class TokenFile : public testing::Test {
protected:
    std::string text() {
        const auto token = source_.current();
        return token ? token->reveal() : "error: " + token.error().message;
    }

    std::string content_ = "one";
    bool readable_ = true;
    int reads_ = 0;
    TokenSource::TimePoint now_{};
    TokenSource source_{[this]() -> core::Result<Secret> {
                            ++reads_;
                            if (!readable_) {
                                return core::Error{ErrorCode::Forbidden, "unreadable"};
                            }
                            return Secret{content_};
                        },
                        [this] { return now_; }};
};

TEST_F(TokenFile, IsReadOnceAMinute) {
    EXPECT_EQ(text(), "one");
    content_ = "two";
    now_ += seconds{59};
    EXPECT_EQ(text(), "one");
    EXPECT_EQ(reads_, 1);
    now_ += seconds{1};
    EXPECT_EQ(text(), "two");
    EXPECT_EQ(reads_, 2);
}

TEST_F(TokenFile, RefusedTokenIsReadAgainAtOnce) {
    EXPECT_EQ(text(), "one");
    content_ = "two";
    EXPECT_TRUE(source_.renew(Secret{"one"}));
    EXPECT_EQ(text(), "two");
}

TEST_F(TokenFile, RefusedTokenThatIsStillTheSameIsNotWorthASecondTry) {
    EXPECT_EQ(text(), "one");
    EXPECT_FALSE(source_.renew(Secret{"one"}));
    EXPECT_EQ(reads_, 2);
}

TEST_F(TokenFile, TokenRenewedByAnotherRequestMeanwhileNeedsNoReading) {
    EXPECT_EQ(text(), "one");
    EXPECT_TRUE(source_.renew(Secret{"older"}));
    EXPECT_EQ(reads_, 1);
}

TEST_F(TokenFile, UnreadableForAWhileKeepsTheTokenReadBefore) {
    EXPECT_EQ(text(), "one");
    readable_ = false;
    now_ += seconds{60};
    EXPECT_EQ(text(), "one");
    EXPECT_FALSE(source_.renew(Secret{"one"}));
    readable_ = true;
    content_ = "two";
    now_ += seconds{60};
    EXPECT_EQ(text(), "two");
}

TEST_F(TokenFile, UnreadableFromTheStartIsAnError) {
    readable_ = false;
    EXPECT_EQ(text(), "error: unreadable");
}

TEST(FixedToken, StaysAndCannotBeRenewed) {
    TokenSource source{Secret{"fixed"}};
    EXPECT_EQ(source.current()->reveal(), "fixed");
    EXPECT_FALSE(source.renew(Secret{"fixed"}));
}

}  // namespace
}  // namespace headgate::kube
