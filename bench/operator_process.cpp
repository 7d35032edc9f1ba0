#include "bench/operator_process.hpp"

#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <unistd.h>
#include <vector>

#include "tests/support/http.hpp"

namespace headgate::bench {

namespace {

constexpr std::chrono::seconds kEndTime{30};
constexpr std::size_t kShownOutput = 2000;

void fill_in(std::string& text, std::string_view place, std::string_view value) {
    if (const auto at = text.find(place); at != std::string::npos) {
        text.replace(at, place.size(), value);
    }
}

}  // namespace

OperatorProcess::OperatorProcess(std::string command,
                                 std::string_view kubeconfig,
                                 std::string_view nats)
    : command_(std::move(command)) {
    fill_in(command_, "{kubeconfig}", kubeconfig);
    fill_in(command_, "{nats}", nats);
    fill_in(command_, "{listen}", port_.address());
}

void OperatorProcess::start() {
    process_ =
        support::Process{{.argv = {"/bin/sh", "-c", "exec " + command_}, .out = dir_ / "output"}};
}

void OperatorProcess::stop() {
    process_.terminate(kEndTime);
}

void OperatorProcess::require_running() {
    if (process_.running()) {
        return;
    }
    auto said = support::read_file(dir_ / "output");
    if (said.size() > kShownOutput) {
        said.erase(0, said.size() - kShownOutput);
    }
    throw std::runtime_error("the operator has ended: " + said);
}

// proc(5): utime and stime are the 14th and 15th fields; the name before may hold spaces.
double OperatorProcess::cpu_seconds() const {
    const auto stat = support::read_file("/proc/" + std::to_string(process_.pid()) + "/stat");
    const auto after_name = stat.rfind(')');
    if (after_name == std::string::npos) {
        return 0;
    }
    std::istringstream fields{stat.substr(after_name + 1)};
    std::string skipped;
    constexpr int kBetween = 11;
    for (int i = 0; i < kBetween; ++i) {
        fields >> skipped;
    }
    double user = 0;
    double system = 0;
    fields >> user >> system;
    return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double OperatorProcess::status_megabytes(std::string_view field) const {
    const auto status = support::read_file("/proc/" + std::to_string(process_.pid()) + "/status");
    const auto at = status.find(field);
    constexpr double kKibibyte = 1024;
    return at == std::string::npos
               ? 0
               : std::strtod(status.c_str() + at + field.size(), nullptr) * kKibibyte / 1e6;
}

double OperatorProcess::resident() const {
    return status_megabytes("VmRSS:");
}

double OperatorProcess::peak_resident() const {
    return status_megabytes("VmHWM:");
}

double OperatorProcess::metric(std::string_view series) const {
    const auto reply = support::http_get(port_.number(), "/metrics");
    if (!reply || reply->status != 200) {
        return -1;
    }
    double sum = -1;
    std::istringstream lines{reply->body};
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(series)) {
            sum = std::max(sum, 0.0) + std::strtod(line.c_str() + line.rfind(' '), nullptr);
        }
    }
    return sum;
}

}  // namespace headgate::bench
