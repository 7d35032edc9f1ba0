// Who deletes streams behind the operator's back, and sees when they are back.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <string>

#include "bench/floor.hpp"
#include "jetstream/names.hpp"

namespace headgate::bench {

class Vandal {
public:
    explicit Vandal(const std::string& nats);

    /// From the request until the server tells that the stream was made again. Throws where it is
    /// not in time.
    [[nodiscard]] std::chrono::duration<double> break_and_wait(const jetstream::StreamName& stream,
                                                               std::chrono::seconds time);

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::set<std::string> made_;  ///< Subjects of advisories.
    Nats nats_;
};

}  // namespace headgate::bench
