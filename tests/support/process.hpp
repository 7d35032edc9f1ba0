// Process: a child that ends with the test that started it, even when that test crashes. Output
// goes to files, so a child never blocks on a full pipe and its last words survive it.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace headgate::support {

struct Command {
    std::vector<std::string> argv;           ///< argv[0] with a slash, or found in PATH.
    std::map<std::string, std::string> env;  ///< Added to the test's own environment.
    std::filesystem::path cwd;               ///< Empty: the test's own.
    std::filesystem::path out;               ///< Appended to. Empty: /dev/null.
    std::filesystem::path err;               ///< Appended to. Empty: the same file as `out`.
    std::filesystem::path in;                ///< Read by the child. Empty: /dev/null.
};

class Process {
public:
    /// No process.
    Process() = default;

    /// Starts it. The kernel kills the child once the *thread* that called this has ended, so
    /// start children from a thread that outlives them (a test's main thread does). Throws
    /// std::runtime_error where the program cannot be executed.
    explicit Process(const Command& command);

    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    Process(Process&& other) noexcept;
    Process& operator=(Process&& other) noexcept;

    /// Kills what still runs.
    ~Process();

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }

    [[nodiscard]] bool running();

    /// The exit code (128 + signal for a death by signal) once it has ended, nothing when it still
    /// runs after `time`.
    [[nodiscard]] std::optional<int> wait(std::chrono::milliseconds time);

    void signal(int number) const;

    /// SIGTERM, then SIGKILL for what still runs after `grace`. Gives the exit code.
    int terminate(std::chrono::milliseconds grace = std::chrono::seconds{10});

    /// SIGKILL, as a crash or a power cut would. Gives the exit code.
    int kill();

    /// SIGSTOP: alive, its ports still open, yet answering nothing from when this returns.
    void pause();
    void resume() const;

private:
    [[nodiscard]] bool ended();

    pid_t pid_ = -1;
    std::optional<int> exit_code_;
};

struct Output {
    int exit_code = 0;
    std::string out;
    std::string err;
};

/// Runs a command to its end with `input` on its stdin and gives all it printed. Throws
/// std::runtime_error where it cannot be executed or still runs after `time` (it is killed then).
[[nodiscard]] Output run(Command command,
                         std::string_view input = {},
                         std::chrono::milliseconds time = std::chrono::seconds{180});

/// The whole file; empty where there is none.
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

/// Replaces the file's content; makes missing folders. Throws std::runtime_error.
void write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace headgate::support
