#include "reconcilers/resources/published.hpp"

#include <utility>

#include <nlohmann/json.hpp>

#include "jetstream/server_level.hpp"
#include "reconcilers/resources/kind_parts.hpp"
#include "reconcilers/resources/nats_connection.hpp"
#include "reconcilers/resources/resource.hpp"

namespace headgate::resources {

using core::Json;

namespace {

std::string cell(std::string text) {
    for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) {
        text.insert(at, "\\");
    }
    return text;
}

std::string row_text(const fields::ReferenceRow& row) {
    auto doc = row.doc;
    if (row.required) {
        doc += " Required.";
    }
    if (row.immutable) {
        doc += " Immutable.";
    }
    if (row.level > 0) {
        doc += " Needs nats-server " + std::string{jetstream::version_text(row.level)} + ".";
    }
    const auto type = row.type + (row.bounds.empty() ? "" : ", " + row.bounds);
    const auto fallback = row.required ? std::string{} : row.fallback;
    return "| `" + row.path + "` | " + cell(type) + " | " + cell(fallback) + " | " +
           (row.wire.empty() ? "" : "`" + row.wire + "`") + " | " + cell(doc) + " |\n";
}

}  // namespace

std::vector<Published> published() {
    std::vector<Published> all;
    for (const auto kind : kKinds) {
        const auto names = names_of(kind);
        all.push_back({std::string{names.plural},
                       std::string{names.singular},
                       std::make_shared<const Json>(custom_resource_definition(kind)),
                       reference_page(kind)});
    }
    all.push_back({std::string{kNatsConnections},
                   "natsconnection",
                   std::make_shared<const Json>(nats_connection_definition()),
                   nats_connection_page()});
    return all;
}

Json column(std::string_view name, std::string_view type, std::string_view path) {
    return {{"name", name}, {"type", type}, {"jsonPath", path}};
}

Json root_schema(std::string_view summary, Json spec, Json status, Json rules) {
    spec["description"] = "What is wanted. A field left out means its documented default, always.";
    return {{"type", "object"},
            {"description", summary},
            {"required", {"spec"}},
            {"properties",
             {{"apiVersion", {{"type", "string"}}},
              {"kind", {{"type", "string"}}},
              {"metadata", {{"type", "object"}}},
              {"spec", std::move(spec)},
              {"status", std::move(status)}}},
            {"x-kubernetes-validations", std::move(rules)}};
}

Json definition(const KindParts& parts) {
    const std::string kind{parts.kind};
    return {{"apiVersion", "apiextensions.k8s.io/v1"},
            {"kind", "CustomResourceDefinition"},
            {"metadata", {{"name", std::string{parts.names.plural} + "." + std::string{kGroup}}}},
            {"spec",
             {{"group", kGroup},
              {"scope", "Namespaced"},
              {"names",
               {{"kind", kind},
                {"listKind", kind + "List"},
                {"plural", parts.names.plural},
                {"singular", parts.names.singular},
                {"shortNames", {parts.names.short_name}},
                {"categories", {"headgate"}}}},
              {"versions",
               {{{"name", kVersion},
                 {"served", true},
                 {"storage", true},
                 {"subresources", {{"status", Json::object()}}},
                 {"additionalPrinterColumns", parts.columns},
                 {"schema", {{"openAPIV3Schema", parts.schema}}}}}}}}};
}

std::string page(const KindParts& parts) {
    std::string text = "# " + std::string{parts.kind} + "\n\n" + std::string{parts.summary} +
                       "\n\n`apiVersion: " + std::string{kApiVersion} + "`, short name `" +
                       std::string{parts.names.short_name} +
                       "`. A field left out means the default shown here, always: removing a line "
                       "puts the default back on the server. " +
                       std::string{parts.conventions} +
                       "\n\n"
                       "| field | type | when left out | on the wire | meaning |\n| --- | --- | "
                       "--- | --- | --- |\n";
    for (const auto& row : parts.rows) {
        text += row_text(row);
    }
    return text;
}

}  // namespace headgate::resources
