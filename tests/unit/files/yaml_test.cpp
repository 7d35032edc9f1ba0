#include "files/yaml.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace headgate::files {
namespace {

using core::Json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Document only(std::string_view text) {
    auto yaml = parse_yaml(text);
    EXPECT_THAT(yaml.problems, IsEmpty());
    EXPECT_THAT(yaml.documents, SizeIs(1));
    return yaml.documents.empty() ? Document{} : std::move(yaml.documents.front());
}

Json json_of(std::string_view text) {
    auto document = only(text);
    EXPECT_THAT(document.problems, IsEmpty());
    return document.json;
}

SyntaxProblem problem_of(std::string_view text) {
    const auto yaml = parse_yaml(text);
    EXPECT_THAT(yaml.problems, SizeIs(1)) << text;
    return yaml.problems.empty() ? SyntaxProblem{} : yaml.problems.front();
}

TEST(Yaml, ReadsBlocksListsAndScalars) {
    EXPECT_EQ(
        json_of("a: 1\nb: [x, 2.5, true, ~]\nc:\n  - name: d\n    e: |\n      one\n      two\nf: "
                "\"3\"\ng: '4'\nh:\n"),
        Json::parse(
            R"({"a":1,"b":["x",2.5,true,null],"c":[{"name":"d","e":"one\ntwo\n"}],"f":"3","g":"4","h":null})"));
}

TEST(Yaml, QuotesAndTheTextTagKeepAScalarText) {
    EXPECT_EQ(json_of("a: 'true'\nb: \"no\"\nc: !!str 12\nd: >-\n  12\ne: !!str\n"),
              Json::parse(R"({"a":"true","b":"no","c":"12","d":"12","e":""})"));
}

TEST(Yaml, WhatYaml11CallsABooleanIsOneAsInKubectl) {
    EXPECT_EQ(json_of("a: yes\nb: off\nc: 2026-01-02T03:04:05Z\n"),
              Json::parse(R"({"a":true,"b":false,"c":"2026-01-02T03:04:05Z"})"));
}

TEST(Yaml, KeysBecomeText) {
    EXPECT_EQ(json_of("1: a\non: b\n1.5: c\n"), Json::parse(R"({"1":"a","true":"b","1.5":"c"})"));
}

TEST(Yaml, JsonIsRead) {
    EXPECT_EQ(
        json_of(
            "{\n\t\"a\": [1, {\"b\": null}],\n\t\"c\": \"\\u00fc \\ud83d\\ude00 \\\\ud83d\"\n}\n"),
        Json::parse(R"({"a":[1,{"b":null}],"c":"ü 😀 \\ud83d"})"));
}

TEST(Yaml, EveryDocumentOfAFileIsReadAndEmptyOnesAreNot) {
    const auto yaml = parse_yaml(
        "# only a comment\n---\n---\na: 1\n--- # two\nb: 2\n...\n---\n\n---\nc: 3\n---\n");
    ASSERT_THAT(yaml.problems, IsEmpty());
    ASSERT_THAT(yaml.documents, SizeIs(3));
    EXPECT_EQ(yaml.documents[0].json, Json::parse(R"({"a":1})"));
    EXPECT_EQ(yaml.documents[1].json, Json::parse(R"({"b":2})"));
    EXPECT_EQ(yaml.documents[2].json, Json::parse(R"({"c":3})"));
    EXPECT_EQ(yaml.documents[0].positions.line_of("a"), 4);
    EXPECT_EQ(yaml.documents[1].positions.line_of("b"), 6);
    EXPECT_EQ(yaml.documents[2].positions.line_of("c"), 11);
    EXPECT_THAT(parse_yaml("").documents, IsEmpty());
    EXPECT_THAT(parse_yaml("\n# nothing\n---\n...\n").documents, IsEmpty());
}

TEST(Yaml, DirectivesABomAndWindowsLineEndsAreFine) {
    const auto document = only("\xEF\xBB\xBF%YAML 1.2\r\n---\r\na: x\r\nb:\r\n  - z\r\n");
    EXPECT_EQ(document.json, Json::parse(R"({"a":"x","b":["z"]})"));
    EXPECT_EQ(document.positions.line_of("a"), 3);
    EXPECT_EQ(document.positions.line_of("b[0]"), 5);
}

TEST(Yaml, PositionsNameTheLineOfEveryValueAndFallBackToTheNearestAbove) {
    const auto document = only(
        "\n# comment\nspec:\n  sources:\n    - name: a\n      filterSubject: x\n    - name: b\n  "
        "text: |\n    one\n    two\n  map: {x: 1,\n    z: 2}\n");
    const auto& at = document.positions;
    EXPECT_EQ(at.line_of(""), 3);
    EXPECT_EQ(at.line_of("spec"), 3);
    EXPECT_EQ(at.line_of("spec.sources"), 4);
    EXPECT_EQ(at.line_of("spec.sources[0].name"), 5);
    EXPECT_EQ(at.line_of("spec.sources[0].filterSubject"), 6);
    EXPECT_EQ(at.line_of("spec.sources[1]"), 7);
    EXPECT_EQ(at.line_of("spec.text"), 8);
    EXPECT_EQ(at.line_of("spec.map.z"), 12);
    EXPECT_EQ(at.line_of("spec.sources[1].domain"), 7);
    EXPECT_EQ(at.line_of("spec.sources[7].external.api"), 4);
    EXPECT_EQ(at.line_of("metadata.name"), 3);
}

TEST(Yaml, AnchorsAliasesAndMergeKeysWork) {
    const auto document = only(
        "base: &base {a: 1, b: 2}\nother: &other {b: 3, c: 4}\none:\n  <<: *base\n  b: 9\ntwo:\n  "
        "<<: [*other, *base]\nthree: *base\nfour: {b: 0, <<: *base}\n'<<': text\n");
    EXPECT_THAT(document.problems, IsEmpty());
    EXPECT_EQ(document.json["one"], Json::parse(R"({"a":1,"b":9})"));
    EXPECT_EQ(document.json["two"], Json::parse(R"({"a":1,"b":3,"c":4})"));
    EXPECT_EQ(document.json["three"], Json::parse(R"({"a":1,"b":2})"));
    EXPECT_EQ(document.json["four"], Json::parse(R"({"a":1,"b":0})"));
    EXPECT_EQ(document.json["<<"], "text");
    EXPECT_EQ(document.positions.line_of("one.b"), 5);
    EXPECT_EQ(document.positions.line_of("one.a"), 1);
}

TEST(Yaml, ADuplicateKeyIsAProblemWithBothLines) {
    const auto document = only("spec:\n  maxAge: 1h\n  replicas: 3\n  maxAge: 2h\n");
    EXPECT_THAT(document.problems,
                ElementsAre(fields::Problem{"spec.maxAge", "appears twice, in lines 2 and 4"}));
    EXPECT_EQ(document.positions.line_of("spec.maxAge"), 4);
    EXPECT_THAT(only("{\"a\": 1,\n \"a\": 2}").problems,
                ElementsAre(fields::Problem{"a", "appears twice, in lines 1 and 2"}));
}

TEST(Yaml, WhatJsonCannotHoldIsAProblem) {
    EXPECT_THAT(only("a: .inf").problems,
                ElementsAre(fields::Problem{"a", ".inf is not a finite number"}));
    EXPECT_THAT(
        only("a: !!binary aGk=").problems,
        ElementsAre(fields::Problem{"a", "the tag !!binary does not go with \"aGk=\" here"}));
    EXPECT_THAT(only("a: !mine {b: 1}").problems,
                ElementsAre(fields::Problem{"a", "the tag !mine means nothing here"}));
    EXPECT_THAT(only("a: !!int x").problems, SizeIs(1));
    EXPECT_THAT(only("a: !!int 3").problems, IsEmpty());
    EXPECT_THAT(only("a:\n  [b]: 1").problems,
                ElementsAre(fields::Problem{"a", "has a key that is not text, in line 2"}));
    EXPECT_THAT(only("a:\n  <<: 3").problems,
                ElementsAre(fields::Problem{"a", "merges (<<) something that is not a mapping"}));
}

TEST(Yaml, ALoneWordAmongTheEntriesOfAMappingIsAProblem) {
    EXPECT_THAT(only("spec:\n  a: 1\n  denyDelete\n").problems,
                ElementsAre(fields::Problem{"spec.denyDelete", "has no \":\" behind it"}));
    EXPECT_THAT(only("a: 1\nb # c: d").problems, SizeIs(1));
    EXPECT_THAT(only("- a:\n  b :\n  \"c\":\n  d: # x\n  e: &f\n- {a, b: }\n").problems, IsEmpty());
}

TEST(Yaml, ASyntaxErrorNamesItsLineInTheFile) {
    EXPECT_EQ(problem_of("a: 1\n---\nb: 1\nc: d: e\n").line, 4);
    EXPECT_THAT(problem_of("a: b: c").message, HasSubstr("quotes"));
    EXPECT_EQ(problem_of("a: [1,\n  2\n"), (SyntaxProblem{2, "a [ is never closed"}));
    EXPECT_EQ(problem_of("a: 'x"), (SyntaxProblem{1, "a quote is never closed"}));
    EXPECT_EQ(problem_of("x: 1\na: *nothing\n").line, 2);
    EXPECT_EQ(problem_of("a: 1\n}\n").line, 2);
    EXPECT_EQ(problem_of("a: @b").line, 1);
}

TEST(Yaml, AQuoteThatIsNeverClosedIsAProblemWhereverTheTextEnds) {
    for (const auto* text : {"a: 'x",
                             "a: 'x\n",
                             "a: \"x\n\n",
                             "a: 'x\nb: 1\n",
                             "- 'x\n# y\n",
                             "a: \"x\\\n",
                             "a: 'x\n---\nb: 1\n",
                             "'x \t\r\n"}) {
        EXPECT_THAT(parse_yaml(text).problems, SizeIs(1)) << text;
    }
}

TEST(Yaml, LineBreaksAtTheEndOfABlockAreKept) {
    EXPECT_EQ(json_of("a: |+\n  x\n\n"), Json::parse(R"({"a":"x\n\n"})"));
    EXPECT_EQ(json_of("a: |\n  x\n"), Json::parse(R"({"a":"x\n"})"));
    EXPECT_EQ(json_of("a: |\n  x"), Json::parse(R"({"a":"x"})"));
    EXPECT_EQ(json_of("a:\n  - |+\n    x\n\n---\n").dump(), R"({"a":["x\n\n"]})");
}

TEST(Yaml, EveryBrokenDocumentOfAFileIsReported) {
    const auto yaml = parse_yaml("a: [\n---\nb: 1\n---\nc: 'x\n");
    ASSERT_THAT(yaml.problems, SizeIs(2));
    EXPECT_THAT(yaml.documents, SizeIs(1));
    EXPECT_GT(yaml.problems[1].line, 4);
}

TEST(Yaml, ATabInTheIndentationIsCalledThat) {
    const auto problem = problem_of("spec:\n\tmaxAge: 1h\n");
    EXPECT_EQ(problem.line, 2);
    EXPECT_EQ(problem.message, "a tab in the indentation; YAML takes only spaces");
}

TEST(Yaml, ARestThatIsIndentedLessIsNotTakenForASecondDocument) {
    EXPECT_EQ(problem_of("  a: 1\nb: 2\n").line, 2);
    EXPECT_EQ(problem_of("- a\nb: 1\n").line, 2);
    EXPECT_EQ(problem_of("{\"a\": 1} {\"b\": 2}").line, 1);
}

TEST(Yaml, ACommaOutsideOfBracketsEndsInAProblemAndNotNever) {
    EXPECT_EQ(problem_of("a: 1\n--- \"b\", c\n").line, 2);
}

TEST(Yaml, WhatIsNotTextOrTooLargeIsRefused) {
    EXPECT_EQ(problem_of("a: 1\nb: \xFF\n"), (SyntaxProblem{2, "is not UTF-8 text"}));
    EXPECT_EQ(problem_of(std::string{"a\0b", 3}).message, "is not UTF-8 text");
    EXPECT_EQ(problem_of("\xFF\xFE"
                         "a"),
              (SyntaxProblem{1, "is not UTF-8 text"}));
    EXPECT_EQ(problem_of("a: 1\nb: 2\rc: 3\n"),
              (SyntaxProblem{2, "a carriage return without a line feed"}));
    EXPECT_EQ(problem_of(std::string(kMostBytes + 1, ' ')),
              (SyntaxProblem{0, "is larger than 8 MiB"}));
}

TEST(Yaml, AliasBombsAndBottomlessNestingAreBounded) {
    std::string laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
    std::string merges = "a0: &a0 {x: 1, y: 2}\n";
    for (int i = 1; i < 10; ++i) {
        const auto name = "a" + std::to_string(i);
        const auto before = "*a" + std::to_string(i - 1);
        laughs += name + ": &" + name + " [";
        merges += name + ": &" + name + " {<<: [";
        for (int j = 0; j < 10; ++j) {
            laughs += before + ",";
            merges += before + ",";
        }
        laughs += "]\n";
        merges += "]}\n";
    }
    EXPECT_THAT(problem_of(laughs).message, HasSubstr("aliases repeat"));
    EXPECT_THAT(problem_of(merges).message, HasSubstr("aliases repeat"));
    EXPECT_THAT(problem_of("&a [*a]").message, HasSubstr("deep"));
    EXPECT_THAT(problem_of("&a [*a, *a]").message, testing::Not(IsEmpty()));
    EXPECT_THAT(problem_of("a: &a\n  <<: *a\n").message, HasSubstr("deep"));
    std::string fat = "a: &a \"" + std::string(1'000'000, 'x') + "\"\nb: [";
    for (int i = 0; i < 1000; ++i) {
        fat += "*a,";
    }
    EXPECT_THAT(problem_of(fat + "]\n").message, HasSubstr("aliases repeat"));
    EXPECT_THAT(problem_of(std::string(200, '[')).message, testing::Not(IsEmpty()));
    EXPECT_THAT(problem_of(std::string(100'000, '[')).message, testing::Not(IsEmpty()));
    EXPECT_THAT(problem_of(std::string(120, '[') + std::string(120, ']')).message,
                HasSubstr("deep"));
}

}  // namespace
}  // namespace headgate::files
