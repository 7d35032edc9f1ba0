// Publishes many messages fast, without waiting for each to be stored.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace headgate::support {

class Publisher {
public:
    /// Throws std::runtime_error where the server cannot be reached.
    explicit Publisher(const std::string& url);

    Publisher(const Publisher&) = delete;
    Publisher& operator=(const Publisher&) = delete;
    ~Publisher();

    /// A message of `size` bytes; on its way some time before the next flush() is over.
    void publish(const std::string& subject, std::size_t size = 10);

    /// Returns when the server has taken in all that was published.
    void flush();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace headgate::support
