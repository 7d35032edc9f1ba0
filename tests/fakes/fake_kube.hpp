// FakeKube: an API server in memory, as far as kube::Api sees one: resource versions, generations,
// finalizers, server-side apply of a status, paged lists, watches with bookmarks, and a history
// that can be compacted. tests/contract/kube_contract_test.cpp holds it to what a real one does.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/json.hpp"
#include "kube/api.hpp"
#include "kube/object.hpp"

namespace headgate::fakes {

/// Breaks calls by verb (list, watch, get, create, apply, patch) and object name (empty for the
/// first two). May be called from any thread.
using KubeFault =
    std::function<std::optional<core::Error>(std::string_view verb, const std::string& name)>;

class FakeKube final : public kube::Api {
public:
    // What users and other controllers do to objects. They throw std::out_of_range where there is
    // no such object.
    kube::Object create(const kube::ResourceType& type,
                        const std::string& ns,
                        const std::string& name,
                        const core::Json& spec,
                        std::map<std::string, std::string> annotations = {});
    /// A Secret or ConfigMap: `data` in place of a spec, no generation.
    kube::Object create_data(const kube::ResourceType& type,
                             const std::string& ns,
                             const std::string& name,
                             const core::Json& data);
    kube::Object replace_data(const kube::ResourceType& type,
                              const std::string& ns,
                              const std::string& name,
                              const core::Json& data);
    kube::Object replace_spec(const kube::ResourceType& type,
                              const std::string& ns,
                              const std::string& name,
                              const core::Json& spec);
    kube::Object annotate(const kube::ResourceType& type,
                          const std::string& ns,
                          const std::string& name,
                          const std::string& key,
                          const std::string& value);
    /// Goes at once without finalizers, else with its last one.
    void erase(const kube::ResourceType& type, const std::string& ns, const std::string& name);

    [[nodiscard]] std::optional<kube::Object> object(const kube::ResourceType& type,
                                                     const std::string& ns,
                                                     const std::string& name) const;

    /// All that was written to it and that parse_object does not keep, of objects made by
    /// create_object; null: there is none.
    [[nodiscard]] core::Json document(const kube::ResourceType& type,
                                      const std::string& ns,
                                      const std::string& name) const;
    /// The documents of one type, in the order of their names.
    [[nodiscard]] std::vector<core::Json> documents(const kube::ResourceType& type) const;

    // What happens to the server.

    /// Forgets the history: continue tokens expire, and new watches from before now are Gone.
    void compact();
    /// Ends all watches as the server does after their timeout.
    void end_watches();
    /// Watches tell nothing more until they may again: events that come late.
    void hold_events(bool hold);
    /// So many more events, while they are held.
    void let_through(int events);
    /// Events that a watch has told and its taker has taken.
    [[nodiscard]] std::size_t told() const;
    /// Whether a watch may ask for everything first; it may until it is told otherwise.
    void stream_lists(bool can);
    /// Tells all watches how far they are.
    void send_bookmarks();
    /// The call fails and nothing is done.
    void fail_before(KubeFault fault);
    /// The call is carried out, and fails: a reply that was lost.
    void fail_after(KubeFault fault);

    /// Calls of one verb so far, failed ones included.
    [[nodiscard]] std::size_t requests(std::string_view verb) const;
    /// Calls that may change something.
    [[nodiscard]] std::size_t write_requests() const;
    /// Watches that run now.
    [[nodiscard]] std::size_t watches() const;

    core::Result<kube::ListPage> list_page(const kube::ResourceType& type,
                                           const kube::Scope& scope,
                                           std::size_t limit,
                                           const std::string& continue_token,
                                           const core::Call& call) override;
    core::Status watch(const kube::ResourceType& type,
                       const kube::Scope& scope,
                       const kube::WatchFrom& from,
                       const kube::ChunkSink& sink,
                       const core::Call& call) override;
    core::Result<kube::Object> get_object(const kube::ResourceType& type,
                                          const std::string& ns,
                                          const std::string& name,
                                          const core::Call& call) override;
    core::Result<kube::Object> apply_status(const kube::ResourceType& type,
                                            const kube::ObjectMeta& object,
                                            const core::Json& status,
                                            const std::string& field_manager,
                                            const core::Call& call) override;
    core::Result<kube::Object> add_finalizer(const kube::ResourceType& type,
                                             const kube::ObjectMeta& object,
                                             const std::string& finalizer,
                                             const core::Call& call) override;
    core::Result<kube::Object> remove_finalizer(const kube::ResourceType& type,
                                                const kube::ObjectMeta& object,
                                                const std::string& finalizer,
                                                const core::Call& call) override;
    core::Result<kube::Object> create_object(const kube::ResourceType& type,
                                             const core::Json& object,
                                             const core::Call& call) override;
    core::Result<kube::Object> merge_patch(const kube::ResourceType& type,
                                           const kube::ObjectMeta& object,
                                           const core::Json& patch,
                                           const core::Call& call) override;
    core::Result<kube::ServerVersion> server_version(const core::Call& call) override;

private:
    using Key = std::tuple<std::string, std::string, std::string>;  ///< Type, namespace, name.

    struct Stored {
        kube::Object object;
        core::Json document;                        ///< As created and patched since.
        std::map<std::string, core::Json> applied;  ///< Status as each field manager sent it last.
    };

    struct Happening {
        std::uint64_t revision = 0;
        std::string type;
        std::string_view event;
        kube::Object object;
    };

    struct Snapshot {
        std::uint64_t revision = 0;
        std::vector<kube::Object> objects;
    };

    // All of these need `mutex_`.
    kube::Object& add(const kube::ResourceType& type,
                      const std::string& ns,
                      const std::string& name);
    Stored& at(const kube::ResourceType& type, const std::string& ns, const std::string& name);
    Stored* find(const kube::ResourceType& type, const kube::ObjectMeta& object);
    void record(const std::string& type, std::string_view event, kube::Object& object);
    void remove(const Key& key);

    [[nodiscard]] bool is_held() const { return holding_ && let_through_ == 0; }

    std::optional<std::string> next_line(const std::string& type,
                                         const kube::Scope& scope,
                                         std::uint64_t& position) const;
    [[nodiscard]] std::vector<std::string> everything(const kube::ResourceType& type,
                                                      const kube::Scope& scope) const;
    core::Result<kube::Object> replace_finalizers(const kube::ResourceType& type,
                                                  const kube::ObjectMeta& seen,
                                                  std::vector<std::string> finalizers);
    core::Result<kube::ListPage> page_of(const kube::ResourceType& type,
                                         const kube::Scope& scope,
                                         std::size_t limit,
                                         const std::string& continue_token);

    /// Counts the call and runs `action` under the lock, between the faults.
    template <class T, class Action>
    core::Result<T> carry_out(std::string_view verb,
                              const std::string& name,
                              const core::Call& call,
                              Action action);
    std::optional<core::Error> broken(const KubeFault& fault,
                                      std::string_view verb,
                                      const std::string& name) const;
    core::Status admit(std::string_view verb, const std::string& name, const core::Call& call);

    mutable std::mutex mutex_;  ///< Guards all below.
    std::condition_variable_any changed_;
    std::map<Key, Stored> objects_;
    std::vector<Happening> history_;
    std::map<std::string, Snapshot> snapshots_;  ///< By continue token.
    std::map<std::string, std::size_t, std::less<>> requests_;
    std::uint64_t revision_ = 100;
    std::uint64_t compacted_ = 100;
    std::uint64_t watch_epoch_ = 0;
    bool holding_ = false;
    int let_through_ = 0;
    std::size_t told_ = 0;
    bool streams_lists_ = true;
    std::uint64_t bookmark_epoch_ = 0;
    std::size_t watches_ = 0;
    std::uint64_t objects_made_ = 0;
    KubeFault before_;
    KubeFault after_;
};

}  // namespace headgate::fakes
