#include "tests/e2e/program.hpp"

#include <cstdlib>
#include <sstream>
#include <utility>

#include "tests/support/eventually.hpp"
#include "tests/support/http.hpp"

namespace headgate::e2e {

namespace {

constexpr std::chrono::seconds kEndTime{60};

std::vector<std::string> command_line(std::vector<std::string> args) {
    args.insert(args.begin(), HEADGATE_PROGRAM);
    return args;
}

}  // namespace

support::Output headgate(std::vector<std::string> args, std::string_view input) {
    return support::run({.argv = command_line(std::move(args))}, input);
}

Program::Program(std::vector<std::string> args) : args_(command_line(std::move(args))) {
    args_.push_back("--listen=" + port_.address());
    restart();
}

void Program::restart() {
    if (process_.running()) {
        stop();
    }
    process_ = support::Process{{.argv = args_, .out = dir_ / "output"}};
}

int Program::stop() {
    return process_.terminate(kEndTime);
}

bool Program::ready() const {
    const auto reply = support::http_get(port_.number(), "/readyz");
    return reply && reply->status == 200;
}

double Program::metric(std::string_view series) const {
    const auto reply = support::http_get(port_.number(), "/metrics");
    if (!reply) {
        return 0;
    }
    double sum = 0;
    std::istringstream lines{reply->body};
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(series)) {
            sum += std::strtod(line.c_str() + line.rfind(' '), nullptr);
        }
    }
    return sum;
}

bool Program::looks_at_all_again(std::size_t objects, int times) const {
    const auto passes = [this] { return metric("headgate_reconcile_total{"); };
    const auto enough = passes() + static_cast<double>(times) * static_cast<double>(objects);
    return support::eventually(
        [&] { return passes() >= enough; }, support::kPatience, std::chrono::milliseconds{50});
}

std::string Program::output() const {
    return support::read_file(dir_ / "output");
}

}  // namespace headgate::e2e
