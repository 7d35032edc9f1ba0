#include "reconcilers/steps.hpp"

#include <variant>

#include "reconcilers/consumer_plan.hpp"
#include "reconcilers/residue.hpp"

namespace headgate::reconcilers {

using core::Call;
using core::Result;
using core::Status;
using jetstream::ConsumerInfo;
using jetstream::ConsumerSettings;
using jetstream::StreamInfo;
using jetstream::StreamSettings;

namespace {

class Worker {
public:
    Worker(jetstream::Api& jetstream,
           const Situation& situation,
           Carried& carried,
           const Call& call)
        : jetstream_(jetstream), situation_(situation), carried_(carried), call_(call) {}

    Status operator()(const CreateStream& step) const {
        const auto made = jetstream_.create_stream(step.settings, call_);
        return stream_done(made && was_there(*made) ? "find" : "create", made, step.settings);
    }

    Status operator()(const UpdateStream& step) const {
        return stream_done(
            "update", jetstream_.update_stream(step.settings, step.beyond, call_), step.settings);
    }

    Status operator()(const CreateConsumer& step) const {
        auto created = create(step.settings);
        return created || !step.former || !is_refusal(created.error())
                   ? created
                   : put_back(*step.former, created.error());
    }

    Status operator()(const UpdateConsumer& step) const {
        return consumer_done(
            "update",
            jetstream_.update_consumer(stream(), step.settings, step.beyond, call_),
            step.settings);
    }

    Status operator()(const PauseConsumer& step) const {
        const auto what = words(step.until ? "pause" : "resume", step.name);
        const auto result = jetstream_.pause_consumer(stream(), step.name, step.until, call_);
        if (!result) {
            return core::with_context(what, result.error());
        }
        carried_.done.push_back(what);
        return {};
    }

    Status operator()(const DeleteConsumer& step) const {
        const auto what = words("delete", step.name);
        const auto result = jetstream_.delete_consumer(stream(), step.name, call_);
        if (!result && result.error().code != core::ErrorCode::NotFound) {
            return core::with_context(what, result.error());
        }
        carried_.done.push_back(what);
        return {};
    }

private:
    // A server answers alike for a stream that it had, if it is the same to the letter.
    static bool was_there(const StreamInfo& stream) {
        constexpr std::chrono::seconds kSurelyBefore{5};
        const auto created = core::parse_time(stream.created);
        return stream.state.last_sequence >= stream.settings.first_sequence.value_or(1) ||
               stream.state.consumers > 0 ||
               (created && stream.observed_at && *stream.observed_at - *created > kSurelyBefore);
    }

    static bool is_refusal(const core::Error& error) {
        return error.code == core::ErrorCode::Refused ||
               error.code == core::ErrorCode::Insufficient ||
               error.code == core::ErrorCode::InvalidSpec ||
               error.code == core::ErrorCode::Unsupported;
    }

    [[nodiscard]] Status create(const ConsumerSettings& settings) const {
        return consumer_done(
            "create", jetstream_.create_consumer(stream(), settings, call_), settings);
    }

    [[nodiscard]] Status put_back(const ConsumerSettings& former, core::Error error) const {
        const auto made = create(former);
        carried_.residue.erase(former.name.value());
        if (made) {
            error.message += "; the consumer is again as it was";
            carried_.refused[former.name.value()] = error.message;
        } else {
            error.message += "; and neither " + made.error().message;
        }
        return error;
    }

    [[nodiscard]] const jetstream::StreamName& stream() const {
        return situation_.desired.stream.name;
    }

    [[nodiscard]] std::string words(std::string_view verb,
                                    const jetstream::ConsumerName& consumer) const {
        return std::string{verb} + " consumer " + consumer.value() + " of stream " +
               stream().value();
    }

    [[nodiscard]] Status stream_done(std::string_view verb,
                                     const Result<StreamInfo>& result,
                                     const StreamSettings& sent) const {
        const auto what = std::string{verb} + " stream " + stream().value();
        if (!result) {
            return core::with_context(what, result.error());
        }
        carried_.done.push_back(what);
        carried_.created = result->created;
        // What a consumer took from the limits of before can now be written.
        for (auto& entry : carried_.residue) {
            entry.second.clear();
        }
        carried_.residue[{}] = residue_of(sent, result->settings, situation_.server.level);
        return {};
    }

    [[nodiscard]] Status consumer_done(std::string_view verb,
                                       const Result<ConsumerInfo>& result,
                                       const ConsumerSettings& sent) const {
        const auto what = words(verb, sent.name);
        if (!result) {
            return core::with_context(what, result.error());
        }
        carried_.done.push_back(what);
        const auto residue = [&](const ConsumerInfo& info) {
            return residue_of(sent, info.settings, situation_.desired.stream, situation_.server);
        };
        auto left = residue(*result);
        if (!left.empty()) {
            // The answer to the first update after a start of the server is of before it
            // (nats-server 2.9 to 2.15).
            const auto info = jetstream_.consumer_info(stream(), sent.name, call_);
            if (!info) {
                return core::with_context("look at what became of " + what, info.error());
            }
            left = residue(*info);
        }
        carried_.residue[sent.name.value()] = std::move(left);
        return {};
    }

    jetstream::Api& jetstream_;
    const Situation& situation_;
    Carried& carried_;
    const Call& call_;
};

/// Refused, when so much was done.
struct Deferred {
    const Step* step;
    core::Error error;
    std::size_t done;
};

// What kept messages while the consumer was made anew, which came to nothing.
void drop_guard(const Worker& worker, const std::vector<Step>& steps, const Carried& carried) {
    for (const auto& step : steps) {
        const auto* const gone = std::get_if<DeleteConsumer>(&step);
        const auto guarded = gone == nullptr ? std::nullopt : guarded_by(gone->name.value());
        if (guarded && carried.refused.contains(*guarded)) {
            static_cast<void>(std::visit(worker, step));
        }
    }
}

}  // namespace

Status carry_out(jetstream::Api& jetstream,
                 const Situation& situation,
                 const std::vector<Step>& steps,
                 Carried& carried,
                 const Call& call) {
    const Worker worker{jetstream, situation, carried, call};
    std::vector<Deferred> refused;
    for (const auto& step : steps) {
        auto result = std::visit(worker, step);
        if (!result && result.error().code == core::ErrorCode::Refused &&
            std::holds_alternative<UpdateConsumer>(step)) {
            refused.push_back({&step, result.error(), carried.done.size()});
        } else if (!result) {
            drop_guard(worker, steps, carried);
            return result;
        }
    }
    for (const auto& [step, error, done] : refused) {
        if (carried.done.size() == done) {
            return error;
        }
        if (auto result = std::visit(worker, *step); !result) {
            return result;
        }
    }
    return {};
}

}  // namespace headgate::reconcilers
