#include "tests/e2e/api_audit.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/call.hpp"
#include "core/json.hpp"
#include "tests/support/eventually.hpp"

namespace headgate::e2e {

using core::Call;
using core::Json;
using jetstream::nats::Connection;

namespace {

constexpr std::string_view kPrefix = "$JS.API.";
constexpr std::chrono::seconds kPatience{20};

bool changes_something(std::string_view subject) {
    return subject.find(".CREATE.") != std::string_view::npos ||
           subject.find(".UPDATE.") != std::string_view::npos ||
           subject.find(".DELETE.") != std::string_view::npos;
}

}  // namespace

ApiAudit::ApiAudit(const std::string& url, const std::string& user, const std::string& password) {
    auto connection = Connection::open(
        {.urls = {url}, .name = "audit", .user = user, .password = core::Secret{password}},
        {},
        [this](const auto&) {
            return jetstream::nats::Listening{
                .subjects = {"$JS.EVENT.ADVISORY.API"},
                .on_message = [this](const auto& heard) { take(heard.payload); }};
        });
    if (!connection || !(*connection)->first_attempt(Call::within(kPatience))) {
        throw std::runtime_error("the audit has no connection to " + url);
    }
    connection_ = std::move(*connection);
}

void ApiAudit::take(std::string_view payload) {
    const auto told = Json::parse(payload, nullptr, false);
    const auto subject = told.value("subject", "");
    if (subject.starts_with(kPrefix)) {
        heard_.with_lock([&](auto& heard) {
            heard.push_back({told.value(Json::json_pointer("/client/user"), std::string{}),
                             subject.substr(kPrefix.size())});
        });
    }
}

std::vector<ApiWrite> ApiAudit::writes() {
    // The server tells of requests in their order: once it has told of this one, of all before.
    const auto mark = "STREAM.INFO.MARK_" + std::to_string(++marks_);
    const bool asked =
        connection_->request(std::string{kPrefix} + mark, "", Call::within(kPatience)).has_value();
    const bool told = asked && support::eventually([&] {
                          return heard_.with_lock([&](const auto& heard) {
                              return std::ranges::any_of(
                                  heard, [&](const auto& one) { return one.subject == mark; });
                          });
                      });
    if (!told) {
        throw std::runtime_error("the audit hears nothing");
    }
    auto all = heard_.with_lock([](const auto& heard) { return heard; });
    std::erase_if(all, [](const auto& one) { return !changes_something(one.subject); });
    return all;
}

std::size_t ApiAudit::writes_by(const std::string& user) {
    const auto all = writes();
    return static_cast<std::size_t>(std::ranges::count(all, user, &ApiWrite::user));
}

}  // namespace headgate::e2e
