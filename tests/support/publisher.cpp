#include "tests/support/publisher.hpp"

#include <stdexcept>

#include <nats/nats.h>

namespace headgate::support {

namespace {

void check(natsStatus status, const char* what) {
    if (status != NATS_OK) {
        throw std::runtime_error(std::string{what} + ": " + natsStatus_GetText(status));
    }
}

}  // namespace

struct Publisher::State {
    natsConnection* connection = nullptr;
};

Publisher::Publisher(const std::string& url) : state_(std::make_unique<State>()) {
    check(natsConnection_ConnectTo(&state_->connection, url.c_str()), "publisher");
}

Publisher::~Publisher() {
    natsConnection_Destroy(state_->connection);
}

void Publisher::publish(const std::string& subject, std::size_t size) {
    const std::string body(size, 'x');
    check(natsConnection_Publish(
              state_->connection, subject.c_str(), body.data(), static_cast<int>(body.size())),
          "publish");
}

void Publisher::flush() {
    check(natsConnection_FlushTimeout(state_->connection, 30'000), "flush");
}

}  // namespace headgate::support
