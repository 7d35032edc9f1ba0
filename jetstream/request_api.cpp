#include "jetstream/request_api.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <string_view>
#include <utility>

#include "core/joined.hpp"

namespace headgate::jetstream {

using core::Call;
using core::Error;
using core::ErrorCode;
using core::Result;
using core::Status;

namespace {

constexpr std::chrono::minutes kServerInfoAge{1};

// A list that changed while its pages were read is read again; so often, then the caller waits.
constexpr int kListAttempts = 3;

template <class T>
using Parse = std::function<Result<T>(std::string_view)>;

template <class T>
Result<T> exchange(Transport& transport,
                   const Request& request,
                   const Parse<T>& parse,
                   const Call& call) {
    const auto reply = transport.send(request, call);
    if (!reply) {
        return reply.error();
    }
    return parse(*reply);
}

// An empty name would make another subject of the request, or one no server ever answers.
template <class... Names>
Status named(const Names&... names) {
    if ((names.value().empty() || ...)) {
        return Error{ErrorCode::InvalidSpec, "a name is empty"};
    }
    return {};
}

template <class T>
using Take = std::function<void(std::vector<T>)>;

// One pass over all pages. False: the list shrank on the way, which may have moved an entry from a
// page not yet read to one already read. Where it grew, one is told twice, and none is missed but
// what is new.
template <class T, class MakeRequest>
Result<bool> visit_pages(Transport& transport,
                         MakeRequest make_request,
                         const Parse<Page<T>>& parse,
                         const Take<T>& take,
                         const Call& call) {
    std::optional<std::size_t> offset = 0;
    std::size_t total = 0;
    std::size_t told = 0;
    while (offset) {
        auto page = exchange<Page<T>>(transport, make_request(*offset), parse, call);
        if (!page) {
            return page.error();
        }
        if (!page->missing.empty()) {
            return Error{
                ErrorCode::Unavailable,
                "the server could not gather the details of " + core::joined(page->missing, ", ")};
        }
        if (page->total < total) {
            return false;
        }
        total = page->total;
        told += page->items.size() + page->passed_over;
        offset = page->next;
        take(std::move(page->items));
    }
    return told == total;
}

// `begin` is called before each attempt.
template <class T, class MakeRequest, class Begin>
Status visit_list(Transport& transport,
                  MakeRequest make_request,
                  const Parse<Page<T>>& parse,
                  Begin begin,
                  const Take<T>& take,
                  const Call& call) {
    for (int attempt = 0; attempt < kListAttempts; ++attempt) {
        begin();
        const auto whole = visit_pages<T>(transport, make_request, parse, take, call);
        if (!whole) {
            return whole.error();
        }
        if (*whole) {
            return {};
        }
    }
    return Error{ErrorCode::Unavailable, "the list kept changing while it was read"};
}

Parse<Page<StreamInfo>> list_parser(PassOver pass_over) {
    return [pass_over = std::move(pass_over)](std::string_view reply) {
        return parse_stream_list(reply, pass_over);
    };
}

const StreamName& name_of(const StreamInfo& stream) {
    return stream.settings.name;
}

const StreamName& name_of(const StreamName& name) {
    return name;
}

const ConsumerName& name_of(const ConsumerInfo& consumer) {
    return consumer.settings.name;
}

// Each once, by name; of what was told twice, the later.
template <class T>
void put_in_order(std::vector<T>& all) {
    std::reverse(all.begin(), all.end());
    std::stable_sort(all.begin(), all.end(), [](const T& left, const T& right) {
        return name_of(left) < name_of(right);
    });
    const auto same = [](const T& left, const T& right) { return name_of(left) == name_of(right); };
    all.erase(std::unique(all.begin(), all.end(), same), all.end());
}

template <class T, class MakeRequest>
Result<std::vector<T>> read_list(Transport& transport,
                                 MakeRequest make_request,
                                 const Parse<Page<T>>& parse,
                                 const Call& call) {
    std::vector<T> all;
    const auto read = visit_list<T>(
        transport,
        make_request,
        parse,
        [&] { all.clear(); },
        [&](std::vector<T> page) {
            all.insert(all.end(),
                       std::make_move_iterator(page.begin()),
                       std::make_move_iterator(page.end()));
        },
        call);
    if (!read) {
        return read.error();
    }
    put_in_order(all);
    return all;
}

}  // namespace

RequestApi::RequestApi(std::unique_ptr<Transport> transport) : transport_(std::move(transport)) {}

Result<ServerInfo> RequestApi::server_info(const Call& call) {
    // Read before asking: a reconnect in between then only costs one more request.
    const auto epoch = transport_->epoch();
    const auto now = std::chrono::steady_clock::now();
    const auto known = known_.with_lock([](const std::optional<Known>& value) { return value; });
    if (known && known->epoch == epoch && now - known->since < kServerInfoAge) {
        return known->info;
    }
    auto info = exchange<ServerInfo>(*transport_, account_info_request(), parse_account_info, call);
    if (info) {
        known_.with_lock([&](std::optional<Known>& value) { value = Known{epoch, now, *info}; });
    }
    return info;
}

Result<StreamInfo> RequestApi::stream_info(const StreamName& stream, const Call& call) {
    if (const auto valid = named(stream); !valid) {
        return valid.error();
    }
    return exchange<StreamInfo>(*transport_, stream_info_request(stream), parse_stream_info, call);
}

Result<std::vector<StreamInfo>> RequestApi::list_streams(const Call& call) {
    return read_list<StreamInfo>(*transport_, stream_list_request, list_parser({}), call);
}

Status RequestApi::visit_streams(const PassOver& pass_over,
                                 const std::function<void(std::vector<StreamInfo>)>& take,
                                 const Call& call) {
    return visit_list<StreamInfo>(
        *transport_, stream_list_request, list_parser(pass_over), [] {}, take, call);
}

Result<std::vector<StreamName>> RequestApi::stream_names(std::string_view subject,
                                                         const Call& call) {
    const auto request = [&](std::size_t offset) { return stream_names_request(subject, offset); };
    return read_list<StreamName>(*transport_, request, parse_stream_names, call);
}

Result<MessageInfo> RequestApi::next_message(const StreamName& stream,
                                             std::uint64_t sequence,
                                             std::string_view filter,
                                             const Call& call) {
    if (const auto valid = named(stream); !valid) {
        return valid.error();
    }
    return exchange<MessageInfo>(
        *transport_, next_message_request(stream, sequence, filter), parse_message, call);
}

Result<MessageInfo> RequestApi::last_message(const StreamName& stream,
                                             std::string_view subject,
                                             const Call& call) {
    if (const auto valid = named(stream); !valid) {
        return valid.error();
    }
    return exchange<MessageInfo>(
        *transport_, last_message_request(stream, subject), parse_message, call);
}

Result<std::map<std::string, std::uint64_t>> RequestApi::subject_counts(const StreamName& stream,
                                                                        std::string_view filter,
                                                                        const Call& call) {
    if (const auto valid = named(stream); !valid) {
        return valid.error();
    }
    std::map<std::string, std::uint64_t> counts;
    std::optional<std::size_t> offset = 0;
    while (offset) {
        auto page = exchange<Page<SubjectCount>>(*transport_,
                                                 subject_counts_request(stream, filter, *offset),
                                                 parse_subject_counts,
                                                 call);
        if (!page) {
            return page.error();
        }
        // Subjects come and go while the pages are read; each counts once.
        counts.insert(page->items.begin(), page->items.end());
        offset = page->next;
    }
    return counts;
}

Result<std::vector<std::uint64_t>> RequestApi::deleted_sequences(const StreamName& stream,
                                                                 const Call& call) {
    if (const auto valid = named(stream); !valid) {
        return valid.error();
    }
    return exchange<std::vector<std::uint64_t>>(
        *transport_, deleted_sequences_request(stream), parse_deleted_sequences, call);
}

Result<StreamInfo> RequestApi::create_stream(const StreamSettings& settings, const Call& call) {
    if (const auto valid = named(settings.name); !valid) {
        return valid.error();
    }
    return exchange<StreamInfo>(
        *transport_, stream_create_request(settings), parse_stream_info, call);
}

Result<StreamInfo> RequestApi::update_stream(const StreamSettings& settings,
                                             const Beyond& beyond,
                                             const Call& call) {
    if (const auto valid = named(settings.name); !valid) {
        return valid.error();
    }
    return exchange<StreamInfo>(
        *transport_, stream_update_request(settings, beyond), parse_stream_info, call);
}

Status RequestApi::delete_stream(const StreamName& stream, const Call& call) {
    if (const auto valid = named(stream); !valid) {
        return valid.error();
    }
    return exchange<void>(*transport_, stream_delete_request(stream), parse_deleted, call);
}

Result<ConsumerInfo> RequestApi::consumer_info(const StreamName& stream,
                                               const ConsumerName& consumer,
                                               const Call& call) {
    if (const auto valid = named(stream, consumer); !valid) {
        return valid.error();
    }
    return exchange<ConsumerInfo>(
        *transport_, consumer_info_request(stream, consumer), parse_consumer_info, call);
}

Result<std::vector<ConsumerInfo>> RequestApi::list_consumers(const StreamName& stream,
                                                             const Call& call) {
    if (const auto valid = named(stream); !valid) {
        return valid.error();
    }
    const auto request = [&](std::size_t offset) { return consumer_list_request(stream, offset); };
    return read_list<ConsumerInfo>(*transport_, request, parse_consumer_list, call);
}

Result<ConsumerInfo> RequestApi::create_consumer(const StreamName& stream,
                                                 const ConsumerSettings& settings,
                                                 const Call& call) {
    if (const auto valid = named(stream, settings.name); !valid) {
        return valid.error();
    }
    return exchange<ConsumerInfo>(
        *transport_, consumer_create_request(stream, settings), parse_consumer_info, call);
}

Result<ConsumerInfo> RequestApi::update_consumer(const StreamName& stream,
                                                 const ConsumerSettings& settings,
                                                 const Beyond& beyond,
                                                 const Call& call) {
    if (const auto valid = named(stream, settings.name); !valid) {
        return valid.error();
    }
    return exchange<ConsumerInfo>(
        *transport_, consumer_update_request(stream, settings, beyond), parse_consumer_info, call);
}

Status RequestApi::pause_consumer(const StreamName& stream,
                                  const ConsumerName& consumer,
                                  std::optional<Timestamp> until,
                                  const Call& call) {
    if (const auto valid = named(stream, consumer); !valid) {
        return valid.error();
    }
    return exchange<void>(
        *transport_, consumer_pause_request(stream, consumer, until), parse_paused, call);
}

Status RequestApi::delete_consumer(const StreamName& stream,
                                   const ConsumerName& consumer,
                                   const Call& call) {
    if (const auto valid = named(stream, consumer); !valid) {
        return valid.error();
    }
    return exchange<void>(
        *transport_, consumer_delete_request(stream, consumer), parse_deleted, call);
}

}  // namespace headgate::jetstream
