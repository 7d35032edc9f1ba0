#include "reconcilers/standing.hpp"

namespace headgate::reconcilers {

Standing standing_of(const Declaration& declaration,
                     const Signature& own,
                     const jetstream::StreamInfo& stream,
                     const std::optional<Signature>& signature) {
    if (signature) {
        return signature->same_signer(own) ? Standing::Ours : Standing::SignedByAnother;
    }
    const auto& known = declaration.status.created;
    return !known.empty() && known == stream.created ? Standing::OursUnsigned : Standing::Unsigned;
}

bool owns(const Declaration& declaration,
          std::string_view instance,
          const jetstream::StreamInfo& stream) {
    const auto seen = strip(stream.settings);
    const auto own = signature_of(instance, declaration.key, resources::DeletionPolicy::Retain);
    const auto standing = standing_of(declaration, own, stream, seen.signature);
    return standing == Standing::Ours || standing == Standing::OursUnsigned;
}

}  // namespace headgate::reconcilers
