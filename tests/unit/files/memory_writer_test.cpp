#include "files/memory_writer.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headgate::files {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

core::Call call() {
    return core::Call::within(std::chrono::seconds{1});
}

TEST(MemoryWriter, AStatusSucceedsAndIsTold) {
    std::vector<std::string> told;
    MemoryWriter writer{
        [&](const reconcilers::Declaration& of, const resources::ObjectStatus& status) {
            told.push_back(of.key.name + " " + status.stream);
        }};
    reconcilers::Declaration declaration;
    declaration.key.name = "a";
    EXPECT_TRUE(writer.write_status(declaration, resources::ObjectStatus{.stream = "A"}, call()));
    EXPECT_THAT(told, ElementsAre("a A"));
    EXPECT_TRUE(MemoryWriter{}.write_status(declaration, {}, call()));
}

TEST(MemoryWriter, TheFinalizerComesOnceAndGoes) {
    MemoryWriter writer;
    reconcilers::Declaration declaration;
    declaration.finalizers = {"other"};
    const auto added = writer.add_finalizer(declaration, call());
    ASSERT_TRUE(added);
    EXPECT_THAT(*added, ElementsAre("other", "headgate.io/cleanup"));
    declaration.finalizers = *added;
    EXPECT_THAT(*writer.add_finalizer(declaration, call()),
                ElementsAre("other", "headgate.io/cleanup"));
    EXPECT_THAT(*writer.remove_finalizer(declaration, call()), ElementsAre("other"));
    EXPECT_THAT(*writer.remove_finalizer(reconcilers::Declaration{}, call()), IsEmpty());
}

}  // namespace
}  // namespace headgate::files
