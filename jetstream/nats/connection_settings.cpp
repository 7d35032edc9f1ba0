#include "jetstream/nats/connection_settings.hpp"

#include <algorithm>
#include <array>

#include "jetstream/nats/library.hpp"

namespace headgate::jetstream::nats {

using core::Error;
using core::ErrorCode;
using core::Status;

namespace {

Error invalid(std::string message) {
    return Error{ErrorCode::InvalidSpec, std::move(message)};
}

Status check_url(const std::string& url) {
    const auto scheme_end = url.find("://");
    const auto scheme =
        scheme_end == std::string::npos ? std::string{"nats"} : url.substr(0, scheme_end);
    if (scheme != "nats" && scheme != "tls") {
        return invalid("server URL " + shown_url(url) + ": scheme " + scheme +
                       " is not one of nats, tls");
    }
    const auto shown = shown_url(url);
    const auto host =
        shown.substr(shown.find("://") == std::string::npos ? 0 : shown.find("://") + 3);
    if (host.empty() || host.starts_with(':') ||
        host.find_first_of(" \t\r\n/") != std::string::npos) {
        return invalid("server URL \"" + shown + "\" names no host");
    }
    return {};
}

// What becomes part of a subject: tokens that are not empty and hold no wildcard.
bool is_literal_subject(std::string_view text) {
    return !text.empty() && text.front() != '.' && text.back() != '.' &&
           text.find("..") == std::string_view::npos &&
           text.find_first_of(" \t\r\n*>") == std::string_view::npos;
}

Status check_subjects(const ConnectionSettings& settings) {
    if (!settings.js_domain.empty() && !settings.js_api_prefix.empty()) {
        return invalid("a JetStream domain and an API prefix exclude each other");
    }
    if (!settings.js_domain.empty() && (!is_literal_subject(settings.js_domain) ||
                                        settings.js_domain.find('.') != std::string::npos)) {
        return invalid("JetStream domain \"" + settings.js_domain + "\" is not one word");
    }
    if (!settings.js_api_prefix.empty() && !is_literal_subject(settings.js_api_prefix)) {
        return invalid("JetStream API prefix \"" + settings.js_api_prefix + "\" is not a subject");
    }
    if (!is_literal_subject(settings.inbox_prefix)) {
        return invalid("inbox prefix \"" + settings.inbox_prefix + "\" is not a subject");
    }
    return {};
}

Status check_identity(const ConnectionSettings& settings) {
    const std::array ways{!settings.credentials_file.empty() || !settings.credentials.empty(),
                          !settings.nkey_seed_file.empty() || !settings.nkey_seed.empty(),
                          !settings.user.empty(),
                          !settings.token.empty()};
    if (std::count(ways.begin(), ways.end(), true) > 1) {
        return invalid("credentials, nkey, user and token exclude each other");
    }
    if (settings.user.empty() && !settings.password.empty()) {
        return invalid("a password without a user");
    }
    return {};
}

Status check_tls(const ConnectionSettings& settings) {
    if (settings.tls_certificate_file.empty() != settings.tls_key_file.empty() ||
        settings.tls_certificate_pem.empty() != settings.tls_key_pem.empty()) {
        return invalid("a TLS client certificate and its key go together");
    }
    if (settings.tls_first && !has_tls_first()) {
        return Error{ErrorCode::Unsupported,
                     "TLS before the server's greeting needs cnats 3.9 or newer; this program was "
                     "built with " +
                         library_version()};
    }
    return {};
}

}  // namespace

Status check(const ConnectionSettings& settings) {
    if (settings.urls.empty()) {
        return invalid("no server URL");
    }
    for (const auto& url : settings.urls) {
        if (const auto valid = check_url(url); !valid) {
            return valid;
        }
    }
    for (const auto& checked :
         {check_subjects(settings), check_identity(settings), check_tls(settings)}) {
        if (!checked) {
            return checked;
        }
    }
    return {};
}

std::string api_prefix(const ConnectionSettings& settings) {
    if (!settings.js_api_prefix.empty()) {
        return settings.js_api_prefix;
    }
    return settings.js_domain.empty() ? "$JS.API" : "$JS." + settings.js_domain + ".API";
}

std::string shown_url(std::string_view url) {
    const auto scheme_end = url.find("://");
    const auto start = scheme_end == std::string_view::npos ? 0 : scheme_end + 3;
    // A password may itself hold an "@": the last one ends it.
    const auto at = url.rfind('@');
    if (at == std::string_view::npos || at < start) {
        return std::string{url};
    }
    return std::string{url.substr(0, start)} + std::string{url.substr(at + 1)};
}

}  // namespace headgate::jetstream::nats
