// The port to a JetStream API: what the reconcilers need of a server, and nothing of how it is
// reached. Thread-safe: all workers share one.
//
// Every call may fail with Unavailable (not reached, certainly not done: no connection, no
// responders), OutcomeUnknown (sent, no answer by the deadline: look before acting again),
// Forbidden (permissions), or Cancelled.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/call.hpp"
#include "core/result.hpp"
#include "jetstream/info.hpp"
#include "jetstream/names.hpp"
#include "jetstream/settings.hpp"
#include "jetstream/stream_list.hpp"

namespace headgate::jetstream {

class Api {
public:
    virtual ~Api() = default;

    /// Which connection requests go over now; another one may lead to another server. A call that
    /// names an older one is Unavailable, and nothing was sent.
    [[nodiscard]] virtual std::uint64_t epoch() const = 0;

    /// What the account's JetStream is and can.
    virtual core::Result<ServerInfo> server_info(const core::Call& call) = 0;

    /// Settings and state of one stream. NotFound: the account has none by that name.
    virtual core::Result<StreamInfo> stream_info(const StreamName& stream,
                                                 const core::Call& call) = 0;

    /// All streams of the account, by name; paged. A stream that exists but whose details could not
    /// be gathered is an error (Unavailable), never an absence.
    virtual core::Result<std::vector<StreamInfo>> list_streams(const core::Call& call) = 0;

    /// As list_streams, in pieces: no more than one is held at a time. `pass_over`, where it is not
    /// empty, decides first which of a piece come in it at all. One stream may be told twice, where
    /// the list changed meanwhile; the later counts.
    virtual core::Status visit_streams(const PassOver& pass_over,
                                       const std::function<void(std::vector<StreamInfo>)>& take,
                                       const core::Call& call) = 0;

    /// Names of the streams that have a subject in common with `subject`, or of all where it is
    /// empty.
    virtual core::Result<std::vector<StreamName>> stream_names(std::string_view subject,
                                                               const core::Call& call) = 0;

    /// The first message from `sequence` on whose subject matches `filter` (">" for all). NotFound:
    /// there is none, or no such stream.
    virtual core::Result<MessageInfo> next_message(const StreamName& stream,
                                                   std::uint64_t sequence,
                                                   std::string_view filter,
                                                   const core::Call& call) = 0;

    /// The last message on a subject without wildcards. NotFound: there is none, or no such stream.
    virtual core::Result<MessageInfo> last_message(const StreamName& stream,
                                                   std::string_view subject,
                                                   const core::Call& call) = 0;

    /// How many messages each subject that matches `filter` holds; paged.
    virtual core::Result<std::map<std::string, std::uint64_t>> subject_counts(
        const StreamName& stream, std::string_view filter, const core::Call& call) = 0;

    /// The sequences between the stream's first and last that hold no message, in order. One reply:
    /// for streams that hold messages, and whose state says that these are not too many.
    virtual core::Result<std::vector<std::uint64_t>> deleted_sequences(const StreamName& stream,
                                                                       const core::Call& call) = 0;

    /// AlreadyExists: there is one by that name that differs. Refused, Insufficient, Unsupported,
    /// InvalidSpec: as the server said.
    virtual core::Result<StreamInfo> create_stream(const StreamSettings& settings,
                                                   const core::Call& call) = 0;

    /// Replaces the whole configuration; `beyond` carries what the server holds and this program
    /// does not know. NotFound: there is none. Else as create_stream.
    virtual core::Result<StreamInfo> update_stream(const StreamSettings& settings,
                                                   const Beyond& beyond,
                                                   const core::Call& call) = 0;

    /// NotFound: there was none.
    virtual core::Status delete_stream(const StreamName& stream, const core::Call& call) = 0;

    /// Settings and position of one consumer. NotFound: no such stream or consumer.
    virtual core::Result<ConsumerInfo> consumer_info(const StreamName& stream,
                                                     const ConsumerName& consumer,
                                                     const core::Call& call) = 0;

    /// All consumers of a stream, by name; paged. NotFound: no such stream.
    virtual core::Result<std::vector<ConsumerInfo>> list_consumers(const StreamName& stream,
                                                                   const core::Call& call) = 0;

    /// AlreadyExists: there is one by that name that differs (from nats-server 2.10 on; before, an
    /// existing one is updated).
    virtual core::Result<ConsumerInfo> create_consumer(const StreamName& stream,
                                                       const ConsumerSettings& settings,
                                                       const core::Call& call) = 0;

    /// Replaces the whole configuration. NotFound: there is none (from nats-server 2.10 on).
    virtual core::Result<ConsumerInfo> update_consumer(const StreamName& stream,
                                                       const ConsumerSettings& settings,
                                                       const Beyond& beyond,
                                                       const core::Call& call) = 0;

    /// Delivers nothing until then; nothing, or a time that is past, ends a pause. From nats-server
    /// 2.11 on; older ones do not answer. NotFound: no such stream or consumer.
    virtual core::Status pause_consumer(const StreamName& stream,
                                        const ConsumerName& consumer,
                                        std::optional<Timestamp> until,
                                        const core::Call& call) = 0;

    /// NotFound: there was none.
    virtual core::Status delete_consumer(const StreamName& stream,
                                         const ConsumerName& consumer,
                                         const core::Call& call) = 0;
};

}  // namespace headgate::jetstream
