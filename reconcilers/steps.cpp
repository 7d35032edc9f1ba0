#include "reconcilers/steps.hpp"

#include <variant>

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
        return stream_done("create", jetstream_.create_stream(step.settings, call_), step.settings);
    }

    Status operator()(const UpdateStream& step) const {
        return stream_done(
            "update", jetstream_.update_stream(step.settings, step.beyond, call_), step.settings);
    }

    Status operator()(const CreateConsumer& step) const {
        return consumer_done(
            "create", jetstream_.create_consumer(stream(), step.settings, call_), step.settings);
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
        carried_.residue[sent.name.value()] =
            residue_of(sent, result->settings, situation_.desired.stream, situation_.server);
        return {};
    }

    jetstream::Api& jetstream_;
    const Situation& situation_;
    Carried& carried_;
    const Call& call_;
};

}  // namespace

Status carry_out(jetstream::Api& jetstream,
                 const Situation& situation,
                 const std::vector<Step>& steps,
                 Carried& carried,
                 const Call& call) {
    const Worker worker{jetstream, situation, carried, call};
    for (const auto& step : steps) {
        if (auto result = std::visit(worker, step); !result) {
            return result;
        }
    }
    return {};
}

}  // namespace headgate::reconcilers
