#include "bench/plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace headgate::bench {

using core::Json;

namespace {

constexpr double kWidth = 380;
constexpr double kHeight = 220;
constexpr double kTop = 46;
constexpr std::array<double, 2> kLeft{64, 532};
constexpr std::string_view kFloor = "#3b82f6";
constexpr std::string_view kOperator = "#ea7317";
constexpr int kTicks = 4;

using Points = std::vector<std::pair<double, double>>;

struct Line {
    Points points;
    std::string_view colour;
};

std::string text(double value, int digits = 1) {
    std::array<char, 64> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%.*f", digits, value);
    return buffer.data();
}

/// The least of 1, 2, 2.5, 5 times a power of ten that is not below.
double rounded_up(double value) {
    const double power = std::pow(10, std::floor(std::log10(std::max(value, 1e-3))));
    for (const double step : {1.0, 2.0, 2.5, 5.0}) {
        if (step * power >= value) {
            return step * power;
        }
    }
    return 10 * power;
}

std::string label(double x, double y, std::string_view anchor, const std::string& words) {
    return "<text x=\"" + text(x) + "\" y=\"" + text(y) + "\" text-anchor=\"" +
           std::string{anchor} + "\">" + words + "</text>\n";
}

class Panel {
public:
    Panel(double left, std::string title, std::string across, double most_x, double most_y)
        : left_(left), most_x_(rounded_up(most_x)), most_y_(most_y) {
        svg_ = "<text class=\"title\" x=\"" + text(left) + "\" y=\"24\">" + title + "</text>\n" +
               label(left + kWidth / 2, kTop + kHeight + 38, "middle", across);
        for (int i = 0; i <= kTicks; ++i) {
            const double share = static_cast<double>(i) / kTicks;
            const double y = kTop + kHeight * (1 - share);
            svg_ += "<line class=\"grid\" x1=\"" + text(left) + "\" x2=\"" + text(left + kWidth) +
                    "\" y1=\"" + text(y) + "\" y2=\"" + text(y) + "\"/>\n";
            svg_ += label(left - 6, y + 4, "end", text(share * most_y_, 0));
            const double x = share * most_x_;
            svg_ += label(left + kWidth * share,
                          kTop + kHeight + 18,
                          "middle",
                          text(x, x == std::floor(x) ? 0 : 1));
        }
    }

    void draw(const Line& line) {
        std::string points;
        for (const auto& [x, y] : line.points) {
            points += text(left_ + kWidth * std::min(x / most_x_, 1.0), 2) + "," +
                      text(kTop + kHeight * (1 - y / most_y_), 2) + " ";
        }
        svg_ += "<polyline fill=\"none\" stroke=\"" + std::string{line.colour} +
                "\" stroke-width=\"2\" points=\"" + points + "\"/>\n";
    }

    [[nodiscard]] const std::string& svg() const { return svg_; }

private:
    double left_;
    double most_x_;
    double most_y_;
    std::string svg_;
};

Points climbing(const std::vector<double>& moments, double to) {
    Points points{{0, 0}};
    for (std::size_t i = 0; i < moments.size(); ++i) {
        points.emplace_back(moments[i],
                            to * static_cast<double>(i + 1) / static_cast<double>(moments.size()));
    }
    return points;
}

std::vector<double> numbers(const Json& json, const char* path) {
    const Json::json_pointer pointer{path};
    auto all = json.contains(pointer) ? json.at(pointer).get<std::vector<double>>()
                                      : std::vector<double>{};
    std::sort(all.begin(), all.end());
    return all;
}

/// The floor's rounds, then the operator.
std::vector<Line> lines(const Json& results, const char* path, double to) {
    std::vector<Line> all;
    for (const auto& round : results.value("floor", Json::array())) {
        all.push_back({climbing(numbers(round, path), to), kFloor});
    }
    all.push_back(
        {climbing(numbers(results.value("operator", Json::object()), path), to), kOperator});
    return all;
}

double last(const std::vector<Line>& lines) {
    double most = 0;
    for (const auto& line : lines) {
        most = std::max(most, line.points.back().first);
    }
    return most;
}

std::string legend() {
    const double y = kTop + kHeight + 66;
    const auto entry = [&](double x, std::string_view colour, const std::string& words) {
        return "<line x1=\"" + text(x) + "\" x2=\"" + text(x + 24) + "\" y1=\"" + text(y) +
               "\" y2=\"" + text(y) + "\" stroke=\"" + std::string{colour} +
               "\" stroke-width=\"2\"/>\n" + label(x + 32, y + 4, "start", words);
    };
    return entry(kLeft[0], kOperator, "operator") +
           entry(kLeft[0] + 120, kFloor, "floor: the servers alone, before and after");
}

}  // namespace

std::string plot(const Json& results) {
    const double count = results.value("count", 0.0);
    const auto backlog = lines(results, "/backlog/progress", count);
    const auto latency = lines(results, "/latency", 100);
    Panel left{kLeft[0], "Backlog: objects Ready", "seconds", last(backlog), count};
    for (const auto& line : backlog) {
        left.draw(line);
    }
    Panel right{
        kLeft[1], "One object, create to Ready: % done", "milliseconds", last(latency), 100};
    for (const auto& line : latency) {
        right.draw(line);
    }
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 940 350\" "
           "font-family=\"sans-serif\" font-size=\"12\">\n"
           "<style>text{fill:#808890} .title{font-size:14px;font-weight:bold} "
           ".grid{stroke:#808890;stroke-opacity:.35}</style>\n" +
           left.svg() + right.svg() + legend() + "</svg>\n";
}

}  // namespace headgate::bench
