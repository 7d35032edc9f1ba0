#include "reconcilers/evidence.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <map>
#include <numeric>
#include <string_view>

namespace headgate::reconcilers {

using core::Call;
using core::ErrorCode;
using core::Result;
using jetstream::MessageInfo;
using jetstream::StreamInfo;

namespace {

constexpr std::string_view kAll = ">";

// Beyond these an answer would take seconds, or memory worth speaking of.
constexpr std::uint64_t kMostSubjects = 500'000;
constexpr std::uint64_t kMostDeleted = 500'000;

// Sizes are sampled until they are alike enough; bodies come along, so their sum and the time it
// takes are bounded too.
constexpr std::uint64_t kFirstSamples = 64;
constexpr std::uint64_t kMostSamples = 16'384;
constexpr std::uint64_t kMostSampledBytes = 16 << 20;
constexpr std::chrono::seconds kMostSamplingTime{4};
constexpr double kMostAmiss = 0.05;
constexpr double kEnough = 0.002;  // Standard error of the mean, as a share of it.

constexpr std::uint64_t kMostSearchedForTtl = 1'000;

bool has_ttl(const MessageInfo& message) {
    return message.headers.find("\r\nNats-TTL:") != std::string::npos;
}

// nats-server: fileStoreMsgSize, memStoreMsgSize. What state.bytes counts.
double stored_size(const MessageInfo& message, jetstream::Storage storage) {
    const auto content = message.subject.size() + message.headers.size() + message.body;
    const auto around = storage == jetstream::Storage::Memory ? 16U
                        : message.headers.empty()             ? 30U
                                                              : 34U;
    return static_cast<double>(content + around);
}

class Gatherer {
public:
    Gatherer(jetstream::Api& jetstream, const Inquiry& inquiry, const Call& call)
        : jetstream_(jetstream), inquiry_(inquiry), stream_(inquiry.stream), call_(call) {}

    // Messages before the first that is not older than the declared age.
    Result<std::optional<std::uint64_t>> older() {
        const auto cut = inquiry_.now - *inquiry_.desired.max_age;
        auto low = stream_.state.first_sequence;
        auto high = stream_.state.last_sequence + 1;
        // All before `low` are older, none from `high` on is.
        while (low < high) {
            const auto middle = low + (high - low) / 2;
            const auto message = next(middle);
            if (!message && message.error().code != ErrorCode::NotFound) {
                return message.error();
            }
            if (!message || message->time >= cut) {
                high = middle;
            } else {
                low = message->sequence + 1;
            }
        }
        return messages_before(high);
    }

    // The oldest messages that together make up what is beyond the declared size.
    Result<std::optional<std::uint64_t>> beyond_bytes() {
        const auto sizes = sample_sizes();
        if (!sizes) {
            return sizes.error();
        }
        const auto& state = stream_.state;
        const auto sum = total(*sizes);
        if (sum <= 0) {
            return std::optional<std::uint64_t>{};
        }
        // Some that are far larger than what was met: nothing tells where they are.
        if (!adds_up(*sizes)) {
            return std::optional{state.messages};
        }
        // Each sample stands for as many messages; their sum is known exactly.
        const auto each = static_cast<double>(state.messages) / static_cast<double>(sizes->size());
        const auto scale = static_cast<double>(state.bytes) / (sum * each);
        auto excess = static_cast<double>(state.bytes) -
                      static_cast<double>(inquiry_.desired.max_bytes->value());
        double lost = 0;
        for (const auto& [place, size] : *sizes) {
            const auto bytes = size * scale * each;
            if (bytes >= excess) {
                lost += each * excess / bytes;
                break;
            }
            lost += each;
            excess -= bytes;
        }
        return std::optional{std::clamp<std::uint64_t>(
            static_cast<std::uint64_t>(std::ceil(lost)), 1, state.messages)};
    }

    Result<std::optional<std::map<std::string, std::uint64_t>>> subject_counts() {
        using Counts = std::map<std::string, std::uint64_t>;
        if (stream_.state.subjects > kMostSubjects) {
            return std::optional<Counts>{};
        }
        return jetstream_.subject_counts(stream_.settings.name, kAll, call_)
            .transform([](Counts counts) { return std::optional{std::move(counts)}; });
    }

    // Of a few messages all are looked at. Of many, enough to see that clients send some; but what
    // a stream copies comes from where that is allowed, so that not to meet any proves nothing.
    Result<std::optional<std::uint64_t>> with_ttl() {
        const auto& state = stream_.state;
        const bool all = state.messages <= kMostSearchedForTtl;
        const auto& settings = stream_.settings;
        if (!all && (settings.mirror || !settings.sources.empty())) {
            return std::optional{state.messages};
        }
        const auto span = state.last_sequence + 1 - state.first_sequence;
        const auto stride = all ? 1 : span / kMostSearchedForTtl;
        std::uint64_t found = 0;
        for (auto sequence = state.first_sequence; sequence <= state.last_sequence;) {
            const auto message = next(sequence);
            if (!message && message.error().code == ErrorCode::NotFound) {
                break;
            }
            if (!message) {
                return message.error();
            }
            found += has_ttl(*message) ? 1 : 0;
            sequence = std::max(message->sequence + 1, sequence + stride);
        }
        return std::optional{all || found == 0 ? found : state.messages};
    }

private:
    Result<MessageInfo> next(std::uint64_t sequence) {
        return jetstream_.next_message(stream_.settings.name, sequence, kAll, call_);
    }

    Result<std::optional<std::uint64_t>> messages_before(std::uint64_t sequence) {
        const auto& state = stream_.state;
        const auto sequences = sequence - state.first_sequence;
        if (state.deleted == 0) {
            return std::optional{std::min(sequences, state.messages)};
        }
        if (state.deleted > kMostDeleted) {
            const auto share = static_cast<double>(sequences) /
                               static_cast<double>(state.last_sequence + 1 - state.first_sequence);
            return std::optional{
                static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(state.messages)))};
        }
        const auto deleted = jetstream_.deleted_sequences(stream_.settings.name, call_);
        if (!deleted) {
            return deleted.error();
        }
        const auto gone = static_cast<std::uint64_t>(
            std::count_if(deleted->begin(), deleted->end(), [&](std::uint64_t one) {
                return one >= state.first_sequence && one < sequence;
            }));
        return std::optional{sequences - std::min(sequences, gone)};
    }

    // By place in the stream, 0 to 1.
    using Sizes = std::map<double, double>;

    static double total(const Sizes& sizes) {
        return std::accumulate(sizes.begin(), sizes.end(), 0.0, [](double sum, const auto& one) {
            return sum + one.second;
        });
    }

    static bool alike(const Sizes& sizes) {
        const auto count = static_cast<double>(sizes.size());
        const auto mean = total(sizes) / count;
        double squares = 0;
        for (const auto& [place, size] : sizes) {
            squares += (size - mean) * (size - mean);
        }
        return std::sqrt(squares / count / count) <= kEnough * mean;
    }

    // Whether the samples can stand for all, as the sum of all is known.
    [[nodiscard]] bool adds_up(const Sizes& sizes) const {
        const auto mean = total(sizes) / static_cast<double>(sizes.size());
        const auto all = mean * static_cast<double>(stream_.state.messages);
        return std::fabs(all / static_cast<double>(stream_.state.bytes) - 1) < kMostAmiss;
    }

    // Places a golden ratio apart are spread evenly however many there are in the end.
    Result<Sizes> sample_sizes() {
        constexpr double kGoldenRatio = 0.618033988749895;
        const auto deadline = std::chrono::steady_clock::now() + kMostSamplingTime;
        const auto& state = stream_.state;
        const auto affordable =
            kMostSampledBytes / std::max<std::uint64_t>(state.bytes / state.messages, 1);
        const auto most = std::clamp(affordable, kFirstSamples, kMostSamples);
        Sizes sizes;
        double place = 0.5;
        for (std::uint64_t count = 1; count <= most; ++count) {
            const auto size = sample_at(place);
            if (!size) {
                return size.error();
            }
            if (*size > 0) {
                sizes[place] = *size;
            }
            if (count >= kFirstSamples &&
                ((std::has_single_bit(count) && alike(sizes) && adds_up(sizes)) ||
                 std::chrono::steady_clock::now() > deadline)) {
                break;
            }
            place = std::fmod(place + kGoldenRatio, 1.0);
        }
        return sizes;
    }

    // 0: no message there or after.
    Result<double> sample_at(double place) {
        const auto& state = stream_.state;
        const auto span = static_cast<double>(state.last_sequence + 1 - state.first_sequence);
        const auto message = next(state.first_sequence + static_cast<std::uint64_t>(place * span));
        if (!message && message.error().code != ErrorCode::NotFound) {
            return message.error();
        }
        return message ? stored_size(*message, stream_.settings.storage) : 0.0;
    }

    jetstream::Api& jetstream_;
    const Inquiry& inquiry_;
    const StreamInfo& stream_;
    const Call& call_;
};

}  // namespace

Result<Evidence> gather(jetstream::Api& jetstream,
                        const Inquiry& inquiry,
                        const std::set<Question>& questions,
                        const Call& call) {
    Gatherer gatherer{jetstream, inquiry, call};
    Evidence evidence;
    if (questions.contains(Question::Older)) {
        auto answer = gatherer.older();
        if (!answer) {
            return answer.error();
        }
        evidence.older = *answer;
    }
    if (questions.contains(Question::BeyondBytes)) {
        auto answer = gatherer.beyond_bytes();
        if (!answer) {
            return answer.error();
        }
        evidence.beyond_bytes = *answer;
    }
    if (questions.contains(Question::SubjectCounts)) {
        auto answer = gatherer.subject_counts();
        if (!answer) {
            return answer.error();
        }
        evidence.subject_counts = std::move(*answer);
    }
    if (questions.contains(Question::WithTtl)) {
        auto answer = gatherer.with_ttl();
        if (!answer) {
            return answer.error();
        }
        evidence.with_ttl = *answer;
    }
    return evidence;
}

}  // namespace headgate::reconcilers
