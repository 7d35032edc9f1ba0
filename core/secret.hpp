// Secret: text that cannot be logged, printed or compared by accident. Only `reveal` gives it out,
// so a search for that word lists every place that handles one.
#pragma once

#include <string>
#include <utility>

namespace headgate::core {

class Secret {
public:
    Secret() = default;

    explicit Secret(std::string text) : text_(std::move(text)) {}

    [[nodiscard]] const std::string& reveal() const noexcept { return text_; }

    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }

private:
    std::string text_;
};

}  // namespace headgate::core
