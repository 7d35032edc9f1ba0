#include "jetstream/nats/link.hpp"

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <optional>
#include <utility>

#include <openssl/ssl.h>

#include "jetstream/nats/handles.hpp"
#include "jetstream/nats/identity.hpp"
#include "jetstream/nats/options.hpp"
#include "jetstream/nats/reply_table.hpp"
#include "jetstream/nats/server_message.hpp"

namespace headgate::jetstream::nats {

using core::Call;
using core::Error;
using core::ErrorCode;
using core::Result;
using core::Status;

namespace {

constexpr std::int64_t kLibraryEnd = 5000;  // milliseconds

// The library's threads are the process's: started before the first connection, ended after the
// last, so that nothing of them is left for a leak checker to find.
class Library {
public:
    static void require() { static const Library kLibrary; }

    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;

private:
    Library() { nats_Open(-1); }

    ~Library() {
        nats_CloseAndWait(kLibraryEnd);
        // Where it used TLS, the library frees this list of OpenSSL's at exit and leaves it in
        // place: OpenSSL would free it once more, as it does where it was in use before the
        // library.
        sk_SSL_COMP_free(SSL_COMP_set0_compression_methods(nullptr));
    }
};

Error unreachable(const std::string& url, natsStatus status) {
    const auto text = "cannot connect to " + shown_url(url) + ": " + failure_text(status);
    return Error{
        status == NATS_CONNECTION_AUTH_FAILED ? ErrorCode::Forbidden : ErrorCode::Unavailable,
        text};
}

// Whether the bytes may have left: only what the library refuses before it writes is surely unsent.
Error not_published(natsStatus status, const std::string& subject, std::size_t size) {
    switch (status) {
        case NATS_CONNECTION_CLOSED:
        case NATS_DRAINING:
        case NATS_INSUFFICIENT_BUFFER:
            return Error{ErrorCode::Unavailable, "not connected"};
        case NATS_MAX_PAYLOAD:
            return Error{ErrorCode::Refused,
                         "a request of " + std::to_string(size) + " bytes to " + subject +
                             " is more than the server accepts"};
        case NATS_INVALID_SUBJECT:
        case NATS_INVALID_ARG:
            return Error{ErrorCode::Internal, "cannot send to subject \"" + subject + "\""};
        default:
            return Error{ErrorCode::OutcomeUnknown,
                         "sending to " + subject + " failed: " + failure_text(status)};
    }
}

std::optional<std::uint64_t> token_of(const char* subject) {
    const std::string_view text{subject == nullptr ? "" : subject};
    const auto last = text.substr(text.rfind('.') + 1);
    std::uint64_t token = 0;
    const auto [end, error] = std::from_chars(last.data(), last.data() + last.size(), token);
    return error == std::errc{} && end == last.data() + last.size() ? std::optional{token}
                                                                    : std::nullopt;
}

Result<std::string> reply_of(natsMsg* message) {
    if (natsMsg_IsNoResponders(message)) {
        return Error{ErrorCode::Unavailable,
                     "no JetStream API answers there (not enabled, another domain or prefix, or no "
                     "leader now)"};
    }
    const char* const data = natsMsg_GetData(message);
    return data == nullptr
               ? std::string{}
               : std::string(data, static_cast<std::size_t>(natsMsg_GetDataLength(message)));
}

}  // namespace

// Outlives the library's callbacks: ~Link waits for them before it goes.
struct Link::State {
    Identity identity;
    ReplyTable replies;
    std::string inbox;  // Replies come to inbox.<token>.
    Listening listening;
    std::uint64_t client_id = 0;
    ConnectionHandle connection;
    std::vector<SubscriptionHandle> subscriptions;

    mutable std::mutex mutex;
    std::condition_variable_any changed;
    bool closed = false;  // The closed callback has run: no other of the connection's follows.
    int listens = 0;      // Subscriptions that may still call back.
    std::string trouble;
    std::optional<Error> inbox_denied;

    static void on_message(natsConnection*,
                           natsSubscription*,
                           natsMsg* message,
                           void* closure) noexcept {
        const MessageHandle owned{message};
        auto& state = *static_cast<State*>(closure);
        try {
            if (const auto token = token_of(natsMsg_GetSubject(message))) {
                state.replies.deliver(*token, reply_of(message));
            }
        } catch (...) {  // Out of memory: as if the reply had been lost.
        }
    }

    static void on_heard(natsConnection*,
                         natsSubscription*,
                         natsMsg* message,
                         void* closure) noexcept {
        const MessageHandle owned{message};
        auto& state = *static_cast<State*>(closure);
        try {
            state.listening.on_message(
                Heard{.subject = natsMsg_GetSubject(message),
                      .payload = {natsMsg_GetData(message),
                                  static_cast<std::size_t>(natsMsg_GetDataLength(message))},
                      .client_id = state.client_id});
        } catch (...) {  // Out of memory: as if the message had been lost.
        }
    }

    static void on_subscription_end(void* closure) noexcept {
        static_cast<State*>(closure)->count_listens(-1);
    }

    static void on_error(natsConnection*,
                         natsSubscription*,
                         natsStatus status,
                         void* closure) noexcept {
        try {
            static_cast<State*>(closure)->take_trouble(failure_text(status));
        } catch (...) {  // Out of memory: the request then ends at its deadline.
        }
    }

    static void on_closed(natsConnection* connection, void* closure) noexcept {
        auto& state = *static_cast<State*>(closure);
        try {
            const char* text = nullptr;
            natsConnection_GetLastError(connection, &text);
            state.end(text != nullptr ? text : "");
        } catch (...) {  // Out of memory: the waits end at their deadlines.
        }
        const std::scoped_lock lock{state.mutex};
        state.closed = true;
        state.changed.notify_all();
    }

    void count_listens(int more) {
        const std::scoped_lock lock{mutex};
        listens += more;
        changed.notify_all();
    }

    void take_trouble(const std::string& text) {
        const auto violation = permission_violation(text);
        if (violation && violation->what == PermissionViolation::What::Subscribe &&
            std::find(listening.subjects.begin(), listening.subjects.end(), violation->subject) !=
                listening.subjects.end()) {
            listening.on_denied(violation->subject);
            return;
        }
        {
            const std::scoped_lock lock{mutex};
            trouble = text;
        }
        if (!violation) {
            return;
        }
        if (violation->what == PermissionViolation::What::Publish) {
            replies.deny(violation->subject,
                         violation->cut,
                         Error{ErrorCode::Forbidden,
                               "the NATS user may not publish to " + violation->subject});
        } else {
            const Error denied{ErrorCode::Forbidden,
                               "the NATS user may not subscribe to " + violation->subject +
                                   ", where replies arrive"};
            {
                const std::scoped_lock lock{mutex};
                inbox_denied = denied;
            }
            replies.close(denied);
        }
    }

    void end(const std::string& text) {
        {
            const std::scoped_lock lock{mutex};
            if (!text.empty()) {
                trouble = text;
            }
        }
        replies.close(
            Error{ErrorCode::OutcomeUnknown, "the connection was lost while a reply was awaited"});
    }

    natsStatus subscribe(const std::string& subject, natsMsgHandler handler, bool unbounded) {
        count_listens(1);
        natsSubscription* raw = nullptr;
        auto status =
            natsConnection_Subscribe(&raw, connection.get(), subject.c_str(), handler, this);
        if (status == NATS_OK) {
            subscriptions.emplace_back(raw);
            if (unbounded) {
                natsSubscription_SetPendingLimits(raw, -1, -1);
            }
            status = natsSubscription_SetOnCompleteCB(raw, &State::on_subscription_end, this);
        }
        if (status != NATS_OK) {
            // It ended with the connection, and delivers nothing.
            count_listens(-1);
        }
        return status;
    }

    natsStatus listen(const std::string& prefix, std::chrono::milliseconds timeout) {
        natsInbox* unique = nullptr;
        auto status = natsInbox_Create(&unique);
        if (status != NATS_OK) {
            return status;
        }
        const std::string_view text{unique};
        inbox = prefix + "." + std::string{text.substr(text.rfind('.') + 1)};
        natsInbox_Destroy(unique);
        status = subscribe(inbox + ".*", &State::on_message, true);
        if (status == NATS_OK &&
            natsConnection_GetClientID(connection.get(), &client_id) != NATS_OK) {
            client_id = 0;  // A server that does not tell.
        }
        for (const auto& subject : listening.subjects) {
            status = status == NATS_OK ? subscribe(subject, &State::on_heard, false) : status;
        }
        // A server that denies a subscription says so before it answers this.
        return status == NATS_OK ? natsConnection_FlushTimeout(connection.get(), timeout.count())
                                 : status;
    }
};

Link::Link(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::shared_ptr<Link>> Link::connect(const ConnectionSettings& settings,
                                            const Server& server,
                                            const Listening& listening) {
    Library::require();
    natsOptions* raw_options = nullptr;
    if (const auto status = natsOptions_Create(&raw_options); status != NATS_OK) {
        return unreachable(server.url, status);
    }
    const OptionsHandle options{raw_options};
    if (const auto applied = apply(settings, server, options.get()); !applied) {
        return applied.error();
    }
    auto state = std::make_unique<State>();
    if (const auto applied = state->identity.apply(settings, options.get()); !applied) {
        return applied.error();
    }
    state->listening = listening;
    natsOptions_SetErrorHandler(options.get(), &State::on_error, state.get());
    natsOptions_SetClosedCB(options.get(), &State::on_closed, state.get());
    natsConnection* raw_connection = nullptr;
    if (const auto status = natsConnection_Connect(&raw_connection, options.get());
        status != NATS_OK) {
        return unreachable(server.url, status);
    }
    state->connection.reset(raw_connection);
    std::shared_ptr<Link> link{new Link{
        std::move(state)}};  // NOLINT(cppcoreguidelines-owning-memory): private constructor
    if (const auto status = link->state_->listen(settings.inbox_prefix, settings.connect_timeout);
        status != NATS_OK) {
        return unreachable(server.url, status);
    }
    return link;
}

Link::~Link() {
    close();
    std::unique_lock lock{state_->mutex};
    state_->changed.wait(lock, [this] { return state_->closed && state_->listens == 0; });
}

Result<std::string> Link::request(const std::string& subject,
                                  std::string_view payload,
                                  const Call& call) {
    if (payload.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
        return not_published(NATS_MAX_PAYLOAD, subject, payload.size());
    }
    {
        const std::scoped_lock lock{state_->mutex};
        if (state_->inbox_denied) {
            return *state_->inbox_denied;
        }
    }
    auto ticket = state_->replies.expect(subject);
    const auto inbox = state_->inbox + "." + std::to_string(ticket.token());
    const auto status = natsConnection_PublishRequest(state_->connection.get(),
                                                      subject.c_str(),
                                                      inbox.c_str(),
                                                      payload.data(),
                                                      static_cast<int>(payload.size()));
    if (status != NATS_OK) {
        const auto error = not_published(status, subject, payload.size());
        if (error.code == ErrorCode::OutcomeUnknown) {
            // Half a message may be out: what follows on this connection would be read as its rest.
            close();
        }
        return error;
    }
    return ticket.wait(call.deadline, call.stop);
}

void Link::close() {
    natsConnection_Close(state_->connection.get());
}

void Link::wait_until_closed(const std::stop_token& stop) {
    std::unique_lock lock{state_->mutex};
    state_->changed.wait(lock, stop, [this] { return state_->closed; });
}

std::string Link::trouble() const {
    const std::scoped_lock lock{state_->mutex};
    return state_->trouble;
}

std::vector<std::string> Link::announced_servers() const {
    char** servers = nullptr;
    int count = 0;
    std::vector<std::string> all;
    if (natsConnection_GetDiscoveredServers(state_->connection.get(), &servers, &count) !=
        NATS_OK) {
        return all;
    }
    for (int i = 0; i < count; ++i) {
        all.emplace_back(servers[i]);
        std::free(servers[i]);  // NOLINT: the library's documented way
    }
    std::free(servers);  // NOLINT: as above
    return all;
}

}  // namespace headgate::jetstream::nats
