#include "tests/fakes/fake_kube.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/units.hpp"

namespace headgate::fakes {

namespace {

using core::Call;
using core::Error;
using core::ErrorCode;
using core::Json;
using core::Result;
using core::Status;
using kube::Object;
using kube::ObjectMeta;
using kube::ResourceType;
using kube::ResourceVersion;

std::string key_of(const ResourceType& type) {
    return type.api_version() + "/" + type.plural;
}

/// Whole seconds, one later for each object, so that age orders them as made.
std::string timestamp(std::uint64_t seconds) {
    using namespace std::chrono_literals;
    return core::format_time(
        core::Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}} +
        std::chrono::seconds{seconds});
}

Error not_found(const std::string& name) {
    return {ErrorCode::NotFound, "HTTP 404: \"" + name + "\" not found"};
}

Error gone(const std::string& what) {
    return {ErrorCode::Gone, "HTTP 410: " + what};
}

/// `conditions` is a map by type, as a list: turned into one, fields are fields at any depth.
Json as_tree(const Json& status) {
    auto tree = status;
    if (const auto found = tree.find("conditions"); found != tree.end() && found->is_array()) {
        auto by_type = Json::object();
        for (const auto& condition : *found) {
            by_type[condition.at("type").get<std::string>()] = condition;
        }
        *found = std::move(by_type);
    }
    return tree;
}

Json as_status(const Json& tree, const Json& order) {
    auto status = tree;
    if (const auto found = status.find("conditions"); found != status.end()) {
        auto list = Json::array();
        const auto move_over = [&](const std::string& type) {
            if (found->contains(type)) {
                list.push_back((*found)[type]);
                found->erase(type);
            }
        };
        for (const auto& status_in_order : order) {
            for (const auto& condition : status_in_order.value("conditions", Json::array())) {
                move_over(condition.at("type").get<std::string>());
            }
        }
        *found = std::move(list);
    }
    return status;
}

/// Takes from `live` what `before` had, `now` leaves out, and none of `others` has.
void drop_left_out(Json& live,
                   const Json& before,
                   const Json& now,
                   const std::vector<Json>& others) {
    for (const auto& [key, value] : before.items()) {
        if (!live.contains(key)) {
            continue;
        }
        std::vector<Json> owners;
        for (const auto& other : others) {
            if (other.is_object() && other.contains(key)) {
                owners.push_back(other[key]);
            }
        }
        const bool kept = now.is_object() && now.contains(key);
        if (value.is_object() && live[key].is_object()) {
            drop_left_out(live[key], value, kept ? now[key] : Json::object(), owners);
        }
        if (!kept && owners.empty()) {
            live.erase(key);
        }
    }
}

void merge(Json& live, const Json& now) {
    for (const auto& [key, value] : now.items()) {
        if (value.is_object() && live.contains(key) && live[key].is_object()) {
            merge(live[key], value);
        } else {
            live[key] = value;
        }
    }
}

/// By force, a field set to another value stops being the other manager's.
void take_over(Json& other, const Json& now) {
    for (const auto& [key, value] : now.items()) {
        if (!other.contains(key)) {
            continue;
        }
        if (value.is_object() && other[key].is_object()) {
            take_over(other[key], value);
        } else if (other[key] != value) {
            other.erase(key);
        }
    }
}

std::optional<std::uint64_t> number_of(const std::string& text) {
    std::uint64_t number = 0;
    const auto* end = text.data() + text.size();
    const auto [parsed, error] = std::from_chars(text.data(), end, number);
    return error == std::errc{} && parsed == end ? std::optional{number} : std::nullopt;
}

bool is_in(const kube::Scope& scope, const ObjectMeta& meta) {
    return (scope.ns.empty() || scope.ns == meta.ns) &&
           (scope.name.empty() || scope.name == meta.name);
}

std::string line_of(std::string_view event, const Json& object) {
    return Json{{"type", event}, {"object", object}}.dump() + "\n";
}

}  // namespace

Object& FakeKube::add(const ResourceType& type, const std::string& ns, const std::string& name) {
    const Key key{key_of(type), ns, name};
    if (objects_.contains(key)) {
        throw std::out_of_range{name + " exists"};
    }
    const auto number = ++objects_made_;
    auto& object = objects_[key].object;
    object.api_version = type.api_version();
    object.kind = type.kind;
    object.meta.name = name;
    object.meta.ns = ns;
    object.meta.uid = "uid-" + std::to_string(number);
    object.meta.creation_timestamp = timestamp(number);
    return object;
}

Object FakeKube::create(const ResourceType& type,
                        const std::string& ns,
                        const std::string& name,
                        const Json& spec,
                        std::map<std::string, std::string> annotations) {
    const std::scoped_lock lock{mutex_};
    auto& object = add(type, ns, name);
    object.spec = spec;
    object.meta.generation = 1;
    object.meta.annotations = std::move(annotations);
    record(key_of(type), "ADDED", object);
    return object;
}

Object FakeKube::create_data(const ResourceType& type,
                             const std::string& ns,
                             const std::string& name,
                             const Json& data) {
    const std::scoped_lock lock{mutex_};
    auto& object = add(type, ns, name);
    object.data = data;
    record(key_of(type), "ADDED", object);
    return object;
}

Object FakeKube::replace_data(const ResourceType& type,
                              const std::string& ns,
                              const std::string& name,
                              const Json& data) {
    const std::scoped_lock lock{mutex_};
    auto& object = at(type, ns, name).object;
    if (object.data != data) {
        object.data = data;
        record(key_of(type), "MODIFIED", object);
    }
    return object;
}

Json FakeKube::document(const ResourceType& type,
                        const std::string& ns,
                        const std::string& name) const {
    const std::scoped_lock lock{mutex_};
    const auto found = objects_.find({key_of(type), ns, name});
    return found == objects_.end() ? Json{} : found->second.document;
}

std::vector<Json> FakeKube::documents(const ResourceType& type) const {
    const std::scoped_lock lock{mutex_};
    std::vector<Json> found;
    for (const auto& [key, stored] : objects_) {
        if (std::get<0>(key) == key_of(type)) {
            found.push_back(stored.document);
        }
    }
    return found;
}

Object FakeKube::replace_spec(const ResourceType& type,
                              const std::string& ns,
                              const std::string& name,
                              const Json& spec) {
    const std::scoped_lock lock{mutex_};
    auto& object = at(type, ns, name).object;
    if (object.spec != spec) {
        object.spec = spec;
        ++object.meta.generation;
        record(key_of(type), "MODIFIED", object);
    }
    return object;
}

Object FakeKube::annotate(const ResourceType& type,
                          const std::string& ns,
                          const std::string& name,
                          const std::string& key,
                          const std::string& value) {
    const std::scoped_lock lock{mutex_};
    auto& object = at(type, ns, name).object;
    if (const auto [entry, is_new] = object.meta.annotations.try_emplace(key, value);
        is_new || entry->second != value) {
        entry->second = value;
        record(key_of(type), "MODIFIED", object);
    }
    return object;
}

void FakeKube::erase(const ResourceType& type, const std::string& ns, const std::string& name) {
    const std::scoped_lock lock{mutex_};
    auto& object = at(type, ns, name).object;
    if (object.meta.finalizers.empty()) {
        remove({key_of(type), ns, name});
    } else if (!object.meta.deletion_timestamp) {
        object.meta.deletion_timestamp = timestamp(objects_made_);
        ++object.meta.generation;
        record(key_of(type), "MODIFIED", object);
    }
}

std::optional<Object> FakeKube::object(const ResourceType& type,
                                       const std::string& ns,
                                       const std::string& name) const {
    const std::scoped_lock lock{mutex_};
    const auto found = objects_.find({key_of(type), ns, name});
    return found == objects_.end() ? std::nullopt : std::optional{found->second.object};
}

void FakeKube::compact() {
    const std::scoped_lock lock{mutex_};
    // Running watches go on, as those of a real server's cache do: the history itself stays.
    snapshots_.clear();
    compacted_ = revision_;
}

void FakeKube::end_watches() {
    const std::scoped_lock lock{mutex_};
    ++watch_epoch_;
    changed_.notify_all();
}

void FakeKube::hold_events(bool hold) {
    const std::scoped_lock lock{mutex_};
    holding_ = hold;
    let_through_ = 0;
    changed_.notify_all();
}

void FakeKube::let_through(int events) {
    const std::scoped_lock lock{mutex_};
    let_through_ = events;
    changed_.notify_all();
}

std::size_t FakeKube::told() const {
    const std::scoped_lock lock{mutex_};
    return told_;
}

void FakeKube::stream_lists(bool can) {
    const std::scoped_lock lock{mutex_};
    streams_lists_ = can;
}

void FakeKube::send_bookmarks() {
    const std::scoped_lock lock{mutex_};
    ++bookmark_epoch_;
    changed_.notify_all();
}

void FakeKube::fail_before(KubeFault fault) {
    const std::scoped_lock lock{mutex_};
    before_ = std::move(fault);
}

void FakeKube::fail_after(KubeFault fault) {
    const std::scoped_lock lock{mutex_};
    after_ = std::move(fault);
}

std::size_t FakeKube::requests(std::string_view verb) const {
    const std::scoped_lock lock{mutex_};
    const auto found = requests_.find(verb);
    return found == requests_.end() ? 0 : found->second;
}

std::size_t FakeKube::write_requests() const {
    return requests("apply") + requests("create") + requests("patch");
}

std::size_t FakeKube::watches() const {
    const std::scoped_lock lock{mutex_};
    return watches_;
}

FakeKube::Stored& FakeKube::at(const ResourceType& type,
                               const std::string& ns,
                               const std::string& name) {
    return objects_.at({key_of(type), ns, name});
}

FakeKube::Stored* FakeKube::find(const ResourceType& type, const ObjectMeta& object) {
    const auto found = objects_.find({key_of(type), object.ns, object.name});
    return found == objects_.end() ? nullptr : &found->second;
}

void FakeKube::record(const std::string& type, std::string_view event, Object& object) {
    ++revision_;
    object.meta.resource_version = ResourceVersion{std::to_string(revision_)};
    history_.push_back({revision_, type, event, object});
    changed_.notify_all();
}

void FakeKube::remove(const Key& key) {
    auto object = std::move(objects_.at(key).object);
    objects_.erase(key);
    record(std::get<0>(key), "DELETED", object);
}

std::optional<Error> FakeKube::broken(const KubeFault& fault,
                                      std::string_view verb,
                                      const std::string& name) const {
    return fault ? fault(verb, name) : std::nullopt;
}

Status FakeKube::admit(std::string_view verb, const std::string& name, const Call& call) {
    KubeFault before;
    {
        const std::scoped_lock lock{mutex_};
        ++requests_[std::string{verb}];
        before = before_;
    }
    if (call.stop.stop_requested()) {
        return Error{ErrorCode::Cancelled, "a stop was requested"};
    }
    if (call.deadline <= std::chrono::steady_clock::now()) {
        return Error{ErrorCode::Unavailable, "no time left for a request"};
    }
    if (const auto error = broken(before, verb, name)) {
        return *error;
    }
    return {};
}

template <class T, class Action>
Result<T> FakeKube::carry_out(std::string_view verb,
                              const std::string& name,
                              const Call& call,
                              Action action) {
    if (const auto admitted = admit(verb, name, call); !admitted) {
        return admitted.error();
    }
    KubeFault after;
    auto result = [&]() -> Result<T> {
        const std::scoped_lock lock{mutex_};
        after = after_;
        return action();
    }();
    if (const auto error = broken(after, verb, name)) {
        return *error;
    }
    return result;
}

Result<kube::ListPage> FakeKube::list_page(const ResourceType& type,
                                           const kube::Scope& scope,
                                           std::size_t limit,
                                           const std::string& continue_token,
                                           const Call& call) {
    return carry_out<kube::ListPage>(
        "list", {}, call, [&] { return page_of(type, scope, limit, continue_token); });
}

Result<kube::ListPage> FakeKube::page_of(const ResourceType& type,
                                         const kube::Scope& scope,
                                         std::size_t limit,
                                         const std::string& continue_token) {
    Snapshot rest{revision_, {}};
    if (continue_token.empty()) {
        for (const auto& [key, stored] : objects_) {
            if (std::get<0>(key) == key_of(type) && is_in(scope, stored.object.meta)) {
                rest.objects.push_back(stored.object);
            }
        }
    } else {
        const auto found = snapshots_.find(continue_token);
        if (found == snapshots_.end()) {
            return gone("the provided continue parameter is too old");
        }
        rest = found->second;
    }
    kube::ListPage page;
    page.resource_version = ResourceVersion{std::to_string(rest.revision)};
    const auto end =
        rest.objects.begin() + static_cast<std::ptrdiff_t>(std::min(limit, rest.objects.size()));
    page.objects.assign(rest.objects.begin(), end);
    rest.objects.erase(rest.objects.begin(), end);
    if (!rest.objects.empty()) {
        page.continue_token =
            "page-" + std::to_string(rest.revision) + "-" + std::to_string(rest.objects.size());
        snapshots_[page.continue_token] = std::move(rest);
    }
    return page;
}

std::optional<std::string> FakeKube::next_line(const std::string& type,
                                               const kube::Scope& scope,
                                               std::uint64_t& position) const {
    const auto later = std::ranges::upper_bound(history_, position, {}, &Happening::revision);
    for (auto happening = later; happening != history_.end(); ++happening) {
        position = happening->revision;
        if (happening->type == type && is_in(scope, happening->object.meta)) {
            return line_of(happening->event, kube::to_json(happening->object));
        }
    }
    return std::nullopt;
}

std::vector<std::string> FakeKube::everything(const ResourceType& type,
                                              const kube::Scope& scope) const {
    std::vector<std::string> lines;
    for (const auto& [key, stored] : objects_) {
        if (std::get<0>(key) == key_of(type) && is_in(scope, stored.object.meta)) {
            lines.push_back(line_of("ADDED", kube::to_json(stored.object)));
        }
    }
    lines.push_back(line_of("BOOKMARK",
                            {{"apiVersion", type.api_version()},
                             {"kind", type.kind},
                             {"metadata",
                              {{"resourceVersion", std::to_string(revision_)},
                               {"annotations", {{"k8s.io/initial-events-end", "true"}}}}}}));
    return lines;
}

Status FakeKube::watch(const ResourceType& type,
                       const kube::Scope& scope,
                       const kube::WatchFrom& from,
                       const kube::ChunkSink& sink,
                       const Call& call) {
    if (const auto admitted = admit("watch", {}, call); !admitted) {
        return admitted;
    }
    const auto start = number_of(from.resource_version.value());
    if (!start && !from.everything) {
        return Error{ErrorCode::Unavailable, "HTTP 500: resourceVersion: Invalid value"};
    }
    const auto deadline = std::chrono::steady_clock::now() + from.timeout;
    auto position = start.value_or(0);
    std::unique_lock lock{mutex_};
    if (from.everything && !streams_lists_) {
        return Error{ErrorCode::InvalidSpec, "HTTP 422: sendInitialEvents: Forbidden"};
    }
    if (from.everything) {
        position = revision_;
        const auto lines = everything(type, scope);
        lock.unlock();
        for (const auto& line : lines) {
            if (!sink(line)) {
                return {};
            }
        }
        lock.lock();
    }
    if (!from.everything && position < compacted_) {
        lock.unlock();
        sink(line_of("ERROR",
                     {{"kind", "Status"},
                      {"status", "Failure"},
                      {"code", 410},
                      {"reason", "Expired"},
                      {"message", "too old resource version: " + std::to_string(position)}}));
        return {};
    }
    const auto epoch = watch_epoch_;
    auto bookmarks = bookmark_epoch_;
    ++watches_;
    Status status;
    while (epoch == watch_epoch_) {
        auto line = is_held() ? std::nullopt : next_line(key_of(type), scope, position);
        if (!line && !is_held() && bookmarks != bookmark_epoch_) {
            bookmarks = bookmark_epoch_;
            position = revision_;
            line = line_of("BOOKMARK",
                           {{"apiVersion", type.api_version()},
                            {"kind", type.kind},
                            {"metadata", {{"resourceVersion", std::to_string(position)}}}});
        }
        if (line) {
            let_through_ -= let_through_ > 0 ? 1 : 0;
            lock.unlock();
            const bool goes_on = sink(*line);
            lock.lock();
            ++told_;
            if (!goes_on) {
                break;
            }
            continue;
        }
        const auto news = [&] {
            return epoch != watch_epoch_ ||
                   (!is_held() && (bookmarks != bookmark_epoch_ ||
                                   (!history_.empty() && history_.back().revision > position)));
        };
        const bool woken = changed_.wait_until(lock, call.stop, deadline, news);
        if (call.stop.stop_requested()) {
            status = Error{ErrorCode::Cancelled, "a stop was requested"};
            break;
        }
        if (!woken) {
            break;
        }
    }
    --watches_;
    return status;
}

Result<Object> FakeKube::get_object(const ResourceType& type,
                                    const std::string& ns,
                                    const std::string& name,
                                    const Call& call) {
    return carry_out<Object>("get", name, call, [&]() -> Result<Object> {
        const auto found = objects_.find({key_of(type), ns, name});
        if (found == objects_.end()) {
            return not_found(name);
        }
        return found->second.object;
    });
}

Result<Object> FakeKube::apply_status(const ResourceType& type,
                                      const ObjectMeta& object,
                                      const Json& status,
                                      const std::string& field_manager,
                                      const Call& call) {
    return carry_out<Object>("apply", object.name, call, [&]() -> Result<Object> {
        auto* stored = find(type, object);
        if (stored == nullptr) {
            return not_found(object.name);
        }
        const auto& seen = object.resource_version;
        if (!seen.value().empty() && seen != stored->object.meta.resource_version) {
            return Error{ErrorCode::Conflict, "HTTP 409: the object has been modified"};
        }
        const auto now = as_tree(status);
        std::vector<Json> others;
        for (auto& [manager, applied] : stored->applied) {
            if (manager != field_manager) {
                take_over(applied, now);
                others.push_back(applied);
            }
        }
        auto tree = as_tree(stored->object.status);
        auto& applied = stored->applied.try_emplace(field_manager, Json::object()).first->second;
        drop_left_out(tree, applied, now, others);
        merge(tree, now);
        auto merged = as_status(tree, Json::array({stored->object.status, status}));
        const bool changes = merged != stored->object.status || now != applied;
        applied = now;
        if (changes) {
            stored->object.status = std::move(merged);
            record(key_of(type), "MODIFIED", stored->object);
        }
        return stored->object;
    });
}

Result<Object> FakeKube::replace_finalizers(const ResourceType& type,
                                            const ObjectMeta& seen,
                                            std::vector<std::string> finalizers) {
    auto* stored = find(type, seen);
    if (stored == nullptr) {
        return not_found(seen.name);
    }
    auto& meta = stored->object.meta;
    if (meta.uid != seen.uid || meta.finalizers != seen.finalizers) {
        return Error{ErrorCode::Conflict, "HTTP 422: the finalizers are others by now"};
    }
    if (kube::is_deleting(meta) && finalizers.size() > meta.finalizers.size()) {
        return Error{ErrorCode::InvalidSpec,
                     "HTTP 422: no new finalizers on an object being deleted"};
    }
    meta.finalizers = std::move(finalizers);
    auto result = stored->object;
    if (kube::is_deleting(meta) && meta.finalizers.empty()) {
        remove({key_of(type), seen.ns, seen.name});
        return result;
    }
    record(key_of(type), "MODIFIED", stored->object);
    return stored->object;
}

Result<Object> FakeKube::add_finalizer(const ResourceType& type,
                                       const ObjectMeta& object,
                                       const std::string& finalizer,
                                       const Call& call) {
    if (kube::has_finalizer(object, finalizer)) {
        return get_object(type, object.ns, object.name, call);
    }
    auto finalizers = object.finalizers;
    finalizers.push_back(finalizer);
    return carry_out<Object>(
        "patch", object.name, call, [&] { return replace_finalizers(type, object, finalizers); });
}

Result<Object> FakeKube::remove_finalizer(const ResourceType& type,
                                          const ObjectMeta& object,
                                          const std::string& finalizer,
                                          const Call& call) {
    if (!kube::has_finalizer(object, finalizer)) {
        return get_object(type, object.ns, object.name, call);
    }
    auto finalizers = object.finalizers;
    std::erase(finalizers, finalizer);
    return carry_out<Object>(
        "patch", object.name, call, [&] { return replace_finalizers(type, object, finalizers); });
}

Result<Object> FakeKube::create_object(const ResourceType& type,
                                       const Json& document,
                                       const Call& call) {
    auto object = kube::parse_object(document);
    if (!object) {
        return object.error();
    }
    const auto name = object->meta.name;
    return carry_out<Object>("create", name, call, [&]() -> Result<Object> {
        if (find(type, object->meta) != nullptr) {
            return Error{ErrorCode::AlreadyExists, "HTTP 409: \"" + name + "\" already exists"};
        }
        auto& added = add(type, object->meta.ns, name);
        added.spec = object->spec;
        added.meta.annotations = object->meta.annotations;
        at(type, object->meta.ns, name).document = document;
        record(key_of(type), "ADDED", added);
        return added;
    });
}

Result<Object> FakeKube::merge_patch(const ResourceType& type,
                                     const ObjectMeta& object,
                                     const Json& patch,
                                     const Call& call) {
    return carry_out<Object>("patch", object.name, call, [&]() -> Result<Object> {
        auto* stored = find(type, object);
        if (stored == nullptr) {
            return not_found(object.name);
        }
        auto& meta = stored->object.meta;
        if (!object.resource_version.value().empty() &&
            object.resource_version != meta.resource_version) {
            return Error{ErrorCode::Conflict, "HTTP 409: the object has been modified"};
        }
        auto document = stored->document;
        document.merge_patch(patch);
        if (document == stored->document) {
            return stored->object;
        }
        auto patched = kube::parse_object(document);
        if (!patched) {
            return patched.error();
        }
        stored->document = std::move(document);
        stored->object.spec = std::move(patched->spec);
        meta.annotations = std::move(patched->meta.annotations);
        record(key_of(type), "MODIFIED", stored->object);
        return stored->object;
    });
}

Result<kube::ServerVersion> FakeKube::server_version(const Call& call) {
    return carry_out<kube::ServerVersion>("get", {}, call, [] {
        return kube::ServerVersion{1, 36, "v1.36.3"};
    });
}

}  // namespace headgate::fakes
