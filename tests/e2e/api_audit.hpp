// ApiAudit: every request to the JetStream API of an account as the server itself tells of it, with
// the user who sent it. What says which of two operators did something.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/guarded.hpp"
#include "jetstream/nats/connection.hpp"

namespace headgate::e2e {

struct ApiWrite {
    std::string user;
    std::string subject;  ///< Without the prefix: "STREAM.UPDATE.ORDERS".
};

class ApiAudit {
public:
    /// Listens as this user. Throws std::runtime_error where it cannot connect.
    ApiAudit(const std::string& url, const std::string& user, const std::string& password);

    /// The requests of others so far that change something, in the order they came.
    [[nodiscard]] std::vector<ApiWrite> writes();

    /// How many of them are this user's.
    [[nodiscard]] std::size_t writes_by(const std::string& user);

private:
    void take(std::string_view payload);

    core::Guarded<std::vector<ApiWrite>> heard_;
    std::unique_ptr<jetstream::nats::Connection> connection_;
    int marks_ = 0;
};

}  // namespace headgate::e2e
