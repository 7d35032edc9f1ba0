// The field tables hold every setting that there is: against the official JSON schemas and against
// the server's own structs, both ways and for nested fields and enumerators too.
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <type_traits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "jetstream/settings_tables.hpp"
#include "tests/support/tools.hpp"

namespace headgate {
namespace {

using core::Json;
using testing::ContainerEq;
using testing::IsEmpty;

using Names = std::set<std::string>;
/// By path ("sources[].name").
using Enums = std::map<std::string, Names>;

// What is not in a table, and why.
const std::map<std::string, std::string> kStreamExceptions{
    {"placement.preferred", "for moving leaders; a server refuses it on a stream"},
};
const std::map<std::string, std::string> kConsumerExceptions{
    {"durable_name", "always the name: what is declared stays"},
    {"filter_subject", "filterSubjects with one entry"},
    {"direct", "set by servers on consumers that copy"},
    {"sourcing", "set by servers on consumers that copy"},
};

std::string contents(const std::filesystem::path& path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

Names keys_of(const std::map<std::string, std::string>& exceptions) {
    Names names;
    for (const auto& [name, reason] : exceptions) {
        names.insert(name);
    }
    return names;
}

Names joined(Names left, const Names& right) {
    left.insert(right.begin(), right.end());
    return left;
}

// --- what the tables say ---

struct Known {
    Names fields;
    Enums enums;
};

template <class V>
struct Element {
    using type = V;
    static constexpr const char* kSuffix = "";
};

template <class V>
struct Element<std::optional<V>> : Element<V> {};

template <class V>
struct Element<std::vector<V>> : Element<V> {
    static constexpr const char* kSuffix = "[]";
};

template <class T>
void walk_table(const std::string& prefix, Known& known) {
    const T object{};
    fields::visit_fields(
        [&](const auto& field, const auto& member) {
            if (field.wire.empty()) {
                return;
            }
            using Found = Element<std::remove_cvref_t<decltype(member)>>;
            const auto path = prefix + std::string{field.wire};
            known.fields.insert(path);
            if constexpr (fields::Tabled<typename Found::type>) {
                walk_table<typename Found::type>(path + Found::kSuffix + ".", known);
            } else if constexpr (core::Named<typename Found::type>) {
                for (const auto name :
                     fields::names_in<typename Found::type>(fields::Dialect::Wire)) {
                    known.enums[path].insert(std::string{name});
                }
            }
        },
        object);
}

template <class T>
Known in_table() {
    Known known;
    walk_table<T>("", known);
    return known;
}

// --- what the schemas say ---

void walk_schema(const Json& schema, const std::string& prefix, Known& known) {
    for (const auto& [name, property] : schema.at("properties").items()) {
        const auto path = prefix + name;
        known.fields.insert(path);
        if (property.contains("properties")) {
            walk_schema(property, path + ".", known);
        } else if (property.contains("items") && property["items"].contains("properties")) {
            walk_schema(property["items"], path + "[].", known);
        }
        for (const auto& value : property.value("enum", Json::array())) {
            if (value != "") {
                known.enums[path].insert(value.get<std::string>());
            }
        }
    }
}

Known in_schema(const std::string& file) {
    Known known;
    walk_schema(Json::parse(contents(support::schema(std::string{support::kSchemas} + "/" + file))),
                "",
                known);
    return known;
}

TEST(Tables, HoldEverySettingOfTheOfficialStreamSchema) {
    const auto table = in_table<jetstream::StreamSettings>();
    const auto schema = in_schema("stream_configuration.json");
    EXPECT_THAT(schema.fields.size(), testing::Gt(60U));
    EXPECT_THAT(joined(table.fields, keys_of(kStreamExceptions)), ContainerEq(schema.fields));
    EXPECT_THAT(table.enums, ContainerEq(schema.enums));
}

TEST(Tables, HoldEverySettingOfTheOfficialConsumerSchema) {
    const auto table = in_table<jetstream::ConsumerSettings>();
    const auto schema = in_schema("consumer_configuration.json");
    EXPECT_THAT(schema.fields.size(), testing::Gt(30U));
    EXPECT_THAT(joined(table.fields, keys_of(kConsumerExceptions)), ContainerEq(schema.fields));
    EXPECT_THAT(table.enums, ContainerEq(schema.enums));
}

// --- what the server says ---

Names in_server(std::string_view version, const std::string& type) {
    const auto text = contents(support::schema("nats-server-" + std::string{version} + "/" + type));
    static const std::regex kTag{"`json:\"([a-z_]+)"};
    Names names;
    for (std::sregex_iterator tag{text.begin(), text.end(), kTag}, end; tag != end; ++tag) {
        names.insert((*tag)[1]);
    }
    return names;
}

// Those that a server of this level keeps.
template <class T>
Names names_of_table(jetstream::ServerLevel level = jetstream::kServer2_15) {
    Names names;
    const T object{};
    fields::visit_fields(
        [&](const auto& field, const auto&) {
            if (!field.wire.empty() && field.rules.level <= level) {
                names.insert(std::string{field.wire});
            }
        },
        object);
    return names;
}

TEST(Tables, HoldEveryFieldOfTheServersStructs) {
    EXPECT_THAT(names_of_table<jetstream::StreamSettings>(),
                ContainerEq(in_server(support::kNats, "StreamConfig")));
    EXPECT_THAT(joined(names_of_table<jetstream::ConsumerSettings>(), keys_of(kConsumerExceptions)),
                ContainerEq(in_server(support::kNats, "ConsumerConfig")));
    EXPECT_THAT(names_of_table<jetstream::StreamSource>(),
                ContainerEq(in_server(support::kNats, "StreamSource")));
    EXPECT_THAT(names_of_table<jetstream::SourceConsumer>(),
                ContainerEq(in_server(support::kNats, "StreamConsumerSource")));
    EXPECT_THAT(names_of_table<jetstream::ExternalStream>(),
                ContainerEq(in_server(support::kNats, "ExternalStream")));
    EXPECT_THAT(joined(names_of_table<jetstream::Placement>(), {"preferred"}),
                ContainerEq(in_server(support::kNats, "Placement")));
    EXPECT_THAT(names_of_table<jetstream::Republish>(),
                ContainerEq(in_server(support::kNats, "RePublish")));
    EXPECT_THAT(names_of_table<jetstream::SubjectTransform>(),
                ContainerEq(in_server(support::kNats, "SubjectTransformConfig")));
    EXPECT_THAT(names_of_table<jetstream::ConsumerLimits>(),
                ContainerEq(in_server(support::kNats, "StreamConsumerLimits")));
}

// The other way round, a field without the level that it needs would be dropped in silence.
TEST(Tables, SayFromWhichServerOnAFieldIsKept) {
    struct Old {
        std::string_view version;
        jetstream::ServerLevel level;
        Names consumer_exceptions;
    };

    const Old olds[]{
        {support::kNats29, jetstream::kServer2_9, {"durable_name", "filter_subject", "direct"}},
        {support::kNats210, jetstream::kServer2_10, {"durable_name", "filter_subject", "direct"}},
    };
    for (const auto& [version, level, exceptions] : olds) {
        EXPECT_THAT(joined(names_of_table<jetstream::StreamSettings>(level), {"template_owner"}),
                    ContainerEq(in_server(version, "StreamConfig")))
            << version;
        EXPECT_THAT(names_of_table<jetstream::StreamSource>(level),
                    ContainerEq(in_server(version, "StreamSource")))
            << version;
        // A single one goes as filter_subject.
        EXPECT_THAT(joined(names_of_table<jetstream::ConsumerSettings>(level), exceptions),
                    ContainerEq(joined(in_server(version, "ConsumerConfig"), {"filter_subjects"})))
            << version;
    }
}

}  // namespace
}  // namespace headgate
