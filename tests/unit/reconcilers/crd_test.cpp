#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "reconcilers/resources/resource.hpp"

namespace headgate::resources {
namespace {

using core::Json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

Json version_of(Kind kind) {
    return custom_resource_definition(kind)["spec"]["versions"][0];
}

Json schema_of(Kind kind) {
    return version_of(kind)["schema"]["openAPIV3Schema"];
}

// Calls `visit(path, schema, inside a list)` for every schema below `schema`.
void walk(const Json& schema,
          const std::string& path,
          bool in_list,
          const std::function<void(const std::string&, const Json&, bool)>& visit) {
    visit(path, schema, in_list);
    if (schema.contains("properties")) {
        for (const auto& [name, property] : schema["properties"].items()) {
            walk(property, path + "." + name, in_list, visit);
        }
    }
    if (schema.contains("items")) {
        walk(schema["items"], path + "[]", true, visit);
    }
}

class Crd : public ::testing::TestWithParam<Kind> {
protected:
    static std::vector<std::string> spec_fields_where(
        const std::function<bool(const std::string&, const Json&, bool)>& holds) {
        std::vector<std::string> found;
        const auto schema = schema_of(GetParam());
        walk(schema["properties"]["spec"],
             "spec",
             false,
             [&](const std::string& path, const Json& field, bool in_list) {
                 if (holds(path, field, in_list)) {
                     found.push_back(path);
                 }
             });
        return found;
    }
};

INSTANTIATE_TEST_SUITE_P(Kinds,
                         Crd,
                         ::testing::Values(Kind::StateBucket, Kind::StreamConfig),
                         [](const auto& test) { return std::string{core::name_of(test.param)}; });

TEST_P(Crd, IsNamedAsTheContractSays) {
    const auto crd = custom_resource_definition(GetParam());
    const bool bucket = GetParam() == Kind::StateBucket;
    EXPECT_EQ(crd["apiVersion"], "apiextensions.k8s.io/v1");
    EXPECT_EQ(crd["kind"], "CustomResourceDefinition");
    EXPECT_EQ(crd["metadata"]["name"],
              bucket ? "statebuckets.headgate.io" : "streamconfigs.headgate.io");
    EXPECT_EQ(crd["spec"]["group"], "headgate.io");
    EXPECT_EQ(crd["spec"]["scope"], "Namespaced");
    EXPECT_EQ(
        crd["spec"]["names"],
        bucket
            ? Json::parse(
                  R"({"kind": "StateBucket", "listKind": "StateBucketList", "plural": "statebuckets", "singular": "statebucket", "shortNames": ["sbkt"], "categories": ["headgate"]})")
            : Json::parse(
                  R"({"kind": "StreamConfig", "listKind": "StreamConfigList", "plural": "streamconfigs", "singular": "streamconfig", "shortNames": ["stc"], "categories": ["headgate"]})"));
    ASSERT_EQ(crd["spec"]["versions"].size(), 1U);
    EXPECT_EQ(version_of(GetParam())["name"], "v1alpha1");
    EXPECT_EQ(version_of(GetParam())["served"], true);
    EXPECT_EQ(version_of(GetParam())["storage"], true);
    EXPECT_EQ(version_of(GetParam())["subresources"], Json::parse(R"({"status": {}})"));
}

TEST_P(Crd, ColumnsAreThoseOfTheContract) {
    std::vector<std::string> names;
    std::vector<std::string> wide;
    const auto version = version_of(GetParam());
    for (const auto& column : version["additionalPrinterColumns"]) {
        (column.value("priority", 0) == 0 ? names : wide).push_back(column["name"]);
    }
    if (GetParam() == Kind::StateBucket) {
        EXPECT_THAT(names,
                    ElementsAre("Ready", "Reason", "Stream", "Replicas", "TTL", "History", "Age"));
    } else {
        EXPECT_THAT(
            names,
            ElementsAre("Ready", "Reason", "Stream", "Replicas", "Retention", "Max-Age", "Age"));
    }
    EXPECT_THAT(wide, ElementsAre("Message"));
}

TEST_P(Crd, EveryFieldIsDescribed) {
    const auto bare = spec_fields_where([](const std::string& path, const Json& field, bool) {
        return !path.ends_with("[]") && field.value("description", "").size() < 5;
    });
    EXPECT_THAT(bare, IsEmpty());
}

TEST_P(Crd, EveryTextListAndMapIsBounded) {
    const auto unbounded = spec_fields_where([](const std::string&, const Json& field, bool) {
        const auto type = field.value("type", "");
        const bool size = field.value("x-kubernetes-int-or-string", false);
        return ((type == "string" || size) && !field.contains("maxLength") &&
                !field.contains("enum")) ||
               (type == "array" && !field.contains("maxItems")) ||
               (field.contains("additionalProperties") &&
                (!field.contains("maxProperties") ||
                 !field["additionalProperties"].contains("maxLength"))) ||
               (type.empty() && !size);
    });
    EXPECT_THAT(unbounded, IsEmpty());
}

TEST_P(Crd, EveryNumberHasALeastValue) {
    const auto unbounded = spec_fields_where([](const std::string&, const Json& field, bool) {
        return field.value("type", "") == "integer" && !field.contains("minimum");
    });
    EXPECT_THAT(unbounded, IsEmpty());
}

TEST_P(Crd, NothingIsDefaultedInsideAList) {
    EXPECT_THAT(spec_fields_where([](const std::string&, const Json& field, bool in_list) {
                    return in_list && field.contains("default");
                }),
                IsEmpty());
}

TEST_P(Crd, EveryListSaysHowItIsMerged) {
    EXPECT_THAT(spec_fields_where([](const std::string&, const Json& field, bool) {
                    return field.value("type", "") == "array" &&
                           !field.contains("x-kubernetes-list-type");
                }),
                IsEmpty());
}

TEST_P(Crd, ColumnsThatShowDefaultsHaveThem) {
    const auto properties = schema_of(GetParam())["properties"]["spec"]["properties"];
    EXPECT_EQ(properties["replicas"]["default"], 1);
    EXPECT_EQ(properties["storage"]["default"], "File");
    EXPECT_EQ(properties["deletionPolicy"]["default"], "Retain");
    EXPECT_EQ(properties["adoptionPolicy"]["default"], "Never");
    EXPECT_EQ(properties["managementPolicy"]["default"], "Manage");
    EXPECT_EQ(
        properties[GetParam() == Kind::StateBucket ? "history" : "retention"].contains("default"),
        true);
}

TEST_P(Crd, StatusStartsAtGenerationMinusOne) {
    const auto status = schema_of(GetParam())["properties"]["status"];
    EXPECT_EQ(status["default"], Json::parse(R"({"observedGeneration": -1})"));
    EXPECT_EQ(status["properties"]["observedGeneration"]["default"], -1);
    EXPECT_EQ(status["properties"]["conditions"]["x-kubernetes-list-type"], "map");
    EXPECT_EQ(status["properties"]["conditions"]["x-kubernetes-list-map-keys"],
              Json::parse(R"(["type"])"));
    EXPECT_EQ(status["properties"]["consumers"]["x-kubernetes-list-map-keys"],
              Json::parse(R"(["name"])"));
    EXPECT_FALSE(status["properties"]["observedGeneration"].contains("minimum"));
}

TEST_P(Crd, SpecIsRequiredButMayBeEmpty) {
    const auto schema = schema_of(GetParam());
    EXPECT_EQ(schema["required"], Json::parse(R"(["spec"])"));
    EXPECT_FALSE(schema["properties"]["spec"].contains("required"));
}

std::vector<std::string> rules_of(Kind kind) {
    std::vector<std::string> rules;
    const auto schema = schema_of(kind);
    for (const auto& rule : schema["x-kubernetes-validations"]) {
        EXPECT_GT(rule["message"].get<std::string>().size(), 20U);
        rules.push_back(rule["rule"]);
    }
    return rules;
}

constexpr auto kConnectionStays =
    "has(self.spec.connection) == has(oldSelf.spec.connection) && (!has(self.spec.connection) || "
    "self.spec.connection == oldSelf.spec.connection)";

TEST(CrdRules, ImmutableFieldsOfAStreamAreCheckedAtTheRootOverTheEffectiveValue) {
    EXPECT_THAT(rules_of(Kind::StreamConfig),
                ElementsAre("(has(self.spec.name) ? self.spec.name : self.metadata.name) == "
                            "(has(oldSelf.spec.name) ? oldSelf.spec.name : oldSelf.metadata.name)",
                            "self.spec.storage == oldSelf.spec.storage",
                            "has(self.spec.firstSequence) == has(oldSelf.spec.firstSequence) && "
                            "(!has(self.spec.firstSequence) || self.spec.firstSequence == "
                            "oldSelf.spec.firstSequence)",
                            "self.spec.allowMsgCounter == oldSelf.spec.allowMsgCounter",
                            "self.spec.persistMode == oldSelf.spec.persistMode",
                            kConnectionStays,
                            "!has(self.spec.mirror) || (has(oldSelf.spec.mirror) && "
                            "self.spec.mirror == oldSelf.spec.mirror)"));
}

TEST(CrdRules, ImmutableFieldsOfABucketAreCheckedAtTheRootOverTheEffectiveValue) {
    EXPECT_THAT(
        rules_of(Kind::StateBucket),
        ElementsAre("(has(self.spec.bucket) ? self.spec.bucket : self.metadata.name) == "
                    "(has(oldSelf.spec.bucket) ? oldSelf.spec.bucket : oldSelf.metadata.name)",
                    "self.spec.storage == oldSelf.spec.storage",
                    kConnectionStays,
                    "!has(self.spec.mirror) || (has(oldSelf.spec.mirror) && self.spec.mirror == "
                    "oldSelf.spec.mirror)"));
}

TEST(CrdSchema, ConsumersAreAMapByName) {
    const auto consumers =
        schema_of(Kind::StreamConfig)["properties"]["spec"]["properties"]["consumers"];
    EXPECT_EQ(consumers["x-kubernetes-list-type"], "map");
    EXPECT_EQ(consumers["x-kubernetes-list-map-keys"], Json::parse(R"(["name"])"));
    EXPECT_EQ(consumers["items"]["required"], Json::parse(R"(["name"])"));
}

// Every enumerator that manifests may hold; nothing else ends up in an enum, an empty name least.
TEST_P(Crd, EnumsHoldOnlyNamesOfManifests) {
    const auto strange = spec_fields_where([](const std::string&, const Json& field, bool) {
        if (!field.contains("enum")) {
            return false;
        }
        return field["enum"].empty() ||
               std::any_of(field["enum"].begin(), field["enum"].end(), [](const Json& name) {
                   return name.get<std::string>().empty() ||
                          std::islower(name.get<std::string>()[0]) != 0;
               });
    });
    EXPECT_THAT(strange, IsEmpty());
}

TEST_P(Crd, AnExampleOfEveryTypeHasTheRightSchema) {
    const auto properties = schema_of(GetParam())["properties"]["spec"]["properties"];
    EXPECT_EQ(properties["maxBytes"]["x-kubernetes-int-or-string"], true);
    EXPECT_EQ(properties["maxBytes"]["minimum"], 1);
    EXPECT_EQ(properties["replicas"]["maximum"], 5);
    EXPECT_EQ(properties["metadata"]["additionalProperties"]["type"], "string");
    EXPECT_EQ(properties["placement"]["properties"]["tags"]["items"]["type"], "string");
}

TEST(ReferencePage, HasARowForEveryFieldOfTheSchema) {
    for (const auto kind : kKinds) {
        const auto page = reference_page(kind);
        walk(schema_of(kind)["properties"]["spec"],
             "spec",
             false,
             [&](const std::string& path, const Json&, bool) {
                 if (path != "spec") {
                     EXPECT_THAT(page, ::testing::HasSubstr("| `" + path)) << path;
                 }
             });
        EXPECT_THAT(page, Not(::testing::HasSubstr("`allow_msg_ttl` |\n")));
    }
}

}  // namespace
}  // namespace headgate::resources
