// What a connection listens to beside the replies to its requests: subscriptions that are renewed
// with every new link, before it counts as connected.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace headgate::jetstream::nats {

struct Heard {
    std::string_view subject;
    std::string_view payload;
    std::uint64_t client_id;  ///< Of the connection that heard it, as the server counts them.
};

/// The functions are called from the library's threads, several at a time.
struct Listening {
    std::vector<std::string> subjects;
    std::function<void(const Heard&)> on_message = [](const Heard&) {};
    /// The user may not subscribe to one of the subjects; the others go on.
    std::function<void(const std::string& subject)> on_denied = [](const std::string&) {};
};

}  // namespace headgate::jetstream::nats
