// The port to a Kubernetes API server: what an operator needs of it and no more. Adapters: rest/
// (HTTPS) and the tests' in-memory fake; one contract suite runs on both. Safe to call from many
// threads. Errors every call may give: Unavailable (not reached, 429, 5xx), OutcomeUnknown (a
// write was sent and no answer came), Forbidden (401, 403), Cancelled (the call's stop token).
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/call.hpp"
#include "core/result.hpp"
#include "kube/object.hpp"

namespace headgate::kube {

struct ListPage {
    std::vector<Object> objects;
    std::string continue_token;        ///< Empty: this was the last page.
    ResourceVersion resource_version;  ///< Of the whole list, the same on each page; watch from it.
};

struct ServerVersion {
    int major = 0;
    int minor = 0;
    std::string text;  ///< "v1.36.3"

    friend bool operator==(const ServerVersion&, const ServerVersion&) = default;
};

/// Which objects of a kind a list or a watch is about. RBAC looks at it: a Role suffices for one
/// namespace, and one with resourceNames for one name.
struct Scope {
    std::string ns;    ///< Empty: all namespaces.
    std::string name;  ///< Empty: all of them.

    friend bool operator==(const Scope&, const Scope&) = default;
};

struct WatchFrom {
    ResourceVersion resource_version;
    std::chrono::seconds timeout;  ///< After which the server ends the stream by itself.
    /// In place of a list, and without a version: all there is comes first, and then a bookmark
    /// that says so. InvalidSpec: the server cannot.
    bool everything = false;
};

/// Takes the next bytes of a watch, cut anywhere; false ends the watch.
using ChunkSink = std::function<bool(std::string_view chunk)>;

class Api {
public:
    Api() = default;
    Api(const Api&) = delete;
    Api& operator=(const Api&) = delete;
    virtual ~Api() = default;

    /// One page. An empty token asks for the first one. Gone: the token expired, begin again.
    /// Forbidden names the right that is missing.
    virtual core::Result<ListPage> list_page(const ResourceType& type,
                                             const Scope& scope,
                                             std::size_t limit,
                                             const std::string& continue_token,
                                             const core::Call& call) = 0;

    /// Hands what happens after `from` to `sink`, on this thread, until the server ends the stream,
    /// the sink returns false (both success) or the call's stop token asks (Cancelled). Bookmarks
    /// are asked for. Only the stop token bounds it, the call's deadline does not. Gone: `from` is
    /// too old; the server may also say so inside the stream, as an ERROR event. Forbidden names
    /// the right that is missing.
    virtual core::Status watch(const ResourceType& type,
                               const Scope& scope,
                               const WatchFrom& from,
                               const ChunkSink& sink,
                               const core::Call& call) = 0;

    /// NotFound: there is none by that name.
    virtual core::Result<Object> get_object(const ResourceType& type,
                                            const std::string& ns,
                                            const std::string& name,
                                            const core::Call& call) = 0;

    /// Server-side apply of `status` on the status subresource, forced: fields this manager sent
    /// before and leaves out now go away, those of other managers stay. The same status again is
    /// no write on the server. NotFound: the object is gone. Conflict: it moved on from
    /// `object.resource_version` (an empty one is not looked at), or another one has its name now.
    /// Refused: the status does not fit the schema, as with a CRD of an older release.
    virtual core::Result<Object> apply_status(const ResourceType& type,
                                              const ObjectMeta& object,
                                              const core::Json& status,
                                              const std::string& field_manager,
                                              const core::Call& call) = 0;

    /// Adds `finalizer` to the list `object` shows; the object unchanged if it is there already.
    /// Conflict: the list (or the object of that name) is another by now. NotFound: it is gone.
    virtual core::Result<Object> add_finalizer(const ResourceType& type,
                                               const ObjectMeta& object,
                                               const std::string& finalizer,
                                               const core::Call& call) = 0;

    /// Removes it from the list `object` shows; a deleted object goes away with its last one.
    /// Conflict and NotFound as above.
    virtual core::Result<Object> remove_finalizer(const ResourceType& type,
                                                  const ObjectMeta& object,
                                                  const std::string& finalizer,
                                                  const core::Call& call) = 0;

    /// Creates `object`, which is whole, as a manifest is; its metadata names it. AlreadyExists:
    /// there is one by that name. NotFound: there is no such namespace. InvalidSpec: its fields
    /// are wrong.
    virtual core::Result<Object> create_object(const ResourceType& type,
                                               const core::Json& object,
                                               const core::Call& call) = 0;

    /// JSON Merge Patch (RFC 7396): fields of `patch` replace those of the object, null takes one
    /// away, all others stay. Conflict: the object moved on from `object.resource_version` (an
    /// empty one is not looked at). NotFound: there is none.
    virtual core::Result<Object> merge_patch(const ResourceType& type,
                                             const ObjectMeta& object,
                                             const core::Json& patch,
                                             const core::Call& call) = 0;

    virtual core::Result<ServerVersion> server_version(const core::Call& call) = 0;
};

}  // namespace headgate::kube
