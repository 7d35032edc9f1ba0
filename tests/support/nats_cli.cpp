#include "tests/support/nats_cli.hpp"

#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

#include "tests/support/tools.hpp"

namespace headgate::support {

namespace {

std::string joined(const std::vector<std::string>& args) {
    std::string all = "nats";
    for (const auto& arg : args) {
        all += " " + arg;
    }
    return all;
}

}  // namespace

NatsCli::NatsCli(std::string url, std::vector<std::string> flags)
    : url_(std::move(url)), flags_(std::move(flags)) {}

Output NatsCli::run(std::vector<std::string> args, std::string_view input) const {
    std::vector<std::string> argv{tool("nats"), "--server", url_, "--timeout", "10s"};
    argv.insert(argv.end(), flags_.begin(), flags_.end());
    argv.insert(argv.end(), args.begin(), args.end());
    const auto home = home_.path().string();
    return support::run(Command{.argv = std::move(argv),
                                .env = {{"HOME", home},
                                        {"XDG_CONFIG_HOME", home},
                                        {"XDG_DATA_HOME", home},
                                        {"NO_COLOR", "1"}}},
                        input);
}

std::string NatsCli::text(const std::vector<std::string>& args, std::string_view input) const {
    auto output = run(args, input);
    if (output.exit_code != 0) {
        throw std::runtime_error(joined(args) + " failed: " + output.out + output.err);
    }
    return std::move(output.out);
}

core::Json NatsCli::json(const std::vector<std::string>& args) const {
    const auto command = joined(args);
    const auto output = text(args);
    auto parsed = core::Json::parse(output, nullptr, false);
    if (parsed.is_discarded()) {
        throw std::runtime_error(command + " printed no JSON: " + output);
    }
    return parsed;
}

core::Json NatsCli::request(std::string_view subject, std::string_view payload) const {
    return json({"request", "--raw", std::string{subject}, std::string{payload}});
}

void NatsCli::publish(std::string_view subject, std::string_view body, int count) const {
    text({"publish",
          "--quiet",
          "--count",
          std::to_string(count),
          std::string{subject},
          std::string{body}});
}

}  // namespace headgate::support
