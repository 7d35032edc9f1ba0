#include "jetstream/nats/server_message.hpp"

#include <algorithm>
#include <cctype>

namespace headgate::jetstream::nats {

namespace {

std::string lower(std::string_view text) {
    std::string result{text};
    std::transform(result.begin(), result.end(), result.begin(), [](unsigned char letter) {
        return static_cast<char>(std::tolower(letter));
    });
    return result;
}

}  // namespace

std::optional<PermissionViolation> permission_violation(std::string_view text) {
    const auto words = lower(text);
    if (words.find("permissions violation") == std::string::npos) {
        return std::nullopt;
    }
    const auto open = text.find('"');
    if (open == std::string_view::npos) {
        return std::nullopt;
    }
    const auto close = text.find('"', open + 1);
    PermissionViolation violation;
    violation.what = words.find("subscription") < open ? PermissionViolation::What::Subscribe
                                                       : PermissionViolation::What::Publish;
    violation.subject = std::string{
        text.substr(open + 1, close == std::string_view::npos ? close : close - open - 1)};
    violation.cut = close == std::string_view::npos;
    return violation;
}

}  // namespace headgate::jetstream::nats
