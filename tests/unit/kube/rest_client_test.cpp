// The HTTP side of the client against a server that answers as told, byte by byte.
#include "kube/rest/rest_client.hpp"

#include <arpa/inet.h>
#include <future>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/guarded.hpp"
#include "tests/support/eventually.hpp"

namespace headgate::kube::rest {
namespace {

using core::Call;
using core::ErrorCode;
using namespace std::chrono_literals;
using support::eventually;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const ResourceType kGadgets{"test.headgate.io", "v1", "gadgets", "Gadget"};

/// Answers each connection's one request with the next of its replies, the last one again and
/// again, and closes it. A reply in several parts pauses after each until `next_part`.
class ScriptedServer {
public:
    using Reply = std::vector<std::string>;

    explicit ScriptedServer(std::vector<Reply> replies) : replies_(std::move(replies)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (bind(listener_, generic, size) != 0 || listen(listener_, 16) != 0 ||
            getsockname(listener_, generic, &size) != 0) {
            throw std::runtime_error{"no listener"};
        }
        port_ = ntohs(address.sin_port);
        thread_ = std::jthread{[this](const std::stop_token& stop) { serve(stop); }};
    }

    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    ~ScriptedServer() {
        thread_.request_stop();
        thread_.join();
        close(listener_);
    }

    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

    [[nodiscard]] std::vector<std::string> requests() const {
        return requests_.with_lock([](const auto& requests) { return requests; });
    }

    /// Parts that left whole.
    [[nodiscard]] int sent() const {
        return sent_.with_lock([](int sent) { return sent; });
    }

    void next_part() {
        parts_.with_lock([](int& parts) { ++parts; });
    }

private:
    void serve(const std::stop_token& stop) {
        for (std::size_t count = 0; !stop.stop_requested();) {
            pollfd waiting{listener_, POLLIN, 0};
            if (poll(&waiting, 1, 20) == 1) {
                const int connection = accept(listener_, nullptr, nullptr);
                answer(connection, replies_[std::min(count++, replies_.size() - 1)], stop);
                close(connection);
            }
        }
    }

    void answer(int connection, const Reply& reply, const std::stop_token& stop) {
        requests_.with_lock(
            [request = read_request(connection)](auto& all) { all.push_back(request); });
        for (std::size_t i = 0; i < reply.size(); ++i) {
            static_cast<void>(send(connection, reply[i].data(), reply[i].size(), MSG_NOSIGNAL));
            sent_.with_lock([](int& sent) { ++sent; });
            const auto let_go = [&] {
                return stop.stop_requested() ||
                       parts_.with_lock([&](int parts) { return parts > static_cast<int>(i); });
            };
            if (i + 1 < reply.size() && !eventually(let_go)) {
                return;
            }
        }
    }

    static std::string read_request(int connection) {
        std::string text;
        std::size_t whole = std::string::npos;
        while (text.size() < whole) {
            char buffer[4096];
            const auto got = recv(connection, buffer, sizeof buffer, 0);
            if (got <= 0) {
                break;
            }
            text.append(buffer, static_cast<std::size_t>(got));
            if (const auto head = text.find("\r\n\r\n"); head != std::string::npos) {
                const auto length = text.find("Content-Length:");
                whole = head + 4 +
                        (length == std::string::npos ? 0 : std::stoul(text.substr(length + 15)));
            }
        }
        return text;
    }

    std::vector<Reply> replies_;
    core::Guarded<std::vector<std::string>> requests_;
    core::Guarded<int> parts_{0};
    core::Guarded<int> sent_{0};
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::jthread thread_;
};

ScriptedServer::Reply answer(const std::string& status,
                             const std::string& body,
                             const std::string& headers = "") {
    return {"HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\nConnection: close\r\n" +
            headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body};
}

std::string chunk(const std::string& text) {
    char size[16];
    static_cast<void>(std::snprintf(size, sizeof size, "%zx", text.size()));
    return std::string{size} + "\r\n" + text + "\r\n";
}

constexpr auto kChunked =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
const auto kObject = answer("200 OK", R"({"metadata": {"name": "a"}})");

std::unique_ptr<RestClient> client_of(const std::string& url,
                                      std::string token = "",
                                      Observer observer = {}) {
    use_http_threads(4);
    ConnectionSettings settings;
    settings.server = url;
    settings.token = core::Secret{std::move(token)};
    return std::move(*RestClient::open(std::move(settings), std::move(observer)));
}

Call soon(std::stop_token stop = {}) {
    return Call::within(10s, std::move(stop));
}

core::Result<Object> get(RestClient& client, const Call& call) {
    return client.get_object(kGadgets, "ns", "a", call);
}

ObjectMeta meta() {
    ObjectMeta made;
    made.name = "a";
    made.ns = "ns";
    return made;
}

TEST(RestClient, SendsPathQueryTokenAndBody) {
    ScriptedServer server{{kObject}};
    const auto client = client_of(server.url(), "t0ken");
    ASSERT_TRUE(client->apply_status(kGadgets, meta(), {{"text", "x"}}, "headgate", soon()));
    const auto request = server.requests().at(0);
    EXPECT_THAT(request,
                HasSubstr("PATCH /apis/test.headgate.io/v1/namespaces/ns/gadgets/a/status"
                          "?fieldManager=headgate&force=true HTTP/1.1\r\n"));
    EXPECT_THAT(request, HasSubstr("Authorization:Bearer t0ken\r\n"));
    EXPECT_THAT(request, HasSubstr("Content-Type:application/apply-patch+yaml"));
    EXPECT_THAT(request, HasSubstr(R"("status":{"text":"x"})"));
}

TEST(RestClient, WithoutATokenThereIsNoAuthorization) {
    ScriptedServer server{{kObject}};
    ASSERT_TRUE(get(*client_of(server.url()), soon()));
    EXPECT_THAT(server.requests().at(0), Not(HasSubstr("Authorization")));
}

TEST(RestClient, PathOfTheServersUrlIsKept) {
    ScriptedServer server{{kObject}};
    ASSERT_TRUE(get(*client_of(server.url() + "/k8s/clusters/c-1"), soon()));
    EXPECT_THAT(server.requests().at(0),
                HasSubstr("GET /k8s/clusters/c-1/apis/test.headgate.io/v1/"));
}

TEST(RestClient, RedirectIsNotFollowedWithTheToken) {
    ScriptedServer elsewhere{{kObject}};
    ScriptedServer server{{answer("302 Found", "", "Location: " + elsewhere.url() + "/\r\n")}};
    EXPECT_EQ(get(*client_of(server.url(), "t0ken"), soon()).error().code, ErrorCode::Refused);
    EXPECT_TRUE(elsewhere.requests().empty());
}

TEST(RestClient, EncodedTokensArriveAsTheyWereSent) {
    ScriptedServer server{{answer("200 OK", R"({"items": []})")}};
    ASSERT_TRUE(client_of(server.url())->list_page(kGadgets, {}, 500, "a+b/c==", soon()));
    EXPECT_THAT(server.requests().at(0), HasSubstr("?limit=500&continue=a%2Bb%2Fc%3D%3D HTTP/1.1"));
}

TEST(RestClient, BusyServerIsAskedAgainAfterTheTimeItNames) {
    ScriptedServer server{{answer("429 Too Many Requests", "", "Retry-After: 1\r\n"), kObject}};
    core::Guarded<std::vector<int>> codes;
    const auto client = client_of(server.url(), "", [&](std::string_view, int code) {
        codes.with_lock([&](auto& all) { all.push_back(code); });
    });
    const auto asked = std::chrono::steady_clock::now();
    EXPECT_TRUE(get(*client, soon()));
    EXPECT_GE(std::chrono::steady_clock::now() - asked, 1s);
    EXPECT_THAT(codes.with_lock([](auto& all) { return all; }), ElementsAre(429, 200));
}

TEST(RestClient, NothingIsSentAfterTheDeadlineOrAStop) {
    ScriptedServer server{{kObject}};
    const auto client = client_of(server.url());
    const auto write = [&](const Call& call) {
        return client->merge_patch(kGadgets, meta(), {{"spec", {{"a", 1}}}}, call).error().code;
    };
    EXPECT_EQ(write(Call::within(0s)), ErrorCode::Unavailable);
    EXPECT_EQ(write(Call::within(-5s)), ErrorCode::Unavailable);
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(write(soon(stop.get_token())), ErrorCode::Cancelled);
    EXPECT_TRUE(get(*client, soon()));
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST(RestClient, BusyServerIsNotWaitedForBeyondTheDeadline) {
    ScriptedServer server{{answer("503 Service Unavailable", "", "Retry-After: 60\r\n")}};
    EXPECT_EQ(get(*client_of(server.url()), soon()).error().code, ErrorCode::Unavailable);
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST(RestClient, StopEndsThePauseOfABusyServer) {
    ScriptedServer server{{answer("429 Too Many Requests", "", "Retry-After: 8\r\n")}};
    const auto client = client_of(server.url());
    std::stop_source stop;
    auto result =
        std::async(std::launch::async, [&] { return get(*client, soon(stop.get_token())); });
    ASSERT_TRUE(eventually([&] { return server.requests().size() == 1; }));
    stop.request_stop();
    ASSERT_EQ(result.wait_for(5s), std::future_status::ready);
    EXPECT_EQ(result.get().error().code, ErrorCode::Cancelled);
}

TEST(RestClient, WhatIsNotReachedIsUnavailableEvenForAWrite) {
    std::string url;
    {
        const ScriptedServer gone{{kObject}};
        url = gone.url();
    }
    core::Guarded<std::vector<int>> codes;
    const auto client = client_of(url, "", [&](std::string_view, int code) {
        codes.with_lock([&](auto& all) { all.push_back(code); });
    });
    const auto written =
        client->apply_status(kGadgets, meta(), core::Json::object(), "headgate", soon());
    EXPECT_EQ(written.error().code, ErrorCode::Unavailable) << written.error().message;
    EXPECT_THAT(codes.with_lock([](auto& all) { return all; }), ElementsAre(0));
}

TEST(RestClient, WriteWhoseAnswerIsCutOffMayHaveHappened) {
    ScriptedServer server{{{"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"}}};
    const auto client = client_of(server.url());
    EXPECT_EQ(client->apply_status(kGadgets, meta(), core::Json::object(), "headgate", soon())
                  .error()
                  .code,
              ErrorCode::OutcomeUnknown);
    EXPECT_EQ(get(*client, soon()).error().code, ErrorCode::Unavailable);
}

/// A watch on a thread of its own, and all it got.
class Stream {
public:
    explicit Stream(RestClient& client)
        : thread_([this, &client](const std::stop_token& stop) {
              const auto sink = [this](std::string_view bytes) {
                  got_.with_lock([&](auto& got) { got += bytes; });
                  return true;
              };
              ended_.set_value(
                  client.watch(kGadgets, {}, {ResourceVersion{"1"}, 60s}, sink, soon(stop)));
          }) {}

    [[nodiscard]] bool comes_to(const std::string& text) const {
        return eventually(
            [&] { return got_.with_lock([&](const auto& got) { return got == text; }); });
    }

    void stop() { thread_.request_stop(); }

    core::Status end() { return ended_.get_future().get(); }

private:
    core::Guarded<std::string> got_;
    std::promise<core::Status> ended_;
    std::jthread thread_;
};

TEST(RestClient, WatchPassesBytesOnAsTheyCome) {
    ScriptedServer server{{{kChunked, chunk("one\n"), chunk("tw"), chunk("o\n") + "0\r\n\r\n"}}};
    const auto client = client_of(server.url());
    Stream stream{*client};
    server.next_part();
    ASSERT_TRUE(stream.comes_to("one\n"));
    server.next_part();
    ASSERT_TRUE(stream.comes_to("one\ntw"));
    server.next_part();
    ASSERT_TRUE(stream.comes_to("one\ntwo\n"));
    EXPECT_TRUE(stream.end());
}

TEST(RestClient, WatchTakesMoreThanItsBuffer) {
    const std::string much(1'000'000, 'x');
    ScriptedServer server{{{kChunked + chunk(much) + chunk(much) + "0\r\n\r\n"}}};
    const auto client = client_of(server.url());
    Stream stream{*client};
    EXPECT_TRUE(stream.comes_to(much + much));
    EXPECT_TRUE(stream.end());
}

TEST(RestClient, WatchThatIsCutOffIsUnavailable) {
    ScriptedServer server{{{kChunked + chunk("one\n"), ""}}};
    const auto client = client_of(server.url());
    Stream stream{*client};
    ASSERT_TRUE(stream.comes_to("one\n"));
    server.next_part();
    const auto status = stream.end();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::Unavailable) << status.error().message;
}

TEST(RestClient, QuietWatchIsStoppedAtOnce) {
    ScriptedServer server{{{kChunked, ""}}};
    const auto client = client_of(server.url());
    Stream stream{*client};
    ASSERT_TRUE(eventually([&] { return server.requests().size() == 1; }));
    const auto asked = std::chrono::steady_clock::now();
    stream.stop();
    EXPECT_EQ(stream.end().error().code, ErrorCode::Cancelled);
    EXPECT_LT(std::chrono::steady_clock::now() - asked, 10s);
}

TEST(RestClient, WatchThatStallsIsGivenUpWhenItsEndIsOverdue) {
    ScriptedServer server{{{kChunked + chunk("one\n"), chunk("two\n"), ""}}};
    ConnectionSettings settings;
    settings.server = server.url();
    const auto connection = std::move(*Connection::open(std::move(settings), {}));
    std::string got;
    const auto asked = std::chrono::steady_clock::now();
    const auto status = connection->stream(
        {.verb = "watch", .path = "/"},
        700ms,
        [&](std::string_view bytes) {
            // What comes does not put the end off.
            if (got.empty()) {
                server.next_part();
            }
            got += bytes;
            return true;
        },
        soon());
    const auto took = std::chrono::steady_clock::now() - asked;
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::Unavailable);
    EXPECT_EQ(got, "one\ntwo\n");
    EXPECT_GE(took, 700ms);
    EXPECT_LT(took, 20s);
}

TEST(RestClient, WatchThatIsNotTakenHoldsTheServerBack) {
    constexpr std::size_t kChunks = 400;
    const std::string much(100'000, 'x');
    std::string body = kChunked;
    for (std::size_t i = 0; i < kChunks; ++i) {
        body += chunk(much);
    }
    ScriptedServer server{{{body + "0\r\n\r\n", ""}}};
    const auto client = client_of(server.url());
    std::size_t got = 0;
    std::size_t largest = 0;
    std::promise<void> let_go;
    auto gone_on = let_go.get_future();
    std::jthread holder;
    const auto status = client->watch(
        kGadgets,
        {},
        {ResourceVersion{"1"}, 60s},
        [&](std::string_view bytes) {
            if (got == 0) {
                // As long as nothing is taken, not all of the 40 MB has left the server.
                holder = std::jthread{[&] {
                    EXPECT_TRUE(support::always([&] { return server.sent() == 0; }, 200ms));
                    let_go.set_value();
                }};
                gone_on.wait();
                server.next_part();
            }
            got += bytes.size();
            largest = std::max(largest, bytes.size());
            return true;
        },
        soon());
    EXPECT_TRUE(status) << status.error().message;
    EXPECT_EQ(got, kChunks * much.size());
    EXPECT_LT(largest, 1'000'000U);
}

TEST(RestClient, BusyServersWatchIsAskedForAgainAfterTheTimeItNames) {
    ScriptedServer server{{answer("429 Too Many Requests", "", "Retry-After: 1\r\n"),
                           {kChunked + chunk("one\n") + "0\r\n\r\n"}}};
    const auto client = client_of(server.url());
    const auto asked = std::chrono::steady_clock::now();
    Stream stream{*client};
    EXPECT_TRUE(stream.comes_to("one\n"));
    EXPECT_TRUE(stream.end());
    EXPECT_GE(std::chrono::steady_clock::now() - asked, 1s);
    EXPECT_EQ(server.requests().size(), 2U);
}

TEST(RestClient, RefusedWatchIsTheServersError) {
    ScriptedServer server{
        {answer("410 Gone", R"({"kind": "Status", "message": "too old", "code": 410})")}};
    const auto client = client_of(server.url());
    const auto status = client->watch(
        kGadgets, {}, {ResourceVersion{"1"}, 60s}, [](std::string_view) { return true; }, soon());
    EXPECT_EQ(status.error(), (core::Error{ErrorCode::Gone, "HTTP 410: too old"}));
}

}  // namespace
}  // namespace headgate::kube::rest
