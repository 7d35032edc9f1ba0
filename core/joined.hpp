// Parts of a sentence, with what stands between them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace headgate::core {

[[nodiscard]] inline std::string joined(const std::vector<std::string>& parts,
                                        std::string_view separator) {
    std::string text;
    for (const auto& part : parts) {
        text += (text.empty() ? "" : std::string{separator}) + part;
    }
    return text;
}

}  // namespace headgate::core
