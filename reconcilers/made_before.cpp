#include "reconcilers/made_before.hpp"

#include <algorithm>
#include <utility>

#include "reconcilers/standing.hpp"

namespace headgate::reconcilers {

using core::Call;
using core::ErrorCode;
using core::Result;
using jetstream::StreamInfo;
using jetstream::StreamName;

Result<std::optional<StreamName>> MadeBefore::other_than(const StreamName& now,
                                                         const ObjectKey& object,
                                                         const Call& call) {
    const auto names = made_by(object, call);
    if (!names) {
        return names.error();
    }
    // It goes on under the name it has, whatever else it left behind.
    if (std::find(names->begin(), names->end(), now) != names->end()) {
        return std::optional<StreamName>{};
    }
    for (const auto& name : *names) {
        const auto stream = jetstream_.stream_info(name, call);
        if (!stream && stream.error().code != ErrorCode::NotFound) {
            return stream.error();
        }
        if (stream && signer_of(*stream) == object) {
            return std::optional{name};
        }
    }
    return std::optional<StreamName>{};
}

Result<std::vector<StreamName>> MadeBefore::made_by(const ObjectKey& object, const Call& call) {
    const auto known = [&] {
        return listed_.with_lock([&](const auto& listed) {
            if (!listed) {
                return std::optional<std::vector<StreamName>>{};
            }
            const auto found = listed->find(object);
            return std::optional{found == listed->end() ? std::vector<StreamName>{}
                                                        : found->second};
        });
    };
    if (auto names = known()) {
        return *names;
    }
    const auto all = jetstream_.list_streams(call);
    if (!all &&
        (all.error().code == ErrorCode::Forbidden || all.error().code == ErrorCode::Unavailable)) {
        return std::vector<StreamName>{};
    }
    if (!all) {
        return all.error();
    }
    Streams streams;
    for (const auto& stream : *all) {
        if (const auto signer = signer_of(stream)) {
            streams[*signer].push_back(stream.settings.name);
        }
    }
    // Two may have listed at once; the first answer stands.
    listed_.with_lock([&](auto& listed) {
        if (!listed) {
            listed = std::move(streams);
        }
    });
    return known().value_or(std::vector<StreamName>{});
}

std::optional<ObjectKey> MadeBefore::signer_of(const StreamInfo& stream) const {
    const auto seen = strip(stream.settings);
    return seen.signature && seen.signature->instance == instance_ ? signing_object(*seen.signature)
                                                                   : std::nullopt;
}

}  // namespace headgate::reconcilers
