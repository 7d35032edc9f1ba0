#include "kube/conditions.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace headgate::kube {

namespace {

using core::Json;

auto of_type(std::string_view type) {
    return [type](const Condition& condition) { return condition.type == type; };
}

Json to_json(const Condition& condition) {
    const auto transition =
        std::chrono::floor<std::chrono::seconds>(condition.last_transition_time);
    return {{"type", condition.type},
            {"status", core::name_of(condition.status)},
            {"reason", condition.reason},
            {"message", condition.message},
            {"lastTransitionTime", core::format_time(transition)},
            {"observedGeneration", condition.observed_generation}};
}

std::string text_of(const Json& json, const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::optional<Condition> parse_condition(const Json& json) {
    if (!json.is_object()) {
        return std::nullopt;
    }
    const auto status = core::from_name<ConditionStatus>(text_of(json, "status"));
    const auto transition = core::parse_time(text_of(json, "lastTransitionTime"));
    const auto generation = json.find("observedGeneration");
    Condition condition{
        .type = text_of(json, "type"),
        .reason = text_of(json, "reason"),
        .message = text_of(json, "message"),
    };
    if (!status || !transition || condition.type.empty()) {
        return std::nullopt;
    }
    condition.status = *status;
    condition.last_transition_time = *transition;
    if (generation != json.end() && generation->is_number_integer()) {
        condition.observed_generation = generation->get<std::int64_t>();
    }
    return condition;
}

}  // namespace

void upsert(std::vector<Condition>& conditions, Condition condition) {
    const auto old = std::ranges::find_if(conditions, of_type(condition.type));
    if (old == conditions.end()) {
        conditions.push_back(std::move(condition));
        return;
    }
    if (old->status == condition.status) {
        condition.last_transition_time = old->last_transition_time;
    }
    *old = std::move(condition);
}

void remove(std::vector<Condition>& conditions, std::string_view type) {
    std::erase_if(conditions, of_type(type));
}

const Condition* find(const std::vector<Condition>& conditions, std::string_view type) {
    const auto found = std::ranges::find_if(conditions, of_type(type));
    return found == conditions.end() ? nullptr : &*found;
}

Json to_json(const std::vector<Condition>& conditions) {
    auto json = Json::array();
    for (const auto& condition : conditions) {
        json.push_back(to_json(condition));
    }
    return json;
}

std::vector<Condition> parse_conditions(const Json& json) {
    std::vector<Condition> conditions;
    if (json.is_array()) {
        for (const auto& entry : json) {
            if (auto condition = parse_condition(entry)) {
                conditions.push_back(std::move(*condition));
            }
        }
    }
    return conditions;
}

}  // namespace headgate::kube
