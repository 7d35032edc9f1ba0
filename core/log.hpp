// The log: one line an event, a message and named values, as text for people or as JSON lines for
// collectors. Thread-safe. Goes to standard error; standard output belongs to results.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace spdlog {
class logger;
}  // namespace spdlog

namespace headgate::core {

enum class LogFormat { Text, JsonLines };
enum class LogLevel { Debug, Info, Warning, Error, Off };

[[nodiscard]] std::optional<LogFormat> parse_log_format(std::string_view text);
[[nodiscard]] std::optional<LogLevel> parse_log_level(std::string_view text);

class Log {
public:
    /// One that is empty is left out.
    using Value = std::pair<std::string_view, std::string>;
    using Values = std::initializer_list<Value>;

    Log(LogFormat format, LogLevel level);

    void debug(std::string_view message, Values values = {}) const {
        write(LogLevel::Debug, message, values);
    }

    void info(std::string_view message, Values values = {}) const {
        write(LogLevel::Info, message, values);
    }

    void warning(std::string_view message, Values values = {}) const {
        write(LogLevel::Warning, message, values);
    }

    void error(std::string_view message, Values values = {}) const {
        write(LogLevel::Error, message, values);
    }

private:
    void write(LogLevel level, std::string_view message, Values values) const;

    LogFormat format_;
    std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace headgate::core
