// Answers to the questions that a loss leaves open, asked of the server: by searching the messages
// for a time, by sampling their sizes, by counting subjects. Reads only.
#pragma once

#include <set>

#include "core/call.hpp"
#include "core/result.hpp"
#include "jetstream/api.hpp"
#include "reconcilers/loss.hpp"

namespace headgate::reconcilers {

struct Inquiry {
    const jetstream::StreamInfo& stream;
    const jetstream::StreamSettings& desired;
    core::Timestamp now{};
};

/// Question::Older costs a request for each doubling of the stream's length (about 17 for 100,000
/// messages), BeyondBytes 64 where sizes are alike, else up to four seconds' worth (16,384 samples
/// are within 1 % of a stream whose sizes differ tenfold), SubjectCounts one for each 100,000
/// subjects, WithTtl up to 1,000. What would cost more stays unanswered, and the bound stands.
[[nodiscard]] core::Result<Evidence> gather(jetstream::Api& jetstream,
                                            const Inquiry& inquiry,
                                            const std::set<Question>& questions,
                                            const core::Call& call);

}  // namespace headgate::reconcilers
