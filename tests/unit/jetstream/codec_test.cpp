// Every field of the tables makes the way to the wire and back: set alone, set with all others, and
// nested ones too. A field added to a struct but not to its table fails here by name.
#include <set>
#include <string>
#include <type_traits>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "jetstream/requests.hpp"
#include "jetstream/settings_tables.hpp"

namespace headgate::jetstream {
namespace {

using core::Json;

/// Some value that is not the default and that the wire can carry.
template <class V>
struct Other;

template <>
struct Other<bool> {
    static bool of(bool value) { return !value; }
};

template <std::integral N>

requires(!std::same_as<N, bool>) struct Other<N> {
    static N of(N value) { return static_cast<N>(value + 3); }
};

template <>
struct Other<std::string> {
    static std::string of(const std::string& value) { return value + "other"; }
};

template <class Tag>
struct Other<core::Strong<Tag, std::string>> {
    using V = core::Strong<Tag, std::string>;

    static V of(const V& value) { return V{value.value() + "other"}; }
};

template <class Tag, std::integral N>
struct Other<core::Strong<Tag, N>> {
    using V = core::Strong<Tag, N>;

    static V of(const V& value) { return V{value.value() + 7}; }
};

template <core::Named E>
struct Other<E> {
    static E of(E value) {
        return core::Names<E>::kAll.back().value == value ? core::Names<E>::kAll.front().value
                                                          : core::Names<E>::kAll.back().value;
    }
};

template <>
struct Other<core::Duration> {
    static core::Duration of(core::Duration value) { return value + std::chrono::seconds{90}; }
};

template <>
struct Other<core::Timestamp> {
    static core::Timestamp of(core::Timestamp) {
        return core::Timestamp{std::chrono::nanoseconds{1'767'225'600'123'456'789}};
    }
};

template <class V>
struct Other<std::optional<V>> {
    static std::optional<V> of(const std::optional<V>& value) {
        return value ? std::nullopt : std::optional{Other<V>::of(V{})};
    }
};

template <class V>
struct Other<std::vector<V>> {
    static std::vector<V> of(std::vector<V> value) {
        value.push_back(Other<V>::of(V{}));
        return value;
    }
};

template <>
struct Other<Metadata> {
    static Metadata of(Metadata value) {
        value["team"] = "agents \"and\" co\n";
        return value;
    }
};

template <fields::Tabled T>
struct Other<T> {
    static T of(T value) {
        fields::visit_fields(
            [](const auto& field, auto& member) {
                if (!field.wire.empty()) {
                    member = Other<std::remove_cvref_t<decltype(member)>>::of(member);
                }
            },
            value);
        return value;
    }
};

template <class T>
Json to_wire(const T& settings) {
    if constexpr (std::is_same_v<T, StreamSettings>) {
        return stream_to_wire(settings);
    } else {
        return consumer_to_wire(settings);
    }
}

template <class T>
core::Result<T> from_wire(const Json& wire) {
    if constexpr (std::is_same_v<T, StreamSettings>) {
        return stream_from_wire(wire);
    } else {
        return consumer_from_wire(wire);
    }
}

template <class T>
class Codec : public ::testing::Test {};

using Settings = ::testing::Types<StreamSettings, ConsumerSettings>;
TYPED_TEST_SUITE(Codec, Settings);

TYPED_TEST(Codec, DefaultsComeBackAsDefaults) {
    const auto back = from_wire<TypeParam>(to_wire(TypeParam{}));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, TypeParam{});
}

TYPED_TEST(Codec, AllFieldsTogetherComeBack) {
    const auto settings = Other<TypeParam>::of(TypeParam{});
    const auto back = from_wire<TypeParam>(to_wire(settings));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, settings);
}

TYPED_TEST(Codec, EachFieldAloneComesBackAndChangesTheWire) {
    TypeParam sample{};
    const auto plain = to_wire(sample);
    fields::visit_fields(
        [&](const auto& field, auto& member) {
            if (field.wire.empty()) {
                return;
            }
            const auto before = member;
            member = Other<std::remove_cvref_t<decltype(member)>>::of(member);
            const auto wire = to_wire(sample);
            EXPECT_NE(wire, plain) << field.wire;
            const auto back = from_wire<TypeParam>(wire);
            ASSERT_TRUE(back) << field.wire << ": " << back.error().message;
            EXPECT_EQ(*back, sample) << field.wire << " became " << wire.dump();
            member = before;
        },
        sample);
}

TYPED_TEST(Codec, EachFieldOfTheWrongTypeIsAnErrorThatNamesIt) {
    const TypeParam sample{};
    fields::visit_fields(
        [&](const auto& field, const auto& member) {
            if (field.wire.empty()) {
                return;
            }
            using Member = std::remove_cvref_t<decltype(member)>;
            const bool is_text = std::is_same_v<Member, std::string> ||
                                 std::is_same_v<Member, StreamName> ||
                                 std::is_same_v<Member, ConsumerName>;
            auto wire = to_wire(sample);
            wire[std::string{field.wire}] = is_text ? Json(17) : Json("no such value");
            if constexpr (std::is_same_v<Member, std::optional<Percent>>) {
                wire[std::string{field.wire}] = Json::array();
            }
            const auto back = from_wire<TypeParam>(wire);
            ASSERT_FALSE(back) << field.wire;
            EXPECT_EQ(back.error().code, core::ErrorCode::Internal);
            EXPECT_NE(back.error().message.find("config." + std::string{field.wire}),
                      std::string::npos)
                << back.error().message;
        },
        sample);
}

TYPED_TEST(Codec, ServersOwnMetadataIsNotOurs) {
    const auto back = from_wire<TypeParam>(Json{
        {"name", "X"},
        {"metadata", {{"_nats.ver", "2.15.2"}, {"_nats.req.level", "0"}, {"team", "agents"}}}});
    ASSERT_TRUE(back);
    EXPECT_EQ(back->metadata, (Metadata{{"team", "agents"}}));
}

TYPED_TEST(Codec, NullsAndUnknownFieldsAreLeftAlone) {
    const auto back = from_wire<TypeParam>(Json{{"name", "X"},
                                                {"description", nullptr},
                                                {"no_such_field", {{"a", 1}}},
                                                {"metadata", nullptr}});
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(back->name.value(), "X");
    EXPECT_EQ(back->description, "");
}

TEST(StreamCodec, NoLimitIsMinusOneOnTheWireAndAbsentHere) {
    const auto wire = stream_to_wire({.name = StreamName{"X"}});
    for (const auto* const key :
         {"max_msgs", "max_bytes", "max_msgs_per_subject", "max_msg_size", "max_consumers"}) {
        EXPECT_EQ(wire.at(key), -1) << key;
    }
    EXPECT_EQ(wire.at("max_age"), 0);
    for (const int none : {-1, 0, -7}) {
        const auto back = stream_from_wire(Json{{"name", "X"},
                                                {"max_msgs", none},
                                                {"max_bytes", none},
                                                {"max_msgs_per_subject", none},
                                                {"max_msg_size", none},
                                                {"max_consumers", none}});
        ASSERT_TRUE(back) << back.error().message;
        EXPECT_EQ(*back, (StreamSettings{.name = StreamName{"X"}})) << none;
    }
}

TEST(StreamCodec, AnEmptyPlacementIsNone) {
    EXPECT_EQ(
        stream_from_wire(
            Json{{"name", "X"}, {"placement", Json::object()}, {"consumer_limits", Json::object()}})
            ->placement,
        std::nullopt);
}

TEST(StreamCodec, NewerFieldsAreSentOnlyWhereTheySaySomething) {
    const auto wire = stream_to_wire({.name = StreamName{"X"}});
    for (const auto* const key : {"compression",
                                  "first_seq",
                                  "subject_transform",
                                  "consumer_limits",
                                  "metadata",
                                  "allow_msg_ttl",
                                  "subject_delete_marker_ttl"}) {
        EXPECT_FALSE(wire.contains(key)) << key;
    }
}

TEST(ConsumerCodec, OneFilterGoesIntoTheFieldThatEveryServerKeeps) {
    const auto one = consumer_to_wire({.name = ConsumerName{"c"}, .filter_subjects = {"a"}});
    EXPECT_EQ(one.at("filter_subject"), "a");
    EXPECT_FALSE(one.contains("filter_subjects"));
    const auto two = consumer_to_wire({.name = ConsumerName{"c"}, .filter_subjects = {"a", "b"}});
    EXPECT_FALSE(two.contains("filter_subject"));
    EXPECT_EQ(two.at("filter_subjects"), Json({"a", "b"}));
    EXPECT_EQ(consumer_from_wire(one)->filter_subjects, std::vector<std::string>{"a"});
}

TEST(ConsumerCodec, TheNameIsAlsoTheDurableName) {
    EXPECT_EQ(consumer_to_wire({.name = ConsumerName{"c"}}).at("durable_name"), "c");
    EXPECT_EQ(consumer_from_wire(Json{{"durable_name", "old"}})->name.value(), "old");
}

TEST(ConsumerCodec, SampleFrequencyIsTextWithOrWithoutPercentSign) {
    EXPECT_EQ(consumer_to_wire({.name = ConsumerName{"c"}, .sample_frequency = Percent{50}})
                  .at("sample_freq"),
              "50");
    EXPECT_EQ(consumer_from_wire(Json{{"name", "c"}, {"sample_freq", "50%"}})->sample_frequency,
              Percent{50});
    EXPECT_EQ(consumer_from_wire(Json{{"name", "c"}, {"sample_freq", ""}})->sample_frequency,
              std::nullopt);
}

}  // namespace
}  // namespace headgate::jetstream
