// Who made an asset: written into its metadata, or, on servers without metadata (before 2.10), as
// a suffix of its description. What is not signed by an object is not that object's to touch.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "jetstream/settings.hpp"
#include "reconcilers/resources/kind.hpp"
#include "reconcilers/resources/policies.hpp"

namespace headgate::reconcilers {

struct Signature {
    std::string instance;
    std::string kind;
    std::string object;  ///< "namespace/name".
    std::string deletion_policy;
    /// Of a consumer that was made anew at its old position: the start that is declared for it,
    /// which it would have begun at instead. Kept in metadata only.
    std::string start;

    /// Same instance and object, whatever the policy said at the time.
    [[nodiscard]] bool same_signer(const Signature& other) const {
        return instance == other.instance && kind == other.kind && object == other.object;
    }

    /// "headgate/StreamConfig/agents/orders": as the adopt annotation names a signer.
    [[nodiscard]] std::string signer() const { return instance + "/" + kind + "/" + object; }

    friend bool operator==(const Signature&, const Signature&) = default;
};

/// A declared start in a word or two, as Signature::start has it: "All", "ByStartSequence 5".
[[nodiscard]] std::string start_of(const jetstream::ConsumerSettings& consumer);

/// The way back: gives the consumer that declared start. What is no such text changes nothing.
void set_start(jetstream::ConsumerSettings& consumer, const std::string& start);

[[nodiscard]] Signature signature_of(std::string_view instance,
                                     const resources::ObjectKey& key,
                                     resources::DeletionPolicy policy);

/// The object that signed, where its kind is one of ours.
[[nodiscard]] std::optional<resources::ObjectKey> signing_object(const Signature& signature);

/// Writes the signature into `metadata`, or into `description` where the server has no metadata.
void sign(jetstream::Metadata& metadata,
          std::string& description,
          const Signature& signature,
          bool server_keeps_metadata);

/// Takes a signature of either form out of both; what is left is the user's own.
[[nodiscard]] std::optional<Signature> take_signature(jetstream::Metadata& metadata,
                                                      std::string& description);

}  // namespace headgate::reconcilers
