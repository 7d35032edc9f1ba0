// Where a connection has led: which server, and into which account.
#pragma once

#include <string>
#include <string_view>

#include "core/call.hpp"
#include "core/result.hpp"

namespace headgate::jetstream::nats {

class Connection;

struct UserInfo {
    std::string server;  ///< Its name.
    std::string version;
    std::string cluster;
    std::string account;  ///< Its name; of an account by JWT, its public key.
};

/// The reply to $SYS.REQ.USER.INFO. Internal: it is none.
[[nodiscard]] core::Result<UserInfo> parse_user_info(std::string_view reply);

/// From nats-server 2.9 on, and without any right beyond that of publishing so. Errors as
/// Connection::request.
[[nodiscard]] core::Result<UserInfo> user_info(Connection& connection, const core::Call& call);

}  // namespace headgate::jetstream::nats
