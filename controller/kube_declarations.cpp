#include "controller/kube_declarations.hpp"

#include <utility>

#include <nlohmann/json.hpp>

namespace headgate::controller {

using reconcilers::Declaration;

namespace {

kube::ObjectMeta meta_of(const Declaration& declaration) {
    kube::ObjectMeta meta;
    meta.name = declaration.key.name;
    meta.ns = declaration.key.ns;
    meta.uid = declaration.uid;
    meta.finalizers = declaration.finalizers;
    return meta;
}

core::Result<std::vector<std::string>> finalizers_of(const core::Result<kube::Object>& object) {
    return object.transform([](const kube::Object& now) { return now.meta.finalizers; });
}

}  // namespace

kube::ResourceType resource_type(resources::Kind kind) {
    return {.group = std::string{resources::kGroup},
            .version = std::string{resources::kVersion},
            .plural = std::string{resources::names_of(kind).plural},
            .kind = std::string{core::name_of(kind)}};
}

Declaration to_declaration(resources::Kind kind,
                           const kube::Object& object,
                           const Declaration* before) {
    const auto& meta = object.meta;
    const bool same_spec =
        before != nullptr && before->uid == meta.uid && before->generation == meta.generation;
    return Declaration{
        .key = {kind, meta.ns, meta.name},
        .uid = meta.uid,
        .generation = meta.generation,
        .age = meta.creation_timestamp,
        .origin = {},
        .finalizers = meta.finalizers,
        .deleting = kube::is_deleting(meta),
        .annotations = reconcilers::read_annotations(meta.annotations),
        .parsed = same_spec ? before->parsed : resources::parse(kind, object.spec, meta.name),
        .status = resources::status_from_json(object.status)};
}

void DeclaredObjects::put(const kube::Object& object) {
    take(object, std::nullopt);
}

void DeclaredObjects::put_listed(const kube::Object& object, OwnWrites::TimePoint asked) {
    take(object, asked);
}

void DeclaredObjects::take(const kube::Object& object, std::optional<OwnWrites::TimePoint> asked) {
    const resources::ObjectKey key{kind_, object.meta.ns, object.meta.name};
    own_writes_.seen(key, object, asked, [&](const kube::Object& newest) {
        const auto before = intake_.find(key);
        intake_.changed(to_declaration(kind_, newest, before.get()));
    });
}

void DeclaredObjects::remove(const ObjectPlace& place) {
    const resources::ObjectKey key{kind_, place.first, place.second};
    own_writes_.gone(key);
    intake_.gone(key);
}

std::vector<ObjectPlace> DeclaredObjects::places() const {
    std::vector<ObjectPlace> places;
    for (auto& key : intake_.keys(kind_)) {
        places.emplace_back(std::move(key.ns), std::move(key.name));
    }
    return places;
}

core::Status KubeWriter::write_status(const Declaration& of,
                                      const resources::ObjectStatus& status,
                                      const core::Call& call) {
    const auto written = own_writes_.carry_out(of.key, [&] {
        return api_.apply_status(resource_type(of.key.kind),
                                 meta_of(of),
                                 resources::to_json(status),
                                 kFieldManager,
                                 call);
    });
    return written ? core::Status{} : core::Status{written.error()};
}

core::Result<std::vector<std::string>> KubeWriter::add_finalizer(const Declaration& to,
                                                                 const core::Call& call) {
    return finalizers_of(own_writes_.carry_out(to.key, [&] {
        return api_.add_finalizer(
            resource_type(to.key.kind), meta_of(to), std::string{reconcilers::kFinalizer}, call);
    }));
}

core::Result<std::vector<std::string>> KubeWriter::remove_finalizer(const Declaration& from,
                                                                    const core::Call& call) {
    return finalizers_of(own_writes_.carry_out(from.key, [&] {
        return api_.remove_finalizer(resource_type(from.key.kind),
                                     meta_of(from),
                                     std::string{reconcilers::kFinalizer},
                                     call);
    }));
}

}  // namespace headgate::controller
