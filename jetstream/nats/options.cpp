#include "jetstream/nats/options.hpp"

#include <string_view>

#include "jetstream/nats/library.hpp"

namespace headgate::jetstream::nats {

using core::Error;
using core::ErrorCode;
using core::Status;

namespace {

constexpr int kMostUnansweredPings = 2;

natsStatus set_tls_first([[maybe_unused]] natsOptions* options) {
#if NATS_VERSION_NUMBER >= 0x030900
    return natsOptions_TLSHandshakeFirst(options);
#else
    return NATS_NO_SERVER_SUPPORT;
#endif
}

Status failed(const std::string& what, natsStatus status) {
    return Error{ErrorCode::InvalidSpec, what + ": " + failure_text(status)};
}

natsStatus set_basics(const ConnectionSettings& settings, natsOptions* options) {
    natsStatus status = natsOptions_SetName(options, settings.name.c_str());
    // Our own loop reconnects (connection.cpp): the library's would keep requests made meanwhile
    // and send them later, when nobody waits any more, and gives up after two authentication
    // errors.
    status = status == NATS_OK ? natsOptions_SetAllowReconnect(options, false) : status;
    status = status == NATS_OK ? natsOptions_SetTimeout(options, settings.connect_timeout.count())
                               : status;
    status = status == NATS_OK
                 ? natsOptions_SetPingInterval(options, settings.ping_interval.count())
                 : status;
    status = status == NATS_OK ? natsOptions_SetMaxPingsOut(options, kMostUnansweredPings) : status;
    // A server that stops reading must not hold every worker at the connection's lock.
    status = status == NATS_OK
                 ? natsOptions_SetWriteDeadline(options, settings.request_timeout.count())
                 : status;
    return status == NATS_OK ? natsOptions_SetSendAsap(options, true) : status;
}

Status set_tls(const ConnectionSettings& settings, const Server& server, natsOptions* options) {
    const bool wanted = server.url.starts_with("tls://") || settings.tls || settings.tls_first ||
                        !settings.tls_ca_file.empty() || !settings.tls_certificate_file.empty() ||
                        !settings.tls_ca_pem.empty() || !settings.tls_certificate_pem.empty();
    if (!wanted) {
        return {};
    }
    if (const auto status = natsOptions_SetSecure(options, true); status != NATS_OK) {
        return failed("TLS", status);
    }
    if (settings.tls_first) {
        if (const auto status = set_tls_first(options); status != NATS_OK) {
            return failed("TLS before the server's greeting", status);
        }
    }
    if (!settings.tls_ca_file.empty()) {
        if (const auto status =
                natsOptions_LoadCATrustedCertificates(options, settings.tls_ca_file.c_str());
            status != NATS_OK) {
            return failed("TLS CA file " + settings.tls_ca_file, status);
        }
    }
    if (!settings.tls_certificate_file.empty()) {
        const auto status = natsOptions_LoadCertificatesChain(
            options, settings.tls_certificate_file.c_str(), settings.tls_key_file.c_str());
        if (status != NATS_OK) {
            return failed("TLS certificate " + settings.tls_certificate_file + " with key " +
                              settings.tls_key_file,
                          status);
        }
    }
    if (!settings.tls_ca_pem.empty()) {
        if (const auto status =
                natsOptions_SetCATrustedCertificates(options, settings.tls_ca_pem.c_str());
            status != NATS_OK) {
            return failed("TLS CA", status);
        }
    }
    if (!settings.tls_certificate_pem.empty()) {
        if (const auto status =
                natsOptions_SetCertificatesChain(options,
                                                 settings.tls_certificate_pem.c_str(),
                                                 settings.tls_key_pem.reveal().c_str());
            status != NATS_OK) {
            return failed("TLS certificate and key", status);
        }
    }
    if (!server.tls_name.empty()) {
        if (const auto status = natsOptions_SetExpectedHostname(options, server.tls_name.c_str());
            status != NATS_OK) {
            return failed("TLS server name " + server.tls_name, status);
        }
    }
    return {};
}

}  // namespace

Status apply(const ConnectionSettings& settings, const Server& server, natsOptions* options) {
    if (const auto status = set_basics(settings, options); status != NATS_OK) {
        return failed("connection options", status);
    }
    if (const auto status = natsOptions_SetURL(options, server.url.c_str()); status != NATS_OK) {
        return failed("server URL " + shown_url(server.url), status);
    }
    return set_tls(settings, server, options);
}

std::string failure_text(natsStatus status) {
    if (status == NATS_NO_SERVER) {
        return "no server there (connection refused, or an unknown host)";
    }
    natsStatus last = NATS_OK;
    const char* const detail = nats_GetLastError(&last);
    std::string_view text = last == status && detail != nullptr ? detail : "";
    // Led by the place in the library's own sources: "(conn.c:1908): ".
    if (const auto place = text.find("): ");
        text.starts_with('(') && place != std::string_view::npos) {
        text.remove_prefix(place + 3);
    }
    return text.empty() ? natsStatus_GetText(status) : std::string{text};
}

std::string library_version() {
    return nats_GetVersion();
}

bool has_tls_first() {
    return NATS_VERSION_NUMBER >= 0x030900;
}

}  // namespace headgate::jetstream::nats
