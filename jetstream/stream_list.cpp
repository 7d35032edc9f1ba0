#include "jetstream/stream_list.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <functional>

#include <nlohmann/json.hpp>

#include "core/json.hpp"

namespace headgate::jetstream {

namespace {

// Behind the string whose opening quote is at `at`.
std::size_t end_of_string(std::string_view text, std::size_t at) {
    for (++at; at < text.size(); ++at) {
        if (text[at] == '\\') {
            ++at;
        } else if (text[at] == '"') {
            return at + 1;
        }
    }
    return text.size();
}

std::size_t end_of_value(std::string_view text, std::size_t at) {
    int depth = 0;
    while (at < text.size()) {
        const char one = text[at];
        if (one == '"') {
            at = end_of_string(text, at);
            if (depth == 0) {
                return at;
            }
            continue;
        }
        const bool closes = one == '}' || one == ']';
        if (depth == 0 && (closes || one == ',')) {
            return at;
        }
        ++at;
        depth += one == '{' || one == '[' ? 1 : 0;
        if (closes && --depth == 0) {
            return at;
        }
    }
    return at;
}

// The elements of an array, or the names and values of an object in turns, unread. What is no JSON
// gives something or other: whoever reads it will find out.
class Parts {
public:
    explicit Parts(std::string_view container) : text_(container) {}

    // Empty: there are no more.
    std::string_view next() {
        at_ = std::min(text_.find_first_not_of(" \t\r\n,:", at_), text_.size());
        if (at_ == text_.size() || text_[at_] == '}' || text_[at_] == ']') {
            return {};
        }
        const auto begin = at_;
        at_ = end_of_value(text_, begin);
        return text_.substr(begin, at_ - begin);
    }

private:
    std::string_view text_;
    std::size_t at_ = 1;
};

std::string_view member(std::string_view object, std::string_view quoted_name) {
    Parts parts{object};
    for (auto name = parts.next(); !name.empty(); name = parts.next()) {
        const auto value = parts.next();
        if (name == quoted_name) {
            return value;
        }
    }
    return {};
}

std::string text_of(std::string_view string) {
    const auto json = core::Json::parse(string, nullptr, false);
    return json.is_string() ? json.get<std::string>() : std::string{};
}

std::uint64_t hash_of(std::string_view text) {
    return std::hash<std::string_view>{}(text);
}

ListedStream listed(std::string_view stream) {
    ListedStream result;
    Parts parts{stream};
    for (auto name = parts.next(); !name.empty(); name = parts.next()) {
        const auto value = parts.next();
        if (name == R"("config")") {
            result.name = StreamName{text_of(member(value, R"("name")"))};
            result.fingerprint ^= hash_of(value);
        } else if (name == R"("created")") {
            result.fingerprint ^= 31 * hash_of(value);
        } else if (name == R"("state")") {
            const auto count = member(value, R"("consumer_count")");
            std::from_chars(count.data(), count.data() + count.size(), result.consumers);
        }
    }
    return result;
}

}  // namespace

CutList cut_stream_list(std::string_view reply) {
    CutList cut{.streams = {}, .rest = std::string{reply}};
    const auto list = member(reply, R"("streams")");
    if (list.size() < 2 || list.front() != '[') {
        return cut;
    }
    Parts streams{list};
    for (auto stream = streams.next(); !stream.empty(); stream = streams.next()) {
        cut.streams.push_back({listed(stream), stream});
    }
    cut.rest.erase(static_cast<std::size_t>(list.data() - reply.data()) + 1, list.size() - 2);
    return cut;
}

}  // namespace headgate::jetstream
