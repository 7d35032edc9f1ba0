#include <array>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/fields/codec.hpp"
#include "core/fields/diff.hpp"
#include "core/fields/schema.hpp"

namespace headgate::fields::test {

enum class Colour { Red, DarkBlue, Infrared };

struct Leaf {
    std::string name;
    std::vector<std::string> tags;
    std::optional<std::int64_t> weight;

    friend bool operator==(const Leaf&, const Leaf&) = default;
};

struct Common {
    bool shared = false;

    friend bool operator==(const Common&, const Common&) = default;
};

struct Tree {
    std::string name;
    std::int32_t height = 3;
    std::optional<std::int64_t> limit;
    std::optional<core::Duration> life;
    std::optional<core::Bytes> size;
    std::optional<core::Timestamp> planted;
    Colour colour = Colour::Red;
    std::vector<std::string> words;
    std::vector<std::string> order;
    std::optional<Leaf> best;
    std::vector<Leaf> leaves;
    std::map<std::string, std::string> labels;
    std::string newer;
    std::string hidden;
    Common common;

    friend bool operator==(const Tree&, const Tree&) = default;
};

}  // namespace headgate::fields::test

template <>
struct headgate::core::Names<headgate::fields::test::Colour> {
    using E = headgate::fields::test::Colour;
    static constexpr std::array kAll{Name<E>{E::Red, "Red", "red"},
                                     Name<E>{E::DarkBlue, "DarkBlue", "dark_blue"},
                                     Name<E>{E::Infrared, "", "infrared"}};
};

template <>
struct headgate::fields::Table<headgate::fields::test::Leaf> {
    using T = headgate::fields::test::Leaf;
    static constexpr auto kFields = std::tuple{
        Field{"name",
              "leaf_name",
              &T::name,
              "Name.",
              Rules{.required = true, .max_length = 5, .pattern = "[a-z]+"}},
        Field{"tags", "tags", &T::tags, "Tags.", Rules{.unordered = true}},
        Field{"weight", "weight", &T::weight, "Weight.", Rules{.minimum = 1, .maximum = 9}},
    };
};

template <>
struct headgate::fields::Table<headgate::fields::test::Common> {
    using T = headgate::fields::test::Common;
    static constexpr auto kFields = std::tuple{Field{"shared", "is_shared", &T::shared, "Shared."}};
};

template <>
struct headgate::fields::Table<headgate::fields::test::Tree> {
    using T = headgate::fields::test::Tree;
    static constexpr auto kFields = std::tuple{
        Field{"name", "name", &T::name, "Name.", Rules{.immutable = true, .absent = "another"}},
        Field{"height",
              "height",
              &T::height,
              "Height.",
              Rules{.defaulted = true, .minimum = 1, .maximum = 5}},
        Field{"limit",
              "max_limit",
              &T::limit,
              "Limit.",
              Rules{.minimum = 1, .wire_none = WireNone::MinusOne, .absent = "no limit"}},
        Field{"life",
              "life",
              &T::life,
              "Life.",
              Rules{.minimum = 1'000'000, .wire_none = WireNone::Zero}},
        Field{"size", "size", &T::size, "Size.", Rules{.minimum = 1, .maximum = 1024}},
        Field{"planted", "planted", &T::planted, "Planted."},
        Field{"colour", "colour", &T::colour, "Colour."},
        Field{"words",
              "words",
              &T::words,
              "Words.",
              Rules{.unordered = true, .max_items = 3, .max_length = 4}},
        Field{"order", "order", &T::order, "Words, in order."},
        Field{"best", "best", &T::best, "The best leaf."},
        Field{"leaves",
              "leaves",
              &T::leaves,
              "All leaves.",
              Rules{.unordered = true, .keyed_by_name = true}},
        Field{"labels", "labels", &T::labels, "Labels.", Rules{.max_items = 2, .max_length = 4}},
        Field{"newer", "newer", &T::newer, "Known to newer servers.", Rules{.level = 2}},
        Field{"", "hidden", &T::hidden, "Not settable."},
        Inline{&T::common},
    };
};

namespace headgate::fields {
namespace {

using test::Colour;
using test::Leaf;
using test::Tree;
using namespace std::chrono_literals;
using ::testing::ElementsAre;

struct Read {
    Tree tree;
    std::vector<std::string> problems;
};

Read read(const char* text, Dialect dialect = Dialect::Manifest) {
    Read result;
    Problems problems;
    parse_fields(Json::parse(text), Reader{dialect, problems}, "spec", result.tree);
    for (const auto& problem : problems) {
        result.problems.push_back(problem.path + ": " + problem.message);
    }
    return result;
}

std::vector<std::string> problems_of(const char* text) {
    return read(text).problems;
}

TEST(FieldsParse, ReadsEveryTypeInTheManifestDialect) {
    const auto got = read(
        R"({"name": "oak", "height": 5, "limit": 7, "life": "1h", "size": "1Ki", "planted": "2026-01-02T03:04:05Z", "colour": "DarkBlue",
                              "words": ["b", "a"], "best": {"name": "x", "weight": 2}, "leaves": [{"name": "y"}], "labels": {"k": "v"}, "shared": true})");

    EXPECT_THAT(got.problems, ElementsAre());
    EXPECT_EQ(got.tree.name, "oak");
    EXPECT_EQ(got.tree.height, 5);
    EXPECT_EQ(got.tree.limit, 7);
    EXPECT_EQ(got.tree.life, core::Duration{1h});
    EXPECT_EQ(got.tree.size, core::Bytes{1024});
    EXPECT_EQ(got.tree.planted, *core::parse_time("2026-01-02T03:04:05Z"));
    EXPECT_EQ(got.tree.colour, Colour::DarkBlue);
    EXPECT_THAT(got.tree.words, ElementsAre("b", "a"));
    EXPECT_EQ(got.tree.best, (Leaf{.name = "x", .tags = {}, .weight = 2}));
    EXPECT_EQ(got.tree.leaves.size(), 1U);
    EXPECT_EQ(got.tree.labels.at("k"), "v");
    EXPECT_TRUE(got.tree.common.shared);
}

TEST(FieldsParse, TellsAllProblemsAtOnceWithTheirPaths) {
    EXPECT_THAT(
        problems_of(
            R"({"height": 9, "colour": "Blue", "leaves": [{"name": "ok"}, {"weight": 0}], "shared": "yes", "nmae": 1})"),
        ElementsAre("spec.height: 9 is above the most allowed, 5",
                    "spec.colour: \"Blue\" is not one of Red, DarkBlue",
                    "spec.leaves[1].name: is required",
                    "spec.leaves[1].weight: 0 is below the least allowed, 1",
                    "spec.shared: must be true or false, not \"yes\"",
                    "spec.nmae: unknown field; did you mean name?"));
}

TEST(FieldsParse, NamesTheNearestEnumeratorAndField) {
    EXPECT_THAT(
        problems_of(R"({"colour": "darkblue"})"),
        ElementsAre(
            "spec.colour: \"darkblue\" is not one of Red, DarkBlue; did you mean DarkBlue?"));
    EXPECT_THAT(problems_of(R"({"best": {"name": "a", "wieght": 1}})"),
                ElementsAre("spec.best.wieght: unknown field; did you mean weight?"));
    EXPECT_THAT(problems_of(R"({"somethingElseEntirely": 1})"),
                ElementsAre("spec.somethingElseEntirely: unknown field"));
}

TEST(FieldsParse, AFieldWithoutAManifestNameIsUnknownThere) {
    EXPECT_THAT(problems_of(R"({"hidden": "x"})"), ElementsAre("spec.hidden: unknown field"));
    EXPECT_THAT(problems_of(R"({"": "x"})"), ElementsAre("spec.: unknown field"));
}

TEST(FieldsParse, WrongTypesAreNamed) {
    EXPECT_THAT(problems_of(R"({"name": 1})"), ElementsAre("spec.name: must be text, not 1"));
    EXPECT_THAT(problems_of(R"({"height": "3"})"),
                ElementsAre("spec.height: must be a whole number, not \"3\""));
    EXPECT_THAT(problems_of(R"({"height": 3.5})"),
                ElementsAre("spec.height: must be a whole number, not 3.5"));
    EXPECT_THAT(problems_of(R"({"height": true})"),
                ElementsAre("spec.height: must be a whole number, not true"));
    EXPECT_THAT(problems_of(R"({"life": 30})"),
                ElementsAre("spec.life: 30 is not a duration; write 90s, 1h30m or 7d"));
    EXPECT_THAT(
        problems_of(R"({"size": true})"),
        ElementsAre("spec.size: must be a size such as 1Gi, 256Ki or a number of bytes, not true"));
    EXPECT_THAT(problems_of(R"({"planted": 1})"),
                ElementsAre("spec.planted: must be a time such as 2026-01-02T03:04:05Z, not 1"));
    EXPECT_THAT(problems_of(R"({"colour": 1})"),
                ElementsAre("spec.colour: 1 is not one of Red, DarkBlue"));
    EXPECT_THAT(problems_of(R"({"words": "a"})"),
                ElementsAre("spec.words: must be a list, not \"a\""));
    EXPECT_THAT(problems_of(R"({"words": ["a", 2]})"),
                ElementsAre("spec.words[1]: must be text, not 2"));
    EXPECT_THAT(problems_of(R"({"best": []})"),
                ElementsAre("spec.best: must be a mapping of fields, not []"));
    EXPECT_THAT(problems_of(R"({"leaves": {"a": 1}})"),
                ElementsAre("spec.leaves: must be a list, not {\"a\":1}"));
    EXPECT_THAT(problems_of(R"({"labels": ["a"]})"),
                ElementsAre("spec.labels: must be a mapping of text to text, not [\"a\"]"));
    EXPECT_THAT(problems_of(R"({"labels": {"a": 1}})"),
                ElementsAre("spec.labels.a: must be text, not 1"));
    EXPECT_THAT(problems_of(R"([1])"), ElementsAre("spec: must be a mapping of fields, not [1]"));
}

TEST(FieldsParse, BoundsAreThoseOfTheTable) {
    EXPECT_THAT(problems_of(R"({"height": 0})"),
                ElementsAre("spec.height: 0 is below the least allowed, 1"));
    EXPECT_THAT(problems_of(R"({"height": 99999999999})"),
                ElementsAre("spec.height: 99999999999 is out of range"));
    EXPECT_THAT(problems_of(R"({"limit": 18446744073709551615})"),
                ElementsAre("spec.limit: 18446744073709551615 is out of range"));
    EXPECT_THAT(problems_of(R"({"limit": 0})"),
                ElementsAre("spec.limit: 0 is below the least allowed, 1"));
    EXPECT_THAT(problems_of(R"({"limit": -1})"),
                ElementsAre("spec.limit: -1 is below the least allowed, 1"));
    EXPECT_THAT(problems_of(R"({"life": "1us"})"),
                ElementsAre("spec.life: 1us is below the least allowed, 1ms"));
    EXPECT_THAT(problems_of(R"({"life": "0"})"),
                ElementsAre("spec.life: 0s is below the least allowed, 1ms"));
    EXPECT_THAT(problems_of(R"({"size": "0"})"),
                ElementsAre("spec.size: 0 is below the least allowed, 1"));
    EXPECT_THAT(problems_of(R"({"size": "1Mi"})"),
                ElementsAre("spec.size: 1048576 is above the most allowed, 1024"));
    EXPECT_THAT(problems_of(R"({"size": -5})"),
                ElementsAre("spec.size: -5 is below the least allowed, 1"));
    EXPECT_THAT(problems_of(R"({"words": ["a", "b", "c", "d"]})"),
                ElementsAre("spec.words: has 4 entries, more than the most allowed, 3"));
    EXPECT_THAT(problems_of(R"({"words": ["abcde"]})"),
                ElementsAre("spec.words[0]: is longer than 4 bytes"));
    EXPECT_THAT(problems_of(R"({"labels": {"a": "12345"}})"),
                ElementsAre("spec.labels.a: is longer than 4 bytes"));
    EXPECT_THAT(problems_of(R"({"best": {"name": "A"}})"),
                ElementsAre("spec.best.name: \"A\" must match [a-z]+"));
    EXPECT_THAT(problems_of(R"({"best": {"name": ""}})"),
                ElementsAre("spec.best.name: \"\" must match [a-z]+"));
}

// The CRD says maxProperties; a directory must not take what a cluster refuses.
TEST(FieldsParse, AMappingHasAsManyEntriesAsTheTableAllows) {
    EXPECT_THAT(problems_of(R"({"labels": {"a": "1", "b": "2", "c": "3"}})"),
                ElementsAre("spec.labels: has 3 entries, more than the most allowed, 2"));
}

TEST(FieldsParse, NullIsAbsence) {
    const auto got = read(R"({"height": null, "limit": null, "words": null, "best": null})");
    EXPECT_THAT(got.problems, ElementsAre());
    EXPECT_EQ(got.tree, Tree{});
    EXPECT_THAT(problems_of(R"({"best": {"name": null}})"),
                ElementsAre("spec.best.name: is required"));
    EXPECT_THAT(problems_of(R"({"words": [null]})"),
                ElementsAre("spec.words[0]: must be text, not null"));
}

TEST(FieldsParse, ProblemsThatShowAValueShowItShort) {
    const std::string text = R"({"name": [")" + std::string(1000, 'x') + R"("]})";
    ASSERT_EQ(problems_of(text.c_str()).size(), 1U);
    EXPECT_LT(problems_of(text.c_str())[0].size(), 120U);
}

TEST(FieldsWire, UnknownFieldsAreLeftAloneAndLimitsBelowOneAreNone) {
    const auto got = read(
        R"({"name": "n", "max_limit": -1, "life": 0, "size": -1, "future": {"x": 1}, "colour": "dark_blue", "height": 77})",
        Dialect::Wire);
    EXPECT_THAT(got.problems, ElementsAre());
    EXPECT_FALSE(got.tree.limit.has_value());
    EXPECT_FALSE(got.tree.life.has_value());
    EXPECT_FALSE(got.tree.size.has_value());
    EXPECT_EQ(got.tree.colour, Colour::DarkBlue);
    EXPECT_EQ(got.tree.height, 77) << "bounds are for people, a server's answer is taken as it is";
}

TEST(FieldsWire, AValueWithoutAManifestNameIsReadButCannotBeDeclared) {
    EXPECT_EQ(read(R"({"colour": "infrared"})", Dialect::Wire).tree.colour, Colour::Infrared);
    EXPECT_THAT(problems_of(R"({"colour": "infrared"})"),
                ElementsAre("spec.colour: \"infrared\" is not one of Red, DarkBlue"));
    EXPECT_THAT(problems_of(R"({"colour": ""})"),
                ElementsAre("spec.colour: \"\" is not one of Red, DarkBlue"));
}

TEST(FieldsWire, AnEmptyObjectSaysNoMoreThanAbsence) {
    EXPECT_FALSE(read(R"({"best": {}})", Dialect::Wire).tree.best.has_value());
}

TEST(FieldsEmit, AManifestHoldsOnlyWhatDiffersFromTheDefaults) {
    EXPECT_EQ(emit_fields(Tree{}, Dialect::Manifest), Json::object());
    Tree tree;
    tree.height = 4;
    tree.life = 90s;
    tree.size = core::Bytes{2048};
    tree.hidden = "h";
    tree.best = Leaf{};
    EXPECT_EQ(
        emit_fields(tree, Dialect::Manifest),
        Json::parse(R"({"height": 4, "life": "1m30s", "size": "2Ki", "best": {"name": ""}})"));
}

TEST(FieldsEmit, TheWireHoldsTheWholeWithItsOwnWordsForNone) {
    EXPECT_EQ(
        emit_fields(Tree{}, Dialect::Wire),
        Json::parse(
            R"({"height": 3, "max_limit": -1, "life": 0, "colour": "red", "is_shared": false})"));
}

TEST(FieldsEmit, AFieldOfANewerServerIsSentOnlyWhenSet) {
    Tree tree;
    EXPECT_FALSE(emit_fields(tree, Dialect::Wire).contains("newer"));
    tree.newer = "x";
    EXPECT_EQ(emit_fields(tree, Dialect::Wire)["newer"], "x");
}

TEST(FieldsDiff, NamesEachFieldThatDiffersAsAManifestWould) {
    Tree before;
    Tree after;
    after.limit = 5;
    before.life = 2h;
    after.hidden = "h";
    after.newer = "n";
    const auto changes = diff(before, after);
    EXPECT_THAT(changes,
                ElementsAre(Change{"limit", "max_limit", "", "5", 0},
                            Change{"life", "life", "2h", "", 0},
                            Change{"newer", "newer", "", "n", 2},
                            Change{"hidden", "hidden", "", "h", 0}));
}

TEST(FieldsDiff, OrderMattersOnlyWhereTheTableSaysSo) {
    Tree before;
    Tree after;
    before.words = {"a", "b"};
    after.words = {"b", "a"};
    EXPECT_TRUE(diff(before, after).empty());
    after.words = {"b", "b"};
    EXPECT_EQ(diff(before, after).size(), 1U);
    after.words = before.words;
    before.order = {"a", "b"};
    after.order = {"b", "a"};
    ASSERT_EQ(diff(before, after).size(), 1U);
    EXPECT_EQ(diff(before, after)[0].field, "order");
}

TEST(FieldsDiff, OrderDoesNotMatterInsideANestedFieldEither) {
    Tree before;
    Tree after;
    before.best = Leaf{.name = "x", .tags = {"a", "b"}, .weight = {}};
    after.best = Leaf{.name = "x", .tags = {"b", "a"}, .weight = {}};
    EXPECT_TRUE(diff(before, after).empty());
    before.leaves = {*before.best, Leaf{.name = "y", .tags = {}, .weight = 1}};
    after.leaves = {Leaf{.name = "y", .tags = {}, .weight = 1}, *after.best};
    EXPECT_TRUE(diff(before, after).empty());
    after.best->weight = 2;
    EXPECT_EQ(diff(before, after).size(), 1U);
    after.best.reset();
    EXPECT_EQ(diff(before, after).size(), 1U);
}

Json carried(const char* observed, const char* emitted) {
    auto json = Json::parse(emitted);
    carry_unknown_fields<Tree>(Json::parse(observed), json);
    return json;
}

TEST(FieldsBeyond, UnknownFieldsAreCarriedAtEveryDepth) {
    EXPECT_EQ(carried(R"({"height": 1, "future": 1, "best": {"leaf_name": "a", "shade": 2}})",
                      R"({"height": 2, "best": {"leaf_name": "b"}})"),
              Json::parse(R"({"height": 2, "future": 1, "best": {"leaf_name": "b", "shade": 2}})"));
}

TEST(FieldsBeyond, KnownFieldsAreNeverCarried) {
    EXPECT_EQ(
        carried(R"({"best": {"leaf_name": "a"}, "life": 5, "hidden": "h"})", R"({"height": 2})"),
        Json::parse(R"({"height": 2})"));
}

TEST(FieldsBeyond, AListEntryKeepsItsOwnWhateverTheOrder) {
    EXPECT_EQ(
        carried(
            R"({"leaves": [{"leaf_name": "a", "x": 1}, {"leaf_name": "b", "x": 2}, {"leaf_name": "gone", "x": 3}]})",
            R"({"leaves": [{"leaf_name": "new"}, {"leaf_name": "b"}, {"leaf_name": "a"}]})"),
        Json::parse(
            R"({"leaves": [{"leaf_name": "new"}, {"leaf_name": "b", "x": 2}, {"leaf_name": "a", "x": 1}]})"));
}

TEST(FieldsBeyond, StrangeAnswersOfAServerAreNoCrash) {
    EXPECT_EQ(carried(R"({"best": 1, "leaves": {"a": 1}})",
                      R"({"best": {"leaf_name": "b"}, "leaves": [{"leaf_name": "c"}]})"),
              Json::parse(R"({"best": {"leaf_name": "b"}, "leaves": [{"leaf_name": "c"}]})"));
    EXPECT_EQ(carried(R"({"leaves": [1, null, "x"]})", R"({"leaves": [{"leaf_name": "c"}]})"),
              Json::parse(R"({"leaves": [{"leaf_name": "c"}]})"));
}

TEST(FieldsSchema, SaysTypesBoundsDefaultsAndWhatIsRequired) {
    const auto schema = object_schema<Tree>();
    const auto& properties = schema["properties"];
    EXPECT_EQ(
        properties["height"],
        Json::parse(
            R"({"type": "integer", "format": "int32", "minimum": 1, "maximum": 5, "default": 3, "description": "Height."})"));
    EXPECT_EQ(properties["colour"]["enum"], Json::parse(R"(["Red", "DarkBlue"])"));
    EXPECT_EQ(properties["leaves"]["items"]["required"], Json::parse(R"(["name"])"));
    EXPECT_EQ(properties["leaves"]["x-kubernetes-list-type"], "map");
    EXPECT_EQ(properties["leaves"]["x-kubernetes-list-map-keys"], Json::parse(R"(["name"])"));
    EXPECT_EQ(properties["words"]["x-kubernetes-list-type"], "atomic");
    EXPECT_EQ(properties["words"]["items"]["maxLength"], 4);
    EXPECT_EQ(properties["labels"]["maxProperties"], 2);
    EXPECT_EQ(properties["size"]["anyOf"],
              Json::parse(R"([{"type": "integer"}, {"type": "string"}])"));
    EXPECT_TRUE(properties["shared"].is_object());
    EXPECT_FALSE(properties.contains("hidden"));
    EXPECT_FALSE(properties.contains(""));
    EXPECT_FALSE(schema.contains("required"));
}

TEST(FieldsSchema, APatternHoldsForTheWholeText) {
    EXPECT_EQ(object_schema<Leaf>()["properties"]["name"]["pattern"], "^([a-z]+)$");
}

// What the API server lets through, the parser takes.
TEST(FieldsSchema, ThePatternsOfDurationsAndSizesAgreeWithTheParser) {
    const std::regex duration{std::string{kDurationPattern}};
    for (const auto* text : {"90s", "1h30m", "7d", "1.5h", "250ms", "10us", "0", "100ns"}) {
        EXPECT_TRUE(std::regex_match(text, duration)) << text;
        EXPECT_TRUE(core::parse_duration(text).has_value()) << text;
    }
    for (const auto* text : {"", "1 hour", "5", "-5s", "s", "1h 30m", "1w"}) {
        EXPECT_FALSE(std::regex_match(text, duration)) << text;
        EXPECT_FALSE(core::parse_duration(text).has_value()) << text;
    }
    const std::regex size{std::string{kBytesPattern}};
    for (const auto* text : {"1Gi", "256Ki", "5M", "1.5Gi", "1024", "1k"}) {
        EXPECT_TRUE(std::regex_match(text, size)) << text;
        EXPECT_TRUE(core::parse_bytes(text).has_value()) << text;
    }
    for (const auto* text : {"", "Gi", "-1Gi", "1GB", "1 Gi", "1ki"}) {
        EXPECT_FALSE(std::regex_match(text, size)) << text;
        EXPECT_FALSE(core::parse_bytes(text).has_value()) << text;
    }
}

TEST(FieldsReference, HasARowForEveryManifestFieldNestedOnesAfterTheirHolder) {
    std::vector<ReferenceRow> rows;
    reference_rows<Tree>("spec.", rows);
    std::vector<std::string> paths;
    for (const auto& row : rows) {
        paths.push_back(row.path);
    }
    EXPECT_THAT(paths,
                ElementsAre("spec.name",
                            "spec.height",
                            "spec.limit",
                            "spec.life",
                            "spec.size",
                            "spec.planted",
                            "spec.colour",
                            "spec.words[]",
                            "spec.order[]",
                            "spec.best",
                            "spec.best.name",
                            "spec.best.tags[]",
                            "spec.best.weight",
                            "spec.leaves[]",
                            "spec.leaves[].name",
                            "spec.leaves[].tags[]",
                            "spec.leaves[].weight",
                            "spec.labels",
                            "spec.newer",
                            "spec.shared"));
    EXPECT_EQ(rows[1].fallback, "3");
    EXPECT_EQ(rows[1].bounds, "1..5");
    EXPECT_EQ(rows[2].fallback, "no limit");
    EXPECT_EQ(rows[3].bounds, "at least 1ms");
}

}  // namespace
}  // namespace headgate::fields
