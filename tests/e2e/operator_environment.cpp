#include "tests/e2e/operator_environment.hpp"

#include <memory>

#include <gtest/gtest.h>

namespace headgate::e2e {

namespace {

std::unique_ptr<World>& slot() {
    static std::unique_ptr<World> world;
    return world;
}

class OperatorEnvironment : public testing::Environment {
public:
    void SetUp() override { slot() = std::make_unique<World>(); }

    void TearDown() override {
        EXPECT_EQ(slot()->program.stop(), 0) << slot()->program.output();
        slot().reset();
    }
};

const auto* const kEnvironment =  // NOLINT(cert-err58-cpp) gtest takes it before main
    testing::AddGlobalTestEnvironment(
        new OperatorEnvironment);  // NOLINT(cppcoreguidelines-owning-memory) gtest owns it

}  // namespace

World& world() {
    return *slot();
}

}  // namespace headgate::e2e
