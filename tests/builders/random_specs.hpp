// Random specs without a mistake in them, from the schema that the field tables make: a new field
// takes part by itself. What does not fit together is repaired by the spec's own validation.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/json.hpp"
#include "jetstream/server_level.hpp"
#include "reconcilers/resources/resource.hpp"

namespace headgate::builders {

/// What a server may be able to keep or not: a field ("consumers[].ackWait"), or one value of it.
struct Setting {
    std::string path;
    std::string value;  ///< Of an enumeration; empty: any.
};

class RandomSpecs {
public:
    /// Subjects, texts and most names in the specs begin with `prefix`, so that specs of different
    /// prefixes do not meet on a server; `origins` are what mirrors and sources there may copy. All
    /// are for one server without a cluster: one replica of everything.
    RandomSpecs(resources::Kind kind,
                std::uint64_t seed,
                std::string prefix,
                std::vector<std::string> origins = {});

    /// Any valid spec, with nothing that a server of `level` cannot hold.
    [[nodiscard]] core::Json any(jetstream::ServerLevel level = jetstream::kServer2_15);

    /// As any, some of it as in `from`.
    [[nodiscard]] core::Json variation(const core::Json& from,
                                       jetstream::ServerLevel level = jetstream::kServer2_15);

    /// Every setting of the kind that concerns the server; not the stream's name, and nothing that
    /// is required where it stands. All values of an enumeration, its default among them.
    [[nodiscard]] std::vector<Setting> settings() const;

    using Accepts = std::function<bool(const core::Json& spec)>;

    /// The smallest valid spec found that has the setting, and what it needs; one that `accepts`
    /// likes, where there is one. Nothing: none was found in which it makes a difference.
    [[nodiscard]] std::optional<core::Json> smallest_with(const Setting& setting,
                                                          const Accepts& accepts);

    /// The spec without the setting, and without what then no longer fits.
    [[nodiscard]] core::Json without(core::Json spec, const Setting& setting) const;

    [[nodiscard]] resources::Parsed parse(const core::Json& spec) const;

private:
    using Pointer = core::Json::json_pointer;

    core::Json sparse(double density);
    core::Json object(const core::Json& schema);
    core::Json value(const core::Json& schema);
    core::Json list(const core::Json& schema);
    core::Json text(const core::Json& schema);
    core::Json number(const core::Json& schema);
    std::string pick(const std::vector<std::string>& from);
    std::size_t below(std::size_t end);
    bool chance(double probability);
    core::Json fitting(core::Json spec, jetstream::ServerLevel level);

    [[nodiscard]] core::Json repaired(core::Json spec, core::Json spare) const;
    [[nodiscard]] core::Json shrunk(core::Json spec,
                                    const Pointer& kept,
                                    const Accepts& accepts) const;
    [[nodiscard]] bool has_effect(const core::Json& spec, const Pointer& at) const;

    resources::Kind kind_;
    std::mt19937_64 engine_;
    std::string prefix_;
    std::string subjects_;  ///< Before the last token of those it stores.
    std::vector<std::string> origins_;
    core::Json schema_;
    double density_ = 1;
};

/// How many settings in it a server of `level` cannot hold.
[[nodiscard]] std::size_t beyond(const resources::Desired& desired, jetstream::ServerLevel level);

}  // namespace headgate::builders
