#include "reconcilers/removal.hpp"

#include <map>
#include <utility>

#include "reconcilers/loss.hpp"
#include "reconcilers/standing.hpp"

namespace headgate::reconcilers {

using core::Call;
using core::ErrorCode;
using core::Result;
using jetstream::StreamInfo;
using resources::DeletionPolicy;
using resources::Reason;

namespace {

// Each key costs a request. Past so many nobody needs the exact number of live ones.
constexpr std::uint64_t kCounted = 1'000;
// To report in, of the time that a pass has.
constexpr std::chrono::seconds kReserve{5};

std::string counted(std::uint64_t count, std::string_view what) {
    return grouped(count) + " " + std::string{what} + (count == 1 ? "" : "s");
}

/// What keeps a bucket from being empty, in words; empty: nothing does.
Result<std::string> live_keys(jetstream::Api& jetstream,
                              const jetstream::StreamName& stream,
                              const Call& call) {
    const auto keys = jetstream.subject_counts(stream, ">", call);
    if (!keys) {
        return keys.error();
    }
    std::uint64_t looked_at = 0;
    std::uint64_t live = 0;
    for (const auto& [subject, count] : *keys) {
        if (call.left() < kReserve && live == 0 && looked_at > 0) {
            return counted(keys->size(), "key") + ", more than can be looked at in one go; the " +
                   grouped(looked_at) + " looked at are all deleted";
        }
        if (live > 0 && looked_at >= kCounted) {
            return "at least " + counted(live, "live key");
        }
        ++looked_at;
        const auto last = jetstream.last_message(stream, subject, call);
        if (!last && last.error().code != ErrorCode::NotFound) {
            return last.error();
        }
        live += last && !is_tombstone(last->headers) ? 1 : 0;
    }
    return live == 0 ? std::string{} : counted(live, "live key");
}

Result<std::string> content_of(jetstream::Api& jetstream,
                               Kind kind,
                               const StreamInfo& stream,
                               const Call& call) {
    if (stream.state.messages == 0) {
        return std::string{};
    }
    return kind == Kind::StateBucket ? live_keys(jetstream, stream.settings.name, call)
                                     : counted(stream.state.messages, "message");
}

std::string blocked(const std::string& stream, const std::string& content) {
    return "stream " + stream + " holds " + content +
           ", and is deleted once it is empty (deletionPolicy DeleteIfEmpty)";
}

void let_go(Removal& removal, Reason reason, std::string message) {
    removal.decision.report.reason = reason;
    removal.decision.report.message = std::move(message);
    removal.decision.changes.clear();
    removal.stream.reset();
}

void plan_deletion(Removal& removal, StreamInfo stream) {
    const auto messages = stream.state.messages;
    removal.decision.report.message = "stream " + stream.settings.name.value() + " is deleted";
    removal.decision.changes = {{.field = "stream",
                                 .from = stream.settings.name.value(),
                                 .effect = resources::Effect::Delete,
                                 .lost = messages,
                                 .consequence = messages == 0
                                                    ? std::string{}
                                                    : "drops all " + counted(messages, "message")}};
    removal.stream = std::move(stream);
}

}  // namespace

bool may_delete_stream(const resources::Desired& desired) {
    return desired.policies.deletion != DeletionPolicy::Retain &&
           desired.policies.management == resources::ManagementPolicy::Manage;
}

Result<Removal> assess_removal(jetstream::Api& jetstream,
                               const Declaration& declaration,
                               std::string_view instance,
                               const Call& call) {
    Removal removal;
    auto& report = removal.decision.report;
    report.reason = Reason::Deleting;
    report.stream = declaration.status.stream;
    report.created = declaration.status.created;
    report.consumers = declaration.status.consumers;
    const auto& desired = declaration.parsed.desired;
    // An unreadable spec, or one that no longer wants its stream deleted, is no order to delete it.
    if (!desired) {
        report.message =
            "nothing is known to delete: " + fields::describe(declaration.parsed.problems);
        return removal;
    }
    const auto& name = desired->stream.name;
    report.stream = name.value();
    if (declaration.annotations.force_release) {
        report.message = "stream " + name.value() + " is left as it is (headgate.io/force-release)";
        return removal;
    }
    if (!may_delete_stream(*desired)) {
        report.message = "stream " + name.value() + " is kept (" +
                         (desired->policies.management == resources::ManagementPolicy::Manage
                              ? "deletionPolicy Retain"
                              : "managementPolicy Observe") +
                         ")";
        return removal;
    }
    auto stream = jetstream.stream_info(name, call);
    if (!stream && stream.error().code != ErrorCode::NotFound) {
        return stream.error();
    }
    if (!stream) {
        report.message = "stream " + name.value() + " does not exist";
        return removal;
    }
    if (!owns(declaration, instance, *stream)) {
        let_go(removal,
               Reason::NotOwned,
               "stream " + name.value() + " is left alone: this object did not make it");
        return removal;
    }
    if (desired->policies.deletion == DeletionPolicy::DeleteIfEmpty) {
        const auto content = content_of(jetstream, declaration.key.kind, *stream, call);
        if (!content) {
            return content.error();
        }
        if (!content->empty()) {
            let_go(removal, Reason::DeletionBlocked, blocked(name.value(), *content));
            return removal;
        }
        removal.only_if_unchanged = true;
    }
    plan_deletion(removal, std::move(*stream));
    return removal;
}

core::Status carry_out(jetstream::Api& jetstream, Removal& removal, const Call& call) {
    if (!removal.stream) {
        return {};
    }
    const auto name = removal.stream->settings.name;
    if (removal.only_if_unchanged) {
        const auto now = jetstream.stream_info(name, call);
        if (!now && now.error().code != ErrorCode::NotFound) {
            return now.error();
        }
        if (now && (now->created != removal.stream->created ||
                    now->settings.metadata != removal.stream->settings.metadata ||
                    now->settings.description != removal.stream->settings.description ||
                    now->state.last_sequence != removal.stream->state.last_sequence)) {
            let_go(removal,
                   Reason::DeletionBlocked,
                   blocked(name.value(), "what arrived while it was looked at"));
            return {};
        }
    }
    const auto deleted = jetstream.delete_stream(name, call);
    if (!deleted && deleted.error().code != ErrorCode::NotFound) {
        return core::with_context("delete stream " + name.value(), deleted.error());
    }
    const auto messages = removal.stream->state.messages;
    removal.done.push_back("delete stream " + name.value() +
                           (messages == 0 ? "" : " with " + counted(messages, "message")));
    return {};
}

bool is_tombstone(std::string_view headers) {
    for (std::size_t at = headers.find("\r\n"); at != std::string_view::npos;
         at = headers.find("\r\n", at + 2)) {
        const auto line = headers.substr(at + 2, headers.find("\r\n", at + 2) - at - 2);
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) {
            continue;
        }
        const auto name = line.substr(0, colon);
        const auto from = line.find_first_not_of(" \t", colon + 1);
        const auto value = from == std::string_view::npos ? std::string_view{} : line.substr(from);
        if ((name == "KV-Operation" && (value == "DEL" || value == "PURGE")) ||
            (name == "Nats-Marker-Reason" && !value.empty())) {
            return true;
        }
    }
    return false;
}

}  // namespace headgate::reconcilers
