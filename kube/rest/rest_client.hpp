// kube::Api over HTTPS. Unary requests share one pool of connections; each watch has a connection
// of its own. Blocks the calling thread, which must not be one of the HTTP library's pool.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "core/result.hpp"
#include "kube/api.hpp"
#include "kube/connection_settings.hpp"
#include "kube/rest/connection.hpp"

namespace headgate::kube::rest {

class RestClient final : public Api {
public:
    /// Does not connect yet. InvalidSpec: no http(s) URL, or TLS settings that cannot be used.
    [[nodiscard]] static core::Result<std::unique_ptr<RestClient>> open(ConnectionSettings settings,
                                                                        Observer observer = {});

    ~RestClient() override;

    core::Result<ListPage> list_page(const ResourceType& type,
                                     const Scope& scope,
                                     std::size_t limit,
                                     const std::string& continue_token,
                                     const core::Call& call) override;
    core::Status watch(const ResourceType& type,
                       const Scope& scope,
                       const WatchFrom& from,
                       const ChunkSink& sink,
                       const core::Call& call) override;
    core::Result<Object> get_object(const ResourceType& type,
                                    const std::string& ns,
                                    const std::string& name,
                                    const core::Call& call) override;
    core::Result<Object> apply_status(const ResourceType& type,
                                      const ObjectMeta& object,
                                      const core::Json& status,
                                      const std::string& field_manager,
                                      const core::Call& call) override;
    core::Result<Object> add_finalizer(const ResourceType& type,
                                       const ObjectMeta& object,
                                       const std::string& finalizer,
                                       const core::Call& call) override;
    core::Result<Object> remove_finalizer(const ResourceType& type,
                                          const ObjectMeta& object,
                                          const std::string& finalizer,
                                          const core::Call& call) override;
    core::Result<Object> create_object(const ResourceType& type,
                                       const core::Json& object,
                                       const core::Call& call) override;
    core::Result<Object> merge_patch(const ResourceType& type,
                                     const ObjectMeta& object,
                                     const core::Json& patch,
                                     const core::Call& call) override;
    core::Result<ServerVersion> server_version(const core::Call& call) override;

private:
    explicit RestClient(std::unique_ptr<Connection> connection);

    std::unique_ptr<Connection> connection_;
};

}  // namespace headgate::kube::rest
