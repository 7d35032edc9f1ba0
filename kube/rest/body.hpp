// The body of a streamed response on its way from the HTTP library's threads to one reader:
// bounded, so that a server that sends faster than its events are taken waits. (The library's own
// buffer takes whatever comes.)
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include <cpprest/astreambuf.h>

#include "core/result.hpp"

namespace headgate::kube::rest {

/// The library writes here (`_putn`) and holds its next read back until the write is done.
class Body final : public concurrency::streams::details::streambuf_state_manager<std::uint8_t> {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    /// So much may wait for the reader before the library does; a chunk is taken whole.
    static constexpr std::size_t kBound = 256U << 10U;

    Body() : streambuf_state_manager(std::ios_base::out) {}

    /// What has come since the last call, at least a byte; an empty text at the body's end. Errors
    /// as of the end; Cancelled; Unavailable: nothing until the deadline.
    [[nodiscard]] core::Result<std::string> take(TimePoint deadline, const std::stop_token& stop);

    /// No more will come, for this reason.
    void end(core::Status status);

    /// The reader has gone: what comes now is refused.
    void abandon();

    bool can_seek() const override { return false; }

    bool has_size() const override { return false; }

    std::size_t buffer_size(std::ios_base::openmode) const override { return 0; }

    void set_buffer_size(std::size_t, std::ios_base::openmode) override {}

    std::size_t in_avail() const override { return 0; }

    pos_type getpos(std::ios_base::openmode) const override { return nowhere(); }

    pos_type seekpos(pos_type, std::ios_base::openmode) override { return nowhere(); }

    pos_type seekoff(off_type, std::ios_base::seekdir, std::ios_base::openmode) override {
        return nowhere();
    }

    bool acquire(std::uint8_t*&, std::size_t&) override { return false; }

    void release(std::uint8_t*, std::size_t) override {}

protected:
    pplx::task<std::size_t> _putn(const std::uint8_t* bytes, std::size_t count) override;
    pplx::task<int_type> _putc(std::uint8_t byte) override;

    pplx::task<bool> _sync() override { return pplx::task_from_result(true); }

    // It is never read through the library.
    pplx::task<int_type> _bumpc() override { return pplx::task_from_result(traits::eof()); }

    int_type _sbumpc() override { return traits::eof(); }

    pplx::task<int_type> _getc() override { return pplx::task_from_result(traits::eof()); }

    int_type _sgetc() override { return traits::eof(); }

    pplx::task<int_type> _nextc() override { return pplx::task_from_result(traits::eof()); }

    pplx::task<int_type> _ungetc() override { return pplx::task_from_result(traits::eof()); }

    pplx::task<std::size_t> _getn(std::uint8_t*, std::size_t) override {
        return pplx::task_from_result(std::size_t{0});
    }

    std::size_t _scopy(std::uint8_t*, std::size_t) override { return 0; }

    std::uint8_t* _alloc(std::size_t) override { return nullptr; }

    void _commit(std::size_t) override {}

private:
    static pos_type nowhere() { return static_cast<pos_type>(traits::eof()); }

    struct Held {
        pplx::task_completion_event<std::size_t> done;
        std::size_t count = 0;
    };

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::string waiting_;
    std::optional<Held> held_;  ///< The write that waits for the reader.
    std::optional<core::Status> ended_;
    bool abandoned_ = false;
};

}  // namespace headgate::kube::rest
