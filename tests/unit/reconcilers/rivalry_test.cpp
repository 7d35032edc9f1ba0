#include "reconcilers/rivalry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headgate::reconcilers {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

class ARivalry : public testing::Test {
protected:
    void repair_after(std::chrono::seconds time) {
        now_ += time;
        rivalry_.repaired(now_, "maxAge was changed");
    }

    Rivalry::Moment now_{1h};
    Rivalry rivalry_;
};

TEST_F(ARivalry, IsNoneWhereDriftIsRepairedNowAndThen) {
    for (int i = 0; i < 100; ++i) {
        repair_after(16s);
    }
    EXPECT_FALSE(rivalry_.ongoing());
    EXPECT_EQ(rivalry_.wait(now_), 0ms);
    EXPECT_THAT(rivalry_.message(), IsEmpty());
}

TEST_F(ARivalry, BeginsWithTheFifthRepairWithinAMinute) {
    repair_after(0s);
    for (int i = 0; i < 3; ++i) {
        repair_after(3s);
        EXPECT_FALSE(rivalry_.ongoing());
    }
    repair_after(3s);
    EXPECT_TRUE(rivalry_.ongoing());
    EXPECT_EQ(rivalry_.wait(now_), 30s);
    EXPECT_THAT(rivalry_.message(),
                AllOf(HasSubstr("maxAge was changed 5 times in 12s"), HasSubstr("every 30s")));
}

TEST_F(ARivalry, IsFoughtLessAndLess) {
    for (int i = 0; i < 5; ++i) {
        repair_after(0s);
    }
    for (const auto apart : {30s, 60s, 120s, 240s, 300s, 300s}) {
        EXPECT_EQ(rivalry_.wait(now_), apart);
        EXPECT_EQ(rivalry_.wait(now_ + apart - 1s), 1s);
        EXPECT_EQ(rivalry_.wait(now_ + apart), 0s);
        EXPECT_TRUE(rivalry_.ongoing()) << "until there is nothing to repair";
        repair_after(apart);
    }
    EXPECT_THAT(rivalry_.message(), AllOf(HasSubstr("5 times in 1s"), HasSubstr("every 5m")));
}

}  // namespace
}  // namespace headgate::reconcilers
