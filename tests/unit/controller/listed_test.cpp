#include "controller/listed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headgate::controller {
namespace {

using reconcilers::Snapshot;
using reconcilers::SnapshotPtr;
using resources::Kind;
using resources::ObjectKey;
using testing::ElementsAre;

const ObjectKey kOne{Kind::StreamConfig, "team", "one"};
const ObjectKey kTwo{Kind::StreamConfig, "team", "two"};

class AList : public testing::Test {
protected:
    Listed listed_;
    SnapshotPtr snapshot_ = std::make_shared<const Snapshot>();
};

TEST_F(AList, ServesOneLookOfEach) {
    listed_.begin();
    EXPECT_EQ(listed_.take(kOne), nullptr) << "not yet";
    EXPECT_THAT(listed_.end({kOne, kTwo}, snapshot_), ElementsAre(kOne, kTwo));
    EXPECT_EQ(listed_.take(kOne), snapshot_);
    EXPECT_EQ(listed_.take(kOne), nullptr);
    EXPECT_EQ(listed_.take(kTwo), snapshot_);
}

TEST_F(AList, SaysNothingOfWhatMovedWhileItWasRead) {
    listed_.moved(kTwo);
    listed_.begin();
    listed_.moved(kOne);
    EXPECT_THAT(listed_.end({kOne, kTwo}, snapshot_), ElementsAre(kTwo));
    EXPECT_EQ(listed_.take(kOne), nullptr);
    EXPECT_EQ(listed_.take(kTwo), snapshot_) << "that was before";
}

TEST_F(AList, SaysNothingOfWhatMovedSince) {
    listed_.begin();
    listed_.end({kOne, kTwo}, snapshot_);
    listed_.moved(kOne);
    EXPECT_EQ(listed_.take(kOne), nullptr);
    EXPECT_EQ(listed_.take(kTwo), snapshot_);
}

TEST_F(AList, HoldsWhileTheNextIsRead) {
    listed_.begin();
    listed_.end({kOne, kTwo}, snapshot_);
    listed_.begin();
    EXPECT_EQ(listed_.take(kOne), snapshot_);
    listed_.moved(kTwo);
    EXPECT_EQ(listed_.take(kTwo), nullptr);
    EXPECT_THAT(listed_.end({kOne, kTwo}, snapshot_), ElementsAre(kOne));
}

TEST_F(AList, OfAnotherServerCountsNoMore) {
    listed_.begin();
    listed_.end({kOne}, snapshot_);
    listed_.forget();
    EXPECT_EQ(listed_.take(kOne), nullptr);
    listed_.begin();
    EXPECT_THAT(listed_.end({kOne}, nullptr), ElementsAre(kOne)) << "there is none this time";
    EXPECT_EQ(listed_.take(kOne), nullptr);
}

}  // namespace
}  // namespace headgate::controller
