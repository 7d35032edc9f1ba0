// A forgotten line in a codec or a mapping fails here by the field's name.
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "jetstream/compare.hpp"
#include "jetstream/requests.hpp"
#include "reconcilers/resources/resource.hpp"
#include "reconcilers/resources/tables.hpp"
#include "tests/unit/reconcilers/field_variants.hpp"

namespace headgate::resources {
namespace {

using fields::Dialect;
using jetstream::ConsumerSettings;
using jetstream::StreamSettings;
using testing_fields::each_variant;
using testing_fields::make_all_other;
using testing_fields::Where;

template <class Spec>
std::pair<Spec, fields::Problems> reread(const Spec& spec) {
    std::pair<Spec, fields::Problems> result;
    fields::parse_fields(fields::emit_fields(spec, Dialect::Manifest),
                         fields::Reader{Dialect::Manifest, result.second},
                         "spec",
                         result.first);
    return result;
}

template <class Spec>
void expect_manifest_round_trip(const Spec& base) {
    std::size_t count = 0;
    each_variant<Spec>(base, [&](const Where& where, const Spec& spec) {
        if (!where.in_manifest) {
            return;
        }
        ++count;
        EXPECT_NE(spec, base) << where.name;
        const auto [again, problems] = reread(spec);
        // Required names of nested things are all that a single field may leave out.
        for (const auto& problem : problems) {
            EXPECT_TRUE(problem.message.ends_with("must match [A-Za-z0-9_-]+") ||
                        problem.message.find("must match") != std::string::npos)
                << where.name << ": " << problem.path << " " << problem.message;
        }
        EXPECT_EQ(again, spec) << where.name;
    });
    EXPECT_GT(count, 15U);
}

TEST(EveryField, OfAManifestIsReadBackAsWritten) {
    expect_manifest_round_trip(StreamConfigSpec{});
    expect_manifest_round_trip(StateBucketSpec{});
}

TEST(EveryField, OfAWholeManifestIsReadBackAsWritten) {
    StreamConfigSpec stream;
    make_all_other(stream);
    const auto [stream_again, stream_problems] = reread(stream);
    EXPECT_EQ(fields::describe(stream_problems), "");
    EXPECT_EQ(stream_again, stream);

    StateBucketSpec bucket;
    make_all_other(bucket);
    const auto [bucket_again, bucket_problems] = reread(bucket);
    EXPECT_EQ(fields::describe(bucket_problems), "");
    EXPECT_EQ(bucket_again, bucket);
}

TEST(EveryField, OfAStreamIsReadBackFromTheWire) {
    std::set<std::string> not_on_wire;
    each_variant<StreamSettings>({}, [&](const Where& where, const StreamSettings& settings) {
        if (!where.on_wire) {
            not_on_wire.insert(where.name);
            return;
        }
        auto sent = settings;
        if (sent.mirror) {
            sent.mirror->domain.clear();
        }
        for (auto& source : sent.sources) {
            source.domain.clear();
        }
        const auto again = jetstream::stream_from_wire(jetstream::stream_to_wire(sent));
        ASSERT_TRUE(again.has_value()) << where.name << ": " << again.error().message;
        EXPECT_EQ(*again, sent) << where.name;
        EXPECT_NE(jetstream::stream_to_wire(sent), jetstream::stream_to_wire({})) << where.name;
    });
    EXPECT_THAT(not_on_wire, ::testing::ElementsAre("mirror.domain", "sources.domain"));
}

TEST(EveryField, OfAConsumerIsReadBackFromTheWire) {
    each_variant<ConsumerSettings>({}, [&](const Where& where, const ConsumerSettings& settings) {
        EXPECT_TRUE(where.on_wire) << where.name;
        const auto again = jetstream::consumer_from_wire(jetstream::consumer_to_wire(settings));
        ASSERT_TRUE(again.has_value()) << where.name << ": " << again.error().message;
        EXPECT_EQ(*again, settings) << where.name;
        EXPECT_NE(jetstream::consumer_to_wire(settings), jetstream::consumer_to_wire({}))
            << where.name;
    });
}

// No two fields of a manifest may end in the same wish, and none may vanish on the way.
template <class Spec, class Wish>
void expect_all_wishes_differ(const Spec& base, Wish wish, std::set<std::string> same_as_nothing) {
    std::vector<std::pair<std::string, Desired>> wishes{{"nothing", wish(base)}};
    each_variant<Spec>(base, [&](const Where& where, const Spec& spec) {
        if (!where.in_manifest) {
            return;
        }
        const auto desired = wish(spec);
        if (same_as_nothing.erase(where.name) > 0) {
            return;
        }
        for (const auto& [name, other] : wishes) {
            EXPECT_NE(desired, other) << where.name << " ends in the same as " << name;
        }
        wishes.emplace_back(where.name, desired);
    });
    EXPECT_THAT(same_as_nothing, ::testing::IsEmpty());
}

TEST(EveryField, OfAStreamConfigChangesWhatIsWanted) {
    expect_all_wishes_differ<StreamConfigSpec>(
        {},
        [](const StreamConfigSpec& spec) {
            return Desired{desired_stream(spec), spec.consumers, spec.policies};
        },
        {});
}

TEST(EveryField, OfAStateBucketChangesWhatIsWanted) {
    StateBucketSpec base;
    base.bucket = "b";
    expect_all_wishes_differ(base,
                             [](const StateBucketSpec& spec) {
                                 return Desired{desired_bucket(spec), {}, spec.policies};
                             },
                             {});
}

// Changes and server messages are told in the bucket's words: the table must name the right one.
TEST(EveryField, OfAStateBucketNamesTheStreamFieldThatItDecides) {
    StateBucketSpec base;
    base.bucket = "b";
    each_variant<StateBucketSpec>(base, [&](const Where& where, const StateBucketSpec& spec) {
        if (!where.on_wire) {
            return;
        }
        const auto changes = jetstream::differences(desired_bucket(base), desired_bucket(spec));
        const auto named = std::find_if(changes.begin(), changes.end(), [&](const auto& change) {
            return change.wire == where.top_wire;
        });
        ASSERT_NE(named, changes.end()) << where.name << " does not change " << where.top_wire;
        EXPECT_EQ(field_name(Kind::StateBucket, *named),
                  where.name.substr(0, where.name.find('.')));
    });
}

}  // namespace
}  // namespace headgate::resources
