#include "controller/own_writes.hpp"

#include <algorithm>

namespace headgate::controller {

using core::Result;
using kube::Object;
using resources::ObjectKey;

Result<Object> OwnWrites::carry_out(const ObjectKey& key, const Write& write) {
    {
        const std::scoped_lock lock{mutex_};
        ++known_[key].writing;
    }
    auto written = write();
    const std::scoped_lock lock{mutex_};
    ended(key, written);
    return written;
}

void OwnWrites::ended(const ObjectKey& key, const Result<Object>& written) {
    // Seen to go meanwhile: then there is nothing to wait for.
    const auto found = known_.find(key);
    if (found == known_.end() || found->second.writing == 0) {
        return;
    }
    auto& known = found->second;
    if (written) {
        const auto& version = written->meta.resource_version;
        // One that changed nothing gives back what was there before, and is not told of again.
        // Nor is one that a later one has hidden: a set shows the last of them alone.
        if (version == known.seen || known.seen_meanwhile.contains(version) ||
            kube::is_later(known.seen, version)) {
            known.own.reset();
        } else {
            known.own = Own{*written, std::chrono::steady_clock::now()};
        }
    }
    if (--known.writing == 0) {
        known.seen_meanwhile.clear();
    }
    if (known.writing == 0 && !known.own && known.seen.value().empty()) {
        known_.erase(found);
    }
}

void OwnWrites::seen(const ObjectKey& key,
                     const Object& object,
                     std::optional<TimePoint> asked,
                     const Take& take) {
    const std::scoped_lock lock{mutex_};
    auto& known = known_[key];
    known.seen = object.meta.resource_version;
    if (known.writing > 0) {
        known.seen_meanwhile.insert(known.seen);
    }
    // A set shows an object as it was last: what somebody wrote after us hides ours for ever.
    const auto came_back = [&](const Own& own) {
        const auto& version = own.object.meta.resource_version;
        return version == known.seen || kube::is_later(known.seen, version) ||
               (asked && *asked > own.written);
    };
    if (known.own && came_back(*known.own)) {
        known.own.reset();
    }
    const bool is_older = known.own && known.own->object.meta.uid == object.meta.uid;
    take(is_older ? known.own->object : object);
}

void OwnWrites::gone(const ObjectKey& key) {
    const std::scoped_lock lock{mutex_};
    known_.erase(key);
}

std::size_t OwnWrites::waiting() const {
    const std::scoped_lock lock{mutex_};
    return static_cast<std::size_t>(
        std::count_if(known_.begin(), known_.end(), [](const auto& each) {
            return each.second.own.has_value();
        }));
}

}  // namespace headgate::controller
