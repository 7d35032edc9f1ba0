// What a reflector keeps complete: the objects of one kind, as the API server has them.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "kube/object.hpp"

namespace headgate::controller {

/// Namespace and name.
using ObjectPlace = std::pair<std::string, std::string>;

/// Called from the thread of each reflector that feeds it, one object by one of them only.
class ObjectSink {
public:
    ObjectSink() = default;
    ObjectSink(const ObjectSink&) = delete;
    ObjectSink& operator=(const ObjectSink&) = delete;
    virtual ~ObjectSink() = default;

    /// Without its definition, or the right to list it, there are no objects of its kind; the
    /// others do not wait for it.
    [[nodiscard]] virtual bool may_be_missing() const { return false; }

    virtual void put(const kube::Object& object) = 0;

    /// As put, out of a list that was asked for at `asked`: what was written before is in it.
    virtual void put_listed(const kube::Object& object, std::chrono::steady_clock::time_point) {
        put(object);
    }

    virtual void remove(const ObjectPlace& place) = 0;

    /// All it holds; those that a complete list lacks are removed.
    [[nodiscard]] virtual std::vector<ObjectPlace> places() const = 0;
};

}  // namespace headgate::controller
