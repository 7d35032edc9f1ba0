// The pinned `nats` command line tool: what a person would ask a server, independent of our own
// codec and connection. Keeps no contexts and reads none of the user's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

namespace headgate::support {

class NatsCli {
public:
    /// `flags` go before every command: {"--user", "a", "--password", "b"}, {"--js-domain", "hub"}.
    explicit NatsCli(std::string url, std::vector<std::string> flags = {});

    /// The tool's output, whatever its exit code.
    [[nodiscard]] Output run(std::vector<std::string> args, std::string_view input = {}) const;

    /// As run. Throws std::runtime_error with what the tool said where it fails.
    std::string text(const std::vector<std::string>& args, std::string_view input = {}) const;

    /// As text, parsed: `json({"stream", "info", "ORDERS", "--json"})`.
    [[nodiscard]] core::Json json(const std::vector<std::string>& args) const;

    /// One request with this payload; the raw reply parsed.
    /// `request("$JS.API.STREAM.INFO.ORDERS")`. An API refusal is a reply like any other ("error"
    /// in it); throws where none came.
    [[nodiscard]] core::Json request(std::string_view subject, std::string_view payload = {}) const;

    /// Publishes `count` messages of `body`.
    void publish(std::string_view subject, std::string_view body, int count = 1) const;

private:
    std::string url_;
    std::vector<std::string> flags_;
    TempDir home_;
};

}  // namespace headgate::support
