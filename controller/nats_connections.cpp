#include "controller/nats_connections.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "controller/kube_declarations.hpp"
#include "core/digest.hpp"

namespace headgate::controller {

using core::Call;
using core::Error;
using core::ErrorCode;
using core::Result;
using core::Status;
using resources::ConnectionReason;
using resources::ConnectionTarget;
using resources::SecretData;

namespace {

constexpr std::chrono::seconds kWriteLimit{10};
constexpr std::chrono::seconds kFactsLimit{3};

std::string text_of(const ObjectPlace& place) {
    return place.first + "/" + place.second;
}

// Tells two targets apart without keeping what is secret in them once more.
std::string digest_of(const ConnectionTarget& target) {
    std::string all;
    const auto add = [&](const std::string& text) {
        all += std::to_string(text.size()) + ":" + text;
    };
    for (const auto& url : target.urls) {
        add(url);
    }
    for (const auto* secret : {&target.credentials,
                               &target.nkey_seed,
                               &target.token,
                               &target.password,
                               &target.key_pem}) {
        add(secret->reveal());
    }
    for (const auto* text : {&target.user,
                             &target.ca_pem,
                             &target.certificate_pem,
                             &target.domain,
                             &target.api_prefix,
                             &target.inbox_prefix}) {
        add(*text);
    }
    return core::sha256(all + (target.tls ? "tls" : "") + (target.tls_first ? "first" : ""));
}

}  // namespace

kube::ResourceType nats_connection_type() {
    return {.group = std::string{resources::kGroup},
            .version = std::string{resources::kVersion},
            .plural = std::string{resources::kNatsConnections},
            .kind = std::string{resources::kNatsConnection}};
}

void NatsConnections::start(ConnectionPort& port) {
    port_ = &port;
    thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
}

void NatsConnections::stop() {
    thread_ = {};
    // They end outside the lock, which they may be about to take.
    std::vector<Watches> ended;
    {
        const std::scoped_lock lock{mutex_};
        for (auto& [place, entry] : entries_) {
            ended.push_back(std::exchange(entry.watches, {}));
        }
    }
}

void NatsConnections::put(const kube::Object& object) {
    const ObjectPlace place{object.meta.ns, object.meta.name};
    Watches ended;
    bool may_use_changed = false;
    bool known = false;
    {
        const std::scoped_lock lock{mutex_};
        known = entries_.contains(place);
        auto& entry = entries_[place];
        const bool same = known && entry.meta.uid == object.meta.uid &&
                          entry.meta.generation == object.meta.generation;
        entry.meta = object.meta;
        if (same) {
            // Another replica may have written it, while it led. What is older than our own has not
            // seen that yet.
            if (!entry.writing && !kube::is_later(entry.wrote, object.meta.resource_version)) {
                entry.status = resources::connection_status_from_json(object.status);
                entry.wrote = {};  // A restored etcd counts on from less.
            }
            return;
        }
        entry.status = resources::connection_status_from_json(object.status);
        auto parsed = resources::parse_nats_connection(object.spec);
        may_use_changed = known && parsed.spec &&
                          (!entry.parsed.spec || entry.parsed.spec->allowed_namespaces !=
                                                     parsed.spec->allowed_namespaces);
        entry.parsed = std::move(parsed);
        ended = follow_secrets(place, entry);
    }
    if (!known) {
        port_->appeared(place);
    }
    resolve(place);
    // Their threads may be about to tell something: not under a lock.
    ended.clear();
    if (may_use_changed) {
        port_->look_again(place);
    }
}

NatsConnections::Watches NatsConnections::follow_secrets(const ObjectPlace& place, Entry& entry) {
    const auto wanted =
        entry.parsed.spec ? secrets_of(*entry.parsed.spec) : std::set<std::string>{};
    Watches ended;
    for (auto one = entry.watches.begin(); one != entry.watches.end();) {
        if (wanted.contains(one->first)) {
            ++one;
            continue;
        }
        entry.secrets.erase(one->first);
        ended.insert(entry.watches.extract(one++));
    }
    for (const auto& name : wanted) {
        if (!entry.watches.contains(name)) {
            entry.watches.emplace(
                name,
                std::make_unique<SecretWatch>(
                    api_, place.first, name, [this, place, name](Result<SecretData> value) {
                        secret_changed(place, name, std::move(value));
                    }));
        }
    }
    return ended;
}

void NatsConnections::remove(const ObjectPlace& place) {
    // Its watches end last, and under no lock.
    Entry ended;
    const std::scoped_lock one_at_a_time{resolving_};
    {
        const std::scoped_lock lock{mutex_};
        const auto found = entries_.find(place);
        if (found == entries_.end()) {
            return;
        }
        ended = std::move(found->second);
        entries_.erase(found);
    }
    port_->use(place,
               Error{ErrorCode::Gone, "NatsConnection " + text_of(place) + " does not exist"});
}

std::vector<ObjectPlace> NatsConnections::places() const {
    const std::scoped_lock lock{mutex_};
    std::vector<ObjectPlace> places;
    for (const auto& [place, entry] : entries_) {
        places.push_back(place);
    }
    return places;
}

Status NatsConnections::may_use(const reconcilers::Declaration& declaration) const {
    const auto key = connection_of(declaration);
    if (!key) {
        return {};
    }
    const std::scoped_lock lock{mutex_};
    const auto found = entries_.find(*key);
    if (found == entries_.end()) {
        return Error{ErrorCode::Unavailable, "NatsConnection " + text_of(*key) + " does not exist"};
    }
    const auto& parsed = found->second.parsed;
    if (!parsed.spec) {
        return Error{ErrorCode::Unavailable,
                     "NatsConnection " + text_of(*key) +
                         " is not valid: " + fields::describe(parsed.problems)};
    }
    if (allows(*parsed.spec, key->first, declaration.key.ns)) {
        return {};
    }
    return Error{ErrorCode::InvalidSpec,
                 "spec.connection: NatsConnection " + text_of(*key) + " is not for namespace " +
                     declaration.key.ns + "; its spec.allowedNamespaces has to list it"};
}

void NatsConnections::secret_changed(const ObjectPlace& place,
                                     const std::string& name,
                                     Result<SecretData> value) {
    {
        const std::scoped_lock lock{mutex_};
        const auto found = entries_.find(place);
        if (found == entries_.end() || !found->second.watches.contains(name)) {
            return;
        }
        found->second.secrets.insert_or_assign(name, std::move(value));
    }
    resolve(place);
}

void NatsConnections::resolve(const ObjectPlace& place) {
    const std::scoped_lock one_at_a_time{resolving_};
    std::optional<Result<ConnectionTarget>> next;
    {
        const std::scoped_lock lock{mutex_};
        const auto found = entries_.find(place);
        if (found == entries_.end()) {
            return;
        }
        auto& entry = found->second;
        const auto target = [&]() -> std::optional<Result<ConnectionTarget>> {
            if (!entry.parsed.spec) {
                return Error{ErrorCode::InvalidSpec, fields::describe(entry.parsed.problems)};
            }
            std::map<std::string, SecretData> secrets;
            for (const auto& [name, value] : entry.secrets) {
                if (value) {
                    secrets.emplace(name, *value);
                } else {
                    return value.error();
                }
            }
            if (entry.secrets.size() < entry.watches.size()) {
                return std::nullopt;
            }
            return resources::resolve(*entry.parsed.spec, secrets);
        }();
        entry.waiting = !target;
        if (target) {
            entry.error = *target ? std::nullopt : std::optional{target->error()};
            const auto used = *target ? digest_of(**target) : "error: " + target->error().message;
            if (std::exchange(entry.used, used) != used) {
                next = target;
            }
        }
    }
    if (next) {
        if (!*next) {
            next = core::with_context("NatsConnection " + text_of(place), next->error());
        }
        log_.info(*next ? "NatsConnection: connecting anew" : "NatsConnection leads nowhere",
                  {{"connection", text_of(place)},
                   {"reason", *next ? std::string{"new settings"} : next->error().message}});
        port_->use(place, std::move(*next));
    }
    moved();
}

void NatsConnections::moved() {
    const std::scoped_lock lock{mutex_};
    moved_ = true;
    changed_.notify_all();
}

void NatsConnections::write_statuses(bool on) {
    const std::scoped_lock lock{mutex_};
    writing_ = on;
    moved_ = true;
    changed_.notify_all();
}

void NatsConnections::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        {
            std::unique_lock lock{mutex_};
            changed_.wait_for(lock, stop, kLook, [this] { return moved_; });
            moved_ = false;
            if (!writing_) {
                continue;
            }
        }
        for (const auto& place : places()) {
            report(place, stop);
        }
    }
}

void NatsConnections::report(const ObjectPlace& place, const std::stop_token& stop) {
    auto facts = port_->facts(place, Call::within(kFactsLimit, stop));
    const auto now = std::chrono::steady_clock::now();
    kube::ObjectMeta meta;
    resources::NatsConnectionStatus status;
    {
        const std::scoped_lock lock{mutex_};
        const auto found = entries_.find(place);
        if (found == entries_.end() || stop.stop_requested()) {
            return;
        }
        auto& entry = found->second;
        if (entry.waiting && entry.watches.empty()) {
            return;  // It is about to be resolved for the first time, and looked at again.
        }
        status = resources::to_status(report_of(entry, std::move(facts)),
                                      entry.status,
                                      entry.meta.generation,
                                      core::format_time(std::chrono::floor<std::chrono::seconds>(
                                          std::chrono::time_point_cast<std::chrono::nanoseconds>(
                                              std::chrono::system_clock::now()))));
        const bool worth = differs(status, entry.status) ||
                           (status != entry.status && now - entry.written > kUseAge);
        if (!worth || !writing_) {
            return;
        }
        entry.writing = true;
        meta = entry.meta;
    }
    auto call = Call::within(kWriteLimit, stop);
    if (may_act_until_) {
        call.deadline = std::min(call.deadline, may_act_until_());
    }
    // Whatever else was written meanwhile, this is what is true now.
    meta.resource_version = {};
    const auto written = api_.apply_status(
        nats_connection_type(), meta, resources::to_json(status), std::string{kFieldManager}, call);
    const std::scoped_lock lock{mutex_};
    const auto found = entries_.find(place);
    if (found == entries_.end()) {
        return;
    }
    found->second.writing = false;
    if (found->second.meta.uid != meta.uid) {
        return;
    }
    if (written) {
        found->second.wrote = written->meta.resource_version;
        found->second.status = std::move(status);
        found->second.written = now;
    } else if (written.error().code != ErrorCode::NotFound) {
        log_.warning("the status of a NatsConnection could not be written",
                     {{"connection", text_of(place)}, {"error", written.error().message}});
    }
}

resources::ConnectionReport NatsConnections::report_of(const Entry& entry,
                                                       ConnectionFacts facts) const {
    if (entry.waiting) {
        return {.reason = ConnectionReason::Connecting,
                .message = "its Secrets are being read",
                .server = {},
                .account = {},
                .jetstream = {}};
    }
    if (entry.error) {
        return {.reason = entry.parsed.spec ? ConnectionReason::SecretMissing
                                            : ConnectionReason::InvalidSpec,
                .message = entry.error->message,
                .server = {},
                .account = {},
                .jetstream = {}};
    }
    if (!facts.connected) {
        return {.reason = ConnectionReason::ConnectionFailed,
                .message = std::move(facts.why_not),
                .server = {},
                .account = {},
                .jetstream = {}};
    }
    return {.reason = ConnectionReason::Connected,
            .message = "connected",
            .server = std::move(facts.server),
            .account = std::move(facts.account),
            .jetstream = std::move(facts.jetstream)};
}

}  // namespace headgate::controller
