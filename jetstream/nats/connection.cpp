#include "jetstream/nats/connection.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "jetstream/nats/link.hpp"

namespace headgate::jetstream::nats {

using core::Call;
using core::Error;
using core::ErrorCode;
using core::Result;
using core::Status;

namespace {

std::string with_scheme(const std::string& url) {
    return url.find("://") == std::string::npos ? "nats://" + url : url;
}

// "user:password@" of a URL, or nothing.
std::string identity_in(const std::string& url) {
    const auto start = url.find("://") + 3;
    const auto at = url.rfind('@');
    return at == std::string::npos || at < start ? std::string{}
                                                 : url.substr(start, at + 1 - start);
}

// The host where it is a name; an address proves nothing about another server.
std::string host_name_in(const std::string& url) {
    const auto shown = shown_url(url);
    const auto place = shown.substr(shown.find("://") + 3);
    const auto host = place.substr(0, place.rfind(':'));
    return host.starts_with('[') || host.find_first_not_of("0123456789.") == std::string::npos
               ? std::string{}
               : host;
}

// Servers that a cluster announced are reached as the one that announced them was: same scheme,
// same identity, and a certificate for the name that was configured.
std::vector<Server> servers_announced_by(const Link& link, const Server& by) {
    std::vector<Server> servers;
    for (const auto& url : link.announced_servers()) {
        const auto scheme = by.url.substr(0, by.url.find("://") + 3);
        servers.push_back(Server{scheme + identity_in(by.url) + url.substr(url.find("://") + 3),
                                 by.tls_name.empty() ? host_name_in(by.url) : by.tls_name});
    }
    return servers;
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(ConnectionSettings settings,
                                                     OnState on_state,
                                                     ListeningFor listening) {
    if (const auto valid = check(settings); !valid) {
        return valid.error();
    }
    return std::unique_ptr<Connection>{new Connection{
        std::move(settings),
        std::move(on_state),
        std::move(listening)}};  // NOLINT(cppcoreguidelines-owning-memory): private constructor
}

std::unique_ptr<Connection> Connection::idle(Error why, OnState on_state, ListeningFor listening) {
    return std::unique_ptr<Connection>{new Connection{
        std::move(why),
        std::move(on_state),
        std::move(listening)}};  // NOLINT(cppcoreguidelines-owning-memory): private constructor
}

Connection::Connection(Result<ConnectionSettings> settings,
                       OnState on_state,
                       ListeningFor listening)
    : on_state_(std::move(on_state)),
      listening_(std::move(listening)),
      random_(std::random_device{}()) {
    use(std::move(settings));
    attempted_ = false;
    thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
}

Connection::~Connection() {
    thread_.request_stop();
    thread_.join();
}

void Connection::use(Result<ConnectionSettings> settings) {
    if (settings) {
        if (const auto valid = check(*settings); !valid) {
            settings = valid.error();
        }
    }
    std::shared_ptr<Link> ended;
    {
        const std::scoped_lock lock{mutex_};
        if (settings) {
            for (auto& url : settings->urls) {
                url = with_scheme(url);
            }
            settings_ = std::make_shared<const ConnectionSettings>(std::move(*settings));
            why_not_ = Error{ErrorCode::Unavailable, "not connected to NATS yet"};
        } else {
            settings_.reset();
            why_not_ = settings.error();
        }
        attempted_ = !settings_;
        ended = link_;
        changed_.notify_all();
    }
    if (ended) {
        ended->close();
    }
}

void Connection::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        Settings settings;
        {
            std::unique_lock lock{mutex_};
            if (!changed_.wait(lock, stop, [this] { return settings_ != nullptr; })) {
                return;
            }
            settings = settings_;
        }
        announced_.clear();
        run_with(settings, stop);
    }
}

void Connection::run_with(const Settings& settings, const std::stop_token& stop) {
    auto wait = settings->reconnect_wait;
    while (!stop.stop_requested() && in_use(settings)) {
        const auto start = std::chrono::steady_clock::now();
        if (const auto link = connect_somewhere(settings, stop)) {
            serve(settings, *link, stop);
        }
        if (std::chrono::steady_clock::now() - start >
            settings->connect_timeout + settings->reconnect_wait_most) {
            // It held: back at once, only not all clients of a restarted server in the same moment.
            wait = settings->reconnect_wait;
            pause(settings, std::chrono::milliseconds{0}, stop);
        } else {
            pause(settings, wait, stop);
            wait = std::min(2 * wait, settings->reconnect_wait_most);
        }
    }
}

bool Connection::in_use(const Settings& settings) const {
    const std::scoped_lock lock{mutex_};
    return settings_ == settings;
}

std::optional<Connection::Established> Connection::connect_somewhere(const Settings& settings,
                                                                     const std::stop_token& stop) {
    const auto listening = listening_ ? listening_(*settings) : Listening{};
    std::set<std::string> failures;
    auto code = ErrorCode::Unavailable;
    for (const auto& server : candidates(*settings)) {
        if (stop.stop_requested()) {
            return std::nullopt;
        }
        auto link = Link::connect(*settings, server, listening);
        if (link) {
            return Established{*link, server};
        }
        code = link.error().code;
        failures.insert(link.error().message);
    }
    // In one order, whatever that of the attempts: it ends up in statuses.
    std::string reasons;
    for (const auto& failure : failures) {
        reasons += (reasons.empty() ? "" : "; ") + failure;
    }
    const std::scoped_lock lock{mutex_};
    if (settings_ == settings) {
        why_not_ = Error{code, reasons};
        attempted_ = true;
        changed_.notify_all();
    }
    return std::nullopt;
}

void Connection::serve(const Settings& settings,
                       const Established& established,
                       const std::stop_token& stop) {
    const auto& link = established.link;
    {
        const std::scoped_lock lock{mutex_};
        if (settings_ != settings) {
            return;
        }
        link_ = link;
        ++epoch_;
    }
    if (on_state_) {
        on_state_(true);
    }
    {
        // Only now: who waits for the first attempt would otherwise go ahead while what a new
        // connection starts is still to come, and everything would be looked at twice.
        const std::scoped_lock lock{mutex_};
        attempted_ = settings_ == settings || attempted_;
        changed_.notify_all();
    }
    link->wait_until_closed(stop);
    link->close();
    announced_ = servers_announced_by(*link, established.server);
    {
        const std::scoped_lock lock{mutex_};
        link_.reset();
        if (settings_ == settings) {
            const auto trouble = link->trouble();
            why_not_ =
                Error{ErrorCode::Unavailable,
                      "the connection to NATS was lost" + (trouble.empty() ? "" : ": " + trouble)};
        }
    }
    if (on_state_) {
        on_state_(false);
    }
}

void Connection::pause(const Settings& settings,
                       std::chrono::milliseconds time,
                       const std::stop_token& stop) {
    std::uniform_int_distribution<std::int64_t> jitter{0, settings->reconnect_jitter.count()};
    const auto until =
        std::chrono::steady_clock::now() + time + std::chrono::milliseconds{jitter(random_)};
    std::unique_lock lock{mutex_};
    changed_.wait_until(lock, stop, until, [&] { return settings_ != settings; });
}

std::vector<Server> Connection::candidates(const ConnectionSettings& settings) {
    std::vector<Server> servers;
    for (const auto& url : settings.urls) {
        servers.push_back(Server{url, {}});
    }
    std::shuffle(servers.begin(), servers.end(), random_);
    for (const auto& server : announced_) {
        const bool known = std::any_of(servers.begin(), servers.end(), [&](const Server& other) {
            return shown_url(other.url) == shown_url(server.url);
        });
        if (!known) {
            servers.push_back(server);
        }
    }
    return servers;
}

Error Connection::not_connected() const {
    // Whatever the reason, no request was sent: the caller's part is to wait.
    return Error{ErrorCode::Unavailable, why_not_.message};
}

Result<std::string> Connection::request(const std::string& subject,
                                        std::string_view payload,
                                        const Call& call) {
    if (call.stop.stop_requested()) {
        return Error{ErrorCode::Cancelled, "stopped before a request to " + subject};
    }
    std::shared_ptr<Link> link;
    std::chrono::milliseconds timeout{};
    {
        const std::scoped_lock lock{mutex_};
        if (!link_ || !settings_) {
            return not_connected();
        }
        if (call.epoch && *call.epoch != epoch_) {
            return Error{ErrorCode::Unavailable,
                         "connected anew since the server was looked at; nothing was sent"};
        }
        link = link_;
        timeout = settings_->request_timeout;
    }
    const auto now = std::chrono::steady_clock::now();
    if (call.deadline <= now) {
        return Error{ErrorCode::Unavailable, "no time left for a request to " + subject};
    }
    return link->request(
        subject,
        payload,
        Call{.deadline = std::min(call.deadline, now + timeout), .stop = call.stop});
}

Status Connection::first_attempt(const Call& call) {
    std::unique_lock lock{mutex_};
    if (!changed_.wait_until(lock, call.stop, call.deadline, [this] { return attempted_; })) {
        return call.stop.stop_requested()
                   ? Error{ErrorCode::Cancelled, "stopped while connecting to NATS"}
                   : why_not_;
    }
    return link_ ? Status{} : Status{why_not_};
}

std::shared_ptr<const ConnectionSettings> Connection::settings() const {
    const std::scoped_lock lock{mutex_};
    return settings_;
}

bool Connection::connected() const {
    const std::scoped_lock lock{mutex_};
    return link_ != nullptr;
}

std::uint64_t Connection::epoch() const {
    const std::scoped_lock lock{mutex_};
    return epoch_;
}

std::string Connection::last_error() const {
    const std::scoped_lock lock{mutex_};
    return link_ ? link_->trouble() : why_not_.message;
}

}  // namespace headgate::jetstream::nats
