#include "tests/support/tcp_proxy.hpp"

#include <array>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace headgate::support {

namespace {

constexpr int kPollMilliseconds = 20;

bool is_readable(int socket) {
    pollfd waiting{socket, POLLIN, 0};
    return poll(&waiting, 1, kPollMilliseconds) == 1;
}

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

/// Carries what there is from one end to the other; false: the connection is over.
bool carry(int from, int to) {
    std::array<char, 16384> buffer{};
    const auto got = recv(from, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0) {
        return errno == EAGAIN;
    }
    for (ssize_t sent = 0; sent < got;) {
        const auto more =
            send(to, buffer.data() + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
        if (more <= 0) {
            return false;
        }
        sent += more;
    }
    return got > 0;
}

}  // namespace

TcpProxy::TcpProxy(std::optional<std::uint16_t> port) : to_(port) {
    auto address = loopback(0);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener_, generic, size) != 0 || listen(listener_, 64) != 0 ||
        getsockname(listener_, generic, &size) != 0) {
        throw std::runtime_error{"no listener for a proxy"};
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::jthread{[this](const std::stop_token& stop) { accept_all(stop); }};
}

TcpProxy::~TcpProxy() {
    acceptor_.request_stop();
    acceptor_.join();
    for (auto& thread : threads_) {
        thread.request_stop();
    }
    threads_.clear();
    close(listener_);
}

void TcpProxy::stall() {
    const std::scoped_lock lock{mutex_};
    stalled_ = connections_;
}

std::size_t TcpProxy::connections() const {
    const std::scoped_lock lock{mutex_};
    return connections_;
}

std::vector<std::string> TcpProxy::requests() const {
    const std::scoped_lock lock{mutex_};
    return requests_;
}

bool TcpProxy::is_stalled(std::size_t number) const {
    const std::scoped_lock lock{mutex_};
    return number < stalled_;
}

void TcpProxy::accept_all(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        if (!is_readable(listener_)) {
            continue;
        }
        const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) {
            continue;
        }
        const std::scoped_lock lock{mutex_};
        threads_.emplace_back([this, client, number = connections_++](const std::stop_token& end) {
            serve(client, number, end);
            close(client);
        });
    }
}

int TcpProxy::connect_to(std::uint16_t port) const {
    const int far = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = loopback(port);
    if (connect(far, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        close(far);
        return -1;
    }
    return far;
}

int TcpProxy::open_far_end(int client) {
    if (to_) {
        return connect_to(*to_);
    }
    std::string head;
    char byte = 0;
    while (!head.ends_with("\r\n\r\n") && recv(client, &byte, 1, 0) == 1) {
        head += byte;
    }
    {
        const std::scoped_lock lock{mutex_};
        requests_.push_back(head);
    }
    const auto target = head.substr(0, head.find(" HTTP/"));
    const auto colon = target.rfind(':');
    if (!head.starts_with("CONNECT ") || colon == std::string::npos) {
        return -1;
    }
    const int far = connect_to(static_cast<std::uint16_t>(std::stoi(target.substr(colon + 1))));
    if (far >= 0) {
        constexpr std::string_view kDone = "HTTP/1.1 200 Connection established\r\n\r\n";
        static_cast<void>(send(client, kDone.data(), kDone.size(), MSG_NOSIGNAL));
    }
    return far;
}

void TcpProxy::serve(int client, std::size_t number, const std::stop_token& stop) {
    const int far = open_far_end(client);
    bool open = far >= 0;
    while (open && !stop.stop_requested()) {
        std::array<pollfd, 2> ends{pollfd{client, POLLIN, 0}, pollfd{far, POLLIN, 0}};
        if (is_stalled(number)) {
            poll(nullptr, 0, kPollMilliseconds);
            continue;
        }
        if (poll(ends.data(), ends.size(), kPollMilliseconds) <= 0) {
            continue;
        }
        // Not what came while it fell silent.
        if (is_stalled(number)) {
            continue;
        }
        open = (ends[0].revents == 0 || carry(client, far)) &&
               (ends[1].revents == 0 || carry(far, client));
    }
    if (far >= 0) {
        close(far);
    }
}

}  // namespace headgate::support
