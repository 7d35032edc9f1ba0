#include "kube/config/proxies.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace headgate::kube::config {

namespace {

using core::Secret;

/// An address as the 16 bytes of IPv6, an IPv4 one mapped into it.
using Address = std::array<std::uint8_t, 16>;

constexpr std::size_t kMapped = 12;

std::optional<Address> address_of(const std::string& text) {
    Address address{};
    if (inet_pton(AF_INET6, text.c_str(), address.data()) == 1) {
        return address;
    }
    address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    if (inet_pton(AF_INET, text.c_str(), address.data() + kMapped) == 1) {
        return address;
    }
    return std::nullopt;
}

bool is_ipv4(const Address& address) {
    constexpr Address kPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    return std::equal(kPrefix.begin(), kPrefix.begin() + kMapped, address.begin());
}

struct Place {
    std::string host;  ///< Lower case; IPv6 without brackets.
    std::string port;
};

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : static_cast<char>(c);
    });
    return text;
}

/// "host", "host:port", "[::1]:port", "::1".
Place place_of(const std::string& text) {
    if (text.starts_with('[')) {
        const auto end = std::min(text.find(']'), text.size());
        const auto rest = text.substr(std::min(end + 1, text.size()));
        return {lower(text.substr(1, end - 1)), rest.starts_with(':') ? rest.substr(1) : ""};
    }
    const auto colon = text.find(':');
    if (colon == std::string::npos || colon != text.rfind(':')) {
        return {lower(text), ""};
    }
    return {lower(text.substr(0, colon)), text.substr(colon + 1)};
}

/// Host and port of a URL, the port of its scheme where it has none.
Place place_in(const std::string& url) {
    const auto scheme = url.find("://");
    const auto begin = scheme == std::string::npos ? 0 : scheme + 3;
    auto authority = url.substr(begin, url.find_first_of("/?#", begin) - begin);
    authority.erase(0, authority.rfind('@') + 1);
    auto place = place_of(authority);
    if (place.port.empty()) {
        place.port = url.starts_with("https://") ? "443" : "80";
    }
    return place;
}

bool is_loopback(const Place& place) {
    if (place.host == "localhost") {
        return true;
    }
    const auto address = address_of(place.host);
    return address && ((is_ipv4(*address) && (*address)[kMapped] == 127) || place.host == "::1");
}

bool is_in_network(const Address& address, const std::string& network) {
    const auto slash = network.find('/');
    const auto base = address_of(network.substr(0, slash));
    const std::string_view bits_text{network.data() + slash + 1, network.size() - slash - 1};
    std::size_t bits = 0;
    const auto [end, error] =
        std::from_chars(bits_text.data(), bits_text.data() + bits_text.size(), bits);
    if (!base || error != std::errc{} || end != bits_text.data() + bits_text.size() ||
        is_ipv4(*base) != is_ipv4(address)) {
        return false;
    }
    bits += is_ipv4(*base) ? kMapped * 8 : 0;
    if (bits > address.size() * 8) {
        return false;
    }
    for (std::size_t bit = 0; bit < bits; ++bit) {
        const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
        if (((address.at(bit / 8) ^ base->at(bit / 8)) & mask) != 0) {
            return false;
        }
    }
    return true;
}

/// One entry of NO_PROXY: "*", an address, a network, a domain (and those below it), ".domain"
/// (only those below it), each but a network with a port if it is meant for one only.
bool covers(const std::string& entry, const Place& place) {
    const auto address = address_of(place.host);
    if (entry == "*") {
        return true;
    }
    if (entry.find('/') != std::string::npos) {
        return address && is_in_network(*address, entry);
    }
    auto [host, port] = place_of(entry);
    if (host.empty() || (!port.empty() && port != place.port)) {
        return false;
    }
    if (const auto entry_address = address_of(host)) {
        return address == entry_address;
    }
    if (host.starts_with("*.")) {
        host.erase(0, 1);
    }
    if (host.starts_with('.')) {
        return place.host.ends_with(host);
    }
    return place.host == host || place.host.ends_with("." + host);
}

std::vector<std::string> entries_of(const std::string& list) {
    std::vector<std::string> entries;
    std::size_t begin = 0;
    while (begin <= list.size()) {
        const auto end = std::min(list.find(',', begin), list.size());
        auto entry = list.substr(begin, end - begin);
        entry.erase(0, std::min(entry.find_first_not_of(' '), entry.size()));
        entry.erase(entry.find_last_not_of(' ') + 1);
        if (!entry.empty()) {
            entries.push_back(std::move(entry));
        }
        begin = end + 1;
    }
    return entries;
}

}  // namespace

Secret proxy_for(const std::string& server, const ProxyVariables& variables) {
    const auto place = place_in(server);
    const auto entries = entries_of(variables.none);
    const bool is_direct =
        is_loopback(place) || std::any_of(entries.begin(), entries.end(), [&](const auto& entry) {
            return covers(entry, place);
        });
    if (is_direct) {
        return {};
    }
    return server.starts_with("https://") ? variables.https : variables.http;
}

core::Result<Secret> check_proxy(const Secret& url) {
    auto text = url.reveal();
    const auto scheme = text.find("://");
    if (scheme == std::string::npos) {
        text = "http://" + text;
    } else if (text.substr(0, scheme) != "http") {
        return core::Error{core::ErrorCode::InvalidSpec,
                           "proxy: scheme " + text.substr(0, scheme) +
                               " is not supported, only http is (the tunnel to the server is "
                               "encrypted all the same)"};
    }
    if (place_in(text).host.empty()) {
        return core::Error{core::ErrorCode::InvalidSpec, "proxy: no host in its URL"};
    }
    return Secret{std::move(text)};
}

}  // namespace headgate::kube::config
