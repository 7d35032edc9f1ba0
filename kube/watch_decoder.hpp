// Watch streams: newline-delimited JSON, arriving in pieces cut anywhere, becomes events.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/result.hpp"
#include "kube/object.hpp"

namespace headgate::kube {

struct Added {
    Object object;
};

struct Modified {
    Object object;
};

struct Deleted {
    Object object;  ///< As it was last.
};

/// Nothing happened up to here.
struct Bookmark {
    ResourceVersion resource_version;
    bool ends_everything = false;  ///< What was there at the beginning has been told.
};

/// The server ended the watch with an error, or sent what is none of the above (Internal).
struct Failed {
    core::Error error;
};

using WatchEvent = std::variant<Added, Modified, Deleted, Bookmark, Failed>;

class WatchDecoder {
public:
    /// Above what etcd takes for an object (1.5 MiB), with room for JSON's escapes.
    static constexpr std::size_t kMaximumLine = std::size_t{8} << 20U;

    explicit WatchDecoder(std::size_t maximum_line = kMaximumLine) : maximum_line_(maximum_line) {}

    /// The events that `chunk` completes. A line that is too long or no event becomes Failed with
    /// Internal, and the decoder yields nothing more: what follows cannot be trusted to be whole.
    [[nodiscard]] std::vector<WatchEvent> feed(std::string_view chunk);

private:
    void finish_line(std::string_view rest, std::vector<WatchEvent>& events);

    std::size_t maximum_line_;
    std::string line_;
    bool failed_ = false;
};

}  // namespace headgate::kube
