#include "files/manifests.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <memory>
#include <string_view>
#include <tuple>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/names.hpp"
#include "files/yaml.hpp"
#include "reconcilers/resources/kind.hpp"
#include "reconcilers/resources/resource.hpp"

namespace headgate::files {

using core::Json;
using reconcilers::Declaration;
using reconcilers::Kind;
using reconcilers::ObjectKey;

namespace {

using namespace std::string_view_literals;

constexpr std::array kTopLevel{"apiVersion"sv, "kind"sv, "metadata"sv, "spec"sv, "status"sv};
// Those that a server fills in are there in what `kubectl get -o yaml` prints; they say nothing
// here.
constexpr std::array kMetadata{"name"sv,
                               "namespace"sv,
                               "labels"sv,
                               "annotations"sv,
                               "generateName"sv,
                               "uid"sv,
                               "resourceVersion"sv,
                               "generation"sv,
                               "creationTimestamp"sv,
                               "deletionTimestamp"sv,
                               "deletionGracePeriodSeconds"sv,
                               "finalizers"sv,
                               "ownerReferences"sv,
                               "managedFields"sv,
                               "selfLink"sv};
constexpr std::array kAnnotations{reconcilers::kReconcileAnnotation,
                                  reconcilers::kApproveAnnotation,
                                  reconcilers::kAdoptAnnotation,
                                  reconcilers::kPausedAnnotation,
                                  reconcilers::kForceReleaseAnnotation};

std::string shown(const Json& json) {
    constexpr std::size_t kLongest = 60;
    auto text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (text.size() <= kLongest) {
        return text;
    }
    auto end = kLongest;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
        --end;
    }
    return text.substr(0, end) + "...";
}

std::string did_you_mean(std::string_view text, std::span<const std::string_view> names) {
    const auto nearest = core::nearest_name(text, names);
    return nearest.empty() ? std::string{} : "; did you mean " + std::string{nearest} + "?";
}

bool is_name_edge(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/// A DNS-1123 label: what Kubernetes takes for the name of a namespace.
bool is_label(std::string_view text) {
    constexpr std::size_t kLongest = 63;
    return !text.empty() && text.size() <= kLongest && is_name_edge(text.front()) &&
           is_name_edge(text.back()) && std::all_of(text.begin(), text.end(), [](char c) {
               return is_name_edge(c) || c == '-';
           });
}

/// A DNS-1123 subdomain: what it takes for the name of an object.
bool is_subdomain(std::string_view text) {
    constexpr std::size_t kLongest = 253;
    if (text.empty() || text.size() > kLongest) {
        return false;
    }
    while (true) {
        const auto dot = text.find('.');
        const auto part = text.substr(0, dot);
        if (part.empty() || !is_name_edge(part.front()) || !is_name_edge(part.back()) ||
            !std::all_of(
                part.begin(), part.end(), [](char c) { return is_name_edge(c) || c == '-'; })) {
            return false;
        }
        if (dot == std::string_view::npos) {
            return true;
        }
        text.remove_prefix(dot + 1);
    }
}

std::string kind_list() {
    std::string text;
    for (const auto kind : resources::kKinds) {
        text += (text.empty() ? "" : ", ") + std::string{core::name_of(kind)};
    }
    return text;
}

/// A space sorts before whatever else may follow in a longer path.
std::string age_of(const Object& object) {
    std::array<char, 16> number{};
    std::snprintf(number.data(), number.size(), " %08zu", object.index);
    return object.file + number.data();
}

/// Reads one object and collects what is wrong with it.
class ObjectReader {
public:
    ObjectReader(const Object& place, Loaded& loaded)
        : place_(place), json_(*place.json), loaded_(loaded) {}

    /// Nothing: it is of another group, or its kind or name cannot be told.
    std::optional<Declaration> read() {
        if (!json_.is_object()) {
            problem("",
                    "is not a manifest: must be a mapping with apiVersion, kind, metadata and "
                    "spec, not " +
                        shown(json_));
            return finish(std::nullopt);
        }
        if (!is_ours()) {
            return std::nullopt;
        }
        report_document_problems();
        check_names(json_, "", kTopLevel);
        const auto kind = read_kind();
        const auto metadata = read_metadata();
        std::optional<ObjectKey> key;
        if (kind && !metadata.name.empty()) {
            key = ObjectKey{*kind, metadata.ns, metadata.name};
        }
        if (!key || !has_spec()) {
            return finish(key);
        }
        auto parsed = resources::parse(*kind, json_.at("spec"), metadata.name);
        for (const auto& [path, message] : parsed.problems) {
            problem(path, message);
        }
        if (!problems_.empty()) {
            return finish(key);
        }
        auto declaration = declaration_of(*key);
        declaration.annotations = reconcilers::read_annotations(metadata.annotations);
        declaration.parsed = std::move(parsed);
        return declaration;
    }

private:
    struct Metadata {
        std::string name;
        std::string ns = "default";
        std::map<std::string, std::string> annotations;
    };

    void problem(const std::string& path, std::string message) {
        problems_.push_back(place_.problem(path, std::move(message)));
    }

    Declaration declaration_of(const ObjectKey& key) const {
        Declaration declaration;
        declaration.key = key;
        declaration.generation = 1;
        declaration.age = age_of(place_);
        declaration.origin = place_.origin();
        return declaration;
    }

    std::optional<Declaration> finish(const std::optional<ObjectKey>& key) {
        fields::Problems problems;
        for (auto& found : problems_) {
            found.key = key;
            problems.push_back({found.path, found.message});
            loaded_.problems.push_back(std::move(found));
        }
        problems_.clear();
        if (!key) {
            return std::nullopt;
        }
        auto declaration = declaration_of(*key);
        declaration.parsed.problems = std::move(problems);
        return declaration;
    }

    // A tool's duplicate keys are its own business until the document is known to be for us.
    void report_document_problems() {
        auto found = place_.document_problems();
        std::move(found.begin(), found.end(), std::back_inserter(problems_));
    }

    bool is_ours() {
        const auto version = json_.find("apiVersion");
        if (version == json_.end() || !version->is_string()) {
            return true;  // and wrong, as read_kind says
        }
        const auto& text = version->get_ref<const std::string&>();
        const auto slash = text.find('/');
        const auto group = slash == std::string::npos ? std::string{} : text.substr(0, slash);
        const auto kind = json_.find("kind");
        const bool connection = group == resources::kGroup && kind != json_.end() &&
                                *kind == std::string{resources::kNatsConnection};
        if (connection) {
            loaded_.notes.push_back(place_.origin() +
                                    ": skipped NatsConnection, which is for `headgate controller` "
                                    "only");
            return false;
        }
        if (group == resources::kGroup || is_a_slip(group)) {
            return true;
        }
        loaded_.notes.push_back(
            place_.origin() + ": skipped " + text + " " +
            (kind != json_.end() && kind->is_string() ? kind->get<std::string>() : "object") +
            ", which is not of " + std::string{resources::kGroup});
        return false;
    }

    // A typing slip in the group would otherwise turn a declaration into a note.
    bool is_a_slip(const std::string& group) const {
        const std::array ours{resources::kGroup};
        const auto kind = json_.find("kind");
        return !core::nearest_name(group, ours).empty() && kind != json_.end() &&
               kind->is_string() &&
               core::from_name<Kind>(kind->get_ref<const std::string&>()).has_value();
    }

    std::optional<Kind> read_kind() {
        const auto version = json_.find("apiVersion");
        if (version == json_.end() || version->is_null()) {
            problem("apiVersion", "is required; write " + std::string{resources::kApiVersion});
        } else if (*version != resources::kApiVersion) {
            problem(
                "apiVersion",
                shown(*version) + " is not known; write " + std::string{resources::kApiVersion});
        }
        const auto kind = json_.find("kind");
        if (kind == json_.end() || kind->is_null()) {
            problem("kind", "is required; one of " + kind_list());
            return std::nullopt;
        }
        if (const auto known = kind->is_string()
                                   ? core::from_name<Kind>(kind->get_ref<const std::string&>())
                                   : std::nullopt) {
            return known;
        }
        std::vector<std::string_view> names;
        for (const auto known : resources::kKinds) {
            names.push_back(core::name_of(known));
        }
        problem("kind",
                shown(*kind) + " is not one of " + kind_list() +
                    (kind->is_string() ? did_you_mean(kind->get_ref<const std::string&>(), names)
                                       : ""));
        return std::nullopt;
    }

    void check_names(const Json& map,
                     const std::string& path,
                     std::span<const std::string_view> known) {
        for (const auto& [name, value] : map.items()) {
            if (std::find(known.begin(), known.end(), name) == known.end()) {
                problem(path.empty() ? name : path + "." + name,
                        "unknown field" + did_you_mean(name, known));
            }
        }
    }

    Metadata read_metadata() {
        Metadata metadata;
        const auto found = json_.find("metadata");
        if (found == json_.end() || found->is_null()) {
            problem("metadata.name", "is required");
            return metadata;
        }
        if (!found->is_object()) {
            problem("metadata", "must be a mapping of fields, not " + shown(*found));
            return metadata;
        }
        check_names(*found, "metadata", kMetadata);
        metadata.name = read_name(*found);
        read_namespace(*found, metadata.ns);
        static_cast<void>(read_texts(*found, "labels"));
        metadata.annotations = read_texts(*found, "annotations");
        note_unread_annotations(metadata.annotations);
        return metadata;
    }

    std::string read_name(const Json& metadata) {
        const auto name = metadata.find("name");
        if (name == metadata.end() || name->is_null() || *name == "") {
            problem("metadata.name", "is required");
            return {};
        }
        if (!name->is_string()) {
            problem("metadata.name", "must be text, not " + shown(*name));
            return {};
        }
        if (!is_subdomain(name->get_ref<const std::string&>())) {
            problem("metadata.name",
                    shown(*name) +
                        " is not a name: lower case letters, digits, '-' and '.', a letter or "
                        "digit at both ends, at most 253");
        }
        return *name;
    }

    void read_namespace(const Json& metadata, std::string& ns) {
        const auto found = metadata.find("namespace");
        if (found == metadata.end() || found->is_null() || *found == "") {
            return;
        }
        if (!found->is_string()) {
            problem("metadata.namespace", "must be text, not " + shown(*found));
            return;
        }
        ns = *found;
        if (!is_label(ns)) {
            problem("metadata.namespace",
                    shown(*found) +
                        " is not a namespace: lower case letters, digits and '-', a letter or "
                        "digit at both ends, at most 63");
        }
    }

    std::map<std::string, std::string> read_texts(const Json& metadata, const std::string& name) {
        std::map<std::string, std::string> texts;
        const auto found = metadata.find(name);
        if (found == metadata.end() || found->is_null()) {
            return texts;
        }
        if (!found->is_object()) {
            problem("metadata." + name, "must be a mapping of text to text, not " + shown(*found));
            return texts;
        }
        for (const auto& [key, value] : found->items()) {
            if (value.is_string()) {
                texts[key] = value;
            } else if (value.is_null()) {
                texts[key] = "";
            } else {
                problem("metadata." + name + "." + key,
                        "must be text, not " + shown(value) + "; put it in quotes");
            }
        }
        return texts;
    }

    void note_unread_annotations(const std::map<std::string, std::string>& annotations) {
        for (const auto& [name, value] : annotations) {
            if (name.substr(0, resources::kGroup.size() + 1) ==
                    std::string{resources::kGroup} + "/" &&
                std::find(kAnnotations.begin(), kAnnotations.end(), name) == kAnnotations.end()) {
                const auto path = "metadata.annotations." + name;
                loaded_.notes.push_back(place_.file + ":" + std::to_string(place_.line_of(path)) +
                                        ": " + path + ": nobody reads this annotation" +
                                        did_you_mean(name, kAnnotations));
            }
        }
    }

    bool has_spec() {
        const auto spec = json_.find("spec");
        if (spec == json_.end() || spec->is_null()) {
            problem("spec", "is required; write spec: {} for all defaults");
            return false;
        }
        return true;
    }

    const Object& place_;
    const Json& json_;
    Loaded& loaded_;
    std::vector<FileProblem> problems_;
};

class Loader {
public:
    explicit Loader(Objects objects) {
        loaded_.problems = std::move(objects.problems);
        loaded_.blank = std::move(objects.blank);
        for (const auto& object : objects.objects) {
            add_object(object);
        }
    }

    Loaded finish() && {
        std::stable_sort(loaded_.problems.begin(),
                         loaded_.problems.end(),
                         [](const auto& left, const auto& right) {
                             return std::tie(left.file, left.line) <
                                    std::tie(right.file, right.line);
                         });
        return std::move(loaded_);
    }

private:
    void add_object(const Object& place) {
        auto declaration = ObjectReader{place, loaded_}.read();
        if (!declaration) {
            return;
        }
        const auto [first, is_new] = places_.try_emplace(declaration->key, declaration->origin);
        if (!is_new) {
            loaded_.problems.push_back({.file = place.file,
                                        .line = place.line_of(""),
                                        .path = place.prefix,
                                        .message = resources::to_text(declaration->key) +
                                                   " is declared twice: here and at " +
                                                   first->second,
                                        .key = declaration->key});
            return;
        }
        auto& list = declaration->parsed.desired ? loaded_.declarations : loaded_.invalid;
        list.push_back(std::move(*declaration));
    }

    Loaded loaded_;
    std::map<ObjectKey, std::string> places_;
};

}  // namespace

Loaded load(std::span<const SourceFile> files) {
    return Loader{objects_of(files, resources::kApiVersion)}.finish();
}

}  // namespace headgate::files
