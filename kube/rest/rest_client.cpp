#include "kube/rest/rest_client.hpp"

#include <utility>

#include <nlohmann/json.hpp>

#include "kube/patch.hpp"
#include "kube/reply.hpp"
#include "kube/request.hpp"

namespace headgate::kube::rest {

namespace {

using core::Call;
using core::Result;
using core::Status;

/// A watch says something, at the latest its end, by the server's timeout and this much more.
constexpr std::chrono::seconds kWatchSlack{5};

/// A missing right is the one error that is mended elsewhere, so it is told first.
core::Error told(core::Error error,
                 std::string_view verb,
                 const ResourceType& type,
                 const Scope& scope) {
    return error.code == core::ErrorCode::Forbidden
               ? core::with_context("may not " + right_to(verb, type, scope), std::move(error))
               : error;
}

}  // namespace

Result<std::unique_ptr<RestClient>> RestClient::open(ConnectionSettings settings,
                                                     Observer observer) {
    auto connection = Connection::open(std::move(settings), std::move(observer));
    if (!connection) {
        return connection.error();
    }
    return std::unique_ptr<RestClient>{new RestClient(std::move(*connection))};
}

RestClient::RestClient(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)) {}

RestClient::~RestClient() = default;

Result<ListPage> RestClient::list_page(const ResourceType& type,
                                       const Scope& scope,
                                       std::size_t limit,
                                       const std::string& continue_token,
                                       const Call& call) {
    auto page = connection_->send(list_request(type, scope, limit, continue_token), call)
                    .and_then(list_page_of);
    return page ? std::move(page) : told(page.error(), "list", type, scope);
}

Status RestClient::watch(const ResourceType& type,
                         const Scope& scope,
                         const WatchFrom& from,
                         const ChunkSink& sink,
                         const Call& call) {
    const auto ended = connection_->stream(
        watch_request(type, scope, from), from.timeout + kWatchSlack, sink, call);
    return ended ? ended : told(ended.error(), "watch", type, scope);
}

Result<Object> RestClient::get_object(const ResourceType& type,
                                      const std::string& ns,
                                      const std::string& name,
                                      const Call& call) {
    return connection_->send(get_request(type, ns, name), call).and_then(object_of);
}

Result<Object> RestClient::apply_status(const ResourceType& type,
                                        const ObjectMeta& object,
                                        const core::Json& status,
                                        const std::string& field_manager,
                                        const Call& call) {
    return connection_->send(apply_status_request(type, object, status, field_manager), call)
        .and_then(object_of);
}

Result<Object> RestClient::add_finalizer(const ResourceType& type,
                                         const ObjectMeta& object,
                                         const std::string& finalizer,
                                         const Call& call) {
    const auto patch = add_finalizer_patch(object, finalizer);
    if (!patch) {
        return get_object(type, object.ns, object.name, call);
    }
    return connection_->send(json_patch_request(type, object, *patch), call).and_then(object_of);
}

Result<Object> RestClient::remove_finalizer(const ResourceType& type,
                                            const ObjectMeta& object,
                                            const std::string& finalizer,
                                            const Call& call) {
    const auto patch = remove_finalizer_patch(object, finalizer);
    if (!patch) {
        return get_object(type, object.ns, object.name, call);
    }
    return connection_->send(json_patch_request(type, object, *patch), call).and_then(object_of);
}

Result<Object> RestClient::create_object(const ResourceType& type,
                                         const core::Json& object,
                                         const Call& call) {
    return connection_->send(create_request(type, object), call).and_then(object_of);
}

Result<Object> RestClient::merge_patch(const ResourceType& type,
                                       const ObjectMeta& object,
                                       const core::Json& patch,
                                       const Call& call) {
    return connection_->send(merge_patch_request(type, object, patch), call).and_then(object_of);
}

Result<ServerVersion> RestClient::server_version(const Call& call) {
    return connection_->send(version_request(), call).and_then(version_of);
}

}  // namespace headgate::kube::rest
