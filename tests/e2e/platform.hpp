// The agent platform's figures as the servers have to report them: literal, and compared with raw
// replies of the JetStream API, so that no code of the product stands between a figure and a test.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "tests/support/nats_cli.hpp"

namespace headgate::e2e {

/// manifests/samples/agent-platform.yaml
[[nodiscard]] std::string platform_manifest();

/// The configuration of a stream as the server reports it, without metadata. Throws where there is
/// no such stream.
[[nodiscard]] core::Json stream_config(const support::NatsCli& nats, std::string_view stream);

/// As stream_config, for a consumer.
[[nodiscard]] core::Json consumer_config(const support::NatsCli& nats,
                                         std::string_view stream,
                                         std::string_view consumer);

/// STREAM.INFO, whole; an API refusal is a reply like any other.
[[nodiscard]] core::Json stream_info(const support::NatsCli& nats, std::string_view stream);

[[nodiscard]] bool stream_exists(const support::NatsCli& nats, std::string_view stream);

/// Streams signed by objects of a namespace, at most 256.
[[nodiscard]] std::vector<std::string> streams_signed_in(const support::NatsCli& nats,
                                                         const std::string& ns);

/// What somebody with another tool would do: changes these settings of a stream and nothing else.
void edit_stream(const support::NatsCli& nats, std::string_view stream, const core::Json& settings);

/// As somebody with another tool would: makes a stream by its wire configuration.
void make_stream(const support::NatsCli& nats, const core::Json& config);

/// Checks streams, buckets and consumers of the platform, every setting of each, and that the
/// namespace `agents` has made no others; each difference is a test failure.
void expect_platform(const support::NatsCli& nats);

}  // namespace headgate::e2e
