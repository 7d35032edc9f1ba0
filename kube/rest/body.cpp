#include "kube/rest/body.hpp"

#include <stdexcept>
#include <utility>

namespace headgate::kube::rest {

using core::Error;
using core::ErrorCode;

namespace {

std::exception_ptr refusal() {
    return std::make_exception_ptr(std::runtime_error{"nobody reads this any more"});
}

}  // namespace

core::Result<std::string> Body::take(TimePoint deadline, const std::stop_token& stop) {
    std::unique_lock lock{mutex_};
    const bool came = changed_.wait_until(
        lock, stop, deadline, [this] { return !waiting_.empty() || ended_.has_value(); });
    if (stop.stop_requested()) {
        return Error{ErrorCode::Cancelled, "a stop was requested"};
    }
    if (!came) {
        return Error{ErrorCode::Unavailable, "nothing came, not even the end that was due"};
    }
    if (waiting_.empty()) {
        return *ended_ ? core::Result<std::string>{std::string{}} : ended_->error();
    }
    auto text = std::exchange(waiting_, {});
    const auto held = std::exchange(held_, std::nullopt);
    lock.unlock();
    if (held) {
        // Outside the lock: it may run what writes the next chunk.
        held->done.set(held->count);
    }
    return text;
}

void Body::end(core::Status status) {
    const std::scoped_lock lock{mutex_};
    if (!ended_) {
        ended_ = std::move(status);
    }
    changed_.notify_all();
}

void Body::abandon() {
    std::unique_lock lock{mutex_};
    abandoned_ = true;
    const auto held = std::exchange(held_, std::nullopt);
    lock.unlock();
    if (held) {
        held->done.set_exception(refusal());
    }
}

pplx::task<std::size_t> Body::_putn(const std::uint8_t* bytes, std::size_t count) {
    const std::scoped_lock lock{mutex_};
    if (abandoned_) {
        return pplx::task_from_exception<std::size_t>(refusal());
    }
    waiting_.append(reinterpret_cast<const char*>(bytes), count);
    changed_.notify_all();
    if (waiting_.size() <= kBound) {
        return pplx::task_from_result(count);
    }
    held_ = Held{{}, count};
    return pplx::create_task(held_->done);
}

pplx::task<Body::int_type> Body::_putc(std::uint8_t byte) {
    return _putn(&byte, 1).then([byte](std::size_t) { return static_cast<int_type>(byte); });
}

}  // namespace headgate::kube::rest
