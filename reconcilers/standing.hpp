// Whose a stream is: the question that comes before every change. Pure.
#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include "jetstream/info.hpp"
#include "reconcilers/declaration.hpp"
#include "reconcilers/signature.hpp"

namespace headgate::reconcilers {

/// A configuration without its signature, and the signature.
template <class Settings>
struct Unsigned {
    Settings settings;
    std::optional<Signature> signature;
};

template <class Settings>
[[nodiscard]] Unsigned<Settings> strip(Settings settings) {
    auto signature = take_signature(settings.metadata, settings.description);
    return {std::move(settings), std::move(signature)};
}

enum class Standing {
    Ours,
    OursUnsigned,  ///< The very one this object made; some client has dropped the signature since.
    Unsigned,
    SignedByAnother,
};

/// `signature` is what `stream` carries, `own` what this declaration would write.
[[nodiscard]] Standing standing_of(const Declaration& declaration,
                                   const Signature& own,
                                   const jetstream::StreamInfo& stream,
                                   const std::optional<Signature>& signature);

/// Whether `stream` is this declaration's, signed or not.
[[nodiscard]] bool owns(const Declaration& declaration,
                        std::string_view instance,
                        const jetstream::StreamInfo& stream);

}  // namespace headgate::reconcilers
