// The JetStream API as data (nats-server schemas io.nats.jetstream.api.v1): for each call the
// subject under the API prefix, the payload, and what to make of the reply. Pure; whoever can send
// a request and wait for a reply can speak it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "jetstream/info.hpp"
#include "jetstream/names.hpp"
#include "jetstream/stream_list.hpp"

namespace headgate::jetstream {

struct Request {
    std::string_view operation;  ///< Label of metrics and messages: "stream_create".
    std::string subject;         ///< Below the API prefix: "STREAM.CREATE.ORDERS".
    std::string payload;
};

/// One page of a list. Ask again with `next` until it is empty.
template <class T>
struct Page {
    std::vector<T> items;
    std::size_t passed_over = 0;       ///< Not among them, since nobody wants to read them.
    std::vector<std::string> missing;  ///< Exist, but their details could not be gathered now.
    std::optional<std::size_t> next;   ///< Offset of the next page.
    std::size_t total = 0;             ///< Entries in all pages, as of this one.
};

/// A subject, and how many messages it holds.
using SubjectCount = std::pair<std::string, std::uint64_t>;

[[nodiscard]] Request account_info_request();
[[nodiscard]] Request stream_info_request(const StreamName& stream);
[[nodiscard]] Request stream_list_request(std::size_t offset);
[[nodiscard]] Request stream_names_request(std::string_view subject, std::size_t offset);
[[nodiscard]] Request next_message_request(const StreamName& stream,
                                           std::uint64_t sequence,
                                           std::string_view filter);
[[nodiscard]] Request last_message_request(const StreamName& stream, std::string_view subject);
[[nodiscard]] Request subject_counts_request(const StreamName& stream,
                                             std::string_view filter,
                                             std::size_t offset);
[[nodiscard]] Request deleted_sequences_request(const StreamName& stream);
[[nodiscard]] Request stream_create_request(const StreamSettings& settings);
[[nodiscard]] Request stream_update_request(const StreamSettings& settings, const Beyond& beyond);
[[nodiscard]] Request stream_delete_request(const StreamName& stream);
[[nodiscard]] Request consumer_info_request(const StreamName& stream, const ConsumerName& consumer);
[[nodiscard]] Request consumer_list_request(const StreamName& stream, std::size_t offset);
[[nodiscard]] Request consumer_create_request(const StreamName& stream,
                                              const ConsumerSettings& settings);
[[nodiscard]] Request consumer_update_request(const StreamName& stream,
                                              const ConsumerSettings& settings,
                                              const Beyond& beyond);
[[nodiscard]] Request consumer_pause_request(const StreamName& stream,
                                             const ConsumerName& consumer,
                                             std::optional<Timestamp> until);
[[nodiscard]] Request consumer_delete_request(const StreamName& stream,
                                              const ConsumerName& consumer);

/// Replies: the server's error as an Error (its code and text kept in the message), bytes that are
/// no such reply as Internal.
[[nodiscard]] core::Result<ServerInfo> parse_account_info(std::string_view reply);
[[nodiscard]] core::Result<StreamInfo> parse_stream_info(std::string_view reply);
/// `pass_over` empty: all are read.
[[nodiscard]] core::Result<Page<StreamInfo>> parse_stream_list(std::string_view reply,
                                                               const PassOver& pass_over = {});
[[nodiscard]] core::Result<Page<StreamName>> parse_stream_names(std::string_view reply);
[[nodiscard]] core::Result<MessageInfo> parse_message(std::string_view reply);
[[nodiscard]] core::Result<Page<SubjectCount>> parse_subject_counts(std::string_view reply);
[[nodiscard]] core::Result<std::vector<std::uint64_t>> parse_deleted_sequences(
    std::string_view reply);
[[nodiscard]] core::Result<ConsumerInfo> parse_consumer_info(std::string_view reply);
[[nodiscard]] core::Result<Page<ConsumerInfo>> parse_consumer_list(std::string_view reply);
[[nodiscard]] core::Status parse_deleted(std::string_view reply);
[[nodiscard]] core::Status parse_paused(std::string_view reply);

/// What a server holds of a stream or a consumer beyond what is known here, "name: value" each;
/// what is false, zero or empty is not worth telling.
[[nodiscard]] std::vector<std::string> unknown_fields(const StreamInfo& stream);
[[nodiscard]] std::vector<std::string> unknown_fields(const ConsumerInfo& consumer);

/// Wire JSON of a configuration, as the requests carry it; for fakes, which answer in kind.
[[nodiscard]] core::Json stream_to_wire(const StreamSettings& settings);
[[nodiscard]] core::Json consumer_to_wire(const ConsumerSettings& settings);
[[nodiscard]] core::Result<StreamSettings> stream_from_wire(const core::Json& wire);
[[nodiscard]] core::Result<ConsumerSettings> consumer_from_wire(const core::Json& wire);

/// The same as text, always in the same order: equal where the settings are.
[[nodiscard]] std::string wire_text(const StreamSettings& settings);
[[nodiscard]] std::string wire_text(const ConsumerSettings& settings);

}  // namespace headgate::jetstream
