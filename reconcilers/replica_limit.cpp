#include "reconcilers/replica_limit.hpp"

#include <vector>

namespace headgate::reconcilers {

std::string limit_replicas(resources::Desired& desired, int limit) {
    if (limit <= 0) {
        return {};
    }
    std::vector<std::string> notes;
    if (desired.stream.replicas > limit) {
        notes.push_back("replicas " + std::to_string(desired.stream.replicas) + " capped to " +
                        std::to_string(limit));
        desired.stream.replicas = limit;
    }
    if (limit == 1 && desired.stream.placement) {
        notes.emplace_back("placement dropped");
        desired.stream.placement.reset();
    }
    for (auto& consumer : desired.consumers) {
        if (consumer.replicas.value_or(0) > limit) {
            notes.push_back("replicas of consumer " + consumer.name.value() + " capped to " +
                            std::to_string(limit));
            consumer.replicas = limit;
        }
    }
    std::string text;
    for (const auto& note : notes) {
        text += (text.empty() ? "" : ", ") + note;
    }
    return text.empty() ? text : text + " by the replica limit";
}

}  // namespace headgate::reconcilers
