// The whole flow with a server in memory, a clock that tests turn, and a writer that counts.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "reconcilers/reconciler.hpp"
#include "tests/builders/declaration_builder.hpp"
#include "tests/fakes/fake_jetstream.hpp"
#include "tests/fakes/recording_writer.hpp"

namespace headgate::reconcilers {

class ReconcilerFixture : public ::testing::Test {
protected:
    using Options = fakes::FakeJetStream::Options;

    ReconcilerFixture() { restart({}); }

    // Another run of the program, on the same server and with what it wrote back so far.
    void restart(ReconcilerOptions options) {
        reconciler_.emplace(server(), declarations_, writer_, std::move(options), clock());
    }

    [[nodiscard]] virtual jetstream::Api& server() { return server_; }

    Clock clock() {
        return Clock{
            .steady = [this] { return std::chrono::steady_clock::time_point{now_}; },
            .wall =
                [this] {
                    return core::Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}} +
                           now_;
                }};
    }

    void later(std::chrono::nanoseconds time) { now_ += time; }

    // As its source would show it now: with the status and finalizers written so far.
    ObjectKey declare(const builders::DeclarationBuilder& builder) {
        auto declaration = builder.build();
        EXPECT_TRUE(declaration.parsed.desired.has_value())
            << fields::describe(declaration.parsed.problems);
        return put(std::move(declaration));
    }

    ObjectKey put(Declaration declaration) {
        const auto key = declaration.key;
        if (const auto status = writer_.status.find(key); status != writer_.status.end()) {
            declaration.status = status->second;
        }
        if (const auto finalizers = writer_.finalizers.find(key);
            finalizers != writer_.finalizers.end()) {
            declaration.finalizers = finalizers->second;
        }
        declarations_.put(std::move(declaration));
        return key;
    }

    Pass reconcile(const ObjectKey& key) { return reconciler_->reconcile(key, call_); }

    // What was there and is missing now is waited for a moment, and nothing is written meanwhile.
    Pass once_surely_gone(const ObjectKey& key) {
        forget_counts();
        const auto pass = reconcile(key);
        const auto* const recheck = std::get_if<RecheckAfter>(&pass.outcome);
        EXPECT_NE(recheck, nullptr);
        EXPECT_EQ(server_.writes() + writer_.writes(), 0U);
        if (recheck != nullptr) {
            later(recheck->delay);
        }
        return reconcile(key);
    }

    // Declares, reconciles until it settles, forgets the counts.
    ObjectKey settled(const builders::DeclarationBuilder& builder) {
        const auto key = declare(builder);
        for (int i = 0; i < 5 && !std::holds_alternative<Settled>(reconcile(key).outcome); ++i) {
        }
        EXPECT_EQ(status(key).reason(), resources::Reason::Applied) << status(key).message();
        forget_counts();
        return key;
    }

    void forget_counts() {
        server_.forget_requests();
        writer_.forget_writes();
    }

    [[nodiscard]] const resources::ObjectStatus& status(const ObjectKey& key) {
        return writer_.status[key];
    }

    void expect_nothing_written(const ObjectKey& key) {
        forget_counts();
        const auto pass = reconcile(key);
        EXPECT_EQ(server_.writes(), 0U);
        EXPECT_EQ(writer_.writes(), 0U) << status(key).message();
        EXPECT_THAT(pass.done, ::testing::IsEmpty());
    }

    // Another program writes to the server.
    void behind_our_back(std::string_view subject,
                         const core::Json& payload = core::Json::object()) {
        const auto reply = server_.request(subject, payload);
        ASSERT_FALSE(reply.contains("error")) << reply;
    }

    // The n-th write from now on, and only it, meets `code`: before it arrives, or its reply gets
    // lost.
    void fault_at_write(int n, fakes::FakeJetStream::Phase phase, core::ErrorCode code) {
        server_.set_fault([n, phase, code, seen = std::make_shared<int>(0)](
                              std::string_view operation,
                              std::string_view,
                              fakes::FakeJetStream::Phase at) -> std::optional<core::Error> {
            const bool is_write = operation.ends_with("create") || operation.ends_with("update") ||
                                  operation.ends_with("delete") || operation.ends_with("pause");
            if (at != phase || !is_write || ++*seen != n) {
                return std::nullopt;
            }
            return core::Error{code, "fault"};
        });
    }

    std::chrono::nanoseconds now_{std::chrono::hours{1}};
    core::Call call_ = core::Call::within(std::chrono::hours{1});
    fakes::FakeJetStream server_{Options{.servers = 3}};
    Declarations declarations_;
    fakes::RecordingWriter writer_;
    std::optional<Reconciler> reconciler_;
};

inline bool is_settled(const Pass& pass) {
    return std::holds_alternative<Settled>(pass.outcome);
}

inline bool is_retry(const Pass& pass) {
    return std::holds_alternative<Retry>(pass.outcome);
}

inline bool is_give_up(const Pass& pass) {
    return std::holds_alternative<GiveUp>(pass.outcome);
}

inline bool is_recheck(const Pass& pass) {
    return std::holds_alternative<RecheckAfter>(pass.outcome);
}

}  // namespace headgate::reconcilers
