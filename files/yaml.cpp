#include "files/yaml.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/parser.h>
#include <yaml-cpp/yaml.h>

#include "files/chunks.hpp"
#include "files/scalars.hpp"
#include "files/utf8.hpp"

namespace headgate::files {

using core::Json;

namespace {

using namespace std::string_view_literals;

constexpr std::size_t kDeepest = 100;
/// Text that aliases may repeat, and the lines kept of one document, in bytes.
constexpr std::size_t kMostRepeatedBytes = std::size_t{16} * 1024 * 1024;
constexpr std::string_view kTagPrefix = "tag:yaml.org,2002:";

/// The document cannot be used at all; ends its reading.
struct TooMuch {
    int line;
    std::string message;
};

int count_lines(std::string_view text) {
    return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
}

/// Turns yaml-cpp's nodes into JSON, and notes lines and mistakes on the way.
class Converter {
public:
    Converter(Document& document, const Chunk& chunk)
        : document_(document), chunk_(chunk), lines_(lines_of(chunk.text)) {}

    void convert_root(const YAML::Node& root) {
        note_line(line_of(root.Mark()));
        document_.json = convert(root, 0);
    }

    [[nodiscard]] int line_of(const YAML::Mark& mark) const {
        return chunk_.first_line + std::max(mark.line, 0);
    }

private:
    Json convert(const YAML::Node& node, std::size_t depth) {
        const auto line = line_of(node.Mark());
        if (depth > kDeepest) {
            throw TooMuch{line, "nested more than " + std::to_string(kDeepest) + " levels deep"};
        }
        // Without aliases no text has more nodes than bytes.
        if (++nodes_ > std::min(kMostNodes, chunk_.text.size() + kMostAliasedNodes)) {
            throw TooMuch{line, "has too many values, or aliases repeat too much"};
        }
        switch (node.Type()) {
            case YAML::NodeType::Undefined:
            case YAML::NodeType::Null:
                return nullptr;
            case YAML::NodeType::Scalar:
                return scalar(node);
            case YAML::NodeType::Sequence:
                check_tag(node, "seq");
                return sequence(node, depth);
            case YAML::NodeType::Map:
                check_tag(node, "map");
                return mapping(node, depth);
        }
        return nullptr;
    }

    Json sequence(const YAML::Node& node, std::size_t depth) {
        Json list = Json::array();
        const auto length = path_.size();
        for (const auto& item : node) {
            path_ += "[" + std::to_string(list.size()) + "]";
            note_line(line_of(item.Mark()));
            list.push_back(convert(item, depth + 1));
            path_.resize(length);
        }
        return list;
    }

    Json mapping(const YAML::Node& node, std::size_t depth) {
        Json map = Json::object();
        for (const auto& entry : node) {
            if (is_merge_key(entry.first)) {
                merge(entry.second, map, depth + 1);
            }
        }
        std::map<std::string, int> own_lines;
        const auto length = path_.size();
        for (const auto& entry : node) {
            if (is_merge_key(entry.first)) {
                continue;
            }
            const auto line = line_of(entry.first.Mark());
            const auto key = key_text(entry.first);
            if (!key) {
                problem("has a key that is not text, in line " + std::to_string(line));
                continue;
            }
            path_ += (path_.empty() ? "" : ".") + *key;
            if (entry.second.IsNull() && node.Style() == YAML::EmitterStyle::Block &&
                !has_colon(entry.first.Mark())) {
                problem("has no \":\" behind it");
            }
            if (const auto [found, is_new] = own_lines.try_emplace(*key, line); !is_new) {
                note_line(line);
                problem("appears twice, in lines " + std::to_string(found->second) + " and " +
                        std::to_string(line));
            } else {
                note_line(line);
                map[*key] = convert(entry.second, depth + 1);
            }
            path_.resize(length);
        }
        return map;
    }

    // yaml-cpp takes a lone word among the entries of a mapping for a key without a value.
    [[nodiscard]] bool has_colon(const YAML::Mark& key) const {
        const auto line = key.line >= 0 && static_cast<std::size_t>(key.line) < lines_.size()
                              ? lines_[static_cast<std::size_t>(key.line)]
                              : std::string_view{};
        const auto rest =
            line.substr(std::min(static_cast<std::size_t>(std::max(key.column, 0)), line.size()));
        return rest.substr(0, rest.find(" #")).find(':') != std::string_view::npos;
    }

    static bool is_merge_key(const YAML::Node& key) {
        return key.IsScalar() && key.Scalar() == "<<" && key.Tag() == "?";
    }

    // What stands in the mapping itself wins, and so comes last; then the earlier of several
    // sources.
    void merge(const YAML::Node& source, Json& into, std::size_t depth) {
        if (source.IsMap()) {
            into.update(convert(source, depth));
        } else if (source.IsSequence() && depth <= kDeepest) {
            for (auto at = source.size(); at-- > 0;) {
                merge(source[at], into, depth + 1);
            }
        } else {
            problem("merges (<<) something that is not a mapping");
        }
    }

    std::optional<std::string> key_text(const YAML::Node& key) {
        if (!key.IsScalar()) {
            return std::nullopt;
        }
        const auto value = scalar(key);
        if (value.is_string()) {
            return value.get<std::string>();
        }
        return value.is_null() ? std::nullopt : std::optional{value.dump()};
    }

    Json scalar(const YAML::Node& node) {
        const auto& text = node.Scalar();
        bytes_ += text.size();
        if (bytes_ > chunk_.text.size() + kMostRepeatedBytes) {
            throw TooMuch{line_of(node.Mark()), "aliases repeat too much text"};
        }
        const auto& tag = node.Tag();
        if (tag == "!" || tag == "tag:yaml.org,2002:str") {
            return text;
        }
        auto value = plain_scalar(text);
        if (value.is_number_float() && !std::isfinite(value.get<double>())) {
            problem(text + " is not a finite number");
            return text;
        }
        if (!tag.empty() && tag != "?" && !is_tagged_as(value, tag)) {
            problem("the tag " + short_tag(tag) + " does not go with \"" + text + "\" here");
        }
        return value;
    }

    static bool is_tagged_as(const Json& value, std::string_view tag) {
        return (tag == "tag:yaml.org,2002:int" && value.is_number_integer()) ||
               (tag == "tag:yaml.org,2002:float" && value.is_number()) ||
               (tag == "tag:yaml.org,2002:bool" && value.is_boolean()) ||
               (tag == "tag:yaml.org,2002:null" && value.is_null());
    }

    static std::string short_tag(std::string_view tag) {
        return tag.substr(0, kTagPrefix.size()) == kTagPrefix
                   ? "!!" + std::string{tag.substr(kTagPrefix.size())}
                   : std::string{tag};
    }

    void check_tag(const YAML::Node& node, std::string_view own) {
        const auto& tag = node.Tag();
        if (!tag.empty() && tag != "?" && tag != "!" &&
            tag != std::string{kTagPrefix} + std::string{own}) {
            problem("the tag " + short_tag(tag) + " means nothing here");
        }
    }

    void problem(std::string message) { document_.problems.push_back({path_, std::move(message)}); }

    void note_line(int line) {
        noted_bytes_ += path_.size();
        if (noted_bytes_ < kMostRepeatedBytes) {
            document_.positions.put(path_, line);
        }
    }

    Document& document_;
    const Chunk& chunk_;
    std::vector<std::string_view> lines_;
    std::string path_;
    std::size_t nodes_ = 0;
    std::size_t bytes_ = 0;
    std::size_t noted_bytes_ = 0;
};

bool is_indented_by_tab(std::string_view line) {
    return line.substr(0, line.find_first_not_of(" \t")).find('\t') != std::string_view::npos;
}

// yaml-cpp names the rule of its grammar; most often the cause is one of these.
std::string in_words(std::string message) {
    if (message == "illegal map value") {
        return "a mapping is not allowed here: a wrong indentation, or text with \": \" in it that "
               "needs quotes";
    }
    if (message == "end of map not found") {
        return "the mapping goes on in a way that fits nowhere: a wrong indentation, or text after "
               "a closing quote";
    }
    if (message == "illegal EOF in scalar") {
        return "a quote is never closed";
    }
    if (message == "end of sequence flow not found") {
        return "a [ is never closed";
    }
    if (message == "end of map flow not found") {
        return "a { is never closed";
    }
    if (message == "unknown token") {
        return "a character that cannot start a value without quotes";
    }
    return message.empty() ? "is not YAML" : message;
}

SyntaxProblem to_problem(const YAML::Exception& error, const Chunk& chunk) {
    const int line = std::max(error.mark.line, 0);
    const auto lines = lines_of(chunk.text);
    for (const int candidate : {line, line - 1}) {
        if (candidate >= 0 && static_cast<std::size_t>(candidate) < lines.size() &&
            is_indented_by_tab(lines[static_cast<std::size_t>(candidate)])) {
            return {chunk.first_line + candidate,
                    "a tab in the indentation; YAML takes only spaces"};
        }
    }
    return {chunk.first_line + line, in_words(error.msg)};
}

bool is_flow(std::string_view text) {
    const auto at = text.find_first_not_of(" \t\r\n");
    return at != std::string_view::npos && (text[at] == '{' || text[at] == '[');
}

/// Runs through a chunk without keeping anything. For some broken texts yaml-cpp never ends, but
/// finds one empty document or value after the other: that must not reach its node builder.
class Surveyor final : public YAML::EventHandler {
public:
    explicit Surveyor(const Chunk& chunk) : chunk_(chunk) {}

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (std::exchange(has_document_, true)) {
            throw TooMuch{
                chunk_.first_line + std::max(mark.line, 0),
                "does not belong to what stands above: a wrong indentation, or a missing --- line"};
        }
    }

    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override { count(mark); }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override { count(mark); }

    void OnScalar(const YAML::Mark& mark,
                  const std::string& /*tag*/,
                  YAML::anchor_t /*anchor*/,
                  const std::string& /*value*/) override {
        count(mark);
    }

    void OnSequenceStart(const YAML::Mark& mark,
                         const std::string& /*tag*/,
                         YAML::anchor_t /*anchor*/,
                         YAML::EmitterStyle::value /*style*/) override {
        count(mark);
    }

    void OnSequenceEnd() override {}

    void OnMapStart(const YAML::Mark& mark,
                    const std::string& /*tag*/,
                    YAML::anchor_t /*anchor*/,
                    YAML::EmitterStyle::value /*style*/) override {
        count(mark);
    }

    void OnMapEnd() override {}

    [[nodiscard]] bool has_document() const { return has_document_; }

private:
    // A byte makes at most one value and the empty one that belongs to it.
    void count(const YAML::Mark& mark) {
        if (++values_ > std::min(kMostNodes, 2 * chunk_.text.size() + 2)) {
            throw TooMuch{chunk_.first_line + std::max(mark.line, 0), "has too many values"};
        }
    }

    const Chunk& chunk_;
    std::size_t values_ = 0;
    bool has_document_ = false;
};

// Without the white space at its end: yaml-cpp misses a quote that is never closed when a line
// break stands before the end of the text.
bool has_one_document(const Chunk& chunk, const std::string& text) {
    std::istringstream stream{text.substr(0, text.find_last_not_of(" \t\r\n") + 1)};
    YAML::Parser parser{stream};
    Surveyor surveyor{chunk};
    while (parser.HandleNextDocument(surveyor)) {
    }
    return surveyor.has_document();
}

void parse_chunk(const Chunk& chunk, YamlText& into) {
    try {
        const auto text =
            is_flow(chunk.text) ? join_surrogates(chunk.text) : std::string{chunk.text};
        if (!has_one_document(chunk, text)) {
            return;
        }
        const auto root = YAML::Load(text);
        if (root.IsNull()) {
            return;
        }
        Document document;
        Converter{document, chunk}.convert_root(root);
        into.documents.push_back(std::move(document));
    } catch (const YAML::Exception& error) {
        into.problems.push_back(to_problem(error, chunk));
    } catch (const TooMuch& error) {
        into.problems.push_back({error.line, error.message});
    } catch (const std::exception& error) {
        into.problems.push_back({chunk.first_line, std::string{"cannot be read: "} + error.what()});
    }
}

}  // namespace

int Positions::line_of(std::string_view path) const {
    while (true) {
        if (const auto found = lines_.find(path); found != lines_.end()) {
            return found->second;
        }
        if (path.empty()) {
            return 0;
        }
        const auto cut = path.find_last_of(".[");
        path = path.substr(0, cut == std::string_view::npos ? 0 : cut);
    }
}

YamlText parse_yaml(std::string_view text) {
    YamlText parsed;
    if (text.size() > kMostBytes) {
        parsed.problems.push_back(
            {0, "is larger than " + std::to_string(kMostBytes / (1024 * 1024)) + " MiB"});
        return parsed;
    }
    if (text.substr(0, 3) == "\xEF\xBB\xBF"sv) {
        text.remove_prefix(3);
    }
    if (const auto bad = first_non_text(text)) {
        parsed.problems.push_back({count_lines(text.substr(0, *bad)) + 1, "is not UTF-8 text"});
        return parsed;
    }
    // A line break to YAML, but not to yaml-cpp.
    if (const auto lone = lone_carriage_return(text)) {
        parsed.problems.push_back(
            {count_lines(text.substr(0, *lone)) + 1, "a carriage return without a line feed"});
        return parsed;
    }
    for (const auto& chunk : split(text)) {
        parse_chunk(chunk, parsed);
    }
    return parsed;
}

}  // namespace headgate::files
