// Events (events.k8s.io/v1) as values: what a person sees of an object under `kubectl describe` and
// `kubectl events`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/json.hpp"
#include "core/units.hpp"
#include "kube/object.hpp"

namespace headgate::kube {

[[nodiscard]] ResourceType event_type();

/// The API server takes no longer note, in bytes.
inline constexpr std::size_t kLongestNote = 1024;

struct Event {
    ResourceType type;  ///< Of the object that it is about.
    std::string ns;
    std::string name;
    std::string uid;  ///< May be empty: the object is gone.
    bool warning = false;
    std::string reason;  ///< Why, in one word.
    std::string action;  ///< What was done or tried, in one word.
    std::string note;    ///< For a person.

    friend bool operator==(const Event&, const Event&) = default;
};

/// Who reports: the instance is this process (a Pod's name), at most 128 characters.
struct Reporter {
    std::string controller;  ///< "headgate.io/controller": a qualified name.
    std::string instance;
};

/// To be created under `name`. A note that is too long is cut at a character and ends with "...".
[[nodiscard]] core::Json event_object(const Event& event,
                                      const std::string& name,
                                      const Reporter& reporter,
                                      core::Timestamp at);

/// That it has happened `count` times by now, lastly at this time.
[[nodiscard]] core::Json series_patch(std::int64_t count, core::Timestamp last);

}  // namespace headgate::kube
