// What this program wrote to objects and has not seen come back yet. A watch tells of an object in
// order, but late: what it says of one that we have written since is older than what we know, and
// taken for news it would bring back an older status and cause a second write. What is later than
// ours ends the wait, as ours may never be shown then. Any thread.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "core/result.hpp"
#include "kube/object.hpp"
#include "reconcilers/resources/kind.hpp"

namespace headgate::controller {

class OwnWrites {
public:
    using TimePoint = std::chrono::steady_clock::time_point;
    using Write = std::function<core::Result<kube::Object>()>;
    using Take = std::function<void(const kube::Object& newest)>;

    /// Carries out `write` and remembers the object it gives back until it is seen again.
    core::Result<kube::Object> carry_out(const resources::ObjectKey& key, const Write& write);

    /// The API server shows `object`: as the next event of a watch, or in a list that was asked for
    /// at `asked`. Hands on what is newer, that or what we wrote; until `take` is done, no write of
    /// ours counts as over, so that what its author then notes is not overtaken.
    void seen(const resources::ObjectKey& key,
              const kube::Object& object,
              std::optional<TimePoint> asked,
              const Take& take);

    void gone(const resources::ObjectKey& key);

    /// Objects whose last write has not come back yet.
    [[nodiscard]] std::size_t waiting() const;

private:
    struct Own {
        kube::Object object;
        TimePoint written;  ///< What is asked for later shows it, or what came after it.
    };

    struct Known {
        kube::ResourceVersion seen;
        std::optional<Own> own;
        int writing = 0;
        std::set<kube::ResourceVersion> seen_meanwhile;  ///< An echo may come before the reply.
    };

    void ended(const resources::ObjectKey& key, const core::Result<kube::Object>& written);

    mutable std::mutex mutex_;
    std::map<resources::ObjectKey, Known> known_;
};

}  // namespace headgate::controller
