#include "tests/support/free_port.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace headgate::support {

FreePort::FreePort() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (socket_ < 0 || setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(socket_, generic, size) != 0 || getsockname(socket_, generic, &size) != 0) {
        const std::string reason = std::generic_category().message(errno);
        if (socket_ >= 0) {
            close(socket_);
        }
        throw std::runtime_error("keep a free port: " + reason);
    }
    number_ = ntohs(address.sin_port);
}

FreePort::FreePort(FreePort&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), number_(std::exchange(other.number_, 0)) {}

FreePort& FreePort::operator=(FreePort&& other) noexcept {
    std::swap(socket_, other.socket_);
    std::swap(number_, other.number_);
    return *this;
}

FreePort::~FreePort() {
    if (socket_ >= 0) {
        close(socket_);
    }
}

std::string FreePort::address() const {
    return "127.0.0.1:" + std::to_string(number_);
}

}  // namespace headgate::support
