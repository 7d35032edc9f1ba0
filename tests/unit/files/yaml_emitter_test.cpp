#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "files/yaml.hpp"
#include "reconcilers/resources/resource.hpp"

namespace headgate::files {
namespace {

using core::Json;

TEST(YamlEmitter, WritesAManifestInTheOrderPeopleReadIt) {
    const auto json = Json::parse(
        R"({"spec":{"subjects":["orders.>","-"],"consumers":[{"name":"w","backoff":["1s"]},{"name":"v"}],"replicas":3,"placement":{},"tags":[]},
        "metadata":{"labels":{"a":"1"},"namespace":"agents","name":"orders"},"kind":"StreamConfig","apiVersion":"headgate.io/v1alpha1"})");
    EXPECT_EQ(to_yaml(json),
              "apiVersion: headgate.io/v1alpha1\n"
              "kind: StreamConfig\n"
              "metadata:\n"
              "  name: orders\n"
              "  namespace: agents\n"
              "  labels:\n"
              "    a: \"1\"\n"
              "spec:\n"
              "  consumers:\n"
              "  - backoff:\n"
              "    - 1s\n"
              "    name: w\n"
              "  - name: v\n"
              "  placement: {}\n"
              "  replicas: 3\n"
              "  subjects:\n"
              "  - orders.>\n"
              "  - \"-\"\n"
              "  tags: []\n");
}

TEST(YamlEmitter, TextOfSeveralLinesIsABlockThatReadsBackTheSame) {
    EXPECT_EQ(to_yaml(Json{{"a", "one\n\n  two\n"}}), "a: |\n  one\n\n    two\n");
    EXPECT_EQ(to_yaml(Json{{"a", "one\n---\n# two"}}), "a: |-\n  one\n  ---\n  # two\n");
}

TEST(YamlEmitter, WhatItWritesReadsBackTheSame) {
    const std::vector<std::string> texts{"",
                                         " ",
                                         "a",
                                         "yes",
                                         "No",
                                         "12",
                                         "1e3",
                                         "0x1F",
                                         "~",
                                         "null",
                                         "a: b",
                                         "a #b",
                                         "#a",
                                         "a:",
                                         ":a",
                                         "- a",
                                         "-",
                                         "---",
                                         "--- a",
                                         "...",
                                         "*",
                                         "&a",
                                         "!a",
                                         "|",
                                         ">",
                                         "%a",
                                         "@a",
                                         "`a",
                                         "'a'",
                                         "\"a\"",
                                         "a\nb",
                                         "a\nb\n",
                                         "a\nb\n\n",
                                         "\na",
                                         " a\nb",
                                         "a\n b\n",
                                         "a \nb",
                                         "a\tb",
                                         "\ta\nb",
                                         "a\r\nb",
                                         "\n",
                                         "\\",
                                         "a\\nb",
                                         "Zürich",
                                         "😀",
                                         "2026-01-02",
                                         "12:30",
                                         "<<",
                                         "=",
                                         "?",
                                         "? a",
                                         "[a",
                                         "a]",
                                         "{",
                                         "a, b",
                                         "a{b}",
                                         "\x01",
                                         "\x7F",
                                         "x\x7Fy\nz",
                                         std::string(3000, 'x'),
                                         std::string(3000, ' '),
                                         "a\n   \nb",
                                         "\xC2\x85",
                                         "\xE2\x80\xA8",
                                         "a\xE2\x80\xA8\nb",
                                         "\xEF\xBB\xBF"};
    Json all = Json::array();
    Json map = Json::object();
    for (const auto& text : texts) {
        all.push_back(text);
        map[text] = Json{{"k", text}, {"l", {text, {text}}}};
    }
    const Json everything{
        {"list", all},
        {"map", map},
        {"nested", {{{1, 2}, {{"a", nullptr}}, Json::array(), {Json::object(), {Json::array()}}}}},
        {"numbers", {0, -1, 1.5, 1e300, UINT64_MAX, INT64_MIN, true, false, nullptr}}};
    const auto text = to_yaml(everything);
    const auto yaml = parse_yaml(text);
    ASSERT_TRUE(yaml.problems.empty())
        << yaml.problems.front().line << yaml.problems.front().message << "\n"
        << text;
    ASSERT_EQ(yaml.documents.size(), 1U);
    EXPECT_THAT(yaml.documents.front().problems, testing::IsEmpty());
    EXPECT_EQ(yaml.documents.front().json, everything)
        << Json::diff(everything, yaml.documents.front().json).dump(1);
}

TEST(YamlEmitter, ScalarsAndEmptyValuesStandAlone) {
    for (const auto& json : {Json("x"),
                             Json(3),
                             Json::object(),
                             Json::array(),
                             Json("a\nb"),
                             Json(Json::array_t{1, "no"})}) {
        const auto yaml = parse_yaml(to_yaml(json));
        ASSERT_EQ(yaml.documents.size(), 1U) << json;
        EXPECT_EQ(yaml.documents.front().json, json);
    }
}

TEST(YamlEmitter, TheDefinitionsOfTheKindsReadBackTheSame) {
    for (const auto kind : resources::kKinds) {
        const auto definition = resources::custom_resource_definition(kind);
        const auto yaml = parse_yaml(to_yaml(definition));
        ASSERT_EQ(yaml.documents.size(), 1U);
        EXPECT_EQ(yaml.documents.front().json, definition);
    }
}

}  // namespace
}  // namespace headgate::files
