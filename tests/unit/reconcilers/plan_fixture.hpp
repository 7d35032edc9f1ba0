// One situation, built up by what matters to a test: a declaration, and a server that holds what
// another (or the same) declaration had made.
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "jetstream/compare.hpp"
#include "reconcilers/plan.hpp"
#include "reconcilers/replica_limit.hpp"
#include "reconcilers/residue.hpp"
#include "reconcilers/signature.hpp"
#include "reconcilers/standing.hpp"
#include "tests/builders/declaration_builder.hpp"

namespace headgate::reconcilers {

inline const core::Timestamp kNow = *core::parse_time("2026-01-01T12:00:00Z");
inline constexpr const char* kCreated = "2026-01-01T00:00:00.000000001Z";

inline std::string words(const Step& step) {
    struct Words {
        std::string operator()(const CreateStream& create) const {
            return "create stream " + create.settings.name.value();
        }

        std::string operator()(const UpdateStream& update) const {
            return "update stream " + update.settings.name.value();
        }

        std::string operator()(const CreateConsumer& create) const {
            return "create consumer " + create.settings.name.value();
        }

        std::string operator()(const UpdateConsumer& update) const {
            return "update consumer " + update.settings.name.value();
        }

        std::string operator()(const PauseConsumer& pause) const {
            return (pause.until ? "pause consumer " : "resume consumer ") + pause.name.value();
        }

        std::string operator()(const DeleteConsumer& gone) const {
            return "delete consumer " + gone.name.value();
        }
    };

    return std::visit(Words{}, step);
}

inline std::vector<std::string> words(const std::vector<Step>& steps) {
    std::vector<std::string> texts;
    for (const auto& step : steps) {
        texts.push_back(words(step));
    }
    return texts;
}

inline std::vector<std::string> changed_fields(const Decision& decision) {
    std::vector<std::string> fields;
    for (const auto& change : decision.changes) {
        fields.push_back(change.field + " " + std::string{core::name_of(change.effect)});
    }
    return fields;
}

class PlanFixture : public ::testing::Test {
protected:
    PlanFixture() {
        situation_.server = jetstream::ServerInfo{
            .level = jetstream::kServer2_15, .version = "2.15.0", .domain = {}};
        situation_.instance = "headgate";
        situation_.now = kNow;
    }

    void level(jetstream::ServerLevel level) {
        situation_.server.level = level;
        situation_.server.version = std::string{jetstream::version_text(level)};
    }

    void declare(const builders::DeclarationBuilder& builder) {
        declaration_ = builder.build();
        ASSERT_TRUE(declaration_.parsed.desired.has_value())
            << fields::describe(declaration_.parsed.problems);
        situation_.declaration = &declaration_;
        situation_.desired = *declaration_.parsed.desired;
    }

    // The server holds what `builder`'s declaration made; unsigned where `instance` is empty.
    void server_holds(const builders::DeclarationBuilder& builder,
                      const std::string& instance = "headgate") {
        const auto made = builder.build();
        ASSERT_TRUE(made.parsed.desired.has_value()) << fields::describe(made.parsed.problems);
        const auto& desired = *made.parsed.desired;
        const auto put_signature = [&](auto& settings) {
            if (!instance.empty()) {
                sign(settings.metadata,
                     settings.description,
                     signature_of(instance, made.key, desired.policies.deletion),
                     situation_.server.level >= jetstream::kServer2_10);
            }
        };
        jetstream::StreamInfo info;
        info.settings = jetstream::as_stored(desired.stream, {}, situation_.server.level);
        put_signature(info.settings);
        info.created = kCreated;
        info.state.consumers = static_cast<std::int64_t>(desired.consumers.size());
        situation_.stream = std::move(info);
        situation_.consumers.clear();
        for (const auto& consumer : desired.consumers) {
            jetstream::ConsumerInfo held;
            held.settings = jetstream::as_stored(
                consumer, {}, desired.stream, situation_.server, situation_.now);
            put_signature(held.settings);
            situation_.consumers.push_back(std::move(held));
        }
    }

    void holds_messages(std::uint64_t messages) {
        situation_.stream->state.messages = messages;
        situation_.stream->state.bytes = messages * 1024;
        situation_.stream->state.subjects = 1;
        situation_.stream->state.first_time = kNow - std::chrono::hours{10};
        situation_.stream->state.last_time = kNow;
    }

    jetstream::ConsumerInfo& consumer(const std::string& name) {
        for (auto& info : situation_.consumers) {
            if (info.settings.name.value() == name) {
                return info;
            }
        }
        ADD_FAILURE() << "no consumer " << name;
        return situation_.consumers.front();
    }

    [[nodiscard]] Decision decided() const { return decide(situation_); }

    static const jetstream::StreamSettings& updated_stream(const Decision& decision) {
        for (const auto& step : decision.steps) {
            if (const auto* const update = std::get_if<UpdateStream>(&step)) {
                return update->settings;
            }
        }
        ADD_FAILURE() << "no update of the stream";
        static const jetstream::StreamSettings kNone;
        return kNone;
    }

    Declaration declaration_;
    Situation situation_;
};

}  // namespace headgate::reconcilers
