// The same declarations from a directory: `headgate run`, `plan`, `apply`, `get` and `delete`.
#include <chrono>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/e2e/manifest.hpp"
#include "tests/e2e/platform.hpp"
#include "tests/e2e/program.hpp"
#include "tests/e2e/recorder.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/http.hpp"
#include "tests/support/nats_cli.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/temp_dir.hpp"

namespace headgate::e2e {
namespace {

using core::Json;
using support::eventually;
using support::NatsCli;
using support::NatsCluster;
using support::NatsServer;
using support::TempDir;
using support::write_file;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

namespace fs = std::filesystem;

double applied(const Program& program) {
    return program.metric("headgate_objects{kind=\"StreamConfig\",reason=\"Applied\"") +
           program.metric("headgate_objects{kind=\"StateBucket\",reason=\"Applied\"");
}

class Directory : public testing::Test {
protected:
    void write(const fs::path& name, const std::string& text) const {
        write_file(dir_ / "manifests" / name, text);
    }

    [[nodiscard]] fs::path path() const { return dir_ / "manifests"; }

    [[nodiscard]] Program run(std::vector<std::string> more = {}) const {
        std::vector<std::string> args{"run", "-f", path(), "--server", nats_.url()};
        args.insert(args.end(), more.begin(), more.end());
        return Program{args};
    }

    /// One command over the directory.
    [[nodiscard]] support::Output once(std::vector<std::string> args) const {
        args.insert(args.end(), {"-f", path(), "--server", nats_.url()});
        return headgate(args);
    }

    /// The objects of `-o json`, by name.
    [[nodiscard]] std::map<std::string, Json> objects(std::vector<std::string> args,
                                                      int exit_code) const {
        args.insert(args.end(), {"-o", "json"});
        const auto output = once(args);
        EXPECT_EQ(output.exit_code, exit_code) << output.out << output.err;
        std::map<std::string, Json> by_name;
        const auto printed = Json::parse(output.out);
        for (const auto& object : printed.at("objects")) {
            by_name[object.at("name")] = object;
        }
        return by_name;
    }

    TempDir dir_;
    NatsServer nats_;
    NatsCli cli_{nats_.url()};
};

// A document of its own, deleted with its declaration: a slip would show.
std::string deletable(const std::string& name) {
    return stream("files", name, "{subjects: [" + name + "], deletionPolicy: Delete}");
}

TEST(DirectoryPlatform, EveryFigureIsOnTheServersAndAnotherRunWritesNothing) {
    NatsCluster cluster;
    const NatsCli nats{cluster.server(0).url()};
    Recorder recorder{{cluster.server(0).url(), cluster.server(1).url(), cluster.server(2).url()}};
    const TempDir dir;
    write_file(dir / "platform.yaml", platform_manifest());
    const std::vector<std::string> common{
        "-f", dir.path(), "--server", cluster.server(1).url() + "," + cluster.server(2).url()};
    const auto with = [&](std::vector<std::string> args) {
        args.insert(args.end(), common.begin(), common.end());
        return args;
    };
    const auto planned = headgate(with({"plan"}));
    EXPECT_EQ(planned.exit_code, 2) << planned.out << planned.err;
    EXPECT_THAT(recorder.writes(), IsEmpty());

    Program program{with({"run", "--resync=2s"})};
    ASSERT_TRUE(eventually([&] { return applied(program) == 7; })) << program.output();
    expect_platform(nats);
    const auto writes = recorder.writes();
    EXPECT_THAT(writes, SizeIs(7 + 3)) << program.output();
    EXPECT_TRUE(program.looks_at_all_again(7));
    EXPECT_EQ(program.stop(), 0) << program.output();

    program.restart();
    ASSERT_TRUE(eventually([&] { return applied(program) == 7; })) << program.output();
    EXPECT_TRUE(program.looks_at_all_again(7));
    for (const auto* command : {"plan", "apply", "get"}) {
        const auto output = headgate(with({command}));
        EXPECT_EQ(output.exit_code, 0) << output.out << output.err;
        EXPECT_THAT(output.out, HasSubstr("task-execution")) << command;
    }
    EXPECT_EQ(headgate(with({"run", "--once"})).exit_code, 0);
    EXPECT_EQ(recorder.writes(), writes);
}

TEST_F(Directory, NoSlipDeletesOrRewritesAnythingOnTheServer) {
    const auto pair = deletable("alpha") + deletable("beta");
    const auto single = deletable("gamma");
    write("pair.yaml", pair);
    write("single.yaml", single);
    auto program = run({"--resync=1s"});
    ASSERT_TRUE(eventually([&] { return applied(program) == 3; })) << program.output();
    Recorder recorder{{nats_.url()}};
    std::map<std::string, Json> before;
    const auto now = [&] {
        std::map<std::string, Json> infos;
        for (const auto* name : {"alpha", "beta", "gamma"}) {
            const auto info = stream_info(cli_, name);
            infos[name] = {info.value("created", ""), info.value("config", Json())};
        }
        return infos;
    };
    before = now();
    // Several times as long as it takes to notice, to settle, and to be sure that something is
    // gone.
    const auto nothing_happens = [&](const std::string& slip) {
        EXPECT_TRUE(support::always([&] { return now() == before; },
                                    std::chrono::seconds{2},
                                    std::chrono::milliseconds{200}))
            << slip;
        EXPECT_THAT(recorder.writes(), IsEmpty()) << slip;
    };

    write("pair.yaml", pair + "---\nkind: [unclosed\n");
    EXPECT_TRUE(eventually([&] {
        return program.output().find("pair.yaml:") != std::string::npos;
    })) << program.output();
    nothing_happens("a syntax error");
    write("pair.yaml", "");
    nothing_happens("an emptied file");
    write("pair.yaml", pair);
    fs::rename(path() / "single.yaml", path() / "renamed.yaml");
    nothing_happens("a renamed file");
    fs::rename(path(), dir_ / "away");
    nothing_happens("a directory that is gone");
    fs::create_directory(path());
    nothing_happens("an empty directory");
    fs::rename(dir_ / "away/renamed.yaml", path() / "single.yaml");
    fs::rename(dir_ / "away/pair.yaml", path() / "pair.yaml");
    nothing_happens("a directory that is back");

    // It did read all along: what is truly removed is gone, and nothing else.
    write("new.yaml", deletable("delta"));
    EXPECT_TRUE(eventually([&] { return stream_exists(cli_, "delta"); })) << program.output();
    fs::remove(path() / "single.yaml");
    EXPECT_TRUE(eventually([&] { return !stream_exists(cli_, "gamma"); })) << program.output();
    EXPECT_THAT(recorder.writes(), ElementsAre("STREAM.CREATE.delta", "STREAM.DELETE.gamma"));
    EXPECT_TRUE(stream_exists(cli_, "alpha"));
    EXPECT_EQ(program.stop(), 0) << program.output();
}

TEST_F(Directory, ASymlinkSwapIsOneStepAndToTheSameContentNone) {
    // As the kubelet mounts a ConfigMap: ..data points to a folder of its own for each version.
    const auto mount = [&](const std::string& version, const std::string& text) {
        write("..v" + version + "/one.yaml", text);
        fs::remove(path() / "..data_tmp");
        fs::create_directory_symlink("..v" + version, path() / "..data_tmp");
        fs::rename(path() / "..data_tmp", path() / "..data");
    };
    const auto text = deletable("alpha") + deletable("beta");
    mount("1", text);
    fs::create_symlink("..data/one.yaml", path() / "one.yaml");
    auto program = run();
    ASSERT_TRUE(eventually([&] { return applied(program) == 2; })) << program.output();
    Recorder recorder{{nats_.url()}};

    mount("2", text);
    fs::remove_all(path() / "..v1");
    EXPECT_TRUE(support::always([&] { return recorder.writes().empty(); },
                                std::chrono::seconds{2},
                                std::chrono::milliseconds{200}));
    mount(
        "3",
        deletable("alpha") +
            stream("files", "beta", "{subjects: [beta], maxMessages: 5, deletionPolicy: Delete}"));
    fs::remove_all(path() / "..v2");
    EXPECT_TRUE(eventually([&] { return stream_config(cli_, "beta").at("max_msgs") == 5; }))
        << program.output();
    EXPECT_THAT(recorder.writes(), ElementsAre("STREAM.UPDATE.beta"));
}

TEST_F(Directory, ABadDocumentIsNamedByFileLineAndFieldAndTheOthersGoAhead) {
    write("fields.yaml",
          "apiVersion: headgate.io/v1alpha1\n"
          "kind: StreamConfig\n"
          "metadata: {name: fields}\n"
          "spec:\n"
          "  subjects: [fields]\n"
          "  maxAgee: 1h\n"
          "  maxAge: 1 hour\n"
          "  storage: Disk\n"
          "  replicas: three\n");
    write("twice.yaml",
          "apiVersion: headgate.io/v1alpha1\n"
          "kind: StateBucket\n"
          "metadata: {name: twice}\n"
          "spec:\n"
          "  ttl: 1h\n"
          "  ttl: 2h\n");
    write("pull.yaml",
          "apiVersion: headgate.io/v1alpha1\n"
          "kind: StreamConfig\n"
          "metadata: {name: pull}\n"
          "spec:\n"
          "  consumers:\n"
          "    - name: reader\n"
          "      rateLimitBps: 1000\n");
    write("same-1.yaml", stream("files", "same", "{subjects: [same]}"));
    write("same-2.yaml", stream("files", "same", "{subjects: [same]}"));
    write("good.yaml", stream("files", "good", "{subjects: [good]}"));
    const auto file = [&](const std::string& name) { return (path() / name).string() + ":"; };

    const auto planned = once({"plan"});
    EXPECT_EQ(planned.exit_code, 1) << planned.out;
    const auto said = planned.out + planned.err;
    EXPECT_THAT(
        said,
        HasSubstr(file("fields.yaml") + "6: spec.maxAgee: unknown field; did you mean maxAge?"));
    EXPECT_THAT(said,
                HasSubstr(file("fields.yaml") + "7: spec.maxAge: \"1 hour\" is not a duration"));
    EXPECT_THAT(said, HasSubstr(file("fields.yaml") + "8: spec.storage"));
    EXPECT_THAT(said, HasSubstr(file("fields.yaml") + "9: spec.replicas"));
    EXPECT_THAT(said, HasSubstr(file("twice.yaml") + "6: spec.ttl"));
    EXPECT_THAT(said, HasSubstr(file("pull.yaml") + "7: spec.consumers[0].rateLimitBps"));
    EXPECT_THAT(said, AllOf(HasSubstr(file("same-1.yaml")), HasSubstr(file("same-2.yaml"))));

    EXPECT_EQ(once({"apply"}).exit_code, 1);
    EXPECT_TRUE(stream_exists(cli_, "good"));
    EXPECT_FALSE(stream_exists(cli_, "fields"));
    EXPECT_FALSE(stream_exists(cli_, "pull"));

    auto program = run();
    EXPECT_TRUE(eventually([&] {
        return program.output().find(file("fields.yaml") + "7: spec.maxAge") != std::string::npos;
    })) << program.output();
    write("good.yaml", stream("files", "good", "{subjects: [good], maxMessages: 5}"));
    EXPECT_TRUE(eventually([&] { return stream_config(cli_, "good").at("max_msgs") == 5; }))
        << program.output();
}

TEST_F(Directory, ABadDocumentKeepsItsLastGoodDeclarationWhileOthersMove) {
    write("one.yaml", deletable("alpha"));
    write("two.yaml", deletable("beta"));
    auto program = run({"--resync=1s"});
    ASSERT_TRUE(eventually([&] { return applied(program) == 2; })) << program.output();
    write("one.yaml", stream("files", "alpha", "{subjects: [alpha], maxAge: soon}"));
    write("two.yaml",
          stream("files", "beta", "{subjects: [beta], maxMessages: 5, deletionPolicy: Delete}"));
    EXPECT_TRUE(eventually([&] { return stream_config(cli_, "beta").at("max_msgs") == 5; }));
    EXPECT_TRUE(eventually([&] {
        return program.output().find("one.yaml:5: spec.maxAge") != std::string::npos;
    })) << program.output();
    cli_.text({"stream", "edit", "alpha", "--max-msgs=3", "--force"});
    EXPECT_TRUE(eventually([&] { return stream_config(cli_, "alpha").at("max_msgs") == -1; }))
        << "what it declared last is still kept true: " << program.output();
}

TEST_F(Directory, TheLogHasOneLineForEachChangeAndTheEndpointsMoreWhereAsked) {
    write("one.yaml", stream("default", "one", "{consumers: [{name: c}]}"));
    auto program = run({"--log-level=info",
                        "--log-format=json",
                        "--resync=200ms",
                        "--asset-metrics=10",
                        "--debug-endpoint"});
    ASSERT_TRUE(eventually([&] { return applied(program) == 1; })) << program.output();
    ASSERT_TRUE(program.looks_at_all_again(1, 3));
    const auto lines_about_it = [&] {
        std::vector<Json> lines;
        std::istringstream output{program.output()};
        for (std::string line; std::getline(output, line);) {
            const auto json = Json::parse(line, nullptr, false);
            if (json.is_object() && json.value("object", "") == "StreamConfig default/one") {
                lines.push_back(json);
            }
        }
        return lines;
    };
    ASSERT_THAT(lines_about_it(), SizeIs(1)) << program.output();
    const auto made = lines_about_it().front();
    EXPECT_THAT(made.at("msg"), HasSubstr("create stream one"));
    EXPECT_EQ(made.at("stream"), "one");
    EXPECT_EQ(made.at("reason"), "Applied");
    EXPECT_THAT(made.at("duration"), testing::EndsWith("ms"));
    write("one.yaml", stream("default", "one", "{maxAge: 1h, consumers: [{name: c}]}"));
    EXPECT_TRUE(eventually([&] { return lines_about_it().size() == 2; })) << program.output();

    EXPECT_EQ(program.metric("headgate_consumer_pending{consumer=\"c\""), 0);
    EXPECT_TRUE(eventually([&] {
        return support::http_get(program.port(), "/metrics")
                   ->body.find("headgate_stream_bytes{kind=\"StreamConfig\",name=\"one\"") !=
               std::string::npos;
    }));
    const auto debug = Json::parse(support::http_get(program.port(), "/debug")->body);
    EXPECT_EQ(debug.at("loops").at(0).at("connection"), "default");
    EXPECT_EQ(debug.at("loops").at(0).at("objects"), 1);
    EXPECT_EQ(program.stop(), 0) << program.output();
}

TEST_F(Directory, TwoDeclarationsOfOneStreamAreAConflictThatNamesTheHolder) {
    write("a.yaml", stream("files", "first", "{name: SHARED, subjects: [first]}"));
    write("b.yaml", stream("files", "second", "{name: SHARED, subjects: [second]}"));
    const auto result = objects({"apply"}, 2);
    EXPECT_EQ(result.at("first").at("reason"), "Applied");
    EXPECT_EQ(result.at("second").at("reason"), "Conflict");
    EXPECT_THAT(result.at("second").at("message").get<std::string>(), HasSubstr("files/first"));
    EXPECT_THAT(stream_config(cli_, "SHARED").at("subjects"), ElementsAre("first"));
}

TEST_F(Directory, TheCommandsSayWhatWouldHappenDoItAndUndoIt) {
    write(
        "one.yaml",
        deletable("gone") + stream("files", "kept", "{subjects: [kept], consumers: [{name: c}]}"));
    auto result = objects({"plan"}, 2);
    EXPECT_THAT(result.at("kept").at("plan").at("changes"), SizeIs(2));
    EXPECT_FALSE(stream_exists(cli_, "kept"));
    result = objects({"apply"}, 0);
    EXPECT_EQ(result.at("kept").at("reason"), "Applied");
    EXPECT_THAT(objects({"plan"}, 0), SizeIs(2));
    EXPECT_EQ(objects({"get"}, 0).at("gone").at("reason"), "Applied");

    cli_.publish("kept", "message", 20);
    ASSERT_TRUE(
        eventually([&] { return stream_info(cli_, "kept").at("state").at("messages") == 20; }));
    write(
        "one.yaml",
        deletable("gone") +
            stream("files", "kept", "{subjects: [kept], maxMessages: 5, consumers: [{name: c}]}"));
    const auto text = once({"plan"});
    EXPECT_EQ(text.exit_code, 2);
    EXPECT_THAT(text.out,
                AllOf(HasSubstr("ApprovalRequired"),
                      HasSubstr("15 of 20 messages"),
                      Not(HasSubstr("\x1b["))));
    result = objects({"apply"}, 2);
    EXPECT_EQ(result.at("kept").at("reason"), "ApprovalRequired");
    EXPECT_EQ(result.at("gone").at("reason"), "Applied");
    EXPECT_EQ(stream_info(cli_, "kept").at("state").at("messages"), 20);

    EXPECT_EQ(once({"delete"}).exit_code, 0);
    EXPECT_FALSE(stream_exists(cli_, "gone"));
    EXPECT_EQ(stream_info(cli_, "kept").at("state").at("messages"), 20);
}

TEST_F(Directory, AServerThatIsAwayIsWaitedForAndACommandSaysSo) {
    write("one.yaml", deletable("alpha"));
    nats_.stop();
    EXPECT_EQ(once({"plan"}).exit_code, 1);
    EXPECT_EQ(once({"apply"}).exit_code, 1);
    auto program = run({"--outage-grace=1s"});
    EXPECT_TRUE(eventually([&] {
        return program.metric(
                   "headgate_objects{kind=\"StreamConfig\",reason=\"ConnectionFailed\"") == 1;
    })) << program.output();
    nats_.restart();
    EXPECT_TRUE(eventually([&] { return applied(program) == 1; })) << program.output();
    EXPECT_EQ(program.stop(), 0) << program.output();
}

}  // namespace
}  // namespace headgate::e2e
