#include <algorithm>

#include "cli/commands.hpp"
#include "cli/manifest_text.hpp"
#include "convert/official.hpp"
#include "files/read.hpp"
#include "files/yaml.hpp"

namespace headgate::cli {

using convert::Conversion;
using files::Objects;

namespace {

struct Complaints {
    const Console& console;
    bool any_problem = false;

    void problem(const files::FileProblem& found) {
        any_problem = true;
        console.complain(files::to_text(found) + "\n");
    }

    void note(const std::string& text) const { console.complain("note: " + text + "\n"); }
};

Objects read_objects(const Options& options, Complaints& complaints) {
    const bool reads_input =
        std::find(options.files.begin(), options.files.end(), "-") != options.files.end();
    const auto read =
        files::read_paths(options.files, reads_input ? read_standard_input() : std::string{});
    auto found = files::objects_of(read.files, convert::kOfficialVersion);
    for (const auto& text : read.notes) {
        complaints.note(text);
    }
    for (const auto& one : read.problems) {
        complaints.problem(one);
    }
    for (const auto& one : found.problems) {
        complaints.problem(one);
    }
    std::erase_if(found.objects, [&](const auto& object) {
        const auto broken = object.document_problems();
        for (const auto& one : broken) {
            complaints.problem(one);
        }
        return !broken.empty();
    });
    return found;
}

void complain(const Conversion& conversion, const Objects& read, Complaints& complaints) {
    for (const auto& [object, path, message] : conversion.problems) {
        complaints.problem(read.objects[object].problem(path, message));
    }
    for (const auto& [object, path, message] : conversion.notes) {
        complaints.note(files::to_text(read.objects[object].problem(path, message)));
    }
}

ManifestText without_stream(const convert::Loose& loose, const std::string& origin) {
    const auto entry = files::to_yaml(core::Json::array({loose.consumer}));
    return {.manifest = nullptr,
            .comments = {origin + ": for the consumers of the StreamConfig of stream " +
                         loose.stream + ":\n" + entry.substr(0, entry.size() - 1)}};
}

std::vector<ManifestText> texts_of(const Conversion& conversion,
                                   const Objects& read,
                                   const Complaints& complaints) {
    std::vector<ManifestText> texts;
    for (const auto& [object, manifest] : conversion.manifests) {
        texts.push_back(
            {.manifest = manifest, .comments = {"from " + read.objects[object].origin()}});
    }
    for (const auto& loose : conversion.loose) {
        const auto origin = read.objects[loose.object].origin();
        complaints.note(origin + ": the Stream of this Consumer, " + loose.stream +
                        ", is not among the files: give it with -f too, or add the consumer to "
                        "its StreamConfig, as the comment in the YAML output shows");
        texts.push_back(without_stream(loose, origin));
    }
    return texts;
}

}  // namespace

int run_convert(const Options& options, const Console& console) {
    Complaints complaints{console};
    const auto read = read_objects(options, complaints);
    std::vector<convert::Source> sources;
    for (const auto& object : read.objects) {
        sources.push_back({object.json, object.origin()});
    }
    const auto conversion = convert::convert(sources);
    complain(conversion, read, complaints);
    console.print(manifests_text(texts_of(conversion, read, complaints), options.output));
    return complaints.any_problem ? 1 : 0;
}

}  // namespace headgate::cli
