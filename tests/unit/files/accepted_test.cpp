#include "files/accepted.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headgate::files {
namespace {

using reconcilers::Kind;
using reconcilers::ObjectKey;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::string stream(const std::string& name,
                   const std::string& spec = "{subjects: [a]}",
                   const std::string& annotations = "{}") {
    return "apiVersion: headgate.io/v1alpha1\nkind: StreamConfig\nmetadata: {name: " + name +
           ", annotations: " + annotations + "}\nspec: " + spec + "\n---\n";
}

ObjectKey key(const std::string& name) {
    return {Kind::StreamConfig, "default", name};
}

/// What a directory counts as declaring, read after read.
class Directory {
public:
    Changes read(const std::vector<SourceFile>& files, Certainty certainty = Certainty::Settled) {
        return take(load(files), certainty);
    }

    Changes take(const Loaded& loaded, Certainty certainty = Certainty::Settled) {
        auto changes = next(accepted_, loaded, certainty);
        accepted_ = changes.after;
        return changes;
    }

    [[nodiscard]] std::string max_age_of(const std::string& name) const {
        const auto& desired = accepted_.declarations.at(key(name)).parsed.desired;
        return desired && desired->stream.max_age
                   ? std::to_string(
                         std::chrono::duration_cast<std::chrono::hours>(*desired->stream.max_age)
                             .count()) +
                         "h"
                   : "";
    }

    [[nodiscard]] bool has(const std::string& name) const {
        return accepted_.declarations.contains(key(name));
    }

    [[nodiscard]] std::int64_t generation_of(const std::string& name) const {
        return accepted_.declarations.at(key(name)).generation;
    }

private:
    Accepted accepted_;
};

std::vector<std::string> names(const std::vector<reconcilers::Declaration>& declarations) {
    std::vector<std::string> names;
    for (const auto& declaration : declarations) {
        names.push_back(declaration.key.name);
    }
    return names;
}

bool is_quiet(const Changes& changes) {
    return changes.changed.empty() && changes.moved.empty() && changes.gone.empty() &&
           changes.kept.empty() && !changes.needs_confirmation();
}

TEST(Accepted, TheFirstReadIsAllNew) {
    Directory directory;
    const auto changes = directory.read({{"a.yaml", stream("a") + stream("b")}});
    EXPECT_THAT(names(changes.changed), ElementsAre("a", "b"));
    EXPECT_EQ(directory.generation_of("a"), 1);
}

TEST(Accepted, TheSameContentIsNoChange) {
    Directory directory;
    directory.read({{"a.yaml", stream("a", "{subjects: [a], maxAge: 1h}")}});
    EXPECT_TRUE(
        is_quiet(directory.read({{"a.yaml", stream("a", "{subjects: [a], maxAge: 60m}")}})));
}

TEST(Accepted, AnEditIsAChangeAndCountsTheGeneration) {
    Directory directory;
    directory.read({{"a.yaml", stream("a") + stream("b")}});
    const auto changes =
        directory.read({{"a.yaml", stream("a", "{subjects: [a], maxAge: 2h}") + stream("b")}});
    EXPECT_THAT(names(changes.changed), ElementsAre("a"));
    EXPECT_EQ(changes.changed.front().generation, 2);
    EXPECT_EQ(directory.generation_of("b"), 1);
}

TEST(Accepted, AnAnnotationIsAChangeOfTheSameGeneration) {
    Directory directory;
    directory.read({{"a.yaml", stream("a")}});
    const auto changes = directory.read(
        {{"a.yaml", stream("a", "{subjects: [a]}", "{headgate.io/reconcile: now}")}});
    ASSERT_THAT(names(changes.changed), ElementsAre("a"));
    EXPECT_EQ(changes.changed.front().generation, 1);
    EXPECT_EQ(changes.changed.front().annotations.reconcile, "now");
}

TEST(Accepted, ARenamedFileOnlyMovesWhatItDeclares) {
    Directory directory;
    directory.read({{"a.yaml", stream("a", "{subjects: [a], maxAge: 2h}")}});
    const auto changes = directory.read({{"b.yaml", stream("a", "{subjects: [a], maxAge: 2h}")}});
    EXPECT_THAT(changes.changed, IsEmpty());
    ASSERT_THAT(names(changes.moved), ElementsAre("a"));
    EXPECT_EQ(changes.moved.front().origin, "b.yaml:1");
    EXPECT_EQ(changes.moved.front().generation, 1);
    EXPECT_FALSE(changes.needs_confirmation());
}

TEST(Accepted, GoneIsOnlyWhatTwoReadsInARowMiss) {
    Directory directory;
    directory.read({{"a.yaml", stream("a")}, {"b.yaml", stream("b")}});
    const auto first = directory.read({{"b.yaml", stream("b")}});
    EXPECT_THAT(first.gone, IsEmpty());
    EXPECT_TRUE(first.needs_confirmation());
    EXPECT_TRUE(directory.has("a"));
    const auto second = directory.read({{"b.yaml", stream("b")}});
    EXPECT_THAT(second.gone, ElementsAre(key("a")));
    EXPECT_FALSE(directory.has("a"));
    EXPECT_TRUE(is_quiet(directory.read({{"b.yaml", stream("b")}})));
}

TEST(Accepted, WhatReappearsWasNeverGone) {
    Directory directory;
    const std::vector<SourceFile> both{{"a.yaml", stream("a")}, {"b.yaml", stream("b")}};
    const std::vector<SourceFile> one{{"b.yaml", stream("b")}};
    directory.read(both);
    directory.read(one);
    EXPECT_TRUE(is_quiet(directory.read(both)));
    EXPECT_THAT(directory.read(one).gone, IsEmpty());
}

TEST(Accepted, NothingIsMissingWhileThingsStillMove) {
    Directory directory;
    directory.read({{"a.yaml", stream("a")}, {"b.yaml", stream("b")}});
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(is_quiet(directory.read({{"b.yaml", stream("b")}}, Certainty::Moving)));
    }
    EXPECT_THAT(
        names(directory.read({{"b.yaml", stream("b") + stream("c")}}, Certainty::Moving).changed),
        ElementsAre("c"));
    EXPECT_TRUE(directory.has("a"));
}

TEST(Accepted, AnInterruptionStartsTheConfirmationAnew) {
    Directory directory;
    directory.read({{"a.yaml", stream("a")}, {"b.yaml", stream("b")}});
    directory.read({{"b.yaml", stream("b")}});
    directory.read({{"b.yaml", stream("b")}}, Certainty::Moving);
    EXPECT_THAT(directory.read({{"b.yaml", stream("b")}}).gone, IsEmpty());
    EXPECT_THAT(directory.read({{"b.yaml", stream("b")}}).gone, ElementsAre(key("a")));
}

TEST(Accepted, ABrokenDocumentKeepsItsOwnLastGoodDeclaration) {
    Directory directory;
    directory.read({{"a.yaml", stream("a", "{subjects: [a], maxAge: 2h}") + stream("b")}});
    const auto changes = directory.read(
        {{"a.yaml",
          stream("a", "{subjects: [a], maxAge: x}") + stream("b", "{subjects: [a], maxAge: 3h}")}});
    EXPECT_THAT(changes.kept, ElementsAre(key("a")));
    EXPECT_THAT(names(changes.changed), ElementsAre("b"));
    EXPECT_EQ(directory.max_age_of("a"), "2h");
    EXPECT_EQ(directory.max_age_of("b"), "3h");
    const auto repaired = directory.read({{"a.yaml",
                                           stream("a", "{subjects: [a], maxAge: 2h}") +
                                               stream("b", "{subjects: [a], maxAge: 3h}")}});
    EXPECT_TRUE(is_quiet(repaired));
    EXPECT_EQ(directory.generation_of("a"), 1);
}

TEST(Accepted, ABrokenDocumentWithoutALastGoodOneIsShownAsInvalid) {
    Directory directory;
    const auto changes = directory.read({{"a.yaml", stream("a", "{maxAge: x}")}});
    ASSERT_THAT(names(changes.changed), ElementsAre("a"));
    EXPECT_FALSE(changes.changed.front().parsed.desired);
    EXPECT_TRUE(is_quiet(directory.read({{"a.yaml", stream("a", "{maxAge: x}")}})));
    const auto repaired = directory.read({{"a.yaml", stream("a")}});
    ASSERT_THAT(names(repaired.changed), ElementsAre("a"));
    EXPECT_EQ(repaired.changed.front().generation, 2);
}

TEST(Accepted, AnUnreadableFileKeepsAllOfItsOwn) {
    Directory directory;
    directory.read({{"a.yaml", stream("a") + stream("b")}, {"c.yaml", stream("c")}});
    for (int i = 0; i < 3; ++i) {
        const auto changes =
            directory.read({{"a.yaml", stream("a") + "x: [\n"},
                            {"c.yaml", stream("c", "{subjects: [a], maxAge: 2h}")}});
        EXPECT_THAT(changes.kept, ElementsAre(key("a"), key("b")));
        EXPECT_THAT(changes.gone, IsEmpty());
    }
    EXPECT_EQ(directory.max_age_of("c"), "2h");
    EXPECT_TRUE(directory.has("b"));
}

TEST(Accepted, AnyProblemAnywhereMeansThatNothingIsGone) {
    Directory directory;
    directory.read({{"a.yaml", stream("a")}, {"b.yaml", stream("b")}});
    for (int i = 0; i < 3; ++i) {
        const auto changes = directory.read({{"b.yaml", stream("b") + "kind: nonsense\n"}});
        EXPECT_THAT(changes.gone, IsEmpty());
        EXPECT_FALSE(changes.needs_confirmation());
    }
    EXPECT_TRUE(directory.has("a"));
}

TEST(Accepted, AnEmptyDirectoryDeletesNothing) {
    Directory directory;
    directory.read({{"a.yaml", stream("a")}});
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(is_quiet(directory.read({})));
        EXPECT_TRUE(is_quiet(directory.read({{"a.yaml", "# all gone\n"}})));
    }
    EXPECT_TRUE(directory.has("a"));
}

TEST(Accepted, ABlankFileOrDirectoryKeepsItsOwn) {
    Directory directory;
    directory.read({{"d/a.yaml", stream("a")},
                    {"d/e/b.yaml", stream("b")},
                    {"d/e2.yaml", stream("c")},
                    {"d/z.yaml", stream("z")}});
    for (int i = 0; i < 3; ++i) {
        auto loaded =
            load(std::vector{SourceFile{"d/a.yaml", "\n"}, SourceFile{"d/z.yaml", stream("z")}});
        loaded.blank.emplace_back("d/e");
        directory.take(loaded);
    }
    EXPECT_TRUE(directory.has("a"));
    EXPECT_TRUE(directory.has("b"));
    EXPECT_FALSE(directory.has("c"));
}

TEST(Accepted, ADocumentTakenOutOfAFileIsGone) {
    Directory directory;
    directory.read({{"a.yaml", stream("a") + stream("b")}});
    directory.read({{"a.yaml", stream("b")}});
    EXPECT_THAT(directory.read({{"a.yaml", stream("b")}}).gone, ElementsAre(key("a")));
}

TEST(Accepted, ADuplicateKeepsTheFirstAndDeletesNothing) {
    Directory directory;
    directory.read(
        {{"a.yaml", stream("a", "{subjects: [a], maxAge: 2h}")}, {"b.yaml", stream("b")}});
    for (int i = 0; i < 3; ++i) {
        const auto changes =
            directory.read({{"a.yaml", stream("a", "{subjects: [a], maxAge: 2h}")},
                            {"c.yaml", stream("a", "{subjects: [a], maxAge: 9h}")}});
        EXPECT_THAT(changes.changed, IsEmpty());
        EXPECT_THAT(changes.gone, IsEmpty());
    }
    EXPECT_EQ(directory.max_age_of("a"), "2h");
    EXPECT_TRUE(directory.has("b"));
}

TEST(Accepted, WhatWasGoneAndComesBackIsNew) {
    Directory directory;
    const std::vector<SourceFile> one{{"b.yaml", stream("b")}};
    directory.read({{"a.yaml", stream("a")}, {"b.yaml", stream("b")}});
    directory.read(one);
    directory.read(one);
    const auto changes = directory.read({{"a.yaml", stream("a")}, {"b.yaml", stream("b")}});
    ASSERT_THAT(names(changes.changed), ElementsAre("a"));
    EXPECT_EQ(changes.changed.front().generation, 1);
}

}  // namespace
}  // namespace headgate::files
