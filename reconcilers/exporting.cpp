#include "reconcilers/exporting.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <utility>

#include "core/joined.hpp"
#include "core/names.hpp"
#include "jetstream/compare.hpp"
#include "jetstream/requests.hpp"
#include "reconcilers/plan.hpp"
#include "reconcilers/signature.hpp"
#include "reconcilers/standing.hpp"

namespace headgate::reconcilers {

using jetstream::ConsumerInfo;
using jetstream::ConsumerSettings;
using jetstream::StreamSettings;
using resources::AdoptionPolicy;
using resources::DeletionPolicy;
using resources::Desired;
using resources::Effect;
using resources::Kind;
using resources::ObjectKey;
using resources::Reason;

namespace {

/// What Kubernetes takes for the name of an object, as near to `text` as it can be.
std::string object_name(std::string_view text) {
    constexpr std::size_t kLongest = 240;  // of 253, for what makes it unique
    std::string name;
    for (const char c : text.substr(0, kLongest)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80 && std::isalnum(byte) != 0) {
            name += static_cast<char>(std::tolower(byte));
        } else if (!name.empty() && !name.ends_with('-')) {
            name += '-';
        }
    }
    while (name.ends_with('-')) {
        name.pop_back();
    }
    return name.empty() ? "unnamed" : name;
}

bool is_exported(const ConsumerInfo& consumer) {
    return consumer.durable && !consumer.made_by_server;
}

class Exporter {
public:
    Exporter(std::span<const Asset> assets,
             const jetstream::ServerInfo& server,
             std::string_view instance,
             core::Timestamp now)
        : server_(server), instance_(instance), now_(now) {
        for (const auto& asset : assets) {
            const auto& settings = asset.stream.settings;
            origins_.emplace(settings.name.value(), settings.allow_direct);
        }
    }

    /// What an object signed keeps that object's name; so those go first.
    void reserve(const Asset& asset) {
        const auto seen = strip(asset.stream.settings);
        if (const auto key = seen.signature ? signing_object(*seen.signature) : std::nullopt) {
            taken_.insert(*key);
        }
    }

    Exported take(const Asset& asset) {
        const auto seen = strip(asset.stream.settings);
        Exported exported{.stream = seen.settings.name.value()};
        auto desired = describe(seen, exported);
        name(asset, seen, exported);
        if (!desired) {
            return exported;
        }
        if (exported.key.kind == Kind::StateBucket) {
            note_consumers_of_bucket(asset, exported);
        } else {
            add_consumers(asset, *desired, exported);
        }
        check(asset, std::move(*desired), exported);
        note_unknown(asset, exported);
        return exported;
    }

private:
    // The stream alone, and its kind; nothing: a manifest refuses it.
    std::optional<Desired> describe(const Unsigned<StreamSettings>& seen, Exported& exported) {
        const auto& observed = seen.settings;
        // As much as another server would know: whether a window is the usual one.
        const StreamSettings fresh{.duplicate_window = observed.duplicate_window};
        Desired desired{observed, {}, policies_of(seen.signature)};
        exported.key.kind = Kind::StateBucket;
        const bool signed_as_stream =
            seen.signature && seen.signature->kind == core::name_of(Kind::StreamConfig);
        if (const auto bucket = resources::as_read(Kind::StateBucket, desired, {}).desired;
            bucket && !signed_as_stream && same(observed, bucket->stream, fresh)) {
            return desired;
        }
        exported.key.kind = Kind::StreamConfig;
        desired.stream = jetstream::without_derived(observed, fresh, server_.level);
        if (auto open = desired.stream; std::exchange(open.mirror_direct, false)) {
            desired.stream.mirror_direct = !follows_direct_origin(open);
        }
        if (const auto read = resources::as_read(Kind::StreamConfig, desired, {}); !read.desired) {
            exported.notes.push_back("no manifest can say it: " + fields::describe(read.problems));
            return std::nullopt;
        }
        return desired;
    }

    [[nodiscard]] bool follows_direct_origin(const StreamSettings& stream) const {
        const auto* const followed = jetstream::followed_origin(stream);
        const auto origin = followed == nullptr ? origins_.end() : origins_.find(followed->name);
        return origin != origins_.end() && origin->second;
    }

    [[nodiscard]] bool same(const StreamSettings& observed,
                            const StreamSettings& wanted,
                            const StreamSettings& fresh) const {
        return jetstream::differences(observed, jetstream::as_stored(wanted, fresh, server_.level))
            .empty();
    }

    static resources::Policies policies_of(const std::optional<Signature>& signature) {
        resources::Policies policies{.adoption = AdoptionPolicy::IfMatching};
        if (signature) {
            policies.deletion = core::from_name<DeletionPolicy>(signature->deletion_policy)
                                    .value_or(DeletionPolicy::Retain);
        }
        return policies;
    }

    void name(const Asset& asset, const Unsigned<StreamSettings>& seen, Exported& exported) {
        auto& key = exported.key;
        if (const auto signer = seen.signature ? signing_object(*seen.signature) : std::nullopt;
            signer && given_.insert({key.kind, signer->ns, signer->name}).second) {
            key.ns = signer->ns;
            key.name = signer->name;
            return;
        }
        const auto& stream = asset.stream.settings.name;
        const auto base = object_name(
            key.kind == Kind::StateBucket ? jetstream::bucket_of_stream(stream) : stream.value());
        key.ns = "default";
        key.name = base;
        for (int i = 2; taken_.contains(key) || !given_.insert(key).second; ++i) {
            key.name = base + "-" + std::to_string(i);
        }
    }

    static void note_consumers_of_bucket(const Asset& asset, Exported& exported) {
        std::vector<std::string> names;
        for (const auto& consumer : asset.consumers) {
            if (is_exported(consumer)) {
                names.push_back(consumer.settings.name.value());
            }
        }
        if (!names.empty()) {
            exported.notes.push_back(
                "a StateBucket has no consumers, so these are not in it, and "
                "stay as they are: " +
                core::joined(names, ", "));
        }
    }

    void add_consumers(const Asset& asset, Desired& desired, Exported& exported) {
        for (const auto& consumer : asset.consumers) {
            if (!is_exported(consumer)) {
                continue;
            }
            const auto [observed, signature] = strip(consumer.settings);
            auto wanted =
                jetstream::without_derived(observed, asset.stream.settings, server_, now_);
            if (signature) {
                set_start(wanted, signature->start);
            }
            // By itself, so that each consumer is told by its own problems.
            const auto read = resources::as_read(
                Kind::StreamConfig, {desired.stream, {wanted}, desired.policies}, {});
            if (read.desired) {
                desired.consumers.push_back(std::move(wanted));
            } else {
                exported.notes.push_back("consumer " + observed.name.value() +
                                         " is not in it, since no manifest can say it: " +
                                         fields::describe(read.problems));
            }
        }
    }

    // What plan would make of it is the only proof that it asks for nothing.
    void check(const Asset& asset, Desired desired, Exported& exported) const {
        Declaration declaration;
        declaration.key = exported.key;
        declaration.parsed = resources::as_read(exported.key.kind, desired, exported.key.name);
        if (!declaration.parsed.desired) {
            exported.notes.push_back("no manifest can say it: " +
                                     fields::describe(declaration.parsed.problems));
            return;
        }
        Situation situation;
        situation.declaration = &declaration;
        situation.desired = *declaration.parsed.desired;
        if (follows_direct_origin(situation.desired.stream)) {
            situation.desired.stream.mirror_direct = true;
        }
        situation.server = server_;
        situation.stream = asset.stream;
        situation.consumers = asset.consumers;
        situation.instance = instance_;
        situation.now = now_;
        const auto decision = decide(situation);
        std::vector<std::string> others;
        for (const auto& change : decision.changes) {
            if (change.effect != Effect::Adopt) {
                others.push_back(change.field + " " + std::string{core::name_of(change.effect)});
            }
        }
        const bool acts = !decision.steps.empty() || decision.report.plan;
        if (acts && !others.empty()) {
            exported.notes.push_back("no manifest leaves it as it is: " +
                                     core::joined(others, ", "));
            return;
        }
        if (decision.report.reason != Reason::Applied) {
            exported.notes.push_back(std::string{core::name_of(decision.report.reason)} + ": " +
                                     decision.report.message);
        }
        exported.desired = std::move(desired);
    }

    static void note_unknown(const Asset& asset, Exported& exported) {
        auto unknown = jetstream::unknown_fields(asset.stream);
        for (const auto& consumer : asset.consumers) {
            if (is_exported(consumer)) {
                for (const auto& field : jetstream::unknown_fields(consumer)) {
                    unknown.push_back("consumers[" + consumer.settings.name.value() + "]." + field);
                }
            }
        }
        if (!unknown.empty()) {
            exported.remarks.push_back(
                "on the server, unknown to this version, and kept as they are: " +
                core::joined(unknown, "; "));
        }
    }

    const jetstream::ServerInfo& server_;
    std::string instance_;
    core::Timestamp now_;
    std::map<std::string, bool> origins_;  ///< Streams, and whether they allow direct reads.
    std::set<ObjectKey> taken_;            ///< By objects that signed something.
    std::set<ObjectKey> given_;
};

}  // namespace

std::vector<Exported> export_assets(std::span<const Asset> assets,
                                    const jetstream::ServerInfo& server,
                                    std::string_view instance,
                                    core::Timestamp now) {
    Exporter exporter{assets, server, instance, now};
    std::for_each(
        assets.begin(), assets.end(), [&](const auto& asset) { exporter.reserve(asset); });
    std::vector<Exported> exported;
    for (const auto& asset : assets) {
        exported.push_back(exporter.take(asset));
    }
    return exported;
}

}  // namespace headgate::reconcilers
