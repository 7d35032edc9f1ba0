#include "tests/cli/fixture.hpp"

#include <map>
#include <utility>

#include <nlohmann/json.hpp>

#include "tests/support/eventually.hpp"
#include "tests/support/paths.hpp"

namespace headgate::cli {

namespace {

// An empty variable counts as not set.
const std::map<std::string, std::string> kNoSettings{
    {"NATS_URL", ""}, {"HEADGATE_SERVER", ""}, {"KUBERNETES_SERVICE_HOST", ""}};

std::vector<std::string> command_line(const std::vector<std::string>& args) {
    std::vector<std::string> argv{program()};
    argv.insert(argv.end(), args.begin(), args.end());
    return argv;
}

}  // namespace

std::string program() {
    return support::binary_dir() / "headgate";
}

support::Output headgate(const std::vector<std::string>& args, std::string_view input) {
    return support::run({.argv = command_line(args), .env = kNoSettings}, input);
}

std::string stream_config(std::string_view name, std::string_view spec) {
    return "---\napiVersion: headgate.io/v1alpha1\nkind: StreamConfig\nmetadata: {name: " +
           std::string{name} + "}\nspec: " + std::string{spec} + "\n";
}

support::Output CliTest::on_server(std::vector<std::string> args, std::string_view input) const {
    args.insert(args.end(), {"--server", server_.url()});
    return headgate(args, input);
}

std::string CliTest::manifest(const std::string& name, std::string_view text) const {
    support::write_file(dir_ / name, text);
    return (dir_ / name).string();
}

core::Json CliTest::config_of(const std::string& stream) const {
    const auto reply = nats_.request("$JS.API.STREAM.INFO." + stream);
    return reply.contains("config") ? reply.at("config") : core::Json{};
}

void CliTest::count_writes() const {
    const auto made = nats_.request(
        "$JS.API.STREAM.CREATE.EVENTS",
        R"({"name": "EVENTS", "storage": "memory", "subjects": ["$JS.EVENT.ADVISORY.STREAM.>", "$JS.EVENT.ADVISORY.CONSUMER.>"]})");
    ASSERT_FALSE(made.contains("error")) << made;
    // Its own creation is the first event.
    ASSERT_TRUE(support::eventually([&] { return writes() == 1; }));
}

int CliTest::writes() const {
    return nats_.request("$JS.API.STREAM.INFO.EVENTS").at("state").at("messages").get<int>();
}

RunningProgram::RunningProgram(std::vector<std::string> args) {
    args.insert(args.end(), {"--listen", port_.address()});
    process_ = support::Process{
        {.argv = command_line(args), .env = kNoSettings, .out = dir_ / "out", .err = dir_ / "err"}};
}

bool RunningProgram::prints(std::string_view text) const {
    return support::eventually([&] { return out().find(text) != std::string::npos; });
}

}  // namespace headgate::cli
