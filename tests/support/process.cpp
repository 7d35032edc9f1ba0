#include "tests/support/process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "tests/support/eventually.hpp"
#include "tests/support/temp_dir.hpp"

namespace headgate::support {

namespace {

class Descriptor {
public:
    Descriptor(const std::filesystem::path& path, int flags)
        : Descriptor(open(path.empty() ? "/dev/null" : path.c_str(), flags | O_CLOEXEC, 0600)) {
        if (number_ < 0) {
            throw std::runtime_error("open " + path.string() + ": " +
                                     std::generic_category().message(errno));
        }
    }

    explicit Descriptor(int number) : number_(number) {}

    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    ~Descriptor() { reset(); }

    void reset() {
        if (number_ >= 0) {
            close(std::exchange(number_, -1));
        }
    }

    [[nodiscard]] int number() const { return number_; }

private:
    int number_;
};

std::vector<std::string> environment_with(const std::map<std::string, std::string>& added) {
    std::vector<std::string> all;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text{*entry};
        if (!added.contains(std::string{text.substr(0, text.find('='))})) {
            all.emplace_back(text);
        }
    }
    for (const auto& [name, value] : added) {
        all.emplace_back(name).append("=").append(value);
    }
    return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    result.reserve(texts.size() + 1);
    for (auto& text : texts) {
        result.push_back(text.data());
    }
    result.push_back(nullptr);
    return result;
}

struct Prepared {
    char* const* argv;
    char* const* env;
    const char* cwd;
    int in;
    int out;
    int err;
    int report;
    pid_t parent;
};

// Between fork and exec, so only async-signal-safe calls: another thread may have held any lock.
[[noreturn]] void become(const Prepared& child) {
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, nullptr);
    std::signal(SIGPIPE, SIG_DFL);  // NOLINT(concurrency-mt-unsafe): the only thread here
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != child.parent) {
        _exit(127);  // the parent ended before the line above: no signal will come
    }
    const bool placed = (child.cwd == nullptr || chdir(child.cwd) == 0) &&
                        dup2(child.in, STDIN_FILENO) >= 0 && dup2(child.out, STDOUT_FILENO) >= 0 &&
                        dup2(child.err, STDERR_FILENO) >= 0;
    if (placed) {
        close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
        execvpe(child.argv[0], child.argv, child.env);
    }
    const int error = errno;
    [[maybe_unused]] const auto written = write(child.report, &error, sizeof error);
    _exit(127);
}

int exit_code_of(int status) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Process::Process(const Command& command) {
    if (command.argv.empty()) {
        throw std::runtime_error("a command needs a program");
    }
    auto argv_texts = command.argv;
    auto env_texts = environment_with(command.env);
    const auto argv = pointers(argv_texts);
    const auto env = pointers(env_texts);

    constexpr int kAppend = O_WRONLY | O_CREAT | O_APPEND;
    const Descriptor in{command.in, O_RDONLY};
    const Descriptor out{command.out, kAppend};
    const Descriptor err{command.err.empty() ? command.out : command.err, kAppend};
    std::array<int, 2> report{-1, -1};
    if (pipe2(report.data(), O_CLOEXEC) != 0) {
        throw std::runtime_error(std::string{"pipe: "} + std::generic_category().message(errno));
    }
    const Descriptor report_read{report[0]};
    Descriptor report_write{report[1]};

    const Prepared prepared{argv.data(),
                            env.data(),
                            command.cwd.empty() ? nullptr : command.cwd.c_str(),
                            in.number(),
                            out.number(),
                            err.number(),
                            report_write.number(),
                            getpid()};
    pid_ = fork();
    if (pid_ == 0) {
        become(prepared);
    }
    if (pid_ < 0) {
        throw std::runtime_error(std::string{"fork: "} + std::generic_category().message(errno));
    }
    report_write.reset();
    int error = 0;
    // The write end closes at exec, so nothing to read means that the program runs.
    if (read(report_read.number(), &error, sizeof error) > 0) {
        kill();
        throw std::runtime_error("start " + command.argv.front() + ": " +
                                 std::generic_category().message(error));
    }
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), exit_code_(std::exchange(other.exit_code_, {})) {}

Process& Process::operator=(Process&& other) noexcept {
    if (this != &other) {
        kill();
        pid_ = std::exchange(other.pid_, -1);
        exit_code_ = std::exchange(other.exit_code_, {});
    }
    return *this;
}

Process::~Process() {
    kill();
}

bool Process::running() {
    return pid_ > 0 && !wait(std::chrono::milliseconds{0}).has_value();
}

bool Process::ended() {
    int status = 0;
    if (!exit_code_ && waitpid(pid_, &status, WNOHANG) == pid_) {
        exit_code_ = exit_code_of(status);
    }
    return exit_code_.has_value();
}

std::optional<int> Process::wait(std::chrono::milliseconds time) {
    if (pid_ <= 0) {
        return exit_code_.value_or(0);
    }
    const bool in_time = eventually([this] { return ended(); }, time, std::chrono::milliseconds{2});
    return in_time ? exit_code_ : std::nullopt;
}

void Process::signal(int number) const {
    // A child that was waited for has no pid any more; the number may be somebody else's by now.
    if (pid_ > 0 && !exit_code_.has_value()) {
        ::kill(pid_, number);
    }
}

int Process::terminate(std::chrono::milliseconds grace) {
    signal(SIGTERM);
    signal(SIGCONT);
    if (const auto code = wait(grace)) {
        return *code;
    }
    return kill();
}

int Process::kill() {
    signal(SIGKILL);
    return wait(std::chrono::hours{1}).value_or(-1);
}

void Process::pause() {
    signal(SIGSTOP);
    int status = 0;
    // The signal alone only asks: threads on other cores go on for a moment.
    if (pid_ > 0 && !exit_code_ && waitpid(pid_, &status, WUNTRACED) == pid_ &&
        !WIFSTOPPED(status)) {
        exit_code_ = exit_code_of(status);
    }
}

void Process::resume() const {
    signal(SIGCONT);
}

Output run(Command command, std::string_view input, std::chrono::milliseconds time) {
    const TempDir dir;
    command.out = dir / "out";
    command.err = dir / "err";
    if (!input.empty()) {
        command.in = dir / "in";
        write_file(command.in, input);
    }
    Process process{command};
    const auto code = process.wait(time);
    if (!code) {
        process.kill();
        throw std::runtime_error(command.argv.front() + " still runs after " +
                                 std::to_string(time.count()) + " ms; it printed:\n" +
                                 read_file(command.out) + read_file(command.err));
    }
    return Output{*code, read_file(command.out), read_file(command.err)};
}

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::binary};
    std::ostringstream text;
    if (file && file.peek() != std::ifstream::traits_type::eof()) {
        text << file.rdbuf();
    }
    return text.str();
}

void write_file(const std::filesystem::path& path, std::string_view text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream file{path, std::ios::binary | std::ios::trunc};
    file << text;
    if (!file.flush()) {
        throw std::runtime_error("cannot write " + path.string());
    }
}

}  // namespace headgate::support
