#include "bench/vandal.hpp"

#include <stdexcept>

namespace headgate::bench {

namespace {

const std::string kCreated = "$JS.EVENT.ADVISORY.STREAM.CREATED.";

}  // namespace

Vandal::Vandal(const std::string& nats)
    : nats_(nats, {.subjects = {kCreated + ">"}, .on_message = [this](const auto& heard) {
                       const std::scoped_lock lock{mutex_};
                       made_.emplace(heard.subject);
                       changed_.notify_all();
                   }}) {}

std::chrono::duration<double> Vandal::break_and_wait(const jetstream::StreamName& stream,
                                                     std::chrono::seconds time) {
    const auto subject = kCreated + stream.value();
    {
        const std::scoped_lock lock{mutex_};
        made_.erase(subject);
    }
    const auto began = std::chrono::steady_clock::now();
    const auto deleted = nats_.api->delete_stream(stream, core::Call::within(time));
    if (!deleted) {
        throw std::runtime_error(deleted.error().message);
    }
    std::unique_lock lock{mutex_};
    if (!changed_.wait_for(lock, time, [&] { return made_.contains(subject); })) {
        throw std::runtime_error(stream.value() + " was not made again in time");
    }
    return std::chrono::steady_clock::now() - began;
}

}  // namespace headgate::bench
