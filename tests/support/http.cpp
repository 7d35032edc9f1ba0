#include "tests/support/http.hpp"

#include <arpa/inet.h>
#include <array>
#include <cstdlib>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace headgate::support {

namespace {

struct Socket {
    int number = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    Socket() = default;
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    ~Socket() {
        if (number >= 0) {
            close(number);
        }
    }
};

bool connect_to(const Socket& socket, std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return connect(socket.number, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

// HTTP/1.0 without keep-alive: the reply ends where the server closes.
std::optional<std::string> read_to_end(const Socket& socket,
                                       std::chrono::steady_clock::time_point deadline) {
    std::string all;
    std::array<char, 16384> chunk{};
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        pollfd ready{.fd = socket.number, .events = POLLIN, .revents = 0};
        if (left.count() <= 0 || poll(&ready, 1, static_cast<int>(left.count())) <= 0) {
            return std::nullopt;
        }
        const auto count = recv(socket.number, chunk.data(), chunk.size(), 0);
        if (count < 0) {
            return std::nullopt;
        }
        if (count == 0) {
            return all;
        }
        all.append(chunk.data(), static_cast<std::size_t>(count));
    }
}

}  // namespace

std::optional<HttpReply> http_get(std::uint16_t port,
                                  std::string_view path,
                                  std::chrono::milliseconds time,
                                  std::string_view method) {
    const auto deadline = std::chrono::steady_clock::now() + time;
    const Socket socket;
    if (!connect_to(socket, port)) {
        return std::nullopt;
    }
    const std::string request = std::string{method} + " " + std::string{path} +
                                " HTTP/1.0\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    if (send(socket.number, request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size())) {
        return std::nullopt;
    }
    const auto reply = read_to_end(socket, deadline);
    const auto status_at = reply ? reply->find(' ') : std::string::npos;
    const auto body_at = reply ? reply->find("\r\n\r\n") : std::string::npos;
    if (status_at == std::string::npos || body_at == std::string::npos) {
        return std::nullopt;
    }
    return HttpReply{std::atoi(reply->c_str() + status_at), reply->substr(body_at + 4)};
}

}  // namespace headgate::support
