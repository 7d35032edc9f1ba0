#include "jetstream/requests.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "jetstream/api_errors.hpp"

namespace headgate::jetstream {
namespace {

using namespace std::chrono_literals;
using core::ErrorCode;
using core::Json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const StreamName kOrders{"ORDERS"};
const ConsumerName kWorker{"worker"};

Json json_of(const Request& request) {
    return Json::parse(request.payload);
}

Beyond beyond(const char* text) {
    return std::make_shared<const Json>(Json::parse(text));
}

TEST(Requests, SubjectsAndEmptyPayloads) {
    const auto plain = [](const Request& request) {
        return std::string{request.operation} + " " + request.subject + " [" + request.payload +
               "]";
    };
    EXPECT_EQ(plain(account_info_request()), "account_info INFO []");
    EXPECT_EQ(plain(stream_info_request(kOrders)), "stream_info STREAM.INFO.ORDERS []");
    EXPECT_EQ(plain(stream_delete_request(kOrders)), "stream_delete STREAM.DELETE.ORDERS []");
    EXPECT_EQ(plain(consumer_info_request(kOrders, kWorker)),
              "consumer_info CONSUMER.INFO.ORDERS.worker []");
    EXPECT_EQ(plain(consumer_delete_request(kOrders, kWorker)),
              "consumer_delete CONSUMER.DELETE.ORDERS.worker []");
    EXPECT_EQ(plain(stream_list_request(0)), "stream_list STREAM.LIST [{}]");
    EXPECT_EQ(plain(stream_list_request(256)), "stream_list STREAM.LIST [{\"offset\":256}]");
    EXPECT_EQ(plain(consumer_list_request(kOrders, 512)),
              "consumer_list CONSUMER.LIST.ORDERS [{\"offset\":512}]");
}

TEST(Requests, CreatingAStreamSendsTheWholeConfiguration) {
    const auto request = stream_create_request(
        {.name = kOrders,
         .description = "a \"b\"\n",
         .subjects = {"orders.>"},
         .retention = Retention::WorkQueue,
         .storage = Storage::Memory,
         .replicas = 3,
         .max_bytes = Bytes{1024},
         .max_age = 1h,
         .placement = Placement{.cluster = "c1", .tags = {"a"}},
         .sources = {StreamSource{.name = "S",
                                  .start_sequence = 5,
                                  .filter_subject = "x",
                                  .external = ExternalStream{.api = "$JS.hub.API"}}},
         .metadata = {{"k", "v"}}});
    EXPECT_EQ(request.operation, "stream_create");
    EXPECT_EQ(request.subject, "STREAM.CREATE.ORDERS");
    EXPECT_EQ(json_of(request), Json::parse(R"({
        "name": "ORDERS", "description": "a \"b\"\n", "subjects": ["orders.>"],
        "retention": "workqueue", "storage": "memory", "num_replicas": 3,
        "max_msgs": -1, "max_msgs_per_subject": -1, "max_bytes": 1024, "max_age": 3600000000000,
        "max_msg_size": -1, "max_consumers": -1,
        "discard": "old", "discard_new_per_subject": false, "no_ack": false,
        "placement": {"cluster": "c1", "tags": ["a"]},
        "sources": [{"name": "S", "opt_start_seq": 5, "filter_subject": "x", "external": {"api": "$JS.hub.API"}}],
        "allow_direct": false, "mirror_direct": false, "allow_rollup_hdrs": false,
        "deny_delete": false, "deny_purge": false, "sealed": false, "metadata": {"k": "v"}})"));
}

TEST(Requests, UpdatingAStreamCarriesWhatTheServerHoldsBeyondTheTable) {
    const auto observed = beyond(R"({
        "name": "ORDERS", "description": "old", "max_age": 5, "newer": true,
        "future": {"a": [1, {"b": 2}]}, "template_owner": "t",
        "consumer_limits": {"max_ack_pending": 5, "future_limit": 1},
        "placement": {"cluster": "c1", "preferred": "n1"},
        "sources": [{"name": "B", "newer": {"name": "d"}}, {"name": "A", "future": 1, "external": {"api": "x", "future": 2}}, {"name": "GONE", "future": 3}],
        "metadata": {"_nats.req.level": "2", "mine": "removed"}})");
    const auto request = stream_update_request(
        {.name = kOrders,
         .description = "new",
         .placement = Placement{.cluster = "c1"},
         .sources = {StreamSource{.name = "A", .external = ExternalStream{.api = "x"}},
                     StreamSource{.name = "B"}},
         .consumer_limits = ConsumerLimits{.max_ack_pending = 7},
         .metadata = {{"k", "v"}}},
        observed);
    EXPECT_EQ(request.operation, "stream_update");
    EXPECT_EQ(request.subject, "STREAM.UPDATE.ORDERS");
    const auto sent = json_of(request);
    EXPECT_EQ(sent.at("description"), "new");
    EXPECT_EQ(sent.at("max_age"), 0);
    EXPECT_EQ(sent.at("newer"), true);
    EXPECT_EQ(sent.at("future"), Json::parse(R"({"a": [1, {"b": 2}]})"));
    EXPECT_FALSE(sent.contains("template_owner"));
    EXPECT_EQ(sent.at("consumer_limits"),
              Json::parse(R"({"max_ack_pending": 7, "future_limit": 1})"));
    EXPECT_EQ(sent.at("placement"), Json::parse(R"({"cluster": "c1", "preferred": "n1"})"));
    EXPECT_EQ(
        sent.at("sources"),
        Json::parse(
            R"([{"name": "A", "future": 1, "external": {"api": "x", "future": 2}}, {"name": "B", "newer": {"name": "d"}}])"));
    EXPECT_EQ(sent.at("metadata"), Json::parse(R"({"_nats.req.level": "2", "k": "v"})"));
}

TEST(Requests, AnUpdateWithoutKnowledgeOfTheServerIsTheDeclarationAlone) {
    const StreamSettings settings{.name = kOrders};
    EXPECT_EQ(json_of(stream_update_request(settings, nullptr)), stream_to_wire(settings));
}

TEST(Requests, APauseNamesItsEndAndAnEmptyOneResumes) {
    const auto pause =
        consumer_pause_request(kOrders, kWorker, Timestamp{std::chrono::seconds{1'767'225'600}});
    EXPECT_EQ(pause.operation, "consumer_pause");
    EXPECT_EQ(pause.subject, "CONSUMER.PAUSE.ORDERS.worker");
    EXPECT_EQ(json_of(pause), Json::parse(R"({"pause_until": "2026-01-01T00:00:00Z"})"));
    EXPECT_EQ(consumer_pause_request(kOrders, kWorker, std::nullopt).payload, "");
}

TEST(Requests, CreatingAConsumerNamesActionStreamAndDurable) {
    const auto request =
        consumer_create_request(kOrders,
                                {.name = kWorker,
                                 .deliver_policy = DeliverPolicy::ByStartTime,
                                 .start_time = Timestamp{std::chrono::seconds{1'767'225'600}},
                                 .ack_wait = 5s,
                                 .backoff = {1s, 2s},
                                 .filter_subjects = {"a"},
                                 .replicas = 3});
    EXPECT_EQ(request.operation, "consumer_create");
    EXPECT_EQ(request.subject, "CONSUMER.CREATE.ORDERS.worker");
    EXPECT_EQ(json_of(request),
              Json::parse(R"({"stream_name": "ORDERS", "action": "create", "config": {
        "name": "worker", "durable_name": "worker", "deliver_policy": "by_start_time", "opt_start_time": "2026-01-01T00:00:00Z",
        "ack_policy": "explicit", "ack_wait": 5000000000, "max_deliver": -1, "backoff": [1000000000, 2000000000],
        "filter_subject": "a", "replay_policy": "instant", "headers_only": false, "num_replicas": 3,
        "mem_storage": false, "flow_control": false}})"));
}

TEST(Requests, UpdatingAConsumerKeepsBeyondButNeverTwoFilters) {
    const auto observed = beyond(
        R"({"name": "worker", "durable_name": "worker", "filter_subject": "old", "newer": 5,
        "metadata": {"_nats.req.level": "1", "k": "old"}})");
    const auto config = [&](std::vector<std::string> filters) {
        const auto request = consumer_update_request(
            kOrders,
            {.name = kWorker, .filter_subjects = std::move(filters), .metadata = {{"k", "new"}}},
            observed);
        EXPECT_EQ(request.operation, "consumer_update");
        EXPECT_EQ(request.subject, "CONSUMER.CREATE.ORDERS.worker");
        EXPECT_EQ(json_of(request).at("action"), "update");
        return json_of(request).at("config");
    };
    EXPECT_EQ(config({}).at("newer"), 5);
    EXPECT_EQ(config({}).at("metadata"), Json::parse(R"({"_nats.req.level": "1", "k": "new"})"));
    EXPECT_FALSE(config({}).contains("filter_subject"));
    EXPECT_EQ(config({"a"}).at("filter_subject"), "a");
    EXPECT_FALSE(config({"a", "b"}).contains("filter_subject"));
    EXPECT_EQ(config({"a", "b"}).at("filter_subjects"), Json({"a", "b"}));
}

// Account information as nats-server 2.9.25, 2.10.27 and 2.15.2 write it.
constexpr auto kInfo29 =
    R"({"type":"io.nats.jetstream.api.v1.account_info_response","memory":0,"storage":0,"streams":1,"consumers":1,"limits":{"max_memory":-1},"api":{"total":3,"errors":0}})";
constexpr auto kInfo210 =
    R"({"type":"io.nats.jetstream.api.v1.account_info_response","memory":0,"storage":0,"reserved_memory":0,"reserved_storage":18446744073709551615,"streams":1,"domain":"hub","api":{"total":3,"errors":0}})";
constexpr auto kInfo215 =
    R"({"type":"io.nats.jetstream.api.v1.account_info_response","reserved_storage":0,"api":{"level":5,"total":4,"errors":0}})";

TEST(Replies, AccountInfoTellsTheGeneration) {
    EXPECT_EQ(parse_account_info(kInfo29)->level, kServer2_9);
    EXPECT_EQ(parse_account_info(kInfo210)->level, kServer2_10);
    EXPECT_EQ(parse_account_info(kInfo210)->domain, "hub");
    EXPECT_EQ(parse_account_info(kInfo215)->level, kServer2_15);
    EXPECT_EQ(parse_account_info(kInfo215)->version, "2.15");
    const auto level = [](int api) {
        return parse_account_info(Json{{"api", {{"level", api}}}}.dump())->level;
    };
    EXPECT_EQ(level(1), kServer2_11);
    EXPECT_EQ(level(2), kServer2_12);
    EXPECT_EQ(level(3), kServer2_12_5);
    EXPECT_EQ(level(4), kServer2_14);
    EXPECT_EQ(level(99), kServer2_15);
}

TEST(Replies, AStreamHasSettingsStateAndTheRestOfItsConfiguration) {
    const auto info = parse_stream_info(
        R"({"type":"io.nats.jetstream.api.v1.stream_info_response","config":{"name":"ORDERS","subjects":["o"],"max_msgs":-1,"future":1,"metadata":{"_nats.ver":"2.15.2","a":"b"}},
        "created":"2026-11-21T09:41:27.582609951Z",
        "state":{"messages":5,"bytes":200,"first_seq":3,"first_ts":"2026-01-01T00:00:00.5Z","last_seq":7,"last_ts":"2026-01-02T00:00:00Z","num_subjects":2,"consumer_count":1}})");
    ASSERT_TRUE(info) << info.error().message;
    EXPECT_EQ(info->settings,
              (StreamSettings{.name = kOrders, .subjects = {"o"}, .metadata = {{"a", "b"}}}));
    EXPECT_EQ(info->created, "2026-11-21T09:41:27.582609951Z");
    EXPECT_EQ(info->state.messages, 5U);
    EXPECT_EQ(info->state.bytes, 200U);
    EXPECT_EQ(info->state.first_sequence, 3U);
    EXPECT_EQ(info->state.last_sequence, 7U);
    EXPECT_EQ(info->state.first_time, Timestamp{1'767'225'600'500ms});
    EXPECT_EQ(info->state.last_time, Timestamp{1'767'312'000s});
    EXPECT_EQ(info->state.subjects, 2U);
    EXPECT_EQ(info->state.consumers, 1);
    EXPECT_EQ(info->beyond->at("future"), 1);
}

TEST(Replies, AnEmptyStreamHasNoTimes) {
    const auto info = parse_stream_info(
        R"({"config":{"name":"X"},"state":{"first_ts":"0001-01-01T00:00:00Z","last_ts":"0001-01-01T00:00:00Z"}})");
    ASSERT_TRUE(info);
    EXPECT_EQ(info->state.first_time, std::nullopt);
    EXPECT_EQ(info->state.last_time, std::nullopt);
}

TEST(Replies, AConsumerHasItsPosition) {
    const auto info = parse_consumer_info(
        R"({"stream_name":"ORDERS","name":"worker","created":"2026-11-21T09:41:27Z","config":{"durable_name":"worker","ack_policy":"all"},
        "delivered":{"consumer_seq":9,"stream_seq":12},"ack_floor":{"consumer_seq":4,"stream_seq":6},"num_ack_pending":5,"num_pending":100})");
    ASSERT_TRUE(info) << info.error().message;
    EXPECT_EQ(info->settings, (ConsumerSettings{.name = kWorker, .ack_policy = AckPolicy::All}));
    EXPECT_EQ(info->delivered, 9U);
    EXPECT_EQ(info->acknowledged_to, 6U);
    EXPECT_EQ(info->unacknowledged, 5U);
    EXPECT_EQ(info->pending, 100U);
    const auto bare = parse_consumer_info(
        R"({"name":"worker","created":"2026-11-21T09:41:27Z","config":{"durable_name":"worker"}})");
    ASSERT_TRUE(bare) << "a cluster's member may answer with the configuration only";
    EXPECT_EQ(bare->pending, 0U);
}

TEST(Replies, PagesCountWhatIsMissing) {
    const auto page = parse_stream_list(
        R"({"total":600,"offset":256,"limit":256,"streams":[{"config":{"name":"A"},"created":"c"}],"missing":["B","C"],"offline":{"D":"needs a newer server"}})");
    ASSERT_TRUE(page) << page.error().message;
    ASSERT_EQ(page->items.size(), 1U);
    EXPECT_EQ(page->items[0].settings.name.value(), "A");
    EXPECT_THAT(page->missing, ElementsAre("B", "C", "D"));
    EXPECT_EQ(page->next, 260U);
    EXPECT_EQ(page->total, 600U);
    const auto last = parse_consumer_list(
        R"({"total":257,"offset":256,"limit":256,"consumers":[{"name":"c","config":{}}]})");
    ASSERT_TRUE(last) << last.error().message;
    EXPECT_EQ(last->next, std::nullopt);
    EXPECT_EQ(last->items[0].settings.name.value(), "c");
    const auto empty = parse_stream_list(R"({"total":0,"offset":0,"limit":256,"streams":null})");
    ASSERT_TRUE(empty) << empty.error().message;
    EXPECT_TRUE(empty->items.empty());
    EXPECT_EQ(parse_stream_list(R"({"total":9,"offset":0,"limit":256,"streams":[]})")->next,
              std::nullopt);
}

// Whatever stands between its brackets and quotes, the pieces are those that a parser finds.
TEST(Replies, AListIsCutWhereAParserWouldCutIt) {
    const auto reply = core::Json::parse(R"({
        "a}\"]": ["{", {"streams": [{"config": {"name": "no"}}]}], "total": 3, "x": -1.5e3,
        "streams": [
            {"created": "c", "config": {"description": "\\\"},{\\", "name": "A\"]}", "n": {"name": "no"}},
             "state": {"consumer_count": 7, "lost": null}, "sources": [{"name": "no"}, []]},
            {"config": {"name": "\u00fc"}, "state": {"messages": 1}, "alternates": []},
            {}],
        "missing": ["]"], "z": true})");
    for (const int indent : {-1, 0, 3}) {
        const auto text = reply.dump(indent, ' ', indent == 0);
        const auto cut = cut_stream_list(text);
        ASSERT_EQ(cut.streams.size(), 3U) << text;
        for (std::size_t i = 0; i < cut.streams.size(); ++i) {
            const auto& stream = reply.at("streams").at(i);
            EXPECT_EQ(core::Json::parse(cut.streams[i].text), stream);
            EXPECT_EQ(cut.streams[i].listed.name.value(),
                      stream.value(core::Json::json_pointer{"/config/name"}, ""));
        }
        EXPECT_EQ(cut.streams[0].listed.consumers, 7);
        auto rest = reply;
        rest.at("streams") = core::Json::array();
        EXPECT_EQ(core::Json::parse(cut.rest), rest);
    }
}

TEST(Replies, AStreamsFingerprintIsThatOfItsConfigurationAndOfItself) {
    const auto fingerprint = [](std::string_view stream) {
        return cut_stream_list(R"({"streams":[)" + std::string{stream} + "]}")
            .streams.at(0)
            .listed.fingerprint;
    };
    const auto one =
        fingerprint(R"({"config":{"name":"A"},"created":"c","state":{"messages":1},"ts":"1"})");
    EXPECT_EQ(one, fingerprint(R"({"config":{"name":"A"},"created":"c","state":{"messages":2}})"));
    EXPECT_NE(one, fingerprint(R"({"config":{"name":"A","max_age":1},"created":"c"})"));
    EXPECT_NE(one, fingerprint(R"({"config":{"name":"A"},"created":"d"})"));
}

TEST(Replies, WhatIsPassedOverCountsAndIsNotRead) {
    const auto reply =
        R"({"total":5,"offset":0,"streams":[{"config":{"name":"A","max_age":"odd"}},{"config":{"name":"B"}},{}]})";
    const auto page = parse_stream_list(
        reply, [](const ListedStream& stream) { return stream.name.value() == "A"; });
    EXPECT_FALSE(page) << "one without a name is nobody's to pass over";
    const auto both = parse_stream_list(
        R"({"total":5,"offset":0,"streams":[{"config":{"name":"A","max_age":"odd"}},{"config":{"name":"B"}}]})",
        [](const ListedStream& stream) { return stream.name.value() == "A"; });
    ASSERT_TRUE(both) << both.error().message;
    ASSERT_EQ(both->items.size(), 1U);
    EXPECT_EQ(both->items[0].settings.name.value(), "B");
    EXPECT_NE(both->items[0].fingerprint, 0U);
    EXPECT_EQ(both->passed_over, 1U);
    EXPECT_EQ(both->next, 2U);
}

TEST(Replies, NoGarbageIsCutBeyondItsEnd) {
    const std::string reply =
        R"({"total":1,"streams":[{"config":{"name":"A","d":"\"\\"},"created":"c","state":{"consumer_count":3}}],"missing":[]})";
    for (std::size_t length = 0; length < reply.size(); ++length) {
        // On the heap and without a zero behind it, where a sanitizer sees what is read.
        const std::vector<char> part{reply.begin(), reply.begin() + static_cast<long>(length)};
        EXPECT_FALSE(parse_stream_list({part.data(), part.size()})) << reply.substr(0, length);
    }
}

TEST(Replies, DeletedIsSuccessOnly) {
    EXPECT_TRUE(parse_deleted(
        R"({"type":"io.nats.jetstream.api.v1.stream_delete_response","success":true})"));
    EXPECT_EQ(parse_deleted(R"({"success":false})").error().code, ErrorCode::Internal);
    EXPECT_EQ(
        parse_deleted(R"({"error":{"code":404,"err_code":10059,"description":"stream not found"}})")
            .error()
            .code,
        ErrorCode::NotFound);
}

TEST(Replies, AnErrorKeepsTheServersWordsAndCode) {
    const auto refused = parse_stream_info(
        R"({"type":"x","error":{"code":400,"err_code":10065,"description":"subjects overlap with an existing stream"}})");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::Refused);
    EXPECT_EQ(refused.error().message, "subjects overlap with an existing stream (10065)");
}

TEST(Replies, ErrorsAreClassedByTheirCode) {
    const auto code = [](int err_code) {
        return to_error(ApiError{.code = 500, .err_code = err_code, .description = "text"}).code;
    };
    for (const int unavailable : {10004, 10008, 10009, 10118, 10119, 10167, 10194}) {
        EXPECT_EQ(code(unavailable), ErrorCode::Unavailable) << unavailable;
    }
    for (const int insufficient : {10002, 10005, 10023, 10026, 10027, 10028, 10047, 10074}) {
        EXPECT_EQ(code(insufficient), ErrorCode::Insufficient) << insufficient;
    }
    for (const int not_found : {10014, 10059, 10149}) {
        EXPECT_EQ(code(not_found), ErrorCode::NotFound) << not_found;
    }
    for (const int exists : {10058, 10148}) {
        EXPECT_EQ(code(exists), ErrorCode::AlreadyExists) << exists;
    }
    for (const int refused : {0, 10012, 10013, 10025, 10052, 10055, 10065, 99999}) {
        EXPECT_EQ(code(refused), ErrorCode::Refused) << refused;
    }
    EXPECT_EQ(code(10185), ErrorCode::Unsupported);
}

TEST(Replies, GarbageIsAnErrorOfEveryParser) {
    for (const auto* const garbage : {"",
                                      "null",
                                      "[]",
                                      "17",
                                      "\"text\"",
                                      "{",
                                      "{\"config\":",
                                      "not json",
                                      "{}\x80",
                                      "{\"error\":{\"code\":\"x\"}}",
                                      "{\"config\":17,\"streams\":17,\"success\":\"x\"}",
                                      "{\"config\":{\"name\":17}}",
                                      "{\"config\":{\"retention\":\"none\"}}",
                                      "{\"config\":{},\"state\":{\"messages\":\"x\"}}",
                                      "{\"config\":{},\"created\":17}"}) {
        EXPECT_FALSE(parse_stream_info(garbage)) << garbage;
        EXPECT_FALSE(parse_paused(garbage)) << garbage;
        EXPECT_FALSE(parse_deleted(garbage)) << garbage;
    }
    for (const auto* const garbage : {"",
                                      "[]",
                                      "{\"config\":{},\"delivered\":17}",
                                      "{\"config\":{},\"num_pending\":\"x\"}",
                                      "{\"config\":[]}",
                                      "{}"}) {
        EXPECT_FALSE(parse_consumer_info(garbage)) << garbage;
    }
    for (const auto* const garbage : {"",
                                      "null",
                                      "{\"streams\":[17]}",
                                      "{\"streams\":[{}]}",
                                      "{\"total\":\"x\"}",
                                      "{\"missing\":[17]}",
                                      "{\"offset\":{}}"}) {
        EXPECT_FALSE(parse_stream_list(garbage)) << garbage;
    }
    for (const auto* const garbage : {"", "x", "{\"consumers\":[{\"config\":17}]}"}) {
        EXPECT_FALSE(parse_consumer_list(garbage)) << garbage;
    }
    for (const auto* const garbage :
         {"", "[1]", "{\"domain\":17}", "{\"api\":{\"level\":\"x\"}}"}) {
        EXPECT_FALSE(parse_account_info(garbage)) << garbage;
    }
}

TEST(Replies, ALongGarbageReplyIsCutInItsMessage) {
    const auto refused = parse_stream_info(std::string(100'000, 'x'));
    EXPECT_LT(refused.error().message.size(), 300U);
    EXPECT_THAT(refused.error().message, HasSubstr("not a JetStream reply: xxx"));
}

// As the nats command line tool sends it, and servers from 2.11 on give it back.
TEST(Replies, AConsumersTimeThatIsNotSetIsNone) {
    const auto read = [](const char* time) {
        return parse_consumer_info(R"({"name": "c", "config": {"pause_until": ")" +
                                   std::string{time} + "\"}}");
    };
    const auto zero = read("0001-01-01T00:00:00Z");
    ASSERT_TRUE(zero) << zero.error().message;
    EXPECT_EQ(zero->settings.pause_until, std::nullopt);
    EXPECT_NE(read("2026-01-01T00:00:00Z")->settings.pause_until, std::nullopt);
    EXPECT_FALSE(read("soon"));
}

TEST(Replies, AConsumerSaysWhoseItIs) {
    const auto read = [](const char* config) {
        return *parse_consumer_info(R"({"name": "c", "config": )" + std::string{config} + "}");
    };
    EXPECT_TRUE(read(R"({"durable_name": "c"})").durable);
    EXPECT_FALSE(read(R"({"name": "c"})").durable);
    EXPECT_FALSE(read(R"({"metadata": {"_nats.ver": "2.15.2", "mirror": "x"}})").made_by_server);
    EXPECT_TRUE(read(R"({"metadata": {"_nats.mirror.name": "x"}})").made_by_server);
    EXPECT_TRUE(read(R"({"metadata": {"_nats.src.name": "x"}})").made_by_server);
}

TEST(UnknownFields, AreWhatSaysSomethingAndIsInNoTable) {
    const auto stream = *parse_stream_info(
        R"({"config": {"name": "S", "subjects": ["s"], "future": {"a": 1}, "off": false, "none": [],
            "template_owner": "t", "metadata": {"_nats.ver": "3"},
            "mirror": {"name": "M", "newer": 7}}})");
    EXPECT_THAT(unknown_fields(stream),
                ElementsAre(R"(future: {"a":1})", R"(mirror: {"name":"M","newer":7})"));
    const auto consumer = *parse_consumer_info(
        R"({"name": "c", "config": {"durable_name": "c", "filter_subject": "s", "when":
            "0001-01-01T00:00:00Z", "future": "x"}})");
    EXPECT_THAT(unknown_fields(consumer), ElementsAre(R"(future: "x")"));
    EXPECT_THAT(unknown_fields(StreamInfo{}), ElementsAre());
}

}  // namespace
}  // namespace headgate::jetstream
