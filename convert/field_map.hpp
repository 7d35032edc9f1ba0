// The fields of the official operator's resources, and what each becomes here: one line a field.
// Names and defaults are those of its CustomResourceDefinitions (nats-io/nack, deploy/crds.yml).
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/fields/field.hpp"
#include "core/json.hpp"

namespace headgate::convert {

enum class How {
    Same,     ///< The value as it is. Of all but Lost, what is empty, zero or false says nothing.
    Limit,    ///< A number; below one means that there is no limit.
    Choice,   ///< A word, in whatever case and with or without "_": `workqueue`, `byStartTime`.
    Percent,  ///< "50%" or "50".
    Nanoseconds,  ///< A number of them, for a duration.
    S2,           ///< true, for compression.
    OnlyOne,      ///< One entry of a list.
    Bucket,       ///< The name of a bucket, or of the stream behind it.
    Domain,       ///< The prefix of a domain's API; of anything else nothing can be made.
    Fields,       ///< A mapping with fields of its own.
    Entries,      ///< A list of such mappings.
    Elsewhere,    ///< Read by whoever knows the whole object.
    Lost,         ///< Nothing it could become.
};

struct Line {
    std::string_view official;
    std::string_view ours;  ///< "external.api" within a mapping of its own; empty: none.
    How how = How::Same;
    std::span<const Line> inner = {};
    std::string_view absent = {};  ///< The value the official schema gives a field left out.
    std::string_view why = {};     ///< Of what is lost: what to do about it.
};

[[nodiscard]] std::span<const Line> stream_lines();
[[nodiscard]] std::span<const Line> consumer_lines();
[[nodiscard]] std::span<const Line> key_value_lines();

struct Mapped {
    core::Json spec = core::Json::object();
    /// Where a path of `spec` came from: "maxMessages" to "spec.maxMsgs".
    std::map<std::string, std::string, std::less<>> origins;
    fields::Problems problems;  ///< By official path.
    fields::Problems notes;
};

/// `spec` by these lines. `schema` is that of our spec (OpenAPI): it has the words to choose from.
[[nodiscard]] Mapped map_fields(const core::Json& spec,
                                std::span<const Line> lines,
                                const core::Json& schema);

}  // namespace headgate::convert
