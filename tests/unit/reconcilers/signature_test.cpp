#include "reconcilers/signature.hpp"

#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace headgate::reconcilers {
namespace {

using jetstream::Metadata;
using resources::DeletionPolicy;
using resources::Kind;
using resources::ObjectKey;

const Signature kOwn = signature_of(
    "headgate", ObjectKey{Kind::StreamConfig, "agents", "orders"}, DeletionPolicy::Retain);

struct Signed {
    Metadata metadata;
    std::string description;
};

Signed signed_with(std::string description, bool metadata, Metadata own = {}) {
    Signed asset{std::move(own), std::move(description)};
    sign(asset.metadata, asset.description, kOwn, metadata);
    return asset;
}

TEST(Signature, NamesInstanceKindObjectAndPolicy) {
    EXPECT_EQ(kOwn, (Signature{"headgate", "StreamConfig", "agents/orders", "Retain"}));
    EXPECT_EQ(kOwn.signer(), "headgate/StreamConfig/agents/orders");
    EXPECT_EQ(signing_object(kOwn), (ObjectKey{Kind::StreamConfig, "agents", "orders"}));
    EXPECT_FALSE(signing_object(Signature{"headgate", "ObjectBucket", "agents/orders", "Retain"})
                     .has_value());
    EXPECT_FALSE(
        signing_object(Signature{"headgate", "StreamConfig", "orders", "Retain"}).has_value());
}

TEST(Signature, OfTheSameObjectIsTheSameWhateverThePolicyWas) {
    auto other = kOwn;
    other.deletion_policy = "Delete";
    EXPECT_TRUE(other.same_signer(kOwn));
    EXPECT_NE(other, kOwn);
    other.instance = "another";
    EXPECT_FALSE(other.same_signer(kOwn));
}

TEST(Signature, InMetadataUsesTheKeysOfTheContract) {
    const auto asset = signed_with("theirs", true, {{"team", "a"}});
    EXPECT_EQ(asset.metadata,
              (Metadata{{"headgate.io/deletion-policy", "Retain"},
                        {"headgate.io/instance", "headgate"},
                        {"headgate.io/kind", "StreamConfig"},
                        {"headgate.io/object", "agents/orders"},
                        {"team", "a"}}));
    EXPECT_EQ(asset.description, "theirs");
}

TEST(Signature, OfEitherFormIsTakenOutWithoutATrace) {
    for (const auto* description : {"",
                                    "words",
                                    "words with [brackets]",
                                    "ends in a space ",
                                    " ",
                                    "[headgate.io x]",
                                    "two\nlines"}) {
        for (const bool metadata : {true, false}) {
            auto asset = signed_with(description, metadata, {{"team", "a"}});
            EXPECT_EQ(take_signature(asset.metadata, asset.description), kOwn) << description;
            EXPECT_EQ(asset.description, description);
            EXPECT_EQ(asset.metadata, (Metadata{{"team", "a"}}));
        }
    }
}

TEST(Signature, AnUnsignedAssetHasNone) {
    for (const std::string description : {"",
                                          "words",
                                          "[headgate.io",
                                          "[headgate.io ]",
                                          "[headgate.io a b c]",
                                          "[headgate.io a b c d e]",
                                          "[headgate.io a b c d] more",
                                          "[headgate.io    ]",
                                          "headgate.io a b c d]"}) {
        Metadata metadata{{"team", "a"}};
        auto text = description;
        EXPECT_EQ(take_signature(metadata, text), std::nullopt) << description;
        EXPECT_EQ(text, description);
        EXPECT_EQ(metadata.size(), 1U);
    }
}

// A person may write anything; a description that looks like a signature stays theirs where the
// signature has a place of its own, or every pass would find it changed.
TEST(Signature, InMetadataLeavesADescriptionThatLooksLikeOneAlone) {
    auto asset = signed_with("see [headgate.io a b c d]", true);
    EXPECT_EQ(take_signature(asset.metadata, asset.description), kOwn);
    EXPECT_EQ(asset.description, "see [headgate.io a b c d]");
}

TEST(Signature, InADescriptionIsTheLastOne) {
    auto asset = signed_with("see [headgate.io a b c d]", false);
    EXPECT_EQ(take_signature(asset.metadata, asset.description), kOwn);
    EXPECT_EQ(asset.description, "see [headgate.io a b c d]");
}

TEST(Signature, WithHalfItsKeysGoneIsNone) {
    auto asset = signed_with("", true);
    asset.metadata.erase("headgate.io/object");
    EXPECT_EQ(take_signature(asset.metadata, asset.description), std::nullopt);
}

}  // namespace
}  // namespace headgate::reconcilers
