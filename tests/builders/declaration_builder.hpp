// Declarations for tests, told by what matters to the test: a_stream_config("orders").set("maxAge",
// "1h").consumer({{"name", "worker"}}).build(). The spec goes through the real parser.
#pragma once

#include <map>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/json.hpp"
#include "reconcilers/declaration.hpp"
#include "reconcilers/resources/resource.hpp"

namespace headgate::builders {

class DeclarationBuilder {
public:
    DeclarationBuilder(resources::Kind kind, std::string name) {
        declaration_.key = {kind, "agents", std::move(name)};
        declaration_.uid = "uid-of-" + declaration_.key.name;
        declaration_.generation = 1;
        declaration_.age = "2026-01-01T00:00:00Z";
    }

    DeclarationBuilder& set(const std::string& field, core::Json value) {
        spec_[field] = std::move(value);
        return *this;
    }

    DeclarationBuilder& consumer(core::Json consumer) {
        spec_["consumers"].push_back(std::move(consumer));
        return *this;
    }

    DeclarationBuilder& generation(std::int64_t generation) {
        declaration_.generation = generation;
        return *this;
    }

    /// Smaller is older, and wins a claim.
    DeclarationBuilder& age(std::string age) {
        declaration_.age = std::move(age);
        return *this;
    }

    DeclarationBuilder& annotate(const std::string& name, std::string value) {
        annotations_[name] = std::move(value);
        return *this;
    }

    DeclarationBuilder& status(resources::ObjectStatus status) {
        declaration_.status = std::move(status);
        return *this;
    }

    /// The creation time its status remembers.
    DeclarationBuilder& created(std::string created) {
        declaration_.status.created = std::move(created);
        return *this;
    }

    DeclarationBuilder& finalizer() {
        declaration_.finalizers = {std::string{reconcilers::kFinalizer}};
        return *this;
    }

    DeclarationBuilder& deleting() {
        declaration_.deleting = true;
        return *this;
    }

    [[nodiscard]] reconcilers::Declaration build() const {
        auto declaration = declaration_;
        declaration.annotations = reconcilers::read_annotations(annotations_);
        declaration.parsed = resources::parse(declaration.key.kind, spec_, declaration.key.name);
        return declaration;
    }

private:
    reconcilers::Declaration declaration_;
    core::Json spec_ = core::Json::object();
    std::map<std::string, std::string> annotations_;
};

[[nodiscard]] inline DeclarationBuilder a_stream_config(std::string name = "orders") {
    return DeclarationBuilder{resources::Kind::StreamConfig, std::move(name)};
}

[[nodiscard]] inline DeclarationBuilder a_state_bucket(std::string name = "sessions") {
    return DeclarationBuilder{resources::Kind::StateBucket, std::move(name)};
}

}  // namespace headgate::builders
