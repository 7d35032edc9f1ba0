#include "jetstream/nats/nkey.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace headgate::jetstream::nats {

using core::Error;
using core::ErrorCode;
using core::Result;

namespace {

using Octets = std::vector<std::uint8_t>;

constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr unsigned kSeedPrefix = 18U << 3U;  // "S"
constexpr unsigned kUserPrefix = 20U << 3U;  // "U"
constexpr std::size_t kKeySize = 32;
constexpr std::size_t kSeedSize = 2 + kKeySize + 2;  // prefixes, key, checksum

std::optional<Octets> base32_decoded(std::string_view text) {
    Octets octets;
    unsigned bits = 0;
    unsigned buffer = 0;
    for (const char letter : text) {
        const auto value = kBase32.find(letter);
        if (value == std::string_view::npos) {
            return std::nullopt;
        }
        buffer = ((buffer << 5U) | static_cast<unsigned>(value)) & 0xFFFFU;
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            octets.push_back(static_cast<std::uint8_t>((buffer >> bits) & 0xFFU));
        }
    }
    return octets;
}

std::string base32_encoded(const Octets& octets) {
    std::string text;
    unsigned bits = 0;
    unsigned buffer = 0;
    for (const auto octet : octets) {
        buffer = ((buffer << 8U) | octet) & 0xFFFFU;
        bits += 8;
        while (bits >= 5) {
            bits -= 5;
            text += kBase32[(buffer >> bits) & 0x1FU];
        }
    }
    if (bits > 0) {
        text += kBase32[(buffer << (5 - bits)) & 0x1FU];
    }
    return text;
}

// CRC-16/XMODEM, little endian behind what it covers.
std::uint16_t checksum(const Octets& octets) {
    unsigned crc = 0;
    for (const auto octet : octets) {
        crc ^= static_cast<unsigned>(octet) << 8U;
        for (int bit = 0; bit < 8; ++bit) {
            crc = ((crc & 0x8000U) != 0 ? (crc << 1U) ^ 0x1021U : crc << 1U) & 0xFFFFU;
        }
    }
    return static_cast<std::uint16_t>(crc);
}

void append_checksum(Octets& octets) {
    const auto crc = checksum(octets);
    octets.push_back(static_cast<std::uint8_t>(crc & 0xFFU));
    octets.push_back(static_cast<std::uint8_t>(crc >> 8U));
}

std::string_view trimmed(std::string_view line) {
    const auto first = line.find_first_not_of(" \t\r");
    return first == std::string_view::npos
               ? std::string_view{}
               : line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

/// The first line that begins so, without the space around it.
std::string_view line_with(std::string_view prefix, std::string_view text) {
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto line = trimmed(text.substr(0, end));
        if (line.starts_with(prefix)) {
            return line;
        }
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return {};
}

std::string_view seed_line(std::string_view text) {
    return line_with("SU", text);
}

// The 32 octets of the private key, or nothing for what is no user seed.
std::optional<Octets> private_key(std::string_view seed) {
    auto octets = base32_decoded(seed);
    if (!octets || octets->size() != kSeedSize) {
        return std::nullopt;
    }
    Octets covered{octets->begin(), octets->end() - 2};
    append_checksum(covered);
    const unsigned kind = (((*octets)[0] & 7U) << 5U) | ((*octets)[1] >> 3U);
    const bool valid =
        covered == *octets && ((*octets)[0] & 0xF8U) == kSeedPrefix && kind == kUserPrefix;
    Octets key{octets->begin() + 2, octets->end() - 2};
    OPENSSL_cleanse(octets->data(), octets->size());
    OPENSSL_cleanse(covered.data(), covered.size());
    return valid ? std::optional{std::move(key)} : std::nullopt;
}

std::optional<Octets> ed25519_public_key(const Octets& key) {
    struct Free {
        void operator()(EVP_PKEY* object) const noexcept { EVP_PKEY_free(object); }
    };

    const std::unique_ptr<EVP_PKEY, Free> pair{
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size())};
    Octets octets(kKeySize);
    std::size_t size = octets.size();
    if (!pair || EVP_PKEY_get_raw_public_key(pair.get(), octets.data(), &size) != 1 ||
        size != kKeySize) {
        return std::nullopt;
    }
    return octets;
}

}  // namespace

Result<std::string> public_key_of(const core::Secret& text) {
    auto key = private_key(seed_line(text.reveal()));
    const auto public_key = key ? ed25519_public_key(*key) : std::nullopt;
    if (key) {
        OPENSSL_cleanse(key->data(), key->size());
    }
    if (!public_key) {
        return Error{ErrorCode::InvalidSpec, "holds no valid user seed (\"SU...\")"};
    }
    Octets octets{static_cast<std::uint8_t>(kUserPrefix)};
    octets.insert(octets.end(), public_key->begin(), public_key->end());
    append_checksum(octets);
    return base32_encoded(octets);
}

core::Secret user_seed_in(const core::Secret& text) {
    return core::Secret{std::string{seed_line(text.reveal())}};
}

Result<core::Secret> user_jwt_in(const core::Secret& text) {
    // A JSON object, as every JWT's header is, in base64.
    const auto jwt = line_with("eyJ", text.reveal());
    if (jwt.empty()) {
        return Error{ErrorCode::InvalidSpec, "holds no user JWT (\"eyJ...\")"};
    }
    return core::Secret{std::string{jwt}};
}

}  // namespace headgate::jetstream::nats
