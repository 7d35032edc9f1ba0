#include "files/manifests.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headgate::files {
namespace {

using reconcilers::Kind;
using reconcilers::ObjectKey;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Loaded load_text(std::string text, std::string path = "x.yaml") {
    return load(std::vector{SourceFile{std::move(path), std::move(text)}});
}

std::vector<std::string> problems_of(const Loaded& loaded) {
    std::vector<std::string> texts;
    for (const auto& problem : loaded.problems) {
        texts.push_back(to_text(problem));
    }
    return texts;
}

std::vector<std::string> problems_in(std::string text) {
    return problems_of(load_text(std::move(text)));
}

const std::string kHead = "apiVersion: headgate.io/v1alpha1\nkind: StreamConfig\n";

std::string stream(const std::string& name, const std::string& spec = "{subjects: [a]}") {
    return kHead + "metadata: {name: " + name + "}\nspec: " + spec + "\n";
}

TEST(Manifests, ADocumentBecomesADeclaration) {
    const auto loaded = load_text(
        "# comment\n" + kHead +
        "metadata:\n  name: orders\n  namespace: agents\n  labels: {team: a}\n  annotations:\n    "
        "headgate.io/reconcile: \"7\"\n    headgate.io/paused: \"true\"\n    other/x: z\n"
        "spec:\n  name: ORDERS\n  subjects: [orders.>]\n  maxAge: 1h\nstatus: {conditions: []}\n");
    EXPECT_THAT(problems_of(loaded), IsEmpty());
    EXPECT_THAT(loaded.notes, IsEmpty());
    ASSERT_THAT(loaded.declarations, SizeIs(1));
    const auto& declaration = loaded.declarations.front();
    EXPECT_EQ(declaration.key, (ObjectKey{Kind::StreamConfig, "agents", "orders"}));
    EXPECT_EQ(declaration.generation, 1);
    EXPECT_EQ(declaration.origin, "x.yaml:2");
    EXPECT_EQ(declaration.annotations,
              (reconcilers::Annotations{.reconcile = "7", .paused = true}));
    ASSERT_TRUE(declaration.parsed.desired);
    EXPECT_EQ(declaration.parsed.desired->stream.name.value(), "ORDERS");
    EXPECT_TRUE(declaration.uid.empty());
    EXPECT_FALSE(declaration.deleting);
}

TEST(Manifests, NoNamespaceMeansDefault) {
    const auto loaded = load_text(stream("a"));
    ASSERT_THAT(loaded.declarations, SizeIs(1));
    EXPECT_EQ(loaded.declarations.front().key.ns, "default");
}

TEST(Manifests, WhatKubectlPrintsIsRead) {
    const auto loaded = load_text(
        "apiVersion: v1\nkind: List\nmetadata: {resourceVersion: \"\"}\nitems:\n"
        "- apiVersion: headgate.io/v1alpha1\n  kind: StateBucket\n"
        "  metadata: {name: a, uid: u, resourceVersion: \"5\", generation: 3, creationTimestamp: "
        "2026-01-02T03:04:05Z, finalizers: [headgate.io/cleanup], managedFields: []}\n"
        "  spec: {}\n  status: {observedGeneration: 3}\n"
        "- apiVersion: v1\n  kind: Secret\n"
        "- apiVersion: headgate.io/v1alpha1\n  kind: StateBucket\n  metadata: {name: b}\n  spec:\n "
        "   ttl: soon\n");
    EXPECT_THAT(problems_of(loaded),
                ElementsAre(testing::StartsWith("x.yaml:16: items[2].spec.ttl: ")));
    ASSERT_THAT(loaded.declarations, SizeIs(1));
    EXPECT_EQ(loaded.declarations.front().key.name, "a");
    EXPECT_EQ(loaded.declarations.front().generation, 1);
    EXPECT_THAT(loaded.declarations.front().finalizers, IsEmpty());
    EXPECT_THAT(loaded.notes,
                ElementsAre("x.yaml:10: skipped v1 Secret, which is not of headgate.io"));
}

TEST(Manifests, ListsOfItsOwnKindsAreUnfolded) {
    const auto loaded = load_text(
        "apiVersion: headgate.io/v1alpha1\nkind: StateBucketList\nitems:\n- {apiVersion: "
        "headgate.io/v1alpha1, kind: StateBucket, metadata: {name: a}, spec: {}}\n");
    EXPECT_THAT(problems_of(loaded), IsEmpty());
    EXPECT_THAT(loaded.declarations, SizeIs(1));
    EXPECT_THAT(problems_in("apiVersion: v1\nkind: List\nitems: 3\n"),
                ElementsAre("x.yaml:3: items: must be a list"));
    EXPECT_THAT(problems_in("apiVersion: v1\nkind: List\nkind: List\nitems: []\n"),
                ElementsAre(HasSubstr("appears twice")));
}

TEST(Manifests, KindsOfOtherGroupsAreSkippedWithANote) {
    const auto loaded = load_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {a: 1, a: "
        "2}\n---\napiVersion: apps/v1\nkind: Deployment\n---\n" +
        stream("a"));
    EXPECT_THAT(problems_of(loaded), IsEmpty());
    EXPECT_THAT(loaded.declarations, SizeIs(1));
    EXPECT_THAT(loaded.notes,
                ElementsAre("x.yaml:1: skipped v1 ConfigMap, which is not of headgate.io",
                            "x.yaml:6: skipped apps/v1 Deployment, which is not of headgate.io"));
}

TEST(Manifests, ASlipInGroupVersionOrKindIsNotSkipped) {
    EXPECT_THAT(
        problems_in("apiVersion: headgate.io/v1\nkind: StreamConfig\nmetadata: {name: a}\nspec: "
                    "{subjects: [a]}\n"),
        ElementsAre(
            "x.yaml:1: apiVersion: \"headgate.io/v1\" is not known; write headgate.io/v1alpha1"));
    EXPECT_THAT(problems_in("apiVersion: headgate.oi/v1alpha1\nkind: StreamConfig\nmetadata: "
                            "{name: a}\nspec: {subjects: [a]}\n"),
                ElementsAre("x.yaml:1: apiVersion: \"headgate.oi/v1alpha1\" is not known; write "
                            "headgate.io/v1alpha1"));
    EXPECT_THAT(
        problems_in(
            "apiVersion: headgate.io/v1alpha1\nkind: StreamConfg\nmetadata: {name: a}\nspec: {}\n"),
        ElementsAre("x.yaml:2: kind: \"StreamConfg\" is not one of StateBucket, StreamConfig; did "
                    "you mean StreamConfig?"));
}

TEST(Manifests, WhatIsRequiredIsAskedForAllAtOnce) {
    EXPECT_THAT(problems_in("a: 1\n"),
                ElementsAre("x.yaml:1: a: unknown field",
                            "x.yaml:1: apiVersion: is required; write headgate.io/v1alpha1",
                            "x.yaml:1: kind: is required; one of StateBucket, StreamConfig",
                            "x.yaml:1: metadata.name: is required"));
    EXPECT_THAT(problems_in(kHead + "metadata:\n  namespace: a\n"),
                ElementsAre("x.yaml:3: metadata.name: is required"));
    EXPECT_THAT(problems_in(kHead + "metadata: {name: a}\nspec:\n"),
                ElementsAre("x.yaml:4: spec: is required; write spec: {} for all defaults"));
}

TEST(Manifests, UnknownFieldsNameTheNearestKnownOne) {
    EXPECT_THAT(problems_in(kHead + "metadata:\n  name: a\n  namspace: b\nspec:\n  subjects: [a]\n "
                                    " maxage: 1h\nspce: {}\n"),
                ElementsAre("x.yaml:5: metadata.namspace: unknown field; did you mean namespace?",
                            "x.yaml:8: spec.maxage: unknown field; did you mean maxAge?",
                            "x.yaml:9: spce: unknown field; did you mean spec?"));
}

TEST(Manifests, SpecProblemsNameFileLineAndField) {
    EXPECT_THAT(
        problems_in(kHead +
                    "metadata: {name: a}\nspec:\n  subjects: [a]\n  maxAge: 1 hour\n  replicas:\n  "
                    "  - 3\n  sources:\n    - name: x\n    - filterSubject: z\n"),
        ElementsAre(testing::StartsWith("x.yaml:6: spec.maxAge: \"1 hour\" is not a duration"),
                    testing::StartsWith("x.yaml:7: spec.replicas: "),
                    "x.yaml:11: spec.sources[1].name: is required"));
}

TEST(Manifests, NamesFollowKubernetes) {
    const auto name_problem = [](const std::string& name) {
        return problems_in(stream(name, "{name: S, subjects: [a]}"));
    };
    EXPECT_THAT(name_problem("a.b-c.9"), IsEmpty());
    for (const auto* name : {"A", "a_b", "-a", "a-", "a..b", ".a", "a/b", "\"\\u00fc\"", "a-.b"}) {
        EXPECT_THAT(name_problem(name), ElementsAre(HasSubstr(" is not a name: "))) << name;
    }
    EXPECT_THAT(name_problem(std::string(254, 'a')), ElementsAre(HasSubstr("is not a name")));
    EXPECT_THAT(name_problem("12"), ElementsAre("x.yaml:3: metadata.name: must be text, not 12"));
    EXPECT_THAT(problems_in(kHead + "metadata: {name: a, namespace: a.b}\nspec: {subjects: [a]}\n"),
                ElementsAre(HasSubstr("metadata.namespace: \"a.b\" is not a namespace")));
    EXPECT_THAT(problems_in(kHead + "metadata: {name: a, namespace: [b]}\nspec: {subjects: [a]}\n"),
                ElementsAre(HasSubstr("metadata.namespace: must be text")));
    EXPECT_THAT(problems_in(kHead + "metadata: [a]\nspec: {subjects: [a]}\n"),
                ElementsAre("x.yaml:3: metadata: must be a mapping of fields, not [\"a\"]"));
}

TEST(Manifests, AnnotationsAndLabelsAreText) {
    EXPECT_THAT(problems_in(kHead + "metadata:\n  name: a\n  annotations:\n    headgate.io/paused: "
                                    "true\n  labels: {a: 1}\nspec: {subjects: [a]}\n"),
                ElementsAre("x.yaml:6: metadata.annotations.headgate.io/paused: must be text, not "
                            "true; put it in quotes",
                            "x.yaml:7: metadata.labels.a: must be text, not 1; put it in quotes"));
    EXPECT_THAT(
        problems_in(kHead + "metadata: {name: a, annotations: [b]}\nspec: {subjects: [a]}\n"),
        ElementsAre(HasSubstr("metadata.annotations: must be a mapping of text to text")));
}

TEST(Manifests, AnAnnotationThatNobodyReadsIsNoted) {
    const auto loaded = load_text(
        kHead +
        "metadata:\n  name: a\n  annotations:\n    headgate.io/aprove: x\nspec: {subjects: [a]}\n");
    EXPECT_THAT(loaded.declarations, SizeIs(1));
    EXPECT_THAT(loaded.notes,
                ElementsAre("x.yaml:6: metadata.annotations.headgate.io/aprove: nobody reads this "
                            "annotation; did you mean headgate.io/approve?"));
}

TEST(Manifests, DuplicateKeysAreProblemsOfTheirDocument) {
    const auto loaded = load_text(
        kHead + "metadata: {name: a}\nspec:\n  subjects: [a]\n  maxAge: 1h\n  maxAge: 2h\n---\n" +
        stream("b"));
    EXPECT_THAT(problems_of(loaded),
                ElementsAre("x.yaml:7: spec.maxAge: appears twice, in lines 6 and 7"));
    EXPECT_EQ(loaded.problems.front().key, (ObjectKey{Kind::StreamConfig, "default", "a"}));
    ASSERT_THAT(loaded.declarations, SizeIs(1));
    EXPECT_EQ(loaded.declarations.front().key.name, "b");
}

TEST(Manifests, TheSameObjectTwiceNamesBothPlacesAndTheFirstStands) {
    const auto loaded = load(std::vector{
        SourceFile{"a.yaml", stream("a", "{subjects: [one]}")},
        SourceFile{"b.yaml",
                   stream("b", "{subjects: [b]}") + "---\n" + stream("a", "{subjects: [two]}")}});
    EXPECT_THAT(
        problems_of(loaded),
        ElementsAre("b.yaml:6: StreamConfig default/a is declared twice: here and at a.yaml:1"));
    ASSERT_THAT(loaded.declarations, SizeIs(2));
    EXPECT_EQ(loaded.declarations.front().origin, "a.yaml:1");
}

TEST(Manifests, TheSameNameInAnotherNamespaceOrKindIsAnother) {
    const auto loaded =
        load_text(stream("a") + "---\n" + kHead +
                  "metadata: {name: a, namespace: b}\nspec: {subjects: [b]}\n---\napiVersion: "
                  "headgate.io/v1alpha1\nkind: StateBucket\nmetadata: {name: a}\nspec: {}\n");
    EXPECT_THAT(problems_of(loaded), IsEmpty());
    EXPECT_THAT(loaded.declarations, SizeIs(3));
}

TEST(Manifests, ABrokenDocumentKeepsItsKeyAndItsProblems) {
    const auto loaded = load_text(stream("a", "{maxAge: x}"));
    EXPECT_THAT(loaded.declarations, IsEmpty());
    ASSERT_THAT(loaded.invalid, SizeIs(1));
    EXPECT_EQ(loaded.invalid.front().key.name, "a");
    EXPECT_FALSE(loaded.invalid.front().parsed.desired);
    ASSERT_THAT(loaded.invalid.front().parsed.problems, testing::Not(IsEmpty()));
    EXPECT_EQ(loaded.problems.front().key, loaded.invalid.front().key);
    EXPECT_FALSE(loaded.problems.front().whole_file);
}

TEST(Manifests, AFileWithASyntaxErrorDeclaresNothingAndTheOthersGoAhead) {
    const auto loaded = load(std::vector{SourceFile{"a.yaml", stream("a") + "---\nb: [\n"},
                                         SourceFile{"b.yaml", stream("b")}});
    ASSERT_THAT(loaded.problems, SizeIs(1));
    EXPECT_TRUE(loaded.problems.front().whole_file);
    EXPECT_THAT(to_text(loaded.problems.front()),
                testing::StartsWith("a.yaml:6: a [ is never closed"));
    ASSERT_THAT(loaded.declarations, SizeIs(1));
    EXPECT_EQ(loaded.declarations.front().key.name, "b");
}

TEST(Manifests, WhatIsNoMappingIsNoManifest) {
    EXPECT_THAT(problems_in("hello\n"), ElementsAre(HasSubstr("x.yaml:1: is not a manifest")));
    EXPECT_THAT(problems_in("- a\n"), ElementsAre(HasSubstr("is not a manifest")));
}

TEST(Manifests, AgeOrdersByPathThenByDocument) {
    std::string many;
    for (int i = 0; i < 12; ++i) {
        many += stream("s" + std::to_string(i)) + "---\n";
    }
    const auto loaded = load(std::vector{SourceFile{"a.yaml", many},
                                         SourceFile{"a.yaml.d/x.yaml", stream("x")},
                                         SourceFile{"b.yaml", stream("w")}});
    ASSERT_THAT(loaded.declarations, SizeIs(14));
    for (std::size_t i = 1; i < loaded.declarations.size(); ++i) {
        EXPECT_LT(loaded.declarations[i - 1].age, loaded.declarations[i].age);
    }
}

TEST(Manifests, ABlankFileIsToldFromOneWithOnlyComments) {
    const auto loaded = load(std::vector{
        SourceFile{"a.yaml", " \n\n"}, SourceFile{"b.yaml", ""}, SourceFile{"c.yaml", "# off\n"}});
    EXPECT_THAT(loaded.blank, ElementsAre("a.yaml", "b.yaml"));
    EXPECT_THAT(loaded.problems, IsEmpty());
}

}  // namespace
}  // namespace headgate::files
