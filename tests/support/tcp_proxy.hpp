// TcpProxy: a loopback TCP port in between. It forwards to one server, or, as an HTTP proxy, to
// where each CONNECT asks; and it can fall silent, as a path does whose far end is gone without a
// word.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace headgate::support {

class TcpProxy {
public:
    /// Forwards to 127.0.0.1:`port`; none: an HTTP proxy for CONNECT to loopback addresses. Throws
    /// std::runtime_error.
    explicit TcpProxy(std::optional<std::uint16_t> port = std::nullopt);

    TcpProxy(const TcpProxy&) = delete;
    TcpProxy& operator=(const TcpProxy&) = delete;
    ~TcpProxy();

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

    /// From now on the connections there are stay open and carry nothing. Later ones do.
    void stall();

    /// Connections there were so far.
    [[nodiscard]] std::size_t connections() const;

    /// The heads of the CONNECT requests so far.
    [[nodiscard]] std::vector<std::string> requests() const;

private:
    void accept_all(const std::stop_token& stop);
    void serve(int client, std::size_t number, const std::stop_token& stop);
    [[nodiscard]] int connect_to(std::uint16_t port) const;
    [[nodiscard]] int open_far_end(int client);
    [[nodiscard]] bool is_stalled(std::size_t number) const;

    std::optional<std::uint16_t> to_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    std::size_t connections_ = 0;
    std::size_t stalled_ = 0;  ///< Connections with a number below it carry nothing.
    std::vector<std::string> requests_;
    std::list<std::jthread> threads_;
    std::jthread acceptor_;
};

}  // namespace headgate::support
