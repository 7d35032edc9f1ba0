#include "jetstream/nats/identity.hpp"

#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "jetstream/nats/nkey.hpp"
#include "jetstream/nats/options.hpp"

namespace headgate::jetstream::nats {

using core::Error;
using core::ErrorCode;
using core::Result;
using core::Secret;
using core::Status;

namespace {

Result<Secret> read(const std::string& what, const std::string& file) {
    std::ifstream stream{file};
    std::string text{std::istreambuf_iterator<char>{stream}, {}};
    if (!stream) {
        return Error{ErrorCode::InvalidSpec, what + " " + file + " cannot be read"};
    }
    return Secret{std::move(text)};
}

Status result(natsStatus status) {
    return status == NATS_OK
               ? Status{}
               : Status{Error{ErrorCode::InvalidSpec, "credentials: " + failure_text(status)}};
}

}  // namespace

Status Identity::apply(const ConnectionSettings& settings, natsOptions* options) {
    if (!settings.nkey_seed.empty()) {
        return use_nkey("nkey seed", settings.nkey_seed, options);
    }
    if (!settings.credentials.empty()) {
        return use_credentials("credentials", settings.credentials, options);
    }
    if (const auto& file = settings.nkey_seed_file; !file.empty()) {
        auto text = read("nkey seed file", file);
        return text ? use_nkey("nkey seed file " + file, std::move(*text), options)
                    : Status{text.error()};
    }
    if (const auto& file = settings.credentials_file; !file.empty()) {
        auto text = read("credentials file", file);
        return text ? use_credentials("credentials file " + file, std::move(*text), options)
                    : Status{text.error()};
    }
    if (!settings.user.empty()) {
        return result(natsOptions_SetUserInfo(
            options, settings.user.c_str(), settings.password.reveal().c_str()));
    }
    if (!settings.token.empty()) {
        return result(natsOptions_SetToken(options, settings.token.reveal().c_str()));
    }
    return {};
}

Status Identity::use_nkey(const std::string& what, Secret text, natsOptions* options) {
    const auto key = public_key_of(text);
    if (!key) {
        return core::with_context(what, key.error());
    }
    seed_ = user_seed_in(text);
    return result(natsOptions_SetNKey(options, key->c_str(), &Identity::sign, this));
}

Status Identity::use_credentials(const std::string& what, Secret text, natsOptions* options) {
    if (const auto key = public_key_of(text); !key) {
        return core::with_context(what, key.error());
    }
    auto jwt = user_jwt_in(text);
    if (!jwt) {
        return core::with_context(what, jwt.error());
    }
    jwt_ = std::move(*jwt);
    seed_ = user_seed_in(text);
    return result(natsOptions_SetUserCredentialsCallbacks(
        options, &Identity::give_jwt, this, &Identity::sign, this));
}

natsStatus Identity::give_jwt(char** jwt, char** /*error*/, void* closure) noexcept {
    // The library frees it.
    *jwt = ::strdup(static_cast<const Identity*>(closure)->jwt_.reveal().c_str());
    return *jwt == nullptr ? NATS_NO_MEMORY : NATS_OK;
}

natsStatus Identity::sign(char** /*error*/,
                          unsigned char** signature,
                          int* length,
                          const char* nonce,
                          void* closure) noexcept {
    const auto& seed = static_cast<const Identity*>(closure)->seed_;
    return nats_Sign(seed.reveal().c_str(), nonce, signature, length);
}

}  // namespace headgate::jetstream::nats
