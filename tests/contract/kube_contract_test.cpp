// One suite for kube::Api, run on the fake and on a real kube-apiserver: what the fake claims is
// what the server does. Below it, what only the real client can show.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <iterator>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/guarded.hpp"
#include "kube/config/kubeconfig.hpp"
#include "kube/event.hpp"
#include "kube/lease.hpp"
#include "kube/rest/rest_client.hpp"
#include "kube/watch_decoder.hpp"
#include "tests/fakes/fake_kube.hpp"
#include "tests/support/certificate.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/kube_api_server.hpp"
#include "tests/support/tcp_proxy.hpp"

namespace headgate::kube {
namespace {

using core::Call;
using core::Error;
using core::ErrorCode;
using core::Json;
using core::Status;
using namespace std::chrono_literals;
using support::eventually;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

const ResourceType kGadgets{"test.headgate.io", "v1", "gadgets", "Gadget"};
const ResourceType kSecrets{"", "v1", "secrets", "Secret"};
constexpr auto kManager = "headgate";
constexpr auto kFinalizer = "headgate.io/cleanup";

constexpr std::string_view kDefinition = R"({
    "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
    "metadata": {"name": "gadgets.test.headgate.io"},
    "spec": {
        "group": "test.headgate.io", "scope": "Namespaced",
        "names": {"plural": "gadgets", "singular": "gadget", "kind": "Gadget"},
        "versions": [{
            "name": "v1", "served": true, "storage": true, "subresources": {"status": {}},
            "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                "spec": {"type": "object", "properties": {"size": {"type": "integer"}}},
                "status": {"type": "object", "properties": {
                    "text": {"type": "string"}, "other": {"type": "string"},
                    "nested": {"type": "object", "properties": {
                        "left": {"type": "integer"}, "right": {"type": "integer"}}},
                    "conditions": {
                        "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"],
                        "items": {"type": "object", "required": ["type"], "properties": {
                            "type": {"type": "string"}, "status": {"type": "string"}}}}}}}}}}]}})";

Call soon(std::stop_token stop = {}) {
    return Call::within(20s, std::move(stop));
}

/// Users of the fake.
class FakeWorld {
public:
    Api& api() { return kube_; }

    void create(const std::string& ns, const std::string& name) {
        kube_.create(kGadgets, ns, name, {{"size", 1}});
    }

    void resize(const std::string& ns, const std::string& name, int size) {
        kube_.replace_spec(kGadgets, ns, name, {{"size", size}});
    }

    void annotate(const std::string& ns,
                  const std::string& name,
                  const std::string& key,
                  const std::string& value) {
        kube_.annotate(kGadgets, ns, name, key, value);
    }

    void erase(const std::string& ns, const std::string& name) { kube_.erase(kGadgets, ns, name); }

    void create_secret(const std::string& ns, const std::string& name, const Json& data) {
        kube_.create_data(kSecrets, ns, name, data);
    }

    void replace_secret(const std::string& ns, const std::string& name, const Json& data) {
        kube_.replace_data(kSecrets, ns, name, data);
    }

    std::string new_namespace() { return "t" + std::to_string(++namespaces_); }

    void erase_lease(const std::string& ns, const std::string& name) {
        kube_.erase(lease_type(), ns, name);
    }

    /// A version that is too old for a watch.
    ResourceVersion ancient() { return ResourceVersion{"1"}; }

private:
    fakes::FakeKube kube_;
    int namespaces_ = 0;
};

/// Administrators of a real server, through kubectl. One server for all tests of this process.
class RealWorld {
public:
    static support::KubeApiServer& server() {
        static const auto server = [] {
            auto started = std::make_unique<support::KubeApiServer>();
            started->kubectl_ok({"apply", "-f", "-"}, kDefinition);
            started->kubectl_ok({"wait",
                                 "--for=condition=Established",
                                 "crd/gadgets.test.headgate.io",
                                 "--timeout=120s"});
            return started;
        }();
        return *server;
    }

    static ConnectionSettings settings() {
        return *config::load_kubeconfig(server().admin_kubeconfig());
    }

    Api& api() { return *client_; }

    void create(const std::string& ns, const std::string& name) {
        const Json object{{"apiVersion", kGadgets.api_version()},
                          {"kind", kGadgets.kind},
                          {"metadata", {{"name", name}, {"namespace", ns}}},
                          {"spec", {{"size", 1}}}};
        server().kubectl_ok({"create", "-f", "-"}, object.dump());
    }

    void resize(const std::string& ns, const std::string& name, int size) {
        server().kubectl_ok({"patch",
                             "-n",
                             ns,
                             "gadget",
                             name,
                             "--type=merge",
                             "-p",
                             Json{{"spec", {{"size", size}}}}.dump()});
    }

    void annotate(const std::string& ns,
                  const std::string& name,
                  const std::string& key,
                  const std::string& value) {
        server().kubectl_ok({"annotate", "-n", ns, "gadget", name, key + "=" + value});
    }

    void erase(const std::string& ns, const std::string& name) {
        server().kubectl_ok({"delete", "-n", ns, "gadget", name, "--wait=false"});
    }

    void create_secret(const std::string& ns, const std::string& name, const Json& data) {
        server().kubectl_ok({"create", "-f", "-"}, secret(ns, name, data).dump());
    }

    void replace_secret(const std::string& ns, const std::string& name, const Json& data) {
        server().kubectl_ok({"replace", "-f", "-"}, secret(ns, name, data).dump());
    }

    void erase_lease(const std::string& ns, const std::string& name) {
        server().kubectl_ok({"delete", "-n", ns, "lease", name});
    }

    std::string new_namespace() {
        static int count = 0;
        auto name = "t" + std::to_string(++count);
        server().kubectl_ok({"create", "namespace", name});
        return name;
    }

    ResourceVersion ancient() { return ResourceVersion{"1"}; }

private:
    static Json secret(const std::string& ns, const std::string& name, const Json& data) {
        return {{"apiVersion", "v1"},
                {"kind", "Secret"},
                {"metadata", {{"name", name}, {"namespace", ns}}},
                {"data", data}};
    }

    std::unique_ptr<rest::RestClient> client_ = std::move(*rest::RestClient::open(settings()));
};

/// What a watch tells of one namespace: "ADDED a", "MODIFIED a"... Ended by the destructor.
class Watching {
public:
    Watching(Api& api, std::string ns, ResourceVersion from, std::chrono::seconds timeout = 300s)
        : Watching(api, std::move(ns), kGadgets, {}, {std::move(from), timeout}) {}

    Watching(Api& api, std::string ns, ResourceType type, Scope scope, WatchFrom from)
        : ns_(std::move(ns)),
          thread_([this, &api, type = std::move(type), scope = std::move(scope), from](
                      const std::stop_token& stop) {
              const auto sink = [this](std::string_view chunk) { return take(chunk); };
              ended_.set_value(api.watch(type, scope, from, sink, soon(stop)));
          }) {}

    [[nodiscard]] std::vector<std::string> told() const {
        return told_.with_lock([](const auto& told) { return told; });
    }

    [[nodiscard]] bool comes_to(const std::vector<std::string>& expected) const {
        return eventually([&] { return told() == expected; });
    }

    [[nodiscard]] std::optional<Error> failure() const {
        return failure_.with_lock([](const auto& failure) { return failure; });
    }

    void stop() { thread_.request_stop(); }

    /// Internal: it did not end in time.
    Status end(std::chrono::seconds time = 20s) {
        return future_.wait_for(time) == std::future_status::ready
                   ? future_.get()
                   : Status{Error{ErrorCode::Internal, "the watch goes on"}};
    }

private:
    bool take(std::string_view chunk) {
        for (const auto& event : decoder_.feed(chunk)) {
            if (const auto* failed = std::get_if<Failed>(&event)) {
                failure_.with_lock([&](auto& failure) { failure = failed->error; });
            } else if (const auto* added = std::get_if<Added>(&event)) {
                tell("ADDED", added->object);
            } else if (const auto* modified = std::get_if<Modified>(&event)) {
                tell("MODIFIED", modified->object);
            } else if (const auto* deleted = std::get_if<Deleted>(&event)) {
                tell("DELETED", deleted->object);
            } else if (std::get<Bookmark>(event).ends_everything) {
                told_.with_lock([](auto& told) { told.emplace_back("that is all"); });
            }
        }
        return true;
    }

    void tell(const std::string& what, const Object& object) {
        if (object.meta.ns == ns_) {
            told_.with_lock([&](auto& told) { told.push_back(what + " " + object.meta.name); });
        }
    }

    std::string ns_;
    WatchDecoder decoder_;
    core::Guarded<std::vector<std::string>> told_;
    core::Guarded<std::optional<Error>> failure_;
    std::promise<Status> ended_;
    std::future<Status> future_ = ended_.get_future();
    std::jthread thread_;
};

template <class World>
class KubeContract : public testing::Test {
protected:
    Api& api() { return world_.api(); }

    Object get(const std::string& name) {
        const auto object = api().get_object(kGadgets, ns_, name, soon());
        return object ? *object : Object{};
    }

    Object created(const std::string& name) {
        world_.create(ns_, name);
        return get(name);
    }

    ResourceVersion now() { return api().list_page(kGadgets, {}, 1, "", soon())->resource_version; }

    core::Result<Object> apply(const Object& object,
                               const Json& status,
                               const std::string& manager = kManager) {
        return api().apply_status(kGadgets, object.meta, status, manager, soon());
    }

    /// Without a precondition.
    core::Result<Object> apply_anyway(Object object,
                                      const Json& status,
                                      const std::string& manager = kManager) {
        object.meta.resource_version = {};
        return apply(object, status, manager);
    }

    World world_;
    std::string ns_ = world_.new_namespace();
};

class WorldName {
public:
    template <class World>
    static std::string GetName(int) {
        return std::is_same_v<World, FakeWorld> ? "Fake" : "Real";
    }
};

using Worlds = testing::Types<FakeWorld, RealWorld>;
TYPED_TEST_SUITE(KubeContract, Worlds, WorldName);

ErrorCode code_of(const core::Result<Object>& result) {
    return result ? ErrorCode::Internal : result.error().code;
}

TYPED_TEST(KubeContract, ServerSaysItsVersion) {
    const auto version = this->api().server_version(soon());
    ASSERT_TRUE(version) << version.error().message;
    EXPECT_EQ(version->major, 1);
    EXPECT_EQ(version->minor, 36);
    EXPECT_EQ(version->text, "v1.36.3");
}

TYPED_TEST(KubeContract, NewObjectHasUidVersionAndGenerationOne) {
    const auto object = this->created("a");
    EXPECT_EQ(object.api_version, kGadgets.api_version());
    EXPECT_EQ(object.kind, kGadgets.kind);
    EXPECT_EQ(object.meta.name, "a");
    EXPECT_EQ(object.meta.ns, this->ns_);
    EXPECT_FALSE(object.meta.uid.empty());
    EXPECT_FALSE(object.meta.resource_version.value().empty());
    EXPECT_FALSE(object.meta.creation_timestamp.empty());
    EXPECT_EQ(object.meta.generation, 1);
    EXPECT_EQ(object.spec, (Json{{"size", 1}}));
    EXPECT_EQ(object.status, Json::object());
}

TYPED_TEST(KubeContract, NameThatIsNotThereIsNotFound) {
    EXPECT_EQ(code_of(this->api().get_object(kGadgets, this->ns_, "none", soon())),
              ErrorCode::NotFound);
}

TYPED_TEST(KubeContract, ListComesInPagesOfOneVersion) {
    std::set<std::string> expected;
    for (const auto* name : {"a", "b", "c", "d", "e"}) {
        this->world_.create(this->ns_, name);
        expected.insert(name);
    }
    std::set<std::string> names;
    std::set<std::string> versions;
    std::string token;
    do {
        const auto page = this->api().list_page(kGadgets, {}, 2, token, soon());
        ASSERT_TRUE(page) << page.error().message;
        EXPECT_LE(page->objects.size(), 2U);
        if (token.empty()) {
            // Not in this list any more: all pages are of one moment.
            this->world_.create(this->ns_, "later");
        }
        for (const auto& object : page->objects) {
            if (object.meta.ns == this->ns_) {
                EXPECT_TRUE(names.insert(object.meta.name).second) << object.meta.name;
            }
        }
        versions.insert(page->resource_version.value());
        token = page->continue_token;
    } while (!token.empty());
    EXPECT_EQ(names, expected);
    EXPECT_EQ(versions.size(), 1U);
}

std::vector<std::string> paths_of(const core::Result<ListPage>& page) {
    std::vector<std::string> paths;
    for (const auto& object : page ? page->objects : std::vector<Object>{}) {
        paths.push_back(object.meta.ns + "/" + object.meta.name);
    }
    return paths;
}

TYPED_TEST(KubeContract, ScopeIsANamespaceOrOneName) {
    const auto& ns = this->ns_;
    const auto other = this->world_.new_namespace();
    const auto from = this->now();
    Watching all{this->api(), ns, kGadgets, {ns, ""}, {from, 300s}};
    Watching one{this->api(), ns, kGadgets, {ns, "b"}, {from, 300s}};
    Watching elsewhere{this->api(), ns, kGadgets, {other, ""}, {from, 300s}};
    this->world_.create(ns, "a");
    this->world_.create(other, "b");
    this->world_.create(ns, "b");
    const auto list = [&](const Scope& scope) {
        return paths_of(this->api().list_page(kGadgets, scope, 500, "", soon()));
    };
    EXPECT_THAT(list({ns, ""}), ElementsAre(ns + "/a", ns + "/b"));
    EXPECT_THAT(list({ns, "b"}), ElementsAre(ns + "/b"));
    EXPECT_THAT(list({other, "a"}), ElementsAre());
    EXPECT_THAT(list({"not-there", ""}), ElementsAre());
    const auto first = this->api().list_page(kGadgets, {ns, ""}, 1, "", soon());
    ASSERT_TRUE(first);
    EXPECT_THAT(
        paths_of(this->api().list_page(kGadgets, {ns, ""}, 1, first->continue_token, soon())),
        ElementsAre(ns + "/b"));
    EXPECT_TRUE(all.comes_to({"ADDED a", "ADDED b"})) << testing::PrintToString(all.told());
    EXPECT_TRUE(one.comes_to({"ADDED b"})) << testing::PrintToString(one.told());
    this->world_.erase(ns, "a");
    this->world_.erase(ns, "b");
    EXPECT_TRUE(one.comes_to({"ADDED b", "DELETED b"})) << testing::PrintToString(one.told());
    EXPECT_THAT(elsewhere.told(), ElementsAre());
}

TYPED_TEST(KubeContract, SecretIsReadAndWatchedByItsName) {
    const auto& ns = this->ns_;
    this->world_.create_secret(ns, "nats", {{"password", "b25l"}});
    this->world_.create_secret(ns, "other", {{"password", "eHh4"}});
    const auto secret = this->api().get_object(kSecrets, ns, "nats", soon());
    ASSERT_TRUE(secret) << secret.error().message;
    EXPECT_EQ(secret->data, (Json{{"password", "b25l"}}));
    EXPECT_EQ(secret->meta.generation, 0);
    const Scope scope{ns, "nats"};
    const auto page = this->api().list_page(kSecrets, scope, 500, "", soon());
    ASSERT_TRUE(page) << page.error().message;
    ASSERT_EQ(page->objects.size(), 1U);
    EXPECT_EQ(page->objects.front(), *secret);
    Watching watching{this->api(), ns, kSecrets, scope, {page->resource_version, 300s}};
    this->world_.replace_secret(ns, "other", {{"password", "eXl5"}});
    this->world_.replace_secret(ns, "nats", {{"password", "dHdv"}});
    EXPECT_TRUE(watching.comes_to({"MODIFIED nats"})) << testing::PrintToString(watching.told());
    EXPECT_EQ(this->api().get_object(kSecrets, ns, "nats", soon())->data["password"], "dHdv");
}

TYPED_TEST(KubeContract, GenerationMovesWithTheSpecAndWithNothingElse) {
    const auto object = this->created("a");
    this->world_.annotate(this->ns_, "a", "headgate.io/reconcile", "now");
    const auto annotated = this->get("a");
    EXPECT_EQ(annotated.meta.generation, 1);
    EXPECT_EQ(annotated.meta.annotations.at("headgate.io/reconcile"), "now");
    EXPECT_NE(annotated.meta.resource_version, object.meta.resource_version);
    ASSERT_TRUE(this->apply(annotated, {{"text", "x"}}));
    EXPECT_EQ(this->get("a").meta.generation, 1);
    this->world_.resize(this->ns_, "a", 2);
    EXPECT_EQ(this->get("a").meta.generation, 2);
}

TYPED_TEST(KubeContract, WatchTellsWhatHappensAfterItsVersionInOrder) {
    this->world_.create(this->ns_, "before");
    const auto from = this->now();
    Watching watching{this->api(), this->ns_, from};
    this->world_.create(this->ns_, "a");
    this->world_.resize(this->ns_, "a", 2);
    this->world_.erase(this->ns_, "a");
    this->world_.erase(this->ns_, "before");
    EXPECT_TRUE(watching.comes_to({"ADDED a", "MODIFIED a", "DELETED a", "DELETED before"}))
        << testing::PrintToString(watching.told());
    // A later watch from the same version tells the same again.
    Watching again{this->api(), this->ns_, from};
    EXPECT_TRUE(again.comes_to({"ADDED a", "MODIFIED a", "DELETED a", "DELETED before"}));
}

TYPED_TEST(KubeContract, WatchMayBeginWithAllThereIs) {
    const auto& ns = this->ns_;
    const auto all = [&](Scope scope) {
        return Watching{this->api(), ns, kGadgets, std::move(scope), {{}, 300s, true}};
    };
    auto none = all({ns, ""});
    EXPECT_TRUE(none.comes_to({"that is all"})) << testing::PrintToString(none.told());
    this->world_.create(ns, "a");
    this->world_.create(ns, "b");
    auto both = all({ns, ""});
    auto one = all({ns, "b"});
    EXPECT_TRUE(both.comes_to({"ADDED a", "ADDED b", "that is all"}))
        << testing::PrintToString(both.told());
    EXPECT_TRUE(one.comes_to({"ADDED b", "that is all"})) << testing::PrintToString(one.told());
    this->world_.erase(ns, "a");
    EXPECT_TRUE(both.comes_to({"ADDED a", "ADDED b", "that is all", "DELETED a"}))
        << testing::PrintToString(both.told());
    EXPECT_TRUE(none.comes_to({"that is all", "ADDED a", "ADDED b", "DELETED a"}))
        << testing::PrintToString(none.told());
}

TYPED_TEST(KubeContract, StatusWriteIsWatchedToo) {
    const auto object = this->created("a");
    Watching watching{this->api(), this->ns_, object.meta.resource_version};
    ASSERT_TRUE(this->apply(object, {{"text", "x"}}));
    EXPECT_TRUE(watching.comes_to({"MODIFIED a"}));
}

TYPED_TEST(KubeContract, ServerEndsAWatchAfterItsTimeout) {
    Watching watching{this->api(), this->ns_, this->now(), 1s};
    const auto status = watching.end();
    EXPECT_TRUE(status) << status.error().message;
}

TYPED_TEST(KubeContract, StopEndsAWatchAtOnce) {
    this->world_.create(this->ns_, "a");
    Watching watching{this->api(), this->ns_, this->now()};
    this->world_.erase(this->ns_, "a");
    ASSERT_TRUE(watching.comes_to({"DELETED a"}));
    const auto asked = std::chrono::steady_clock::now();
    watching.stop();
    const auto status = watching.end();
    EXPECT_LT(std::chrono::steady_clock::now() - asked, 10s);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::Cancelled);
}

TYPED_TEST(KubeContract, SinkEndsAWatch) {
    const auto from = this->now();
    this->world_.create(this->ns_, "a");
    int chunks = 0;
    const auto status = this->api().watch(
        kGadgets, {}, {from, 300s}, [&](std::string_view) { return ++chunks < 1; }, soon());
    EXPECT_TRUE(status) << status.error().message;
    EXPECT_EQ(chunks, 1);
}

TYPED_TEST(KubeContract, WatchFromTooOldAVersionIsGone) {
    this->world_.create(this->ns_, "a");
    Watching watching{this->api(), this->ns_, this->world_.ancient()};
    const auto status = watching.end();
    const auto failure = status ? watching.failure() : status.error();
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->code, ErrorCode::Gone) << failure->message;
}

TYPED_TEST(KubeContract, VersionThatIsNoneIsAnError) {
    const auto status = this->api().watch(
        kGadgets,
        {},
        {ResourceVersion{"nonsense"}, 5s},
        [](std::string_view) { return true; },
        soon());
    EXPECT_FALSE(status);
}

TYPED_TEST(KubeContract, FinalizersComeAndGoBesideThoseOfOthers) {
    const auto object = this->created("a");
    const auto other =
        this->api().add_finalizer(kGadgets, object.meta, "example.com/other", soon());
    ASSERT_TRUE(other) << other.error().message;
    const auto added = this->api().add_finalizer(kGadgets, other->meta, kFinalizer, soon());
    ASSERT_TRUE(added) << added.error().message;
    EXPECT_THAT(added->meta.finalizers, ElementsAre("example.com/other", kFinalizer));
    EXPECT_EQ(this->get("a").meta, added->meta);
    const auto removed = this->api().remove_finalizer(kGadgets, added->meta, kFinalizer, soon());
    ASSERT_TRUE(removed) << removed.error().message;
    EXPECT_THAT(removed->meta.finalizers, ElementsAre("example.com/other"));
}

TYPED_TEST(KubeContract, FinalizerThereAlreadyOrGoneAlreadyIsNoWrite) {
    const auto object = this->created("a");
    const auto added = this->api().add_finalizer(kGadgets, object.meta, kFinalizer, soon());
    ASSERT_TRUE(added);
    const auto again = this->api().add_finalizer(kGadgets, added->meta, kFinalizer, soon());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->meta, added->meta);
    const auto other =
        this->api().remove_finalizer(kGadgets, added->meta, "example.com/other", soon());
    ASSERT_TRUE(other);
    EXPECT_EQ(other->meta, added->meta);
}

TYPED_TEST(KubeContract, FinalizersThatChangedMeanwhileAreAConflict) {
    const auto object = this->created("a");
    const auto other =
        this->api().add_finalizer(kGadgets, object.meta, "example.com/other", soon());
    ASSERT_TRUE(other);
    EXPECT_EQ(code_of(this->api().add_finalizer(kGadgets, object.meta, kFinalizer, soon())),
              ErrorCode::Conflict);
    auto imagined = other->meta;
    imagined.finalizers = {kFinalizer, "example.com/other"};
    EXPECT_EQ(code_of(this->api().remove_finalizer(kGadgets, imagined, kFinalizer, soon())),
              ErrorCode::Conflict);
    EXPECT_THAT(this->get("a").meta.finalizers, ElementsAre("example.com/other"));
}

TYPED_TEST(KubeContract, FinalizersMayChangeWhateverElseDidMeanwhile) {
    const auto object = this->created("a");
    this->world_.resize(this->ns_, "a", 2);
    EXPECT_TRUE(this->api().add_finalizer(kGadgets, object.meta, kFinalizer, soon()));
}

TYPED_TEST(KubeContract, LaterObjectOfTheSameNameGetsNoFinalizer) {
    const auto object = this->created("a");
    this->world_.erase(this->ns_, "a");
    EXPECT_EQ(code_of(this->api().add_finalizer(kGadgets, object.meta, kFinalizer, soon())),
              ErrorCode::NotFound);
    const auto later = this->created("a");
    EXPECT_NE(later.meta.uid, object.meta.uid);
    EXPECT_EQ(code_of(this->api().add_finalizer(kGadgets, object.meta, kFinalizer, soon())),
              ErrorCode::Conflict);
}

TYPED_TEST(KubeContract, DeletedObjectStaysUntilItsLastFinalizerGoes) {
    const auto object = this->created("a");
    const auto kept = this->api().add_finalizer(kGadgets, object.meta, kFinalizer, soon());
    ASSERT_TRUE(kept);
    Watching watching{this->api(), this->ns_, kept->meta.resource_version};
    this->world_.erase(this->ns_, "a");
    const auto deleting = this->get("a");
    EXPECT_TRUE(is_deleting(deleting.meta));
    EXPECT_EQ(deleting.meta.generation, 2);
    EXPECT_EQ(
        code_of(this->api().add_finalizer(kGadgets, deleting.meta, "example.com/other", soon())),
        ErrorCode::InvalidSpec);
    EXPECT_TRUE(this->apply(deleting, {{"text", "cleaning up"}}));
    EXPECT_TRUE(this->api().remove_finalizer(kGadgets, deleting.meta, kFinalizer, soon()));
    EXPECT_EQ(code_of(this->api().get_object(kGadgets, this->ns_, "a", soon())),
              ErrorCode::NotFound);
    EXPECT_EQ(code_of(this->api().remove_finalizer(kGadgets, deleting.meta, kFinalizer, soon())),
              ErrorCode::NotFound);
    EXPECT_TRUE(watching.comes_to({"MODIFIED a", "MODIFIED a", "DELETED a"}))
        << testing::PrintToString(watching.told());
}

TYPED_TEST(KubeContract, SameStatusAgainIsNoWrite) {
    const Json status{{"text", "x"},
                      {"nested", {{"left", 1}}},
                      {"conditions", Json::array({{{"type", "Ready"}, {"status", "True"}}})}};
    const auto first = this->apply(this->created("a"), status);
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ(first->status, status);
    const auto second = this->apply(*first, status);
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_EQ(second->meta.resource_version, first->meta.resource_version);
}

TYPED_TEST(KubeContract, StatusFieldThatIsLeftOutGoesAway) {
    const auto first =
        this->apply(this->created("a"),
                    {{"text", "x"}, {"other", "y"}, {"nested", {{"left", 1}, {"right", 2}}}});
    ASSERT_TRUE(first);
    const auto second = this->apply(*first, {{"text", "x"}, {"nested", {{"right", 3}}}});
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_EQ(second->status, (Json{{"text", "x"}, {"nested", {{"right", 3}}}}));
    EXPECT_NE(second->meta.resource_version, first->meta.resource_version);
}

TYPED_TEST(KubeContract, StatusOfAnotherManagerStaysAndIsOverruledByForce) {
    const auto object = this->created("a");
    ASSERT_TRUE(
        this->apply_anyway(object, {{"text", "theirs"}, {"nested", {{"left", 1}}}}, "other"));
    const auto ours = this->apply_anyway(object, {{"text", "ours"}, {"nested", {{"right", 2}}}});
    ASSERT_TRUE(ours) << ours.error().message;
    EXPECT_EQ(ours->status, (Json{{"text", "ours"}, {"nested", {{"left", 1}, {"right", 2}}}}));
    const auto less = this->apply(*ours, {{"nested", {{"right", 2}}}});
    ASSERT_TRUE(less) << less.error().message;
    EXPECT_EQ(less->status["nested"], (Json{{"left", 1}, {"right", 2}}));
    // By force the field became ours alone, so leaving it out takes it away.
    EXPECT_FALSE(less->status.contains("text"));
}

TYPED_TEST(KubeContract, ConditionsAreOnePerTypeWhoeverWritesThem) {
    const auto object = this->created("a");
    const auto conditions = [](std::vector<std::pair<std::string, std::string>> list) {
        auto json = Json::array();
        for (const auto& [type, status] : list) {
            json.push_back({{"type", type}, {"status", status}});
        }
        return Json{{"conditions", json}};
    };
    ASSERT_TRUE(this->apply_anyway(object, conditions({{"Audited", "True"}}), "other"));
    ASSERT_TRUE(this->apply_anyway(object, conditions({{"Ready", "False"}, {"Stalled", "True"}})));
    const auto last = this->apply_anyway(object, conditions({{"Ready", "True"}}));
    ASSERT_TRUE(last) << last.error().message;
    EXPECT_THAT(last->status["conditions"],
                UnorderedElementsAre(Json{{"type", "Audited"}, {"status", "True"}},
                                     Json{{"type", "Ready"}, {"status", "True"}}));
}

TYPED_TEST(KubeContract, StatusForAnOlderVersionOfTheObjectIsAConflict) {
    const auto object = this->created("a");
    this->world_.resize(this->ns_, "a", 2);
    EXPECT_EQ(code_of(this->apply(object, {{"text", "x"}})), ErrorCode::Conflict);
    EXPECT_EQ(this->get("a").status, Json::object());
    EXPECT_TRUE(this->apply_anyway(object, {{"text", "x"}}));
}

TYPED_TEST(KubeContract, StatusForAnObjectThatIsGoneIsNotFoundAndForItsSuccessorAConflict) {
    const auto object = this->created("a");
    this->world_.erase(this->ns_, "a");
    EXPECT_EQ(code_of(this->apply(object, {{"text", "x"}})), ErrorCode::NotFound);
    this->world_.create(this->ns_, "a");
    EXPECT_EQ(code_of(this->apply(object, {{"text", "x"}})), ErrorCode::Conflict);
    EXPECT_EQ(this->get("a").status, Json::object());
}

Json lease(const std::string& ns, const LeaseRecord& record) {
    return {{"apiVersion", "coordination.k8s.io/v1"},
            {"kind", "Lease"},
            {"metadata", {{"namespace", ns}, {"name", "l"}, {"annotations", {{"note", "kept"}}}}},
            {"spec", to_json(record)}};
}

LeaseRecord held_by(const std::string& holder) {
    return {.holder = holder,
            .duration = 15s,
            .acquired = "2026-01-01T00:00:00.000000Z",
            .renewed = "2026-01-01T00:00:01.500000Z",
            .transitions = 3};
}

TYPED_TEST(KubeContract, ObjectIsCreatedOnceByItsName) {
    const auto wanted = lease(this->ns_, held_by("a"));
    const auto created = this->api().create_object(lease_type(), wanted, soon());
    ASSERT_TRUE(created) << created.error().message;
    EXPECT_FALSE(created->meta.uid.empty());
    EXPECT_FALSE(created->meta.resource_version.value().empty());
    EXPECT_EQ(lease_record(created->spec), held_by("a"));
    EXPECT_EQ(code_of(this->api().create_object(lease_type(), wanted, soon())),
              ErrorCode::AlreadyExists);
    const auto read = this->api().get_object(lease_type(), this->ns_, "l", soon());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->meta, created->meta);
    EXPECT_EQ(lease_record(read->spec), held_by("a"));
}

TYPED_TEST(KubeContract, MergePatchReplacesWhatItNamesAndLeavesTheRest) {
    const auto created =
        this->api().create_object(lease_type(), lease(this->ns_, held_by("a")), soon());
    ASSERT_TRUE(created) << created.error().message;
    const auto patched = this->api().merge_patch(
        lease_type(), created->meta, {{"spec", to_json(held_by("b"))}}, soon());
    ASSERT_TRUE(patched) << patched.error().message;
    EXPECT_EQ(lease_record(patched->spec), held_by("b"));
    EXPECT_EQ(patched->meta.annotations.at("note"), "kept");
    EXPECT_NE(patched->meta.resource_version, created->meta.resource_version);
    const auto again = this->api().merge_patch(
        lease_type(), patched->meta, {{"spec", to_json(held_by("b"))}}, soon());
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->meta.resource_version, patched->meta.resource_version);
    // A Lease that is given up names nobody.
    const auto released = this->api().merge_patch(
        lease_type(), again->meta, {{"spec", {{"holderIdentity", ""}}}}, soon());
    ASSERT_TRUE(released) << released.error().message;
    EXPECT_EQ(lease_record(released->spec), held_by(""));
}

TYPED_TEST(KubeContract, MergePatchOfAnOlderVersionIsAConflict) {
    const auto created =
        this->api().create_object(lease_type(), lease(this->ns_, held_by("a")), soon());
    ASSERT_TRUE(created);
    const Json patch{{"spec", to_json(held_by("b"))}};
    ASSERT_TRUE(this->api().merge_patch(lease_type(), created->meta, patch, soon()));
    const auto late = this->api().merge_patch(
        lease_type(), created->meta, {{"spec", to_json(held_by("c"))}}, soon());
    EXPECT_EQ(code_of(late), ErrorCode::Conflict);
    auto anyhow = created->meta;
    anyhow.resource_version = {};
    EXPECT_TRUE(
        this->api().merge_patch(lease_type(), anyhow, {{"spec", to_json(held_by("d"))}}, soon()));
    this->world_.erase_lease(this->ns_, "l");
    EXPECT_EQ(code_of(this->api().merge_patch(lease_type(), anyhow, patch, soon())),
              ErrorCode::NotFound);
}

Json event_in(const std::string& ns, const std::string& name, const std::string& note) {
    const Event event{.type = kGadgets,
                      .ns = ns,
                      .name = "a",
                      .uid = "u-1",
                      .warning = true,
                      .reason = "NotOwned",
                      .action = "Reconcile",
                      .note = note};
    return event_object(event,
                        name,
                        {.controller = "headgate.io/controller", .instance = "pod"},
                        core::Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 3 / 4}});
}

TYPED_TEST(KubeContract, EventIsTakenAndBecomesASeries) {
    const auto created =
        this->api().create_object(event_type(), event_in(this->ns_, "a.1", "why"), soon());
    ASSERT_TRUE(created) << created.error().message;
    ObjectMeta meta;
    meta.ns = this->ns_;
    meta.name = "a.1";
    const auto at = core::Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 3 / 5}};
    const auto patched = this->api().merge_patch(event_type(), meta, series_patch(2, at), soon());
    ASSERT_TRUE(patched) << patched.error().message;
    EXPECT_NE(patched->meta.resource_version, created->meta.resource_version);
    EXPECT_EQ(
        code_of(this->api().create_object(event_type(), event_in(this->ns_, "a.1", "why"), soon())),
        ErrorCode::AlreadyExists);
}

TYPED_TEST(KubeContract, NothingIsSentAfterItsDeadline) {
    const auto wanted = lease(this->ns_, held_by("a"));
    const auto late = Call::within(-1s);
    EXPECT_EQ(code_of(this->api().create_object(lease_type(), wanted, late)),
              ErrorCode::Unavailable);
    EXPECT_EQ(code_of(this->api().get_object(lease_type(), this->ns_, "l", soon())),
              ErrorCode::NotFound);
    const auto object = this->created("a");
    EXPECT_EQ(code_of(this->api().apply_status(
                  kGadgets, object.meta, {{"text", "late"}}, kManager, late)),
              ErrorCode::Unavailable);
    EXPECT_EQ(code_of(this->api().add_finalizer(kGadgets, object.meta, kFinalizer, late)),
              ErrorCode::Unavailable);
    EXPECT_EQ(this->get("a").meta, object.meta);
}

/// What takes a real server to see.
class RestClientTest : public testing::Test {
protected:
    static std::unique_ptr<rest::RestClient> open(ConnectionSettings settings,
                                                  rest::Observer observer = {}) {
        auto client = rest::RestClient::open(std::move(settings), std::move(observer));
        return client ? std::move(*client) : nullptr;
    }

    static ErrorCode error_with(ConnectionSettings settings) {
        const auto version = open(std::move(settings))->server_version(soon());
        return version ? ErrorCode::Internal : version.error().code;
    }
};

TEST_F(RestClientTest, EventIsShownAsItWasWritten) {
    RealWorld world;
    const auto ns = world.new_namespace();
    const std::string longest(3 * kLongestNote, 'x');
    ASSERT_TRUE(world.api().create_object(event_type(), event_in(ns, "a.1", longest), soon()));
    ObjectMeta meta;
    meta.ns = ns;
    meta.name = "a.1";
    const auto at = core::Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 3 / 5}};
    ASSERT_TRUE(world.api().merge_patch(event_type(), meta, series_patch(7, at), soon()));
    const auto shown =
        RealWorld::server().kubectl_json({"get", "events.events.k8s.io", "-n", ns, "a.1"});
    EXPECT_EQ(shown["type"], "Warning");
    EXPECT_EQ(shown["reason"], "NotOwned");
    EXPECT_EQ(shown["note"].get<std::string>().size(), kLongestNote);
    EXPECT_EQ(shown["regarding"]["kind"], "Gadget");
    EXPECT_EQ(shown["series"]["count"], 7);
    EXPECT_EQ(shown["series"]["lastObservedTime"], "2026-03-05T00:00:00.000000Z");
}

TEST_F(RestClientTest, EventsComeWithinMillisecondsAndNotWithAFullBuffer) {
    RealWorld world;
    const auto ns = world.new_namespace();
    world.create(ns, "a");
    auto object = *world.api().get_object(kGadgets, ns, "a", soon());
    Watching watching{world.api(), ns, object.meta.resource_version};
    std::chrono::steady_clock::duration fastest = 1h;
    for (std::size_t i = 1; i <= 20; ++i) {
        const auto applied = world.api().apply_status(
            kGadgets, object.meta, {{"text", std::to_string(i)}}, kManager, soon());
        ASSERT_TRUE(applied) << applied.error().message;
        object = *applied;
        const auto asked = std::chrono::steady_clock::now();
        ASSERT_TRUE(
            eventually([&] { return watching.told().size() == i; }, support::kPatience, 1ms));
        fastest = std::min(fastest, std::chrono::steady_clock::now() - asked);
    }
    // A busy machine may hold up some of them; a full buffer would hold up all.
    EXPECT_LT(fastest, 100ms);
}

TEST_F(RestClientTest, SeveralThreadsShareOneClient) {
    RealWorld world;
    const auto ns = world.new_namespace();
    world.create(ns, "a");
    std::vector<std::future<std::size_t>> threads;
    for (int thread = 0; thread < 8; ++thread) {
        threads.push_back(std::async(std::launch::async, [&] {
            std::size_t good = 0;
            for (int i = 0; i < 10; ++i) {
                good += world.api().get_object(kGadgets, ns, "a", soon()) ? 1U : 0U;
            }
            return good;
        }));
    }
    for (auto& thread : threads) {
        EXPECT_EQ(thread.get(), 10U);
    }
}

TEST_F(RestClientTest, StatusThatTheSchemaDoesNotKnowIsRefused) {
    RealWorld world;
    const auto ns = world.new_namespace();
    world.create(ns, "a");
    const auto object = *world.api().get_object(kGadgets, ns, "a", soon());
    const auto apply = [&](const Json& status) {
        return code_of(world.api().apply_status(kGadgets, object.meta, status, kManager, soon()));
    };
    EXPECT_EQ(apply({{"unheardOf", 1}}), ErrorCode::Refused);
    EXPECT_EQ(apply({{"text", 5}}), ErrorCode::Refused);
}

TEST_F(RestClientTest, RoleForOneNameSufficesForItAndAMissingRightIsNamed) {
    RealWorld world;
    const auto ns = world.new_namespace();
    auto& server = RealWorld::server();
    server.kubectl_ok({"create", "serviceaccount", "-n", ns, "reader"});
    server.kubectl_ok({"create",
                       "role",
                       "-n",
                       ns,
                       "one",
                       "--verb=get,list,watch",
                       "--resource=secrets",
                       "--resource-name=nats"});
    server.kubectl_ok({"create",
                       "rolebinding",
                       "-n",
                       ns,
                       "one",
                       "--role=one",
                       "--serviceaccount=" + ns + ":reader"});
    auto settings = RealWorld::settings();
    settings.token = core::Secret{server.token_for(ns, "reader")};
    const auto reader = open(settings);
    // The authoriser learns of new roles by a watch of its own.
    EXPECT_TRUE(eventually([&] {
        return reader->list_page(kSecrets, {ns, "nats"}, 500, "", soon()).has_value();
    }));
    const auto watch = [&](const Scope& scope) {
        return reader->watch(
            kSecrets,
            scope,
            {ResourceVersion{"0"}, 1s},
            [](std::string_view) { return true; },
            soon());
    };
    const auto watched = watch({ns, "nats"});
    EXPECT_TRUE(watched) << watched.error().message;
    const auto all = reader->list_page(kSecrets, {ns, ""}, 500, "", soon());
    ASSERT_FALSE(all);
    EXPECT_EQ(all.error().code, ErrorCode::Forbidden);
    EXPECT_TRUE(
        all.error().message.starts_with("may not list secrets in namespace \"" + ns + "\":"))
        << all.error().message;
    const auto everywhere = watch({});
    ASSERT_FALSE(everywhere);
    EXPECT_EQ(everywhere.error().code, ErrorCode::Forbidden);
    EXPECT_TRUE(everywhere.error().message.starts_with("may not watch secrets in all namespaces:"))
        << everywhere.error().message;
}

TEST_F(RestClientTest, WrongTokenIsForbiddenAndARenewedTokenFileIsReadAgain) {
    auto settings = RealWorld::settings();
    const auto good = settings.token.reveal();
    settings.token = core::Secret{"wrong"};
    EXPECT_EQ(error_with(settings), ErrorCode::Forbidden);

    const support::TempDir dir;
    settings.token = {};
    settings.token_file = (dir / "token").string();
    EXPECT_EQ(error_with(settings), ErrorCode::Forbidden);
    std::ofstream{dir / "token"} << "wrong\n";
    core::Guarded<std::vector<int>> codes;
    const auto client = open(settings, [&](std::string_view verb, int code) {
        EXPECT_EQ(verb, "get");
        codes.with_lock([&](auto& list) { list.push_back(code); });
    });
    EXPECT_FALSE(client->server_version(soon()));
    std::ofstream{dir / "token"} << good << "\n";
    EXPECT_TRUE(client->server_version(soon()));
    EXPECT_TRUE(client->server_version(soon()));
    EXPECT_THAT(codes.with_lock([](auto& list) { return list; }), ElementsAre(401, 401, 200, 200));
    // A watch renews it as well.
    std::ofstream{dir / "token"} << "wrong\n";
    const auto late = open(settings);
    EXPECT_FALSE(late->server_version(soon()));
    std::ofstream{dir / "token"} << good << "\n";
    EXPECT_TRUE(late->watch(
        kGadgets, {}, {ResourceVersion{"0"}, 1s}, [](std::string_view) { return true; }, soon()));
}

TEST_F(RestClientTest, ServerIsTrustedOnlyByItsCaAndName) {
    const auto settings = RealWorld::settings();
    auto by_system = settings;
    by_system.ca_pem.clear();
    EXPECT_EQ(error_with(by_system), ErrorCode::Unavailable);
    auto by_name = settings;
    by_name.tls_server_name = "kubernetes.default";
    EXPECT_TRUE(open(by_name)->server_version(soon()));
    by_name.tls_server_name = "elsewhere.example";
    EXPECT_EQ(error_with(by_name), ErrorCode::Unavailable);
}

TEST_F(RestClientTest, CaThatIsReplacedIsTrustedWithoutARestart) {
    const support::TempDir dir;
    auto settings = RealWorld::settings();
    const auto right = settings.ca_pem;
    support::make_certificate("another", dir / "ca.crt", dir / "key");
    std::stringstream wrong;
    wrong << std::ifstream{dir / "ca.crt"}.rdbuf();
    settings.ca_pem = wrong.str();
    settings.ca_file = (dir / "ca.crt").string();
    const auto client = open(settings);
    EXPECT_EQ(client->server_version(soon()).error().code, ErrorCode::Unavailable);
    std::ofstream{dir / "ca.crt"} << right;
    const auto version = client->server_version(soon());
    EXPECT_TRUE(version) << version.error().message;
    const auto watched = client->watch(
        kGadgets, {}, {ResourceVersion{"0"}, 1s}, [](std::string_view) { return true; }, soon());
    EXPECT_TRUE(watched) << watched.error().message;
}

TEST_F(RestClientTest, CredentialPluginIsAskedAgainWhenItsTokenIsRefused) {
    const support::TempDir dir;
    const auto plugin = dir / "plugin";
    std::ofstream{plugin} << "#!/bin/sh\necho run >>\"$0.runs\"\nexec cat \"$0.answer\"\n";
    std::filesystem::permissions(plugin, std::filesystem::perms::owner_all);
    const auto answer = [&](const std::string& token) {
        std::ofstream{plugin.string() + ".answer"}
            << Json{{"apiVersion", "client.authentication.k8s.io/v1"},
                    {"kind", "ExecCredential"},
                    {"status", {{"token", token}}}};
    };
    const auto runs = [&] {
        std::ifstream file{plugin.string() + ".runs"};
        return std::count(std::istreambuf_iterator<char>{file}, {}, '\n');
    };
    const auto& server = RealWorld::server();
    std::ofstream{dir / "config"} << Json{
        {"current-context", "test"},
        {"contexts", {{{"name", "test"}, {"context", {{"cluster", "c"}, {"user", "u"}}}}}},
        {"clusters",
         {{{"name", "c"},
           {"cluster",
            {{"server", server.url()}, {"certificate-authority", server.ca_file().string()}}}}}},
        {"users",
         {{{"name", "u"},
           {"user",
            {{"exec",
              {{"apiVersion", "client.authentication.k8s.io/v1"},
               {"command", "./plugin"},
               {"interactiveMode", "Never"}}}}}}}}};
    const auto settings = config::load_kubeconfig(dir / "config");
    ASSERT_TRUE(settings) << settings.error().message;
    const auto client = open(*settings);
    answer("wrong");
    EXPECT_EQ(client->server_version(soon()).error().code, ErrorCode::Forbidden);
    EXPECT_EQ(runs(), 2);
    answer(server.admin_token());
    EXPECT_TRUE(client->server_version(soon()));
    EXPECT_TRUE(client->server_version(soon()));
    EXPECT_EQ(runs(), 3);
}

TEST_F(RestClientTest, ProxyIsAskedForATunnelAndSeesNoMore) {
    RealWorld world;
    const auto ns = world.new_namespace();
    support::TcpProxy proxy;
    auto settings = RealWorld::settings();
    settings.proxy =
        core::Secret{"http://me:pass%20word@127.0.0.1:" + std::to_string(proxy.port())};
    const auto client = open(settings);
    const auto page = client->list_page(kGadgets, {ns, ""}, 1, "", soon());
    ASSERT_TRUE(page) << page.error().message;
    // A connection is free for the next request only a moment after its answer is known.
    EXPECT_TRUE(eventually([&] {
        const auto tunnels = proxy.requests().size();
        return client->server_version(soon()) && proxy.requests().size() == tunnels;
    }));
    Watching watching{*client, ns, page->resource_version};
    world.create(ns, "a");
    EXPECT_TRUE(watching.comes_to({"ADDED a"}));
    const auto requests = proxy.requests();
    for (const auto& request : requests) {
        EXPECT_TRUE(request.starts_with(
            "CONNECT 127.0.0.1:" + std::to_string(RealWorld::server().port()) + " HTTP/1.1\r\n"))
            << request;
        // me:pass word
        EXPECT_NE(request.find("Basic bWU6cGFzcyB3b3Jk"), std::string::npos) << request;
        EXPECT_EQ(request.find("Bearer"), std::string::npos);
    }
}

TEST_F(RestClientTest, WatchOnAPathThatDiedSilentlyIsGivenUpAndGoesOnWhereItWas) {
    RealWorld world;
    const auto ns = world.new_namespace();
    support::TcpProxy path{RealWorld::server().port()};
    auto settings = RealWorld::settings();
    settings.server = "https://127.0.0.1:" + std::to_string(path.port());
    const auto client = open(settings);
    const auto from = client->list_page(kGadgets, {ns, ""}, 1, "", soon())->resource_version;
    world.create(ns, "a");
    // The server ends it after its time, and says so to nobody.
    Watching watching{*client, ns, kGadgets, {ns, ""}, {from, 3s}};
    ASSERT_TRUE(watching.comes_to({"ADDED a"}));
    path.stall();
    world.create(ns, "b");
    const auto status = watching.end(40s);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::Unavailable) << status.error().message;
    EXPECT_THAT(watching.told(), ElementsAre("ADDED a"));
    const auto position = world.api().get_object(kGadgets, ns, "a", soon())->meta.resource_version;
    Watching again{*client, ns, kGadgets, {ns, ""}, {position, 300s}};
    EXPECT_TRUE(again.comes_to({"ADDED b"}));
}

TEST_F(RestClientTest, SettingsThatCannotBeUsedAreRefusedBeforeAnyRequest) {
    auto settings = RealWorld::settings();
    settings.server = "127.0.0.1:6443";
    EXPECT_EQ(rest::RestClient::open(settings).error().code, ErrorCode::InvalidSpec);
    settings = RealWorld::settings();
    settings.ca_pem = "no certificate";
    EXPECT_EQ(rest::RestClient::open(settings).error().code, ErrorCode::InvalidSpec);
    settings = RealWorld::settings();
    settings.client_certificate_pem = settings.ca_pem;
    settings.client_key_pem = core::Secret{"no key"};
    EXPECT_EQ(rest::RestClient::open(settings).error().code, ErrorCode::InvalidSpec);
}

TEST_F(RestClientTest, ServerThatHangsIsGivenUpAtTheDeadlineAndThenUsedAgain) {
    support::KubeApiServer server;
    const auto client = open(*config::load_kubeconfig(server.admin_kubeconfig()));
    ASSERT_TRUE(client->server_version(soon()));
    server.pause();
    const auto asked = std::chrono::steady_clock::now();
    EXPECT_EQ(client->server_version(Call::within(500ms)).error().code, ErrorCode::Unavailable);
    ObjectMeta object;
    object.name = "a";
    object.ns = "default";
    const auto write =
        client->apply_status(kGadgets, object, Json::object(), kManager, Call::within(500ms));
    EXPECT_EQ(code_of(write), ErrorCode::OutcomeUnknown);
    std::stop_source stop;
    std::jthread stopper{[&] { stop.request_stop(); }};
    EXPECT_EQ(client->server_version(soon(stop.get_token())).error().code, ErrorCode::Cancelled);
    EXPECT_LT(std::chrono::steady_clock::now() - asked, 15s);
    server.resume();
    EXPECT_TRUE(client->server_version(soon()));
}

TEST_F(RestClientTest, ServerThatDiesEndsItsWatchesAndIsUnavailableUntilItIsBack) {
    support::KubeApiServer server;
    server.kubectl_ok({"apply", "-f", "-"}, kDefinition);
    server.kubectl_ok(
        {"wait", "--for=condition=Established", "crd/gadgets.test.headgate.io", "--timeout=120s"});
    const auto client = open(*config::load_kubeconfig(server.admin_kubeconfig()));
    const auto page = client->list_page(kGadgets, {}, 1, "", soon());
    ASSERT_TRUE(page) << page.error().message;
    Watching watching{*client, "default", page->resource_version};
    server.kubectl_ok(
        {"create", "-f", "-"},
        R"({"apiVersion": "test.headgate.io/v1", "kind": "Gadget", "metadata": {"name": "a"}})");
    ASSERT_TRUE(watching.comes_to({"ADDED a"}));
    server.kill();
    const auto status = watching.end();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::Unavailable) << status.error().message;
    ObjectMeta object;
    object.name = "a";
    object.ns = "default";
    // Refused before it was sent: certainly not done.
    EXPECT_TRUE(eventually([&] {
        return code_of(client->apply_status(kGadgets, object, Json::object(), kManager, soon())) ==
               ErrorCode::Unavailable;
    }));
    server.restart();
    EXPECT_TRUE(eventually(
        [&] { return client->get_object(kGadgets, "default", "a", soon()).has_value(); }));
}

}  // namespace
}  // namespace headgate::kube
