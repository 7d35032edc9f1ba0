// A page of STREAM.LIST cut into its streams, so that most of them need not be read: what a resync
// goes by is whether anything is other than it was.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "jetstream/names.hpp"

namespace headgate::jetstream {

/// A stream of a list that has not been read.
struct ListedStream {
    StreamName name;
    /// Another one where the configuration is another, or the stream itself (by a hash of 64 bits).
    /// Means nothing outside of this process.
    std::uint64_t fingerprint = 0;
    std::int64_t consumers = 0;
};

/// Whether it need not be read either.
using PassOver = std::function<bool(const ListedStream&)>;

struct CutList {
    struct Stream {
        ListedStream listed;
        std::string_view text;  ///< Its JSON, within the reply.
    };

    std::vector<Stream> streams;
    std::string rest;  ///< The reply without them.
};

/// What is no such reply is found out by whoever reads its pieces.
[[nodiscard]] CutList cut_stream_list(std::string_view reply);

}  // namespace headgate::jetstream
