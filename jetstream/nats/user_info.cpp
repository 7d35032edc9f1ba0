#include "jetstream/nats/user_info.hpp"

#include <nlohmann/json.hpp>

#include "core/json.hpp"
#include "jetstream/nats/connection.hpp"

namespace headgate::jetstream::nats {

using core::Error;
using core::ErrorCode;
using core::Json;
using core::Result;

namespace {

std::string text_in(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

Json object_in(const Json& json, const char* key) {
    const auto found = json.is_object() ? json.find(key) : json.end();
    return found != json.end() && found->is_object() ? *found : Json::object();
}

}  // namespace

Result<UserInfo> parse_user_info(std::string_view reply) {
    const auto json = Json::parse(reply, nullptr, false);
    if (!json.is_object()) {
        return Error{ErrorCode::Internal, "the server's answer on this user is no JSON object"};
    }
    const auto server = object_in(json, "server");
    return UserInfo{.server = text_in(server, "name"),
                    .version = text_in(server, "ver"),
                    .cluster = text_in(server, "cluster"),
                    .account = text_in(object_in(json, "data"), "account")};
}

Result<UserInfo> user_info(Connection& connection, const core::Call& call) {
    const auto reply = connection.request("$SYS.REQ.USER.INFO", {}, call);
    return reply ? parse_user_info(*reply) : Result<UserInfo>{reply.error()};
}

}  // namespace headgate::jetstream::nats
