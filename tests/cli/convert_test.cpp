// Manifests of the official operator, converted and applied to a real server: our own, and all that
// its release brings as examples.
#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "convert/field_map.hpp"
#include "convert/official.hpp"
#include "files/yaml.hpp"
#include "tests/cli/fixture.hpp"

namespace headgate::cli {
namespace {

namespace fs = std::filesystem;
using core::Json;
using testing::HasSubstr;
using testing::IsEmpty;

std::string official(std::string_view kind, std::string_view name, std::string_view spec) {
    return "---\napiVersion: jetstream.nats.io/v1beta2\nkind: " + std::string{kind} +
           "\nmetadata: {name: " + std::string{name} + "}\nspec: " + std::string{spec} + "\n";
}

class ConvertTest : public CliTest {
protected:
    /// Converts the files, which must work, and gives what came of them.
    support::Output converted(const std::vector<std::string>& paths) const {
        std::vector<std::string> args{"convert"};
        for (const auto& path : paths) {
            args.insert(args.end(), {"-f", path});
        }
        auto output = headgate(args);
        EXPECT_EQ(output.exit_code, 0) << output.err;
        return output;
    }
};

TEST_F(ConvertTest, WhatTheOfficialOperatorMadeIsTakenOver) {
    const auto make = [&](const char* subject, const char* body) {
        const auto reply = nats_.request(std::string{"$JS.API."} + subject, body);
        ASSERT_FALSE(reply.contains("error")) << reply;
    };
    make("STREAM.CREATE.ORDERS",
         R"({"name": "ORDERS", "subjects": ["orders.*"], "max_age": 3600000000000, "max_msgs": -1,
             "storage": "memory", "num_replicas": 1, "duplicate_window": 120000000000})");
    make("CONSUMER.CREATE.ORDERS.push",
         R"({"stream_name": "ORDERS", "config": {"durable_name": "push", "name": "push",
             "deliver_subject": "d", "ack_policy": "none", "ack_wait": 1, "deliver_policy":
             "last"}})");
    const auto streams =
        manifest("orders.yaml",
                 official("Stream", "orders", "{name: ORDERS, subjects: [orders.*], maxAge: 1h}") +
                     official("KeyValue", "kv", "{bucket: kv, history: 3}"));
    const auto consumers = manifest(
        "consumers.yaml",
        official(
            "Consumer",
            "push",
            "{streamName: ORDERS, durableName: push, deliverSubject: d, deliverPolicy: last}"));
    nats_.text({"kv", "add", "kv", "--history", "3"});
    const auto yaml = converted({consumers, streams}).out;
    const auto plan = on_server({"plan", "-f", "-"}, yaml);
    EXPECT_EQ(plan.exit_code, 0) << plan.out << plan.err;
    EXPECT_THAT(plan.out, HasSubstr("2 to adopt"));
    EXPECT_EQ(on_server({"apply", "-f", "-"}, yaml).exit_code, 0);
    EXPECT_THAT(on_server({"plan", "-f", "-"}, yaml).out, HasSubstr("2 as declared"));
}

TEST_F(ConvertTest, ProblemsAndNotesNameFileLineAndField) {
    const auto file = manifest("x.yaml",
                               official("Stream", "a", "\n  name: a\n  maxmsgs: 5\n  account: b") +
                                   official("Stream", "b", "\n  name: b\n  maxAge: 1 hour") +
                                   official("Stream", "c", "{name: c, name: c}") +
                                   official("Stream", "good", "{name: good, preventDelete: true}"));
    const auto output = headgate({"convert", "-f", file});
    EXPECT_EQ(output.exit_code, 1);
    EXPECT_THAT(output.err,
                HasSubstr(file + ":7: spec.maxmsgs: unknown field; did you mean maxMsgs?\n"));
    EXPECT_THAT(output.err, HasSubstr("note: " + file + ":8: spec.account: is not carried over"));
    EXPECT_THAT(output.err, HasSubstr(file + ":15: spec.maxAge: \"1 hour\" is not a duration"));
    EXPECT_THAT(output.err, HasSubstr(file + ":20: spec.name: appears twice"));
    EXPECT_THAT(output.out, HasSubstr("  name: good\n"));
    EXPECT_THAT(output.out, testing::Not(HasSubstr("name: c")));
}

TEST_F(ConvertTest, AConsumerAloneIsACommentToGoOnWith) {
    const auto file = manifest(
        "c.yaml", official("Consumer", "c", "{streamName: S, durableName: c, ackPolicy: none}"));
    const auto output = converted({file});
    EXPECT_EQ(output.out,
              "---\n# " + file +
                  ":2: for the consumers of the StreamConfig of stream S:\n# - ackPolicy: None\n"
                  "#   name: c\n");
    EXPECT_THAT(output.err,
                HasSubstr("note: " + file + ":2: the Stream of this Consumer, S, is not"));
    EXPECT_EQ(headgate({"plan", "-f", "-"}, output.out).exit_code, 0);
}

TEST_F(ConvertTest, AListOfKubectlIsReadAndJsonWritten) {
    const auto input = R"({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "jetstream.nats.io/v1beta2", "kind": "Stream", "metadata": {"name": "s"},
         "spec": {"name": "s"}},
        {"apiVersion": "jetstream.nats.io/v1beta2", "kind": "Consumer", "metadata": {"name": "c"},
         "spec": {"streamName": "s", "durableName": "c", "ackWait": 5}}]})";
    const auto bad = headgate({"convert", "-f", "-"}, input);
    EXPECT_EQ(bad.exit_code, 1);
    EXPECT_THAT(bad.err, HasSubstr("items[1].spec.ackWait: 5 is not a duration"));
    const auto good = headgate({"convert", "-f", "-", "-o", "json"},
                               std::regex_replace(input, std::regex{", \"ackWait\": 5"}, ""));
    EXPECT_EQ(good.exit_code, 0) << good.err;
    const auto items = Json::parse(good.out).at("items");
    ASSERT_EQ(items.size(), 1U);
    EXPECT_EQ(items[0].at("spec").at("consumers").size(), 1U);
}

TEST_F(ConvertTest, AFileThatIsNotThereIsAnError) {
    const auto output = headgate({"convert", "-f", folder() + "/nothing.yaml"});
    EXPECT_EQ(output.exit_code, 1);
    EXPECT_THAT(output.err, HasSubstr("there is no such file"));
}

fs::path release() {
    return fs::canonical(support::tool("nack-manifests"));
}

/// Every YAML text of the official release that has a resource in it: its files, and the examples
/// of its README.
std::vector<std::pair<std::string, std::string>> official_examples() {
    std::vector<std::pair<std::string, std::string>> texts;
    for (const auto& entry : fs::recursive_directory_iterator{release()}) {
        const auto extension = entry.path().extension();
        if ((extension == ".yml" || extension == ".yaml") &&
            entry.path().filename() != "crds.yml") {
            texts.emplace_back(fs::relative(entry.path(), release()).string(),
                               support::read_file(entry.path()));
        }
    }
    std::sort(texts.begin(), texts.end());
    const auto readme = support::read_file(release() / "README.md");
    constexpr std::string_view kFence = "```yaml\n";
    for (std::size_t at = 0; (at = readme.find(kFence, at)) != std::string::npos;) {
        at += kFence.size();
        const auto end = readme.find("```", at);
        texts.emplace_back("README-" + std::to_string(at) + ".yaml", readme.substr(at, end - at));
    }
    std::erase_if(texts, [](const auto& text) {
        return text.second.find("jetstream.nats.io/v1beta2") == std::string::npos;
    });
    return texts;
}

struct Content {
    std::set<std::string> streams;
    std::set<std::string> wanted;  ///< Of consumers.
};

Content content_of(const std::string& text) {
    Content content;
    for (const auto& document : files::parse_yaml(text).documents) {
        const auto kind = document.json.value("kind", std::string{});
        if (kind == "Stream") {
            content.streams.insert(document.json.at("spec").at("name"));
        } else if (kind == "Consumer") {
            content.wanted.insert(document.json.at("spec").at("streamName"));
        }
    }
    return content;
}

TEST(OfficialExamples, AllConvertAndApply) {
    const auto examples = official_examples();
    EXPECT_GE(examples.size(), 12U);
    std::size_t applied = 0;
    for (const auto& [name, text] : examples) {
        SCOPED_TRACE(name);
        auto input = text;
        const auto content = content_of(text);
        for (const auto& stream : content.wanted) {
            // The stream of a consumer is in a file of its own.
            for (const auto& [other, candidate] : examples) {
                if (!content.streams.contains(stream) && content_of(candidate).wanted.empty() &&
                    content_of(candidate).streams.contains(stream)) {
                    input += "\n---\n" + candidate;
                    break;
                }
            }
        }
        const auto output = headgate({"convert", "-f", "-"}, input);
        ASSERT_EQ(output.exit_code, 0) << output.err;
        if (output.out.empty()) {
            EXPECT_THAT(output.err, HasSubstr("an Account is a connection"));
            continue;
        }
        // Two accounts with a stream of one name: here that is one claim too many.
        const bool two_accounts = text.find("name: foo-a") != std::string::npos;
        const support::NatsServer server;
        const auto done = headgate(
            {"apply", "-f", "-", "--replica-limit", "1", "--server", server.url()}, output.out);
        EXPECT_EQ(done.exit_code, two_accounts ? 2 : 0) << done.err << done.out << output.out;
        ++applied;
    }
    EXPECT_GE(applied, 10U);
}

void add_names(std::span<const convert::Line> lines,
               const std::string& path,
               std::set<std::string>& names) {
    for (const auto& line : lines) {
        const auto name = path + "." + std::string{line.official};
        names.insert(name);
        add_names(line.inner, name, names);
    }
}

void add_names(const Json& schema, const std::string& path, std::set<std::string>& names) {
    const auto& object = schema.contains("items") ? schema.at("items") : schema;
    if (!object.is_object()) {
        return;  // Said by name alone.
    }
    const auto properties = object.value("properties", Json::object());
    for (const auto& [name, inner] : properties.items()) {
        names.insert(path + "." + name);
        // Where the certificates are is nothing to carry over.
        if (name != "tls") {
            add_names(inner, path + "." + name, names);
        }
    }
}

TEST(OfficialSchema, EveryFieldHasALine) {
    std::set<std::string> known;
    add_names(convert::stream_lines(), "Stream", known);
    add_names(convert::consumer_lines(), "Consumer", known);
    add_names(convert::key_value_lines(), "KeyValue", known);
    std::set<std::string> all;
    for (const auto& document :
         files::parse_yaml(support::read_file(release() / "deploy/crds.yml")).documents) {
        const std::string kind = document.json.at("spec").at("names").at("kind");
        for (const auto& version : document.json.at("spec").at("versions")) {
            if (version.at("name") == "v1beta2" &&
                (kind == "Stream" || kind == "Consumer" || kind == "KeyValue")) {
                add_names(version.at("schema").at("openAPIV3Schema").at("properties").at("spec"),
                          kind,
                          all);
            }
        }
    }
    EXPECT_GT(all.size(), 100U);
    for (const auto& name : all) {
        // Those inside a bucket's lost transforms are lost with them.
        EXPECT_TRUE(known.contains(name) || name.find(".subjectTransforms.") != std::string::npos)
            << name;
    }
}

}  // namespace
}  // namespace headgate::cli
