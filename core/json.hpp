// The JSON type of every codec. Headers take this one; only codecs include <nlohmann/json.hpp>.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace headgate::core {

using Json = nlohmann::json;

}  // namespace headgate::core
