#include "kube/rest/identity.hpp"

#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "kube/rest/tls.hpp"

namespace headgate::kube::rest {

using core::Error;
using core::ErrorCode;
using core::Result;
using core::Secret;
using core::Status;

namespace {

Result<Secret> read_token(const std::string& path) {
    std::ifstream file{path};
    std::string text;
    std::getline(file, text);
    text.erase(text.find_last_not_of(" \r\t") + 1);
    if (text.empty()) {
        return Error{ErrorCode::Forbidden, "no bearer token could be read from " + path};
    }
    return Secret{std::move(text)};
}

/// Empty: no file is named, or it cannot be read.
std::string read_pem(const std::string& path) {
    if (path.empty()) {
        return {};
    }
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

bool same_certificates(const ConnectionSettings& left, const ConnectionSettings& right) {
    return left.ca_pem == right.ca_pem &&
           left.client_certificate_pem == right.client_certificate_pem &&
           left.client_key_pem.reveal() == right.client_key_pem.reveal();
}

}  // namespace

Identity::Identity(ConnectionSettings settings, Clocks clocks)
    : clocks_(std::move(clocks)),
      ask_credential_(settings.ask_credential),
      settings_(std::make_shared<const ConnectionSettings>(std::move(settings))),
      read_at_(clocks_.now()),
      tokens_(settings_->token_file.empty()
                  ? std::make_unique<TokenSource>(settings_->token)
                  : std::make_unique<TokenSource>(
                        [path = settings_->token_file] { return read_token(path); }, clocks_.now)) {
}

Result<Secret> Identity::token() {
    if (!ask_credential_) {
        return tokens_->current();
    }
    const std::scoped_lock lock{asking_};
    if (!credential_ || (credential_->expires && clocks_.wall() >= *credential_->expires)) {
        if (const auto asked = ask(); !asked) {
            return asked.error();
        }
    }
    return credential_->token;
}

bool Identity::renew(const Secret& refused) {
    const auto before = settings();
    doubt();
    if (!ask_credential_) {
        const bool other_token = tokens_->renew(refused);
        return settings() != before || other_token;
    }
    const std::scoped_lock lock{asking_};
    // Somebody else may have asked since.
    const bool is_known = credential_ && credential_->token.reveal() == refused.reveal();
    if (is_known && !ask()) {
        return false;
    }
    return (credential_ && credential_->token.reveal() != refused.reveal()) || settings() != before;
}

Status Identity::ask() {
    auto given = ask_credential_();
    if (!given) {
        return given.error();
    }
    credential_ = std::move(*given);
    if (!credential_->certificate_pem.empty()) {
        const std::scoped_lock lock{mutex_};
        auto changed = *settings_;
        changed.client_certificate_pem = credential_->certificate_pem;
        changed.client_key_pem = credential_->key_pem;
        take(std::move(changed));
    }
    return {};
}

std::shared_ptr<const ConnectionSettings> Identity::settings() {
    const std::scoped_lock lock{mutex_};
    const auto now = clocks_.now();
    if (!read_at_ || now - *read_at_ >= kReadAgainAfter) {
        read_at_ = now;
        read_files();
    }
    return settings_;
}

void Identity::doubt() {
    const std::scoped_lock lock{mutex_};
    read_at_.reset();
}

void Identity::read_files() {
    auto changed = *settings_;
    if (auto ca = read_pem(changed.ca_file); !ca.empty()) {
        changed.ca_pem = std::move(ca);
    }
    auto certificate = read_pem(changed.client_certificate_file);
    auto key = read_pem(changed.client_key_file);
    if (!certificate.empty()) {
        changed.client_certificate_pem = std::move(certificate);
    }
    if (!key.empty()) {
        changed.client_key_pem = Secret{std::move(key)};
    }
    take(std::move(changed));
}

void Identity::take(ConnectionSettings changed) {
    if (!same_certificates(changed, *settings_) && check_tls(changed)) {
        settings_ = std::make_shared<const ConnectionSettings>(std::move(changed));
    }
}

}  // namespace headgate::kube::rest
