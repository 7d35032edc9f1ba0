#include "core/log.hpp"

#include <chrono>

#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "core/units.hpp"

namespace headgate::core {

namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
    switch (level) {
        case LogLevel::Debug:
            return spdlog::level::debug;
        case LogLevel::Info:
            return spdlog::level::info;
        case LogLevel::Warning:
            return spdlog::level::warn;
        case LogLevel::Error:
            return spdlog::level::err;
        case LogLevel::Off:
            return spdlog::level::off;
    }
    return spdlog::level::info;
}

std::string_view name(LogLevel level) {
    switch (level) {
        case LogLevel::Debug:
            return "debug";
        case LogLevel::Info:
            return "info";
        case LogLevel::Warning:
            return "warning";
        case LogLevel::Error:
            return "error";
        case LogLevel::Off:
            return "off";
    }
    return "info";
}

std::string as_json(LogLevel level, std::string_view message, Log::Values values) {
    const auto now =
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    nlohmann::ordered_json line{
        {"time", format_time(now)}, {"level", name(level)}, {"msg", message}};
    for (const auto& [key, value] : values) {
        if (!value.empty()) {
            line[std::string{key}] = value;
        }
    }
    return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

// Values with spaces or quotes are quoted, so that a line can be taken apart again.
std::string quoted(const std::string& value) {
    if (value.find_first_of(" \"\n\t=") == std::string::npos) {
        return value;
    }
    return nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string as_text(std::string_view message, Log::Values values) {
    std::string line{message};
    for (const auto& [key, value] : values) {
        line += value.empty() ? "" : " " + std::string{key} + "=" + quoted(value);
    }
    return line;
}

}  // namespace

std::optional<LogFormat> parse_log_format(std::string_view text) {
    if (text == "text") {
        return LogFormat::Text;
    }
    return text == "json" ? std::optional{LogFormat::JsonLines} : std::nullopt;
}

std::optional<LogLevel> parse_log_level(std::string_view text) {
    for (const auto level :
         {LogLevel::Debug, LogLevel::Info, LogLevel::Warning, LogLevel::Error, LogLevel::Off}) {
        if (text == name(level)) {
            return level;
        }
    }
    return std::nullopt;
}

Log::Log(LogFormat format, LogLevel level)
    : format_(format),
      logger_(std::make_shared<spdlog::logger>(
          "headgate", std::make_shared<spdlog::sinks::stderr_color_sink_mt>())) {
    logger_->set_pattern(format == LogFormat::JsonLines ? "%v"
                                                        : "%Y-%m-%dT%H:%M:%S.%e %^%-7l%$ %v");
    logger_->set_level(spdlog_level(level));
    logger_->flush_on(spdlog::level::debug);
}

void Log::write(LogLevel level, std::string_view message, Values values) const {
    const auto at = spdlog_level(level);
    if (!logger_->should_log(at)) {
        return;
    }
    logger_->log(at,
                 "{}",
                 format_ == LogFormat::JsonLines ? as_json(level, message, values)
                                                 : as_text(message, values));
}

}  // namespace headgate::core
